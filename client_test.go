package orylogin_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
)

func TestNewChecksBaseURL(t *testing.T) {
	for baseURL, want := range map[string]string{
		"https://auth.example.com":              "",
		"https://auth.example.com/.ory/kratos/": "",
		"HTTPS://auth.example.com":              "",
		"http://localhost:4433":                 "",
		"http://LOCALHOST:4433":                 "",
		"http://127.0.0.1:4433":                 "",
		"http://127.9.9.9":                      "",
		"http://[::1]:4433":                     "",
		"":                                      "needs a scheme",
		"auth.example.com":                      "needs a scheme",
		"//auth.example.com":                    "needs a scheme",
		"https://":                              "needs a scheme (https or http) and a host",
		"https://:4433":                         "needs a scheme (https or http) and a host",
		"ftp://auth.example.com":                "needs a scheme",
		"https://auth.example.com:port":         "malformed",
		"https://auth.example.com:443:443":      "malformed",
		"https://::":                            "malformed",
		"https://[::%25\xce]":                   "malformed",
		"https://auth.example.com:65535":        "",
		"https://auth.example.com:0":            "port that does not exist",
		"https://auth.example.com:65536":        "port that does not exist",
		"https://ada:hunter2@auth.example.com":  "holds credentials",
		"https://auth.example.com?":             "query or a fragment",
		"https://auth.example.com/?a=b":         "query or a fragment",
		"https://auth.example.com/#login":       "query or a fragment",
		"http://kratos":                         "WithPlainHTTP",
		"http://10.0.0.1:4433":                  "WithPlainHTTP",
		"http://localhost.example.com":          "WithPlainHTTP",
	} {
		t.Run(baseURL, func(t *testing.T) {
			t.Parallel()
			client, err := orylogin.New(baseURL)
			if want == "" {
				require.NoError(t, err)
				require.NotNil(t, client)
				return
			}
			require.ErrorContains(t, err, want)
			require.NotContains(t, err.Error(), "hunter2")
			require.Nil(t, client)
		})
	}

	client, err := orylogin.New("http://kratos:4433", orylogin.WithPlainHTTP())
	require.NoError(t, err)
	require.NotNil(t, client)
}

func TestBaseURLJoins(t *testing.T) {
	for path, want := range map[string]string{
		"":                           "/self-service/login/api",
		"/":                          "/self-service/login/api",
		"//":                         "/self-service/login/api",
		"/.ory/kratos/public":        "/.ory/kratos/public/self-service/login/api",
		"/.ory/kratos/public/":       "/.ory/kratos/public/self-service/login/api",
		"/projects/a%2Fb/kratos":     "/projects/a%2Fb/kratos/self-service/login/api",
		"/self-service/login/nested": "/self-service/login/nested/self-service/login/api",
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, replay(t, "v26.2.0/create"))
			_, err := newClient(t, s.URL+path).CreateFlow(t.Context(), orylogin.FlowOptions{})
			require.NoError(t, err)
			require.Equal(t, want, s.only(t).Target)
		})
	}
}

