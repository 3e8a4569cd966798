package orylogin_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
)

const sessionID = "67a16b6a-8fba-4ab5-b277-5f237c3dea3b"

// idsOf returns the ids of sessions.
func idsOf(sessions []*orylogin.Session) []string {
	ids := []string{}
	for _, session := range sessions {
		ids = append(ids, session.ID)
	}
	return ids
}

// logIns logs ada in several times and returns the ids of the sessions, the newest first.
func logIns(t *testing.T, client *orylogin.Client, times int) []string {
	t.Helper()
	ids := make([]string, times)
	for i := range ids {
		login, err := client.Login(t.Context(), password)
		require.NoError(t, err)
		ids[times-1-i] = login.Session.ID
	}
	return ids
}

// TestOtherSessions lists and revokes a user's other sessions, with a token and for a browser.
func TestOtherSessions(t *testing.T) {
	t.Parallel()
	for _, byVisit := range []bool{false, true} {
		server := newKratos(t)
		client := server.Client()
		login, err := client.Login(t.Context(), password)
		require.NoError(t, err)
		others, own := client.OtherSessions(login.Token), login.Session.ID
		if byVisit {
			visit := visitOf(t, server, "")
			login, err = visit.Submit(t.Context(), newFlow(t, visit), password)
			require.NoError(t, err)
			require.NoError(t, others.Revoke(t.Context(), login.Session.ID)) // otherwise there is one session more
			login, err = visit.Submit(t.Context(), newFlow(t, visit), password)
			require.NoError(t, err)
			require.NoError(t, visit.OtherSessions().RevokeAll(t.Context()))
			others, own = visit.OtherSessions(), login.Session.ID
		}
		none, err := others.List(t.Context(), 1)
		require.NoError(t, err)
		require.Empty(t, none)

		stranger, err := client.Login(t.Context(), passwordOf(grace))
		require.NoError(t, err)
		ids := logIns(t, client, 3)
		list, err := others.List(t.Context(), 1)
		require.NoError(t, err)
		require.Equal(t, ids, idsOf(list))
		require.Equal(t, ada.ID, list[0].Identity.ID)
		require.Contains(t, string(list[0].Document()), ids[0])
		require.Len(t, list[0].Devices, 1)
		list, err = others.List(t.Context(), 2)
		require.NoError(t, err)
		require.Empty(t, list)

		for _, id := range []string{ids[1], ids[1], strings.ToUpper(ids[1]), stranger.Session.ID, flowID} {
			require.NoError(t, others.Revoke(t.Context(), id))
		}
		var apiErr *orylogin.APIError
		require.ErrorAs(t, others.Revoke(t.Context(), own), &apiErr)
		require.Equal(t, http.StatusBadRequest, apiErr.StatusCode)
		list, err = others.List(t.Context(), 1)
		require.NoError(t, err)
		require.Equal(t, []string{ids[0], ids[2]}, idsOf(list))
		_, err = client.Whoami(t.Context(), stranger.Token)
		require.NoError(t, err, "nobody ends the session of somebody else")

		require.NoError(t, others.RevokeAll(t.Context()))
		list, err = others.List(t.Context(), 1)
		require.NoError(t, err)
		require.Empty(t, list)
	}
}

// TestPagesOfSessions checks the length of the pages.
func TestPagesOfSessions(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	client := server.Client()
	login, err := client.Login(t.Context(), password)
	require.NoError(t, err)
	ids := logIns(t, client, orylogin.SessionsPerPage+1)
	others := client.OtherSessions(login.Token)
	first, err := others.List(t.Context(), 1)
	require.NoError(t, err)
	second, err := others.List(t.Context(), 2)
	require.NoError(t, err)
	require.Len(t, first, orylogin.SessionsPerPage)
	require.Equal(t, ids, append(idsOf(first), idsOf(second)...))
}

// TestRequestsForOtherSessions checks that a request has the caller's credential and no other.
func TestRequestsForOtherSessions(t *testing.T) {
	t.Parallel()
	answer := recorded(t, "v1.3.1/list_empty")
	list, err := answer.client(t).OtherSessions(token, orylogin.WithCallHeader("X-Trace", "1")).List(t.Context(), 7)
	require.NoError(t, err)
	require.Empty(t, list)
	request := answer.only(t)
	require.Equal(t, "GET /sessions?page=7&per_page=50", request.Method+" "+request.Target)
	require.Equal(t, []string{token.Reveal()}, request.Header["X-Session-Token"])
	require.Equal(t, []string{"1"}, request.Header["X-Trace"])
	require.NotContains(t, request.Header, "Cookie")

	answer = recorded(t, "v1.3.1/revoke")
	page := pageRequest(t, "")
	page.Header.Set("Cookie", "ory_kratos_session=secret; tracking=1")
	require.NoError(t, answer.client(t).Visit(nil, page).OtherSessions().Revoke(t.Context(), sessionID))
	request = answer.only(t)
	require.Equal(t, "DELETE /sessions/"+sessionID, request.Method+" "+request.Target)
	require.Equal(t, []string{"ory_kratos_session=secret"}, request.Header["Cookie"])
	require.NotContains(t, request.Header, "X-Session-Token")

	answer = recorded(t, "v1.3.1/revokeall")
	require.NoError(t, answer.client(t).OtherSessions(token).RevokeAll(t.Context()))
	require.Equal(t, "DELETE /sessions", answer.only(t).Method+" "+answer.only(t).Target)
}

