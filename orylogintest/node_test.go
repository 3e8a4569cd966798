package orylogintest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
)

// TestOrderOfButtons is that of Kratos: after a wrong code, the button that sends another code
// comes first, so the return key sends one in a page that keeps the order.
func TestOrderOfButtons(t *testing.T) {
	t.Parallel()
	server := orylogintest.NewServer(t, orylogintest.WithCode())
	server.AddIdentity(orylogintest.Identity{Email: "ada@example.com"})
	client := server.Client()
	buttons := func(flow *orylogin.Flow) []string {
		var names []string
		for _, node := range flow.UI.Nodes {
			if node.Attributes.Type == "submit" {
				names = append(names, node.Attributes.Name)
			}
		}
		return names
	}
	_, err := client.Login(t.Context(), orylogin.Code{Identifier: "ada@example.com"})
	var sent *orylogin.NextStepError
	require.ErrorAs(t, err, &sent)
	require.Equal(t, []string{"method", "resend"}, buttons(sent.Flow))
	_, err = client.Submit(t.Context(), sent.Flow.ID, orylogin.Code{Identifier: "ada@example.com", Code: orylogin.NewSecret("000000")})
	var refused *orylogin.ValidationError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, []string{"resend", "method"}, buttons(refused.Flow))
}
