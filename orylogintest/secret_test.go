package orylogintest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
)

// TestDigitsWithinANumber checks that a code is not found within a time.
func TestDigitsWithinANumber(t *testing.T) {
	t.Parallel()
	for text, found := range map[string]bool{
		`{"took":1000000000}`: false, "000000": true, "code=000000.": true, "1000000 and 000000": true, "10000001": false,
	} {
		shown := failure(t, nil, func(s *orylogintest.Server) {
			_, err := s.Client().Login(t.Context(), orylogin.TOTP{Code: orylogin.NewSecret("000000")})
			require.Error(t, err)
			s.ExpectNoSecrets(text)
		})
		assert.Equal(t, found, shown != "", text)
	}
}

// TestExpectNoSecrets checks that secrets of the server and its clients are found in a text, in
// each of their forms.
func TestExpectNoSecrets(t *testing.T) {
	t.Parallel()
	options := []orylogintest.Option{orylogintest.WithCode()}
	eve := orylogintest.Identity{
		Email: "eve@example.com", Password: `correct "horse" & co`,
		TOTPSecret: "JBSWY3DPEHPK3PXP", LookupSecrets: []string{"lookup-1"},
	}
	text := func(leak func(*orylogintest.Server) string) string {
		return failure(t, options, func(s *orylogintest.Server) {
			s.AddIdentity(eve)
			s.ExpectNoSecrets(leak(s))
		})
	}
	for name, leak := range map[string]func(*orylogintest.Server) string{
		"a password":      func(*orylogintest.Server) string { return "level=INFO password=" + eve.Password },
		"a TOTP secret":   func(*orylogintest.Server) string { return eve.TOTPSecret },
		"a lookup secret": func(*orylogintest.Server) string { return eve.LookupSecrets[0] },
		"a session token": func(s *orylogintest.Server) string {
			login, err := s.Client().Login(t.Context(), orylogin.Password{
				Identifier: eve.Email, Password: orylogin.NewSecret(eve.Password),
			})
			require.NoError(t, err)
			return login.Token.Reveal()
		},
		"a code": func(s *orylogintest.Server) string {
			_, err := s.Client().Login(t.Context(), orylogin.Code{Identifier: eve.Email})
			require.Error(t, err)
			return "the code is " + s.Code(eve.Email) + "."
		},
		"a token exchange code": func(s *orylogintest.Server) string {
			_, err := s.Client().Exchange(t.Context(), orylogin.NewSecret("init"), orylogin.NewSecret("back"))
			require.Error(t, err)
			return "code=back"
		},
		"the cookie ory_kratos_session": func(s *orylogintest.Server) string {
			_, err := s.Client().WhoamiCookie(t.Context(), orylogin.NewSecret("ory_kratos_session=MTcx"))
			require.Error(t, err)
			return "MTcx"
		},
	} {
		assert.Equal(t, "orylogintest: the text holds secrets: "+name, text(leak))
	}
	inJSON, err := json.Marshal(eve.Password)
	require.NoError(t, err)
	for _, form := range []string{url.QueryEscape(eve.Password), url.PathEscape(eve.Password), strconv.Quote(eve.Password), string(inJSON)} {
		assert.Contains(t, text(func(*orylogintest.Server) string { return form }), "a password")
	}
	assert.Contains(t, text(func(s *orylogintest.Server) string {
		_, err := s.Client().Login(t.Context(), asNobody)
		require.Error(t, err)
		return "wrong horse"
	}), "a password", "one that was submitted and is nobody's")
	assert.Empty(t, text(func(s *orylogintest.Server) string {
		_, err := s.Client().Login(t.Context(), asNobody)
		require.Error(t, err)
		return fmt.Sprintf("%+v %v", err, s.Requests(orylogintest.Submit))
	}))
}

// mark is a secret that no other text contains.
const mark = `{"id":"a secret & a mark"}`

