package hardening

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/davecgh/go-spew/spew"
	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/api"
	"github.com/orylogin/orylogin/orylogintest"
	"github.com/orylogin/orylogin/session"
)

// secretBodies are the answers of a server with the mark in each secret and in each member that
// this module does not know. Its messages have no mark, since the fields of an error or a flow
// show them.
var secretBodies = map[string]string{
	"refusal": `{"id":"f","type":"api","session_token_exchange_code":"M","unknown":"M",` +
		`"ui":{"messages":[{"id":4000006,"type":"error"}],"nodes":[{"attributes":{"name":"csrf_token","value":"M"}}]}}`,
	"flow":    `{"id":"f","type":"api","session_token_exchange_code":"M","unknown":"M","ui":{"nodes":[{"attributes":{"name":"csrf_token","value":"M"}}]}}`,
	"browser": `{"id":"f","type":"browser","unknown":"M","ui":{"nodes":[{"attributes":{"name":"csrf_token","value":"M"}}]}}`,
	"login":   `{"session_token":"M","session":` + secretSession + `,"continue_with":[{"action":"set_ory_session_token","ory_session_token":"M"}]}`,
	"owed":    `{"session_token":"M","session":{"id":"s","active":true,"tokenized":"M"}}`,
	"session": secretSession,
	"logout":  `{"logout_url":"https://M/","logout_token":"M"}`,
	"cut off": `{"error":{"message":"M`,
	"no JSON": `M`,
	"types":   `{"error":{"code":"M"},"session_token":{"M":"M"},"session":"M","expired_at":"M"}`,
}

const secretSession = `{"id":"s","active":true,"expires_at":"2099-01-01T00:00:00Z","tokenized":"M","unknown":"M","identity":{"id":"i","traits":{}}}`

// dumps returns what tools print of a value that they read by reflection: testify for two
// values that differ, go-cmp, and spew with and without the value's methods.
func dumps(value any) map[string]string {
	bare := spew.ConfigState{Indent: " ", DisableMethods: true, DisablePointerMethods: true}
	var failed recorder
	assert.Equal(&failed, []any{1, value}, []any{2, value})
	return map[string]string{
		"spew.Dump":           spew.Sdump(value),
		"spew of a field":     spew.Sdump(struct{ field any }{value}),
		"bare spew":           bare.Sdump(value),
		"bare spew, one line": bare.Sprintf("%#+v", value),
		"testify":             failed.text,
		"go-cmp":              cmp.Diff(any(struct{}{}), value, cmp.Exporter(func(reflect.Type) bool { return true })),
		"a field":             fmt.Sprintf("%v %+v %#v", struct{ field any }{value}, struct{ field any }{value}, struct{ field any }{value}),
	}
}

// recorder is a testing.TB that keeps the text of its failure.
type recorder struct{ text string }

func (r *recorder) Errorf(format string, args ...any) { r.text += fmt.Sprintf(format, args...) }

var hexLine = regexp.MustCompile(`(?m)^.*[0-9a-f]{8}  (?:[0-9a-f]{2} +)+ *\|(.*)\|$\n?`)

// requireOpaque requires that no tool finds a mark in a value.
func requireOpaque(t *testing.T, value any, what string) {
	t.Helper()
	for how, text := range dumps(value) {
		text = hexLine.ReplaceAllString(text, "$1") // a dump of bytes, sixteen in each line
		if at := strings.Index(text, mark); at >= 0 {
			t.Errorf("%s: %s of %T shows a secret: …%s…", what, how, value, text[max(0, at-600):at+len(mark)])
			return
		}
	}
}

// TestReflectionFindsNoSecrets makes all calls with marked secrets and gets answers with marked
// secrets. Then tools read all results by reflection.
func TestReflectionFindsNoSecrets(t *testing.T) {
	for name, body := range secretBodies {
		for _, status := range []int{200, 400, 401, 422} {
			checkOpaque(t, fmt.Sprint(status, " ", name), func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				w.Header().Set("Content-Type", "application/json")
				w.Header().Set("X-Mark", mark)
				w.Header().Add("Set-Cookie", "ory_kratos_session="+mark)
				w.WriteHeader(status)
				_, _ = io.WriteString(w, strings.ReplaceAll(body, "M", mark))
			})
		}
	}
	for name, outcome := range outcomes() {
		if strings.Trim(name[:1], "2345") == "" || name == "no answer" || name == "malformed location" {
			continue // they show the mark in a field, or take long
		}
		checkOpaque(t, name, outcome)
	}
}

