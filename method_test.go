package orylogin_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/internal/methodtest"
	"github.com/orylogin/orylogin/orylogintest"
)

// methods has each method with all of its fields, and what is sent for it.
var methods = methodtest.Rows()

// TestMethodsOnTheWire checks the body of each method.
func TestMethodsOnTheWire(t *testing.T) {
	for name, test := range methods {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer := recorded(t, "v26.2.0/submit_success")
			_, err := answer.client(t).Submit(t.Context(), flowID, test.Method)
			require.NoError(t, err)
			require.JSONEq(t, test.Wire, answer.only(t).Body)
		})
	}
}

// TestMethodsInFields prints methods in unexported fields. Package fmt calls no methods of such
// a field.
func TestMethodsInFields(t *testing.T) {
	for name, test := range methods {
		method := methodtest.WithSecrets(test.Method, func(string) orylogin.Secret { return orylogin.NewSecret("hunter2") })
		for _, verb := range verbs {
			text := fmt.Sprintf(verb, struct{ method orylogin.Method }{method})
			require.NotContains(t, text, "hunter2", name)
			require.NotContains(t, strings.ToLower(text), fmt.Sprintf("%x", "hunter2"), name)
		}
	}
}

// TestMethodsOfOneFlow checks that a call that creates its flow sends nothing for a method that
// answers a challenge. Such a method fits only the flow of the challenge.
func TestMethodsOfOneFlow(t *testing.T) {
	server := newKratos(t)
	client := server.Client()
	for _, method := range []orylogin.Method{
		orylogin.WebAuthn{},
		&orylogin.WebAuthn{},
		orylogin.Passkey{},
		&orylogin.Passkey{},
		orylogin.DeviceAuthn{},
		&orylogin.DeviceAuthn{},
	} {
		require.NoError(t, orylogin.CheckMethod(method))
		for _, err := range []error{
			only(client.Login(t.Context(), method)),
			only(client.Refresh(t.Context(), token, method)),
			only(client.StepUp(t.Context(), token, method)),
		} {
			require.ErrorIs(t, err, orylogin.ErrInvalidCall)
			require.ErrorContains(t, err, "use CreateFlow and Submit, or Converse")
		}
	}
	require.Empty(t, server.Requests(orylogintest.CreateFlow))
}

// TestMethodsInConversations checks that the answer to a challenge is sent once, and not to the
// flow that replaces an expired one. That flow has another challenge.
func TestMethodsInConversations(t *testing.T) {
	server := newKratos(t)
	var steps []orylogin.Step
	converse := func() error {
		steps = nil
		return only(server.Client().Converse(t.Context(), orylogin.FlowOptions{},
			func(_ context.Context, step orylogin.Step) (orylogin.Method, error) {
				if steps = append(steps, step); len(steps) == 2 {
					return nil, step.Err
				}
				return orylogin.Passkey{Response: orylogin.NewSecret("{}")}, nil
			}))
	}
	require.ErrorIs(t, converse(), orylogin.ErrNoMethod, "a server before v26.2")
	server.ExpectCalls(orylogintest.Submit, 1)

	expired := recorded(t, "v26.2.0/submit_expired")
	server.Respond(orylogintest.Submit, expired.status, string(expired.body))
	require.ErrorIs(t, converse(), orylogin.ErrFlowExpired)
	server.ExpectCalls(orylogintest.Submit, 2)
	require.NotEqual(t, steps[0].Flow.ID, steps[1].Flow.ID)
}

// TestReplacementCharacters checks that U+FFFD, which replaces what is not UTF-8, may be part
// of a valid text. Its escape may be part of encoded JSON.
func TestReplacementCharacters(t *testing.T) {
	for text, valid := range map[string]bool{
		"a\ufffdb": true, `\ufffd`: true, "a\xffb": false, "\xed\xa0\x80": false, "\ufffd\xff": false,
	} {
		secret := orylogin.NewSecret(text)
		for _, method := range []orylogin.Method{
			orylogin.Password{Password: secret},
			orylogin.Code{Address: text},
			&orylogin.OIDC{Provider: text, Traits: json.RawMessage(`{"name":"\ufffd"}`)},
			orylogin.Custom{Name: text},
			orylogin.Custom{Name: "voice", Fields: map[string]any{text: 1}},
			orylogin.Custom{Name: "voice", Fields: map[string]any{"list": []string{"a", text}}},
		} {
			require.Equal(t, valid, orylogin.CheckMethod(method) == nil, "%q in %T", text, method)
		}
		require.NoError(t, orylogin.CheckMethod(orylogin.TOTP{TransientPayload: json.RawMessage(`"\ufffd"`)}))
	}
}
