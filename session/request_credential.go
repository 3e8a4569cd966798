package session

import (
	"context"
	"net/http"
	"strings"

	"github.com/orylogin/orylogin"
)

// credential is by what a request shows its session.
type credential struct {
	text   orylogin.Secret // a token, or a cookie with its name
	cookie bool
}

// credentialOf returns the first credential of a request that is there, in the
// server's order. One that cannot be valid counts as none.
func credentialOf(r *http.Request, client *orylogin.Client) (credential, bool) {
	if token := r.Header.Get(tokenHeader); token != "" {
		return tokenCredential(token)
	}
	if cookie := client.SessionCookie(r); !cookie.IsZero() {
		return credential{text: cookie, cookie: true}, true
	}
	scheme, token, _ := strings.Cut(r.Header.Get(bearerHeader), " ")
	if !strings.EqualFold(scheme, bearerScheme) {
		return credential{}, false
	}
	return tokenCredential(strings.TrimSpace(token))
}

func tokenCredential(token string) (credential, bool) {
	secret := orylogin.NewSecret(token)
	return credential{text: secret}, checkToken(secret) == nil
}

func (c credential) whoami(ctx context.Context, client *orylogin.Client) (*orylogin.Session, error) {
	if c.cookie {
		return client.WhoamiCookie(ctx, c.text)
	}
	return client.Whoami(ctx, c.text)
}
