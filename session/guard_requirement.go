package session

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/api"
	"github.com/orylogin/orylogin/internal/host"
	"github.com/orylogin/orylogin/internal/option"
)

const noPage = "the URL is neither of http or https nor a path"

var (
	errAAL2  = fmt.Errorf("orylogin/session: the session has no second factor (%w)", orylogin.ErrSessionAAL2Required)
	errOld   = fmt.Errorf("orylogin/session: the second factor was too long ago (%w)", orylogin.ErrSessionAAL2Required)
	errStale = fmt.Errorf("orylogin/session: the login was too long ago (%w)", orylogin.ErrSessionRefreshRequired)
)

// Require adds a requirement: the function meets must return nil for the session. If meets
// returns a [*Refusal], the guard refuses with that. Any other error refuses with 403. The
// guard checks requirements in the order of its options and stops at the first that is not
// met.
func Require(meets func(context.Context, *orylogin.Session) error) GuardOption {
	return option.Setting(meets != nil, "Require: the function is nil", func(g *Guard) { g.meets = append(g.meets, meets) })
}

// RequireAAL2 demands a session with two factors, by its AuthenticatorAssuranceLevel. Other
// sessions are refused with 403 and [orylogin.OutcomeSecondFactor]. Unless stepUpURL is
// empty, RequireAAL2 sets [WithStepUpURL], too. Default: the server's configuration says who
// needs two factors.
func RequireAAL2(stepUpURL string) GuardOption {
	return option.Setting(host.Page(stepUpURL) == stepUpURL, "RequireAAL2: "+noPage, func(g *Guard) {
		g.stepUpURL = cmp.Or(stepUpURL, g.stepUpURL)
		g.demand(Refusal{Outcome: orylogin.OutcomeSecondFactor, Err: errAAL2}, hasTwoFactors)
	})
}

func hasTwoFactors(session *orylogin.Session) bool {
	level := session.AuthenticatorAssuranceLevel
	return level == api.AAL2 || level == api.AAL3
}

// RequireFreshAAL2 demands a session whose user has given a second factor within maxAge, by
// its AuthenticationMethods. It refuses any other session with 403 and
// [orylogin.OutcomeSecondFactor]. [RequireAAL2] and [RequireFresh] together demand less: a
// fresh password suffices for them if the session has a second factor of any age. The URL of
// the refusal is stepUpURL, where a browser gives the factor, for example
// "https://app.example.com/login?aal=aal2&refresh=true". If it is empty, the URL is that of
// [WithStepUpURL], which must have refresh=true, too. Without refresh=true, a login page shows
// no form if the session has a second factor: it sends the browser back at once. A native
// client calls [orylogin.Client.StepUp]. Servers before v0.9 do not tell which methods are
// second factors, so sessions of theirs are refused.
func RequireFreshAAL2(maxAge time.Duration, stepUpURL string) GuardOption {
	wrong := fmt.Sprintf("RequireFreshAAL2: %v is not positive, or %s", maxAge, noPage)
	return option.Setting(maxAge > 0 && host.Page(stepUpURL) == stepUpURL, wrong, func(g *Guard) {
		refusal := Refusal{Outcome: orylogin.OutcomeSecondFactor, URL: stepUpURL, Err: errAAL2}
		g.demand(refusal, hasTwoFactors)
		refusal.Err = errOld
		g.demand(refusal, func(session *orylogin.Session) bool {
			return slices.ContainsFunc(session.AuthenticationMethods, func(method api.SessionAuthenticationMethod) bool {
				return method.AAL == api.AAL2 && time.Since(method.CompletedAt) <= maxAge
			})
		})
	})
}

// WithLoginURL sets where a browser logs in, for example "https://app.example.com/login". It is
// the URL of each refusal with 401. Default: none.
func WithLoginURL(loginURL string) GuardOption {
	return option.Setting(host.Page(loginURL) != "", "WithLoginURL: "+noPage, func(g *Guard) { g.loginURL = loginURL })
}

// WithStepUpURL sets where a browser adds a second factor, for example
// "https://app.example.com/login?aal=aal2". It is the URL of each refusal with
// [orylogin.OutcomeSecondFactor], whether a requirement or the server demands the factor. If a
// [RequireFreshAAL2] with a URL refuses, that URL counts. The last WithStepUpURL counts.
// Default: the server's own URL if the server demands the factor, and none if it does not.
func WithStepUpURL(stepUpURL string) GuardOption {
	return option.Setting(host.Page(stepUpURL) != "", "WithStepUpURL: "+noPage, func(g *Guard) { g.stepUpURL = stepUpURL })
}

// RequireFresh demands a session whose user has given credentials within maxAge, by its
// AuthenticatedAt. Other sessions are refused with 403 and [OutcomeStale]. The URL of the
// refusal is refreshURL, where a browser logs in again, for example
// "https://app.example.com/login?refresh=true". It may be empty. Default: a login of any age.
func RequireFresh(maxAge time.Duration, refreshURL string) GuardOption {
	wrong := fmt.Sprintf("RequireFresh: %v is not positive, or %s", maxAge, noPage)
	return option.Setting(maxAge > 0 && host.Page(refreshURL) == refreshURL, wrong, func(g *Guard) {
		g.demand(Refusal{Outcome: OutcomeStale, URL: refreshURL, Err: errStale},
			func(session *orylogin.Session) bool { return time.Since(session.AuthenticatedAt) <= maxAge })
	})
}

// demand adds a requirement, and the refusal for a session that does not meet it.
func (g *Guard) demand(refusal Refusal, meets func(*orylogin.Session) bool) {
	g.meets = append(g.meets, func(_ context.Context, session *orylogin.Session) error {
		if meets(session) {
			return nil
		}
		return &refusal
	})
}