func checkOpaque(t *testing.T, name string, outcome http.HandlerFunc) {
	t.Helper()
	server := httptest.NewServer(outcome)
	server.Config.ErrorLog = discard
	defer server.Close()
	for _, value := range reflected(t, server.URL) {
		requireOpaque(t, value, name)
	}
}

// reflected makes each call that takes or returns a secret. It returns all values that a
// program then has.
func reflected(t *testing.T, serverURL string) []any {
	t.Helper()
	ctx := t.Context()
	client, err := orylogin.New(serverURL, orylogin.WithHeader("X-Gateway-Key", mark))
	require.NoError(t, err)
	token := marked("token")
	values := []any{client, *client, token, &token, orylogin.WithSessionToken(token), orylogin.WithHeader("X-Key", mark)}
	add := func(value any, err error) { values = append(values, value, err) }
	for _, method := range markedMethods {
		values = append(values, method)
		add(client.Submit(ctx, "f", method, orylogin.WithSessionToken(token), orylogin.WithCallHeader("X-Trace", mark)))
	}
	add(client.Login(ctx, markedMethods["password"]))
	add(client.Refresh(ctx, token, markedMethods["password"]))
	add(client.StepUp(ctx, token, markedMethods["totp"]))
	add(client.Converse(ctx, orylogin.FlowOptions{}, func(_ context.Context, step orylogin.Step) (orylogin.Method, error) {
		values = append(values, step)
		return markedMethods["code, second step"], nil
	}))
	add(client.CreateFlow(ctx, orylogin.FlowOptions{}))
	add(client.GetFlow(ctx, "f"))
	add(client.Exchange(ctx, marked("init"), marked("return-to")))
	add(client.Whoami(ctx, token))
	add(client.WhoamiCookie(ctx, orylogin.NewSecret("ory_kratos_session="+mark)))
	add(nil, client.Logout(ctx, token))
	broken := orylogin.NewSecret(mark + "\r\n\xff")
	add(client.Whoami(ctx, broken))
	add(client.WhoamiCookie(ctx, broken))
	add(nil, client.Logout(ctx, broken))
	add(client.Submit(ctx, "f", orylogin.Password{Password: broken}))
	add(orylogin.New("https://ada:" + mark + "@example.com"))

	for _, w := range []http.ResponseWriter{httptest.NewRecorder(), nil} {
		request := httptest.NewRequestWithContext(ctx, http.MethodPost, "/", nil)
		request.Header.Set("Cookie", "ory_kratos_session="+mark+"; csrf_token_a="+mark)
		visit := client.Visit(w, request, orylogin.WithCallHeader("X-Trace", mark))
		values = append(values, visit)
		flow := &orylogin.Flow{}
		flow.ID, flow.Type = "f", "browser"
		add(visit.CreateFlow(ctx, orylogin.FlowOptions{}))
		add(visit.GetFlow(ctx, "f"))
		add(visit.Submit(ctx, flow, markedMethods["password"]))
		add(visit.SubmitForm(ctx, "f", url.Values{"password": {mark}, "csrf_token": {mark}, "method": {"password"}}))
		add(visit.Whoami(ctx))
		add(nil, visit.Logout(ctx))
		values = append(values, *visit)
		if w == nil {
			values = append(values, client.SessionCookie(request))
		}
	}

	source, err := session.NewSource(client, markedMethods["password"])
	require.NoError(t, err)
	add(source.Token(ctx))
	values = append(values, source, session.StoredToken{Token: marked("stored")}, session.Static(marked("static")),
		&session.Transport{Source: source, Hosts: []string{"elsewhere.example.com"}})
	guard, err := session.NewGuard(client, session.WithCache(session.NewMemoryCache(1<<20), patience), session.WithRefusal(
		func(_ http.ResponseWriter, _ *http.Request, refusal *session.Refusal) {
			values = append(values, refusal)
		}))
	require.NoError(t, err)
	request := httptest.NewRequestWithContext(ctx, http.MethodPost, "/", nil)
	request.Header.Set("X-Session-Token", mark)
	guard.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		who, _ := session.FromContext(r.Context())
		values = append(values, who)
	})).ServeHTTP(httptest.NewRecorder(), request)
	return append(values, guard)
}

