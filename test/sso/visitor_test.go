package sso_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/hydratest"
	"github.com/orylogin/orylogin/test/kratostest"
)

// visitor is a user at a browser with one page open.
type visitor struct {
	t       *testing.T
	site    *site
	browser *http.Client
	at      *url.URL
	status  int
	text    string
	posted  string // the last form
}

func newVisitor(t *testing.T, s *site) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	return &visitor{t: t, site: s, browser: &http.Client{Jar: jar}}
}

// opens opens a client, which sends the browser to Hydra. The client adds the query, such as
// "prompt=login".
func (v *visitor) opens(client *hydratest.Client, query string) {
	v.t.Helper()
	v.send(http.MethodGet, client.URL+"/?"+query, "")
}

// logsIn submits a password on the login page.
func (v *visitor) logsIn(identity kratostest.Identity, password string) {
	v.t.Helper()
	v.isAt("/login", "password")
	v.post(url.Values{"method": {"password"}, "identifier": {identity.Email}, "password": {password}})
}

// addsSecondFactor submits the code of an authenticator app on the login page.
func (v *visitor) addsSecondFactor(key kratostest.TOTPKey) {
	v.t.Helper()
	v.isAt("/login", "totp")
	code, err := key.Code(time.Now())
	require.NoError(v.t, err)
	v.post(url.Values{"method": {"totp"}, "totp_code": {code}})
}

// waitsTooLong replaces the form of the page with one of an expired flow.
func (v *visitor) waitsTooLong() {
	v.t.Helper()
	lasts := func(lifespan string) {
		setting := kratostest.Set("selfservice.flows.login.lifespan", lifespan)
		require.NoError(v.t, v.site.kratos.Change(v.t.Context(), setting))
	}
	query := v.at.Query()
	query.Del("flow")
	target := v.site.kratos.PublicURL + "/self-service/login/browser?" + query.Encode()
	request, err := http.NewRequestWithContext(v.t.Context(), http.MethodGet, target, nil)
	require.NoError(v.t, err)
	request.Header.Set("Accept", "application/json")
	lasts("1ns")
	response, err := v.browser.Do(request)
	require.NoError(v.t, err)
	lasts("1h")
	defer func() { _ = response.Body.Close() }()
	var flow orylogin.Flow
	require.NoError(v.t, json.NewDecoder(response.Body).Decode(&flow))
	query.Set("flow", flow.ID)
	v.at.RawQuery = query.Encode()
}

// consents answers the consent page.
func (v *visitor) consents(answer string) {
	v.t.Helper()
	v.isAt("/consent", "know who you are")
	v.post(url.Values{"answer": {answer}})
}

// isKnown requires that the client knows who the user is.
func (v *visitor) isKnown(client *hydratest.Client, identity kratostest.Identity) {
	v.t.Helper()
	require.Equal(v.t, client.URL+"/callback", v.page(), v.text)
	require.Equal(v.t, "issuer="+v.site.hydra.PublicURL+" subject="+identity.ID+" email="+identity.Email+"\n", v.text)
}

// isRefused requires that the client got an OAuth2 error.
func (v *visitor) isRefused(client *hydratest.Client, text string) {
	v.t.Helper()
	require.Equal(v.t, client.URL+"/callback", v.page(), v.text)
	require.Contains(v.t, v.text, "error="+text)
}

// isAt requires that a page of the application with the text is open.
func (v *visitor) isAt(path, text string) {
	v.t.Helper()
	require.Equal(v.t, v.site.url+path, v.page(), v.text)
	require.Contains(v.t, v.text, text)
}

// page returns the URL of the page without its query.
func (v *visitor) page() string { return v.at.Scheme + "://" + v.at.Host + v.at.Path }

// post posts a form to its own page.
func (v *visitor) post(form url.Values) {
	v.t.Helper()
	v.posted = form.Encode()
	v.send(http.MethodPost, v.at.String(), v.posted)
}

func (v *visitor) send(method, target, form string) {
	v.t.Helper()
	request, err := http.NewRequestWithContext(v.t.Context(), method, target, strings.NewReader(form))
	require.NoError(v.t, err)
	request.Header.Set("Accept", "text/html")
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := v.browser.Do(request)
	require.NoError(v.t, err)
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	require.NoError(v.t, err)
	v.at, v.status, v.text = response.Request.URL, response.StatusCode, string(body)
}
