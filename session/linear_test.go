package session_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/session"
)

// input is something that a caller sends or that names its hosts. Each row of the table chooses
// its size.
type input struct {
	size   int                                    // 16 times as many are within the limit
	parse  func(t *testing.T, n int) func() error // reads n of them
	limit  int                                    // the largest n; zero if net/http or the program has the limit
	beyond error                                  // the error for one more
}

var (
	errUnauthorized = errors.New("401")
	errUnavailable  = errors.New("503")
	errHosts        = errors.New("not a host")
)

// inputs are the inputs that the package reads.
var inputs = map[string]input{
	"a token":          {500, byHeader("X-Session-Token", "", "x"), 8 << 10, errUnauthorized},
	"a bearer token":   {500, byHeader("Authorization", "Bearer ", "x"), 8<<10 + len("Bearer "), errUnauthorized},
	"spaces":           {60_000, byHeader("Authorization", "Bearer x", " "), 0, nil},
	"a session cookie": {4000, byHeader("Cookie", "ory_kratos_session=", "x"), 64 << 10, errUnauthorized},
	"session cookies":  {60, byCookies("ory_session_a=b; "), 999, errUnauthorized},
	"other cookies":    {60, byCookies("a=b; "), 999, errUnauthorized},
	"Retry-After": {60_000, func(t *testing.T, n int) func() error {
		t.Helper()
		return guards(t, http.Header{"X-Session-Token": {"x"}}, &http.Response{
			StatusCode: http.StatusServiceUnavailable, Header: http.Header{"Retry-After": {strings.Repeat("1", n)}}, Body: http.NoBody,
		}, errUnavailable)
	}, 0, nil},
	"hosts": {60, func(t *testing.T, n int) func() error {
		t.Helper()
		return forwards(t, strings.Split(strings.Repeat("other.example.com:1,", n)+"a", ","), nil)
	}, 0, nil},
	"the name of a host": {15, func(t *testing.T, n int) func() error {
		t.Helper()
		return forwards(t, []string{"a", strings.Repeat("x", n)}, nil)
	}, 259, errHosts},
	"headers to forward": {60, func(t *testing.T, n int) func() error {
		t.Helper()
		header := http.Header{}
		for i := range n {
			header.Set(fmt.Sprint("X-", i), "x")
		}
		return forwards(t, []string{"a"}, header)
	}, 0, nil},
}

// byHeader returns a function that reads a header of n bytes.
func byHeader(name, head, repeated string) func(*testing.T, int) func() error {
	return func(t *testing.T, n int) func() error {
		t.Helper()
		value := head + strings.Repeat(repeated, (n-len(head))/len(repeated)+1)
		answer := &http.Response{
			StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: http.NoBody,
		}
		return guards(t, http.Header{name: {value[:n]}}, answer, errUnavailable)
	}
}

// byCookies returns a function that reads n cookies and a session cookie.
func byCookies(cookie string) func(*testing.T, int) func() error {
	return func(t *testing.T, n int) func() error {
		t.Helper()
		header := strings.Repeat(cookie, n) + "ory_kratos_session=x"
		return byHeader("Cookie", header, "x")(t, len(header))
	}
}

// guards sends a request through a Guard. It should get as far as the server's answer.
func guards(t *testing.T, header http.Header, answer *http.Response, want error) func() error {
	t.Helper()
	handler := guarded(t, roundTrip(func(*http.Request) (*http.Response, error) {
		copied := *answer
		return &copied, nil
	}))
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	request.Header = header
	outcomes := map[int]error{401: errUnauthorized, 503: errUnavailable}
	return func() error {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, request)
		if err := outcomes[w.Code]; !errors.Is(err, want) {
			return err
		}
		return nil
	}
}

// forwards sends a request over a Transport with the hosts.
func forwards(t *testing.T, hosts []string, header http.Header) func() error {
	t.Helper()
	request := newRequest(t, http.MethodGet, "https://a/", nil)
	request.Header = header
	return func() error {
		transport := &session.Transport{Source: static, Hosts: hosts, Base: roundTrip(func(r *http.Request) (*http.Response, error) {
			require.Equal(t, secretToken, r.Header.Get("X-Session-Token"))
			return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
		})}
		_, err := transport.RoundTrip(request) //nolint:bodyclose // there is none
		if err != nil {
			require.Less(t, len(err.Error()), 1000)
			return errHosts
		}
		return nil
	}
}

// TestInputs checks, like the test in the root package, that the cost of an input grows no
// faster than its size, and that its size has a limit.
func TestInputs(t *testing.T) { //nolint:paralleltest // it counts the allocations of the process
	for name, input := range inputs {
		t.Run(name, func(t *testing.T) {
			if times, err := strconv.Atoi(os.Getenv("INPUT_TIMES")); err == nil {
				require.NoError(t, input.parse(t, times*input.size)())
				return
			}
			one, four, sixteen := costOf(t, input, 1), costOf(t, input, 4), costOf(t, input, 16)
			require.Less(t, sixteen.bytes-four.bytes, 10*(four.bytes-one.bytes)+100_000, "%v %v %v", one, four, sixteen)
			require.Less(t, sixteen.allocations-four.allocations, 6*(four.allocations-one.allocations)+500, "%v %v %v", one, four, sixteen)
			if input.limit > 0 {
				require.NoError(t, input.parse(t, input.limit)())
				require.ErrorIs(t, input.parse(t, input.limit+1)(), input.beyond)
			}
		})
	}
}

// cost is the cost of one reading.
type cost struct{ bytes, allocations float64 }

func costOf(t *testing.T, input input, times int) cost {
	t.Helper()
	parse := input.parse(t, times*input.size)
	require.NoError(t, parse()) // the first time fills caches
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	require.NoError(t, parse())
	runtime.ReadMemStats(&after)
	return cost{float64(after.TotalAlloc - before.TotalAlloc), float64(after.Mallocs - before.Mallocs)}
}
