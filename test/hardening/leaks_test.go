package hardening

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/internal/methodtest"
	"github.com/orylogin/orylogin/session"
	"github.com/orylogin/orylogin/test/kratostest"
)

// mark is part of every secret of these tests.
const mark = "s3cr3tmark"

func marked(what string) orylogin.Secret { return orylogin.NewSecret(mark + "-" + what) }

// markedMethods are all methods, with the mark in each secret.
var markedMethods = markMethods()

func markMethods() map[string]orylogin.Method {
	methods := map[string]orylogin.Method{}
	for name, row := range methodtest.Rows() {
		methods[name] = methodtest.WithSecrets(row.Method, marked)
	}
	return methods
}

// bodies are the bodies of a hostile server. M stands for the mark, and ECHO for everything in
// the request.
var bodies = map[string]string{
	"error": `{"error":{"id":"M","code":400,"status":"M","message":"ECHO","reason":"ECHO","debug":"ECHO","details":{"M":"ECHO"},` +
		`"request":"M"},"redirect_browser_to":"https://M/?M","use_flow_id":"M","since":1}`,
	"refusal": `{"id":"f","type":"api","state":"choose_method","ui":{"action":"https://M/","messages":[{"id":4000006,"type":"error",` +
		`"text":"ECHO","context":{"M":"ECHO"}}],"nodes":[{"attributes":{"name":"csrf_token","value":"ECHO"},"messages":[{"id":1,"text":"M"}]}]}}`,
	"flow":    `{"id":"f","type":"api","state":"x","session_token_exchange_code":"M","return_to":"M","ui":{"nodes":[{"attributes":{"name":"csrf_token","value":"M"}}]}}`,
	"login":   `{"session_token":"M","session":` + markedSession + `,"continue_with":[{"action":"set_ory_session_token","ory_session_token":"M"}]}`,
	"owed":    `{"session_token":"M","session":{"id":"s","active":true,"tokenized":"M"}}`,
	"session": markedSession,
	"logout":  `{"logout_url":"https://M/","logout_token":"M"}`,
	"record":  `{"id":"e","error":{"code":500,"message":"ECHO","reason":"M"}}`,
	"cut off": `{"error":{"message":"ECHO`,
	"no JSON": `ECHO`,
	"types":   `{"error":{"M":"M","code":"M"},"session_token":{"M":"M"},"session":"M","expired_at":"M"}`,
}

const markedSession = `{"id":"s","active":true,"tokenized":"M","identity":{"id":"i","traits":{"a":"M"},"metadata_public":{"M":"M"}}}`

// hostile answers with a status and a body. Each header has the mark.
func hostile(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		sent, _ := io.ReadAll(r.Body)
		echo, _ := json.Marshal(fmt.Sprint(r.Header, r.URL, string(sent), mark))
		answer := strings.ReplaceAll(strings.ReplaceAll(body, "ECHO", strings.Trim(string(echo), `"`)), "M", mark)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Mark", mark)
		w.Header().Set("Retry-After", mark)
		w.Header().Add("Set-Cookie", "ory_kratos_session="+mark)
		w.Header().Set("Location", "https://"+mark+"/?flow="+mark)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	}
}

// raw answers with bytes that may not be HTTP. If there are none, it closes the connection.
func raw(answer string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			_, _ = io.WriteString(conn, answer)
			_ = conn.Close()
		}
	}
}

// outcomes has all answers of the hostile server.
func outcomes() map[string]http.HandlerFunc {
	all := map[string]http.HandlerFunc{
		"hang up":            raw(""),
		"status line":        raw("HTTP/1.1 " + mark + "\r\n\r\n"),
		"header line":        raw("HTTP/1.1 200 OK\r\n" + mark + "\r\n\r\n"),
		"no HTTP":            raw(mark + "\r\n"),
		"length":             raw("HTTP/1.1 200 OK\r\nContent-Length: " + mark + "\r\n\r\n"),
		"chunk":              raw("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n" + mark + "\r\n"),
		"transfer encoding":  raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: " + mark + "\r\n\r\n"),
		"malformed location": raw("HTTP/1.1 303 X\r\nLocation: http://[::1/" + mark + "\r\nContent-Length: 0\r\n\r\n"),
		"no answer": func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // a server notices only after that that a client has gone
			<-r.Context().Done()
		},
	}
	for _, status := range []int{200, 303, 307, 400, 401, 403, 404, 410, 422, 500} {
		for name, body := range bodies {
			all[fmt.Sprint(status, " ", name)] = hostile(status, body)
		}
	}
	return all
}

