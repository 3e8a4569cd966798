package test

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/contract"
)

// loadContract reads openapi.yaml once.
var loadContract = sync.OnceValues(func() (*contract.Contract, error) { return contract.Load("../openapi.yaml") })

func newContract(t *testing.T) *contract.Contract {
	t.Helper()
	loaded, err := loadContract()
	require.NoError(t, err)
	return loaded
}

// brokenRequests are the scenarios with requests that do not follow openapi.yaml.
var brokenRequests = map[string]string{
	"api_body_array":                  "the body is an array",
	"api_body_empty":                  "no body",
	"api_body_empty_object":           "no method",
	"api_body_malformed":              "malformed JSON",
	"api_body_malformed_no_accept":    "malformed JSON",
	"api_body_null":                   "the body is null",
	"api_ct_missing":                  "no content type",
	"api_ct_text_plain":               "wrong content type",
	"api_ct_xml":                      "wrong content type",
	"api_flow_in_body":                "the flow id is in the body",
	"api_flow_missing":                "no flow id",
	"api_flow_missing_accept_html":    "no flow id",
	"api_flow_missing_no_accept":      "no flow id",
	"api_get_method_submit":           "a submission by GET",
	"api_get_method_submit_noargs":    "a submission by GET",
	"api_method_missing":              "no method",
	"api_method_number":               "the method is a number",
	"api_method_unknown":              "no such method",
	"api_oidc_no_method":              "no method",
	"api_oidc_no_provider":            "no provider",
	"api_pw_identifier_number":        "the identifier is a number",
	"api_pw_missing_both":             "no password",
	"get_missing_id":                  "no flow id",
	"get_wrong_param_flow":            "no flow id",
	"html_flow_missing":               "no flow id",
	"html_method_missing":             "no method",
	"idf_api_no_method":               "no method",
	"logout_api_empty_body":           "no body",
	"mfa_api_totp_no_method":          "no method",
	"mfa_api_totp_number":             "the code is a number",
	"nodev_api_flow_missing":          "no flow id",
	"nodev_body_malformed":            "malformed JSON",
	"spa_flow_missing":                "no flow id",
	"spa_method_missing":              "no method",
	"token_exchange_missing":          "no codes",
	"x_chunked_no_content_length":     "no content type in the recording",
	"x_multipart":                     "multipart, which no server reads",
	"x_unknown_flow_empty_no_headers": "no body",
	"y_code_as_number":                "the code is a number",
}

// foreignAnswers are the scenarios of a release that lacks the operation and answers with a
// text.
var foreignAnswers = map[string]string{
	"v0.10.1 api_exchange_code_pw":   "no token exchange before v1.0",
	"v0.10.1 token_exchange_bad":     "no token exchange before v1.0",
	"v0.10.1 token_exchange_missing": "no token exchange before v1.0",
}

// TestContract checks the recordings against openapi.yaml: each request, except those that are
// broken on purpose, and each answer. A scenario that is left out needs a reason.
func TestContract(t *testing.T) {
	t.Parallel()
	spec := newContract(t)
	leftOut := map[string]bool{}
	requests, answers := 0, 0
	for _, release := range releases {
		for _, recorded := range recordings(t, release) {
			verdict := spec.Check(t.Context(), recorded.exchange())
			if verdict.Request != nil {
				require.Contains(t, brokenRequests, recorded.Scenario, "%s\n%v", recorded, verdict.Request)
				leftOut[recorded.Scenario] = true
			} else {
				requests++
			}
			name := release + " " + recorded.Scenario
			if verdict.Answer != nil {
				require.Contains(t, foreignAnswers, name, "%s\n%v", recorded, verdict.Answer)
				leftOut[name] = true
			} else {
				answers++
			}
		}
	}
	for scenario := range brokenRequests {
		require.True(t, leftOut[scenario], "%s follows openapi.yaml", scenario)
	}
	for scenario := range foreignAnswers {
		require.True(t, leftOut[scenario], "%s follows openapi.yaml", scenario)
	}
	require.Equal(t, 1593, requests)
	require.Equal(t, 1666, answers)
}

// TestRoundTrip decodes each recorded flow and session. The document must be what was decoded,
// and the JSON only what is printed.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	flows, sessions := 0, 0
	for _, release := range releases {
		for _, recorded := range recordings(t, release) {
			var body struct {
				ID      string          `json:"id"`
				UI      json.RawMessage `json:"ui"`
				Active  *bool           `json:"active"`
				Session json.RawMessage `json:"session"`
			}
			if json.Unmarshal(recorded.Body, &body) != nil {
				continue
			}
			switch {
			case body.UI != nil:
				flows++
				require.JSONEq(t, string(recorded.Body), again(t, &orylogin.Flow{}, recorded.Body), recorded)
			case body.Session != nil:
				sessions++
				require.JSONEq(t, string(body.Session), again(t, &orylogin.Session{}, body.Session), recorded)
			case body.Active != nil:
				sessions++
				require.JSONEq(t, string(recorded.Body), again(t, &orylogin.Session{}, recorded.Body), recorded)
			}
		}
	}
	require.Equal(t, 847, flows)
	require.Equal(t, 338, sessions)
}

// again decodes a document into a value and returns the value's document.
func again(t *testing.T, value interface{ Document() json.RawMessage }, document []byte) string {
	t.Helper()
	require.NoError(t, json.Unmarshal(document, value))
	encoded, err := json.Marshal(value)
	require.NoError(t, err)
	var text string
	require.NoError(t, json.Unmarshal(encoded, &text))
	require.Equal(t, fmt.Sprint(value), text)
	return string(value.Document())
}
