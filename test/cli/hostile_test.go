package cli

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf16"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/orylogintest"
	"github.com/orylogin/orylogin/test/cli/clitest"
)

// spellings are the forms in which a server can repeat a password: as it is, with characters
// that a terminal does not show, and as URLs and documents write it.
func spellings(password string) map[string]string {
	quoted, ascii := strconv.Quote(password), strconv.QuoteToASCII(password)
	document, _ := json.Marshal(password)
	var units strings.Builder
	for _, unit := range utf16.Encode([]rune(password)) {
		fmt.Fprintf(&units, `\u%04x`, unit)
	}
	return map[string]string{
		"plain":        password,
		"upper case":   strings.ToUpper(password),
		"controls":     strings.ReplaceAll(password, " ", "\x1b"),
		"line breaks":  strings.ReplaceAll(password, " ", "\u2028"),
		"query":        url.QueryEscape(password),
		"path":         url.PathEscape(password),
		"small escape": strings.ToLower(url.PathEscape(password)),
		"Go":           quoted[1 : len(quoted)-1],
		"Go in ASCII":  ascii[1 : len(ascii)-1],
		"Go's JSON":    string(document[1 : len(document)-1]),
		"ASCII JSON":   units.String(),
		"HTML":         html.EscapeString(password),
		"HTML's names": strings.NewReplacer("&#34;", "&quot;", "&#39;", "&#x27;").Replace(html.EscapeString(password)),
		"mixed":        html.EscapeString(password[:8]) + url.PathEscape(password[8:]),
		"base64":       base64.StdEncoding.EncodeToString([]byte(password)),
		"base64url":    base64.RawURLEncoding.EncodeToString([]byte(password)),
	}
}

// steering are characters that control a terminal or hide what a text says: control characters
// of ASCII and Latin-1, marks for the direction of writing, and line separators.
const steering = "\x1b]0;owned\a\x1b[2J\x00\r\n\b\x7f\u009b2J\u0085\u202e\u2066\u200f\u061c\u2028\u2029\ufeff"

// planted returns a flow with the text in each of its free strings.
func planted(text string) string {
	quoted, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return strings.ReplaceAll(`{"id":TEXT,"type":"api","expires_at":"2099-01-01T00:00:00Z","issued_at":"2026-01-01T00:00:00Z",`+
		`"request_url":TEXT,"state":"choose_method","active":TEXT,"return_to":TEXT,"organization_id":TEXT,`+
		`"ui":{"action":TEXT,"method":"POST",`+
		`"messages":[{"id":4000006,"type":"error","text":TEXT,"context":{"reason":TEXT}},{"id":1010001,"type":"info","text":TEXT}],"nodes":[`+
		`{"type":"input","group":"default","messages":[{"id":4000001,"type":"error","text":TEXT}],`+
		`"attributes":{"name":"identifier","type":"text","value":TEXT,"label":{"id":1,"type":"info","text":TEXT},"node_type":"input"},`+
		`"meta":{"label":{"id":1,"type":"info","text":TEXT}}},`+
		`{"type":"input","group":"password","messages":[],"attributes":{"name":"password","type":"password","node_type":"input"},"meta":{"label":{"id":1,"type":"info","text":TEXT}}},`+
		`{"type":"input","group":"password","messages":[],"attributes":{"name":"method","type":"submit","value":"password","node_type":"input"},"meta":{"label":{"id":1,"type":"info","text":TEXT}}},`+
		`{"type":"input","group":"oidc","messages":[],"attributes":{"name":"provider","type":"submit","value":TEXT,"node_type":"input"},"meta":{"label":{"id":1,"type":"info","text":TEXT}}}`+
		`]}}`, "TEXT", string(quoted))
}

