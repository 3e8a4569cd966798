package orylogin

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/orylogin/orylogin/api"
	"github.com/orylogin/orylogin/internal/operation"
	"github.com/orylogin/orylogin/internal/uuid"
)

// Whoami returns the session of the visit's browser. If the browser has no valid session, the
// error is an [*APIError] that matches [ErrSessionInactive]. If the server demands a second
// factor that the session lacks, the error is a [*SecondFactorError], whose URL is where to
// add it. If the server prolongs the session, it sets the cookie anew.
//
// API: GET /sessions/whoami (toSession)
func (v *Visit) Whoami(ctx context.Context) (*Session, error) {
	session, err := v.whoami(ctx)
	v.settle(err)
	return session, err
}

func (v *Visit) whoami(ctx context.Context) (*Session, error) {
	return ask(ctx, v, whoami(nil), (*answer).session)
}

// Logout revokes the session of the visit's browser and removes its cookie. It makes two
// requests; the client's time limit applies to each of them. If the browser has no session,
// the error is an [*APIError] that matches [ErrSessionInactive].
//
// API: GET /self-service/logout/browser (createSelfServiceLogoutFlowUrlForBrowsers)
//
// API: GET /self-service/logout (submitSelfServiceLogoutFlow)
func (v *Visit) Logout(ctx context.Context) error {
	err := v.logout(ctx)
	v.settle(err)
	return err
}

func (v *Visit) logout(ctx context.Context) error {
	token, err := ask(ctx, v, newRequest(operation.CreateBrowserLogout,
		api.NewCreateSelfServiceLogoutFlowURLForBrowsersRequest, nil), (*answer).logoutToken)
	if err != nil {
		return err
	}
	r := newRequest(operation.SubmitBrowserLogout, api.NewSubmitSelfServiceLogoutFlowRequest,
		&api.SubmitSelfServiceLogoutFlowParams{Token: token.Reveal()})
	r.acts = true
	v.clear, err = ask(ctx, v, r, (*answer).loggedOut)
	return err
}

// logoutToken reads the answer to the first request of a browser's logout.
func (a *answer) logoutToken() (Secret, error) {
	var members struct {
		api.SelfServiceLogoutURL
		errorMembers
	}
	if err := a.decode(&members); err != nil {
		return Secret{}, err
	}
	if !validToken(members.LogoutToken.Reveal()) || !a.succeeded() {
		return Secret{}, a.errorOf(&members.errorMembers)
	}
	return members.LogoutToken, nil
}

// ClearSiteData returns the Clear-Site-Data header of the answer to [Visit.Logout], empty if
// there was none. Servers after v26.2 send it over https if logout.clear_browser_data is
// configured. The Visit does not pass it on, since a browser clears the data of the origin
// that sends the header, and that is the application's. Set the header if you want that.
func (v *Visit) ClearSiteData() string { return v.clear }

// ErrorRecord is an error that the server has kept, so that the application's error page can
// show it. It is safe for concurrent use as long as nobody changes it.
type ErrorRecord struct {
	// ID is the id of the record, from the query parameter id of the error page's URL.
	ID string

	// Err is what went wrong. It is an error like those of the calls, and has the StatusCode
	// of the failure.
	Err error

	// CreatedAt is when it went wrong.
	CreatedAt time.Time
}

// shown is the record's id and its error.
func (r ErrorRecord) shown() string { return fmt.Sprintf("error %s: %v", uuid.Shown(r.ID), r.Err) }

// GetError fetches the error for the error page. If the server does not know the id, the
// error is an [*APIError] that matches [ErrNotFound].
//
// API: GET /self-service/errors (getSelfServiceError)
func (v *Visit) GetError(ctx context.Context, id string) (*ErrorRecord, error) {
	if id == "" {
		return nil, invalidCall("orylogin: the id of the error is empty")
	}
	record, err := v.errorRecord(ctx, id, nil)
	v.settle(err)
	return record, err
}

// errorRecord fetches an error that the server has kept. The record's Err is that of the answer
// failed, or of this answer if failed is nil.
func (v *Visit) errorRecord(ctx context.Context, id string, failed *answer) (*ErrorRecord, error) {
	r := newRequest(operation.GetError, api.NewGetSelfServiceErrorRequest, &api.GetSelfServiceErrorParams{ID: id})
	return ask(ctx, v, r, func(a *answer) (*ErrorRecord, error) { return a.errorRecord(cmp.Or(failed, a)) })
}

// errorRecord reads an error that the server has kept for its error page. It returns the error
// that the answer failed would have had.
func (a *answer) errorRecord(failed *answer) (*ErrorRecord, error) {
	var kept struct {
		ID        string    `json:"id"`
		CreatedAt time.Time `json:"created_at"`
		errorMembers
	}
	if err := a.decode(&kept); err != nil {
		return nil, err
	}
	if kept.ID == "" || kept.Error == nil || !a.succeeded() {
		return nil, a.errorOf(&kept.errorMembers)
	}
	as := *failed
	as.status = int(kept.Error.Code)
	return &ErrorRecord{ID: kept.ID, Err: as.errorOf(&kept.errorMembers), CreatedAt: kept.CreatedAt}, nil
}