// TestNoOtherSessions checks the answers of servers to a user without other sessions.
func TestNoOtherSessions(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"v0.10.1/list_empty", "v1.3.1/list_empty"} {
		list, err := recorded(t, name).client(t).OtherSessions(token).List(t.Context(), 1)
		require.NoError(t, err, name)
		require.Empty(t, list, name)
	}
	require.ErrorIs(t, operations["list"](t.Context(), inJSON(401, "null").client(t)), orylogin.ErrUnknownAnswer)
}

// TestRecordedSessions reads the answers of real servers. v0.10 sends no devices.
func TestRecordedSessions(t *testing.T) {
	t.Parallel()
	for release, devices := range map[string]int{"v0.10.1": 0, "v26.2.0": 1} {
		list, err := recorded(t, release+"/list").client(t).OtherSessions(token).List(t.Context(), 1)
		require.NoError(t, err)
		require.Len(t, list, 2)
		for _, session := range list {
			require.NotEmpty(t, session.ID)
			require.NotEmpty(t, session.Identity.ID)
			require.False(t, session.AuthenticatedAt.IsZero())
			require.Len(t, session.Devices, devices)
			require.Contains(t, string(session.Document()), session.ID)
			require.NotContains(t, fmt.Sprintf("%v %+v", list, session), "x@example.com")
		}
	}
}

// TestNoSuchOperation checks the answers of a server without these operations. They were
// recorded on v0.8, except the refusal.
func TestNoSuchOperation(t *testing.T) {
	t.Parallel()
	noPage := &fixed{
		status: http.StatusNotFound, header: http.Header{"Content-Type": {"text/plain; charset=utf-8"}}, body: []byte("404 page not found\n"),
	}
	forged := inJSON(http.StatusForbidden, `{"error":{"id":"security_csrf_violation","code":403,"status":"Forbidden","reason":"hunter2"}}`)
	for operation, answer := range map[string]*fixed{"list": noPage, "revoke": forged, "revokeall": forged} {
		err := operations[operation](t.Context(), answer.client(t))
		require.ErrorIs(t, err, errors.ErrUnsupported, operation)
		require.NotErrorIs(t, err, orylogin.ErrUnknownAnswer, operation)
		require.NotErrorIs(t, err, orylogin.ErrCSRFViolation, operation)
		require.Equal(t, orylogin.OutcomeUnsupported, orylogin.OutcomeOf(err), operation)
		require.Equal(t, outcome{kind: "API", status: answer.status}, outcomeOf(err), operation)
		require.ErrorContains(t, err, "the server has no such operation")
	}
	for _, release := range []orylogintest.Release{orylogintest.V0_8} {
		server := newKratos(t, orylogintest.WithRelease(release))
		client := server.Client()
		login, err := client.Login(t.Context(), password)
		require.NoError(t, err)
		others := client.OtherSessions(login.Token)
		_, err = others.List(t.Context(), 1)
		for _, err := range []error{err, others.Revoke(t.Context(), sessionID), others.RevokeAll(t.Context())} {
			require.ErrorIs(t, err, errors.ErrUnsupported)
		}
	}
}

// TestSecondFactorForOtherSessions checks that newer servers list no sessions to a session that
// owes a second factor.
func TestSecondFactorForOtherSessions(t *testing.T) {
	t.Parallel()
	for release, listed := range map[orylogintest.Release]bool{orylogintest.V1_3: true, orylogintest.V26_2: false} {
		server := newKratos(t, orylogintest.WithRelease(release), orylogintest.WithHighestAAL())
		client := server.Client()
		var owed *orylogin.SecondFactorError
		_, err := client.Login(t.Context(), passwordOf(grace))
		require.ErrorAs(t, err, &owed)
		of := owed.Token
		_, err = client.OtherSessions(of).List(t.Context(), 1)
		if listed {
			require.NoError(t, err)
			continue
		}
		require.ErrorAs(t, err, &owed)
		require.True(t, owed.Token.Equal(of))
		require.NotEmpty(t, owed.URL)
	}
}

