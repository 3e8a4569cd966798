package orylogin_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
)

// bytesOver returns a transport of net/http to a server that answers the first request of each
// connection with raw bytes and leaves the connection open.
func bytesOver(t *testing.T, answer string) *http.Transport {
	t.Helper()
	transport := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		near, far := net.Pipe()
		go func() {
			reader := bufio.NewReader(far)
			if _, err := http.ReadRequest(reader); err == nil {
				_, _ = io.WriteString(far, answer)
			}
			_, _ = io.Copy(io.Discard, reader)
		}()
		return near, nil
	}}
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}

// TestRedirectsAreNotFollowed has each status for which net/http would send the request, or its
// token, to another place.
func TestRedirectsAreNotFollowed(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, call := range operations {
			answer := &fixed{status: status, header: http.Header{"Location": {"/elsewhere?code=hunter2"}}}
			err := call(t.Context(), answer.client(t))
			require.Equal(t, outcome{kind: "Redirect", status: status}, outcomeOf(err), "%v", err)
			require.NotContains(t, err.Error(), "hunter2")
			answer.only(t)
		}
	}
}

// TestNoCompressedAnswers checks that the Client's own transport does not ask for compression
// and does not decompress. The limit counts the bytes on the network.
func TestNoCompressedAnswers(t *testing.T) {
	t.Parallel()
	var zipped bytes.Buffer
	writer := gzip.NewWriter(&zipped)
	_, err := writer.Write([]byte(oneSession))
	require.NoError(t, err)
	require.NoError(t, writer.Close())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header["Accept-Encoding"] != nil {
			t.Error("compression is asked for")
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(zipped.Bytes())
	}))
	t.Cleanup(server.Close)
	client, err := orylogin.New(server.URL)
	require.NoError(t, err)
	require.ErrorIs(t, only(client.Whoami(t.Context(), token)), orylogin.ErrUnknownAnswer)
}

func TestResponseLimit(t *testing.T) {
	const limit = 1000
	small := []orylogin.Option{orylogin.WithResponseLimit(limit)}
	for _, test := range []struct {
		options  []orylogin.Option
		size     int
		tooLarge bool
	}{
		{small, limit - 1, false},
		{small, limit, false},
		{small, limit + 1, true},
		{small, 100 * limit, true},
		{nil, 4 << 20, false},
		{nil, 4<<20 + 1, true},
	} {
		for _, chunked := range []bool{false, true} {
			server := newKratos(t)
			server.Handle(orylogintest.Submit, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(http.StatusBadRequest)
				if chunked {
					w.(http.Flusher).Flush()
				}
				body := `{"error":{"id":"x"}}`
				_, _ = io.WriteString(w, body+strings.Repeat(" ", test.size-len(body)))
			}))
			err := operations["submit"](t.Context(), server.Client(test.options...))
			require.Equal(t, 400, outcomeOf(err).status, "size %d, chunked %v: %v", test.size, chunked, err)
			require.Equal(t, test.tooLarge, errors.Is(err, orylogin.ErrResponseTooLarge), "size %d, chunked %v", test.size, chunked)
		}
	}
}

// TestCutOffBody checks that an error keeps the status of an answer whose connection breaks.
func TestCutOffBody(t *testing.T) {
	server := newKratos(t)
	server.Handle(orylogintest.Submit, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, `{"session_token":`)
	}))
	err := operations["submit"](t.Context(), server.Client())
	require.Equal(t, outcome{kind: "API", status: 200}, outcomeOf(err))
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
}

