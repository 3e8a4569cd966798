package orylogin_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
)

// input is something that a browser, a server or a caller sends: cookies, fields or bytes. Each
// row of the table chooses its size.
type input struct {
	size   int                                    // 16 times as many are within the limit
	parse  func(t *testing.T, n int) func() error // reads n of them
	limit  int                                    // the largest n; zero if net/http has the limit
	beyond error                                  // the error for one more
	most   float64                                // the most bytes that the largest n may take; not counted if zero
}

var (
	errRefused  = errors.New("refused")
	errRedirect = errors.New("redirect")
)

// inputs are the inputs that the package reads, each in its worst form.
var inputs = map[string]input{
	"cookies of a browser": {60, func(t *testing.T, n int) func() error {
		t.Helper()
		client, r := over(t, &replying{status: 200, body: browserFlow}), page(numbered(n, "csrf_token_%06d=x; "))
		return func() error {
			_ = client.SessionCookie(r)
			return only(client.Visit(nil, r).CreateFlow(t.Context(), orylogin.FlowOptions{}))
		}
	}, 999, orylogin.ErrRequestTooLarge, 0},
	"bytes of cookies": {4000, func(t *testing.T, n int) func() error {
		t.Helper()
		const head = "ory_kratos_session="
		client, r := over(t, &replying{status: 200, body: browserFlow}), page(head+strings.Repeat("x", n-len(head)))
		return func() error { return only(client.Visit(nil, r).CreateFlow(t.Context(), orylogin.FlowOptions{})) }
	}, 64 << 10, orylogin.ErrRequestTooLarge, 0},
	"cookies of both sides": {3, func(t *testing.T, n int) func() error {
		t.Helper()
		transport := &replying{status: 200, body: browserFlow, cookies: strings.Split(numbered(n, "csrf_token_%d=x,"), ",")[:n]}
		client, r := over(t, transport), page(numbered(19*n, "csrf_token_%d=x; "))
		return func() error { return only(client.Visit(nil, r).CreateFlow(t.Context(), orylogin.FlowOptions{})) }
	}, 50, orylogin.ErrUnknownAnswer, 0},
	"bytes of Set-Cookie": {4000, func(t *testing.T, n int) func() error {
		t.Helper()
		const head = "ory_kratos_session="
		client := over(t, &replying{status: 200, body: browserFlow, cookies: []string{head + strings.Repeat("x", n-len(head))}})
		return func() error { return only(client.Visit(nil, page()).CreateFlow(t.Context(), orylogin.FlowOptions{})) }
	}, 65536, orylogin.ErrUnknownAnswer, 0},
	"a session cookie": {4000, func(t *testing.T, n int) func() error {
		t.Helper()
		client, cookie := inJSON(200, oneSession).client(t), orylogin.NewSecret("a="+strings.Repeat("x", n-2))
		return func() error { return only(client.WhoamiCookie(t.Context(), cookie)) }
	}, 65536, orylogin.ErrInvalidCall, 0},
	"a token": {500, func(t *testing.T, n int) func() error {
		t.Helper()
		client, token := inJSON(200, oneSession).client(t), orylogin.NewSecret(strings.Repeat("x", n))
		return func() error { return only(client.Whoami(t.Context(), token)) }
	}, 8 << 10, orylogin.ErrInvalidCall, 0},
	"a token that is revoked": {500, func(t *testing.T, n int) func() error {
		t.Helper()
		client, token := (&fixed{status: http.StatusNoContent}).client(t), orylogin.NewSecret(strings.Repeat("x", n))
		return func() error { return client.Logout(t.Context(), token) }
	}, 8 << 10, orylogin.ErrInvalidCall, 0},
	"fields of a form": {60, func(t *testing.T, n int) func() error {
		t.Helper()
		return submitsForm(t, manyFields(n))
	}, 1000, orylogin.ErrRequestTooLarge, 0},
	"values of a field": {60, func(t *testing.T, n int) func() error {
		t.Helper()
		return submitsForm(t, url.Values{"a": strings.Split(strings.Repeat(",", n-1), ",")})
	}, 1000, orylogin.ErrRequestTooLarge, 0},
	"bytes of a form": {60_000, func(t *testing.T, n int) func() error {
		t.Helper()
		return submitsForm(t, url.Values{"a": {strings.Repeat("%", n-1)}})
	}, 1 << 20, orylogin.ErrRequestTooLarge, 0},
	"a password": {60_000, func(t *testing.T, n int) func() error {
		t.Helper()
		client, method := inJSON(200, complete+"}").client(t), orylogin.TOTP{Code: orylogin.NewSecret(strings.Repeat("x", n-len(`{"method":"totp","totp_code":""}`)))}
		return func() error { return only(client.Submit(t.Context(), "f", method)) }
	}, 1 << 20, orylogin.ErrRequestTooLarge, 0},
	"an id": {7000, func(t *testing.T, n int) func() error {
		t.Helper()
		client := inJSON(200, nativeFlow).client(t)
		return func() error { return only(client.GetFlow(t.Context(), strings.Repeat("x", n))) }
	}, 0, nil, 0},
	"a URL to return to": {2000, func(t *testing.T, n int) func() error {
		t.Helper()
		client := inJSON(200, nativeFlow).client(t)
		return func() error {
			return only(client.CreateFlow(t.Context(), orylogin.FlowOptions{ReturnTo: strings.Repeat("%", n)}))
		}
	}, 0, nil, 0},
	"nodes of a flow": {60, func(t *testing.T, n int) func() error {
		t.Helper()
		client := inJSON(400, flowOf(n)).client(t)
		return func() error { return reads(client.Submit(t.Context(), "f", password)) }
	}, 1110, orylogin.ErrResponseTooLarge, 0},
	"the document of a flow": {60, func(t *testing.T, n int) func() error {
		t.Helper()
		body := []byte(flowOf(n))
		return func() error {
			var flow orylogin.Flow
			err := flow.UnmarshalJSON(body)
			_ = flow.Document()
			return err
		}
	}, 1110, orylogin.ErrResponseTooLarge, 0},
	"elements of an array": {600, func(t *testing.T, n int) func() error {
		t.Helper()
		client := inJSON(200, `{"id":"f","type":"api","ui":{"nodes":[1`+strings.Repeat(",1", n-1)+`]}}`).client(t)
		return func() error { return only(client.GetFlow(t.Context(), "f")) }
	}, 10_000 - 3, orylogin.ErrResponseTooLarge, 48 << 20},
	"messages of a flow": {200, func(t *testing.T, n int) func() error {
		t.Helper()
		body := `{"id":"f","ui":{"messages":[{"id":4000006,"type":"error"}` + strings.Repeat(`,{"id":4000006,"type":"error"}`, n-1) + `]}}`
		client := inJSON(400, body).client(t)
		return func() error { return reads(client.Submit(t.Context(), "f", password)) }
	}, 3332, orylogin.ErrResponseTooLarge, 48 << 20},
	"a message": {200_000, func(t *testing.T, n int) func() error {
		t.Helper()
		text := strings.Repeat("A valid session was detecte", n/27)
		client := inJSON(400, `{"id":"f","ui":{"messages":[{"id":4000001,"type":"error","text":"`+text+`"}]}}`).client(t)
		return func() error { return reads(client.Submit(t.Context(), "f", password)) }
	}, 0, nil, 0},
	"bytes of an answer": {200_000, func(t *testing.T, n int) func() error {
		t.Helper()
		const head = `{"id":"s","active":true,"identity":{"id":"i"},"x":"`
		rest := n - len(head+`"}`)
		client := inJSON(200, head+strings.Repeat("x", rest%2)+strings.Repeat(`\"`, rest/2)+`"}`).client(t)
		return func() error { return only(client.Whoami(t.Context(), token)) }
	}, 4 << 20, orylogin.ErrResponseTooLarge, 48 << 20},
	"names in an answer": {600, func(t *testing.T, n int) func() error {
		t.Helper()
		client := inJSON(200, `{"id":"s","active":true,"identity":{"id":"i"}`+numbered(n, `,"É%d":1`)+"}").client(t)
		return func() error { return only(client.Whoami(t.Context(), token)) }
	}, 10_000 - 4, orylogin.ErrResponseTooLarge, 0},
	"spaces in an answer": {200_000, func(t *testing.T, n int) func() error {
		t.Helper()
		client := inJSON(200, strings.ReplaceAll(oneSession, ":", strings.Repeat(" ", n/10)+":"+strings.Repeat(" ", n/10))).client(t)
		return func() error { return only(client.Whoami(t.Context(), token)) }
	}, 0, nil, 0},
	"depth of an answer": {600, func(t *testing.T, n int) func() error {
		t.Helper()
		body := `{"id":"s","active":true,"identity":{"id":"i"},"x":` + strings.Repeat("[", n-1) + strings.Repeat("]", n-1) + "}"
		client := inJSON(200, body).client(t)
		return func() error { return only(client.Whoami(t.Context(), token)) }
	}, 10_000, orylogin.ErrUnknownAnswer, 0},
	"identities in an identity": {300, func(t *testing.T, n int) func() error {
		t.Helper()
		body := `{"id":"s","active":true,"identity":{"id":"i"` + strings.Repeat(`,"identity":{"id":"i"`, n-2) + strings.Repeat("}", n)
		client := inJSON(200, body).client(t)
		return func() error { return only(client.Whoami(t.Context(), token)) }
	}, 5_000, orylogin.ErrResponseTooLarge, 0},
	"a flow behind an error": {60, func(t *testing.T, n int) func() error {
		t.Helper()
		client := inJSON(400, `{"error":{"code":400}}`+flowOf(n)).client(t)
		return func() error { return reads(client.Submit(t.Context(), "f", password)) }
	}, 0, nil, 0},
	"what an error suggests": {300, func(t *testing.T, n int) func() error {
		t.Helper()
		body := `{"error":{"code":403,"id":"session_verified_address_required","details":{"continue_with":[{"action":"x"}` +
			strings.Repeat(`,{"action":"x"}`, n) + `]}}}`
		client := inJSON(403, body).client(t)
		return func() error { return reads(client.Submit(t.Context(), "f", password)) }
	}, 0, nil, 0},
	"Retry-After": {60_000, withHeader("Retry-After", func(n int) string { return strings.Repeat("1", n) }), 0, nil, 0},
	"Content-Type": {4000, withHeader("Content-Type", func(n int) string {
		return "application/json" + numbered(n, "; p%d*0=x")
	}), 0, nil, 0},
	"Location": {500, func(t *testing.T, n int) func() error {
		t.Helper()
		location := strings.Repeat("a/", n/4) + strings.Repeat("..", n/4) + strings.Repeat("x", n-n/4*4)
		client := (&fixed{status: 303, header: http.Header{"Location": {location}}}).client(t)
		return func() error {
			_, err := client.Visit(nil, page()).SubmitForm(t.Context(), flowID, url.Values{"a": {"b"}})
			var redirect *orylogin.RedirectError
			if errors.As(err, &redirect) && redirect.Location == location { // the error has the location that was sent
				return errRedirect
			}
			return nil
		}
	}, 8 << 10, errRedirect, 0},
	"SafeRedirect": {500, func(t *testing.T, n int) func() error {
		t.Helper()
		target := "/" + strings.Repeat("a/x/", (n-1)/4) + strings.Repeat("x", (n-1)%4)
		return func() error {
			target, ok := orylogin.SafeRedirect(target)
			if !ok || target == "" {
				return errRefused
			}
			return nil
		}
	}, 8 << 10, errRefused, 0},
	"an allowed origin": {60_000, func(t *testing.T, n int) func() error {
		t.Helper()
		entry := "https://" + strings.Repeat("a.", n/2) + "a"
		return func() error {
			_, _ = orylogin.SafeRedirect("https://a/", entry, entry)
			return nil
		}
	}, 0, nil, 0},
	"a base URL": {500, func(t *testing.T, n int) func() error {
		t.Helper()
		base := "https://a" + strings.Repeat("/", n-len("https://a"))
		return func() error {
			if _, err := orylogin.New(base); err != nil {
				return errRefused
			}
			return nil
		}
	}, 8 << 10, errRefused, 0},
}

