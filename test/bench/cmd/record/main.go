// Command record records the answers that the comparison decodes from a real
// Kratos: one file for each, as it was sent.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/orylogin/orylogin/test/kratostest"
)

var (
	ada  = kratostest.Identity{Email: "ada@example.com", Password: "correct horse battery staple", Verified: true}
	joan = kratostest.Identity{Email: "joan@example.com", Password: "correct horse battery staple", Inactive: true}
)

func main() {
	folder := flag.String("folder", "recorded/testdata", "where the answers go")
	flag.Parse()
	if err := record(context.Background(), *folder); err != nil {
		fmt.Fprintln(os.Stderr, "record:", err)
		os.Exit(1)
	}
}

// lifespan is how long a flow lasts: long enough to submit to it, short enough to
// wait for its end.
const lifespan = 2 * time.Second

func record(ctx context.Context, folder string) error {
	provider := newProvider()
	defer provider.Close()
	kratos, err := kratostest.Run(ctx, settings(provider.URL)...)
	if err != nil {
		return err
	}
	defer kratos.Stop()
	for _, identity := range []kratostest.Identity{ada, joan} {
		if _, err := kratos.CreateIdentity(ctx, identity); err != nil {
			return err
		}
	}
	return (&recorder{ctx: ctx, url: kratos.PublicURL, folder: folder}).all()
}

// settings offer a form with several methods.
func settings(provider string) []kratostest.Setting {
	providers := make([]any, 0, 3)
	for _, id := range []string{"fake", "another", "third"} {
		providers = append(providers, map[string]any{
			"id": id, "provider": "generic", "issuer_url": provider,
			"client_id": "client", "client_secret": "secret", "mapper_url": "base64://e30=",
		})
	}
	return []kratostest.Setting{
		kratostest.Set("selfservice.flows.login.lifespan", lifespan.String()),
		kratostest.Set("selfservice.methods.code.passwordless_enabled", true),
		kratostest.Set("selfservice.methods.oidc.enabled", true),
		kratostest.Set("selfservice.methods.oidc.config.providers", providers),
	}
}

// newProvider starts an OpenID Connect provider that can be discovered.
func newProvider() *httptest.Server {
	provider := httptest.NewUnstartedServer(nil)
	provider.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"issuer":%q,"authorization_endpoint":%q,"token_endpoint":%q,"jwks_uri":%q}`,
			provider.URL, provider.URL+"/auth", provider.URL+"/token", provider.URL+"/keys")
	})
	provider.Start()
	return provider
}

// recorder asks a server and writes down what it answers. Its first error sticks.
type recorder struct {
	ctx    context.Context
	url    string
	folder string
	err    error
}

func (r *recorder) all() error {
	login := object{"method": "password", "identifier": ada.Email, "password": ada.Password}
	token := r.submit("submit_success", login)["session_token"]
	r.send("whoami", http.MethodGet, "/sessions/whoami", token, nil)
	r.send("whoami_none", http.MethodGet, "/sessions/whoami", nil, nil)
	r.submit("submit_wrong_password", object{"method": "password", "identifier": ada.Email, "password": "a guess"})
	r.submit("submit_code_sent", object{"method": "code", "identifier": ada.Email})
	r.submit("submit_disabled", object{"method": "password", "identifier": joan.Email, "password": joan.Password})
	r.submit("submit_location_change", object{"method": "oidc", "provider": "fake"})
	r.send("submit_unknown_flow", http.MethodPost,
		"/self-service/login?flow=58754060-2707-4237-81ae-8c8845ed16aa", nil, login)
	expired := r.flow()
	time.Sleep(lifespan + time.Second)
	r.send("submit_expired", http.MethodPost, "/self-service/login?flow="+expired, nil, login)
	return r.err
}

type object = map[string]any

// flow creates a flow and returns its id.
func (r *recorder) flow() string {
	id, _ := r.send("flow", http.MethodGet, "/self-service/login/api", nil, nil)["id"].(string)
	return id
}

// submit records the answer to a submission to a new flow.
func (r *recorder) submit(name string, body object) object {
	return r.send(name, http.MethodPost, "/self-service/login?flow="+r.flow(), nil, body)
}

// send records the answer to a request and returns its members.
func (r *recorder) send(name, method, target string, token any, body object) object {
	answer, err := r.exchange(name, method, target, token, body)
	r.err = errors.Join(r.err, err)
	return answer
}

func (r *recorder) exchange(name, method, target string, token any, body object) (object, error) {
	encoded, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(r.ctx, method, r.url+target, bytes.NewReader(encoded))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Content-Type", "application/json")
	if token, ok := token.(string); ok {
		request.Header.Set("X-Session-Token", token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	var members object
	if err := json.Unmarshal(text, &members); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return members, r.write(name, response, text)
}

// write keeps of the headers what a client may look at.
func (r *recorder) write(name string, response *http.Response, body []byte) error {
	var text strings.Builder
	fmt.Fprintf(&text, "HTTP/1.1 %s\r\n", response.Status)
	fmt.Fprintf(&text, "Content-Type: %s\r\n", response.Header.Get("Content-Type"))
	fmt.Fprintf(&text, "Content-Length: %d\r\n\r\n%s", len(body), body)
	return os.WriteFile(filepath.Join(r.folder, name+".http"), []byte(text.String()), 0o600)
}
