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

// loginPage returns the URL of the application's page for a flow.
func (c *call) loginPage(f *flow) string { return c.page("/login") + "?flow=" + f.id }

// onLoopback reports whether a URL is on this machine.
func onLoopback(target string) bool {
	parsed, err := url.Parse(target)
	if err != nil || parsed.Scheme != "http" && parsed.Scheme != "https" || parsed.User != nil {
		return false
	}
	ip, err := netip.ParseAddr(parsed.Hostname())
	return parsed.Hostname() == "localhost" || err == nil && ip.IsLoopback()
}

// elsewhere returns the name of another flow of Kratos, such as registration, if the path is
// one of that flow. Otherwise it is empty.
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

// leave answers requests that are not about logins. The answer says so.
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
	_ = elsewherePage.Execute(c.w, name) // an error means that the client is gone
}