// TestNothingShowsSecrets makes all calls with marked secrets and gets each of the answers. No
// printed, logged or marshalled text may have the mark.
func TestNothingShowsSecrets(t *testing.T) {
	seen := 0
	for name, outcome := range outcomes() {
		timeout := patience
		if name == "no answer" {
			timeout = 50 * time.Millisecond
		}
		server := httptest.NewServer(outcome)
		server.Config.ErrorLog = discard
		transport := &http.Transport{}
		client, err := orylogin.New(server.URL, orylogin.WithTimeout(timeout), orylogin.WithHeader("X-Gateway-Key", mark),
			orylogin.WithHTTPClient(&http.Client{Transport: transport}),
			orylogin.WithObserver(func(_ context.Context, event orylogin.Event) { requireHidden(t, event, name) }))
		require.NoError(t, err)
		for _, value := range slices.Concat(native(t.Context(), client), visits(t.Context(), client), siblings(t, client)) {
			requireHidden(t, value, name)
			seen++
		}
		transport.CloseIdleConnections()
		server.Close()
	}
	require.Greater(t, seen, 1000)
}

// native calls package orylogin and returns all results.
func native(ctx context.Context, client *orylogin.Client) []any {
	token := marked("token")
	values := []any{client, *client, token, &token}
	add := func(value any, err error) { values = append(values, value, err) }
	for _, method := range markedMethods {
		values = append(values, method)
		add(client.Submit(ctx, "f", method, orylogin.WithSessionToken(token), orylogin.WithCallHeader("X-Trace", mark)))
	}
	password := markedMethods["password"]
	add(client.Login(ctx, password))
	add(client.Refresh(ctx, token, password))
	add(client.StepUp(ctx, token, markedMethods["totp"]))
	add(client.Converse(ctx, orylogin.FlowOptions{}, func(_ context.Context, step orylogin.Step) (orylogin.Method, error) {
		values = append(values, step.Flow, step.Err)
		return markedMethods["code, second step"], nil
	}))
	add(client.CreateFlow(ctx, orylogin.FlowOptions{AAL: orylogin.AAL2}, orylogin.WithSessionToken(token)))
	add(client.GetFlow(ctx, "f"))
	add(client.Exchange(ctx, marked("init"), marked("return-to")))
	flow := &orylogin.Flow{}
	flow.ID, flow.SessionTokenExchangeCode = "f", marked("init")
	for _, query := range []string{"code=" + mark, "flow=" + mark, ""} {
		add(client.Callback(ctx, flow, &url.URL{Path: "/app", RawQuery: query}))
	}
	add(client.Callback(ctx, nil, &url.URL{RawQuery: "code=" + mark}))
	add(client.Whoami(ctx, token))
	add(client.WhoamiCookie(ctx, orylogin.NewSecret("ory_kratos_session="+mark)))
	add(nil, client.Logout(ctx, token))
	// These calls are refused before anything is sent.
	broken := orylogin.NewSecret(mark + "\r\n\xff")
	add(client.Whoami(ctx, broken))
	add(client.WhoamiCookie(ctx, broken))
	add(nil, client.Logout(ctx, broken))
	add(client.Submit(ctx, "f", orylogin.Password{Password: broken}))
	add(client.Submit(ctx, "f", orylogin.TOTP{TransientPayload: []byte(mark)}))
	add(client.CreateFlow(ctx, orylogin.FlowOptions{}, orylogin.WithCallHeader("X-Trace", mark+"\n")))
	add(orylogin.New("https://ada:" + mark + "@example.com"))
	return values
}

