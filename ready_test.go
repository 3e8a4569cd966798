package orylogin_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
)

// notReady is the answer of a Kratos v1.3.1 without its database.
const notReady = `{"error":{"code":500,"status":"Internal Server Error","message":"error may contain sensitive information and was obfuscated"}}`

func TestReady(t *testing.T) {
	t.Parallel()
	server := orylogintest.NewServer(t)
	require.NoError(t, server.Client().Ready(t.Context()))
	server.ExpectCalls(orylogintest.Ready, 1)

	for name, test := range map[string]struct {
		status  int
		body    string
		outcome orylogin.Outcome
		known   bool
	}{
		"no database":            {503, notReady, orylogin.OutcomeUnavailable, true},
		"a failure":              {500, notReady, orylogin.OutcomeUnavailable, true},
		"a gateway's failure":    {503, "<html>", orylogin.OutcomeUnavailable, false},
		"a gateway without it":   {404, "404 page not found", orylogin.OutcomeUnknownAnswer, false},
		"a page":                 {200, "<html>", orylogin.OutcomeUnknownAnswer, false},
		"another word":           {200, `{"status":"not ok"}`, orylogin.OutcomeUnknownAnswer, false},
		"no word":                {200, `{}`, orylogin.OutcomeUnknownAnswer, false},
		"another status":         {202, `{"status":"ok"}`, orylogin.OutcomeUnknownAnswer, false},
		"an error with the word": {200, `{"status":"ok","error":{"code":500,"message":"x"}}`, orylogin.OutcomeUnknownAnswer, false},
	} {
		client := inJSON(test.status, test.body).client(t)
		err := client.Ready(t.Context())
		requireTyped(t, err, test.status)
		require.Equal(t, test.outcome, orylogin.OutcomeOf(err), name)
		require.NotErrorIs(t, err, orylogin.ErrSessionInactive)
		if test.known {
			require.NotErrorIs(t, err, orylogin.ErrUnknownAnswer, name)
		} else {
			require.ErrorIs(t, err, orylogin.ErrUnknownAnswer, name)
		}
	}

	client := inJSON(http.StatusOK, `{"status":"ok"}`).client(t)
	require.ErrorIs(t, client.Ready(t.Context(), orylogin.WithSessionToken(token)), orylogin.ErrInvalidCall)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.Equal(t, orylogin.OutcomeCanceled, orylogin.OutcomeOf(client.Ready(ctx)))
}