// numbered returns n numbered texts in a row.
func numbered(n int, format string) string {
	var texts strings.Builder
	for i := range n {
		_, _ = fmt.Fprintf(&texts, format, i)
	}
	return texts.String()
}

func manyFields(n int) url.Values {
	form := url.Values{}
	for i := range n {
		form.Set(strconv.Itoa(i), "x")
	}
	return form
}

func submitsForm(t *testing.T, form url.Values) func() error {
	t.Helper()
	answer := &fixed{status: 303, header: http.Header{"Location": {"/elsewhere"}}}
	client := answer.client(t)
	return func() error {
		_, err := client.Visit(nil, page()).SubmitForm(t.Context(), flowID, form)
		if errors.Is(err, orylogin.ErrInvalidCall) {
			require.Empty(t, answer.requests, "nothing was sent")
			return err
		}
		return nil
	}
}

// flowOf returns a flow with n nodes. Each node is a method, a choice and a message.
func flowOf(n int) string {
	return `{"id":"f","type":"api","ui":{"nodes":[` + strings.TrimSuffix(numbered(n, `{"attributes":{"name":"method","type":"submit","value":"%06d"},`+
		`"messages":[{"id":4000001,"type":"error","text":"x"}]},`), ",") + `]}}`
}

// reads reads the error of a submission in every way. It returns the error if that is not from
// the server.
func reads(_ *orylogin.Login, err error) error {
	var answer *orylogin.APIError
	if !errors.As(err, &answer) {
		return err
	}
	_, _, _ = orylogin.OutcomeOf(err), err.Error(), errors.Is(err, orylogin.ErrInvalidCredentials)
	flow := answer.Flow
	_, _, _, _ = flow.Methods(), flow.Messages().Errors(), flow.Choices("method"), flow.Document()
	if errors.Is(err, orylogin.ErrResponseTooLarge) || errors.Is(err, orylogin.ErrUnknownAnswer) {
		return err
	}
	return nil
}

