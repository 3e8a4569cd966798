// Package test has the end-to-end tests of this module with a real Ory Kratos.
package test

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/contract"
	"github.com/orylogin/orylogin/test/kratostest"
)

var (
	secret  = orylogin.NewSecret("correct horse battery staple")
	ada     = kratostest.Identity{Email: "ada@example.com", Password: secret.Reveal()}
	asAda   = orylogin.Password{Identifier: ada.Email, Password: secret}
	guess   = orylogin.Password{Identifier: ada.Email, Password: orylogin.NewSecret("a wild guess")}
	nobody  = orylogin.Password{Identifier: "nobody@example.com", Password: secret}
	unknown = "11111111-2222-4333-8444-555555555555"
)

// Tests ask for a result again and again, with a pause in between. The patience is the time
// limit.
const (
	patience = time.Minute
	pause    = 20 * time.Millisecond
)

// What is made with these settings has expired when the server answers. The other settings last
// longer than any test.
var (
	flowsExpire = kratostest.Set("selfservice.flows.login.lifespan", "1ns")
	flowsLast   = kratostest.Set("selfservice.flows.login.lifespan", "24h")
	codesExpire = kratostest.Set("selfservice.methods.code.config.lifespan", "1ns")
	codesLast   = kratostest.Set("selfservice.methods.code.config.lifespan", "24h")
)

// start starts a Kratos that knows ada.
func start(t *testing.T, settings ...kratostest.Setting) (*kratostest.Server, *orylogin.Client) {
	t.Helper()
	kratos := kratostest.Start(t, settings...)
	_, err := kratos.CreateIdentity(t.Context(), ada)
	require.NoError(t, err)
	client, _ := counted(t, kratos)
	return kratos, client
}

// change changes the settings of the server for what is made from now on.
func change(t *testing.T, kratos *kratostest.Server, settings ...kratostest.Setting) {
	t.Helper()
	require.NoError(t, kratos.Change(t.Context(), settings...))
}

func newClient(t *testing.T, baseURL string, opts ...orylogin.Option) *orylogin.Client {
	t.Helper()
	client, err := orylogin.New(baseURL, opts...)
	require.NoError(t, err)
	return client
}

// traffic records what a client submits.
type traffic struct {
	mu     sync.Mutex
	bodies []string
}

// submissions returns the bodies that were submitted.
func (c *traffic) submissions() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.bodies)
}

// counted returns a client of the server, and its traffic. All its exchanges are checked
// against openapi.yaml.
func counted(t *testing.T, kratos *kratostest.Server) (*orylogin.Client, *traffic) {
	t.Helper()
	spec, sent := newContract(t), &traffic{}
	show := func(exchange contract.Exchange) {
		if verdict := spec.Check(t.Context(), exchange); verdict.Request != nil || verdict.Answer != nil {
			t.Errorf("%s %s: %d does not follow openapi.yaml: request: %v; answer: %v",
				exchange.Method, exchange.Target, exchange.Status, verdict.Request, verdict.Answer)
		}
		if exchange.Method == http.MethodPost && strings.HasPrefix(exchange.Target, "/self-service/login?") {
			sent.mu.Lock()
			defer sent.mu.Unlock()
			sent.bodies = append(sent.bodies, string(exchange.RequestBody))
		}
	}
	transport := &contract.Recorder{Next: http.DefaultTransport, Show: show}
	return newClient(t, kratos.PublicURL, orylogin.WithHTTPClient(&http.Client{Transport: transport})), sent
}

// status returns the HTTP status in the error.
func status(t *testing.T, err error) int {
	t.Helper()
	var apiErr *orylogin.APIError
	require.ErrorAs(t, err, &apiErr)
	return apiErr.StatusCode
}
