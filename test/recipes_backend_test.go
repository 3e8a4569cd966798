package test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
	"github.com/orylogin/orylogin/test/kratostest"
)

// page is a browser with the single-page app, whose script calls the back end.
type page struct {
	t       *testing.T
	backend backend
	cookies map[string]string
}

func open(t *testing.T, client *orylogin.Client) *page {
	t.Helper()
	return &page{t, backend{client}, map[string]string{}}
}

// another is a browser of somebody else.
func (p *page) another() *page { return &page{p.t, p.backend, map[string]string{}} }

func (p *page) call(handler http.HandlerFunc, method, query string, values url.Values) (int, string) {
	p.t.Helper()
	request := httptest.NewRequestWithContext(p.t.Context(), method, "/api/login?"+query, strings.NewReader(values.Encode()))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for name, value := range p.cookies {
		request.Header.Add("Cookie", name+"="+value)
	}
	recorder := httptest.NewRecorder()
	handler(recorder, request)
	for _, cookie := range recorder.Result().Cookies() {
		p.cookies[cookie.Name] = cookie.Value
	}
	return recorder.Code, recorder.Body.String()
}

func (p *page) create(query string) (int, string) {
	p.t.Helper()
	return p.call(p.backend.createFlow, http.MethodGet, query, nil)
}

// fields returns the names of the fields of a form that the script gets.
func fields(t *testing.T, body string) []string {
	t.Helper()
	nodes, ok := member(t, body, "ui", "nodes").([]any)
	require.True(t, ok, body)
	var names []string
	for _, each := range nodes {
		node, _ := each.(map[string]any)
		names = append(names, object(node).object("attributes").text("name"))
	}
	return names
}

// flow creates a flow and returns its id.
func (p *page) flow(query string) string {
	p.t.Helper()
	status, body := p.create(query)
	require.Equal(p.t, http.StatusOK, status, body)
	require.Contains(p.t, fields(p.t, body), "method")
	return fmt.Sprint(member(p.t, body, "id"))
}

func (p *page) submit(flow string, fields ...string) (int, string) {
	p.t.Helper()
	values := url.Values{"flow": {flow}}
	for i := 0; i < len(fields); i += 2 {
		values.Set(fields[i], fields[i+1])
	}
	return p.call(p.backend.submit, http.MethodPost, "", values)
}

func (p *page) logIn(flow, identifier, password string) (int, string) {
	p.t.Helper()
	return p.submit(flow, "identifier", identifier, "password", password)
}

const (
	home       = `{"next":"/"}`
	beginAgain = `{"next":"/login"}`
	stepUp     = `{"next":"/login?aal=aal2"}`
)

// TestRecipeBackend goes through a login with two factors, and on in a second tab.
func TestRecipeBackend(t *testing.T) {
	t.Parallel()
	kratos, client := start(t, highest)
	key, err := kratos.EnrolTOTP(t.Context(), ada)
	require.NoError(t, err)
	page := open(t, client)
	expect := func(wantStatus int, want string) func(int, string) {
		return func(status int, body string) {
			t.Helper()
			require.Equal(t, wantStatus, status, body)
			require.JSONEq(t, want, body)
		}
	}
	flow, tab := page.flow(""), page.flow("")

	expect(http.StatusConflict, beginAgain)(page.create("aal=aal2")) // there is no session yet
	status, body := page.logIn(flow, ada.Email, "a wild guess")
	require.Equal(t, http.StatusUnprocessableEntity, status, body)
	require.Contains(t, body, "credentials are invalid")
	require.Subset(t, fields(t, body), []string{"identifier", "password", "method"})
	expect(http.StatusOK, stepUp)(page.logIn(flow, ada.Email, secret.Reveal()))
	expect(http.StatusConflict, beginAgain)(page.logIn(tab, ada.Email, secret.Reveal())) // the CSRF cookie is another one now
	expect(http.StatusOK, home)(page.create(""))
	expect(http.StatusOK, home)(page.create("aal=aal3"))
	late := page.another()
	tab = late.flow("")
	late.cookies["ory_kratos_session"] = page.cookies["ory_kratos_session"]
	expect(http.StatusOK, home)(late.logIn(tab, ada.Email, secret.Reveal()))

	second := page.flow("aal=aal2")
	status, body = page.submit(second, "method", "totp", "totp_code", "000000")
	require.Equal(t, http.StatusUnprocessableEntity, status, body)
	code, err := key.Code(time.Now())
	require.NoError(t, err)
	expect(http.StatusOK, home)(page.submit(second, "method", "totp", "totp_code", code))
	expect(http.StatusOK, home)(page.create("aal=aal2"))

	expect(http.StatusConflict, beginAgain)(page.another().logIn(flow, ada.Email, secret.Reveal()))
	for _, unknown := range []string{"00000000-0000-4000-8000-000000000000", "nonsense"} {
		expect(http.StatusConflict, beginAgain)(page.another().logIn(unknown, ada.Email, secret.Reveal()))
	}
	kratos.Stop()
	expect(http.StatusBadGateway, `{"error":"no login at the moment"}`)(page.logIn(flow, ada.Email, secret.Reveal()))
}