// TestWrongPages checks that only a page of sessions counts as one.
func TestWrongPages(t *testing.T) {
	t.Parallel()
	many := "[" + strings.Repeat(oneSession+",", orylogin.SessionsPerPage) + oneSession + "]"
	for _, body := range []string{
		many, oneSession, `[` + oneSession + `,null]`, `[null]`, `[1]`, `[[` + oneSession + `]]`, `{"sessions":[]}`, `{"count":1}`,
		`[{"id":"s","active":false,"identity":{"id":"i"}}]`, `[{"id":"s","active":true}]`, `[{"active":true,"identity":{"id":"i"}}]`,
		`[{"id":"s","active":true,"identity":{"id":"i"},"error":"no"}]`, `[` + oneSession + `]{"error":{"code":500}}`,
		`[` + oneSession + `,{"id":"s","ID":"t","active":true,"identity":{"id":"i"}}]`,
		`[` + oneSession + `,{"id":"s","active":true,"identity":{"id":"i","id":"j"}}]`,
		`[` + oneSession + `,{"id":"s","active":true,"identity":{"id":"i"},"identity":{"id":"j"}}]`,
	} {
		list, err := inJSON(200, body).client(t).OtherSessions(token).List(t.Context(), 1)
		require.ErrorIs(t, err, orylogin.ErrUnknownAnswer, body)
		require.Nil(t, list, body)
	}
	for _, body := range []string{
		`[` + oneSession + `,` + oneSession + `]`,
		`[{"id":"s","active":true,"identity":{"id":"i","traits":{"ID":1,"id":[1,{"id":2}]}},"new":["{",{"id":1}]},` + oneSession + `]`,
	} {
		list, err := inJSON(200, body).client(t).OtherSessions(token).List(t.Context(), 1)
		require.NoError(t, err, body)
		require.Len(t, list, 2, body)
	}
	for _, body := range []string{`{}`, `{"count":null}`, `[]`, `{"count":1,"error":"no"}`, oneSession, `{"count":1}{"error":{"code":500}}`} {
		require.ErrorIs(t, operations["revokeall"](t.Context(), inJSON(200, body).client(t)), orylogin.ErrUnknownAnswer, body)
	}
	err := operations["list"](t.Context(), inJSON(200, "["+strings.Repeat(`{},`, 10_000)+"{}]").client(t))
	require.ErrorIs(t, err, orylogin.ErrResponseTooLarge)
}

// TestIDsOfSessions checks ids, since they go into the path of a request.
func TestIDsOfSessions(t *testing.T) {
	t.Parallel()
	for _, id := range []string{
		"", "whoami", "..", "../identities", "x/../../admin", sessionID + "/", "/" + sessionID, "%2e%2e", sessionID + "?x=1", sessionID[1:],
		strings.Repeat("a", 36), sessionID[:35] + "/", sessionID[:35] + "é", strings.Repeat("-", 36), strings.Repeat("a", 1<<20),
	} {
		answer := recorded(t, "v1.3.1/revoke")
		for _, others := range []*orylogin.OtherSessions{
			answer.client(t).OtherSessions(token), answer.client(t).Visit(nil, pageRequest(t, "")).OtherSessions(),
		} {
			require.ErrorIs(t, others.Revoke(t.Context(), id), orylogin.ErrInvalidCall, id)
		}
		require.Empty(t, answer.requests)
	}
}

// TestNobodysOtherSessions checks that a missing token or cookie is an error and that nothing
// is sent.
func TestNobodysOtherSessions(t *testing.T) {
	t.Parallel()
	var nobody *orylogin.Client
	var nothing *orylogin.Visit
	for _, others := range []*orylogin.OtherSessions{nil, {}, nobody.OtherSessions(token), nothing.OtherSessions()} {
		_, err := others.List(t.Context(), 1)
		for _, err := range []error{err, others.Revoke(t.Context(), sessionID), others.RevokeAll(t.Context())} {
			require.ErrorIs(t, err, orylogin.ErrInvalidCall)
		}
	}
	answer := inJSON(500, "{}")
	_, err := answer.client(t).OtherSessions(orylogin.Secret{}).List(t.Context(), 1)
	require.ErrorIs(t, err, orylogin.ErrSessionInactive, "nobody is logged in who has no token")
	require.Empty(t, answer.requests)
}

// TestOtherSessionsAtOnce uses the OtherSessions of a client in many goroutines.
func TestOtherSessionsAtOnce(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	login, err := server.Client().Login(t.Context(), password)
	require.NoError(t, err)
	others, errs := server.Client().OtherSessions(login.Token), make(chan error)
	for range 8 {
		go func() {
			_, err := others.List(t.Context(), 1)
			errs <- errors.Join(err, others.RevokeAll(t.Context()))
		}()
	}
	for range 8 {
		require.NoError(t, <-errs)
	}
}
