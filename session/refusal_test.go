package session_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
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

// TestRefusalOf checks that a client reads what a guard has written.
func TestRefusalOf(t *testing.T) {
	t.Parallel()
	for _, outcome := range []orylogin.Outcome{
		orylogin.OutcomeNoSession, orylogin.OutcomeSecondFactor, session.OutcomeStale, session.OutcomeForbidden,
		orylogin.OutcomeCSRF, orylogin.OutcomeRateLimited, orylogin.OutcomeUnavailable, orylogin.OutcomeNoAnswer,
	} {
		recorder := httptest.NewRecorder()
		session.Refusal{Outcome: outcome, URL: "https://app/login", RetryAfter: 1500 * time.Millisecond}.ServeHTTP(recorder, nil)
		response, written := recorder.Result(), recorder.Body.String() //nolint:bodyclose // it is in memory
		refusal := session.RefusalOf(response)
		require.NotNil(t, refusal, outcome)
		if outcome == orylogin.OutcomeNoAnswer {
			outcome = orylogin.OutcomeUnavailable // the client cannot tell these apart
		}
		require.Equal(t, outcome, refusal.Outcome)
		require.Equal(t, response.StatusCode, refusal.StatusCode)
		require.Equal(t, "https://app/login", refusal.URL)
		require.Equal(t, 2*time.Second, refusal.RetryAfter)
		require.NotContains(t, refusal.Error(), "nil")
		body, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		require.Equal(t, written, string(body), "the body can still be read")
	}
}

// TestNoRefusalOf has answers that are none of a guard.
func TestNoRefusalOf(t *testing.T) {
	t.Parallel()
	require.Nil(t, session.RefusalOf(nil))
	require.Nil(t, session.RefusalOf(&http.Response{StatusCode: http.StatusUnauthorized}))
	for name, test := range map[string]struct {
		status int
		body   string
	}{
		"success":           {200, `{"error":{"code":200}}`},
		"text":              {401, "log in first"},
		"of the service":    {403, `{"error":"you may not do this"}`},
		"another code":      {401, `{"error":{"id":"session_inactive","code":403}}`},
		"an id of its own":  {403, `{"error":{"id":"no_money","code":403}}`},
		"a missing id":      {401, `{"error":{"code":401}}`},
		"a failure":         {500, `{"error":{"code":500}}`},
		"larger than 16 KB": {503, `{"error":{"code":503,"message":"` + strings.Repeat("x", 16<<10) + `"}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := &counted{Reader: strings.NewReader(test.body)}
			response := &http.Response{StatusCode: test.status, Body: io.NopCloser(body)}
			require.Nil(t, session.RefusalOf(response))
			require.LessOrEqual(t, body.read, 16<<10)
			rest, err := io.ReadAll(response.Body)
			require.NoError(t, err)
			require.Equal(t, test.body, string(rest))
		})
	}
	script := httptest.NewRecorder()
	session.Refusal{Outcome: session.OutcomeStale, URL: "javascript:alert(1)"}.ServeHTTP(script, nil)
	require.Empty(t, session.RefusalOf(script.Result()).URL) //nolint:bodyclose // it is in memory
}

// counted counts the bytes that were read.
type counted struct {
	io.Reader
	read int
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.read += n
	return n, err
}
