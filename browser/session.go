package browser

import (
	"context"
	"net/http"
	"time"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/api"
	"github.com/orylogin/orylogin/internal/bridge"
	"github.com/orylogin/orylogin/internal/invalid"
	"github.com/orylogin/orylogin/internal/operation"
)

// Whoami returns the session of the visit's browser. If there is no valid one, the
// error is an [*orylogin.APIError] that is [orylogin.ErrSessionInactive]. If the server
// demands a second factor that the session lacks, it is an
// [*orylogin.SecondFactorError], whose URL is where to add it.
//
// API: GET /sessions/whoami (toSession)
func (v *Visit) Whoami(ctx context.Context) (*orylogin.Session, error) {
	answer, err := v.send(ctx, operation.Whoami, acceptJSON,
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
// removes its cookie. Logout makes two requests; the client's time limit applies to
// each of them. If there is no session, the error is an [*orylogin.APIError] that is
// [orylogin.ErrSessionInactive].
//
// API: GET /self-service/logout/browser (createSelfServiceLogoutFlowUrlForBrowsers)
//
// API: GET /self-service/logout (submitSelfServiceLogoutFlow)
func (v *Visit) Logout(ctx context.Context) error {
	var logout api.SelfServiceLogoutURL
	answer, err := v.send(ctx, operation.CreateBrowserLogout, acceptJSON,
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
	answer, err = v.send(ctx, operation.SubmitBrowserLogout, acceptJSON,
		func(ctx context.Context, kratos *api.Client, cookie *string) (*http.Response, error) {
			params := &api.SubmitSelfServiceLogoutFlowParams{Token: logout.LogoutToken.Reveal(), Cookie: cookie}
			return kratos.SubmitSelfServiceLogoutFlow(ctx, params)
		})
	if err != nil || answer.Status() == http.StatusNoContent {
		return err
	}
	return answer.Decode(&struct{}{}, func() bool { return false })
}

// ErrorRecord is an error that Kratos shows a browser on the application's error page.
// It is safe for concurrent use as long as nobody changes it.
type ErrorRecord struct {
	// ID is the id of the record, the parameter id of the error page's URL.
	ID string

	// Err is what went wrong, in the form of an error that answers a request. Its
	// StatusCode is that of the answer with the record.
	Err error

	// CreatedAt is when it went wrong.
	CreatedAt time.Time
}

// GetError fetches the error that the error page is to show. If the server does not
// know the id, GetError's error is an [*orylogin.APIError] with status 404.
//
// API: GET /self-service/errors (getSelfServiceError)
func (v *Visit) GetError(ctx context.Context, id string) (*ErrorRecord, error) {
	if id == "" {
		return nil, invalid.New("orylogin/browser: the id of the error is empty")
	}
	record, answer, err := v.errorRecord(ctx, id)
	if err != nil {
		return nil, err
	}
	return &ErrorRecord{ID: record.ID, Err: answer.Failure(record.Error), CreatedAt: record.CreatedAt}, nil
}

func (v *Visit) errorRecord(ctx context.Context, id string) (*api.SelfServiceErrorContainer, bridge.Answer, error) {
	answer, err := v.send(ctx, operation.GetError, acceptJSON,
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
