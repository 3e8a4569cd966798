package test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/kratostest"
)

// call sends a request that the module does not send, with the person's cookies. It returns the
// status and the target of a redirect.
func (p *person) call(method, target, body string, header ...string) string {
	p.t.Helper()
	request, err := http.NewRequestWithContext(p.t.Context(), method, target, strings.NewReader(body))
	require.NoError(p.t, err)
	for name, value := range p.cookies {
		request.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	require.NoError(p.t, err)
	require.NoError(p.t, response.Body.Close())
	got := http.StatusText(response.StatusCode)
	if location := response.Header.Get("Location"); location != "" {
		at, err := url.Parse(location)
		require.NoError(p.t, err)
		got += " to " + at.Path
	}
	return got
}

// TestLogoutsThatFail calls the two steps of a browser's logout in ways in which no page calls
// them.
func TestLogoutsThatFail(t *testing.T) {
	t.Parallel()
	kratos, client := start(t)
	logout := kratos.PublicURL + "/self-service/logout"
	for accept, want := range map[string]string{
		"application/json": "Bad Request; Unauthorized; Unauthorized; Forbidden; Bad Request; OK",
		"text/html":        "See Other to /error; See Other to /error; See Other to /error; See Other to /error; See Other to /error; OK",
	} {
		p := newPerson(t, client)
		ask := func(query string) string { return p.call(http.MethodGet, logout+query, "", "Accept", accept) }
		got := []string{ask(""), ask("?token=x"), ask("/browser")}
		_, err := p.submit(p.create(orylogin.FlowOptions{}), asAda)
		require.NoError(t, err)
		got = append(got, ask("?token=x"), ask("/browser?return_to="+url.QueryEscape("https://evil.example.org/")),
			ask("/browser?return_to="+url.QueryEscape(uiURL+"/bye")))
		same(t, accept, want, strings.Join(got, "; "))
		p.visit(func(v *orylogin.Visit) { require.NoError(t, v.Logout(t.Context())) })
	}
	p := newPerson(t, client)
	p.cookies = nil
	same(t, "no JSON", "Bad Request", p.call(http.MethodDelete, logout+"/api", "<html>", "Content-Type", "application/json"))
	same(t, "no token", "Forbidden", p.call(http.MethodDelete, logout+"/api", "{}", "Content-Type", "application/json"))
}

// TestCreationsOfTheSignedIn opens the login in a browser that has a session.
func TestCreationsOfTheSignedIn(t *testing.T) {
	t.Parallel()
	kratos, client := start(t)
	p := newPerson(t, client)
	_, err := p.submit(p.create(orylogin.FlowOptions{}), asAda)
	require.NoError(t, err)
	login := kratos.PublicURL + "/self-service/login/browser"
	for accept, want := range map[string]string{
		"application/json": "Bad Request; Bad Request; Bad Request; Bad Request; Internal Server Error; Internal Server Error; " +
			"Not Found; Method Not Allowed; Bad Request",
		"text/html": "See Other to /; See Other to /error; See Other to /error; See Other to /error; See Other to /error; " +
			"See Other to /error; See Other to /error; Method Not Allowed; Bad Request",
	} {
		same(t, accept, want, strings.Join([]string{
			p.call(http.MethodGet, login, "", "Accept", accept),
			p.call(http.MethodGet, login+"?return_to="+url.QueryEscape("https://evil.example.org/"), "", "Accept", accept),
			p.call(http.MethodGet, login+"?return_to=%25", "", "Accept", accept),
			p.call(http.MethodGet, login+"?aal=aal9", "", "Accept", accept),
			p.call(http.MethodGet, login+"?login_challenge=x", "", "Accept", accept),
			p.call(http.MethodGet, login+"?login_challenge=", "", "Accept", accept),
			p.call(http.MethodGet, kratos.PublicURL+"/self-service/login?flow="+unknown, "", "Accept", accept),
			p.call(http.MethodPut, kratos.PublicURL+"/self-service/login?flow="+unknown, "", "Accept", accept),
			p.call(http.MethodGet, kratos.PublicURL+"/sessions/whoami?tokenize_as=nothing", "", "Accept", accept),
		}, "; "))
	}
	for name, test := range map[string]struct {
		options orylogin.FlowOptions
		want    string
	}{
		"an organization":    {orylogin.FlowOptions{Organization: unknown}, "ok"},
		"no organization":    {orylogin.FlowOptions{Organization: "nonsense"}, "ok"},
		"a schema":           {orylogin.FlowOptions{IdentitySchema: "default"}, "ok"},
		"no page to go back": {orylogin.FlowOptions{ReturnTo: "https://evil.example.org/"}, "forbidden_return_to APIError self_service_flow_return_to_forbidden"},
		"a challenge":        {orylogin.FlowOptions{LoginChallenge: "nonsense"}, "unavailable APIError"},
	} {
		fresh := newPerson(t, client)
		_, err := fresh.tryCreate(test.options)
		same(t, name, test.want, told(err))
	}
}

// TestSubmissionsWithoutProtection submits to a browser's flow without its CSRF token or
// cookie.
func TestSubmissionsWithoutProtection(t *testing.T) {
	t.Parallel()
	kratos, client := start(t, append(securityKeys(true), kratostest.Set("selfservice.methods.passkey.enabled", true),
		kratostest.Set("selfservice.methods.code.passwordless_enabled", true))...)
	p := newPerson(t, client)
	flow := p.create(orylogin.FlowOptions{})
	target := kratos.PublicURL + "/self-service/login?flow=" + flow.ID
	cookies := p.cookies
	for _, method := range []string{"password", "code", "webauthn", "passkey"} {
		body := url.Values{"method": {method}, "identifier": {ada.Email}, "password": {"x"}, "passkey_login": {"x"}, "csrf_token": {"x"}}.Encode()
		var got []string
		for _, kept := range []map[string]string{nil, {"other": "1"}, cookies} {
			for _, ajax := range []string{"", "XMLHttpRequest"} {
				p.cookies = kept
				got = append(got, p.call(http.MethodPost, target, body, "Content-Type", "application/x-www-form-urlencoded",
					"Accept", "text/html", "X-Requested-With", ajax))
			}
		}
		same(t, method, strings.TrimSuffix(strings.Repeat("See Other to /error; ", 6), "; "), strings.Join(got, "; "))
		got = nil
		for _, kept := range []map[string]string{nil, {"other": "1"}, cookies} {
			p.cookies = kept
			got = append(got, p.call(http.MethodPost, target, strings.ReplaceAll(body, "csrf_token", "x"), "Content-Type", "application/x-www-form-urlencoded",
				"Accept", "application/json"))
		}
		same(t, method+" without token", "Forbidden; Forbidden; Forbidden", strings.Join(got, "; "))
	}
}

// TestSessionCookies logs in to servers with other settings for their cookies.
func TestSessionCookies(t *testing.T) {
	t.Parallel()
	kratos, _ := start(t, kratostest.Set("cookies", map[string]any{"domain": "127.0.0.1", "path": "/", "same_site": "Lax"}),
		kratostest.Set("session.cookie", map[string]any{"name": "own", "domain": "127.0.0.1", "path": "/", "same_site": "Strict", "persistent": false}))
	client := newClient(t, kratos.PublicURL, orylogin.WithSessionCookie("own"))
	for name, submit := range both {
		p := newPerson(t, client)
		_, err := submit(p, p.create(orylogin.FlowOptions{}), asAda)
		require.NoError(t, err, name)
		require.NotEmpty(t, p.cookies["own"], name)
		_, err = p.whoami()
		require.NoError(t, err, name)
		p.visit(func(v *orylogin.Visit) { require.NoError(t, v.Logout(t.Context()), name) })
	}

	// A server that lets proxies cache the answer of whoami.
	_, client = start(t, kratostest.Set("feature_flags", map[string]any{
		"cacheable_sessions": true, "cacheable_sessions_max_age": "1m", "faster_session_extend": true,
	}))
	login, err := client.Login(t.Context(), asAda)
	require.NoError(t, err)
	_, err = client.Whoami(t.Context(), login.Token)
	require.NoError(t, err)
	_, err = client.Whoami(t.Context(), orylogin.NewSecret("unknown"))
	same(t, "unknown token", "no_session APIError", told(err))
	p := newPerson(t, client)
	_, err = p.whoami()
	same(t, "no cookie", "no_session APIError", told(err))
	_, err = p.submit(p.create(orylogin.FlowOptions{}), asAda)
	require.NoError(t, err)
	_, err = p.whoami()
	require.NoError(t, err)
	p.cookies["ory_kratos_session"] = "nonsense"
	_, err = p.whoami()
	same(t, "strange cookie", "no_session APIError", told(err))
}

// TestReturnURLsOfAMethod logs in to a server with a return URL for each method.
func TestReturnURLsOfAMethod(t *testing.T) {
	t.Parallel()
	kratos, client := start(t)
	change(t, kratos, kratostest.Set("selfservice.flows.login.after.default_browser_return_url", uiURL+"/after"),
		kratostest.Set("selfservice.flows.login.after.password.default_browser_return_url", uiURL+"/after/password"))
	p := newPerson(t, client)
	login, err := p.submitForm(p.create(orylogin.FlowOptions{}), form(asAda))
	require.NoError(t, err)
	require.Equal(t, uiURL+"/after/password", login.RedirectTo)
}
