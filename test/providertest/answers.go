package providertest

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/oauth2-proxy/mockoidc"
)

// Endpoint is a path of the provider.
type Endpoint string

// The endpoints that Kratos calls.
const (
	Discovery Endpoint = mockoidc.DiscoveryEndpoint
	Token     Endpoint = mockoidc.TokenEndpoint
	Userinfo  Endpoint = mockoidc.UserinfoEndpoint
)

// Answer replaces the provider's answer at an endpoint from now on. A nil body restores its own
// answer.
func (p *Provider) Answer(at Endpoint, status int, body any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if body == nil {
		delete(p.answers, at)
		return
	}
	if p.answers == nil {
		p.answers = map[Endpoint]answer{}
	}
	p.answers[at] = answer{status, body}
}

type answer struct {
	status int
	body   any // a string, or a value that is encoded as JSON
}

// Tokens returns an answer of the token endpoint. Its ID token has the claims, and the usual
// claims for those that are missing. A nil value leaves a claim out.
func (p *Provider) Tokens(claims map[string]any) (map[string]any, error) {
	all := map[string]any{
		"iss": p.mock.Issuer(), "aud": p.mock.ClientID, "sub": "somebody",
		"iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix(),
	}
	for name, value := range claims {
		all[name] = value
		if value == nil {
			delete(all, name)
		}
	}
	token, err := p.sign(all)
	return map[string]any{"access_token": "of the test", "token_type": "bearer", "id_token": token}, err
}

func (p *Provider) sign(claims map[string]any) (string, error) {
	id, err := p.mock.Keypair.KeyID()
	if err != nil {
		return "", err
	}
	signer, err := jose.NewSigner(jose.SigningKey{
		Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: p.mock.Keypair.PrivateKey, KeyID: id},
	}, nil)
	if err != nil {
		return "", err
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}

// answer gives the test's answer for the endpoint, if there is one.
func (p *Provider) answer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		given, found := p.answers[Endpoint(r.URL.Path)]
		p.mu.Unlock()
		if !found {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(given.status)
		if text, ok := given.body.(string); ok {
			_, _ = w.Write([]byte(text))
			return
		}
		_ = json.NewEncoder(w).Encode(given.body)
	})
}
