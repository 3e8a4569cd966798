package orylogin_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
)

// methods has every method with all of its fields, and what is sent for it. The tests of
// secrets and TestEveryMethodIsWritten go by it, too.
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

func TestCustomMethod(t *testing.T) {
	s := newServer(t, reply(500, "{}"))
	client := newClient(t, s.URL)
	for name, method := range map[string]orylogin.Custom{
		"Custom.Name":  {},
		"Custom.Name ": {Name: "x", Fields: map[string]any{"method": "y"}},
		"not valid UTF-8": {Name: "x", Fields: map[string]any{
			"a": orylogin.NewSecret("hunter2\xff"),
		}},
		"cannot be sent as JSON": {Name: "x", Fields: map[string]any{"a": func() {}}},
	} {
		_, err := client.Submit(t.Context(), flowID, method)
		require.ErrorContains(t, err, strings.TrimSpace(name))
		require.NotContains(t, err.Error(), "hunter2")
	}
	require.Empty(t, s.seen())
}

// TestMethodsForBrowsers: the server is not sent what it is known to refuse.
func TestMethodsForBrowsers(t *testing.T) {
	for _, method := range []orylogin.Method{
		orylogin.WebAuthn{}, &orylogin.WebAuthn{}, orylogin.Passkey{}, &orylogin.Passkey{},
	} {
		s := newServer(t, replay(t, "v26.2.0/create"))
		_, err := newClient(t, s.URL).Login(t.Context(), method)
		require.ErrorContains(t, err, "browser flows only")
		require.Equal(t, http.MethodGet, s.only(t).Method)
	}
}

func TestMethodsOnTheWire(t *testing.T) {
	for name, test := range methods {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, replay(t, "v26.2.0/submit_success"))
			_, err := newClient(t, s.URL).Submit(t.Context(), flowID, test.method)
			require.NoError(t, err)
			require.JSONEq(t, test.wire, s.only(t).Body)
		})
	}
}

func TestMethodsHideTheirSecrets(t *testing.T) {
	for name, test := range methods {
		encoded, err := json.Marshal(test.method)
		require.NoError(t, err)
		shown := []string{string(encoded)}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			shown = append(shown, fmt.Sprintf(verb, test.method), fmt.Sprintf(verb, struct{ m orylogin.Method }{test.method}))
		}
		for _, secret := range secretsOf(test.method) {
			for _, text := range shown {
				require.False(t, !secret.IsZero() && strings.Contains(text, secret.Reveal()), "%s: %s", name, text)
			}
		}
	}
}

// secretsOf returns the secrets of a method.
func secretsOf(method orylogin.Method) []orylogin.Secret {
	var secrets []orylogin.Secret
	eachSecret(method, func(secret orylogin.Secret) orylogin.Secret {
		secrets = append(secrets, secret)
		return secret
	})
	return secrets
}

// withSecret returns a copy of a method that has one secret in the place of all.
func withSecret(method orylogin.Method, secret orylogin.Secret) orylogin.Method {
	return eachSecret(method, func(orylogin.Secret) orylogin.Secret { return secret })
}

// eachSecret returns a copy of a method, each of whose secrets has been replaced.
func eachSecret(method orylogin.Method, replace func(orylogin.Secret) orylogin.Secret) orylogin.Method {
	value := reflect.Indirect(reflect.ValueOf(method))
	replaced := reflect.New(value.Type()).Elem()
	replaced.Set(value)
	for i := range replaced.NumField() {
		if secret, ok := replaced.Field(i).Interface().(orylogin.Secret); ok {
			replaced.Field(i).Set(reflect.ValueOf(replace(secret)))
		}
	}
	if custom, ok := replaced.Interface().(orylogin.Custom); ok {
		custom.Fields = maps.Clone(custom.Fields)
		for name, value := range custom.Fields {
			if secret, ok := value.(orylogin.Secret); ok {
				custom.Fields[name] = replace(secret)
			}
		}
		return custom
	}
	return replaced.Interface().(orylogin.Method)
}
