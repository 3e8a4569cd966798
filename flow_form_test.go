package orylogin_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
)

// node returns an input of a form, with its group, name, type and value.
func node(group, name, kind, value string) string {
	return fmt.Sprintf(`{"type":"input","group":%q,"attributes":{"name":%q,"type":%q,"value":%q,"node_type":"input"},"messages":[],"meta":{}}`,
		group, name, kind, value)
}

// script returns a node that only loads a script.
func script(group string) string {
	return fmt.Sprintf(`{"type":"script","group":%q,"attributes":{"src":"https://kratos.example.com/webauthn.js","type":"text/javascript",`+
		`"node_type":"script"},"messages":[],"meta":{}}`, group)
}

// TestMethodsOfForms has a form of each kind and the methods that it offers.
func TestMethodsOfForms(t *testing.T) {
	t.Parallel()
	var (
		csrf       = node("default", "csrf_token", "hidden", "x")
		identifier = node("default", "identifier", "text", "")
		known      = node("default", "identifier", "hidden", "ada@example.com")
		password   = node("password", "password", "password", "") + "," + node("password", "method", "submit", "password")
		captcha    = node("captcha", "transient_payload.captcha_turnstile_response", "hidden", "") + "," + script("captcha") + "," + script("captcha") +
			`,{"type":"div","group":"captcha","attributes":{"id":"turnstile","class":"c","data":{},"node_type":"div"},"messages":[],"meta":{}},` +
			node("captcha", "captcha_turnstile_options", "hidden", "{}")
		passkey = script("webauthn") + "," + node("passkey", "passkey_login", "hidden", "") + "," +
			node("passkey", "passkey_challenge", "hidden", "{}")
		trigger  = node("passkey", "passkey_login_trigger", "button", "")
		provider = node("oidc", "provider", "submit", "google") + "," + node("oidc", "provider", "submit", "github")
	)
	for name, test := range map[string]struct {
		nodes []string
		want  []string
	}{
		"nothing":                          {nil, nil},
		"password":                         {[]string{csrf, identifier, password}, []string{"password"}},
		"password and providers":           {[]string{provider, csrf, identifier, password}, []string{"oidc", "password"}},
		"a provider of SAML":               {[]string{node("saml", "provider", "submit", "corp"), csrf}, []string{"saml"}},
		"password of v0.8":                 {[]string{csrf, node("password", "password_identifier", "text", ""), password}, []string{"password"}},
		"a code to be sent":                {[]string{csrf, identifier, node("code", "method", "submit", "code")}, []string{"code"}},
		"a code that was sent":             {[]string{csrf, known, node("code", "code", "text", ""), node("code", "method", "hidden", "code"), node("code", "resend", "submit", "code")}, []string{"code"}},
		"a code that was sent, and more":   {[]string{csrf, known, password, node("code", "method", "hidden", "code"), node("code", "code", "text", "")}, []string{"password", "code"}},
		"addresses for a code":             {[]string{csrf, known, node("code", "address", "submit", "a@example.com"), node("code", "address", "submit", "b@example.com"), password}, []string{"code", "password"}},
		"identifier first":                 {[]string{node("identifier_first", "identifier", "text", ""), node("identifier_first", "method", "submit", "identifier_first"), csrf}, []string{"identifier_first"}},
		"identifier first, the second":     {[]string{node("identifier_first", "identifier", "hidden", "ada"), csrf, password, node("code", "method", "submit", "code")}, []string{"password", "code"}},
		"second factors":                   {[]string{csrf, node("totp", "totp_code", "text", ""), node("totp", "method", "submit", "totp"), node("lookup_secret", "lookup_secret", "text", ""), node("lookup_secret", "method", "submit", "lookup_secret")}, []string{"totp", "lookup_secret"}},
		"no second factor":                 {[]string{csrf}, nil},
		"only the script of security keys": {[]string{csrf, script("webauthn"), identifier, password}, []string{"password"}},
		"a security key, to be named":      {[]string{csrf, identifier, node("webauthn", "method", "submit", "webauthn")}, []string{"webauthn"}},
		"a security key, to be touched":    {[]string{csrf, known, script("webauthn"), node("webauthn", "webauthn_login_trigger", "button", ""), node("webauthn", "webauthn_login", "hidden", "")}, []string{"webauthn"}},
		"passkeys with a button":           {[]string{csrf, passkey, trigger, identifier, password}, []string{"passkey", "password"}},
		"passkeys without a button":        {[]string{csrf, passkey, identifier, password}, []string{"password"}},
		"a captcha beside a password":      {[]string{csrf, captcha, identifier, password}, []string{"password"}},
		"only a captcha":                   {[]string{csrf, captcha}, nil},
		"a refresh":                        {[]string{csrf, known, password, node("totp", "totp_code", "text", ""), node("totp", "method", "submit", "totp")}, []string{"password", "totp"}},
		"a method without a name":          {[]string{csrf, node("voice", "method", "submit", "")}, nil},
		"a method of tomorrow":             {[]string{csrf, node("voice", "method", "submit", "voice")}, []string{"voice"}},
		"an image":                         {[]string{`{"type":"img","group":"totp","attributes":{"src":"x","node_type":"img","id":"i","width":1,"height":1},"messages":[],"meta":{}}`}, nil},
	} {
		for _, kind := range []string{"api", "browser"} {
			var flow orylogin.Flow
			document := fmt.Sprintf(`{"id":"f","type":%q,"ui":{"action":"https://kratos.example.com/self-service/login?flow=f","method":"POST","nodes":[%s]}}`,
				kind, strings.Join(test.nodes, ","))
			require.NoError(t, json.Unmarshal([]byte(document), &flow), name)
			require.Equal(t, test.want, flow.Methods(), "%s, %s", name, kind)
		}
	}
	require.Nil(t, (*orylogin.Flow)(nil).Methods())
	require.Nil(t, (&orylogin.Flow{}).Methods())
}
