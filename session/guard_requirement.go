package session

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/api"
	"github.com/orylogin/orylogin/internal/option"
)

var (
	errAAL2  = fmt.Errorf("orylogin/session: the session has no second factor (%w)", orylogin.ErrSessionAAL2Required)
	errStale = fmt.Errorf("orylogin/session: the login was too long ago (%w)", orylogin.ErrSessionRefreshRequired)
)

// Require demands what meets checks: it returns an error for a session that does not
// suffice. A [*Refusal] refuses as it is, any other error with 403. Of several requirements
// the first that is not met refuses.
func Require(meets func(context.Context, *orylogin.Session) error) GuardOption {
	return option.Setting(meets != nil, "Require: the function is nil", func(g *Guard) { g.meets = append(g.meets, meets) })
}

// RequireAAL2 demands a session with two factors. The refusal is a 403 whose URL is
// stepUpURL, where a browser adds the second factor, for example
// "https://app.example.com/login?aal=aal2". The same URL is given when the server itself
// demands the second factor. If stepUpURL is empty, that is the server's own URL, or none
// if the server did not demand the factor. Default: the server's configuration decides,
// and the URL is the server's own.
func RequireAAL2(stepUpURL string) GuardOption {
	return func(g *Guard) error {
		g.stepUpURL = stepUpURL
		return g.demand(Refusal{Outcome: orylogin.OutcomeSecondFactor, URL: stepUpURL, Err: errAAL2},
			func(session *orylogin.Session) bool {
				level := session.AuthenticatorAssuranceLevel
				return level == api.AAL2 || level == api.AAL3
			})
	}
}

// RequireFresh demands a session whose user has given credentials within maxAge, by the
// session's AuthenticatedAt. The refusal is a 403 whose URL is refreshURL, where a browser
// logs in again, for example "https://app.example.com/login?refresh=true"; it may be empty.
func RequireFresh(maxAge time.Duration, refreshURL string) GuardOption {
	return func(g *Guard) error {
		if maxAge <= 0 {
			return fmt.Errorf("RequireFresh: %v is not positive", maxAge)
		}
		return g.demand(Refusal{Outcome: OutcomeStale, URL: refreshURL, Err: errStale},
			func(session *orylogin.Session) bool { return time.Since(session.AuthenticatedAt) <= maxAge })
	}
}

// demand adds a requirement with the refusal of who does not meet it.
func (g *Guard) demand(refusal Refusal, meets func(*orylogin.Session) bool) error {
	g.meets = append(g.meets, func(_ context.Context, session *orylogin.Session) error {
		if meets(session) {
			return nil
		}
		return &refusal
	})
	if refusal.URL != "" && !isPage(refusal.URL) {
		return fmt.Errorf("the URL for %s is neither of http or https nor a path", refusal.Outcome)
	}
	return nil
}

// isPage reports whether a browser can be sent to a URL.
func isPage(target string) bool {
	return strings.HasPrefix(target, "https://") || strings.HasPrefix(target, "http://") || strings.HasPrefix(target, "/")
}