// methods are the methods of package orylogin, each with mark in one of its secrets, and with
// the kind under which the secret is reported.
var methods = []struct {
	kind   string
	method orylogin.Method
}{
	{"a password", orylogin.Password{Identifier: "ada@example.com", Password: marked, TransientPayload: payload}},
	{"a code", orylogin.Code{Identifier: "ada@example.com", Code: marked, TransientPayload: payload}},
	{"a code", orylogin.TOTP{Code: marked, TransientPayload: payload}},
	{"a lookup secret", orylogin.LookupSecret{Secret: marked, TransientPayload: payload}},
	{"an ID token", orylogin.OIDC{Provider: "google", IDToken: marked, Traits: payload, UpstreamParameters: payload}},
	{"the field id_token_nonce", orylogin.OIDC{Provider: "google", IDToken: other, IDTokenNonce: marked}},
	{"the field webauthn_login", orylogin.WebAuthn{Identifier: "ada@example.com", Response: marked, TransientPayload: payload}},
	{"the field passkey_login", orylogin.Passkey{Response: marked, TransientPayload: payload}},
	{"the field signature", orylogin.DeviceAuthn{ClientKeyID: "key-of-ada", Signature: marked, PINProof: other}},
	{"the field pin_proof", orylogin.DeviceAuthn{ClientKeyID: "key-of-ada", Signature: other, PINProof: marked}},
	{"the field magic_word", orylogin.Custom{Name: "magic", Fields: map[string]any{
		"identifier": "ada@example.com", "magic_word": marked, "remember": true, "attempt": 2026, "locale": "de", "more": payload,
	}}},
	{"", orylogin.SAML{Provider: "google", TransientPayload: payload}},
	{"", orylogin.IdentifierFirst{Identifier: "ada@example.com", TransientPayload: payload}},
	{"", orylogin.Code{Identifier: "ada@example.com", Resend: true}},
	{"", orylogin.Code{Address: "ada@example.com"}},
}

var (
	marked  = orylogin.NewSecret(mark)
	other   = orylogin.NewSecret("another secret")
	payload = json.RawMessage(`{"tenant":"acme"}`)
)

// TestSecretsOfEveryMethod checks that the secrets of each method are found, and that no other
// text about a login counts as a secret.
func TestSecretsOfEveryMethod(t *testing.T) {
	t.Parallel()
	for _, test := range methods {
		alarm := func(text func(*orylogintest.Server, error) string) string {
			return failure(t, nil, func(s *orylogintest.Server) {
				flow, err := s.Client().CreateFlow(t.Context(), orylogin.FlowOptions{})
				require.NoError(t, err)
				_, err = s.Client().Submit(t.Context(), flow.ID, test.method)
				require.Error(t, err)
				s.ExpectNoSecrets(text(s, err))
			})
		}
		want := ""
		if test.kind != "" {
			want = "orylogintest: the text holds secrets: " + test.kind
		}
		assert.Equal(t, want, alarm(func(*orylogintest.Server, error) string { return "level=INFO secret=" + mark }), "%T", test.method)
		assert.Empty(t, alarm(func(s *orylogintest.Server, err error) string {
			return normalLog(test.method, err, s.Requests(orylogintest.Submit)[0])
		}), "%T", test.method)
	}
}

// normalLog is what a careful program logs about a submission.
func normalLog(method orylogin.Method, err error, request orylogintest.Request) string {
	var log bytes.Buffer
	for _, handler := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
		slog.New(handler).Error("login failed", "method", method, "error", err, "request", request, "flow", request.Query("flow"),
			"identifier", "ada@example.com", "provider", "google", "resend", "code", "key", "key-of-ada",
			"tenant", "acme", "payload", string(payload), "remember", true, "attempt", 2026, "locale", "de")
	}
	fmt.Fprintf(&log, "%+v %#v %v", method, method, err)
	return log.String()
}

// TestSecretsOfForms checks that a browser's form is searched like the JSON of a native client,
// although a form has only texts.
func TestSecretsOfForms(t *testing.T) {
	t.Parallel()
	form := url.Values{
		"identifier": {"ada@example.com"}, "method": {"magic"}, "magic_word": {"first word", "second word"},
		"remember": {"true"}, "adult": {"false"}, "age": {"36"}, "traits.name": {"Ada Lovelace"}, "upstream_parameters.prompt": {"consent"},
		"transient_payload": {string(payload)}, "transient_payload.tenant": {"acme"}, "traits": {string(payload)},
	}
	alarm := func(text string) string {
		return failure(t, nil, func(s *orylogintest.Server) {
			send(t, http.MethodPost, s.URL+"/self-service/login?flow=x", strings.NewReader(form.Encode()), http.Header{
				"Content-Type": {"application/x-www-form-urlencoded"},
			})
			s.ExpectNoSecrets(text)
		})
	}
	for _, word := range form["magic_word"] {
		assert.Equal(t, "orylogintest: the text holds secrets: the field magic_word", alarm(word))
	}
	delete(form, "magic_word")
	assert.Empty(t, alarm(fmt.Sprint(form)))
}

