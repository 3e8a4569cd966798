package orylogin

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"

	"github.com/orylogin/orylogin/api"
	"github.com/orylogin/orylogin/internal/hidden"
	"github.com/orylogin/orylogin/internal/operation"
)

// SessionsPerPage is how many sessions a page of [OtherSessions.List] has. The last page has
// fewer.
const SessionsPerPage = 50

// OtherSessions are the sessions that a user has besides the one that asks: where else the
// user is logged in. Get them by [Client.OtherSessions] or [Visit.OtherSessions]. Those of a
// Client are safe for concurrent use.
//
// An error of its methods is an [*APIError] that is [ErrSessionInactive] if the session that
// asks is not valid, and one that is [errors.ErrUnsupported] if the server has no such
// operation, such as v0.8. Making an OtherSessions sends nothing.
type OtherSessions struct {
	by hidden.Value[asker]
}

// OtherSessions returns the other sessions of the user whose session the token is. The
// options count for each of its methods: [WithCallHeader] and [WithDevice].
func (c *Client) OtherSessions(token Secret, opts ...CallOption) *OtherSessions {
	call := c.call(opts, noExtra)
	call.token, call.wrong = token, cmp.Or(call.wrong, noSessionOf(token))
	return &OtherSessions{hidden.New[asker](call)}
}

// OtherSessions returns the other sessions of the user at the visit's browser.
func (v *Visit) OtherSessions() *OtherSessions {
	return &OtherSessions{hidden.New[asker](v)}
}

// List returns a page of the sessions that are valid. The session that asks is not among
// them: see [Client.Whoami]. The pages have the numbers 1 to 100. If a session begins or ends
// meanwhile, another one can move to the page before or behind. From v1.0 on the newest login
// comes first. If the session that asks lacks a second factor which the server demands, the
// error is a [*SecondFactorError] from v26.2 on; older servers list the sessions.
//
// API: GET /sessions (listMySessions)
func (o *OtherSessions) List(ctx context.Context, page int) ([]*Session, error) {
	number, size := strconv.Itoa(page), strconv.Itoa(SessionsPerPage)
	r := newRequest(operation.ListSessions, api.NewListMySessionsRequest, &api.ListMySessionsParams{Page: &number, PerPage: &size})
	if page < 1 || page > 100 {
		r.wrong = invalidCall("orylogin: the page is none from 1 to 100")
	}
	return o.ask(ctx, r, (*answer).sessions)
}

// Revoke revokes one of the sessions. The error is nil, and nothing happens, if that session
// has ended, is unknown or belongs to somebody else: the server tells none of them apart. The
// session that asks is refused with the status 400: see [Client.Logout] and [Visit.Logout]. An
// id that is no UUID is [ErrInvalidCall].
//
// API: DELETE /sessions/{id} (disableMySession)
func (o *OtherSessions) Revoke(ctx context.Context, id string) error {
	r := request{operation: operation.RevokeSession, acts: true, build: func(server string) (*http.Request, error) {
		return api.NewDisableMySessionRequest(server, id, nil)
	}}
	if !isID(id) { // it goes into a path
		r.wrong = invalidCall("orylogin: the id of the session is no UUID")
	}
	_, err := o.ask(ctx, r, (*answer).revoked)
	return err
}

// RevokeAll revokes all of the sessions. The session that asks stays valid.
//
// API: DELETE /sessions (disableMyOtherSessions)
func (o *OtherSessions) RevokeAll(ctx context.Context) error {
	r := newRequest(operation.RevokeSessions, api.NewDisableMyOtherSessionsRequest, nil)
	r.acts = true
	_, err := o.ask(ctx, r, (*answer).revoked)
	return err
}

func (o *OtherSessions) ask(ctx context.Context, r request, read func(*answer) ([]*Session, error)) ([]*Session, error) {
	if o == nil || o.by.Reveal() == nil {
		return nil, invalidCall("orylogin: the OtherSessions are of no Client and of no Visit")
	}
	sessions, err := ask(ctx, o.by.Reveal(), r, read)
	if visit, ok := o.by.Reveal().(*Visit); ok {
		visit.settle(err)
	}
	return sessions, err
}

// sessions reads a page of other sessions, which is null for none on v0.10.
func (a *answer) sessions() ([]*Session, error) {
	var sessions []*Session
	if a.decode(&sessions) != nil || !a.succeeded() || a.hasMore || sessions == nil && string(a.body) != "null" ||
		len(sessions) > SessionsPerPage || slices.ContainsFunc(sessions, func(s *Session) bool { return s == nil || !complete(&s.Session) }) {
		return nil, a.noSessions()
	}
	return sessions, nil
}

// revoked reads the answer to the end of other sessions: nothing, or how many there are that
// the server keeps, valid or not.
func (a *answer) revoked() ([]*Session, error) {
	var kept struct {
		Count *int64 `json:"count"`
	}
	if a.status == http.StatusNoContent || a.decode(&kept) == nil && a.succeeded() && kept.Count != nil && !a.hasMore {
		return nil, nil
	}
	return nil, a.noSessions()
}

// noSessions is the error of an answer about other sessions: that of whoami. A server that
// knows no such operation has no page there, and takes a DELETE for a form without its token.
func (a *answer) noSessions() error {
	_, err := a.session()
	if a.status == http.StatusNotFound && errors.Is(err, ErrUnknownAnswer) || a.status == http.StatusForbidden && errors.Is(err, ErrCSRFViolation) {
		return a.meaning(errors.ErrUnsupported, nil, "the server has no such operation")
	}
	return cmp.Or(err, a.unknown("it has one session"))
}