// TestEverySecretFieldIsOpaque fills each Secret and each Value of the generated types and of
// the exported types of the other packages.
func TestEverySecretFieldIsOpaque(t *testing.T) {
	var value api.Value
	require.NoError(t, json.Unmarshal([]byte(`"`+mark+`"`), &value))
	filled := 0
	for _, target := range []any{
		&api.SuccessfulSelfServiceLoginWithoutBrowser{}, &api.SelfServiceLoginFlow{}, &api.SelfServiceLogoutURL{},
		&api.Session{}, &api.ContinueWith{}, &api.UINodeAttributes{}, &api.UINodeInputAttributesOption{}, &api.OAuth2Client{},
		&orylogin.Login{}, &orylogin.Flow{}, &orylogin.Session{}, &orylogin.SecondFactorError{}, &session.StoredToken{},
	} {
		fields := reflect.ValueOf(target).Elem()
		for _, field := range reflect.VisibleFields(fields.Type()) {
			switch field.Type {
			case reflect.TypeFor[api.Secret]():
				fields.FieldByIndex(field.Index).Set(reflect.ValueOf(marked("field")))
				filled++
			case reflect.TypeFor[api.Value]():
				fields.FieldByIndex(field.Index).Set(reflect.ValueOf(value))
				filled++
			}
		}
		requireOpaque(t, target, "filled")
		requireOpaque(t, fields.Interface(), "filled")
	}
	require.GreaterOrEqual(t, filled, 12)
}

// TestFakeIsOpaque checks that a failed test that has the fake in a value shows none of its
// secrets.
func TestFakeIsOpaque(t *testing.T) {
	fake := orylogintest.NewServer(t)
	fake.AddIdentity(orylogintest.Identity{Email: "ada@example.com", Password: mark})
	client := fake.Client()
	login, err := client.Login(t.Context(), orylogin.Password{Identifier: "ada@example.com", Password: orylogin.NewSecret(mark)})
	require.NoError(t, err)
	requests := fake.Requests(orylogintest.Submit)
	require.Len(t, requests, 1)
	for how, text := range dumps([]any{login, requests, requests[0]}) {
		require.NotContains(t, text, mark, how)
		require.NotContains(t, text, login.Token.Reveal(), how)
	}
}

// TestSecretsCompare checks that the tools of tests can compare values with secrets.
func TestSecretsCompare(t *testing.T) {
	type held struct {
		Token orylogin.Secret
		Value api.Value
		inner map[string][]orylogin.Secret
	}
	build := func(token, value, inner string) held {
		h := held{Token: orylogin.NewSecret(token), inner: map[string][]orylogin.Secret{"x": {orylogin.NewSecret(inner)}}}
		require.NoError(t, json.Unmarshal([]byte(value), &h.Value))
		return h
	}
	base := build("a", `"a"`, "a")
	for name, test := range map[string]struct {
		other held
		equal bool
	}{
		"the same texts":  {build("a", `"a"`, "a"), true},
		"another token":   {build("b", `"a"`, "a"), false},
		"no token":        {build("", `"a"`, "a"), false},
		"another value":   {build("a", `"b"`, "a"), false},
		"a value's type":  {build("a", `1`, "a"), false},
		"no value":        {build("a", `null`, "a"), false},
		"a hidden secret": {build("a", `"a"`, "b"), false},
	} {
		assert.Equal(t, test.equal, reflect.DeepEqual(base, test.other), name)
		assert.Equal(t, test.equal, assert.ObjectsAreEqual(base, test.other), name)
		assert.Equal(t, test.equal, cmp.Equal(base, test.other, cmp.AllowUnexported(held{})), name)
		assert.Equal(t, test.equal, cmp.Equal(
			[]any{base.Token, base.Value, session.StoredToken{Token: base.inner["x"][0]}},
			[]any{test.other.Token, test.other.Value, session.StoredToken{Token: test.other.inner["x"][0]}}), name)
		var failed recorder
		assert.Equal(t, test.equal, assert.Equal(&failed, base, test.other), name)
	}
}

// TestAnswersCompare checks that two answers are equal if and only if their bytes are.
func TestAnswersCompare(t *testing.T) {
	body := ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	client, err := orylogin.New(server.URL)
	require.NoError(t, err)
	ask := func(answer string) (*orylogin.Flow, error) {
		body = answer
		return client.GetFlow(t.Context(), "f")
	}
	flow := secretBodies["flow"]
	first, err := ask(flow)
	require.NoError(t, err)
	second, err := ask(flow)
	require.NoError(t, err)
	third, err := ask(strings.Replace(flow, `"unknown":"M"`, `"unknown":"N"`, 1))
	require.NoError(t, err)
	require.Equal(t, first, second)
	require.NotEqual(t, first, third)
	_, firstErr := ask("{")
	_, secondErr := ask("{")
	_, thirdErr := ask("[]")
	require.Equal(t, firstErr, secondErr)
	require.NotEqual(t, firstErr, thirdErr)
	require.ErrorIs(t, firstErr, orylogin.ErrUnknownAnswer)
	another, err := orylogin.New(server.URL)
	require.NoError(t, err)
	require.Equal(t, client, another)
	require.True(t, map[orylogin.Client]bool{*client: true}[*client], "== continues working")
}