func TestRequests(t *testing.T) {
	for name, test := range map[string]struct {
		call   func(*orylogin.Client) error
		method string
		target string
		token  string
		body   string
	}{
		"create": {
			call:   operations["create"],
			method: "GET", target: "/self-service/login/api",
		},
		"create with options": {
			call: func(c *orylogin.Client) error {
				_, err := c.CreateFlow(context.Background(), orylogin.FlowOptions{
					AAL:            orylogin.AAL2,
					Refresh:        true,
					ReturnTo:       "https://app.example.com/?a=b",
					TokenExchange:  true,
					Via:            "ada@example.com",
					Organization:   "org",
					IdentitySchema: "person",
				}, orylogin.WithSessionToken(token))
				return err
			},
			method: "GET",
			target: "/self-service/login/api?aal=aal2&identity_schema=person&organization=org&refresh=true" +
				"&return_session_token_exchange_code=true&return_to=https%3A%2F%2Fapp.example.com%2F%3Fa%3Db" +
				"&via=ada%40example.com",
			token: token.Reveal(),
		},
		"get": {
			call:   operations["get"],
			method: "GET", target: "/self-service/login/flows?id=" + flowID,
		},
		"submit": {
			call:   operations["submit"],
			method: "POST", target: "/self-service/login?flow=" + flowID,
			body: `{"method":"password","identifier":"ada@example.com","password_identifier":"ada@example.com","password":"hunter2"}`,
		},
		"submit with token": {
			call: func(c *orylogin.Client) error {
				_, err := c.Submit(context.Background(), "a b&c", orylogin.TOTP{Code: orylogin.NewSecret("123456")},
					orylogin.WithSessionToken(token))
				return err
			},
			method: "POST", target: "/self-service/login?flow=a+b%26c",
			token: token.Reveal(),
			body:  `{"method":"totp","totp_code":"123456"}`,
		},
		"exchange": {
			call: func(c *orylogin.Client) error {
				_, err := c.Exchange(context.Background(), orylogin.NewSecret("a&b"), orylogin.NewSecret("c"))
				return err
			},
			method: "GET", target: "/sessions/token-exchange?init_code=a%26b&return_to_code=c",
		},
		"create for one factor": {
			call: func(c *orylogin.Client) error {
				_, err := c.CreateFlow(context.Background(), orylogin.FlowOptions{AAL: orylogin.AAL1})
				return err
			},
			method: "GET", target: "/self-service/login/api?aal=aal1",
		},
		"whoami": {
			call:   operations["whoami"],
			method: "GET", target: "/sessions/whoami",
			token: token.Reveal(),
		},
		"logout": {
			call:   operations["logout"],
			method: "DELETE", target: "/self-service/logout/api",
			body: `{"session_token":"ory_st_secret-token"}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, reply(404, `{"error":{"code":404}}`))
			err := test.call(newClient(t, s.URL))
			require.Equal(t, outcome{kind: "api", status: 404}, outcomeOf(err), "%v", err)

			got := s.only(t)
			require.Equal(t, test.method, got.Method)
			require.Equal(t, sortedQuery(t, test.target), sortedQuery(t, got.Target))
			require.Equal(t, test.token, got.Header.Get("X-Session-Token"))
			require.Equal(t, "application/json", got.Header.Get("Accept"))
			require.NotContains(t, got.Header, "Cookie")
			require.NotContains(t, got.Header, "Origin")
			if test.body == "" {
				require.Empty(t, got.Body)
				return
			}
			require.Equal(t, "application/json", got.Header.Get("Content-Type"))
			require.JSONEq(t, test.body, got.Body)
		})
	}
}

// sortedQuery makes targets comparable whatever the order of their parameters.
func sortedQuery(t *testing.T, target string) string {
	t.Helper()
	u, err := url.Parse(target)
	require.NoError(t, err)
	return u.EscapedPath() + "?" + u.Query().Encode()
}

func TestLogin(t *testing.T) {
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			replay(t, "v26.2.0/create")(w, r)
			return
		}
		replay(t, "v26.2.0/submit_success")(w, r)
	})
	login, err := newClient(t, s.URL).Login(t.Context(), password)
	require.NoError(t, err)

	_, body := recording(t, "v26.2.0/submit_success")
	require.JSONEq(t, string(member(t, body, "session_token")), `"`+login.Token.Reveal()+`"`)
	require.True(t, login.Session.Active)
	require.NotEmpty(t, login.Session.Identity.ID)
	require.Equal(t, orylogin.AAL1, login.Session.AuthenticatorAssuranceLevel)

	_, flow := recording(t, "v26.2.0/create")
	require.Contains(t, string(flow), flowID)
	require.Len(t, s.seen(), 2)
	require.Equal(t, "/self-service/login?flow="+flowID, s.seen()[1].Target)
}

// TestLoginEndsWithTheFlow shows that nothing is submitted without a flow.
func TestLoginEndsWithTheFlow(t *testing.T) {
	s := newServer(t, replay(t, "v26.2.0/create_signed_in"))
	_, err := newClient(t, s.URL).Login(t.Context(), password)
	require.ErrorIs(t, err, orylogin.ErrSessionAlreadyAvailable)
	require.Len(t, s.seen(), 1)
}

func TestContinueWith(t *testing.T) {
	client := newClient(t, newServer(t, reply(200, `{
		"session_token": "t",
		"session": {"id":"x","active":true,"identity":{"id":"i"}},
		"continue_with": [
			{"action":"show_verification_ui","flow":{"id":"v","verifiable_address":"ada@example.com","url":"https://x"}},
			{"action":"brand_new","anything":[1,2,3]}
		]}`)).URL)
	login, err := client.Submit(t.Context(), flowID, password)
	require.NoError(t, err)
	require.Len(t, login.ContinueWith, 2)
	require.Equal(t, "show_verification_ui", login.ContinueWith[0].Action)
	require.Equal(t, "v", login.ContinueWith[0].Flow.ID)
	require.Equal(t, "brand_new", login.ContinueWith[1].Action)
}

// TestCallerMistakes shows that nothing is sent for a call that cannot succeed.
func TestCallerMistakes(t *testing.T) {
	ctx := context.Background()
	code := orylogin.NewSecret("123456")
	for name, test := range map[string]struct {
		call func(*orylogin.Client) error
		want string
	}{
		"get: empty flow id": {
			func(c *orylogin.Client) error { _, err := c.GetFlow(ctx, ""); return err }, "flow id is empty",
		},
		"submit: empty flow id": {
			func(c *orylogin.Client) error { _, err := c.Submit(ctx, "", password); return err }, "flow id is empty",
		},
		"submit: nil method": {
			func(c *orylogin.Client) error { _, err := c.Submit(ctx, flowID, nil); return err }, "method is nil",
		},
		"submit: nil pointer": {
			func(c *orylogin.Client) error { _, err := c.Submit(ctx, flowID, (*orylogin.TOTP)(nil)); return err },
			"method is nil",
		},
		"submit: empty token": {
			func(c *orylogin.Client) error {
				_, err := c.Submit(ctx, flowID, password, orylogin.WithSessionToken(orylogin.Secret{}))
				return err
			}, "session token is empty",
		},
		"submit: code and resend": {
			func(c *orylogin.Client) error {
				_, err := c.Submit(ctx, flowID, orylogin.Code{Code: code, Resend: true})
				return err
			}, "Code.Resend",
		},
		"submit: nonce alone": {
			func(c *orylogin.Client) error {
				_, err := c.Submit(ctx, flowID, orylogin.OIDC{IDTokenNonce: code})
				return err
			}, "OIDC.IDTokenNonce needs",
		},
		"submit: raw JSON": {
			func(c *orylogin.Client) error {
				_, err := c.Submit(ctx, flowID, orylogin.TOTP{Code: code, TransientPayload: []byte(`{"hunter2"`)})
				return err
			}, "a field of orylogin.TOTP cannot be sent as JSON",
		},
		"submit: secret within a list": {
			func(c *orylogin.Client) error {
				fields := map[string]any{"codes": []orylogin.Secret{code}}
				_, err := c.Submit(ctx, flowID, orylogin.Custom{Name: "brand_new", Fields: fields})
				return err
			}, `the field "codes" of Custom has a Secret within`,
		},
		"submit: nil option": {
			func(c *orylogin.Client) error { _, err := c.Submit(ctx, flowID, password, nil); return err }, "option is nil",
		},
		"submit: reserved header": {
			func(c *orylogin.Client) error {
				_, err := c.Submit(ctx, flowID, password, orylogin.WithCallHeader("origin", "https://x"))
				return err
			}, "WithCallHeader: Origin cannot be set",
		},
		"submit: token with line break": {
			func(c *orylogin.Client) error {
				_, err := c.Submit(ctx, flowID, password, orylogin.WithSessionToken(orylogin.NewSecret("hunter2\n")))
				return err
			}, "session token has a line break",
		},
		"submit: password that is no text": {
			func(c *orylogin.Client) error {
				_, err := c.Submit(ctx, flowID, orylogin.Password{Password: orylogin.NewSecret("hunter2\xff")})
				return err
			}, "a text of orylogin.Password is not valid UTF-8",
		},
		"submit: a text within a custom field that is no text": {
			func(c *orylogin.Client) error {
				_, err := c.Submit(ctx, flowID, orylogin.Custom{Name: "brand_new", Fields: map[string]any{
					"codes": []map[string]string{{"a": "hunter2\xff"}},
				}})
				return err
			}, "a text of orylogin.Custom is not valid UTF-8",
		},
		"submit: payload that is no text": {
			func(c *orylogin.Client) error {
				_, err := c.Submit(ctx, flowID, orylogin.TOTP{TransientPayload: json.RawMessage("\"\xff\"")})
				return err
			}, "a text of orylogin.TOTP is not valid UTF-8",
		},
		"login: token": {
			func(c *orylogin.Client) error {
				_, err := c.Login(ctx, password, orylogin.WithSessionToken(token))
				return err
			}, "WithSessionToken is for CreateFlow, Submit and Converse only",
		},
		"get: token": {
			func(c *orylogin.Client) error {
				_, err := c.GetFlow(ctx, flowID, orylogin.WithSessionToken(token))
				return err
			}, "WithSessionToken is for",
		},
		"submit: template": {
			func(c *orylogin.Client) error {
				_, err := c.Submit(ctx, flowID, password, orylogin.WithTokenizeAs("service"))
				return err
			}, "WithTokenizeAs is for Whoami and WhoamiCookie only",
		},
		"step up: template": {
			func(c *orylogin.Client) error {
				_, err := c.StepUp(ctx, token, password, orylogin.WithTokenizeAs("service"))
				return err
			}, "WithTokenizeAs is for",
		},
		"exchange: one code": {
			func(c *orylogin.Client) error { _, err := c.Exchange(ctx, code, orylogin.Secret{}); return err },
			"needs two codes",
		},
		"login: nil method": {
			func(c *orylogin.Client) error { _, err := c.Login(ctx, nil); return err }, "method is nil",
		},
		"create: refresh without token": {
			func(c *orylogin.Client) error {
				_, err := c.CreateFlow(ctx, orylogin.FlowOptions{Refresh: true})
				return err
			}, "Refresh needs WithSessionToken",
		},
		"create: aal2 without token": {
			func(c *orylogin.Client) error {
				_, err := c.CreateFlow(ctx, orylogin.FlowOptions{AAL: orylogin.AAL2})
				return err
			}, "AAL aal2 needs WithSessionToken",
		},
		"whoami: empty token": {
			func(c *orylogin.Client) error { _, err := c.Whoami(ctx, orylogin.Secret{}); return err }, "token is empty",
		},
		"logout: empty token": {
			func(c *orylogin.Client) error { return c.Logout(ctx, orylogin.Secret{}) }, "token is empty",
		},
		"whoami: token with line break": {
			func(c *orylogin.Client) error { _, err := c.Whoami(ctx, orylogin.NewSecret("hunter2\n")); return err },
			"session token has a line break",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, reply(500, "{}"))
			err := test.call(newClient(t, s.URL))
			require.ErrorContains(t, err, test.want)
			require.ErrorContains(t, err, "orylogin: ")
			require.ErrorIs(t, err, orylogin.ErrInvalidCall)
			require.NotContains(t, err.Error(), "hunter2")
			require.Empty(t, s.seen())
		})
	}
}

var errBroken = errors.New("broken")
