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
)

// Login is a complete login of a browser. Its session is in a cookie: see
// [Visit.WriteCookies].
type Login struct {
	// Session says who is logged in, how and until when.
	Session *orylogin.Session

	// RedirectTo is where the server wants the browser to go: the flow's
	// return_to, or the default. It is empty on servers before v1.3, for
	// [Visit.Submit]. Check it as any other URL: see [SafeRedirect].
	RedirectTo string

	// ContinueWith lists what the server suggests to do next. It is empty for
	// [Visit.SubmitForm].
	ContinueWith []api.ContinueWith
}

// LogValue shows the session.
func (l Login) LogValue() slog.Value {
	return slog.GroupValue(slog.Any("session", l.Session))
}

// Submit submits a method to a flow of the visit's browser. The error is nil only
// for a complete login; the others are those of [orylogin.Client.Submit]. Servers
// since v1.1 answer with an [*orylogin.LocationChangeError] when a second factor is
// owed, and the session is in the cookies then; older ones with an
// [*orylogin.SecondFactorError], which has no Token. A flow of another browser is
// an [*orylogin.APIError] with [orylogin.ErrCSRFViolation].
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
	members["csrf_token"] = flow.csrfToken()
	body, err := json.Marshal(members)
	if err != nil {
		return nil, fmt.Errorf("orylogin/browser: %w", err)
	}
	answer, err := v.submit(ctx, flow.ID, acceptJSON, acceptJSON, body)
	if err != nil {
		return nil, err
	}
	session, next, err := answer.BrowserLogin()
	if err != nil {
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

// SubmitForm submits a form that a browser has sent to the application, with the
// fields that the flow's form has, csrf_token and method among them. Kratos answers
// as it answers a browser, with a redirect: SubmitForm finds out what is behind it,
// by one more request, and does not follow it. The error is nil only for a complete
// login; the others are those of [Visit.Submit]. The status of those that a redirect
// stands for is its own, 302 or 303.
//
// A redirect that leads elsewhere, such as that of a browser which is logged in
// already, is an [*orylogin.RedirectError] if its target is known to be none of
// Kratos's own; one to a provider is an [*orylogin.LocationChangeError].
//
// API: POST /self-service/login (submitSelfServiceLoginFlow)
func (v *Visit) SubmitForm(ctx context.Context, flowID string, form url.Values) (*Login, error) {
	switch {
	case flowID == "":
		return nil, errEmptyFlowID
	case form.Get("method") == "" && form.Get("provider") == "":
		return nil, errors.New("orylogin/browser: the form names no method")
	}
	answer, err := v.submit(ctx, flowID, acceptHTML, "application/x-www-form-urlencoded", []byte(form.Encode()))
	if err != nil {
		return nil, err
	}
	target, ok := answer.Redirect()
	if !ok {
		_, _, err := answer.BrowserLogin()
		if err == nil {
			err = answer.Failure(api.GenericError{})
		}
		return nil, err
	}
	return v.behind(ctx, answer, target, flowID, form)
}

func (v *Visit) submit(ctx context.Context, flowID, accept, contentType string, body []byte) (bridge.Answer, error) {
	return v.send(ctx, "submitSelfServiceLoginFlow", accept,
		func(ctx context.Context, kratos *api.Client, cookie *string) (*http.Response, error) {
			params := &api.SubmitSelfServiceLoginFlowParams{Flow: flowID, Cookie: cookie}
			return kratos.SubmitSelfServiceLoginFlowWithBody(ctx, params, contentType, bytes.NewReader(body))
		})
}

// behind finds out what the redirect after a submission stands for.
func (v *Visit) behind(ctx context.Context, answer bridge.Answer, target, flowID string, form url.Values) (*Login, error) {
	parsed, err := url.Parse(target)
	if err != nil {
		_, _, err = answer.BrowserLogin() // the redirect itself
		return nil, err
	}
	query := parsed.Query()
	switch {
	case v.setSession(answer):
		return v.loggedIn(ctx, answer, target)
	case query.Get("flow") != "":
		return nil, v.behindFlow(ctx, answer, parsed, query.Get("flow"), flowID)
	case query.Get("id") != "":
		return nil, v.behindError(ctx, answer, query.Get("id"))
	case form.Get("provider") != "":
		return nil, answer.LocationChange(target)
	default:
		_, _, err := answer.BrowserLogin()
		return nil, err
	}
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
// with messages; the one that replaces it; or one to verify an address.
func (v *Visit) behindFlow(ctx context.Context, answer bridge.Answer, target *url.URL, id, submitted string) error {
	flow, err := v.GetFlow(ctx, id)
	var apiErr *orylogin.APIError
	switch {
	case err == nil && strings.EqualFold(id, submitted):
		return answer.LoginError(&flow.Flow)
	case err == nil:
		return answer.Expired(id)
	case errors.As(err, &apiErr) && apiErr.StatusCode == http.StatusNotFound:
		return answer.Unverified(&api.ContinueWithFlow{ID: id, URL: target.String()})
	default:
		return err
	}
}

// behindError reads the error that a redirect leads to.
func (v *Visit) behindError(ctx context.Context, answer bridge.Answer, id string) error {
	failure, err := v.getError(ctx, id)
	if err != nil {
		return err
	}
	return answer.Failure(failure.Error)
}
