package orylogin_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
)

func TestFlowOptions(t *testing.T) {
	t.Parallel()
	server := kratosOfPages(t)
	want := map[string]string{
		"aal": "aal2", "refresh": "true", "return_to": "/x", "login_challenge": "c",
		"organization": "o", "via": "v", "identity_schema": "s",
	}
	_, err := visitOf(t, server, "").CreateFlow(t.Context(), orylogin.FlowOptions{
		AAL: orylogin.AAL2, Refresh: true, ReturnTo: "/x", LoginChallenge: "c",
		Organization: "o", Via: "v", IdentitySchema: "s",
	})
	require.ErrorIs(t, err, orylogin.ErrSessionAAL1Required)
	newFlow(t, visitOf(t, server, ""))
	requests := server.Requests(orylogintest.CreateBrowserFlow)
	for name, value := range want {
		require.Equal(t, value, requests[0].Query(name))
		require.Empty(t, requests[1].Query(name))
	}
}

func TestNeedsNewFlow(t *testing.T) {
	t.Parallel()
	server := kratosOfPages(t, orylogintest.WithCode())
	visit, ctx := visitOf(t, server, ""), t.Context()
	expired, tried := newFlow(t, visit), newFlow(t, visit)
	server.ExpireFlow(expired.ID)
	code := orylogin.Code{Identifier: "ada@example.com"} // has one sent first
	for range 6 {
		require.False(t, orylogin.NeedsNewFlow(only(visit.Submit(ctx, tried, code))))
		code.Code = orylogin.NewSecret("no code")
	}
	for name, err := range map[string]error{
		"no id":             only(visit.GetFlow(ctx, "")),
		"unknown":           only(visit.GetFlow(ctx, flowID)),
		"expired":           only(visit.GetFlow(ctx, expired.ID)),
		"another browser's": only(visit.GetFlow(ctx, newFlow(t, visitOf(t, server, "")).ID)),
		"no session":        only(visit.CreateFlow(ctx, orylogin.FlowOptions{AAL: orylogin.AAL2})),
		"too many codes":    only(visit.Submit(ctx, tried, code)),
	} {
		require.True(t, orylogin.NeedsNewFlow(err), "%s: %v", name, err)
	}
	require.False(t, orylogin.NeedsNewFlow(nil))
	for body, status := range map[string]int{"<html>": http.StatusNotFound, `{"error":{"code":500}}`: http.StatusInternalServerError} {
		server.Respond(orylogintest.GetFlow, status, body)
		require.False(t, orylogin.NeedsNewFlow(only(visit.GetFlow(ctx, flowID))), body)
	}
}
