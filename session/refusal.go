package session

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/api"
	headers "github.com/orylogin/orylogin/internal/header"
	"github.com/orylogin/orylogin/internal/host"
	"github.com/orylogin/orylogin/internal/uuid"
)

// The outcomes that a [Refusal] can have besides those of package orylogin.
const (
	OutcomeStale     orylogin.Outcome = "stale"     // the login is older than RequireFresh allows
	OutcomeForbidden orylogin.Outcome = "forbidden" // the session does not meet a Require
)

// Refusal is the error of a [Guard]. Each check returns its own. It is safe for concurrent
// use as long as nobody changes it.
type Refusal struct {
	// StatusCode is 401 if there is no valid session. It is 403 if the session does not meet
	// a requirement, or if a page of another site has sent the request with a cookie. It is
	// 429 if the server has limited the rate, and 503 if the session could not be checked.
	StatusCode int

	// Outcome is the reason in one word: [OutcomeStale], [OutcomeForbidden], or what
	// [orylogin.OutcomeOf] returns for Err. For a Refusal of [RefusalOf], use this
	// field: OutcomeOf does not return it. If a [Checker] or a [Require] returns a Refusal whose
	// StatusCode is zero, the Outcome sets the status: no_session 401; second_factor, stale,
	// forbidden and csrf 403; rate_limited 429; any other outcome 503.
	Outcome orylogin.Outcome

	// Session is the session that does not meet a requirement. It is nil if there is none, or
	// if the server has not told whose it is.
	Session *orylogin.Session

	// URL is where a browser gets what is missing: a session ([WithLoginURL]), a second factor
	// ([WithStepUpURL], [RequireFreshAAL2]) or a new login ([RequireFresh]). It is empty
	// if no URL is known, and for other refusals. Do not send a session token there.
	URL string

	// RetryAfter is how long the server asks to wait. It is zero if the server does not say.
	RetryAfter time.Duration

	// Err is the reason in detail. If the call of the server failed, it contains the error of
	// that call: see [orylogin.Client.Whoami].
	Err error

	tokenless bool // no token counts for the guard
}

// meaning is what an outcome means for the caller who is refused.
type meaning struct {
	status  int
	id      orylogin.ErrorID
	message string
}

// meanings are the meanings of outcomes. Each outcome that is not here has that of
// OutcomeUnavailable.
var meanings = map[orylogin.Outcome]meaning{
	orylogin.OutcomeNoSession:    {http.StatusUnauthorized, orylogin.ErrSessionInactive, "the request has no valid session"},
	orylogin.OutcomeSecondFactor: {http.StatusForbidden, orylogin.ErrSessionAAL2Required, "the session needs a second factor"},
	OutcomeStale:                 {http.StatusForbidden, orylogin.ErrSessionRefreshRequired, "the login was too long ago"},
	OutcomeForbidden:             {http.StatusForbidden, "", "the session does not suffice"},
	orylogin.OutcomeCSRF:         {http.StatusForbidden, orylogin.ErrCSRFViolation, "the request comes from another site"},
	orylogin.OutcomeRateLimited:  {http.StatusTooManyRequests, "", "there are too many requests"},
	orylogin.OutcomeUnavailable:  {http.StatusServiceUnavailable, "", "the session could not be checked"},
}

func meaningOf(outcome orylogin.Outcome) meaning {
	if known, found := meanings[outcome]; found {
		return known
	}
	return meanings[orylogin.OutcomeUnavailable]
}

// refusal makes a new Refusal from the error of a check.
func (g *Guard) refusal(found answer, err error) *Refusal {
	refusal := Refusal{Err: err}
	if given := new(*Refusal); errors.As(err, given) {
		refusal = **given
	}
	refusal.Outcome = cmp.Or(refusal.Outcome, orylogin.OutcomeOf(refusal.Err))
	if refusal.Outcome == orylogin.OutcomeSecondFactor {
		owed := &orylogin.SecondFactorError{}
		_ = errors.As(err, &owed) // without a SecondFactorError there is no URL
		refusal.URL = cmp.Or(refusal.URL, g.stepUpURL, host.Page(owed.URL))
	}
	refusal.StatusCode = cmp.Or(refusal.StatusCode, meaningOf(refusal.Outcome).status)
	if refusal.StatusCode == http.StatusUnauthorized {
		refusal.URL = cmp.Or(refusal.URL, g.loginURL)
	}
	refusal.tokenless = g.noTokens && len(g.checkers) == 0
	refusal.Session = cmp.Or(refusal.Session, found.session)
	refusal.RetryAfter = cmp.Or(refusal.RetryAfter, found.retryAfter)
	return &refusal
}