// TestSecretsBesideTheBody checks that credentials are found in each part of a request.
func TestSecretsBesideTheBody(t *testing.T) {
	t.Parallel()
	alarm := func(text string) string {
		return failure(t, nil, func(s *orylogintest.Server) {
			query := url.Values{"token": {"logout-mark"}, "return_to": {"/after"}, "shard": {"7"}}
			for _, harmless := range []string{"organization", "identity_schema", "tokenize_as", "login_challenge"} {
				query.Set(harmless, "a "+harmless)
			}
			send(t, http.MethodGet, s.URL+"/self-service/logout?"+query.Encode(), nil, http.Header{
				"Authorization": {"Basic basic-mark"}, "Proxy-Authorization": {"proxy-mark"}, "X-Gateway-Key": {"gateway-mark"},
				"X-Csrf-Token": {"csrf-mark"}, "X-Session-Token": {"session-mark"}, "Cookie": {"theme=cookie-mark; ok=1"},
				"X-Request-Id": {"4711-0815"}, "User-Agent": {"a program"}, "Accept-Language": {"en-GB"},
			})
			s.ExpectNoSecrets(text)
		})
	}
	for text, kind := range map[string]string{
		"logout-mark":  "the parameter token",
		"basic-mark":   "the header Authorization",
		"proxy-mark":   "the header Proxy-Authorization",
		"gateway-mark": "the header X-Gateway-Key",
		"csrf-mark":    "a CSRF token",
		"session-mark": "a session token",
		"cookie-mark":  "the cookie theme",
	} {
		assert.Equal(t, "orylogintest: the text holds secrets: "+kind, alarm(text))
	}
	assert.Equal(t, "orylogintest: the text holds secrets: the cookie theme, the header X-Gateway-Key, the parameter token",
		alarm("logout-mark cookie-mark gateway-mark cookie-mark"))
	assert.Empty(t, alarm("Basic authorization: a program asked for /after in shard 7, in en-GB, as request 4711-0815, "+
		"with a organization, a identity_schema, a tokenize_as and a login_challenge"))
}

// TestOptionsOfFlowsAreNoSecrets checks each parameter that the module itself sends.
func TestOptionsOfFlowsAreNoSecrets(t *testing.T) {
	t.Parallel()
	options := orylogin.FlowOptions{
		AAL: orylogin.AAL2, Refresh: true, IgnoreSession: true, ReturnTo: "/some/page", LoginChallenge: "some challenge",
		Via: "some address", Organization: "some organization", IdentitySchema: "some schema",
	}
	require.Empty(t, failure(t, nil, func(s *orylogintest.Server) {
		_, err := s.Client().Visit(nil, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/login", nil)).CreateFlow(t.Context(), options)
		require.Error(t, err)
		sent := s.Requests(orylogintest.CreateBrowserFlow)[0]
		for _, name := range []string{"aal", "refresh", "prompt", "return_to", "login_challenge", "via", "organization", "identity_schema"} {
			require.NotEmpty(t, sent.Query(name), name)
			require.Contains(t, fmt.Sprint(sent), name+": "+sent.Query(name))
			s.ExpectNoSecrets(sent.Query(name))
		}
	}))
}

// TestShortTextsAreNoSecrets checks that short values do not count as secrets, since every log
// contains them.
func TestShortTextsAreNoSecrets(t *testing.T) {
	t.Parallel()
	for password, found := range map[string]bool{"": false, "abc": false, "abcd": true, "äöü": false, "true": false} {
		text := failure(t, nil, func(s *orylogintest.Server) {
			s.AddIdentity(orylogintest.Identity{Email: "eve@example.com", Password: password})
			s.ExpectNoSecrets("level=INFO msg=" + password)
		})
		assert.Equal(t, found, text != "", password)
	}
}

// send sends a request. The answer does not matter.
func send(t *testing.T, method, target string, body *strings.Reader, header http.Header) {
	t.Helper()
	if body == nil {
		body = strings.NewReader("")
	}
	request, err := http.NewRequestWithContext(t.Context(), method, target, body)
	require.NoError(t, err)
	request.Header = header
	response, err := http.DefaultTransport.RoundTrip(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
}
