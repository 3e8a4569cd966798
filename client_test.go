package orylogin_test

import (
	"context"
	"errors"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

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

func TestNewReportsEveryWrongOption(t *testing.T) {
	_, err := orylogin.New("https://auth.example.com",
		nil,
		orylogin.WithHTTPClient(nil),
		orylogin.WithTimeout(0),
		orylogin.WithResponseLimit(-1),
		orylogin.WithResponseLimit(math.MaxInt64),
		orylogin.WithHeader("Cookie", "a=b"),
	)
	for _, want := range []string{"option is nil", "WithHTTPClient", "WithTimeout", "WithResponseLimit", "WithHeader: Cookie"} {
		require.ErrorContains(t, err, want)
	}
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
			require.NotContains(t, err.Error(), "hunter2")
			require.Empty(t, s.seen())
		})
	}
}

func TestHeaders(t *testing.T) {
	s := newServer(t, replay(t, "v26.2.0/create"))
	client := newClient(t, s.URL,
		orylogin.WithHeader("x-gateway-key", "gateway"),
		orylogin.WithHeader("Traceparent", "client"),
	)
	_, err := client.CreateFlow(t.Context(), orylogin.FlowOptions{}, orylogin.WithCallHeader("traceparent", "call"))
	require.NoError(t, err)
	_, err = client.CreateFlow(t.Context(), orylogin.FlowOptions{})
	require.NoError(t, err)

	require.Equal(t, []string{"gateway"}, s.seen()[0].Header["X-Gateway-Key"])
	require.Equal(t, []string{"call"}, s.seen()[0].Header["Traceparent"])
	require.Equal(t, []string{"client"}, s.seen()[1].Header["Traceparent"])
}

func TestHeadersThatCannotBeSet(t *testing.T) {
	for _, name := range []string{
		"Accept", "accept", "Accept-Encoding", "Connection", "Expect", "Range", "TE", "Trailer", "Upgrade",
		"Transfer-Encoding", "Content-Length", "Content-Type", "Cookie", "Host", "Idempotency-Key",
		"Origin", "ORIGIN", "X-Idempotency-Key", "X-Session-Token", "x-session-token",
		"", "a b", "a:b", "a\nb", "ä",
	} {
		_, err := orylogin.New("https://auth.example.com", orylogin.WithHeader(name, "value"))
		require.ErrorContains(t, err, "WithHeader", name)
	}
	_, err := orylogin.New("https://auth.example.com", orylogin.WithHeader("X-Key", "hunter2\r\nCookie: a=b"))
	require.ErrorContains(t, err, "line break")
	require.NotContains(t, err.Error(), "hunter2")
}

// TestCallersClient shows that the caller's http.Client is used, but copied:
// without its jar and its redirects, and itself unchanged.
func TestCallersClient(t *testing.T) {
	elsewhere := newServer(t, reply(200, "{}"))
	s := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Set-Cookie", "csrf_token_x=y")
		w.Header().Set("Location", elsewhere.URL)
		w.WriteHeader(http.StatusTemporaryRedirect)
	})
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	base, err := url.Parse(s.URL)
	require.NoError(t, err)
	jar.SetCookies(base, []*http.Cookie{{Name: "ory_kratos_session", Value: "z"}})
	transport := &countingTransport{}
	callers := &http.Client{Jar: jar, Transport: transport, Timeout: time.Minute}

	client := newClient(t, s.URL, orylogin.WithHTTPClient(callers))
	for range 2 {
		_, err = client.Submit(t.Context(), flowID, password, orylogin.WithSessionToken(token))
		require.Equal(t, outcome{kind: "redirect", status: 307}, outcomeOf(err))
	}

	require.Equal(t, 2, transport.count)
	require.Empty(t, elsewhere.seen())
	for _, got := range s.seen() {
		require.NotContains(t, got.Header, "Cookie")
	}
	require.Equal(t, &http.Client{Jar: jar, Transport: transport, Timeout: time.Minute}, callers)
	require.Len(t, jar.Cookies(base), 1)
}

type countingTransport struct{ count int }

func (t *countingTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	t.count++
	return http.DefaultTransport.RoundTrip(r)
}

// TestRedirectsAreNotFollowed covers every status by which net/http would send
// the request, or its token, elsewhere.
func TestRedirectsAreNotFollowed(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		for operation, call := range operations {
			t.Run(http.StatusText(status)+"/"+operation, func(t *testing.T) {
				t.Parallel()
				elsewhere := newServer(t, reply(200, "{}"))
				s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
					http.Redirect(w, r, elsewhere.URL+"/?code=hunter2", status)
				})
				err := call(newClient(t, s.URL))
				require.Equal(t, outcome{kind: "redirect", status: status}, outcomeOf(err), "%v", err)
				require.NotContains(t, err.Error(), "hunter2")
				require.Empty(t, elsewhere.seen())
			})
		}
	}
}

func TestResponseLimit(t *testing.T) {
	const limit = 1000
	for size, tooLarge := range map[int]bool{limit - 1: false, limit: false, limit + 1: true, 100 * limit: true} {
		for _, chunked := range []bool{false, true} {
			s := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(http.StatusBadRequest)
				if chunked {
					w.(http.Flusher).Flush()
				}
				body := `{"error":{"id":"x"}}`
				_, _ = io.WriteString(w, body+strings.Repeat(" ", size-len(body)))
			})
			err := operations["submit"](newClient(t, s.URL, orylogin.WithResponseLimit(limit)))
			require.Equal(t, 400, outcomeOf(err).status, "size %d, chunked %v: %v", size, chunked, err)
			require.Equal(t, tooLarge, errors.Is(err, orylogin.ErrResponseTooLarge), "size %d, chunked %v", size, chunked)
		}
	}
}

