package browser

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/api"
	"github.com/orylogin/orylogin/internal/bridge"
)

// Whoami returns the session of the visit's browser. Without a valid one the error
// is an [*orylogin.APIError] that is [orylogin.ErrSessionInactive]; a session that
// lacks a second factor which the server demands is an
// [*orylogin.SecondFactorError] with the URL to add it at.
//
// API: GET /sessions/whoami (toSession)
func (v *Visit) Whoami(ctx context.Context) (*orylogin.Session, error) {
	answer, err := v.send(ctx, "toSession", acceptJSON,
		func(ctx context.Context, kratos *api.Client, cookie *string) (*http.Response, error) {
			return kratos.ToSession(ctx, &api.ToSessionParams{Cookie: cookie})
		})
	if err != nil {
		return nil, err
	}
	session, err := answer.Session()
	if err != nil {
		return nil, err
	}
	return session.(*orylogin.Session), nil //nolint:forcetypeassert // the bridge's contract
}

// Logout revokes the session of the visit's browser. [Visit.WriteCookies] then
// removes its cookie. The time limit of the client counts for each of its two
// requests. Without a session the error is an [*orylogin.APIError] that is
// [orylogin.ErrSessionInactive].
//
// API: GET /self-service/logout/browser (createSelfServiceLogoutFlowUrlForBrowsers)
//
// API: GET /self-service/logout (submitSelfServiceLogoutFlow)
func (v *Visit) Logout(ctx context.Context) error {
	var logout api.SelfServiceLogoutURL
	answer, err := v.send(ctx, "createSelfServiceLogoutFlowUrlForBrowsers", acceptJSON,
		func(ctx context.Context, kratos *api.Client, cookie *string) (*http.Response, error) {
			params := &api.CreateSelfServiceLogoutFlowURLForBrowsersParams{Cookie: cookie}
			return kratos.CreateSelfServiceLogoutFlowURLForBrowsers(ctx, params)
		})
	if err != nil {
		return err
	}
	if err := answer.Decode(&logout, func() bool { return !logout.LogoutToken.IsZero() }); err != nil {
		return err
	}
	answer, err = v.send(ctx, "submitSelfServiceLogoutFlow", acceptJSON,
		func(ctx context.Context, kratos *api.Client, cookie *string) (*http.Response, error) {
			params := &api.SubmitSelfServiceLogoutFlowParams{Token: logout.LogoutToken.Reveal(), Cookie: cookie}
			return kratos.SubmitSelfServiceLogoutFlow(ctx, params)
		})
	if err != nil || answer.Status() == http.StatusNoContent {
		return err
	}
	return answer.Decode(&struct{}{}, func() bool { return false })
}

// ErrorRecord is an error that Kratos has sent a browser to the application's error
// page for.
type ErrorRecord struct {
	// ID is the id of the record, the parameter id of the error page's URL.
	ID string

	// Err is what went wrong, as if it had been the answer to a request, with
	// the status of the answer that the record came with.
	Err error

	// CreatedAt is when it went wrong.
	CreatedAt time.Time
}

// GetError fetches the error for which Kratos has sent a browser to the error page.
// An id that the server does not know is an [*orylogin.APIError] with status 404.
//
// API: GET /self-service/errors (getSelfServiceError)
func (v *Visit) GetError(ctx context.Context, id string) (*ErrorRecord, error) {
	if id == "" {
		return nil, errors.New("orylogin/browser: the id of the error is empty")
	}
	record, answer, err := v.errorRecord(ctx, id)
	if err != nil {
		return nil, err
	}
	return &ErrorRecord{ID: record.ID, Err: answer.Failure(record.Error), CreatedAt: record.CreatedAt}, nil
}

func (v *Visit) errorRecord(ctx context.Context, id string) (*api.SelfServiceErrorContainer, bridge.Answer, error) {
	answer, err := v.send(ctx, "getSelfServiceError", acceptJSON,
		func(ctx context.Context, kratos *api.Client, _ *string) (*http.Response, error) {
			return kratos.GetSelfServiceError(ctx, &api.GetSelfServiceErrorParams{ID: id})
		})
	if err != nil {
		return nil, nil, err
	}
	record := &api.SelfServiceErrorContainer{}
	if err := answer.Decode(record, func() bool { return record.ID != "" }); err != nil {
		return nil, nil, err
	}
	return record, answer, nil
}