// echoes are answers with the text in each place where a server can write one, to a submission
// and to other requests.
func echoes(text string) map[string]http.HandlerFunc {
	quoted, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	answer := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("X-Request-Id", strings.Map(visible, text))
			w.WriteHeader(status)
			_, _ = fmt.Fprint(w, strings.ReplaceAll(body, "TEXT", string(quoted)))
		}
	}
	failure := `{"error":{"id":TEXT,"code":500,"status":TEXT,"request":TEXT,"reason":TEXT,"message":TEXT,"debug":TEXT,"details":{"a":TEXT}},"redirect_browser_to":TEXT}`
	session := `{"id":TEXT,"active":true,"expires_at":"2099-01-01T00:00:00Z","authenticated_at":"2026-01-01T00:00:00Z","issued_at":"2026-01-01T00:00:00Z",` +
		`"authenticator_assurance_level":TEXT,"authentication_methods":[{"method":TEXT,"aal":TEXT,"completed_at":"2026-01-01T00:00:00Z"}],` +
		`"identity":{"id":TEXT,"schema_id":TEXT,"schema_url":TEXT,"state":"active","traits":{TEXT:TEXT,"list":[TEXT,{"deep":TEXT}]}}}`
	return map[string]http.HandlerFunc{
		"refusal":       answer(http.StatusBadRequest, planted(text)),
		"error":         answer(http.StatusInternalServerError, failure),
		"unauthorized":  answer(http.StatusUnauthorized, failure),
		"busy":          answer(http.StatusTooManyRequests, failure),
		"gone":          answer(http.StatusGone, `{"error":{"id":"self_service_flow_expired","code":410,"reason":TEXT,"message":TEXT},"use_flow_id":TEXT}`),
		"unprocessable": answer(http.StatusUnprocessableEntity, failure),
		"session":       answer(http.StatusOK, `{"session_token":"ory_st_fine","session":`+session+`}`),
		"whoami":        answer(http.StatusOK, session),
		"redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://auth.example.com/"+url.PathEscape(text)+"/x", http.StatusFound)
		},
	}
}

func visible(r rune) rune {
	if unicode.IsPrint(r) {
		return r
	}
	return -1
}

// unsteered requires that a terminal shows the text as it is. The text must have no control
// characters except line breaks.
func unsteered(t *testing.T, text string) {
	t.Helper()
	for _, r := range text {
		require.True(t, unicode.IsPrint(r) || r == '\n', "%U in %q", r, text)
	}
}

// TestEcho has a server that repeats the password in each string of its answers, in each
// spelling, between control characters.
func TestEcho(t *testing.T) {
	t.Parallel()
	const password = `correct <"hörse"> & 'battery%\staple🐎`
	for spelling, text := range spellings(password) {
		for name, answer := range echoes(steering + text + steering) {
			t.Run(name+" "+spelling, func(t *testing.T) {
				t.Parallel()
				server, p := fake(t), newPerson(t)
				p.secrets = append(p.secrets, password, text)
				server.Handle(orylogintest.Submit, answer)
				for _, format := range [][]string{nil, {"--json"}} {
					got := p.run(nil, []string{"ORY_LOGIN_PASSWORD=" + password},
						append([]string{"login", "--url", server.URL, "--identifier", ada.Email}, format...)...)
					undisclosed(t, got, password)
				}
			})
		}
	}
}

// undisclosed requires that the output does not have the secret, also after a program has
// decoded the output.
func undisclosed(t *testing.T, got result, secret string) {
	t.Helper()
	require.NotEmpty(t, got.stdout+got.stderr)
	for _, text := range []string{got.stdout, got.stderr} {
		unsteered(t, text)
		require.NotContains(t, strings.ToLower(text), strings.ToLower(secret))
		if unescaped, err := url.PathUnescape(text); err == nil {
			require.NotContains(t, strings.ToLower(unescaped), strings.ToLower(secret))
		}
		require.NotContains(t, html.UnescapeString(text), secret)
		require.NotContains(t, text, base64.RawURLEncoding.EncodeToString([]byte(secret))[:12])
	}
	if got.stdout == "" {
		return
	}
	var document any
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &document), got.stdout)
	require.NotContains(t, strings.ToLower(fmt.Sprint(document)), strings.ToLower(secret))
}

// TestEchoAsNumber has a server that repeats a code as a number.
func TestEchoAsNumber(t *testing.T) {
	t.Parallel()
	server, p := fake(t), newPerson(t)
	const code = "739154"
	p.secrets = append(p.secrets, code)
	server.Respond(orylogintest.Submit, http.StatusOK, `{"session_token":"ory_st_fine","session":{"id":"s","active":true,`+
		`"expires_at":"2099-01-01T00:00:00Z","identity":{"id":"i","traits":{"code":`+code+`,"list":[-`+code+`.5]}}}}`)
	for _, format := range [][]string{nil, {"--json"}} {
		got := p.run(nil, []string{"ORY_LOGIN_PASSWORD=" + code},
			append([]string{"login", "--url", server.URL, "--identifier", ada.Email}, format...)...)
		require.Equal(t, ok, got.code, got.stderr)
		require.Contains(t, got.stdout+got.stderr, `"[redacted]"`)
	}
}