func withHeader(name string, value func(n int) string) func(*testing.T, int) func() error {
	return func(t *testing.T, n int) func() error {
		t.Helper()
		answer := inJSON(400, `{"error":{"code":400}}`)
		answer.header.Set(name, value(n))
		client := answer.client(t)
		return func() error { return reads(client.Submit(t.Context(), "f", password)) }
	}
}

// TestInputs checks that the cost of an input grows no faster than its size, in bytes and in
// allocations, and that the size has a limit. TestSteps in test/hardening counts steps: it sets
// INPUT_TIMES for one reading of that many times the size.
func TestInputs(t *testing.T) { //nolint:paralleltest // it counts the allocations of the process
	for name, input := range inputs {
		t.Run(name, func(t *testing.T) {
			if times, err := strconv.Atoi(os.Getenv("INPUT_TIMES")); err == nil {
				require.NoError(t, input.parse(t, times*input.size)())
				return
			}
			one, four, sixteen := costOf(t, input, 1), costOf(t, input, 4), costOf(t, input, 16)
			// A quadratic cost would grow by 16. A buffer that doubles grows by up to 8.
			require.Less(t, sixteen.bytes-four.bytes, 10*(four.bytes-one.bytes)+100_000, "%v %v %v", one, four, sixteen)
			require.Less(t, sixteen.allocations-four.allocations, 6*(four.allocations-one.allocations)+500, "%v %v %v", one, four, sixteen)
			if input.limit > 0 {
				require.NoError(t, input.parse(t, input.limit)())
				require.ErrorIs(t, input.parse(t, input.limit+1)(), input.beyond)
			}
			if input.most > 0 {
				require.Less(t, costOfSize(t, input, input.limit).bytes, input.most)
			}
		})
	}
}

