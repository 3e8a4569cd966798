package orylogin_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
)

const complete = `{"session_token":"t","session":{"id":"s","active":true,"identity":{"id":"i"}}`

// rawServer answers the first request of each connection with raw bytes, and
// then leaves the connection open.
func rawServer(t *testing.T, answer string) string {
	t.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = conn.Close() })
			go func() {
				if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
					_, _ = io.WriteString(conn, answer)
				}
			}()
		}
	}()
	return "http://" + listener.Addr().String()
}

// chain returns the texts of an error and of all that it unwraps to.
func chain(err error) string {
	if err == nil {
		return ""
	}
	texts := []string{err.Error()}
	switch wrapped := err.(type) { //nolint:errorlint // the chain itself is walked
	case interface{ Unwrap() error }:
		texts = append(texts, chain(wrapped.Unwrap()))
	case interface{ Unwrap() []error }:
		for _, each := range wrapped.Unwrap() {
			texts = append(texts, chain(each))
		}
	}
	return strings.Join(texts, "\n")
}

// TestServerBytesStayOutOfErrors lets a server write, where net/http quotes it,
// what it was sent.
func TestServerBytesStayOutOfErrors(t *testing.T) {
	for name, test := range map[string]struct {
		answer string
		want   outcome
	}{
		"header":                 {"HTTP/1.1 200 OK\r\nhunter2\r\n\r\n", outcome{kind: "transport"}},
		"status":                 {"HTTP/1.1 hunter2 OK\r\n\r\n", outcome{kind: "transport"}},
		"protocol":               {"hunter2\r\n\r\n", outcome{kind: "transport"}},
		"content length":         {"HTTP/1.1 200 OK\r\nContent-Length: hunter2\r\n\r\n", outcome{kind: "transport"}},
		"transfer encoding":      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: hunter2\r\n\r\n", outcome{kind: "transport"}},
		"chunk":                  {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nhunter2\r\n", outcome{kind: "api", status: 200}},
		"trailer":                {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nhunter2\r\n\r\n", outcome{kind: "api", status: 200}},
		"location":               {"HTTP/1.1 307 X\r\nContent-Length: 0\r\nLocation: http://hunter2/hunter2?hunter2\r\n\r\n", outcome{kind: "redirect", status: 307}},
		"malformed location":     {"HTTP/1.1 307 X\r\nContent-Length: 0\r\nLocation: http://[::1/?code=hunter2\r\n\r\n", outcome{kind: "redirect", status: 307}},
		"badly escaped location": {"HTTP/1.1 302 X\r\nContent-Length: 0\r\nLocation: /%zz?hunter2\r\n\r\n", outcome{kind: "redirect", status: 302}},
		"error id":               {jsonAnswer(400, `{"error":{"id":"hunter2"}}`), outcome{kind: "api", status: 400, id: "hunter2"}},
		"member":                 {jsonAnswer(200, `{"ui":{"nodes":[{"attributes":{"data":{"hunter2":1}}}]}}`), outcome{kind: "api", status: 200}},
		"number":                 {jsonAnswer(200, `{"session_token":4711,"session":{"id":"s","active":true,"identity":{"id":"i"}}}`), outcome{kind: "api", status: 200}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := operations["submit"](newClient(t, rawServer(t, test.answer), orylogin.WithTimeout(5*time.Second)))
			require.Equal(t, test.want, outcomeOf(err), "%v", err)
			require.NotContains(t, chain(err), "hunter2")
			require.NotContains(t, chain(err), "4711")
		})
	}
}

func jsonAnswer(status int, body string) string {
	return fmt.Sprintf("HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", status, len(body), body)
}

// TestAnswersWithoutEnd covers bodies that do not watch the context: that of a
// connection whose protocol was switched, and that of a careless transport.
func TestAnswersWithoutEnd(t *testing.T) {
	switching := rawServer(t, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n")
	careless := &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
		body, _ := io.Pipe()
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: body}, nil
	})}
	for name, client := range map[string]*orylogin.Client{
		"switch of protocols": newClient(t, switching, orylogin.WithTimeout(50*time.Millisecond)),
		"careless transport": newClient(t, switching,
			orylogin.WithTimeout(50*time.Millisecond), orylogin.WithHTTPClient(careless)),
		"the client's own limit": newClient(t, switching,
			orylogin.WithHTTPClient(&http.Client{Timeout: 50 * time.Millisecond})),
	} {
		start := time.Now()
		err := operations["submit"](client)
		require.Equal(t, "api", outcomeOf(err).kind, name)
		require.ErrorIs(t, err, context.DeadlineExceeded, name)
		require.Less(t, time.Since(start), 5*time.Second, name)
	}
}

