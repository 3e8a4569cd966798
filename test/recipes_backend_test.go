package test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/api"
	"github.com/orylogin/orylogin/orylogintest"
	"github.com/orylogin/orylogin/session"
	"github.com/orylogin/orylogin/test/kratostest"
)

// The functions of this part are docs/recipes.md, and the tests below and in
// recipes_hosts_test.go run them against a real Kratos.

// newBackend returns the whole application. Anybody may see its pages. The handlers accounts
// and payments get the session of the caller from session.FromContext.
func newBackend(
	kratos *orylogin.Client, kratosURL *url.URL, pages, accounts, payments http.Handler,
) (http.Handler, error) {
	guard, err := session.NewGuard(kratos, session.WithCookiesOnly(), session.WithLoginURL("/login"), session.WithStepUpURL("/login"))
	if err != nil {
		return nil, err
	}
	sure, err := guard.With(session.RequireFreshAAL2(10*time.Minute, "/login?aal=aal2&refresh=true"))
	if err != nil {
		return nil, err
	}
	b := backend{kratos}
	own := http.NewServeMux()
	own.Handle("/", pages)
	own.HandleFunc("/api/login", b.login)
	own.HandleFunc("GET /api/error", b.failure)
	own.HandleFunc("POST /api/logout", b.logout)
	own.Handle("/api/account", guard.Wrap(accounts))
	own.Handle("/api/payments", sure.Wrap(payments))

	all := http.NewServeMux()
	all.Handle("/", http.NewCrossOriginProtection().Handler(own))
	all.Handle("/auth/", newKratosProxy(kratosURL)) // Kratos protects its own forms
	return all, nil
}

// newKratosProxy returns a handler for the paths below /auth/, which are the public API of Kratos.
func newKratosProxy(kratosURL *url.URL) http.Handler {
	return http.StripPrefix("/auth", &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(kratosURL)
		r.SetXForwarded()
		for _, name := range []string{"True-Client-Ip", "Cf-Connecting-Ip", "X-Real-Ip"} {
			r.Out.Header.Del(name) // Kratos would believe it
		}
	}})
}

// backend is what the script of a single-page app talks to.
type backend struct{ kratos *orylogin.Client }

// login answers /api/login. The script adds the query of its page. A GET asks for a flow, and
// a POST submits the fields of one method. The answer says what is next.
func (b backend) login(w http.ResponseWriter, r *http.Request) {
	visit := b.kratos.Visit(w, r)
	tell(w, r, visit.Start(r.Context(), answer(visit, w, r)))
}

func answer(visit *orylogin.Visit, w http.ResponseWriter, r *http.Request) orylogin.Next {
	flow, err := visit.GetFlow(r.Context(), r.URL.Query().Get("flow"))
	if err != nil || r.Method != http.MethodPost { // a GET submits nothing
		return visit.AfterFlow(flow, err)
	}
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil {
		return visit.AfterLogin(nil, err)
	}
	return visit.AfterLogin(visit.Submit(r.Context(), flow, methodOf(r.PostForm)))
}

// methodOf returns the method that a form submits. Add the methods that your Kratos has, too, such as
// LookupSecret. The form must be the PostForm of a request, which has no values of the URL.
func methodOf(form url.Values) orylogin.Method {
	switch form.Get("method") {
	case "code":
		return orylogin.Code{
			Identifier: form.Get("identifier"),
			Code:       orylogin.NewSecret(form.Get("code")), // empty: send one
		}
	case "totp":
		return orylogin.TOTP{Code: orylogin.NewSecret(form.Get("totp_code"))}
	case "passkey":
		return orylogin.Passkey{Response: orylogin.NewSecret(form.Get("passkey_login"))}
	case "oidc":
		return orylogin.OIDC{Provider: form.Get("provider")}
	default:
		return orylogin.Password{
			Identifier: form.Get("identifier"),
			Password:   orylogin.NewSecret(form.Get("password")),
		}
	}
}