// Error shows the status and the text of Err.
func (f Refusal) Error() string { return fmt.Sprintf("refused with %d: %v", f.status(), f.Err) }

// Unwrap returns Err.
func (f Refusal) Unwrap() error { return f.Err }

// ServeHTTP answers with the status and a JSON body like an error of Ory Kratos: {"error":
// {"id", "code", "status", "message"}}. The id is session_inactive for 401, and
// session_aal2_required, session_refresh_required or security_csrf_violation for 403. Other
// refusals have none. A URL is the member redirect_browser_to beside error. RetryAfter is the
// header Retry-After, rounded up to seconds. The zero Refusal is a 503. The answer shows
// nothing of Err and Session.
func (f Refusal) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	meaning, status, header := meaningOf(f.Outcome), f.status(), w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Cache-Control", "no-store")
	if status == http.StatusUnauthorized && !f.tokenless {
		header.Set("WWW-Authenticate", bearerScheme)
	}
	if f.RetryAfter > 0 {
		header.Set("Retry-After", strconv.FormatFloat(math.Ceil(f.RetryAfter.Seconds()), 'f', 0, 64))
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(refusalBody{api.GenericError{
		ID: string(meaning.id), Code: int64(status), Status: http.StatusText(status), Message: meaning.message,
	}, f.URL})
}

// refusalBody is the body of an answer that is a refusal.
type refusalBody struct {
	Error             api.GenericError `json:"error"`
	RedirectBrowserTo string           `json:"redirect_browser_to,omitempty"`
}

// RefusalOf returns the [Refusal] that a service has answered with, for the client of that
// service. It has the StatusCode, Outcome, URL and RetryAfter of the [Guard]. Each 503 has the
// Outcome [orylogin.OutcomeUnavailable]. Its Err says the outcome in words. If the answer is
// none of a Guard, RefusalOf returns nil.
//
// Call RefusalOf before you read the body. It reads at most 16 KiB of it. The caller can still
// read the whole body, and must close it. The URL is empty unless it is a path or begins with
// http:// or https://.
func RefusalOf(response *http.Response) *Refusal {
	if response == nil || response.Body == nil || response.StatusCode < http.StatusBadRequest {
		return nil
	}
	text, _ := io.ReadAll(io.LimitReader(response.Body, 16<<10)) // the caller gets the error, too
	response.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(text), response.Body), response.Body}
	var body refusalBody
	_ = json.Unmarshal(text, &body) // what is no refusal has no code
	for outcome, known := range meanings {
		if response.StatusCode == known.status && body.Error.Code == int64(known.status) && body.Error.ID == string(known.id) {
			page, wait := host.Page(body.RedirectBrowserTo), headers.RetryAfter(response.Header, known.status, time.Now())
			return &Refusal{StatusCode: known.status, Outcome: outcome, URL: page, RetryAfter: wait, Err: errors.New(known.message)}
		}
	}
	return nil
}

// Format prints what Error returns, whatever the verb. The URL may come from the server and
// have a secret in it, so no verb prints it.
func (f Refusal) Format(s fmt.State, _ rune) { _, _ = fmt.Fprint(s, f.Error()) }

// LogValue shows the status, the outcome and the text of Err. If there is a session, it shows
// the identity's id and its [orylogin.Session.LogValue], too. An id that is not a UUID is shown
// as [id].
func (f Refusal) LogValue() slog.Value {
	shown := []slog.Attr{
		slog.Int("status", f.status()), slog.String("outcome", string(f.Outcome)), slog.String("err", fmt.Sprint(f.Err)),
	}
	if f.Session != nil {
		if identity := f.Session.Identity; identity != nil {
			shown = append(shown, slog.String("identity", uuid.Shown(identity.ID)))
		}
		shown = append(shown, slog.Any("session", f.Session))
	}
	return slog.GroupValue(shown...)
}

// status returns the status code, also for the zero Refusal.
func (f Refusal) status() int { return cmp.Or(f.StatusCode, meaningOf(f.Outcome).status) }