// TestEchoInPrompts has a server that repeats the password in the labels of its form.
func TestEchoInPrompts(t *testing.T) {
	t.Parallel()
	server, p := fake(t), newPerson(t)
	server.Respond(orylogintest.Submit, http.StatusBadRequest, planted(steering+ada.Password))
	login := p.at("login", "--url", server.URL)
	login.answer("ID: ", ada.Email)
	login.answer("Password: ", ada.Password)
	login.expect("  1  ")
	login.expect("  2  ")
	login.answer("Choose (1-2): ", "1")
	login.expect("[redacted]: ")
	login.press(ada.Email + clitest.Enter)
	login.expect("[redacted]: ")
	login.press(clitest.CtrlC)
	login.ends(interrupted)
	require.NotContains(t, login.Screen(), "owned\a")
	require.NotContains(t, login.Screen(), "\u202e")
}

// TestEchoOfProvider has a server that repeats the password in the URL of a provider. The user
// has tried the password before.
func TestEchoOfProvider(t *testing.T) {
	t.Parallel()
	server, p := fake(t, orylogintest.WithProviders("acme")), newPerson(t)
	quoted, err := json.Marshal("https://provider.example/" + url.PathEscape(ada.Password) + "?q=" + url.QueryEscape(ada.Password) + steering)
	require.NoError(t, err)
	server.Respond(orylogintest.Submit, http.StatusUnprocessableEntity,
		`{"error":{"id":"browser_location_change_required","code":422,"message":"m"},"redirect_browser_to":`+string(quoted)+`}`)
	got := p.run(nil, []string{"ORY_LOGIN_PASSWORD=" + ada.Password},
		"login", "--url", server.URL, "--identifier", ada.Email, "--method", "password")
	require.NotEqual(t, ok, got.code)
	undisclosed(t, got, ada.Password)
}

// TestEchoOfToken has a server that repeats the session token.
func TestEchoOfToken(t *testing.T) {
	t.Parallel()
	server, p := fake(t), newPerson(t)
	require.Equal(t, ok, p.script(server.URL).code)
	token := p.tokens()[0]
	for name, answer := range echoes(steering + token) {
		for _, operation := range []orylogintest.Operation{orylogintest.Whoami, orylogintest.Logout} {
			server.Handle(operation, answer)
		}
		for _, command := range [][]string{{"whoami"}, {"whoami", "--json"}, {"logout"}, {"logout", "--json"}} {
			if name == "session" && command[0] == "whoami" || command[0] == "logout" && (name == "session" || name == "whoami") {
				continue // this operation has no such answer
			}
			undisclosed(t, p.run(nil, nil, command...), token)
		}
		require.Len(t, p.tokens(), 1, name)
	}
}

// TestMisplacedSecret puts a secret into the wrong place of the command line.
func TestMisplacedSecret(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	const secret = "hunter2hunter2"
	p.secrets = append(p.secrets, secret)
	for _, args := range [][]string{
		{"login", secret},
		{secret},
		{"login", "--password=" + secret},
		{"login", "--password", secret},
		{"login", "-p" + secret},
		{"login", "--" + secret},
		{"--" + secret},
		{"--" + secret + "=x"},
		{"login", "-" + secret},
		{"token", "--header", "--" + secret},
		{"login", "--url", "https://auth.example.com", "--secrets", secret},
		{"login", "--url", secret},
		{"login", "--json=" + secret},
		{"login", "--timeout", secret},
		{"login", "--callback-port", secret},
		{"login", "--url", "--" + secret},
		{"login", "--identifier", "--" + secret},
	} {
		for _, format := range [][]string{nil, {"--json"}} {
			got := p.run(nil, nil, slices.Concat(args, format)...)
			require.Equal(t, usage, got.code, args)
		}
	}
}

// TestUnusableTokenOfServer has a server whose token does not fit into a header, or would
// control a terminal.
func TestUnusableTokenOfServer(t *testing.T) {
	t.Parallel()
	for _, token := range unusableTokens {
		server, p := fake(t), newPerson(t)
		quoted, err := json.Marshal(token)
		require.NoError(t, err)
		server.Respond(orylogintest.Submit, http.StatusOK, `{"session_token":`+string(quoted)+`,"session":{"id":"s","active":true,`+
			`"expires_at":"2099-01-01T00:00:00Z","identity":{"id":"i","traits":{}}}}`)
		got := p.script(server.URL)
		require.Equal(t, failed, got.code, got.stderr)
		unsteered(t, got.stderr)
		p.notLoggedIn()
	}
}

// unusableTokens are texts that cannot be session tokens.
var unusableTokens = []string{
	"a\r\nX-Admin: yes", "a\x1b[2J", "a b", "a\x00", "a\u009bb", "a\u202eb", "ä", " a", "a\n", "a\x7f", "a\tb",
}