// logout answers /api/logout.
func (b backend) logout(w http.ResponseWriter, r *http.Request) {
	visit := b.kratos.Visit(w, r)
	next := visit.AfterFlow(nil, visit.Logout(r.Context()))
	if next.Outcome == orylogin.OutcomeNoSession { // there was no session to end
		next = visit.AfterFlow(nil, nil) // leads to where a login ends
	}
	tell(w, r, next)
}

// failure answers /api/error. After a failure, Kratos sends a browser to the error page. The
// script calls /api/error with the query of that page.
func (b backend) failure(w http.ResponseWriter, r *http.Request) {
	visit := b.kratos.Visit(w, r)
	record, err := visit.GetError(r.Context(), r.URL.Query().Get("id"))
	if err == nil {
		err = record.Err
	}
	tell(w, r, visit.AfterFlow(nil, err))
}

// tell answers with what is next.
func tell(w http.ResponseWriter, r *http.Request, next orylogin.Next) {
	switch {
	case next.Flow != nil:
		reply(w, next.Status, map[string]any{
			"flow": next.Flow.Document(), "action": next.Action,
			"outcome": next.Outcome, "messages": messages(next.Flow), "labels": labels(next.Flow),
		})
	case next.Outcome == orylogin.OutcomeAlreadyLoggedIn && r.Method == http.MethodPost: // perhaps as somebody else
		reply(w, http.StatusConflict, map[string]any{"error": next.Outcome, "action": next.Action, "next": next.URL})
	case next.URL != "":
		reply(w, http.StatusOK, map[string]any{"next": next.URL})
	default:
		slog.WarnContext(r.Context(), "login", "err", next.Err)
		reply(w, next.Status, map[string]any{"error": next.Outcome, "action": next.Action})
	}
}

func reply(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value)
}

// french has texts by their numbers. What is in braces is a value of the message's Context.
var french = map[orylogin.MessageID]string{
	orylogin.ErrFieldRequired:               "Ce champ est vide.",
	orylogin.ErrInvalidCredentials:          "Le nom ou le mot de passe est faux.",
	orylogin.MessageReauthenticate:          "Confirmez que c'est vous.",
	orylogin.MessageSecondFactor:            "Confirmez que c'est vous par un second facteur.",
	orylogin.MessageLinkAccount:             "{duplicateIdentifier} a déjà un compte. Connectez-vous pour y ajouter {provider}.",
	orylogin.MessageID(api.LabelProvider):   "Se connecter avec {provider}",
	orylogin.MessageID(api.LabelSubmitTOTP): "Vérifier",
}

var valueName = regexp.MustCompile(`{\w+}`)

// translate returns the text of a message. It is in French if the table has the number and the
// message has all values that the French text needs.
func translate(message orylogin.Message) string {
	text, known := french[message.ID]
	var values map[string]any
	decoder := json.NewDecoder(bytes.NewReader(message.Context))
	decoder.UseNumber()         // a number stays as Kratos wrote it
	_ = decoder.Decode(&values) // most messages have none
	text = valueName.ReplaceAllStringFunc(text, func(name string) string {
		value, found := values[strings.Trim(name, "{}")]
		known = known && found
		return fmt.Sprint(value)
	})
	if !known {
		return message.Text
	}
	return text
}

// messages returns the messages of a flow, each with the name of its field.
func messages(flow *orylogin.Flow) []map[string]string {
	list := []map[string]string{}
	for _, message := range flow.Messages() {
		list = append(list, map[string]string{"field": message.Field, "type": message.Type, "text": translate(message)})
	}
	return list
}

// labels returns the labels of a flow's nodes, in the order of the nodes.
func labels(flow *orylogin.Flow) []string {
	var list []string
	for _, node := range flow.UI.Nodes {
		var label orylogin.Message
		if given := node.Meta.Label; given != nil {
			label = orylogin.Message{ID: orylogin.MessageID(given.ID), Text: given.Text, Context: given.Context}
		}
		list = append(list, translate(label))
	}
	return list
}

// page is a browser with the single-page app. Its script calls the back end.
type page struct {
	t       *testing.T
	backend backend
	cookies map[string]string
}

func open(t *testing.T, client *orylogin.Client) *page {
	t.Helper()
	return &page{t, backend{client}, map[string]string{}}
}

