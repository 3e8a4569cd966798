package api_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"reflect"
	"regexp"
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

// loginBodies has bodies, and what is sent for each. All have the same methods, by the generator.
var loginBodies = []struct {
	body api.LoginBody
	json string
}{
	{
		api.SubmitSelfServiceLoginFlowWithPasswordMethodBody{Method: "password", Identifier: "user", PasswordIdentifier: "user", Password: hush, CSRFToken: "c", TransientPayload: free},
		`{"csrf_token":"c","identifier":"user","method":"password","password":"ory_st_hush","password_identifier":"user","transient_payload":{"k":1}}`,
	},
	{
		api.SubmitSelfServiceLoginFlowWithPasswordMethodBody{Method: "password", Password: hush},
		`{"method":"password","password":"ory_st_hush"}`,
	},
	{
		api.SubmitSelfServiceLoginFlowWithOIDCMethodBody{Method: "oidc", Provider: "p", IDToken: hush, IDTokenNonce: "n", Traits: free, UpstreamParameters: free, TransientPayload: free, CSRFToken: "c"},
		`{"csrf_token":"c","id_token":"ory_st_hush","id_token_nonce":"n","method":"oidc","provider":"p","traits":{"k":1},"transient_payload":{"k":1},"upstream_parameters":{"k":1}}`,
	},
	{
		api.SubmitSelfServiceLoginFlowWithTOTPMethodBody{Method: "totp", TOTPCode: hush},
		`{"method":"totp","totp_code":"ory_st_hush"}`,
	},
	{
		api.SubmitSelfServiceLoginFlowWithWebAuthnMethodBody{Method: "webauthn", Identifier: "user", WebAuthnLogin: hush},
		`{"identifier":"user","method":"webauthn","webauthn_login":"ory_st_hush"}`,
	},
	{
		api.SubmitSelfServiceLoginFlowWithLookupSecretMethodBody{Method: "lookup_secret", LookupSecret: hush},
		`{"lookup_secret":"ory_st_hush","method":"lookup_secret"}`,
	},
	{
		api.SubmitSelfServiceLoginFlowWithCodeMethodBody{Method: "code", Identifier: "user", Address: "a", Code: hush, Resend: "code"},
		`{"address":"a","code":"ory_st_hush","identifier":"user","method":"code","resend":"code"}`,
	},
	{
		api.SubmitSelfServiceLoginFlowWithPasskeyMethodBody{Method: "passkey", PasskeyLogin: hush},
		`{"method":"passkey","passkey_login":"ory_st_hush"}`,
	},
	{
		api.SubmitSelfServiceLoginFlowWithIdentifierFirstMethodBody{Method: "identifier_first", Identifier: hush},
		`{"identifier":"ory_st_hush","method":"identifier_first"}`,
	},
	{
		api.SubmitSelfServiceLoginFlowWithSAMLMethodBody{Method: "saml", Provider: "p", CSRFToken: hush},
		`{"csrf_token":"ory_st_hush","method":"saml","provider":"p"}`,
	},
	{
		api.SubmitSelfServiceLoginFlowWithDeviceAuthnMethodBody{Method: "deviceauthn", ClientKeyID: "k", Signature: hush, PINProof: "AP8="},
		`{"client_key_id":"k","method":"deviceauthn","pin_proof":"AP8=","signature":"ory_st_hush"}`,
	},
	{
		api.CustomLoginBody{"method": "brand_new", "thought": hush},
		`{"method":"brand_new","thought":"ory_st_hush"}`,
	},
}

func typeName(value any) string { return strings.TrimPrefix(fmt.Sprintf("%T", value), "api.") }

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

			text := strings.TrimPrefix(typeName(test.body), "SubmitSelfServiceLoginFlowWith")
			text = strings.TrimSuffix(strings.TrimSuffix(text, "MethodBody"), "LoginBody") + " submission [redacted]"
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
				require.Equal(t, text, fmt.Sprintf(verb, test.body), verb)
			}
			require.Equal(t, text, test.body.LogValue().String())
			requireHidden(t, test.body)
			for verb, out := range printed([]api.LoginBody{test.body}) {
				require.NotContains(t, out, hush, verb)
			}
		})
	}
}

// TestParametersAreNotShown checks that the parameters of an operation, such as a token or a
// code, are not printed.
func TestParametersAreNotShown(t *testing.T) {
	t.Parallel()

	text := hush
	rows := map[string]any{}
	for _, params := range []any{
		api.GetSelfServiceErrorParams{ID: hush},
		api.SubmitSelfServiceLoginFlowParams{Flow: hush, XSessionToken: &text, Cookie: &text},
		api.InitializeSelfServiceLoginFlowWithoutBrowserParams{ReturnTo: &text, XSessionToken: &text},
		api.InitializeSelfServiceLoginFlowForBrowsersParams{LoginChallenge: &text, Cookie: &text},
		api.GetSelfServiceLoginFlowParams{ID: hush, Cookie: &text},
		api.SubmitSelfServiceLogoutFlowParams{Token: hush, Cookie: &text},
		api.CreateSelfServiceLogoutFlowURLForBrowsersParams{Cookie: &text},
		api.ExchangeSessionTokenParams{InitCode: hush, ReturnToCode: hush},
		api.ToSessionParams{XSessionToken: &text, Cookie: &text},
		api.ListMySessionsParams{PageToken: &text, XSessionToken: &text, Cookie: &text},
		api.DisableMySessionParams{XSessionToken: &text, Cookie: &text},
		api.DisableMyOtherSessionsParams{XSessionToken: &text, Cookie: &text},
	} {
		rows[typeName(params)] = params
		requireHidden(t, params)
		require.Equal(t, strings.TrimSuffix(typeName(params), "Params")+" parameters [redacted]", fmt.Sprintf("%+v", params))
		pointer := reflect.New(reflect.TypeOf(params))
		pointer.Elem().Set(reflect.ValueOf(params))
		requireHidden(t, pointer.Interface())
	}
	for _, match := range regexp.MustCompile(`(?m)^type (\w+Params) struct`).FindAllStringSubmatch(read(t, "api.gen.go"), -1) {
		require.Contains(t, rows, match[1], "the rows have none of it")
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
