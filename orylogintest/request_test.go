package orylogintest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
)

func TestRequestsShowNoSecrets(t *testing.T) {
	t.Parallel()
	server := orylogintest.NewServer(t)
	server.AddIdentity(ada)
	login, err := server.Client().Login(t.Context(), asAda)
	require.NoError(t, err)
	_, err = server.Client().Whoami(t.Context(), login.Token)
	require.NoError(t, err)

	submission := server.Requests(orylogintest.Submit)[0]
	assert.Equal(t, "password", submission.Field("method"))
	assert.Equal(t, "correct horse", submission.Field("password"))
	assert.NotEmpty(t, submission.Query("flow"))
	whoami := server.Requests(orylogintest.Whoami)[0]
	assert.Equal(t, login.Token.Reveal(), whoami.Header("X-Session-Token"))

	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("requests", "submission", submission, "whoami", whoami)
	encoded, err := json.Marshal([]orylogintest.Request{submission, whoami}) //nolint:musttag // nothing marshals a Request on purpose, but a program can
	require.NoError(t, err)
	log.Write(encoded)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&log, verb+verb, submission, &whoami)
	}
	shown := log.String()
	assert.NotContains(t, shown, "correct horse")
	assert.NotContains(t, shown, login.Token.Reveal())
	assert.Contains(t, shown, "identifier: Ada@Example.com, method: password, password: [redacted]")
}

// TestRequestsAreOneLine checks that a request prints on one line, whatever the client has
// sent.
func TestRequestsAreOneLine(t *testing.T) {
	t.Parallel()
	server := orylogintest.NewServer(t)
	hostile := strings.Repeat("a\n\x1b[31m\u202e", 50_000)
	_, err := server.Client().Login(t.Context(), orylogin.Password{Identifier: hostile})
	require.Error(t, err)
	_, err = server.Client().GetFlow(t.Context(), hostile[:999])
	require.Error(t, err)
	for _, request := range append(server.Requests(orylogintest.Submit), server.Requests(orylogintest.GetFlow)...) {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
			text := fmt.Sprintf(verb, request)
			require.NotRegexp(t, `[^ -~…]`, text)
			require.Less(t, len(text), 1000)
			require.Contains(t, text, `"a\n\x1b[31m\u202e`)
		}
	}
}

func TestUnmetExpectationSaysWhatWasCalled(t *testing.T) {
	t.Parallel()
	text := failure(t, nil, func(s *orylogintest.Server) {
		_, err := s.Client().Login(t.Context(), asNobody)
		require.Error(t, err)
		s.ExpectCalls(orylogintest.Submit, 2)
	})
	assert.Contains(t, text, "calls of submitSelfServiceLoginFlow: 1 instead of 2\n  POST /self-service/login query{flow: ")
	assert.Contains(t, text, "identifier: nobody@example.com, method: password, password: [redacted]")
	assert.NotContains(t, text, "wrong horse")
	assert.Empty(t, failure(t, nil, func(s *orylogintest.Server) { s.ExpectCalls(orylogintest.Submit, 0) }))
}