// another returns the browser of another user.
func (p *page) another() *page { return &page{p.t, p.backend, map[string]string{}} }

// call sends the query and, if there is one, a form. It returns the status and the answer.
func (p *page) call(method, query string, values url.Values) (int, string) {
	p.t.Helper()
	request := httptest.NewRequestWithContext(p.t.Context(), method, "/api/login?"+query, strings.NewReader(values.Encode()))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for name, value := range p.cookies {
		request.Header.Add("Cookie", name+"="+value)
	}
	recorder := httptest.NewRecorder()
	p.backend.login(recorder, request)
	for _, cookie := range recorder.Result().Cookies() {
		p.cookies[cookie.Name] = cookie.Value
	}
	return recorder.Code, recorder.Body.String()
}

// fields returns the names of the form's fields that the script gets.
func fields(t *testing.T, body string) []string {
	t.Helper()
	nodes, ok := member(t, body, "flow", "ui", "nodes").([]any)
	require.True(t, ok, body)
	var names []string
	for _, each := range nodes {
		node, _ := each.(map[string]any)
		names = append(names, object(node).object("attributes").text("name"))
	}
	return names
}

// queryOf returns the query with which the form is posted.
func queryOf(t *testing.T, body string) string {
	t.Helper()
	query, ok := strings.CutPrefix(fmt.Sprint(member(t, body, "action")), "?")
	require.True(t, ok, body)
	return query
}

// open opens the page with a query, and returns the query with which its form is posted.
func (p *page) open(query string) string {
	p.t.Helper()
	status, body := p.call(http.MethodGet, query, nil)
	require.Equal(p.t, http.StatusOK, status, body)
	require.Contains(p.t, fields(p.t, body), "method")
	return queryOf(p.t, body)
}

func (p *page) submit(query string, fields ...string) (int, string) {
	p.t.Helper()
	values := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		values.Set(fields[i], fields[i+1])
	}
	return p.call(http.MethodPost, query, values)
}

func (p *page) logIn(query, identifier, password string) (int, string) {
	p.t.Helper()
	return p.submit(query, "identifier", identifier, "password", password)
}

// TestRecipeBackend logs in with two factors and continues in a second tab.
func TestRecipeBackend(t *testing.T) {
	t.Parallel()
	kratos, client := start(t, highest)
	key, err := kratos.EnrolTOTP(t.Context(), ada)
	require.NoError(t, err)
	page := open(t, client)
	ends := func(status int, body string) {
		t.Helper()
		require.Equal(t, http.StatusOK, status, body)
		require.JSONEq(t, `{"next":"/account"}`, body)
	}
	asks := func(field string, wantStatus int) func(int, string) string {
		return func(status int, body string) string {
			t.Helper()
			require.Equal(t, wantStatus, status, body)
			require.Contains(t, fields(t, body), field)
			return queryOf(t, body)
		}
	}
	const account = "return_to=/account"
	first, tab := page.open("aal=aal2&"+account), page.open(account) // there is no session yet

	asks("password", http.StatusBadRequest)(page.logIn(first, ada.Email, "a wild guess"))
	asks("totp_code", http.StatusOK)(page.logIn(first, ada.Email, secret.Reveal()))
	asks("totp_code", http.StatusOK)(page.logIn(tab, ada.Email, secret.Reveal())) // the CSRF cookie has changed
	asks("totp_code", http.StatusOK)(page.call(http.MethodGet, account, nil))
	second := asks("totp_code", http.StatusOK)(page.call(http.MethodGet, "aal=aal3&"+account, nil))
	late := page.another()
	tab = late.open(account)
	late.cookies["ory_kratos_session"] = page.cookies["ory_kratos_session"]
	conflict, body := late.logIn(tab, ada.Email, secret.Reveal())
	require.Equal(t, http.StatusConflict, conflict, body)
	require.Equal(t, []any{"already_logged_in", "/account"}, []any{member(t, body, "error"), member(t, body, "next")})

	asks("totp_code", http.StatusBadRequest)(page.submit(second, "method", "totp", "totp_code", "000000"))
	code, err := key.Code(time.Now())
	require.NoError(t, err)
	ends(page.submit(second, "method", "totp", "totp_code", code))
	ends(page.call(http.MethodGet, "aal=aal2&"+account, nil))

	status, body := page.another().logIn(first, ada.Email, secret.Reveal())
	require.Equal(t, http.StatusForbidden, status, body)
	require.Equal(t, "csrf", member(t, body, "error"), "a browser without cookies")
	for _, unknown := range []string{"00000000-0000-4000-8000-000000000000", "nonsense", ""} {
		asks("password", http.StatusOK)(page.another().logIn("flow="+unknown, ada.Email, secret.Reveal()))
	}
	kratos.Stop()
	status, body = page.logIn(first, ada.Email, secret.Reveal())
	require.Equal(t, http.StatusServiceUnavailable, status, body)
	require.Equal(t, "no_answer", member(t, body, "error"))
}

