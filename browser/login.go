package browser

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/api"
	"github.com/orylogin/orylogin/internal/bridge"
	"github.com/orylogin/orylogin/internal/invalid"
	"github.com/orylogin/orylogin/internal/operation"
)

// Login is a complete login of a browser. Its session is in a cookie: see
// [Visit.WriteCookies]. It is safe for concurrent use as long as nobody changes it.
//
// Log a *Login, which shows the session's id. A Login that is logged by its value as
// JSON shows the whole session, the identity's traits included.
type Login struct {
	// Session says who is logged in, how and until when.
	Session *orylogin.Session

	// RedirectTo is where the server wants the browser to go: the flow's
	// return_to, or the default. From [Visit.Submit] it is empty on servers before
	// v1.3. Check it like any other URL: see [SafeRedirect].
	RedirectTo string

	// ContinueWith lists what the server suggests to do next. It is empty after
	// [Visit.SubmitForm].
	ContinueWith []api.ContinueWith
}

// Format prints the session's id, whatever the verb.
func (l Login) Format(s fmt.State, _ rune) {
	_, _ = fmt.Fprintf(s, "login with %v", l.Session)
}

// LogValue shows the session, and that there is none for a nil *Login, which comes with
// an error.
func (l *Login) LogValue() slog.Value {
	switch {
	case l == nil:
		return slog.StringValue("no login")
	case l.Session == nil:
		return slog.StringValue("no session")
	default:
		return slog.GroupValue(slog.Any("session", l.Session))
	}
}

// Submit submits a method to a flow of the visit's browser. It takes the flow, and not
// its id as [orylogin.Client.Submit] does, since it sends the CSRF token that is in the
// flow. If the application has only the id, fetch the flow with [Visit.GetFlow].
//
// The error is nil only for a complete login; otherwise it is one of those of
// [orylogin.Client.Submit]. When a second factor is owed, the session is in the cookies
// and the [*orylogin.SecondFactorError] has no Token: create a flow with
// [orylogin.AAL2]. If the browser is logged in already, the error is a
// [*orylogin.ValidationError] that is [orylogin.ErrSessionAlreadyAvailable]: check for
// that first. For a flow of another browser it is an [*orylogin.APIError] that is
// [orylogin.ErrCSRFViolation].
//
// API: POST /self-service/login (submitSelfServiceLoginFlow)
func (v *Visit) Submit(ctx context.Context, flow *Flow, method orylogin.Method) (*Login, error) {
	if flow == nil || flow.ID == "" {
		return nil, errEmptyFlowID
	}
	members, err := bridge.Members(method)
	if err != nil {
		return nil, err
	}
	token, err := json.Marshal(flow.csrfToken())
	if err != nil {
		return nil, fmt.Errorf("orylogin/browser: %w", err)
	}
	members["csrf_token"] = token
	body, err := json.Marshal(members)
	if err != nil {
		return nil, fmt.Errorf("orylogin/browser: %w", err)
	}
	answer, err := v.submit(ctx, flow.ID, acceptJSON, acceptJSON, body)
	if err != nil {
		return nil, err
	}
	session, next, err := answer.BrowserLogin()
	var change *orylogin.LocationChangeError
	switch {
	case errors.As(err, &change) && asksForSecondFactor(change.URL):
		return nil, answer.SecondFactorBehind(err)
	case err != nil:
		return nil, err
	}
	login := &Login{Session: session.(*orylogin.Session), ContinueWith: next} //nolint:forcetypeassert // the bridge's contract
	for _, each := range next {
		if each.Action == "redirect_browser_to" {
			login.RedirectTo = each.RedirectBrowserTo
		}
	}
	return login, nil
}

// asksForSecondFactor reports whether Kratos sends the browser to a flow for a second
// factor, and not to a provider.
func asksForSecondFactor(target string) bool {
	parsed, err := url.Parse(target)
	return err == nil && strings.HasSuffix(parsed.Path, "/self-service/login/browser") &&
		parsed.Query().Get("aal") == string(orylogin.AAL2)
}

// SubmitForm submits a form as the browser has sent it to the application, with all
// fields of the flow's form. It takes the id of the flow only, since the CSRF token is
// in the form, as the field csrf_token.
//
// Kratos answers a form with a redirect. SubmitForm does not follow it: it makes one
// more request to find out what the redirect means. The client's time limit applies to
// each of the two requests. The error is nil only for a complete login; otherwise it is
// one of those of [Visit.Submit], with the status of the redirect. If the second
// request fails, it is the error of that request, and the browser may be logged in all
// the same once [Visit.WriteCookies] is called.
//
// Two outcomes differ from those of [Visit.Submit]. An expired flow that was to add a
// factor to a session, or to refresh it, is an [*orylogin.ExpiredError] without a
// UseFlowID, where Submit has [orylogin.ErrSessionAlreadyAvailable]. Any other
// redirect is an [*orylogin.RedirectError]; if the browser is logged in already, that
// error is [orylogin.ErrSessionAlreadyAvailable], too.
//
// API: POST /self-service/login (submitSelfServiceLoginFlow)
func (v *Visit) SubmitForm(ctx context.Context, flowID string, form url.Values) (*Login, error) {
	switch {
	case flowID == "":
		return nil, errEmptyFlowID
	case len(form) == 0:
		return nil, invalid.New("orylogin/browser: the form is empty")
	}
	answer, err := v.submit(ctx, flowID, acceptHTML, "application/x-www-form-urlencoded", []byte(form.Encode()))
	if err != nil {
		return nil, err
	}
	target, ok := answer.Redirect()
	if ok {
		return v.behind(ctx, answer, target, flowID, form)
	}
	if _, _, err = answer.BrowserLogin(); err == nil {
		err = answer.Failure(api.GenericError{}) // a login in JSON is no answer to a form
	}
	return nil, err
}

