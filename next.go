package orylogin

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/orylogin/orylogin/internal/host"
	"github.com/orylogin/orylogin/internal/operation"
)

// Next is what a login page does after a call of a [Visit]. [Visit.AfterFlow] and
// [Visit.AfterLogin] return it. If Start is set, the page calls [Visit.Start], which starts a
// flow and returns another Next. Otherwise the page shows Flow, sends the browser to URL, or,
// without both, shows a problem. Formatted, logged or marshalled, a Next shows its outcome
// and status. It is safe for concurrent use as long as its fields do not change.
type Next struct {
	// Outcome is the outcome of Err, or OutcomeNextStep for a flow to show without an error.
	// For a new flow of [Visit.Start] it says why the flow is new, such as OutcomeExpired.
	Outcome Outcome

	// Status is the HTTP status for the page's answer. For a URL it is 303. For a flow it is
	// 200, or 400 after a refusal. Otherwise it is that of the problem.
	Status int

	// Flow is the flow whose form the page shows.
	Flow *Flow

	// URL is where to send the browser: to the end of the login, to the provider, to the
	// OAuth2 client, or to the page on which the user verifies an address.
	URL string

	// Start are the options of the flow to start: see [Visit.Start].
	Start *FlowOptions

	// Action is where the form is posted to, relative to the login page: "?" and a query. The
	// query has the id of Flow and what the login is for, such as its return_to.
	Action string

	// Again is where the login begins again, relative to the login page: "?" and a query with
	// what the login is for. It is for links such as "begin again", on the login page and on a
	// page that shows a problem. A page that needs a session does not use Again. It sends the
	// browser to the login page with its own path as return_to, such as
	// "/login?return_to=/account".
	Again string

	// Other is like Again, but begins a new login, at which somebody else can log in. It
	// leaves out the second factor and the refresh, and ignores the browser's session. A page
	// that asks for a second factor or a refresh links to Other: Again would ask for the same.
	Other string

	// Err is the error of the call, for the log; nil if there was none.
	Err error
}

// shown is the outcome and the status.
func (n Next) shown() string { return fmt.Sprintf("next after %s: HTTP %d", n.Outcome, n.Status) }

// MarshalJSON returns what Format prints.
func (n Next) MarshalJSON() ([]byte, error) { return json.Marshal(n.shown()) }

// AfterFlow says what is next after a call that returns a flow: [Visit.GetFlow] or
// [Visit.CreateFlow]. After [Visit.Whoami] and [Visit.Logout], pass a nil flow and their
// error. After [Visit.GetError], pass a nil flow and the Err of the record. If both are nil,
// the browser goes where a login ends: see [Visit.AfterLogin]. AfterFlow sends nothing.
//
// Next.Start is set if a new flow is needed: GetFlow got an empty id, a second factor is
// required, or the flow has expired, is unknown, belongs to another browser, or accepts no
// more codes. docs/browser.md of the repository lists what is next after each outcome.
//
// The Next keeps what the login is for: return_to, login_challenge, aal, refresh,
// organization, via, identity_schema and, except for a second factor, prompt=login. It takes
// them from the flow. What the flow lacks, it takes from the query of the visit's own request.
// The flow with which the server replaces an expired one may lack some of these. Then
// Next.Flow is nil, and Next.Start has the options of a flow with all of them.
func (v *Visit) AfterFlow(flow *Flow, err error) Next {
	if v == nil {
		v = &Visit{}
	}
	v.saw(flow)
	switch {
	case errors.Is(err, errEmptyFlowID):
		return v.next(Next{Outcome: OutcomeNextStep}, true)
	case err != nil || flow == nil:
		return v.after(err)
	case len(flow.Messages().ID(ErrPreviousFlowExpired)) > 0 && v.purpose.isMore():
		return v.next(Next{Outcome: OutcomeExpired}, true)
	default:
		return v.next(Next{Outcome: OutcomeNextStep, Flow: flow}, false)
	}
}

// AfterLogin says what is next after [Visit.Submit] or [Visit.SubmitForm]. A complete login
// ends at its RedirectTo, or else at the flow's return_to, or else at "/". The first two have
// to be safe: see [SafeRedirect] and [WithReturnOrigins]. There is no such check where the
// login continues elsewhere by the server's own decision, such as at a provider or an OAuth2
// client. AfterLogin keeps what the login is for, as [Visit.AfterFlow] does. It sends
// nothing.
func (v *Visit) AfterLogin(login *Login, err error) Next {
	if err != nil || login == nil || v == nil {
		return v.AfterFlow(nil, err)
	}
	flow, next := v.flow.Reveal(), Next{Outcome: OutcomeLoggedIn}
	switch {
	case v.purpose.AAL == AAL2 && flow.isFirst() && login.Session.AuthenticatorAssuranceLevel != AAL2:
		return v.after(&SecondFactorError{})
	case flow != nil && flow.OAuth2LoginChallenge != "":
		next.URL = login.RedirectTo
	}
	for _, each := range login.ContinueWith {
		if each.Flow != nil {
			next.URL = cmp.Or(next.URL, each.Flow.URL)
		}
	}
	next.URL = cmp.Or(next.URL, v.home(login.RedirectTo))
	return v.next(next, false)
}

