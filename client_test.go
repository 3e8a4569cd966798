package orylogin_test

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
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

// TestRequests checks the request of each operation.
func TestRequests(t *testing.T) {
	withToken := orylogin.WithSessionToken(token)
	for name, test := range map[string]struct {
		call   call
		method string
		target string
		token  string
		body   string
	}{
		"create": {
			call:   create(orylogin.FlowOptions{}),
			method: "GET", target: "/self-service/login/api",
		},
		"create for one factor": {
			call:   create(orylogin.FlowOptions{AAL: orylogin.AAL1}),
			method: "GET", target: "/self-service/login/api?aal=aal1",
		},
		"create with options": {
			call: create(orylogin.FlowOptions{
				AAL:            orylogin.AAL2,
				Refresh:        true,
				ReturnTo:       "https://app.example.com/?a=b",
				TokenExchange:  true,
				Via:            "ada@example.com",
				Organization:   "org",
				IdentitySchema: "person",
			}, withToken),
			method: "GET",
			target: "/self-service/login/api?aal=aal2&identity_schema=person&organization=org&refresh=true" +
				"&return_session_token_exchange_code=true&return_to=https%3A%2F%2Fapp.example.com%2F%3Fa%3Db" +
				"&via=ada%40example.com",
			token: token.Reveal(),
		},
		"get": {
			call:   get("a b&c"),
			method: "GET", target: "/self-service/login/flows?id=a+b%26c",
		},
		"submit": {
			call:   submit(password),
			method: "POST", target: "/self-service/login?flow=" + flowID,
			body: `{"method":"password","identifier":"ada@example.com","password_identifier":"ada@example.com","password":"hunter2"}`,
		},
		"submit with token": {
			call:   submit(orylogin.TOTP{Code: orylogin.NewSecret("123456")}, withToken),
			method: "POST", target: "/self-service/login?flow=" + flowID,
			token: token.Reveal(),
			body:  `{"method":"totp","totp_code":"123456"}`,
		},
		"exchange": {
			call:   exchange(orylogin.NewSecret("a&b"), orylogin.NewSecret("c")),
			method: "GET", target: "/sessions/token-exchange?init_code=a%26b&return_to_code=c",
		},
		"whoami": {
			call:   whoami(token, orylogin.WithTokenizeAs("a b")),
			method: "GET", target: "/sessions/whoami?tokenize_as=a+b",
			token: token.Reveal(),
		},
		"logout": {
			call:   logout(token),
			method: "DELETE", target: "/self-service/logout/api",
			body: `{"session_token":"ory_st_secret-token"}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer := inJSON(404, `{"error":{"code":404}}`)
			err := test.call(t.Context(), answer.client(t))
			require.Equal(t, outcome{kind: "API", status: 404}, outcomeOf(err), "%v", err)

			got := answer.only(t)
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

// sortedQuery returns a target with its parameters sorted, so that targets can be compared.
func sortedQuery(t *testing.T, target string) string {
	t.Helper()
	u, err := url.Parse(target)
	require.NoError(t, err)
	return u.EscapedPath() + "?" + u.Query().Encode()
}

// TestLogin logs in from the creation of the flow to the session, in one step and in two.
func TestLogin(t *testing.T) {
	server := newKratos(t)
	client := server.Client()
	login, err := client.Login(t.Context(), password)
	require.NoError(t, err)
	require.Equal(t, ada.ID, login.Session.Identity.ID)
	require.Equal(t, orylogin.AAL1, login.Session.AuthenticatorAssuranceLevel)
	server.ExpectCalls(orylogintest.CreateFlow, 1)
	server.ExpectCalls(orylogintest.Submit, 1)

	created, err := client.CreateFlow(t.Context(), orylogin.FlowOptions{})
	require.NoError(t, err)
	flow, err := client.GetFlow(t.Context(), created.ID)
	require.NoError(t, err)
	require.Equal(t, created.SelfServiceLoginFlow, flow.SelfServiceLoginFlow)
	another, err := client.Submit(t.Context(), flow.ID, password)
	require.NoError(t, err)
	require.False(t, another.Token.Equal(login.Token))

	session, err := client.Whoami(t.Context(), login.Token)
	require.NoError(t, err)
	require.Equal(t, login.Session.Session, session.Session)
}

// TestLoginEndsWithTheFlow checks that nothing is submitted without a flow.
func TestLoginEndsWithTheFlow(t *testing.T) {
	for name, answer := range map[string]*fixed{
		"an error":          recorded(t, "v26.2.0/create_signed_in"),
		"a flow without id": inJSON(200, `{"ui":{}}`),
		"a flow with 400":   inJSON(400, `{"id":"f","type":"api","ui":{}}`),
	} {
		login, err := answer.client(t).Login(t.Context(), password)
		require.Error(t, err, name)
		require.Nil(t, login, name)
		require.Equal(t, "GET", answer.only(t).Method, name)
	}
}

func TestContinueWith(t *testing.T) {
	login, err := inJSON(200, complete+`,"continue_with": [
		{"action":"show_verification_ui","flow":{"id":"v","verifiable_address":"ada@example.com","url":"https://x"}},
		{"action":"brand_new","anything":[1,2,3]}
	]}`).client(t).Submit(t.Context(), flowID, password)
	require.NoError(t, err)
	require.Len(t, login.ContinueWith, 2)
	require.Equal(t, "show_verification_ui", login.ContinueWith[0].Action)
	require.Equal(t, "v", login.ContinueWith[0].Flow.ID)
	require.Equal(t, "brand_new", login.ContinueWith[1].Action)
}

func TestLogout(t *testing.T) {
	server := newKratos(t)
	client := server.Client()
	login, err := client.Login(t.Context(), password)
	require.NoError(t, err)
	require.NoError(t, client.Logout(t.Context(), login.Token))
	require.NoError(t, client.Logout(t.Context(), login.Token), "again")
	require.Equal(t, outcome{kind: "API", status: 403}, outcomeOf(client.Logout(t.Context(), token)))
	_, err = client.Whoami(t.Context(), login.Token)
	require.ErrorIs(t, err, orylogin.ErrSessionInactive)
	server.ExpectCalls(orylogintest.Logout, 3)
	err = client.Logout(t.Context(), orylogin.Secret{})
	require.ErrorIs(t, err, orylogin.ErrSessionInactive, "nobody is logged in who has no token")
	require.NotErrorIs(t, err, orylogin.ErrInvalidCall)
	server.ExpectCalls(orylogintest.Logout, 3)
}
