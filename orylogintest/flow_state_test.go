package orylogintest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
)

// TestSendCode puts flows of both factors into the state after a code was mailed.
func TestSendCode(t *testing.T) {
	t.Parallel()
	server := orylogintest.NewServer(t, orylogintest.WithCode(), orylogintest.WithCodeSecondFactor())
	identity := server.AddIdentity(orylogintest.Identity{Email: "ada@example.com", Identifiers: []string{"ada", "home@example.com"}})
	client := server.Client()
	for _, address := range []string{"Ada@Example.com", "home@example.com"} {
		for _, options := range []orylogin.FlowOptions{{}, {AAL: orylogin.AAL2}} {
			var with []orylogin.CallOption
			if options.AAL != "" {
				with = append(with, orylogin.WithSessionToken(server.SignIn(identity.ID).Token))
			}
			flow, err := client.CreateFlow(t.Context(), options, with...)
			require.NoError(t, err)
			code := server.SendCode(flow.ID, address)
			require.Equal(t, code, server.Code(address))
			flow, err = client.GetFlow(t.Context(), flow.ID)
			require.NoError(t, err)
			require.True(t, flow.CodeSent())
			_, err = client.Submit(t.Context(), flow.ID, orylogin.Code{Identifier: address, Code: orylogin.NewSecret(code)}, with...)
			require.NoError(t, err)
		}
	}
}

func TestSendCodeWrongly(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		options []orylogintest.Option
		address string
		text    string
	}{
		{nil, "ada@example.com", "no codes for the flow"},
		{[]orylogintest.Option{orylogintest.WithCode()}, "nobody@example.com", "no identity has the address nobody@example.com"},
		{[]orylogintest.Option{orylogintest.WithCode()}, "ada", "no identity has the address ada"},
	} {
		require.Contains(t, failure(t, test.options, func(s *orylogintest.Server) {
			s.AddIdentity(orylogintest.Identity{Email: "ada@example.com", Identifiers: []string{"ada"}})
			flow, err := s.Client().CreateFlow(t.Context(), orylogin.FlowOptions{})
			require.NoError(t, err)
			s.SendCode(flow.ID, test.address)
		}), test.text)
	}
}

func TestExpireFlows(t *testing.T) {
	t.Parallel()
	server := orylogintest.NewServer(t)
	server.AddIdentity(ada)
	client := server.Client()
	for range 2 {
		flow, err := client.CreateFlow(t.Context(), orylogin.FlowOptions{})
		require.NoError(t, err)
		server.ExpireFlows()
		_, err = client.Submit(t.Context(), flow.ID, asAda)
		require.ErrorIs(t, err, orylogin.ErrFlowExpired)
	}
	_, err := client.Login(t.Context(), asAda)
	require.NoError(t, err, "later flows last")
}

// TestCodeAtOnce holds that v26.2 sends the code of a second factor with the flow, unless there
// are several addresses to choose from.
func TestCodeAtOnce(t *testing.T) {
	t.Parallel()
	server := orylogintest.NewServer(t, orylogintest.WithRelease(orylogintest.V26_2), orylogintest.WithCodeSecondFactor())
	for sent, identity := range map[bool]orylogintest.Identity{
		true:  {Email: "ada@example.com"},
		false: {Email: "eve@example.com", Identifiers: []string{"eve@example.org"}},
	} {
		who := server.SignIn(server.AddIdentity(identity).ID)
		flow, err := server.Client().CreateFlow(t.Context(), orylogin.FlowOptions{AAL: orylogin.AAL2}, orylogin.WithSessionToken(who.Token))
		require.NoError(t, err)
		require.Equal(t, sent, flow.CodeSent())
	}
}