func (v *Visit) submit(ctx context.Context, flowID, accept, contentType string, body []byte) (bridge.Answer, error) {
	return v.send(ctx, operation.Submit, accept,
		func(ctx context.Context, kratos *api.Client, cookie *string) (*http.Response, error) {
			params := &api.SubmitSelfServiceLoginFlowParams{Flow: flowID, Cookie: cookie}
			return kratos.SubmitSelfServiceLoginFlowWithBody(ctx, params, contentType, bytes.NewReader(body))
		})
}

// behind finds out what the redirect after a submission stands for.
func (v *Visit) behind(ctx context.Context, answer bridge.Answer, target, flowID string, form url.Values) (*Login, error) {
	parsed, err := url.Parse(target)
	if err != nil {
		return nil, answer.RedirectError()
	}
	flow, failure := parsed.Query().Get("flow"), parsed.Query().Get("id")
	switch {
	case sameID(flow, flowID):
		return nil, v.behindFlow(ctx, answer, parsed, flow, true)
	case v.setSession(answer):
		return v.loggedIn(ctx, answer, target)
	case isID(flow):
		return nil, v.behindFlow(ctx, answer, parsed, flow, false)
	case isID(failure):
		return nil, v.behindError(ctx, answer, failure)
	case form.Get("provider") != "":
		return nil, answer.LocationChange(target)
	default:
		return nil, v.elsewhere(ctx, answer)
	}
}

// elsewhere reads a redirect that says nothing of the flow: it is how Kratos answers
// a browser that is logged in already.
func (v *Visit) elsewhere(ctx context.Context, answer bridge.Answer) error {
	if !v.hasSession() {
		return answer.RedirectError()
	}
	_, err := v.Whoami(ctx)
	var owed *orylogin.SecondFactorError
	if err == nil || errors.As(err, &owed) {
		return answer.LoggedInAlready()
	}
	return answer.RedirectError()
}

// sameID reports whether two ids are the same: Kratos takes them without dashes, in
// braces and in any case.
func sameID(a, b string) bool {
	plain := strings.NewReplacer("-", "", "{", "", "}", "", "urn:uuid:", "")
	return a != "" && strings.EqualFold(plain.Replace(a), plain.Replace(b))
}

// isID tells Kratos's ids, which are UUIDs, from what a provider's URL may hold.
func isID(text string) bool {
	const digits = "0123456789abcdefABCDEF-"
	return len(text) == 36 && strings.Count(text, "-") == 4 && strings.Trim(text, digits) == ""
}

// loggedIn asks whether the new session is complete.
func (v *Visit) loggedIn(ctx context.Context, answer bridge.Answer, target string) (*Login, error) {
	session, err := v.Whoami(ctx)
	var owed *orylogin.SecondFactorError
	switch {
	case errors.As(err, &owed):
		return nil, answer.SecondFactor(target)
	case err != nil:
		return nil, err
	}
	return &Login{Session: session, RedirectTo: target}, nil
}

// behindFlow reads the flow that a redirect leads to: the one that was submitted to,
// with messages; the one that replaces it; or one to verify an address, which is no
// login flow.
func (v *Visit) behindFlow(ctx context.Context, answer bridge.Answer, target *url.URL, id string, same bool) error {
	flow, err := v.GetFlow(ctx, id)
	switch {
	case err == nil && same:
		return answer.LoginError(&flow.Flow)
	case err == nil && len(flow.Messages().ID(orylogin.ErrPreviousFlowExpired)) > 0:
		return answer.Expired(id)
	case err == nil:
		return answer.RedirectError()
	case !same && isNotFound(err):
		return answer.Unverified(&api.ContinueWithFlow{ID: id, URL: target.String()})
	default:
		return err
	}
}

// behindError reads the error that a redirect leads to.
func (v *Visit) behindError(ctx context.Context, answer bridge.Answer, id string) error {
	failure, _, err := v.errorRecord(ctx, id)
	switch {
	case err == nil:
		return answer.Failure(failure.Error)
	case isNotFound(err):
		return answer.RedirectError()
	default:
		return err
	}
}

// isNotFound reports whether Kratos, and nothing in between, does not know what it
// was asked for.
func isNotFound(err error) bool {
	var apiErr *orylogin.APIError
	return errors.As(err, &apiErr) && apiErr.StatusCode == http.StatusNotFound && !errors.Is(err, orylogin.ErrUnknownAnswer)
}
