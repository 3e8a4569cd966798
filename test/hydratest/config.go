package hydratest

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"

	"github.com/orylogin/orylogin/test/daemon"
)

// Config says to which pages Hydra sends browsers.
type Config struct {
	// LoginURL is the login page of the application.
	LoginURL string
	// ConsentURL is the consent page of the application.
	ConsentURL string
	// PublicPort and AdminPort are the preferred ports. If another program has one, Hydra gets
	// another port. Default: any.
	PublicPort, AdminPort int
}

// address is where a server listens.
type address struct {
	Host string `json:"host"`
	Port int    `json:"port"`
}

func (a address) url() string { return fmt.Sprintf("http://%s:%d", a.Host, a.Port) }

// freeAddress returns an address on loopback that nothing listens at, with the port if that is
// free.
func freeAddress(ctx context.Context, port int) (address, error) {
	port, err := daemon.FreePort(ctx, port)
	if err != nil {
		return address{}, fmt.Errorf("find a free port: %w", err)
	}
	return address{"127.0.0.1", port}, nil
}

// encode returns the configuration of a server, and a mark. Hydra publishes the mark as the
// name of a claim. So the mark shows that an answer comes from this server.
func (c Config) encode(public, admin address) ([]byte, string, error) {
	mark := "hydratest-" + rand.Text()
	encoded, err := json.Marshal(map[string]any{
		"dsn":   "memory",
		"log":   map[string]any{"level": "error", "format": "text"},
		"serve": map[string]any{"public": public, "admin": admin},
		"urls": map[string]any{
			"self":    map[string]any{"issuer": public.url()},
			"login":   c.LoginURL,
			"consent": c.ConsentURL,
		},
		"secrets":   map[string]any{"system": []string{"a system secret for tests only"}},
		"webfinger": map[string]any{"oidc_discovery": map[string]any{"supported_claims": []string{mark}}},
	})
	return encoded, mark, err
}