func TestDefaultResponseLimit(t *testing.T) {
	s := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		chunk := []byte(strings.Repeat(" ", 1<<20))
		for range 5 {
			_, _ = w.Write(chunk)
		}
	})
	err := operations["create"](newClient(t, s.URL))
	require.ErrorIs(t, err, orylogin.ErrResponseTooLarge)
	require.Equal(t, outcome{kind: "api", status: 200}, outcomeOf(err))
}

// TestCutOffBody keeps the status of an answer whose connection breaks.
func TestCutOffBody(t *testing.T) {
	s := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, `{"session_token":`)
	})
	err := operations["submit"](newClient(t, s.URL))
	require.Equal(t, outcome{kind: "api", status: 200}, outcomeOf(err))
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
}

func TestTimeLimits(t *testing.T) {
	release := make(chan struct{})
	silent := newServer(t, func(http.ResponseWriter, *http.Request) { <-release })
	dripping := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		w.(http.Flusher).Flush()
		<-release
	})
	t.Cleanup(func() { close(release) })

	for operation, call := range operations {
		err := call(newClient(t, silent.URL, orylogin.WithTimeout(20*time.Millisecond)))
		require.ErrorIs(t, err, context.DeadlineExceeded, operation)
		require.Equal(t, outcome{kind: "transport"}, outcomeOf(err), operation)

		err = call(newClient(t, dripping.URL, orylogin.WithTimeout(20*time.Millisecond)))
		require.ErrorIs(t, err, context.DeadlineExceeded, operation)
		require.Equal(t, outcome{kind: "api", status: 200}, outcomeOf(err), operation)
	}

	// The context's deadline counts when it is sooner.
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := newClient(t, silent.URL).Login(ctx, password)
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

// TestDefaultTimeLimit uses a server that takes a request and never answers, as
// servers of v0.8 do when an expired flow for a second factor is submitted.
func TestDefaultTimeLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := newClient(t, "https://auth.example.com", orylogin.WithHTTPClient(&http.Client{
			Transport: &http.Transport{DialTLSContext: func(context.Context, string, string) (net.Conn, error) {
				near, far := net.Pipe()
				go func() { _, _ = io.Copy(io.Discard, far) }()
				return near, nil
			}},
		}))
		for operation, call := range operations {
			start := time.Now()
			err := call(client)
			require.Equal(t, outcome{kind: "transport"}, outcomeOf(err), operation)
			require.ErrorIs(t, err, context.DeadlineExceeded, operation)
			require.Equal(t, 30*time.Second, time.Since(start), operation)
		}
	})
}

// TestLoginIsOneCall shows that both requests of a Login share one time limit.
func TestLoginIsOneCall(t *testing.T) {
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(60 * time.Millisecond)
		replay(t, "v26.2.0/create")(w, r)
	})
	_, err := newClient(t, s.URL, orylogin.WithTimeout(100*time.Millisecond)).Login(t.Context(), password)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Len(t, s.seen(), 2, "the creation was in time")
}

func TestTransportError(t *testing.T) {
	refused := httptest.NewServer(nil)
	refused.Close()
	hangUp := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Errorf("hijacking: %v", err)
			return
		}
		_ = conn.Close()
	})
	broken := &http.Client{Transport: failingTransport{}}
	canceled, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("the user went away"))

	for name, test := range map[string]struct {
		ctx     context.Context
		client  *orylogin.Client
		notSent bool
		is      error
	}{
		"connection refused": {t.Context(), newClient(t, refused.URL), true, nil},
		"connection closed":  {t.Context(), newClient(t, hangUp.URL), false, io.EOF},
		"canceled before":    {canceled, newClient(t, hangUp.URL), true, context.Canceled},
		"other transport":    {t.Context(), newClient(t, refused.URL, orylogin.WithHTTPClient(broken)), false, errBroken},
	} {
		t.Run(name, func(t *testing.T) {
			login, err := test.client.Submit(test.ctx, flowID, password)
			require.Nil(t, login)
			var transport *orylogin.TransportError
			require.ErrorAs(t, err, &transport)
			require.Equal(t, "submitSelfServiceLoginFlow", transport.Operation)
			require.Equal(t, test.notSent, transport.NotSent)
			if test.is != nil {
				require.ErrorIs(t, err, test.is)
			}
			require.NotContains(t, chain(err), flowID)
		})
	}
}

// TestCancelInFlight keeps context.Canceled although the context has a cause.
func TestCancelInFlight(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	s := newServer(t, func(_ http.ResponseWriter, r *http.Request) {
		cancel(errors.New("the user went away"))
		<-r.Context().Done()
	})
	_, err := newClient(t, s.URL).Submit(ctx, flowID, password)
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, outcome{kind: "transport"}, outcomeOf(err))
}

var errBroken = errors.New("broken")

// failingTransport fails the way that wrapping transports do, URL included.
type failingTransport struct{}

func (failingTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	return nil, &net.OpError{Op: "GET " + r.URL.RawQuery, Err: errBroken}
}

// TestPostIsNotRepeated lets a pooled connection die under a submission: it must
// not be sent a second time once the server may have seen it.
func TestPostIsNotRepeated(t *testing.T) {
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			replay(t, "v26.2.0/create")(w, r)
			return
		}
		conn, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			_ = conn.Close()
		}
	})
	client := newClient(t, s.URL)
	_, err := client.Login(t.Context(), password)
	require.Equal(t, outcome{kind: "transport"}, outcomeOf(err))
	require.Len(t, s.seen(), 2, "a creation and one submission")
}