// visits makes all calls of a browser's login, with and without a ResponseWriter, and returns
// all results. It leaves out what the browser gets, which has secrets.
func visits(ctx context.Context, client *orylogin.Client) []any {
	var values []any
	add := func(value any, err error) { values = append(values, value, err) }
	for _, w := range []http.ResponseWriter{httptest.NewRecorder(), nil} {
		request := httptest.NewRequestWithContext(ctx, http.MethodPost, "/", nil)
		request.Header.Set("Cookie", "ory_kratos_session="+mark+"; csrf_token_a="+mark)
		visit := client.Visit(w, request, orylogin.WithDevice("the browser", netip.Addr{}), orylogin.WithCallHeader("X-Trace", mark))
		values = append(values, visit, *visit)
		flow, refresh := &orylogin.Flow{}, &orylogin.Flow{}
		flow.ID, refresh.ID, refresh.Refresh = "f", "f", true
		add(visit.CreateFlow(ctx, orylogin.FlowOptions{}))
		add(visit.GetFlow(ctx, "f"))
		add(visit.Submit(ctx, flow, markedMethods["password"]))
		add(visit.Submit(ctx, refresh, markedMethods["totp"]))
		add(visit.SubmitForm(ctx, "f", url.Values{"password": {mark}, "csrf_token": {mark}, "method": {"password"}}))
		add(visit.GetError(ctx, "e"))
		add(visit.Whoami(ctx))
		add(nil, visit.Logout(ctx))
		values = append(values, visit, *visit)
	}
	return values
}

// siblings calls package session and returns all results.
func siblings(t *testing.T, client *orylogin.Client) []any {
	t.Helper()
	ctx := t.Context()
	var values []any
	add := func(value any, err error) { values = append(values, value, err) }
	source, err := session.NewSource(client, markedMethods["password"])
	require.NoError(t, err)
	add(source.Token(ctx))
	add(nil, source.Logout(ctx))
	values = append(values, source, session.StoredToken{Token: marked("stored")})
	static := &session.Transport{Source: session.Static(marked("static")), Hosts: []string{"elsewhere.example.com"}}
	values = append(values, static, reflect.ValueOf(static).Elem().Interface()) // a copy, which no program makes
	blocked := httptest.NewRequestWithContext(ctx, http.MethodGet, "http://elsewhere.example.com", nil)
	_, err = static.RoundTrip(blocked) //nolint:bodyclose // there is none
	values = append(values, err)

	guard, err := session.NewGuard(client, session.WithRefusal(
		func(w http.ResponseWriter, r *http.Request, refusal *session.Refusal) {
			values = append(values, refusal.Err)
			refusal.URL = ""
			refusal.ServeHTTP(w, r)
		}))
	require.NoError(t, err)
	w := httptest.NewRecorder()
	request := httptest.NewRequestWithContext(ctx, http.MethodPost, "/", nil)
	request.Header.Set("Cookie", "ory_kratos_session="+mark+"; csrf_token_a="+mark)
	request.Header.Set("X-Session-Token", mark)
	guard.Wrap(http.NotFoundHandler()).ServeHTTP(w, request)
	return append(values, guard, w.Body.String(), w.Header())
}

// requireHidden requires that a value does not show the mark, whatever is done with it.
func requireHidden(t *testing.T, value any, outcome string) {
	t.Helper()
	for how, text := range renderings(value) {
		for _, form := range []string{mark, fmt.Sprintf("%x", mark), fmt.Sprintf("%X", mark)} {
			if strings.Contains(text, form) {
				t.Errorf("%s: %T shows a secret by %s: %s", outcome, value, how, text)
				return
			}
		}
	}
}