// cost is the cost of one reading.
type cost struct{ bytes, allocations float64 }

func costOf(t *testing.T, input input, times int) cost {
	t.Helper()
	return costOfSize(t, input, times*input.size)
}

func costOfSize(t *testing.T, input input, size int) cost {
	t.Helper()
	parse := input.parse(t, size)
	require.NoError(t, parse()) // the first time fills caches
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	require.NoError(t, parse())
	runtime.ReadMemStats(&after)
	return cost{float64(after.TotalAlloc - before.TotalAlloc), float64(after.Mallocs - before.Mallocs)}
}

// TestHeads checks the limit of parameters and headers, whatever they are and whoever sends
// them. Nothing is sent beyond it.
func TestHeads(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 128<<10+1)
	answer := inJSON(200, browserFlow)
	client := answer.client(t)
	visit := client.Visit(nil, page())
	for name, err := range map[string]error{
		"id":       only(client.GetFlow(t.Context(), long)),
		"flow":     only(client.Submit(t.Context(), long, password)),
		"form":     only(visit.SubmitForm(t.Context(), long, url.Values{"a": {"b"}})),
		"error":    only(visit.GetError(t.Context(), long)),
		"code":     only(client.Exchange(t.Context(), orylogin.NewSecret("x"), orylogin.NewSecret(long))),
		"options":  only(visit.CreateFlow(t.Context(), orylogin.FlowOptions{ReturnTo: long})),
		"device":   only(client.Visit(nil, page(), orylogin.WithDevice(long, netip.Addr{})).CreateFlow(t.Context(), orylogin.FlowOptions{})),
		"template": only(client.Whoami(t.Context(), token, orylogin.WithTokenizeAs(long))),
	} {
		require.ErrorIs(t, err, orylogin.ErrRequestTooLarge, name)
		require.ErrorIs(t, err, orylogin.ErrInvalidCall, name)
		require.Equal(t, orylogin.OutcomeInvalidCall, orylogin.OutcomeOf(err), name)
	}
	require.Empty(t, answer.requests)
}

