package cli

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
	"github.com/orylogin/orylogin/test/cli/clitest"
	"github.com/orylogin/orylogin/test/kratostest"
)

var (
	passwordless = kratostest.Set("selfservice.methods.code.passwordless_enabled", true)
	highest      = kratostest.Set("session.whoami.required_aal", "highest_available")
	codeMFA      = kratostest.Set("selfservice.methods.code.mfa_enabled", true)
)

// app enrols an authenticator app for ada and returns a function that gives its code.
func app(t *testing.T, kratos *server) func() string {
	t.Helper()
	key, err := kratos.EnrolTOTP(t.Context(), ada)
	require.NoError(t, err)
	return func() string {
		t.Helper()
		code, err := key.Code(time.Now())
		require.NoError(t, err)
		return code
	}
}

func mailed(t *testing.T, kratos *server) string {
	t.Helper()
	code, err := kratos.Code(t.Context(), ada.Email)
	require.NoError(t, err)
	return code
}

// TestFirstSession logs in, uses the token and logs out.
func TestFirstSession(t *testing.T) {
	t.Parallel()
	kratos, p := start(t), newPerson(t)

	login := p.at("login", "--url", kratos.PublicURL)
	login.answer("ID: ", ada.Email)
	login.answer("Password: ", ada.Password)
	login.expect("Logged in to " + kratos.PublicURL)
	login.expect(ada.Email)
	login.ends(ok)
	p.loggedIn(kratos.PublicURL, "password")

	whoami := p.run(nil, nil, "whoami")
	require.Equal(t, ok, whoami.code, whoami.stderr)
	require.Empty(t, whoami.stdout)
	require.Contains(t, whoami.stderr, ada.Email)

	logout := p.run(nil, nil, "logout")
	require.Equal(t, result{code: ok, stderr: "Logged out from " + kratos.PublicURL + ".\n"}, logout)
	p.notLoggedIn()
	for _, command := range []string{"token", "whoami", "logout"} {
		require.Equal(t, usage, p.run(nil, nil, command).code, command)
		require.Equal(t, noSession, p.run(nil, nil, command, "--url", kratos.PublicURL).code, command)
	}
}

// TestWrongPassword checks that the command asks again.
func TestWrongPassword(t *testing.T) {
	t.Parallel()
	kratos, p := start(t), newPerson(t)
	login := p.at("login", "--url", kratos.PublicURL, "--identifier", ada.Email)
	login.answer("Password: ", wrongPassword)
	login.says(kratos, orylogin.ErrInvalidCredentials)
	p.notLoggedIn()
	login.answer("Password: ", ada.Password)
	login.ends(ok)
	p.loggedIn(kratos.PublicURL, "password")
}

// TestTries checks that a login ends after five refusals.
func TestTries(t *testing.T) {
	t.Parallel()
	server, p := fake(t), newPerson(t)
	login := p.at("login", "--url", server.URL, "--identifier", ada.Email)
	for range 5 {
		login.answer("Password: ", wrongPassword)
	}
	login.expect("ory-login: the server refused the login 5 times")
	login.expect(complaint)
	login.ends(refused)
	server.ExpectCalls(orylogintest.Submit, 5)
	p.notLoggedIn()
}

// TestEndless has a login that continues without an end and without a refusal.
func TestEndless(t *testing.T) {
	t.Parallel()
	server, p := fake(t), newPerson(t)
	server.Respond(orylogintest.Submit, http.StatusBadRequest, strings.ReplaceAll(planted("x"), `"type":"error"`, `"type":"info"`))
	got := p.run(nil, []string{"ORY_LOGIN_PASSWORD=" + ada.Password}, "login", "--url", server.URL, "--identifier", ada.Email, "--method", "password")
	require.Equal(t, more, got.code, got.stderr)
	require.Contains(t, got.stderr, "ory-login: the login took too many steps")
	p.notLoggedIn()
}

