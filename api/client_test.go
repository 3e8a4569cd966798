package api_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/api"
)

// TestClient sends a submission through the generated client and reads the answers that need a union.
func TestClient(t *testing.T) {
	t.Parallel()

	tests := []struct {
		status int
		body   string
		check  func(*testing.T, *api.SubmitSelfServiceLoginFlowResponse)
	}{
		{http.StatusOK, loginJSON, func(t *testing.T, r *api.SubmitSelfServiceLoginFlowResponse) {
			t.Helper()
			require.Equal(t, hush, r.JSON200.Login.SessionToken.Reveal())
			require.Nil(t, r.JSON200.Login.Session.Identity)
		}},
		{http.StatusOK, flowJSON, func(t *testing.T, r *api.SubmitSelfServiceLoginFlowResponse) {
			t.Helper()
			require.Equal(t, "f", r.JSON200.Flow.ID)
			require.Nil(t, r.JSON200.Flow.UI.Nodes)
		}},
		{http.StatusBadRequest, flowJSON, func(t *testing.T, r *api.SubmitSelfServiceLoginFlowResponse) {
			t.Helper()
			require.Equal(t, "f", r.JSON400.Flow.ID)
		}},
		{http.StatusBadRequest, errorJSON, func(t *testing.T, r *api.SubmitSelfServiceLoginFlowResponse) {
			t.Helper()
			require.Equal(t, "self_service_flow_expired", r.JSON400.Error.Error.ID)
			require.JSONEq(t, `{"k":["v"]}`, string(r.JSON400.Error.Error.Details))
		}},
		{http.StatusGone, `{"error":{"message":"m"},"since":5,"expired_at":"2026-01-02T03:14:05Z","use_flow_id":"g"}`, func(t *testing.T, r *api.SubmitSelfServiceLoginFlowResponse) {
			t.Helper()
			require.Equal(t, "g", r.JSON410.UseFlowID)
			require.Equal(t, int64(5), r.JSON410.Since)
			require.Equal(t, 2026, r.JSON410.ExpiredAt.Year())
		}},
		{http.StatusUnprocessableEntity, `{"error":{"id":"browser_location_change_required","message":"m"},"redirect_browser_to":"u"}`, func(t *testing.T, r *api.SubmitSelfServiceLoginFlowResponse) {
			t.Helper()
			require.Equal(t, "browser_location_change_required", r.JSON422.Error.ID)
			require.Equal(t, "u", r.JSON422.RedirectBrowserTo)
		}},
		{http.StatusBadGateway, errorJSON, func(t *testing.T, r *api.SubmitSelfServiceLoginFlowResponse) {
			t.Helper()
			require.Equal(t, int64(410), r.JSONDefault.Error.Code)
		}},
	}
	for _, test := range tests {
		t.Run(fmt.Sprint(test.status, " ", strings.SplitN(test.body, ":", 2)[0]), func(t *testing.T) {
			t.Parallel()

			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method != http.MethodPost || r.URL.Path != "/self-service/login" || r.URL.Query().Get("flow") != "f" {
					http.NotFound(w, r)
					return
				}
				w.Header().Set("Content-Type", "application/json; charset=utf-8")
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, test.body)
			}))
			t.Cleanup(server.Close)

			client, err := api.NewClientWithResponses(server.URL)
			require.NoError(t, err)
			response, err := client.SubmitSelfServiceLoginFlowWithResponse(t.Context(),
				&api.SubmitSelfServiceLoginFlowParams{Flow: "f"},
				api.SubmitSelfServiceLoginFlowWithPasswordMethodBody{Method: "password", Password: hush})
			require.NoError(t, err)
			require.Equal(t, test.status, response.StatusCode())
			test.check(t, response)
		})
	}
}

// TestParameters shows that optional parameters are sent only if they are set.
func TestParameters(t *testing.T) {
	t.Parallel()

	yes, level, token := "true", "aal2", hush
	tests := map[string]struct {
		params *api.InitializeSelfServiceLoginFlowWithoutBrowserParams
		url    string
		token  []string
	}{
		"none":  {nil, "https://id.example.com/self-service/login/api", nil},
		"empty": {&api.InitializeSelfServiceLoginFlowWithoutBrowserParams{}, "https://id.example.com/self-service/login/api", nil},
		"some": {
			&api.InitializeSelfServiceLoginFlowWithoutBrowserParams{Refresh: &yes, AAL: &level, XSessionToken: &token},
			"https://id.example.com/self-service/login/api?aal=aal2&refresh=true",
			[]string{hush},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			request, err := api.NewInitializeSelfServiceLoginFlowWithoutBrowserRequest("https://id.example.com", test.params)
			require.NoError(t, err)
			require.Equal(t, test.url, request.URL.String())
			require.Equal(t, test.token, request.Header.Values("X-Session-Token"))
		})
	}
}