// TestRecipeBackendRefuses checks that a user who must not log in learns why.
func TestRecipeBackendRefuses(t *testing.T) {
	t.Parallel()
	kratos, client, identity := startRobot(t,
		kratostest.Set("selfservice.flows.login.after.hooks", []any{map[string]any{"hook": "require_verified_address"}}))
	page := open(t, client)
	status, body := page.logIn(page.open(""), robot.Email, robot.Password)
	require.Equal(t, http.StatusForbidden, status, body)
	require.Equal(t, "verification", member(t, body, "error"))
	require.NoError(t, kratos.SetActive(t.Context(), identity, false))
	status, body = page.logIn(page.open(""), robot.Email, robot.Password)
	require.Equal(t, http.StatusForbidden, status, body)
	require.Equal(t, "disabled", member(t, body, "error"))
}

// TestRecipeBackendAsksForACode checks that a sent code does not count as a failure.
func TestRecipeBackendAsksForACode(t *testing.T) {
	t.Parallel()
	kratos, client := start(t, kratostest.Set("selfservice.methods.code.passwordless_enabled", true))
	page := open(t, client)
	query := page.open("")
	status, body := page.submit(query, "method", "code", "identifier", ada.Email)
	require.Equal(t, http.StatusOK, status, body)
	require.Equal(t, "sent_email", member(t, body, "flow", "state"))
	require.Contains(t, fields(t, body), "code")
	code, err := kratos.Code(t.Context(), ada.Email)
	require.NoError(t, err)
	status, body = page.submit(query, "method", "code", "identifier", ada.Email, "code", code)
	require.Equal(t, http.StatusOK, status, body)
	require.JSONEq(t, `{"next":"/"}`, body)
}

// TestRecipeBackendOfAnExpiredFlow checks that the login begins again.
func TestRecipeBackendOfAnExpiredFlow(t *testing.T) {
	t.Parallel()
	kratos, client := start(t, flowsExpire)
	page := open(t, client)
	query := page.open("return_to=/account")
	change(t, kratos, flowsLast)
	status, body := page.logIn(query, ada.Email, secret.Reveal())
	require.Equal(t, http.StatusOK, status, body)
	require.NotEqual(t, query, queryOf(t, body))
	_, body = page.logIn(queryOf(t, body), ada.Email, secret.Reveal())
	require.JSONEq(t, `{"next":"/account"}`, body)
}

// TestRecipeTellsAProxyFromKratos checks that a proxy's 404 does not count as that of a flow.
func TestRecipeTellsAProxyFromKratos(t *testing.T) {
	t.Parallel()
	proxy := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(proxy.Close)
	client, err := orylogin.New(proxy.URL)
	require.NoError(t, err)
	status, body := open(t, client).logIn("flow=f", ada.Email, secret.Reveal())
	require.Equal(t, http.StatusBadGateway, status, body)
}

// TestRecipeBackendOfNoLogin has requests that cannot be sent as a login.
func TestRecipeBackendOfNoLogin(t *testing.T) {
	t.Parallel()
	kratos := orylogintest.NewServer(t)
	page := open(t, kratos.Client())
	status, body := page.logIn(page.open(""), ada.Email, "no text: \xff")
	require.Equal(t, http.StatusBadRequest, status, body)
	require.Equal(t, "invalid_call", member(t, body, "error"))
}