// TestResends asks for another code three times. After that, Enter alone is no answer.
func TestResends(t *testing.T) {
	t.Parallel()
	server, p := fake(t, orylogintest.WithCode()), newPerson(t)
	login := p.at("login", "--url", server.URL, "--identifier", ada.Email, "--method", "code")
	for range 3 {
		login.answer("Login code (Enter alone: Resend code): ", "")
	}
	for range 3 {
		login.answer("Login code: ", "")
	}
	login.expect("Login code: ")
	server.ExpectCalls(orylogintest.Submit, 4)
	login.press(server.Code(ada.Email) + clitest.Enter)
	login.ends(ok)
	p.loggedIn(server.URL, "code")
}

// TestForgetfulServer has a server that never says that it has sent a code.
func TestForgetfulServer(t *testing.T) {
	t.Parallel()
	server, p := fake(t, orylogintest.WithCode()), newPerson(t)
	created := httptest.NewRecorder()
	server.ServeHTTP(created, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/self-service/login/api", nil))
	server.Respond(orylogintest.Submit, http.StatusBadRequest, created.Body.String())
	login := p.at("login", "--url", server.URL, "--method", "code", "--identifier", ada.Email)
	login.expect("the server was asked for a code 4 times")
	login.ends(more)
	server.ExpectCalls(orylogintest.Submit, 4)
}

// TestEmptySecret checks that an empty secret is not sent, and that no code is sent for it.
func TestEmptySecret(t *testing.T) {
	t.Parallel()
	server, p := fake(t, orylogintest.WithCode()), newPerson(t)
	login := []string{"login", "--url", server.URL, "--identifier", ada.Email, "--method"}
	byCode, byPassword := append(login[:len(login):len(login)], "code"), append(login[:len(login):len(login)], "password")
	for name, c := range map[string]struct {
		variables []string
		args      []string
		says      string
		submitted int
	}{
		"code":              {[]string{"ORY_LOGIN_CODE="}, byCode, "ORY_LOGIN_CODE is empty", 1},
		"password":          {[]string{"ORY_LOGIN_PASSWORD="}, byPassword, "ORY_LOGIN_PASSWORD is empty", 0},
		"line breaks":       {[]string{"ORY_LOGIN_PASSWORD=\r\n"}, byPassword, "ORY_LOGIN_PASSWORD is empty", 0},
		"line of the file":  {nil, append(byPassword, "--secrets", p.secretsFile("", ada.Password)), `the line of the file of secrets for "Password" is empty`, 0},
		"code of the file":  {nil, append(byCode, "--secrets", p.secretsFile("", ada.Password)), `the line of the file of secrets for "Login code" is empty`, 1},
		"longer than it is": {[]string{"ORY_LOGIN_PASSWORD=" + strings.Repeat("x", 5000)}, byPassword, "has more than 4096 bytes", 0},
	} {
		before := len(server.Requests(orylogintest.Submit))
		got := p.run(nil, c.variables, c.args...)
		require.Equal(t, usage, got.code, name+got.stderr)
		require.Contains(t, got.stderr, c.says, name)
		require.Len(t, server.Requests(orylogintest.Submit), before+c.submitted, name)
	}

	before := len(server.Requests(orylogintest.Submit))
	at := p.at("login", "--url", server.URL, "--method", "password")
	at.answer("ID: ", "")
	at.answer("ID: ", ada.Email)
	at.answer("Password: ", "")
	at.answer("Password: ", ada.Password)
	at.ends(ok)
	require.Len(t, server.Requests(orylogintest.Submit), before+1)
}

// TestScriptCodeTooLate checks that the login ends, since the same code would be too late for
// the next flow, too.
func TestScriptCodeTooLate(t *testing.T) {
	t.Parallel()
	server, p := fake(t, orylogintest.WithCode()), newPerson(t)
	var late atomic.Int32
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if body, _ := io.ReadAll(r.Body); !strings.Contains(string(body), `"code":"123456"`) {
			r.Body = io.NopCloser(bytes.NewReader(body))
			server.ServeHTTP(w, r)
			return
		}
		late.Add(1)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusGone)
		_, _ = io.WriteString(w, `{"error":{"id":"self_service_flow_expired","code":410,"reason":"too late","message":"oh"},"use_flow_id":"f"}`)
	}))
	t.Cleanup(front.Close)
	got := p.run(nil, []string{"ORY_LOGIN_CODE=123456"}, "login", "--url", front.URL, "--method", "code", "--identifier", ada.Email)
	require.Equal(t, failed, got.code, got.stderr)
	require.Equal(t, int32(1), late.Load())
}

