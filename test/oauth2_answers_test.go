package test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/kratostest"
)

// authorizer is a replacement for an Ory Hydra, with answers that a test chooses.
type authorizer struct {
	mu              sync.Mutex
	known, accepted int    // the statuses of its answers
	skip            bool   // the user need not log in again
	redirect        string // the URL to which the browser goes next
}

func (a *authorizer) set(change func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	change()
}

func (a *authorizer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	body := map[string]any{
		"challenge": "c", "client": map[string]any{"client_id": "app"}, "subject": "", "skip": a.skip,
		"request_url": "http://127.0.0.1:4455/oauth2/auth?client_id=app", "requested_scope": []string{}, "requested_access_token_audience": []string{},
	}
	status := a.known
	if strings.HasSuffix(r.URL.Path, "/accept") {
		body, status = map[string]any{"redirect_to": a.redirect}, a.accepted
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// TestLoginsToOAuth2ThatFail logs in to an OAuth2 client while its server does not work
// correctly.
func TestLoginsToOAuth2ThatFail(t *testing.T) {
	t.Parallel()
	hydra := &authorizer{known: 200, accepted: 200, redirect: uiURL + "/oauth2?login_verifier=v"}
	server := httptest.NewServer(hydra)
	t.Cleanup(server.Close)
	kratos, client := start(t, kratostest.Set("oauth2_provider", map[string]any{"url": server.URL, "override_return_to": true}))
	challenge := orylogin.FlowOptions{LoginChallenge: strings.Repeat("c", 32)}
	submit := func(about, want string) {
		t.Helper()
		for name, submit := range both {
			p := newPerson(t, client)
			flow, err := p.tryCreate(challenge)
			if err == nil {
				_, err = submit(p, flow, asAda)
			}
			same(t, about+", by "+name, want, told(err))
		}
	}
	submit("all is well", "ok")
	hydra.set(func() { hydra.accepted = 404 })
	submit("the challenge is over", "unavailable APIError")
	hydra.set(func() { hydra.accepted = 200; hydra.known = 404 })
	submit("the challenge is unknown", "other APIError")
	hydra.set(func() { hydra.known = 200 })

	// The flow exists, but its challenge has ended when the page opens.
	p := newPerson(t, client)
	flow := p.create(challenge)
	hydra.set(func() { hydra.known = 404 })
	p.visit(func(v *orylogin.Visit) {
		_, err := v.GetFlow(t.Context(), flow.ID)
		same(t, "page", "other APIError", told(err))
	})
	hydra.set(func() { hydra.known = 200 })
	change(t, kratos, kratostest.Set("session.whoami.required_aal", "highest_available"))
	_, err := kratos.EnrolTOTP(t.Context(), ada)
	require.NoError(t, err)
	submit("a second factor is owed", "second_factor SecondFactorError")
	change(t, kratos, kratostest.Set("session.whoami.required_aal", "aal1"))

	// A user with a session need not log in again.
	p = newPerson(t, client)
	_, err = p.submit(p.create(orylogin.FlowOptions{}), asAda)
	require.NoError(t, err)
	open := func() string {
		return p.call(http.MethodGet, kratos.PublicURL+"/self-service/login/browser?login_challenge="+challenge.LoginChallenge, "", "Accept", "text/html")
	}
	hydra.set(func() { hydra.skip = true })
	same(t, "skips", "See Other to /oauth2", open())
	_, err = p.tryCreate(challenge)
	same(t, "skips, by JSON", "location_change LocationChangeError", told(err))
	hydra.set(func() { hydra.redirect = "http://%" })
	same(t, "skips to nowhere", "See Other to /error", open())
	hydra.set(func() { hydra.accepted = 404 })
	same(t, "cannot skip", "See Other to /error", open())
	_, err = p.tryCreate(challenge)
	same(t, "cannot skip, by JSON", "unavailable APIError", told(err))
}
