// Package methodtest lists all methods of package orylogin, for the tests of several packages.
package methodtest

import (
	"encoding/json"
	"maps"
	"reflect"

	"github.com/orylogin/orylogin"
)

// Row is a method and what the client sends for it.
type Row struct {
	Method orylogin.Method
	Wire   string
}

// Rows returns every method with all of its fields.
func Rows() map[string]Row {
	return map[string]Row{
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
}

// WithSecrets returns a copy of a method in which each secret is replaced.
func WithSecrets(method orylogin.Method, secret func(field string) orylogin.Secret) orylogin.Method {
	if custom, ok := method.(orylogin.Custom); ok {
		custom.Fields = maps.Clone(custom.Fields)
		for name, value := range custom.Fields {
			if _, ok := value.(orylogin.Secret); ok {
				custom.Fields[name] = secret(name)
			}
		}
		return custom
	}
	value := reflect.Indirect(reflect.ValueOf(method))
	replaced := reflect.New(value.Type()).Elem()
	replaced.Set(value)
	for i := range replaced.NumField() {
		if replaced.Field(i).Type() == reflect.TypeFor[orylogin.Secret]() && !value.Field(i).IsZero() {
			replaced.Field(i).Set(reflect.ValueOf(secret(value.Type().Field(i).Name)))
		}
	}
	return replaced.Interface().(orylogin.Method)
}