// TestTypedAhead types while nothing is asked. The text must not be shown, and must not count
// as an answer.
func TestTypedAhead(t *testing.T) {
	t.Parallel()
	const early = "typed before it was asked for"
	server, p := fake(t), newPerson(t)
	p.secrets = append(p.secrets, early)
	asked, answers := make(chan struct{}), make(chan struct{})
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case asked <- struct{}{}:
		case <-r.Context().Done():
			return
		}
		select {
		case <-answers:
		case <-r.Context().Done():
			return
		}
		server.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	login := p.at("login", "--url", front.URL)
	wait := func() {
		<-asked
		require.NoError(t, login.TypeAhead(t.Context(), early))
		answers <- struct{}{}
	}
	wait()
	login.answer("ID: ", ada.Email)
	login.answer("Password: ", wrongPassword)
	wait()
	login.expect(complaint)
	login.answer("ID: ", ada.Email)
	login.answer("Password: ", ada.Password)
	wait()
	login.ends(ok)
	require.Len(t, p.tokens(), 1)
}

func TestCode(t *testing.T) {
	t.Parallel()
	kratos, p := start(t, passwordless), newPerson(t)
	login := p.at("login", "--url", kratos.PublicURL)
	login.expect("1  Send sign in code")
	login.expect("2  Sign in with password")
	login.answer("Choose (1-2): ", "3")
	login.answer("Choose (1-2): ", "1")
	login.answer("ID: ", ada.Email)
	login.says(kratos, orylogin.MessageCodeSent)
	first := mailed(t, kratos)
	login.answer("Login code (Enter alone: Resend code): ", "000000")
	login.says(kratos, orylogin.ErrInvalidCode)
	login.answer("Login code", "") // Enter alone asks for another code
	login.says(kratos, orylogin.MessageCodeSent)
	second := mailed(t, kratos)
	p.secrets = append(p.secrets, first, second)
	login.answer("Login code", second)
	login.ends(ok)
	p.loggedIn(kratos.PublicURL, "code")
}

func TestIdentifierFirst(t *testing.T) {
	t.Parallel()
	kratos := start(t, passwordless, kratostest.Set("selfservice.flows.login.style", "identifier_first"))
	p := newPerson(t)
	login := p.at("login", "--url", kratos.PublicURL)
	login.answer("ID: ", "nobody@example.com")
	login.says(kratos, orylogin.ErrAccountNotFound)
	login.answer("ID: ", ada.Email)
	login.expect("1  Sign in with password")
	login.expect("2  Send sign in code")
	login.answer("Choose (1-2): ", "1")
	login.answer("Password: ", ada.Password)
	login.ends(ok)
	p.loggedIn(kratos.PublicURL, "password")
}

// TestSecondFactors has an account with all second factors. One of them is enough.
func TestSecondFactors(t *testing.T) {
	t.Parallel()
	kratos := start(t, highest, codeMFA)
	totp := app(t, kratos)
	backup, err := kratos.EnrolLookupSecrets(t.Context(), ada)
	require.NoError(t, err)
	for choice, answer := range map[string]func(*testing.T, *conversation){
		"totp": func(t *testing.T, c *conversation) {
			t.Helper()
			c.answer("Choose (1-3): ", "2")
			c.answer("Authentication code: ", "000000")
			c.says(kratos, orylogin.ErrInvalidTOTP)
			c.answer("Choose (1-3): ", "2")
			c.answer("Authentication code: ", totp())
		},
		"lookup_secret": func(t *testing.T, c *conversation) {
			t.Helper()
			c.answer("Choose (1-3): ", "3")
			c.person.secrets = append(c.person.secrets, backup[0])
			c.answer("Backup recovery code: ", backup[0])
		},
		"code": func(t *testing.T, c *conversation) {
			t.Helper()
			c.answer("Choose (1-3): ", "1")
			c.says(kratos, orylogin.MessageCodeSent, orylogin.MessageCodeSentToUser)
			c.answer("Login code", mailed(t, kratos))
		},
	} {
		t.Run(choice, func(t *testing.T) { // one after the other, because of sqlite
			p := newPerson(t)
			login := p.at("login", "--url", kratos.PublicURL)
			login.answer("ID: ", ada.Email)
			login.answer("Password: ", ada.Password)
			login.says(kratos, orylogin.MessageSecondFactor)
			login.expect("1  Send code to " + ada.Email)
			login.expect("2  Use Authenticator")
			login.expect("3  Use backup recovery code")
			p.notLoggedIn()
			answer(t, login)
			login.ends(ok)
			p.loggedIn(kratos.PublicURL, "password", choice)
		})
	}
}