// TestTimeLimits has a server of v0.8, which never answers the submission to an expired flow
// for a second factor. It also has bodies that do not end, or that do not end with the context.
func TestTimeLimits(t *testing.T) {
	const own = "the client's time limit has passed"
	careless := roundTrip(func(*http.Request) (*http.Response, error) {
		body, _ := io.Pipe()
		return &http.Response{StatusCode: http.StatusOK, Body: body}, nil
	})
	for name, test := range map[string]struct {
		answer    string
		transport http.RoundTripper
		options   []orylogin.Option
		deadline  time.Duration // of the caller's context
		timeout   time.Duration // of the caller's http.Client
		want      outcome
		text      string
		after     time.Duration
	}{
		"silence":          {want: outcome{kind: "Transport"}, text: "no answer: " + own, after: 30 * time.Second},
		"a body's silence": {answer: "HTTP/1.1 200 OK\r\n\r\n", want: outcome{kind: "API", status: 200}, text: own, after: 30 * time.Second},
		"a switch of protocols": {
			answer: "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n",
			want:   outcome{kind: "API", status: 101}, text: own, after: 30 * time.Second,
		},
		"a careless transport": {transport: careless, want: outcome{kind: "API", status: 200}, text: own, after: 30 * time.Second},
		"another limit": {
			options: []orylogin.Option{orylogin.WithTimeout(time.Minute)},
			want:    outcome{kind: "Transport"}, text: own, after: time.Minute,
		},
		"the http.Client's limit": {timeout: 7 * time.Second, want: outcome{kind: "Transport"}, text: own, after: 7 * time.Second},
		"the http.Client's limit is longer": {
			timeout: time.Hour, want: outcome{kind: "Transport"}, text: own, after: 30 * time.Second,
		},
		"the context's deadline": {
			deadline: 5 * time.Second,
			want:     outcome{kind: "Transport"}, text: "no answer: context deadline exceeded", after: 5 * time.Second,
		},
	} {
		for operation, call := range operations {
			t.Run(name+"/"+operation, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					transport := test.transport
					if transport == nil {
						transport = bytesOver(t, test.answer)
					}
					client := over(t, transport, append(test.options,
						orylogin.WithHTTPClient(&http.Client{Transport: transport, Timeout: test.timeout}))...)
					start := time.Now()
					ctx, cancel := t.Context(), func() {}
					if test.deadline > 0 {
						ctx, cancel = context.WithTimeout(ctx, test.deadline)
					}
					defer cancel()
					err := call(ctx, client)
					require.ErrorIs(t, err, context.DeadlineExceeded)
					require.Equal(t, test.want, outcomeOf(err), "%v", err)
					require.ErrorContains(t, err, test.text)
					require.Equal(t, test.after, time.Since(start))
				})
			})
		}
	}
}

// TestOneTimeLimit checks that one limit covers both requests of a call.
func TestOneTimeLimit(t *testing.T) {
	server := newKratos(t)
	graces := tokenOf(t, server.Client(), grace)
	for name, call := range map[string]call{
		"login": login(password), "refresh": refresh(graces, passwordOf(grace)), "step up": stepUp(graces, backup),
	} {
		var deadlines []time.Time
		client := server.Client(orylogin.WithHTTPClient(&http.Client{
			Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				deadline, _ := r.Context().Deadline()
				deadlines = append(deadlines, deadline)
				return http.DefaultTransport.RoundTrip(r)
			}),
		}))
		require.NoError(t, call(t.Context(), client), name)
		require.Len(t, deadlines, 2, name)
		require.Equal(t, deadlines[0], deadlines[1], name)
	}
}

var errBroken = errors.New("broken")

func TestTransportError(t *testing.T) {
	nobody, err := orylogin.New("http://127.0.0.1:1")
	require.NoError(t, err)
	cut := newKratos(t)
	cut.Cut(orylogintest.Submit)
	// It fails as wrapping transports do, with the URL.
	broken := roundTrip(func(r *http.Request) (*http.Response, error) {
		return nil, &net.OpError{Op: "GET " + r.URL.RawQuery, Err: errBroken}
	})
	following := roundTrip((&http.Client{Transport: broken}).Do)
	why := errors.New("the user went away")
	canceled, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	late, cancelLate := context.WithDeadlineCause(t.Context(), time.Unix(0, 0), why)
	defer cancelLate()

	for name, test := range map[string]struct {
		ctx     context.Context
		client  *orylogin.Client
		notSent bool
		is      []error
		text    string
	}{
		"connection refused": {t.Context(), nobody, true, nil, "the request was not sent: dial tcp"},
		"connection closed":  {t.Context(), cut.Client(), false, []error{io.EOF}, "no answer: EOF"},
		"canceled before":    {canceled, cut.Client(), true, []error{context.Canceled, why}, "not sent: context canceled"},
		"late before":        {late, cut.Client(), true, []error{context.DeadlineExceeded, why}, "not sent: context deadline"},
		"another transport":  {t.Context(), over(t, broken), false, []error{errBroken}, "no answer: an error of type"},
		"an http.Client":     {t.Context(), over(t, following), false, []error{errBroken}, "an error of type *net.OpError"},
	} {
		login, err := test.client.Submit(test.ctx, flowID, password)
		require.Nil(t, login, name)
		require.Equal(t, outcome{kind: "Transport"}, outcomeOf(err), name)
		var transport *orylogin.TransportError
		require.ErrorAs(t, err, &transport, name)
		require.Equal(t, "submitSelfServiceLoginFlow", transport.Operation, name)
		require.Equal(t, test.notSent, transport.NotSent, name)
		for _, target := range test.is {
			require.ErrorIs(t, err, target, name)
		}
		require.ErrorContains(t, err, test.text, name)
		require.NotContains(t, chain(err), flowID, name)
	}
}

