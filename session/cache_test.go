package session_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/orylogintest"
	"github.com/orylogin/orylogin/session"
)

func TestCache(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	source := sourceOf(t, server)
	one := "X-Session-Token: " + tokenOf(t, source).Reveal()
	two := "X-Session-Token: " + tokenOf(t, sourceOf(t, server)).Reveal()
	cookie := "ory_kratos_session=" + cookieOf(t, server)
	three := "Cookie: " + cookie
	type step struct {
		credential string
		want       int
		asked      int // in all
	}
	for name, test := range map[string]struct {
		opts  []session.MiddlewareOption
		steps []step
	}{
		"off":         {nil, []step{{one, 200, 1}, {one, 200, 2}}},
		"on":          {[]session.MiddlewareOption{session.WithCache(10, time.Hour)}, []step{{one, 200, 1}, {one, 200, 1}, {three, 200, 2}, {three, 200, 2}}},
		"bounded":     {[]session.MiddlewareOption{session.WithCache(2, time.Hour)}, []step{{one, 200, 1}, {two, 200, 2}, {three, 200, 3}, {two, 200, 3}, {three, 200, 3}, {one, 200, 4}, {two, 200, 5}}},
		"no refusals": {[]session.MiddlewareOption{session.WithCache(10, time.Hour)}, []step{{"X-Session-Token: no", 401, 1}, {"X-Session-Token: no", 401, 2}}},
		"kind counts": {[]session.MiddlewareOption{session.WithCache(10, time.Hour)}, []step{{three, 200, 1}, {"X-Session-Token: " + cookie, 401, 2}}},
		"too low":     {[]session.MiddlewareOption{session.WithCache(10, time.Hour), session.WithAAL2("")}, []step{{one, 403, 1}, {one, 403, 2}}},
	} {
		t.Run(name, func(t *testing.T) {
			handler := guarded(t, server, test.opts...)
			before := len(server.Requests(orylogintest.Whoami))
			for i, step := range test.steps {
				require.Equal(t, step.want, ask(t, handler, step.credential).Code, "step %d", i)
				require.Len(t, server.Requests(orylogintest.Whoami), before+step.asked, "step %d", i)
			}
		})
	}
}

// TestCacheEndsWithTheSession keeps no answer that outlives its session.
func TestCacheEndsWithTheSession(t *testing.T) {
	t.Parallel()
	for maxAge, kept := range map[time.Duration]time.Duration{time.Hour: time.Hour, 2 * lifespan: lifespan} {
		server := newKratos(t)
		synctest.Test(t, func(t *testing.T) {
			token := "X-Session-Token: " + tokenOf(t, sourceOf(t, server)).Reveal()
			handler := guarded(t, server, session.WithCache(10, maxAge))
			require.Equal(t, http.StatusOK, ask(t, handler, token).Code)
			server.ExpireSessions("i")
			time.Sleep(kept - 1)
			require.Equal(t, http.StatusOK, ask(t, handler, token).Code)
			time.Sleep(time.Nanosecond)
			require.Equal(t, http.StatusUnauthorized, ask(t, handler, token).Code)
		})
	}
}

// TestExpiredSessionIsNotKept is about a clock that is wrong.
func TestExpiredSessionIsNotKept(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	server.Respond(orylogintest.Whoami, http.StatusOK, whoami("aal1", time.Unix(0, 0)))
	handler := guarded(t, server, session.WithCache(10, time.Hour))
	for range 2 {
		require.Equal(t, http.StatusOK, ask(t, handler, "X-Session-Token: good").Code)
	}
	server.ExpectCalls(orylogintest.Whoami, 2)
}

func TestCacheIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	token := tokenOf(t, sourceOf(t, server)).Reveal()
	handler := guarded(t, server, session.WithCache(1, time.Hour))
	together(func() {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		request.Header.Set("X-Session-Token", token)
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, request)
		if answer.Code != http.StatusOK {
			t.Errorf("%d", answer.Code)
		}
	})
}