// TestExpiredFlow lets the flow expire while the user thinks.
func TestExpiredFlow(t *testing.T) {
	t.Parallel()
	server, p := fake(t), newPerson(t)
	url, created := flowsOf(t, server)
	login := p.at("login", "--url", url)
	login.answer("ID: ", ada.Email)
	login.expect("Password: ")
	server.ExpireFlow(<-created)
	login.press(ada.Password + clitest.Enter)
	login.ends(ok)
	p.loggedIn(url, "password")
}

// flowsOf returns another URL of the server, and a channel with the ids of the flows that are
// created there.
func flowsOf(t *testing.T, server *orylogintest.Server) (string, <-chan string) {
	t.Helper()
	created := make(chan string, 1)
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/self-service/login/api" {
			server.ServeHTTP(w, r)
			return
		}
		answer := httptest.NewRecorder()
		server.ServeHTTP(answer, r)
		var flow struct {
			ID string `json:"id"`
		}
		if err := json.Unmarshal(answer.Body.Bytes(), &flow); err != nil {
			panic(err)
		}
		created <- flow.ID
		maps.Copy(w.Header(), answer.Header())
		_, _ = answer.Body.WriteTo(w)
	}))
	t.Cleanup(front.Close)
	return front.URL, created
}

// TestExpiredCode checks that the server sends another code in place of the expired one.
func TestExpiredCode(t *testing.T) {
	t.Parallel()
	server, p := fake(t, orylogintest.WithCode()), newPerson(t)
	login := p.at("login", "--url", server.URL, "--method", "code", "--identifier", ada.Email)
	login.expect("Login code")
	old := server.Code(ada.Email)
	server.ExpireCode(ada.Email)
	login.press(old + clitest.Enter)
	login.expect("The code came too late.")
	login.expect("An email containing a code has been sent")
	login.answer("Login code", server.Code(ada.Email))
	login.ends(ok)
	p.loggedIn(server.URL, "code")
}

// TestInterrupted interrupts a login at each of its prompts, in each way.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	kratos := start(t)
	signal := func(s os.Signal) func(*conversation) {
		return func(c *conversation) { require.NoError(c.person.t, c.Signal(s)) }
	}
	key := func(k string) func(*conversation) { return func(c *conversation) { c.press(k) } }
	for name, interrupt := range map[string]func(*conversation){
		"Ctrl-C":  key(clitest.CtrlC),
		"Ctrl-D":  key(clitest.CtrlD),
		"SIGINT":  signal(os.Interrupt),
		"SIGTERM": signal(syscall.SIGTERM),
		"SIGHUP":  signal(syscall.SIGHUP),
		"SIGQUIT": signal(syscall.SIGQUIT),
		"half":    key("correct" + clitest.CtrlC),
	} {
		for _, prompt := range []string{"ID: ", "Password: "} {
			t.Run(name+" at "+strings.TrimSuffix(prompt, ": "), func(t *testing.T) {
				t.Parallel()
				p := newPerson(t)
				login := p.at("login", "--url", kratos.PublicURL)
				if prompt == "Password: " {
					login.answer("ID: ", ada.Email)
				}
				login.expect(prompt)
				interrupt(login)
				login.expect("interrupted")
				login.ends(interrupted)
				p.notLoggedIn()
			})
		}
	}
}
