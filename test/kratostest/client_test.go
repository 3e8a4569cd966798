package kratostest_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/test/kratostest"
)

// answer is what Kratos answered, as far as these tests look at it.
type answer struct {
	Status       int    `json:"-"`
	ID           string `json:"id"`
	State        string `json:"state"`
	SessionToken string `json:"session_token"`
	AAL          string `json:"authenticator_assurance_level"`
	Session      struct {
		AAL string `json:"authenticator_assurance_level"`
	} `json:"session"`
	Identity struct {
		Addresses []struct {
			Verified bool `json:"verified"`
		} `json:"verifiable_addresses"`
	} `json:"identity"`
}

func send(t *testing.T, method, url, token string, body any) answer {
	t.Helper()
	encoded, err := json.Marshal(body)
	require.NoError(t, err)
	request, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(encoded))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/json")
	if token != "" {
		request.Header.Set("X-Session-Token", token)
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	result := answer{Status: response.StatusCode}
	require.NoError(t, json.Unmarshal(content, &result), "%s", content)
	return result
}

// newFlow starts a login flow and returns the URL to submit it to.
func newFlow(t *testing.T, kratos *kratostest.Server, query, token string) string {
	t.Helper()
	flow := send(t, http.MethodGet, kratos.PublicURL+"/self-service/login/api?"+query, token, nil)
	require.Equal(t, http.StatusOK, flow.Status)
	return kratos.PublicURL + "/self-service/login?flow=" + flow.ID
}

func logIn(t *testing.T, kratos *kratostest.Server, identifier, password string) answer {
	t.Helper()
	return send(t, http.MethodPost, newFlow(t, kratos, "", ""), "", map[string]any{
		"method": "password", "identifier": identifier, "password": password,
	})
}

func stepUp(t *testing.T, kratos *kratostest.Server, token string, body map[string]any) answer {
	t.Helper()
	return send(t, http.MethodPost, newFlow(t, kratos, "aal=aal2", token), token, body)
}

func whoami(t *testing.T, kratos *kratostest.Server, token string) answer {
	t.Helper()
	return send(t, http.MethodGet, kratos.PublicURL+"/sessions/whoami", token, nil)
}

func create(t *testing.T, kratos *kratostest.Server, identity kratostest.Identity) kratostest.Identity {
	t.Helper()
	created, err := kratos.CreateIdentity(t.Context(), identity)
	require.NoError(t, err)
	return created
}

// listening reports whether something listens at the URL.
func listening(t *testing.T, base string) bool {
	t.Helper()
	parsed, err := url.Parse(base)
	require.NoError(t, err)
	dialer := net.Dialer{Timeout: time.Second}
	connection, err := dialer.DialContext(t.Context(), "tcp", parsed.Host)
	if err != nil {
		return false
	}
	require.NoError(t, connection.Close())
	return true
}