// TestDocumentsAreTheServers checks that a document shows what the server sent, with its
// secrets. Nothing else does, and neither does a value that is read from a document.
func TestDocumentsAreTheServers(t *testing.T) {
	server := httptest.NewServer(hostile(http.StatusOK, bodies["flow"]))
	t.Cleanup(server.Close)
	client, err := orylogin.New(server.URL)
	require.NoError(t, err)
	flow, err := client.GetFlow(t.Context(), "f")
	require.NoError(t, err)
	require.JSONEq(t, strings.ReplaceAll(bodies["flow"], "M", mark), string(flow.Document()))
	require.Error(t, json.Unmarshal([]byte(renderings(flow)["JSON"]), &orylogin.Flow{}))
	var again orylogin.Flow
	require.NoError(t, json.Unmarshal(flow.Document(), &again))

	server.Config.Handler = hostile(http.StatusOK, bodies["login"])
	login, err := client.Submit(t.Context(), "f", asAda)
	require.NoError(t, err)
	require.JSONEq(t, strings.ReplaceAll(markedSession, "M", mark), string(login.Session.Document()))
	for _, value := range []any{flow, *flow, again, login, *login, login.Session, *login.Session, login.ContinueWith} {
		requireHidden(t, value, "its document shows it")
	}
}

const panicWith = "HARDENING_PANIC_WITH"

// TestPanicsShowNoSecrets makes a process panic with each kind of value, and checks what the
// runtime prints.
func TestPanicsShowNoSecrets(t *testing.T) {
	kinds := map[string]any{
		"secret": marked("token"), "method": markedMethods["password"], "login": &orylogin.Login{Token: marked("token")},
		"error": error(&orylogin.SecondFactorError{Token: marked("token"), URL: mark, APIError: orylogin.APIError{Message: mark}}),
	}
	if kind := os.Getenv(panicWith); kind != "" {
		panic(kinds[kind])
	}
	for kind := range kinds {
		command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestPanicsShowNoSecrets$")
		command.Env = append(os.Environ(), panicWith+"="+kind)
		out, err := command.CombinedOutput()
		var exit *exec.ExitError
		require.ErrorAs(t, err, &exit, kind)
		require.Contains(t, string(out), "panic: ", kind)
		require.NotContains(t, string(out), mark, kind)
	}
}

// TestRealSecretsAreNotShown logs in at a real server and looks for the passwords, codes and
// tokens of that login.
func TestRealSecretsAreNotShown(t *testing.T) {
	s := newStage(t, kratostest.Set("selfservice.methods.code.passwordless_enabled", true))
	client, left := s.client(t)
	ctx := t.Context()
	var values []any
	secrets := []string{ada.Password}
	keep := func(login *orylogin.Login, err error) *orylogin.Login {
		values = append(values, login, err)
		if login != nil {
			values = append(values, login.Session, login.ContinueWith)
			secrets = append(secrets, login.Token.Reveal())
		}
		return login
	}
	login := keep(client.Login(ctx, asAda))
	keep(client.Login(ctx, orylogin.Password{Identifier: ada.Email, Password: orylogin.NewSecret("a wild guess")}))
	secrets = append(secrets, "a wild guess")
	_, err := client.Login(ctx, orylogin.Code{Identifier: ada.Email})
	var next *orylogin.NextStepError
	require.ErrorAs(t, err, &next)
	code, err := s.kratos.Code(ctx, ada.Email)
	require.NoError(t, err)
	secrets = append(secrets, code)
	keep(client.Submit(ctx, next.Flow.ID, orylogin.Code{Identifier: ada.Email, Code: orylogin.NewSecret(code)}))
	key, err := s.kratos.EnrolTOTP(ctx, ada)
	require.NoError(t, err)
	digits, err := key.Code(time.Now())
	require.NoError(t, err)
	secrets = append(secrets, digits)
	keep(client.StepUp(ctx, login.Token, orylogin.TOTP{Code: orylogin.NewSecret(digits)}))
	values = append(values, client.Logout(ctx, login.Token))
	_, err = client.Whoami(ctx, login.Token)
	require.ErrorIs(t, err, orylogin.ErrSessionInactive)
	values = append(values, err, error(next), next.Flow)

	require.Len(t, secrets, 7, "all logins but the guessed one")
	for _, value := range values {
		for how, text := range renderings(value) {
			for _, secret := range secrets {
				assert.NotContains(t, text, secret, "%T by %s", value, how)
			}
		}
	}
	left()
}
