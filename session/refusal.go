package session

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/orylogin/orylogin"
)

// Refusal is why a [Middleware] has refused a request. Each request has its own. It is
// safe for concurrent use as long as nobody changes it.
type Refusal struct {
	// StatusCode is 401 if the request has no valid session, 403 if its session
	// lacks a second factor, and 503 if the session could not be checked.
	StatusCode int

	// StepUpURL is where a browser adds the second factor: the URL given to
	// WithAAL2, or else the server's. It is empty if there is neither, and for
	// other refusals. Do not send a session token there.
	StepUpURL string

	// Err says why in detail. If asking the server for the session failed, Err is
	// the error of that call, see [orylogin.Client.Whoami].
	Err error
}

func newRefusal(err error, stepUpURL string) Refusal {
	refusal := Refusal{StatusCode: http.StatusServiceUnavailable, StepUpURL: stepUpURL, Err: err}
	var owed *orylogin.SecondFactorError
	switch {
	case errors.Is(err, errNoCredential), errors.Is(err, orylogin.ErrSessionInactive):
		refusal.StatusCode = http.StatusUnauthorized
	case errors.Is(err, errAAL2), errors.As(err, &owed):
		refusal.StatusCode = http.StatusForbidden
	}
	return refusal
}

// ServeHTTP answers with the status and a JSON body like that of an error of Ory
// Kratos: {"error": {"id", "code", "status", "message"}}. The id is session_inactive
// for 401 and session_aal2_required for 403; a 503 has none. If there is a StepUpURL,
// it stands beside error as redirect_browser_to. A 503 has the header Retry-After if
// the server has sent one. The zero Refusal is a 503. The answer shows nothing of Err.
func (f Refusal) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	f.StatusCode = f.status()
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Cache-Control", "no-store")
	answer := refusalBody{RedirectBrowserTo: f.StepUpURL}
	answer.Error.Code = f.StatusCode
	answer.Error.Status = http.StatusText(f.StatusCode)
	switch f.StatusCode {
	case http.StatusUnauthorized:
		header.Set("WWW-Authenticate", bearerScheme)
		answer.Error.ID = orylogin.ErrSessionInactive
		answer.Error.Message = "the request has no valid session"
	case http.StatusForbidden:
		answer.Error.ID = orylogin.ErrSessionAAL2Required
		answer.Error.Message = "the session needs a second factor"
	default:
		if wait := retryAfter(f.Err); wait > 0 {
			header.Set("Retry-After", strconv.FormatFloat(math.Ceil(wait.Seconds()), 'f', 0, 64))
		}
		answer.Error.Message = "the session could not be checked"
	}
	w.WriteHeader(f.StatusCode)
	_ = json.NewEncoder(w).Encode(answer)
}

// Format prints the status and the text of Err, whatever the verb: StepUpURL may be the
// server's.
func (f Refusal) Format(s fmt.State, _ rune) {
	_, _ = fmt.Fprintf(s, "refused with %d: %v", f.status(), f.Err)
}

// LogValue shows the status and the text of Err.
func (f Refusal) LogValue() slog.Value {
	attributes := []slog.Attr{slog.Int("status", f.status())}
	if f.Err != nil {
		attributes = append(attributes, slog.String("err", f.Err.Error()))
	}
	return slog.GroupValue(attributes...)
}

// status returns the status code, which the zero Refusal has, too.
func (f Refusal) status() int {
	if f.StatusCode == 0 {
		return http.StatusServiceUnavailable
	}
	return f.StatusCode
}

// refusalBody is the body of a refusal.
type refusalBody struct {
	Error struct {
		ID      orylogin.ErrorID `json:"id,omitempty"`
		Code    int              `json:"code"`
		Status  string           `json:"status"`
		Message string           `json:"message"`
	} `json:"error"`
	RedirectBrowserTo string `json:"redirect_browser_to,omitempty"`
}

func retryAfter(err error) time.Duration {
	var answer *orylogin.APIError
	if !errors.As(err, &answer) {
		return 0
	}
	return answer.RetryAfter
}
