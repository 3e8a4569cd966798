package orylogin

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/orylogin/orylogin/internal/hidden"
)

// Submit submits a method to a flow of the visit's browser. The flow comes from
// [Visit.GetFlow], from [Visit.CreateFlow] or from an error. Submit takes the whole flow, and
// not its id as [Client.Submit] does, since it sends the flow's CSRF token.
//
// The error is nil only for a complete login whose session cookie the browser has. Otherwise
// it is an error of [Client.Submit]. If the login needs a second factor, the session is in the
// cookies, and the [*SecondFactorError] has no Token: create a flow with [AAL2]. For the flow
// of another browser, the error is an [*APIError] that matches [ErrCSRFViolation]. A native
// flow returns [ErrInvalidCall].
//
// For a flow with Refresh, Submit asks for the browser's session first, and returns the errors
// of [Visit.Whoami]. It submits only if that session is complete. If another user has logged
// in, the error is a [*SessionChangedError], and the browser keeps its earlier session. None
// of this applies to a login to an OAuth2 client, since any user may log in there. The
// Login.RedirectTo of such a login is a URL of the server, which sends the browser on to that
// client.
//
// API: POST /self-service/login (submitSelfServiceLoginFlow)
func (v *Visit) Submit(ctx context.Context, flow *Flow, method Method) (*Login, error) {
	login, err := v.submitMethod(ctx, flow, method)
	v.settle(err)
	return login, err
}

func (v *Visit) submitMethod(ctx context.Context, flow *Flow, method Method) (*Login, error) {
	switch {
	case flow == nil || flow.ID == "":
		return nil, errEmptyFlowID
	case flow.Type == typeNative:
		return nil, invalidCall("orylogin: the flow is a native flow")
	}
	body, err := browserBody(method, flow.csrfToken())
	if err != nil {
		return nil, err
	}
	v.saw(flow)
	r := submitFlow(flow.ID, contentTypeJSON, body)
	return v.submit(ctx, flow, r, func(a *answer) (*Login, error) { return v.methodLogin(ctx, a, flow) })
}

// methodLogin finds out what the answer to a method means. For an OAuth2 client, the answer has
// the URL of that client and no session.
func (v *Visit) methodLogin(ctx context.Context, answer *answer, flow *Flow) (*Login, error) {
	login, err := answer.browserLogin()
	var change *LocationChangeError
	switch {
	case errors.As(err, &change) && flow.OAuth2LoginChallenge != "" && answer.setsSession:
		return v.loggedIn(ctx, answer, change.URL)
	case err == nil:
		err = v.confirm(ctx, answer, login.Session)
	}
	if err != nil {
		return nil, err
	}
	return login, nil
}

// browserLogin reads the answer to a browser's submission.
func (a *answer) browserLogin() (*Login, error) {
	login, err := a.anyLogin(false)
	if err == nil {
		return login, nil
	}
	var change *LocationChangeError
	if errors.As(err, &change) && asksForSecondFactor(change.URL) {
		owed := &SecondFactorError{APIError: change.APIError, URL: change.URL}
		owed.ID = "" // the id is that of a location change
		return nil, owed
	}
	return nil, err
}

// asksForSecondFactor reports whether the server sends the browser to a flow for a second
// factor, and not to a provider.
func asksForSecondFactor(target string) bool {
	parsed, err := url.Parse(target)
	return err == nil && strings.HasSuffix(parsed.Path, "/self-service/login/browser") &&
		parsed.Query().Get("aal") == string(AAL2)
}

// browserBody returns the body of a method with the CSRF token.
func browserBody(method Method, csrfToken string) ([]byte, error) {
	body, err := wireBody(method)
	if err != nil {
		return nil, err
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil {
		return nil, fmt.Errorf("orylogin: the members of %T: %w", method, err)
	}
	members["csrf_token"], _ = json.Marshal(csrfToken) // cannot fail for a string
	return json.Marshal(members)
}

// submit sends a submission to a flow.
func (v *Visit) submit(ctx context.Context, flow *Flow, r request, read func(*answer) (*Login, error)) (*Login, error) {
	before, err := v.sessionToRefresh(ctx, flow)
	if err != nil {
		return nil, err
	}
	r.noSession = v.ignoresSession(flow)
	login, err := ask(ctx, v, r, read)
	var change *LocationChangeError
	if r.noSession && errors.As(err, &change) {
		err = cmp.Or(v.leave(ctx), err)
	}
	return ofSameUser(before, login, err)
}

// ignoresSession reports whether the submission leaves out the browser's session.
func (v *Visit) ignoresSession(flow *Flow) bool {
	return v != nil && v.purpose.IgnoreSession && flow.isFirst()
}

// leave ends the session that the login ignores, since the browser comes back from a provider
// with all its cookies. From the logout, the browser gets only the session cookie: another
// cookie protects the flow.
func (v *Visit) leave(ctx context.Context) error {
	set, cookies := v.set.Reveal(), v.cookies
	if !v.hasSession() {
		return nil
	}
	if err := v.logout(ctx); err != nil && !errors.Is(err, ErrSessionInactive) {
		return err
	}
	for _, line := range v.set.Reveal()[len(set):] {
		if parsed, err := http.ParseSetCookie(line); err == nil && v.client.config.cookies.isSession(parsed.Name) {
			set = append(set, line)
		}
	}
	v.set, v.cookies = hidden.New(set), slices.DeleteFunc(slices.Clone(cookies), v.isSession)
	return nil
}

// sessionToRefresh returns the session that the flow refreshes, or nil if the flow refreshes
// none. At an OAuth2 client any user may log in. Without a complete session nobody can tell
// whose login it is, so the error keeps the submission from being sent.
func (v *Visit) sessionToRefresh(ctx context.Context, flow *Flow) (*Session, error) {
	switch {
	case v == nil || v.client == nil || !flow.Refresh || flow.OAuth2LoginChallenge != "":
		return nil, nil //nolint:nilnil // the flow needs no session
	case !v.hasSession():
		return nil, errNoCookie
	}
	return v.whoami(ctx)
}

// ofSameUser returns the login if it belongs to the user of the earlier session. Otherwise it
// returns an error. If the login needs a second factor, the session is another one.
func ofSameUser(before *Session, login *Login, err error) (*Login, error) {
	var owed *SecondFactorError
	switch {
	case before == nil:
	case errors.As(err, &owed):
		return nil, &SessionChangedError{Login: &Login{Session: owed.Session}}
	case err == nil && before.Identity.ID != login.Session.Identity.ID:
		return nil, &SessionChangedError{Login: login}
	}
	return login, err
}

// confirm checks that the browser has the cookie of the session, from this answer or an earlier
// one.
func (v *Visit) confirm(ctx context.Context, answer *answer, session *Session) error {
	if answer.setsSession {
		return nil
	}
	if !v.hasSession() {
		return answer.unknown("it has a session, but sets no session cookie")
	}
	there, err := v.whoami(ctx)
	if err == nil && there.ID != session.ID {
		err = answer.unknown("it has a session, but the session cookie belongs to another session")
	}
	return err
}
