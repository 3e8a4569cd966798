package cli

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
)

// elsewhere logs ada in with other programs. It returns the ids of the sessions, the newest
// first.
func elsewhere(t *testing.T, server string, times int) []string {
	t.Helper()
	client, err := orylogin.New(server, orylogin.WithHeader("User-Agent", "a phone, which is not ory-login"))
	require.NoError(t, err)
	ids := make([]string, times)
	for i := range ids {
		login, err := client.Login(t.Context(), orylogin.Password{Identifier: ada.Email, Password: orylogin.NewSecret(ada.Password)})
		require.NoError(t, err)
		ids[times-1-i] = login.Session.ID
	}
	return ids
}

// listed is the JSON that the command prints.
type listed struct {
	URL      string `json:"url"`
	Sessions []struct {
		ID        string `json:"session_id"`
		Stored    bool   `json:"stored"`
		AAL       string `json:"aal"`
		Address   string `json:"ip_address"`
		UserAgent string `json:"user_agent"`
	} `json:"sessions"`
	More bool `json:"more"`
}

// listed returns the ids of the sessions, the stored one first.
func (p *person) listed(server string) []string {
	p.t.Helper()
	got := p.run(nil, nil, "sessions", "--json")
	require.Equal(p.t, ok, got.code, got.stderr)
	var list listed
	require.NoError(p.t, json.Unmarshal([]byte(got.stdout), &list))
	require.Equal(p.t, server, list.URL)
	require.False(p.t, list.More)
	var ids []string
	for i, session := range list.Sessions {
		require.Equal(p.t, i == 0, session.Stored)
		require.Equal(p.t, "aal1", session.AAL)
		require.Contains(p.t, session.Address, "127.0.0.1")
		require.Contains(p.t, session.UserAgent, "ory-login")
		ids = append(ids, session.ID)
	}
	return ids
}

// TestSessions lists and revokes sessions at a real server.
func TestSessions(t *testing.T) {
	t.Parallel()
	server, p := start(t), newPerson(t)
	require.Equal(t, ok, p.script(server.PublicURL).code)
	others := elsewhere(t, server.PublicURL, 3)
	ids := p.listed(server.PublicURL)
	require.Equal(t, others, ids[1:])
	own := ids[0]

	got := p.run(nil, nil, "sessions")
	require.Equal(t, ok, got.code, got.stderr)
	require.Empty(t, got.stdout)
	require.Contains(t, got.stderr, own+", aal1, since ")
	require.Equal(t, 1, strings.Count(got.stderr, "(stored here)"))
	require.Contains(t, got.stderr, others[2])

	require.Equal(t, result{code: ok, stderr: "The user has no session " + others[1] + " with " + server.PublicURL + " any more.\n"},
		p.run(nil, nil, "sessions", "--end", others[1]))
	require.Equal(t, []string{own, others[0], others[2]}, p.listed(server.PublicURL))
	got = p.run(nil, nil, "sessions", "--json", "--end", others[1]) // a second time
	require.Equal(t, ok, got.code)
	require.JSONEq(t, `{"url":"`+server.PublicURL+`","ended":"`+others[1]+`"}`, got.stdout)

	require.Equal(t, result{code: ok, stderr: "The user has no other session with " + server.PublicURL + " any more.\n"},
		p.run(nil, nil, "sessions", "--end-others"))
	require.Equal(t, []string{own}, p.listed(server.PublicURL))
	got = p.run(nil, nil, "sessions", "--json", "--end-others")
	require.JSONEq(t, `{"url":"`+server.PublicURL+`","ended_others":true}`, got.stdout)

	for _, wrong := range []string{own, "", "whoami", "../identities"} {
		got := p.run(nil, nil, "sessions", "--end="+wrong)
		require.Equal(t, usage, got.code, wrong)
		require.Contains(t, got.stderr, "next", wrong)
	}
	require.Equal(t, usage, p.run(nil, nil, "sessions", "--end", own, "--end-others").code)
	p.loggedIn(server.PublicURL, "password")
}

// TestManySessions has exactly as many sessions as the command shows, and then more.
func TestManySessions(t *testing.T) {
	t.Parallel()
	server, p := fake(t), newPerson(t)
	require.Equal(t, ok, p.script(server.URL).code)
	elsewhere(t, server.URL, 10*orylogin.SessionsPerPage)
	got := p.run(nil, nil, "sessions")
	require.Equal(t, ok, got.code, got.stderr)
	require.Equal(t, 10*orylogin.SessionsPerPage+1, strings.Count(got.stderr, ", since "))
	require.Contains(t, got.stderr, "There may be more.")
	server.ExpectCalls(orylogintest.ListSessions, 10)
}

// TestNoSessions checks the output if there is nothing to list.
func TestNoSessions(t *testing.T) {
	t.Parallel()
	commands := [][]string{{"sessions"}, {"sessions", "--end-others"}, {"sessions", "--end", "11111111-2222-4333-8444-555555555555"}}
	nobody := newPerson(t)
	for _, command := range commands {
		require.Equal(t, usage, nobody.run(nil, nil, command...).code)
	}
	server, p := fake(t), newPerson(t)
	require.Equal(t, ok, p.script(server.URL).code)
	server.Respond(orylogintest.Whoami, http.StatusUnauthorized, `{"error":{"code":401}}`)
	for _, operation := range []orylogintest.Operation{orylogintest.ListSessions, orylogintest.RevokeSession, orylogintest.RevokeSessions} {
		server.Respond(operation, http.StatusUnauthorized, `{"error":{"code":401}}`)
	}
	for _, command := range commands {
		require.Equal(t, noSession, p.run(nil, nil, command...).code)
	}

	old, p := fake(t, orylogintest.WithRelease(orylogintest.V0_8)), newPerson(t)
	require.Equal(t, ok, p.script(old.URL).code)
	for _, command := range commands {
		got := p.run(nil, nil, command...)
		require.Equal(t, failed, got.code)
		require.Contains(t, got.stderr, "the server has no such operation")
		require.Contains(t, got.stderr, "v0.9 or later")
	}
}
