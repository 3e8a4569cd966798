package orylogintest

import (
	"html/template"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// SetApplication tells the server where browsers find the application, such as the URL of an
// [net/http/httptest.Server]. Its pages are at /login, /error, /verification and
// /registration below that URL, and a login without a return_to ends at /. Default:
// http://127.0.0.1:4455, where nothing needs to listen.
//
// Call SetApplication if the application sends browsers to the server: to log in by a
// provider, by forms that go to the server itself, or by links to the server.
func (s *Server) SetApplication(url string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.app = strings.TrimRight(url, "/")
}

// page returns the URL of a page of the application.
func (c *call) page(path string) string { return c.app + path }

// loginPage is the page of a flow.
func (c *call) loginPage(f *flow) string { return c.page("/login") + "?flow=" + f.id }

// onLoopback reports whether a URL is one of this machine.
func onLoopback(target string) bool {
	parsed, err := url.Parse(target)
	if err != nil || parsed.Scheme != "http" && parsed.Scheme != "https" || parsed.User != nil {
		return false
	}
	ip, err := netip.ParseAddr(parsed.Hostname())
	return parsed.Hostname() == "localhost" || err == nil && ip.IsLoopback()
}

// elsewhere returns what a path of Kratos is for that is not about logins, and nothing for
// other paths.
func elsewhere(path string) string {
	rest, found := strings.CutPrefix(path, "/self-service/")
	name, _, _ := strings.Cut(rest, "/")
	switch name {
	case "registration", "recovery", "settings", "verification":
		if found {
			return name
		}
	}
	return ""
}

var elsewherePage = template.Must(template.New("").Parse(`<!doctype html>
<html lang="en"><title>The {{.}} flow begins here</title>
<h1>The {{.}} flow begins here</h1>
<p>Package orylogintest stands for Kratos in this test, and has logins only.</p>
</html>
`))

// leave answers what is not about logins: it says so.
func (c *call) leave() {
	name := elsewhere(c.r.URL.Path)
	if c.wantsJSON() {
		c.fail(failure{
			status: http.StatusNotImplemented, text: "orylogintest has no " + name,
			reason: "Package orylogintest stands for Kratos in this test, and has logins only.",
		})
		return
	}
	c.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	c.w.WriteHeader(http.StatusNotImplemented)
	_ = elsewherePage.Execute(c.w, name) // the client may be gone
}
