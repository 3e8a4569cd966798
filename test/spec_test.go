package test

import (
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"
)

// TestSpecIsValid checks openapi.yaml against OpenAPI 3.0, and its examples against their
// schemas. Each part must have a description.
func TestSpecIsValid(t *testing.T) {
	t.Parallel()
	spec, err := openapi3.NewLoader().LoadFromFile("../openapi.yaml")
	require.NoError(t, err)
	require.Equal(t, "3.0.3", spec.OpenAPI)
	require.NoError(t, spec.Validate(t.Context(), openapi3.EnableExamplesValidation()))

	for path, item := range spec.Paths.Map() {
		for method, operation := range item.Operations() {
			name := method + " " + path
			require.NotEmpty(t, operation.Description, name)
			for _, parameter := range operation.Parameters {
				require.NotEmpty(t, parameter.Value.Description, name+": "+parameter.Value.Name)
			}
		}
	}
	for name, schema := range spec.Components.Schemas {
		require.NotEmpty(t, schema.Value.Description, name)
		for property, value := range schema.Value.Properties {
			require.NotEmpty(t, value.Value.Description, name+"."+property)
		}
	}
}

// TestOperations checks the ids of the operations. They are those of v0.8, and those of newer
// releases for operations that v0.8 does not have.
func TestOperations(t *testing.T) {
	t.Parallel()
	spec, err := openapi3.NewLoader().LoadFromFile("../openapi.yaml")
	require.NoError(t, err)
	operations := map[string]string{}
	for path, item := range spec.Paths.Map() {
		for method, operation := range item.Operations() {
			operations[operation.OperationID] = method + " " + path
		}
	}
	require.Equal(t, map[string]string{
		"createSelfServiceLogoutFlowUrlForBrowsers":    "GET /self-service/logout/browser",
		"disableMyOtherSessions":                       "DELETE /sessions",
		"disableMySession":                             "DELETE /sessions/{id}",
		"exchangeSessionToken":                         "GET /sessions/token-exchange",
		"getSelfServiceError":                          "GET /self-service/errors",
		"getSelfServiceLoginFlow":                      "GET /self-service/login/flows",
		"initializeSelfServiceLoginFlowForBrowsers":    "GET /self-service/login/browser",
		"initializeSelfServiceLoginFlowWithoutBrowser": "GET /self-service/login/api",
		"isReady":                                   "GET /health/ready",
		"listMySessions":                            "GET /sessions",
		"submitSelfServiceLoginFlow":                "POST /self-service/login",
		"submitSelfServiceLogoutFlow":               "GET /self-service/logout",
		"submitSelfServiceLogoutFlowWithoutBrowser": "DELETE /self-service/logout/api",
		"toSession":                                 "GET /sessions/whoami",
	}, operations)
}