// TestHostileServer has a server that repeats the password and sends control characters.
func TestHostileServer(t *testing.T) {
	t.Parallel()
	server, p := fake(t), newPerson(t)
	evil := "\x1b]0;owned\a\x1b[2J" + ada.Password
	text, err := json.Marshal(evil)
	require.NoError(t, err)
	flow := fmt.Sprintf(`{"id":"f","type":"api","expires_at":"2099-01-01T00:00:00Z","issued_at":"2026-01-01T00:00:00Z",`+
		`"request_url":"","state":"choose_method","ui":{"action":"/","method":"POST",`+
		`"messages":[{"id":4000006,"type":"error","text":%s}],"nodes":[`+
		`{"type":"input","group":"default","messages":[],"attributes":{"name":"identifier","type":"text","node_type":"input"},"meta":{"label":{"id":1,"type":"info","text":"\u001b[2JWho"}}},`+
		`{"type":"input","group":"password","messages":[],"attributes":{"name":"password","type":"password","node_type":"input"},"meta":{}},`+
		`{"type":"input","group":"password","messages":[],"attributes":{"name":"method","type":"submit","value":"password","node_type":"input"},"meta":{}}`+
		`]}}`, text)
	server.Respond(orylogintest.Submit, http.StatusBadRequest, flow)
	got := p.script(server.URL)
	require.Equal(t, refused, got.code, got.stderr)
	require.Contains(t, got.stderr, "[redacted]")
	require.NotContains(t, got.stderr, "\x1b")
	require.NotContains(t, p.script(server.URL, "--json").stdout, "\x1b")

	login := p.at("login", "--url", server.URL)
	login.answer("ID: ", ada.Email)
	login.answer("Password: ", ada.Password)
	login.expect("[redacted]")
	login.answer(" [2JWho: ", ada.Email)
	login.expect("password: ")
	login.press(clitest.CtrlC)
	login.ends(interrupted)
	require.NotContains(t, login.Screen(), "\x1b")
}

// TestSecretIdentifier has a flow whose field for the identifier is a password field.
func TestSecretIdentifier(t *testing.T) {
	t.Parallel()
	const account = "1234-5678-9012"
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		flow := strings.NewReplacer(`"name":"identifier","type":"text","value":"`+account+`"`, `"name":"identifier","type":"password"`).
			Replace(planted(account))
		w.Header().Set("Content-Type", "application/json")
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusBadRequest)
		} else {
			flow = strings.ReplaceAll(flow, account, "x")
		}
		_, _ = fmt.Fprint(w, flow)
	}))
	t.Cleanup(front.Close)
	p := newPerson(t)
	p.secrets = append(p.secrets, account)
	got := p.run(nil, []string{"ORY_LOGIN_PASSWORD=" + ada.Password}, "login", "--url", front.URL, "--identifier", account, "--method", "password")
	require.Equal(t, refused, got.code, got.stderr)
	require.Contains(t, got.stderr, "[redacted]")

	login := p.at("login", "--url", front.URL, "--method", "password")
	login.answer("x: ", account)
	login.answer("x: ", ada.Password)
	login.expect("[redacted]: ") // what is typed before the next question is dropped
	login.press(clitest.CtrlC)
	login.ends(interrupted)
}

// TestUnsolicited has a server that sends the password, unasked, on an idle connection.
// net/http writes such data to the standard logger.
func TestUnsolicited(t *testing.T) {
	t.Parallel()
	server, p := fake(t), newPerson(t)
	idle, closed := make(chan struct{}), make(chan struct{})
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			server.ServeHTTP(w, r)
			return
		}
		body, _ := io.ReadAll(r.Body)
		answer := httptest.NewRecorder()
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		server.ServeHTTP(answer, r)
		connection, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		_, _ = fmt.Fprintf(connection, "HTTP/1.1 %d Status\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
			answer.Code, answer.Body.Len(), answer.Body)
		<-idle
		_, _ = connection.Write(body)
		_, _ = io.Copy(io.Discard, connection) // until the client has closed the connection
		_ = connection.Close()
		close(closed)
	}))
	t.Cleanup(front.Close)
	login := p.at("login", "--url", front.URL, "--identifier", ada.Email)
	login.answer("Password: ", wrongPassword)
	login.expect(complaint)
	login.expect("Password: ")
	close(idle)
	<-closed
	login.press(clitest.CtrlC)
	login.expect("interrupted")
	login.ends(interrupted)
	require.NotContains(t, login.Screen(), "Unsolicited")
}