// TestFormsOfRequests checks that the limit of a form does not depend on how the request was
// parsed.
func TestFormsOfRequests(t *testing.T) {
	t.Parallel()
	large := url.Values{"a": {strings.Repeat("x", 1<<20)}}
	parts := "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n" + large.Get("a") + "\r\n--b--\r\n"
	for name, test := range map[string]struct {
		contentType, body string
		form              func(*http.Request) url.Values
	}{
		"PostForm":  {"application/x-www-form-urlencoded", large.Encode(), func(r *http.Request) url.Values { return r.PostForm }},
		"Form":      {"application/x-www-form-urlencoded", large.Encode(), func(r *http.Request) url.Values { return r.Form }},
		"multipart": {"multipart/form-data; boundary=b", parts, func(r *http.Request) url.Values { return r.MultipartForm.Value }},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(test.body))
		require.NoError(t, err)
		r.Header.Set("Content-Type", test.contentType)
		if name == "multipart" {
			require.NoError(t, r.ParseMultipartForm(1<<20))
		} else {
			require.NoError(t, r.ParseForm())
		}
		require.Equal(t, large, test.form(r))
		answer := inJSON(200, "{}")
		_, err = answer.client(t).Visit(nil, r).SubmitForm(t.Context(), flowID, test.form(r))
		require.ErrorIs(t, err, orylogin.ErrRequestTooLarge, name)
		require.Empty(t, answer.requests, name)
	}
}