// TestContextEnds checks that an error keeps the context's error and its cause, whether the
// context ends before the answer or within its body.
func TestContextEnds(t *testing.T) {
	why := errors.New("the user went away")
	for name, test := range map[string]struct {
		body string
		want outcome
	}{
		"before the answer": {"", outcome{kind: "Transport"}},
		"within the body":   {"{", outcome{kind: "API", status: 200}},
	} {
		ctx, cancel := context.WithCancelCause(t.Context())
		server := newKratos(t)
		server.Handle(orylogintest.Submit, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if test.body != "" {
				_, _ = io.WriteString(w, test.body)
				w.(http.Flusher).Flush()
			} else {
				cancel(why)
			}
			<-r.Context().Done()
		}))
		client := server.Client(orylogin.WithHTTPClient(&http.Client{
			Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				response, err := http.DefaultTransport.RoundTrip(r)
				cancel(why) // as soon as the headers of the answer are there
				return response, err
			}),
		}))
		_, err := client.Submit(ctx, flowID, password)
		require.Equal(t, test.want, outcomeOf(err), name)
		require.ErrorIs(t, err, context.Canceled, name)
		require.ErrorIs(t, err, why, name)
	}
}

// TestPostIsNotRepeated lets a pooled connection die during a submission. The submission must
// not be sent again once the server may have seen it.
func TestPostIsNotRepeated(t *testing.T) {
	server := newKratos(t)
	server.Cut(orylogintest.Submit)
	_, err := server.Client().Login(t.Context(), password)
	require.Equal(t, outcome{kind: "Transport"}, outcomeOf(err))
	server.ExpectCalls(orylogintest.CreateFlow, 1)
	server.ExpectCalls(orylogintest.Submit, 1)
}

// TestStubTransports has transports that leave things out, as those of tests do.
func TestStubTransports(t *testing.T) {
	for name, test := range map[string]struct {
		response *http.Response
		want     outcome
	}{
		"no response": {nil, outcome{kind: "Transport"}},
		"no body":     {&http.Response{StatusCode: http.StatusOK}, outcome{kind: "Transport"}},
		"no header":   {&http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, outcome{kind: "API", status: 200}},
		"no request": {
			&http.Response{StatusCode: http.StatusFound, Body: http.NoBody, Header: http.Header{"Location": {"/"}}},
			outcome{kind: "Redirect", status: 302},
		},
	} {
		stub := roundTrip(func(*http.Request) (*http.Response, error) { return test.response, nil })
		require.Equal(t, test.want, outcomeOf(operations["submit"](t.Context(), over(t, stub))), name)
	}
}

// TestHeadersAreNotShared has a transport that changes the headers of a request, as tracing
// transports do.
func TestHeadersAreNotShared(t *testing.T) {
	answer := inJSON(500, "{}")
	client := over(t, roundTrip(func(r *http.Request) (*http.Response, error) {
		r.Header["X-A"][0] += "!"
		return answer.RoundTrip(r)
	}), orylogin.WithHeader("X-A", "1"), orylogin.WithHeader("X-A", "2"))
	for range 2 {
		_ = operations["create"](t.Context(), client)
	}
	for _, got := range answer.requests {
		require.Equal(t, []string{"1!", "2"}, got.Header["X-A"])
	}
	require.Len(t, answer.requests, 2)
}