// TestRecipeBackendRefuses: who may not log in is told why.
func TestRecipeBackendRefuses(t *testing.T) {
	t.Parallel()
	kratos, client, identity := startRobot(t,
		kratostest.Set("selfservice.flows.login.after.hooks", []any{map[string]any{"hook": "require_verified_address"}}))
	page := open(t, client)
	status, body := page.logIn(page.flow(""), robot.Email, robot.Password)
	require.Equal(t, http.StatusForbidden, status, body)
	require.JSONEq(t, `{"error":"please verify your e-mail address first"}`, body)
	require.NoError(t, kratos.SetActive(t.Context(), identity, false))
	status, body = page.logIn(page.flow(""), robot.Email, robot.Password)
	require.Equal(t, http.StatusForbidden, status, body)
	require.JSONEq(t, `{"error":"this account is disabled"}`, body)
}

// TestRecipeBackendAsksForACode: a code that was sent is no failure.
func TestRecipeBackendAsksForACode(t *testing.T) {
	t.Parallel()
	kratos, client := start(t, kratostest.Set("selfservice.methods.code.passwordless_enabled", true))
	page := open(t, client)
	flow := page.flow("")
	status, body := page.submit(flow, "method", "code", "identifier", ada.Email)
	require.Equal(t, http.StatusOK, status, body)
	require.Equal(t, "sent_email", member(t, body, "state"))
	require.Contains(t, fields(t, body), "code")
	code, err := kratos.Code(t.Context(), ada.Email)
	require.NoError(t, err)
	status, body = page.submit(flow, "method", "code", "identifier", ada.Email, "code", code)
	require.Equal(t, http.StatusOK, status, body)
	require.JSONEq(t, home, body)
}

// TestRecipeBackendOfAnExpiredFlow begins again.
func TestRecipeBackendOfAnExpiredFlow(t *testing.T) {
	t.Parallel()
	_, client := start(t, flowsExpire)
	page := open(t, client)
	flow := page.flow("")
	status, body := page.logIn(flow, ada.Email, secret.Reveal())
	require.Equal(t, http.StatusConflict, status, body)
	require.JSONEq(t, beginAgain, body)
}

// TestRecipeTellsAProxyFromKratos: the 404 of something in between is not that of a flow.
func TestRecipeTellsAProxyFromKratos(t *testing.T) {
	t.Parallel()
	proxy := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(proxy.Close)
	client, err := orylogin.New(proxy.URL)
	require.NoError(t, err)
	status, body := open(t, client).logIn("f", ada.Email, secret.Reveal())
	require.Equal(t, http.StatusBadGateway, status, body)
}

// TestRecipeBackendOfNoLogin: what cannot be sent is no login, and no flow is a new one.
func TestRecipeBackendOfNoLogin(t *testing.T) {
	t.Parallel()
	kratos := orylogintest.NewServer(t)
	page := open(t, kratos.Client())
	status, body := page.logIn(page.flow(""), ada.Email, "no text: \xff")
	require.Equal(t, http.StatusBadRequest, status, body)
	require.JSONEq(t, `{"error":"that cannot be a login"}`, body)
	status, body = page.logIn("", ada.Email, secret.Reveal())
	require.Equal(t, http.StatusConflict, status, body)
	require.JSONEq(t, beginAgain, body)
}
