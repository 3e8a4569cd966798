package orylogintest_test

import (
	"os"
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

// TestLabels finds the labels of all forms in the table of docs/testing.md.
func TestLabels(t *testing.T) {
	t.Parallel()
	table, err := os.ReadFile("../docs/testing.md")
	require.NoError(t, err)
	see := func(flow *orylogin.Flow, fields int) {
		t.Helper()
		labels := 0
		for _, node := range flow.UI.Nodes {
			if node.Meta.Label != nil {
				require.Contains(t, string(table), `"`+node.Meta.Label.Text+`"`)
				labels++
			}
		}
		require.Equal(t, fields, labels)
	}
	ada := orylogintest.Identity{
		Email: "ada@example.com", Password: "hunter2", TOTPSecret: "JBSWY3DPEHPK3PXP", LookupSecrets: []string{"x"},
	}
	for _, test := range []struct {
		options                []orylogintest.Option
		first, refresh, second int
	}{
		{[]orylogintest.Option{orylogintest.WithCode(), orylogintest.WithProviders("github")}, 5, 4, 4},
		{[]orylogintest.Option{orylogintest.WithCodeSecondFactor()}, 3, 2, 5},
		{[]orylogintest.Option{orylogintest.WithIdentifierFirst()}, 2, 2, 4},
		{[]orylogintest.Option{orylogintest.WithRelease(orylogintest.V0_10)}, 3, 2, 4},
	} {
		server := orylogintest.NewServer(t, test.options...)
		token := orylogin.WithSessionToken(server.SignIn(server.AddIdentity(ada).ID).Token)
		for options, want := range map[orylogin.FlowOptions]int{
			{}: test.first, {Refresh: true}: test.refresh, {AAL: orylogin.AAL2}: test.second,
		} {
			flow, err := server.Client().CreateFlow(t.Context(), options, token)
			if options == (orylogin.FlowOptions{}) {
				flow, err = server.Client().CreateFlow(t.Context(), options)
			}
			require.NoError(t, err)
			see(flow, want)
		}
	}
	server := orylogintest.NewServer(t, orylogintest.WithCode())
	server.AddIdentity(ada)
	_, err = server.Client().Login(t.Context(), orylogin.Code{Identifier: ada.Email})
	var sent *orylogin.NextStepError
	require.ErrorAs(t, err, &sent)
	see(sent.Flow, 3)
}
