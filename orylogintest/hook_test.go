package orylogintest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
)

// TestHookMessages refuses a login with what a web hook says, also one at a provider.
func TestHookMessages(t *testing.T) {
	t.Parallel()
	const overdue orylogin.MessageID = 8000001
	server := orylogintest.NewServer(t, orylogintest.WithProviders("github"))
	server.AddIdentity(orylogintest.Identity{
		Email: "ada@example.com", Password: "correct horse", Providers: []string{"github"},
		HookMessages: []orylogin.Message{
			{ID: overdue, Type: "error", Text: "Your trial is over.", Context: []byte(`{"days":3}`)},
			{ID: overdue + 1, Type: "error", Field: "traits.plan", Text: "Choose a plan."},
		},
	})
	server.AddIdentity(orylogintest.Identity{
		Email: "eve@example.com", Password: "correct horse", HookMessages: []orylogin.Message{{ID: 8000002, Text: "Come back later."}},
	})
	client := server.Client()
	refused := func(err error) {
		t.Helper()
		var refusal *orylogin.ValidationError
		require.ErrorAs(t, err, &refusal)
		require.ErrorIs(t, err, overdue)
		require.Equal(t, orylogin.Messages{
			{ID: overdue, Type: "error", Text: "Your trial is over.", Context: []byte(`{"days":3}`)},
			{ID: overdue + 1, Type: "error", Text: "Choose a plan.", Field: "traits.plan"},
		}, refusal.Flow.Messages())
	}
	_, err := client.Login(t.Context(), orylogin.Password{Identifier: "ada@example.com", Password: orylogin.NewSecret("correct horse")})
	refused(err)
	_, err = client.Login(t.Context(), orylogin.Password{Identifier: "ada@example.com", Password: orylogin.NewSecret("a guess")})
	require.ErrorIs(t, err, orylogin.ErrInvalidCredentials)
	_, err = throughProvider(t, client, "ada@example.com")
	refused(err)

	_, err = client.Login(t.Context(), orylogin.Password{Identifier: "eve@example.com", Password: orylogin.NewSecret("correct horse")})
	var next *orylogin.NextStepError
	require.ErrorAs(t, err, &next)
	require.Equal(t, "info", next.Flow.Messages()[0].Type)
}