// Start creates a flow with the options next.Start and returns the Next of that flow. If
// next.Start is nil, Start returns next as it is. The Next of a new flow has the Outcome and
// the Err of next, so that the page can say why the flow is new.
//
// A second factor and a refresh need a session. Without one, Start creates a flow for a new
// login. If the session lacks a second factor that the server demands, Start creates a flow
// for that factor, also in place of a refresh. It drops a return_to that the server refuses.
// Start asks for three flows at most.
//
// API: GET /self-service/login/browser (initializeSelfServiceLoginFlowForBrowsers)
//
// API: GET /sessions/whoami (toSession)
func (v *Visit) Start(ctx context.Context, next Next) Next {
	for attempts := 0; next.Start != nil && attempts < 3; attempts++ {
		why := next
		next = v.AfterFlow(v.CreateFlow(ctx, *why.Start))
		if next.Outcome == OutcomeAlreadyLoggedIn || next.Flow != nil && next.Flow.Refresh && why.Outcome != OutcomeSecondFactor {
			if _, err := v.Whoami(ctx); OutcomeOf(err) == OutcomeSecondFactor {
				next = v.AfterFlow(nil, err) // nothing else is left to do, whatever the flow asks for
			}
		}
		if next.Flow != nil {
			next.Outcome, next.Err = why.Outcome, why.Err
		}
	}
	return next
}

// after returns the Next after a call that has no flow or login to show.
func (v *Visit) after(err error) Next {
	answer, change, expired, unverified := &APIError{}, &LocationChangeError{}, &ExpiredError{}, &VerificationError{}
	for _, target := range []any{&answer, &change, &expired, &unverified} {
		_ = errors.As(err, target)
	}
	next, begins := Next{Outcome: OutcomeOf(err), Err: err, URL: change.URL}, false
	if verification := unverified.Verification; verification != nil {
		next.URL = verification.URL
	}
	v.purpose.ReturnTo = cmp.Or(expired.ReturnTo, v.purpose.ReturnTo)
	switch next.Outcome { //nolint:exhaustive // the others are problems
	case OutcomeLoggedIn:
		next.URL = v.home("")
	case OutcomeRefused, OutcomeNextStep:
		next.Flow = answer.Flow
	case OutcomeSecondFactor:
		v.purpose.AAL, v.purpose.Refresh, v.purpose.IgnoreSession, begins = AAL2, false, false, true
	case OutcomeExpired, OutcomeTooManyTries, OutcomeNoSession:
		begins = true
	case OutcomeNotFound:
		begins = answer.Operation != operation.GetError
	case OutcomeCSRF:
		begins = v.hadCookies // otherwise the browser keeps no cookies, and a new flow would fail in the same way
	case OutcomeForbiddenReturn:
		begins, v.purpose.ReturnTo = v.purpose.ReturnTo != "", ""
	case OutcomeAlreadyLoggedIn: // a new flow tells whether this session is enough for the login
		if begins = answer.Operation == operation.Submit && v.purpose.isMore(); !begins {
			next.URL = v.home("")
		}
	}
	return v.next(next, begins)
}

// next sets the fields that follow from the others.
func (v *Visit) next(next Next, begins bool) Next {
	if start := v.purpose; begins {
		if next.Outcome == OutcomeNoSession {
			start.AAL, start.Refresh = "", false
		}
		next.Start = &start
	}
	next.URL = host.Page(next.URL) // never a script
	query := v.purpose.query()
	other := v.purpose
	other.AAL, other.Refresh, other.IgnoreSession = "", false, true
	next.Again, next.Other = "?"+query.Encode(), "?"+other.query().Encode()
	if next.Flow != nil {
		query.Set("flow", next.Flow.ID)
	}
	next.Action = "?" + query.Encode()
	var long *http.MaxBytesError
	switch {
	case next.URL != "":
		next.Status = http.StatusSeeOther
	case next.Flow != nil && next.Outcome != OutcomeRefused:
		next.Status = http.StatusOK
	case errors.Is(next.Err, ErrRequestTooLarge), errors.As(next.Err, &long):
		next.Status = http.StatusRequestEntityTooLarge
	default:
		next.Status = cmp.Or(problems[next.Outcome], http.StatusBadRequest)
	}
	return next
}

// home returns the URL at which a login ends: the target or the return_to, if it is safe.
func (v *Visit) home(target string) string {
	target, _ = SafeRedirect(target, v.origins...)
	returnTo, _ := SafeRedirect(v.purpose.ReturnTo, v.origins...)
	return cmp.Or(target, returnTo, "/")
}

// problems are the HTTP statuses of pages that show a problem. All others have 400.
var problems = map[Outcome]int{
	OutcomeDisabled: 403, OutcomeVerification: 403, OutcomeRegistration: 403, OutcomeCSRF: 403,
	OutcomeSessionChanged: 403, OutcomeNotFound: 404,
	OutcomeRateLimited: 429, OutcomeMisconfigured: 500, OutcomeLocationChange: 502, OutcomeUnknownAnswer: 502,
	OutcomeUnsupported: 501, OutcomeUnavailable: 503, OutcomeNoAnswer: 503, OutcomeCanceled: 503,
}
