package api_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/api"
)

const (
	flowJSON  = `{"id":"f","type":"api","expires_at":"2026-01-02T03:14:05Z","issued_at":"2026-01-02T03:04:05.5Z","request_url":"https://id.example.com/","ui":{"action":"https://id.example.com/","method":"POST","nodes":null}}`
	errorJSON = `{"error":{"id":"self_service_flow_expired","code":410,"message":"m","details":{"k":["v"]}}}`
	loginJSON = `{"session_token":"ory_st_hush","session":{"id":"s","identity":null},"continue_with":null}`
)

// free is JSON of any form.
var free = json.RawMessage(`{"k":1}`)

// loginBodies has every body, what is sent for it, and what is shown.
var loginBodies = []struct {
	body api.LoginBody
	json string
	text string
}{
	{
		api.SubmitSelfServiceLoginFlowWithPasswordMethodBody{Method: "password", Identifier: "user", PasswordIdentifier: "user", Password: hush, CSRFToken: "c", TransientPayload: free},
		`{"csrf_token":"c","identifier":"user","method":"password","password":"ory_st_hush","password_identifier":"user","transient_payload":{"k":1}}`,
		"password submission [redacted]",
	},
	{
		api.SubmitSelfServiceLoginFlowWithPasswordMethodBody{Method: "password", Password: hush},
		`{"method":"password","password":"ory_st_hush"}`,
		"password submission [redacted]",
	},
	{
		api.SubmitSelfServiceLoginFlowWithOIDCMethodBody{Method: "oidc", Provider: "p", IDToken: hush, IDTokenNonce: "n", Traits: free, UpstreamParameters: free, TransientPayload: free, CSRFToken: "c"},
		`{"csrf_token":"c","id_token":"ory_st_hush","id_token_nonce":"n","method":"oidc","provider":"p","traits":{"k":1},"transient_payload":{"k":1},"upstream_parameters":{"k":1}}`,
		"oidc submission [redacted]",
	},
	{
		api.SubmitSelfServiceLoginFlowWithTOTPMethodBody{Method: "totp", TOTPCode: hush},
		`{"method":"totp","totp_code":"ory_st_hush"}`,
		"totp submission [redacted]",
	},
	{
		api.SubmitSelfServiceLoginFlowWithWebAuthnMethodBody{Method: "webauthn", Identifier: "user", WebAuthnLogin: hush},
		`{"identifier":"user","method":"webauthn","webauthn_login":"ory_st_hush"}`,
		"webauthn submission [redacted]",
	},
	{
		api.SubmitSelfServiceLoginFlowWithLookupSecretMethodBody{Method: "lookup_secret", LookupSecret: hush},
		`{"lookup_secret":"ory_st_hush","method":"lookup_secret"}`,
		"lookup_secret submission [redacted]",
	},
	{
		api.SubmitSelfServiceLoginFlowWithCodeMethodBody{Method: "code", Identifier: "user", Address: "a", Code: hush, Resend: "code"},
		`{"address":"a","code":"ory_st_hush","identifier":"user","method":"code","resend":"code"}`,
		"code submission [redacted]",
	},
	{
		api.SubmitSelfServiceLoginFlowWithPasskeyMethodBody{Method: "passkey", PasskeyLogin: hush},
		`{"method":"passkey","passkey_login":"ory_st_hush"}`,
		"passkey submission [redacted]",
	},
	{
		api.SubmitSelfServiceLoginFlowWithIdentifierFirstMethodBody{Method: "identifier_first", Identifier: hush},
		`{"identifier":"ory_st_hush","method":"identifier_first"}`,
		"identifier_first submission [redacted]",
	},
	{
		api.SubmitSelfServiceLoginFlowWithSAMLMethodBody{Method: "saml", Provider: "p", CSRFToken: hush},
		`{"csrf_token":"ory_st_hush","method":"saml","provider":"p"}`,
		"saml submission [redacted]",
	},
	{
		api.SubmitSelfServiceLoginFlowWithDeviceAuthnMethodBody{Method: "deviceauthn", ClientKeyID: "k", Signature: hush, PINProof: "AP8="},
		`{"client_key_id":"k","method":"deviceauthn","pin_proof":"AP8=","signature":"ory_st_hush"}`,
		"deviceauthn submission [redacted]",
	},
	{
		api.CustomLoginBody{"method": "brand_new", "thought": hush},
		`{"method":"brand_new","thought":"ory_st_hush"}`,
		"custom submission [redacted]",
	},
}

// TestEveryLoginBodyIsWritten holds that each generated body has the half that is written
// by hand, and a row above.
func TestEveryLoginBodyIsWritten(t *testing.T) {
	t.Parallel()

	rows := map[string]bool{}
	for _, row := range loginBodies {
		rows[strings.TrimPrefix(fmt.Sprintf("%T", row.body), "api.")] = true
	}
	generated := regexp.MustCompile(`(?m)^type (SubmitSelfServiceLoginFlowWith\w+MethodBody) struct`).FindAllStringSubmatch(read(t, "api.gen.go"), -1)
	require.GreaterOrEqual(t, len(generated), 10)
	written := read(t, "body.go")
	for _, match := range generated {
		missing := slices.DeleteFunc([]string{"loginBody", "Format", "LogValue"}, func(method string) bool {
			return strings.Contains(written, "\nfunc ("+match[1]+") "+method+"(")
		})
		if len(missing) > 0 {
			t.Errorf("api/body.go has no %s for %s: write what the other bodies have", strings.Join(missing, ", "), match[1])
		}
		if !rows[match[1]] {
			t.Errorf("loginBodies in api/body_test.go has no row with %s", match[1])
		}
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	return string(text)
}

func TestLoginBodies(t *testing.T) {
	t.Parallel()

	for _, test := range loginBodies {
		t.Run(fmt.Sprintf("%T", test.body), func(t *testing.T) {
			t.Parallel()

			// encoding/json escapes nothing in here, so the bytes are exact.
			encoded, err := json.Marshal(test.body)
			require.NoError(t, err)
			require.Equal(t, test.json, string(encoded))

			request, err := api.NewSubmitSelfServiceLoginFlowRequest("https://id.example.com/base/", &api.SubmitSelfServiceLoginFlowParams{Flow: "f&?="}, test.body)
			require.NoError(t, err)
			require.Equal(t, "https://id.example.com/base/self-service/login?flow=f%26%3F%3D", request.URL.String())
			require.Equal(t, http.Header{"Content-Type": {"application/json"}}, request.Header)
			sent, err := io.ReadAll(request.Body)
			require.NoError(t, err)
			require.Equal(t, test.json, string(sent))

			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
				require.Equal(t, test.text, fmt.Sprintf(verb, test.body), verb)
			}
			require.Equal(t, test.text, test.body.LogValue().String())
			requireHidden(t, test.body)
			for verb, out := range printed([]api.LoginBody{test.body}) {
				require.NotContains(t, out, hush, verb)
			}
		})
	}
}

func TestLogoutBodyIsNotShown(t *testing.T) {
	t.Parallel()

	body := api.SubmitSelfServiceLogoutFlowWithoutBrowserBody{SessionToken: hush}
	requireHidden(t, body)
	requireHidden(t, &body)

	encoded, err := json.Marshal(body)
	require.NoError(t, err)
	require.JSONEq(t, `{"session_token":"ory_st_hush"}`, string(encoded))
}