// roundTrip is a transport made of a function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestStubTransports covers what the transports of tests leave out.
func TestStubTransports(t *testing.T) {
	stub := func(response *http.Response) *orylogin.Client {
		return newClient(t, "https://x", orylogin.WithHTTPClient(&http.Client{
			Transport: roundTrip(func(*http.Request) (*http.Response, error) { return response, nil }),
		}))
	}
	redirect := &http.Response{
		StatusCode: http.StatusTemporaryRedirect, Body: http.NoBody,
		Header: http.Header{"Location": {"/elsewhere"}},
	}
	require.Equal(t, outcome{kind: "redirect", status: 307}, outcomeOf(operations["submit"](stub(redirect))))
	require.Equal(t, outcome{kind: "api", status: 200}, outcomeOf(operations["submit"](stub(
		&http.Response{StatusCode: http.StatusOK, Body: http.NoBody}))))
	require.Equal(t, outcome{kind: "transport"}, outcomeOf(operations["submit"](stub(nil))))
	require.Equal(t, outcome{kind: "transport"}, outcomeOf(operations["submit"](stub(&http.Response{StatusCode: http.StatusOK}))))
}

// TestManyValues bounds the memory that a small answer can be decoded to, whatever
// its arrays hold.
func TestManyValues(t *testing.T) {
	for count, tooMany := range map[int]bool{1_000: false, 800_000: true} {
		for _, value := range []string{"{}", "[]", "0", `""`, "null"} {
			body := `{"id":"f","ui":{"nodes":[` + value + strings.Repeat(","+value, count) + `]}}`
			err := operations["create"](newClient(t, newServer(t, reply(200, body)).URL))
			require.Equal(t, tooMany, errors.Is(err, orylogin.ErrResponseTooLarge), "%s: %v", value, err)
		}
	}
}

// TestContradictions holds the invariant against answers that say two things.
func TestContradictions(t *testing.T) {
	for name, body := range map[string]string{
		"identity without id": `{"session_token":"t","session":{"id":"s","active":true,"identity":{}}}`,
		"identity is a text":  `{"session_token":"t","session":{"id":"s","active":true,"identity":"i"}}`,
		"and an error":        complete + `,"error":{"id":"session_aal2_required"}}`,
		"and a flow":          complete + `,"id":"f","ui":{"nodes":[]}}`,
		"inactive, nobody's":  `{"session_token":"t","session":{"id":"s","active":false,"identity":null}}`,
	} {
		err := operations["submit"](newClient(t, newServer(t, reply(200, body)).URL))
		require.Equal(t, outcome{kind: "api", status: 200}, outcomeOf(err), name)
		require.ErrorIs(t, err, orylogin.ErrUnknownAnswer, name)
	}
	for name, answer := range map[string]http.HandlerFunc{
		"status":  reply(500, `{"id":"s","active":true,"identity":{"id":"i"}}`),
		"error":   reply(200, `{"id":"s","active":true,"identity":{"id":"i"},"error":{"code":500}}`),
		"nobody":  reply(200, `{"id":"s","active":true,"identity":{}}`),
		"expired": reply(200, `{"id":"s","active":false,"identity":{"id":"i"}}`),
	} {
		err := operations["whoami"](newClient(t, newServer(t, answer).URL))
		require.Equal(t, "api", outcomeOf(err).kind, name)
	}
}

