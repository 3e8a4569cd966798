package test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
)

// contract checks requests and answers against openapi.yaml.
type contract struct {
	router routers.Router
}

func newContract(t *testing.T) *contract {
	t.Helper()
	contract, err := loadContract()
	require.NoError(t, err)
	return contract
}

var loadContract = sync.OnceValues(func() (*contract, error) {
	spec, err := openapi3.NewLoader().LoadFromFile("../openapi.yaml")
	if err != nil {
		return nil, err
	}
	spec.Servers = nil // whatever the host
	router, err := gorillamux.NewRouter(spec)
	return &contract{router: router}, err
})

// The library cannot decode a form whose schema is a union: it does not know
// which fields to look for. All fields of a login form are texts.
func init() {
	openapi3filter.RegisterBodyDecoder("application/x-www-form-urlencoded",
		func(body io.Reader, _ http.Header, _ *openapi3.SchemaRef, _ openapi3filter.EncodingFn) (any, error) {
			text, err := io.ReadAll(body)
			if err != nil {
				return nil, err
			}
			form, err := url.ParseQuery(string(text))
			if err != nil {
				return nil, err
			}
			fields := map[string]any{}
			for name := range form {
				fields[name] = form.Get(name)
			}
			return fields, nil
		})
}

// input describes a recorded request to the validator; nil if the operation is
// not in openapi.yaml.
func (c *contract) input(t *testing.T, s step) *openapi3filter.RequestValidationInput {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), s.Method, "http://kratos"+s.Target, strings.NewReader(s.RequestBody))
	require.NoError(t, err)
	for name, value := range s.RequestHeaders {
		request.Header.Set(name, value)
	}
	route, pathParams, err := c.router.FindRoute(request)
	if err != nil {
		return nil
	}
	return &openapi3filter.RequestValidationInput{
		Request: request, PathParams: pathParams, Route: route,
		Options: &openapi3filter.Options{MultiError: true, IncludeResponseStatus: true},
	}
}

// answer validates a recorded answer. Of two JSON documents the first counts.
func (c *contract) answer(t *testing.T, input *openapi3filter.RequestValidationInput, s step) error {
	t.Helper()
	header := http.Header{}
	for _, each := range s.Headers {
		header.Add(each[0], each[1])
	}
	body := s.text()
	if first, _, two := bytes.Cut(body, []byte("}\n{")); two {
		body = append(first, '}')
	}
	return openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: s.Status, Header: header,
		Body: io.NopCloser(bytes.NewReader(body)), Options: input.Options,
	})
}

// brokenRequests are the scenarios that send what a client following openapi.yaml
// could not.
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

// foreignAnswers are the scenarios of a release that does not have the operation
// and answers with a text.
var foreignAnswers = map[string]string{
	"v0.10.1 api_exchange_code_pw":   "no token exchange before v1.0",
	"v0.10.1 token_exchange_bad":     "no token exchange before v1.0",
	"v0.10.1 token_exchange_missing": "no token exchange before v1.0",
}

// TestContract holds openapi.yaml to the recordings: every request that a client
// following it could send, and every answer. A scenario that is left out must
// give a reason to.
func TestContract(t *testing.T) {
	t.Parallel()
	contract := newContract(t)
	leftOut := map[string]bool{}
	requests, answers := 0, 0
	for _, release := range releases {
		for _, recorded := range recordings(t, release) {
			requestErr, answerErr := contract.check(t, recorded)
			if requestErr != nil {
				require.Contains(t, brokenRequests, recorded.Scenario, "%s\n%v", recorded, requestErr)
				leftOut[recorded.Scenario] = true
			} else {
				requests++
			}
			name := release + " " + recorded.Scenario
			if answerErr != nil {
				require.Contains(t, foreignAnswers, name, "%s\n%v", recorded, answerErr)
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
	require.Equal(t, 1541, requests)
	require.Equal(t, 1614, answers)
}

// check validates a step's request and answer, and returns what is wrong with
// either.
func (c *contract) check(t *testing.T, s step) (error, error) {
	t.Helper()
	input := c.input(t, s)
	if input == nil {
		return errors.New("openapi.yaml has no such operation"), nil
	}
	requestErr := openapi3filter.ValidateRequest(t.Context(), input)
	if requestErr == nil {
		seeRequest(input.Route.Operation, s)
	}
	answerErr := c.answer(t, input, s)
	if answerErr == nil {
		seeAnswer(input.Route.Operation, s)
	}
	return requestErr, answerErr
}

// TestRoundTrip decodes every recorded flow and session and encodes it again.
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
	require.Equal(t, 829, flows)
	require.Equal(t, 331, sessions)
}

// again decodes a document into a value and returns what that encodes to.
func again(t *testing.T, value any, document []byte) string {
	t.Helper()
	require.NoError(t, json.Unmarshal(document, value))
	encoded, err := json.Marshal(value)
	require.NoError(t, err)
	return string(encoded)
}
