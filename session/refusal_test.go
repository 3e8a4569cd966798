package session_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/api"
	"github.com/orylogin/orylogin/orylogintest"
	"github.com/orylogin/orylogin/session"
)

func TestRefusalHandler(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	handler := guarded(t, server, session.RequireAAL2("https://step/up"),
		session.WithRefusal(func(w http.ResponseWriter, r *http.Request, refusal *session.Refusal) {
			switch refusal.StatusCode {
			case http.StatusUnauthorized:
				http.Redirect(w, r, "https://log/in", http.StatusSeeOther)
			case http.StatusForbidden:
				http.Redirect(w, r, refusal.URL, http.StatusSeeOther)
			default:
				refusal.ServeHTTP(w, r)
			}
		}))
	token := "X-Session-Token: " + tokenOf(t, sourceOf(t, server)).Reveal()
	require.Equal(t, "https://log/in", ask(t, handler).Header().Get("Location"))
	require.Equal(t, "https://step/up", ask(t, handler, token).Header().Get("Location"))
	server.Cut(orylogintest.Whoami)
	require.Equal(t, http.StatusServiceUnavailable, ask(t, handler, token).Code)
}

// TestRefusalInALog checks that a log has the text of the error, which encoding/json leaves
// out, and no URL, which may be the server's.
func TestRefusalInALog(t *testing.T) {
	t.Parallel()
	for want, refusal := range map[string]session.Refusal{
		`{"status":403,"outcome":"stale","err":"why","session":{"id":"[id]","active":true}}`: {
			StatusCode: 403, Outcome: session.OutcomeStale, URL: "https://a/?hunter2\n", Err: errors.New("why"),
			Session: &orylogin.Session{Session: api.Session{ID: "s", Active: true}},
		},
		`{"status":403,"outcome":"stale","err":"why","identity":"695dfd80-bbae-4691-a01a-fae1924766ec","session":{"id":"[id]","active":true}}`: {
			Outcome: session.OutcomeStale, Err: errors.New("why"),
			Session: &orylogin.Session{Session: api.Session{ID: "s", Active: true, Identity: &api.Identity{ID: "695dfd80-bbae-4691-a01a-fae1924766ec"}}},
		},
		`{"status":403,"outcome":"stale","err":"why","identity":"[id]","session":{"id":"[id]","active":true}}`: {
			Outcome: session.OutcomeStale, Err: errors.New("why"),
			Session: &orylogin.Session{Session: api.Session{ID: "s", Active: true, Identity: &api.Identity{ID: "ory_st_hunter2"}}},
		},
		`{"status":401,"outcome":"no_session","err":"why"}`: {Outcome: orylogin.OutcomeNoSession, Err: errors.New("why")},
		`{"status":503,"outcome":"","err":"why"}`:           {Err: errors.New("why")},
		`{"status":503,"outcome":"","err":"<nil>"}`:         {},
	} {
		for _, logged := range []any{refusal, &refusal} {
			var log bytes.Buffer
			slog.New(slog.NewJSONHandler(&log, nil)).Info("refused", "refusal", logged)
			require.Contains(t, log.String(), `"refusal":`+want)
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
				require.Regexp(t, `^refused with (401|403|503): (why|<nil>)$`, fmt.Sprintf(verb, logged), verb)
			}
		}
	}
}

// TestRetryAfter checks that the header is rounded up, even for a duration near the longest
// one.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for want, wait := range map[string]time.Duration{
		"":           0,
		"1":          time.Millisecond,
		"7":          7 * time.Second,
		"9223372037": math.MaxInt64,
	} {
		w := httptest.NewRecorder()
		session.Refusal{RetryAfter: wait}.ServeHTTP(w, nil)
		require.Equal(t, http.StatusServiceUnavailable, w.Code)
		require.Equal(t, want, w.Header().Get("Retry-After"))
	}
}
