package orylogin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/orylogin/orylogin/api"
	"github.com/orylogin/orylogin/internal/bridge"
)

func init() {
	bridge.Send = func(ctx context.Context, client any, request bridge.Request) (bridge.Answer, error) {
		call := &call{header: request.Header, accept: request.Accept}
		answer, err := client.(*Client).send(ctx, request.Operation, call, request.Call) //nolint:forcetypeassert // the contract
		if err != nil {
			return nil, err
		}
		return bridgedAnswer{answer}, nil
	}
	bridge.Members = func(method any) (map[string]json.RawMessage, error) {
		m, _ := method.(Method)
		body, err := wireBody(m)
		if err != nil {
			return nil, err
		}
		var members map[string]json.RawMessage
		if err := json.Unmarshal(body, &members); err != nil {
			return nil, fmt.Errorf("orylogin: the members of %T: %w", method, err)
		}
		return members, nil
	}
}

// bridgedAnswer is an answer as the sibling packages see it.
type bridgedAnswer struct{ answer *answer }

func (b bridgedAnswer) Status() int { return b.answer.status }

func (b bridgedAnswer) Header() http.Header { return b.answer.header }

func (b bridgedAnswer) Redirect() (string, bool) {
	location := b.answer.header.Get("Location")
	if b.answer.status != http.StatusFound && b.answer.status != http.StatusSeeOther || location == "" {
		return "", false
	}
	if target, err := b.answer.url.Parse(location); err == nil {
		location = target.String()
	}
	return location, true
}

func (b bridgedAnswer) RedirectError() error {
	return b.answer.redirect(b.answer.header.Get("Location"))
}

func (b bridgedAnswer) LoggedInAlready() error {
	err := b.answer.redirect(b.answer.header.Get("Location"))
	err.means = ErrSessionAlreadyAvailable
	return err
}

func (b bridgedAnswer) Flow() (any, error) {
	flow, err := b.answer.flow()
	return orNil(flow), err
}

func (b bridgedAnswer) BrowserLogin() (any, []api.ContinueWith, error) {
	session, next, err := b.answer.browserLogin()
	return orNil(session), next, err
}

func (b bridgedAnswer) Session() (any, error) {
	session, err := b.answer.session(Secret{})
	return orNil(session), err
}

func (b bridgedAnswer) LoginError(flow any) error {
	return b.answer.loginError(flow.(*Flow)) //nolint:forcetypeassert // the contract
}

func (b bridgedAnswer) Failure(failure api.GenericError) error {
	return b.answer.errorWith(int(failure.Code), &errorMembers{Error: &failure})
}

func (b bridgedAnswer) Expired(useFlowID string) error {
	apiErr := b.answer.progress(nil, "the flow has expired")
	apiErr.means = ErrFlowExpired
	return &ExpiredError{APIError: apiErr, UseFlowID: useFlowID}
}

func (b bridgedAnswer) LocationChange(url string) error {
	apiErr := b.answer.progress(nil, "the login goes on in a browser")
	apiErr.means = ErrLocationChangeRequired
	return &LocationChangeError{APIError: apiErr, URL: url}
}

func (b bridgedAnswer) SecondFactor(url string) error {
	return &SecondFactorError{APIError: b.answer.progress(nil, secondFactorOwed), URL: url}
}

func (b bridgedAnswer) SecondFactorBehind(change error) error {
	var location *LocationChangeError
	if !errors.As(change, &location) {
		return change
	}
	owed := &SecondFactorError{APIError: location.APIError, URL: location.URL}
	owed.what = secondFactorOwed
	return owed
}

func (b bridgedAnswer) Unverified(verification *api.ContinueWithFlow) error {
	apiErr := b.answer.apiError(nil, addressNotVerified)
	apiErr.means = ErrSessionVerifiedAddressRequired
	return &VerificationError{APIError: apiErr, Verification: verification}
}

func (b bridgedAnswer) Decode(target any, ok func() bool) error {
	if err := b.answer.decode(target); err != nil {
		return err
	}
	if b.answer.succeeded() && ok() {
		return nil
	}
	var members errorMembers
	if err := b.answer.decode(&members); err != nil {
		return err
	}
	return b.answer.errorOf(&members)
}

// orNil turns a nil pointer into a nil interface.
func orNil[T any](value *T) any {
	if value == nil {
		return nil
	}
	return value
}
