package orylogin_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
)

// TestFlowOffers checks what a form offers before and after a code was sent.
func TestFlowOffers(t *testing.T) {
	client := newKratos(t, orylogintest.WithProviders("google", "github"), orylogintest.WithCode()).Client()
	flow, err := client.CreateFlow(t.Context(), orylogin.FlowOptions{})
	require.NoError(t, err)
	require.Equal(t, []string{"google", "github"}, flow.Choices("provider"))
	require.Empty(t, flow.Choices("identifier"), "there is no value yet")
	require.Empty(t, flow.Choices("unknown"))
	require.Equal(t, []string{"oidc", "code", "password"}, flow.Methods())
	require.False(t, flow.CodeSent())

	var next *orylogin.NextStepError
	_, err = client.Submit(t.Context(), flow.ID, orylogin.Code{Identifier: ada.Email})
	require.ErrorAs(t, err, &next)
	require.Equal(t, []string{"code"}, next.Flow.Methods())
	require.Equal(t, []string{ada.Email}, next.Flow.Choices("identifier"))
	require.True(t, next.Flow.CodeSent())

	client = newKratos(t, orylogintest.WithIdentifierFirst()).Client()
	_, err = client.Login(t.Context(), orylogin.IdentifierFirst{Identifier: ada.Email})
	require.ErrorAs(t, err, &next)
	require.Equal(t, []string{"password"}, next.Flow.Methods(), "what is hidden has been used")

	for _, empty := range []*orylogin.Flow{nil, {}} {
		require.Empty(t, empty.Choices("provider"))
		require.Empty(t, empty.Methods())
		require.Empty(t, empty.Messages())
		require.False(t, empty.CodeSent())
	}
}
