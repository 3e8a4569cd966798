package orylogin

import (
	"errors"
	"time"

	"github.com/orylogin/orylogin/api"
)

// browserLogin reads the answer to a browser's submission.
func (a *answer) browserLogin() (*Login, error) {
	login, err := a.anyLogin(false)
	if err == nil {
		return login, nil
	}
	var change *LocationChangeError
	if errors.As(err, &change) && asksForSecondFactor(change.URL) {
		owed := &SecondFactorError{APIError: change.APIError, URL: change.URL}
		owed.ID = "" // which is that of a location change
		return nil, owed
	}
	return nil, err
}

// browserFlow reads the answer to the fetching of a browser's flow. The id comes from the
// browser: a native flow of somebody else is none.
func (a *answer) browserFlow() (*Flow, error) {
	flow, err := a.flow()
	if err == nil && flow.Type == typeNative {
		return nil, a.meaning(ErrCSRFViolation, nil, "the flow is that of a native client")
	}
	return flow, err
}

// logoutToken reads the answer to the first half of a browser's logout.
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

// errorRecord reads an error that the server has kept for the page that shows it. It is what
// failed would have been with that error.
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
