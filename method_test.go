package orylogin_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
)

// methods has every method with all of its fields, and what is sent for it. FuzzSecret and
// TestEveryMethod go by it, too.
var methods = map[string]struct {
	method orylogin.Method
	wire   string
}{
	"password": {
		orylogin.Password{
			Identifier:       "ada@example.com",
			Password:         orylogin.NewSecret("mark-1"),
			TransientPayload: json.RawMessage(`{"a":1}`),
		},
		`{"method":"password","identifier":"ada@example.com","password_identifier":"ada@example.com",
		  "password":"mark-1","transient_payload":{"a":1}}`,
	},
	"code, first step": {
		orylogin.Code{Identifier: "ada@example.com"},
		`{"method":"code","identifier":"ada@example.com"}`,
	},
	"code, second step": {
		orylogin.Code{
			Identifier:       "ada@example.com",
			Code:             orylogin.NewSecret("mark-1"),
			TransientPayload: json.RawMessage(`{"a":1}`),
		},
		`{"method":"code","identifier":"ada@example.com","code":"mark-1","transient_payload":{"a":1}}`,
	},
	"code, again": {
		orylogin.Code{Identifier: "ada@example.com", Resend: true},
		`{"method":"code","identifier":"ada@example.com","resend":"code"}`,
	},
	"code, second factor": {
		orylogin.Code{Address: "ada@example.com"},
		`{"method":"code","address":"ada@example.com"}`,
	},
	"totp": {
		orylogin.TOTP{Code: orylogin.NewSecret("mark-1"), TransientPayload: json.RawMessage(`{"a":1}`)},
		`{"method":"totp","totp_code":"mark-1","transient_payload":{"a":1}}`,
	},
	"lookup_secret": {
		orylogin.LookupSecret{Secret: orylogin.NewSecret("mark-1"), TransientPayload: json.RawMessage(`{"a":1}`)},
		`{"method":"lookup_secret","lookup_secret":"mark-1","transient_payload":{"a":1}}`,
	},
	"oidc": {
		orylogin.OIDC{Provider: "google"},
		`{"method":"oidc","provider":"google"}`,
	},
	"oidc with token": {
		orylogin.OIDC{
			Provider:           "google",
			IDToken:            orylogin.NewSecret("mark-1"),
			IDTokenNonce:       orylogin.NewSecret("mark-2"),
			Traits:             json.RawMessage(`{"email":"ada@example.com"}`),
			UpstreamParameters: json.RawMessage(`{"login_hint":"ada@example.com"}`),
			TransientPayload:   json.RawMessage(`{"a":1}`),
		},
		`{"method":"oidc","provider":"google","id_token":"mark-1","id_token_nonce":"mark-2",
		  "traits":{"email":"ada@example.com"},"upstream_parameters":{"login_hint":"ada@example.com"},
		  "transient_payload":{"a":1}}`,
	},
	"saml": {
		orylogin.SAML{Provider: "okta", TransientPayload: json.RawMessage(`{"a":1}`)},
		`{"method":"saml","provider":"okta","transient_payload":{"a":1}}`,
	},
	"identifier_first": {
		orylogin.IdentifierFirst{Identifier: "ada@example.com", TransientPayload: json.RawMessage(`{"a":1}`)},
		`{"method":"identifier_first","identifier":"ada@example.com","transient_payload":{"a":1}}`,
	},
	"webauthn": {
		orylogin.WebAuthn{
			Identifier:       "ada@example.com",
			Response:         orylogin.NewSecret(`{"id":"mark-1"}`),
			TransientPayload: json.RawMessage(`{"a":1}`),
		},
		`{"method":"webauthn","identifier":"ada@example.com","webauthn_login":"{\"id\":\"mark-1\"}","transient_payload":{"a":1}}`,
	},
	"passkey": {
		orylogin.Passkey{Response: orylogin.NewSecret(`{"id":"mark-1"}`), TransientPayload: json.RawMessage(`{"a":1}`)},
		`{"method":"passkey","passkey_login":"{\"id\":\"mark-1\"}","transient_payload":{"a":1}}`,
	},
	"custom": {
		orylogin.Custom{Name: "brand_new", Fields: map[string]any{"code": orylogin.NewSecret("mark-1"), "n": 1}},
		`{"method":"brand_new","code":"mark-1","n":1}`,
	},
	"pointer": {
		&orylogin.TOTP{Code: orylogin.NewSecret("mark-1")},
		`{"method":"totp","totp_code":"mark-1"}`,
	},
	"deviceauthn": {
		orylogin.DeviceAuthn{
			ClientKeyID:      "key",
			Signature:        orylogin.NewSecret("bWFyay0x"),
			PINProof:         orylogin.NewSecret("bWFyay0y"),
			TransientPayload: json.RawMessage(`{"a":1}`),
		},
		`{"method":"deviceauthn","client_key_id":"key","signature":"bWFyay0x","pin_proof":"bWFyay0y","transient_payload":{"a":1}}`,
	},
}

// TestMethodsOnTheWire submits each method.
func TestMethodsOnTheWire(t *testing.T) {
	for name, test := range methods {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer := recorded(t, "v26.2.0/submit_success")
			_, err := answer.client(t).Submit(t.Context(), flowID, test.method)
			require.NoError(t, err)
			require.JSONEq(t, test.wire, answer.only(t).Body)
		})
	}
}

// TestMethodsInFields: package fmt does not ask what is in a field that is not exported.
func TestMethodsInFields(t *testing.T) {
	for name, test := range methods {
		method := withSecret(test.method, orylogin.NewSecret("hunter2"))
		for _, verb := range verbs {
			text := fmt.Sprintf(verb, struct{ method orylogin.Method }{method})
			require.NotContains(t, text, "hunter2", name)
			require.NotContains(t, strings.ToLower(text), fmt.Sprintf("%x", "hunter2"), name)
		}
	}
}

// TestMethodsOfOneFlow: what answers the challenge of a flow cannot be submitted to another
// one, so a call that creates the flow sends nothing.
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

// TestMethodsInConversations: the answer to a challenge is sent as it is, and not again to
// the flow that takes the place of an expired one, which has another challenge.
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

// TestReplacementCharacters: the character that stands for what is not UTF-8 can be part of
// a text that is, and its escape of JSON that is encoded already.
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

// withSecret returns a copy of a method that has one secret in the place of all.
func withSecret(method orylogin.Method, secret orylogin.Secret) orylogin.Method {
	if custom, ok := method.(orylogin.Custom); ok {
		custom.Fields = maps.Clone(custom.Fields)
		for name, value := range custom.Fields {
			if _, ok := value.(orylogin.Secret); ok {
				custom.Fields[name] = secret
			}
		}
		return custom
	}
	value := reflect.Indirect(reflect.ValueOf(method))
	replaced := reflect.New(value.Type()).Elem()
	replaced.Set(value)
	for i := range replaced.NumField() {
		if replaced.Field(i).Type() == reflect.TypeFor[orylogin.Secret]() {
			replaced.Field(i).Set(reflect.ValueOf(secret))
		}
	}
	return replaced.Interface().(orylogin.Method)
}
