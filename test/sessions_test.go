package test

import (
	"net/http"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/kratostest"
)

// idsOf returns the ids of sessions.
func idsOf(sessions []*orylogin.Session) []string {
	ids := []string{}
	for _, session := range sessions {
		ids = append(ids, session.ID)
	}
	return ids
}

// logIns logs ada in several times. It returns the logins, the last one first.
func logIns(t *testing.T, client *orylogin.Client, times int, opts ...orylogin.CallOption) []*orylogin.Login {
	t.Helper()
	logins := make([]*orylogin.Login, times)
	for i := range logins {
		login, err := client.Login(t.Context(), asAda, opts...)
		require.NoError(t, err)
		logins[times-1-i] = login
	}
	return logins
}

// TestOtherSessions lists and revokes the other sessions of a native client's user.
func TestOtherSessions(t *testing.T) {
	t.Parallel()
	kratos, client := start(t)
	own := logIns(t, client, 1)[0]
	others := client.OtherSessions(own.Token)
	none, err := others.List(t.Context(), 1)
	require.NoError(t, err)
	require.Empty(t, none)

	phone := orylogin.WithDevice("A phone", netip.MustParseAddr("192.0.2.7"))
	logins := logIns(t, client, 3, phone)
	list, err := others.List(t.Context(), 1)
	require.NoError(t, err)
	require.Equal(t, []string{logins[0].Session.ID, logins[1].Session.ID, logins[2].Session.ID}, idsOf(list))
	require.Equal(t, "A phone", list[0].Devices[0].UserAgent)
	require.Contains(t, list[0].Devices[0].IPAddress, "192.0.2.7")
	require.Equal(t, own.Session.Identity.ID, list[0].Identity.ID)

	_, err = kratos.CreateIdentity(t.Context(), robot)
	require.NoError(t, err)
	stranger, err := client.Login(t.Context(), asRobot)
	require.NoError(t, err)
	for _, id := range []string{logins[1].Session.ID, logins[1].Session.ID, stranger.Session.ID, unknown} {
		require.NoError(t, others.Revoke(t.Context(), id))
	}
	_, err = client.Whoami(t.Context(), logins[1].Token)
	require.ErrorIs(t, err, orylogin.ErrSessionInactive)
	_, err = client.Whoami(t.Context(), stranger.Token)
	require.NoError(t, err, "nobody ends the session of somebody else")
	require.Equal(t, http.StatusBadRequest, status(t, others.Revoke(t.Context(), own.Session.ID)))

	require.NoError(t, others.RevokeAll(t.Context()))
	list, err = others.List(t.Context(), 1)
	require.NoError(t, err)
	require.Empty(t, list)
	_, err = client.Whoami(t.Context(), own.Token)
	require.NoError(t, err)

	require.NoError(t, client.Logout(t.Context(), own.Token))
	_, err = others.List(t.Context(), 1)
	for _, err := range []error{err, others.Revoke(t.Context(), unknown), others.RevokeAll(t.Context())} {
		require.ErrorIs(t, err, orylogin.ErrSessionInactive)
	}
}

// TestPagesOfSessions checks that each session is on exactly one page.
func TestPagesOfSessions(t *testing.T) {
	t.Parallel()
	_, client := start(t)
	logins := logIns(t, client, orylogin.SessionsPerPage+2)
	others := client.OtherSessions(logins[0].Token)
	first, err := others.List(t.Context(), 1)
	require.NoError(t, err)
	require.Len(t, first, orylogin.SessionsPerPage)
	second, err := others.List(t.Context(), 2)
	require.NoError(t, err)
	require.Equal(t, []string{logins[orylogin.SessionsPerPage+1].Session.ID}, idsOf(second))
	require.NotContains(t, idsOf(first), second[0].ID)
	third, err := others.List(t.Context(), 3)
	require.NoError(t, err)
	require.Empty(t, third)
}

// TestOtherSessionsOfBrowser lists and revokes them for a browser, whose session is in a
// cookie.
func TestOtherSessionsOfBrowser(t *testing.T) {
	t.Parallel()
	_, client := start(t)
	person := newPerson(t, client)
	login, err := person.submit(person.create(orylogin.FlowOptions{}), asAda)
	require.NoError(t, err)
	logins := logIns(t, client, 2)
	person.visit(func(v *orylogin.Visit) {
		others := v.OtherSessions()
		list, err := others.List(t.Context(), 1)
		require.NoError(t, err)
		require.Equal(t, []string{logins[0].Session.ID, logins[1].Session.ID}, idsOf(list))
		require.Equal(t, http.StatusBadRequest, status(t, others.Revoke(t.Context(), login.Session.ID)))
		require.NoError(t, others.Revoke(t.Context(), logins[0].Session.ID))
		list, err = others.List(t.Context(), 1)
		require.NoError(t, err)
		require.Equal(t, []string{logins[1].Session.ID}, idsOf(list))
		require.NoError(t, others.RevokeAll(t.Context()))
	})
	session, err := person.whoami()
	require.NoError(t, err)
	require.Equal(t, login.Session.ID, session.ID)
	for _, ended := range logins {
		_, err := client.Whoami(t.Context(), ended.Token)
		require.ErrorIs(t, err, orylogin.ErrSessionInactive)
	}

	stranger := newPerson(t, client)
	stranger.visit(func(v *orylogin.Visit) {
		_, err := v.OtherSessions().List(t.Context(), 1)
		require.ErrorIs(t, err, orylogin.ErrSessionInactive)
	})
}

// TestOtherSessionsAndSecondFactor has a session that owes a second factor. It can list the
// other sessions on servers before v26.2, and can revoke them on all servers.
func TestOtherSessionsAndSecondFactor(t *testing.T) {
	t.Parallel()
	kratos, client := start(t, kratostest.Set("session.whoami.required_aal", "highest_available"))
	identity, err := kratos.CreateIdentity(t.Context(), robot)
	require.NoError(t, err)
	_, err = kratos.EnrolTOTP(t.Context(), identity)
	require.NoError(t, err)
	var owed *orylogin.SecondFactorError
	_, err = client.Login(t.Context(), asRobot)
	require.ErrorAs(t, err, &owed)
	others := client.OtherSessions(owed.Token)
	list, err := others.List(t.Context(), 1)
	if kratos.Release < kratostest.V26_2 {
		require.NoError(t, err)
		require.Len(t, list, 1, "that of the enrolment")
	} else {
		require.ErrorIs(t, err, orylogin.ErrSessionAAL2Required)
	}
	require.NoError(t, others.RevokeAll(t.Context()))
}
