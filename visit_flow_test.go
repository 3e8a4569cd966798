package orylogin_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
)

func TestFlowOptions(t *testing.T) {
	t.Parallel()
	server := kratosOfPages(t, orylogintest.WithOAuth2("https://hydra.example"))
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
