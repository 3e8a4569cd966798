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
	"github.com/orylogin/orylogin/internal/uuid"
)

// SessionsPerPage is the number of sessions on a page of [OtherSessions.List]. The last page
// has fewer.
const SessionsPerPage = 50

// OtherSessions are the sessions that a user has besides the present one: where else the user
// is logged in. Get them with [Client.OtherSessions] or [Visit.OtherSessions]. Those of a
// Client are safe for concurrent use.
//
// If the present session is not valid, the methods return an [*APIError] that matches
// [ErrSessionInactive]. If the server lacks these operations, as Kratos v0.8 does, they return
// an [*APIError] that matches [errors.ErrUnsupported].
type OtherSessions struct {
	by hidden.Value[asker]
}

// OtherSessions returns the user's sessions besides the token's. The options [WithCallHeader]
// and [WithDevice] count for each method of the result. OtherSessions sends nothing.
func (c *Client) OtherSessions(token Secret, opts ...CallOption) *OtherSessions {
	call := c.call(opts, noExtra)
	call.token, call.wrong = token, cmp.Or(call.wrong, noSessionOf(token))
	return &OtherSessions{hidden.New[asker](call)}
}

// OtherSessions returns the user's sessions besides the browser's. It sends nothing.
func (v *Visit) OtherSessions() *OtherSessions {
	return &OtherSessions{hidden.New[asker](v)}
}

// List returns a page of the valid sessions. It leaves out the present one, which
// [Client.Whoami] and [Visit.Whoami] return. The pages have the numbers 1 to 100. A session
// that begins or ends between two calls can move others to the next or the previous page. From
// v1.0 on the newest login comes first. If the present session lacks a second factor that the
// server demands, the error is a [*SecondFactorError] from v26.2 on; older servers list the
// sessions.
//
// API: GET /sessions (listMySessions)
func (o *OtherSessions) List(ctx context.Context, page int) ([]*Session, error) {
	number, size := strconv.Itoa(page), strconv.Itoa(SessionsPerPage)
	r := newRequest(operation.ListSessions, api.NewListMySessionsRequest, &api.ListMySessionsParams{Page: &number, PerPage: &size})
	if page < 1 || page > 100 {
		r.wrong = invalidCall("orylogin: the page is not between 1 and 100")
	}
	return o.ask(ctx, r, (*answer).sessions)
}

// Revoke revokes one of the sessions. If that session has ended, is unknown or belongs to
// another user, nothing happens and the error is nil, since the server does not tell these
// apart. The server refuses to revoke the present session with status 400: see
// [Client.Logout] and [Visit.Logout]. An id that is not a UUID returns [ErrInvalidCall].
//
// API: DELETE /sessions/{id} (disableMySession)
func (o *OtherSessions) Revoke(ctx context.Context, id string) error {
	r := request{operation: operation.RevokeSession, acts: true, build: func(server string) (*http.Request, error) {
		return api.NewDisableMySessionRequest(server, id, nil)
	}}
	if !uuid.Is(id) { // the id goes into a path
		r.wrong = invalidCall("orylogin: the session id is not a UUID")
	}
	_, err := o.ask(ctx, r, (*answer).revoked)
	return err
}

// RevokeAll revokes all of the sessions. The present session stays valid.
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
		return nil, invalidCall("orylogin: the OtherSessions was not made by a Client or a Visit")
	}
	sessions, err := ask(ctx, o.by.Reveal(), r, read)
	if visit, ok := o.by.Reveal().(*Visit); ok {
		visit.settle(err)
	}
	return sessions, err
}

// sessions reads a page of other sessions. On v0.10 a page without sessions is null.
func (a *answer) sessions() ([]*Session, error) {
	var sessions []*Session
	if a.decode(&sessions) != nil || !a.succeeded() || a.hasMore || sessions == nil && string(a.body) != "null" ||
		len(sessions) > SessionsPerPage || slices.ContainsFunc(sessions, func(s *Session) bool { return s == nil || !complete(&s.Session) }) {
		return nil, a.noSessions()
	}
	return sessions, nil
}

// revoked reads the answer to the revocation of other sessions. It has no body, or the number
// of sessions that the server keeps, valid or not.
func (a *answer) revoked() ([]*Session, error) {
	var kept struct {
		Count *int64 `json:"count"`
	}
	if a.status == http.StatusNoContent || a.decode(&kept) == nil && a.succeeded() && kept.Count != nil && !a.hasMore {
		return nil, nil
	}
	return nil, a.noSessions()
}

// noSessions returns the error of an answer about other sessions. It is that of whoami, except
// on a server without the operation. Such a server has nothing at the path, and refuses a
// DELETE as a form without its CSRF token.
func (a *answer) noSessions() error {
	_, err := a.session()
	if a.status == http.StatusNotFound && errors.Is(err, ErrUnknownAnswer) || a.status == http.StatusForbidden && errors.Is(err, ErrCSRFViolation) {
		return a.meaning(errors.ErrUnsupported, nil, "the server has no such operation")
	}
	return cmp.Or(err, a.unknown("it has one session and not a list"))
}