// TestFlowWithoutID keeps a password from being submitted to no flow.
func TestFlowWithoutID(t *testing.T) {
	s := newServer(t, reply(200, `{"ui":{}}`))
	_, err := newClient(t, s.URL).Login(t.Context(), password)
	require.ErrorIs(t, err, orylogin.ErrUnknownAnswer)
	require.Len(t, s.seen(), 1)
}

// TestNewForms holds that what a new release says in a new way costs only that.
func TestNewForms(t *testing.T) {
	for name, body := range map[string]string{
		"continue_with is an object": complete + `,"continue_with":{"action":"x"}}`,
		"its flow is a text":         complete + `,"continue_with":[{"action":"x","flow":"y"}]}`,
		"a device's place":           strings.Replace(complete, `"active"`, `"devices":[{"location":{"city":"x"}}],"active"`, 1) + "}",
		"an unknown member":          complete + `,"brand_new":[{}]}`,
	} {
		login, err := newClient(t, newServer(t, reply(200, body)).URL).Submit(t.Context(), flowID, password)
		require.NoError(t, err, name)
		require.Equal(t, "t", login.Token.Reveal(), name)
		require.Equal(t, "i", login.Session.Identity.ID, name)
	}
	for name, attributes := range map[string]string{
		"title": `"title":"x"`, "data": `"data":{"x":1}`, "maxlength": `"maxlength":"5"`, "label": `"label":"x"`,
	} {
		body := `{"id":"f","ui":{"nodes":[{"type":"new","attributes":{` + attributes + `,"name":"n"}}]}}`
		flow, err := newClient(t, newServer(t, reply(200, body)).URL).CreateFlow(t.Context(), orylogin.FlowOptions{})
		require.NoError(t, err, name)
		require.Equal(t, "n", flow.UI.Nodes[0].Attributes.Name, name)
	}
	err := operations["submit"](newClient(t, newServer(t, reply(400, `{"error":{"code":"400","id":"x"}}`)).URL))
	require.ErrorIs(t, err, orylogin.ErrorID("x"))
}

// TestContextEndsTheBody keeps the context's error, and its cause, when it ends
// while the answer arrives.
func TestContextEndsTheBody(t *testing.T) {
	why := errors.New("the user went away")
	ctx, cancel := context.WithCancelCause(t.Context())
	client := newClient(t, "https://x", orylogin.WithHTTPClient(&http.Client{
		Transport: roundTrip(func(*http.Request) (*http.Response, error) {
			body, writer := io.Pipe()
			go func() {
				_, _ = io.WriteString(writer, "{")
				cancel(why)
			}()
			return &http.Response{StatusCode: http.StatusOK, Body: body}, nil
		}),
	}))
	_, err := client.Submit(ctx, flowID, password)
	require.Equal(t, 200, outcomeOf(err).status)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, err, why)

	_, err = client.Submit(ctx, flowID, password)
	require.Equal(t, "transport", outcomeOf(err).kind)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, err, why)

	ctx, cancelTimeout := context.WithTimeoutCause(t.Context(), time.Nanosecond, why)
	defer cancelTimeout()
	_, err = client.Submit(ctx, flowID, password)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorIs(t, err, why)
}

// TestHeadersAreNotShared lets a transport change the headers that it is given,
// as tracing ones do.
func TestHeadersAreNotShared(t *testing.T) {
	s := newServer(t, reply(500, "{}"))
	client := newClient(t, s.URL,
		orylogin.WithHeader("X-A", "1"), orylogin.WithHeader("X-A", "2"), orylogin.WithHeader("X-A", "3"),
		orylogin.WithHTTPClient(&http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			r.Header.Add("X-A", "4")
			return http.DefaultTransport.RoundTrip(r)
		})}))
	done := make(chan struct{})
	for range 8 {
		go func() {
			_ = operations["create"](client)
			done <- struct{}{}
		}()
	}
	for range 8 {
		<-done
	}
	for _, got := range s.seen() {
		require.Equal(t, []string{"1", "2", "3", "4"}, got.Header["X-A"])
	}
}

