package conformance_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/test/conformance"
)

// TestOtherServersFail runs the suite against servers that are no Kratos. Nothing
// passes there, and nothing breaks the suite.
func TestOtherServersFail(t *testing.T) {
	t.Parallel()
	const all = ^conformance.Config(0)
	for name, answer := range map[string]struct {
		status int
		body   string
	}{
		"nothing":     {303, ""},
		"HTML":        {200, "<html></html>"},
		"null":        {200, "null"},
		"an array":    {400, "[]"},
		"an object":   {200, "{}"},
		"no flow":     {400, `{"ui":null,"session":null,"error":null}`},
		"a bare flow": {200, `{"id":"f","ui":{},"expires_at":"2100-01-01T00:00:00Z"}`},
		"a half flow": {400, `{"id":"f","ui":{"nodes":[null,{}],"messages":[null]},"expires_at":"2000-01-01T00:00:00Z"}`},
		"a login":     {200, `{"session_token":"t","session":{"id":"s","expires_at":"2000-01-01T00:00:00Z"},"continue_with":[null]}`},
		"an error":    {403, `{"error":{}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(answer.status)
				_, _ = w.Write([]byte(answer.body))
			}))
			t.Cleanup(server.Close)
			target := &conformance.Target{
				PublicURL: server.URL, Release: conformance.V1_3, Admin: idleAdmin{}, Contract: spec(t), ReturnTo: "http://127.0.0.1:4455/x",
			}
			for _, scenario := range conformance.Scenarios() {
				target.Config = scenario.Needs
				result := conformance.RunAll(t.Context(), target, []conformance.Scenario{scenario})[0]
				require.NotEqual(t, conformance.Passed, result.Verdict, result)
			}
			target.Config = all
			require.Error(t, target.Learn(t.Context()))
		})
	}
}

// idleAdmin does nothing.
type idleAdmin struct{}

func (idleAdmin) Create(_ context.Context, identity conformance.Identity) (conformance.Identity, error) {
	identity.ID, identity.TOTPSecret, identity.LookupSecrets = "i", "JBSWY3DPEHPK3PXP", []string{"lookup01"}
	return identity, nil
}

func (idleAdmin) Code(context.Context, string) (string, error) { return "123456", nil }

func (idleAdmin) Disable(context.Context, conformance.Identity) error { return nil }

func (idleAdmin) ExpireFlow(context.Context, conformance.Flow) error { return nil }

func (idleAdmin) ExpireCode(context.Context, string) error { return nil }

func (idleAdmin) ExpireSessions(context.Context, conformance.Identity, time.Time) error { return nil }
