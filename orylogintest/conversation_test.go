package orylogintest_test

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
)

// failedTest is a testing.TB that has failed when it ends.
type failedTest struct {
	testing.TB
	end    func()
	log    strings.Builder
	passed bool
}

func (*failedTest) Helper()                          {}
func (t *failedTest) Failed() bool                   { return !t.passed }
func (t *failedTest) Cleanup(end func())             { t.end = end }
func (t *failedTest) Logf(format string, a ...any)   { fmt.Fprintf(&t.log, format, a...) }
func (*failedTest) Errorf(string, ...any)            {}
func (t *failedTest) Fatalf(format string, a ...any) { panic(fmt.Sprintf(format, a...)) }

// TestFailedTestTellsWhatWasSaid checks that a failed test shows its requests and no secrets.
func TestFailedTestTellsWhatWasSaid(t *testing.T) {
	t.Parallel()
	test := &failedTest{TB: t}
	server := orylogintest.NewServer(test, orylogintest.WithProviders("github"))
	server.AddIdentity(ada)
	client := server.Client()
	for range 5 {
		_, err := client.Login(t.Context(), asNobody)
		require.Error(t, err)
	}
	login, err := client.Login(t.Context(), asAda)
	require.NoError(t, err)
	_, err = client.Whoami(t.Context(), login.Token)
	require.NoError(t, err)
	server.Respond(orylogintest.Whoami, http.StatusBadGateway, "<html>correct horse</html>")
	_, err = client.Whoami(t.Context(), login.Token)
	require.Error(t, err)
	server.Respond(orylogintest.Whoami, http.StatusForbidden, `{"error":{"id":"some\nid","reason":"correct horse"}}`)
	_, err = client.Whoami(t.Context(), login.Token)
	require.Error(t, err)
	server.Cut(orylogintest.Whoami)
	_, err = inMemory(server).Whoami(t.Context(), login.Token) // over the network, net/http may send the request twice
	require.Error(t, err)
	_, err = client.Login(t.Context(), orylogin.OIDC{Provider: "github"})
	require.Error(t, err)
	answerTo(t, server, "/self-service/login/browser", "text/html")

	test.end()
	told := test.log.String()
	require.Regexp(t, `^orylogintest: the last requests and answers, without secrets:
  → POST /self-service/login query\{flow: [-0-9a-f]+\} body\{identifier: nobody@example.com, method: password, .*\}
  ← 400 a flow 4000006
  → GET /self-service/login/api
  ← 200 a flow
  → POST /self-service/login query\{flow: [-0-9a-f]+\} body\{.*password: \[redacted\].*\}
  ← 200 a login
  → GET /sessions/whoami
  ← 200 a session of aal1
  → GET /sessions/whoami
  ← 502 26 bytes
  → GET /sessions/whoami
  ← 403 an error "some\\nid"
  → GET /sessions/whoami
  ← nothing
  → GET /self-service/login/api
  ← 200 a flow
  → POST /self-service/login query\{flow: [-0-9a-f]+\} body\{.*provider: github\}
  ← 422 an error browser_location_change_required \+ory_kratos_continuity
  → GET /self-service/login/browser
  ← 303 to http://127.0.0.1:4455/login \+csrf_token$`, told)
	require.NotContains(t, told, "horse")
	server.ExpectNoSecrets(told)
}

func TestPassedTestTellsNothing(t *testing.T) {
	t.Parallel()
	test := &failedTest{TB: t, passed: true}
	_, err := orylogintest.NewServer(test).Client().CreateFlow(t.Context(), orylogin.FlowOptions{})
	require.NoError(t, err)
	test.end()
	require.Empty(t, test.log.String())
}

// TestHandlersMayDoAll checks that a handler can do whatever a server of net/http allows.
func TestHandlersMayDoAll(t *testing.T) {
	t.Parallel()
	server := orylogintest.NewServer(t)
	server.Handle(orylogintest.Whoami, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "flushed")
		w.(http.Flusher).Flush()
	}))
	server.Handle(orylogintest.CreateFlow, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		connection, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			_, _ = io.WriteString(connection, "HTTP/1.1 418 \r\nContent-Length: 0\r\n\r\n")
			_ = connection.Close()
		}
	}))
	for path, status := range map[string]int{"/sessions/whoami": http.StatusOK, "/self-service/login/api": http.StatusTeapot} {
		response, err := http.DefaultTransport.RoundTrip(mustRequest(t, server.URL+path))
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, status, response.StatusCode)
	}
}

// TestManyServers runs a hundred tests at the same time, each with its own server.
func TestManyServers(t *testing.T) {
	t.Parallel()
	for number := range 100 {
		t.Run(strconv.Itoa(number), func(t *testing.T) {
			t.Parallel()
			server := orylogintest.NewServer(t, orylogintest.WithProviders("github"))
			identity := server.AddIdentity(ada)
			_, err := server.Client().Login(t.Context(), asAda)
			require.NoError(t, err)
			require.Len(t, server.Sessions(identity.ID), 1)
		})
	}
}