func TestCanContinueOfTheWrappedError(t *testing.T) {
	for body, want := range map[string]bool{
		`{"id":"f","ui":{"messages":[{"id":4000006,"type":"error"}]}}`: true,
		`{"id":"f","ui":{}}`:     true,
		`{"error":{"code":400}}`: false,
		`{"id":"f","ui":{"messages":[{"id":4000010,"type":"error"}]}}`: false,
	} {
		var apiErr *orylogin.APIError
		require.ErrorAs(t, operations["submit"](newClient(t, newServer(t, reply(400, body)).URL)), &apiErr)
		require.Equal(t, want, apiErr.CanContinue(), body)
	}
}

// TestErrorsAsValues prints and marshals what errors point to.
func TestErrorsAsValues(t *testing.T) {
	var change *orylogin.LocationChangeError
	err := operations["submit"](newClient(t, newServer(t,
		reply(422, `{"error":{"reason":"hunter2","code":422},"redirect_browser_to":"https://x/?code=hunter2"}`)).URL))
	require.ErrorAs(t, err, &change)
	for _, value := range []any{change, *change, change.APIError, &change.APIError} {
		for _, verb := range verbs {
			require.NotContains(t, fmt.Sprintf(verb, value), "hunter2", verb)
		}
		encoded, err := json.Marshal(map[string]any{"error": value})
		require.NoError(t, err)
		require.JSONEq(t, `{"error":"orylogin: submit: the login goes on in a browser `+
			`(HTTP 422 Unprocessable Entity)"}`, string(encoded))
		require.NotContains(t, logged(value), "hunter2")
	}
}

// TestTargets holds that errors.Is finds no more than there is.
func TestTargets(t *testing.T) {
	err := operations["submit"](newClient(t, newServer(t, reply(400, `{"error":{"code":400}}`)).URL))
	require.NotErrorIs(t, err, orylogin.ErrorID(""))
	err = operations["submit"](newClient(t, newServer(t,
		reply(400, `{"id":"f","ui":{"messages":[{"id":1010003,"type":"info"},{"id":4000006,"type":"error"}]}}`)).URL))
	require.NotErrorIs(t, err, orylogin.MessageReauthenticate)
	require.ErrorIs(t, err, orylogin.ErrInvalidCredentials)
	require.NotErrorIs(t, err, orylogin.ErrSessionAlreadyAvailable)
	err = operations["submit"](newClient(t, newServer(t, reply(422, `{"error":{"code":422}}`)).URL))
	require.Equal(t, outcome{kind: "api", status: 422}, outcomeOf(err))
}

func TestOtherHeadersOfAnswers(t *testing.T) {
	s := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "https://elsewhere")
		w.Header().Set("Content-Type", "application/problem+json")
		_, _ = io.WriteString(w, complete+"}")
	})
	_, err := newClient(t, s.URL).Submit(t.Context(), flowID, password)
	require.NoError(t, err)
}

// TestNoContext holds that a nil context is a mistake that is told, and that nothing
// is sent.
func TestNoContext(t *testing.T) {
	var none context.Context
	s := newServer(t, reply(500, "{}"))
	client := newClient(t, s.URL)
	next := func(context.Context, orylogin.Step) (orylogin.Method, error) { return password, nil }
	for name, call := range map[string]func() error{
		"create":   func() error { _, err := client.CreateFlow(none, orylogin.FlowOptions{}); return err },
		"get":      func() error { _, err := client.GetFlow(none, flowID); return err },
		"submit":   func() error { _, err := client.Submit(none, flowID, password); return err },
		"login":    func() error { _, err := client.Login(none, password); return err },
		"exchange": func() error { _, err := client.Exchange(none, token, token); return err },
		"whoami":   func() error { _, err := client.Whoami(none, token); return err },
		"cookie":   func() error { _, err := client.WhoamiCookie(none, orylogin.NewSecret("a=b")); return err },
		"logout":   func() error { return client.Logout(none, token) },
		"converse": func() error { _, err := client.Converse(none, orylogin.FlowOptions{}, next); return err },
		"refresh":  func() error { _, err := client.Refresh(none, token, password); return err },
		"step up":  func() error { _, err := client.StepUp(none, token, password); return err },
	} {
		require.EqualError(t, call(), "orylogin: the context is nil", name)
	}
	require.Empty(t, s.seen())
}
