package hardening

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/hardening/wire"
)

// TestFaults breaks the connection of each operation in each way.
func TestFaults(t *testing.T) {
	s := newStage(t)
	for name, test := range map[string]struct {
		fault wire.Fault
		want  string
		is    error
	}{
		"reset before the request":   {wire.Fault{Stage: wire.AtAccept, End: wire.Reset}, "unsent or transport", nil},
		"closed before the request":  {wire.Fault{Stage: wire.AtAccept, End: wire.Close}, "transport", nil},
		"half-closed before":         {wire.Fault{Stage: wire.AtAccept, End: wire.HalfClose}, "transport", nil},
		"nobody reads":               {wire.Fault{Stage: wire.AtAccept, End: wire.Silence}, "transport", context.DeadlineExceeded},
		"reset in the request":       {wire.Fault{Stage: wire.InRequest, Bytes: 20, End: wire.Reset}, "transport", nil},
		"half-closed in the request": {wire.Fault{Stage: wire.InRequest, Bytes: 20, End: wire.HalfClose}, "transport", nil},
		"reset after the request":    {wire.Fault{Stage: wire.BeforeAnswer, End: wire.Reset}, "transport", syscall.ECONNRESET},
		"closed after the request":   {wire.Fault{Stage: wire.BeforeAnswer, End: wire.Close}, "transport", io.EOF},
		"half-closed after":          {wire.Fault{Stage: wire.BeforeAnswer, End: wire.HalfClose}, "transport", io.EOF},
		"no answer":                  {wire.Fault{Stage: wire.BeforeAnswer, End: wire.Silence}, "transport", context.DeadlineExceeded},
		"closed in the headers":      {wire.Fault{Stage: wire.InAnswer, Bytes: 30, End: wire.Close}, "transport", nil},
		"late answer":                {wire.Fault{Delay: time.Hour}, "transport", context.DeadlineExceeded},
		"latency":                    {wire.Fault{Delay: 20 * time.Millisecond}, "", nil},
		"slow headers":               {slow(answerOf(200, "X-Padding: "+padding, "{}"), 0), "transport", context.DeadlineExceeded},
		"burst of 500":               {wire.Fault{Answer: answerOf(500, "", `{"error":{"code":500}}`)}, "answer", nil},
		"burst of 502":               {wire.Fault{Answer: answerOf(502, "", "<html>bad gateway")}, "answer", orylogin.ErrUnknownAnswer},
		"burst of 503":               {wire.Fault{Answer: answerOf(503, "Retry-After: 7", "")}, "answer", orylogin.ErrUnknownAnswer},
		"burst of 504":               {wire.Fault{Answer: answerOf(504, "", "")}, "answer", orylogin.ErrUnknownAnswer},
	} {
		t.Run(name, func(t *testing.T) {
			s.proxy.Inject(wire.Fault{})
			for _, operation := range s.operations(t) {
				fault := test.fault
				fault.Target = operation.target
				s.proxy.Inject(fault)
				before := s.sessions(t)
				var err error
				if test.is == context.DeadlineExceeded { //nolint:errorlint // it is the entry of a table
					err = s.outOfTime(t, operation, test.want)
				} else {
					client, left := s.client(t)
					err = operation.call(t.Context(), client)
					left()
				}
				require.Contains(t, strings.Split(test.want, " or "), kindOf(err), "%s: %v", operation.name, err)
				if test.is != nil {
					require.ErrorIs(t, err, test.is, operation.name)
				}
				require.LessOrEqual(t, s.proxy.Arrived(operation.target), 1, operation.name)
				require.LessOrEqual(t, s.sessions(t), before+1, operation.name)
			}
		})
	}
}

// padding makes an answer so long that [slow] cannot send it within the time limit of any call.
var padding = strings.Repeat("x", 8<<10)

// slow returns a fault that sends an answer byte by byte, after the first bytes.
func slow(answer string, from int) wire.Fault {
	return wire.Fault{Answer: answer, From: from, Chunk: 1, Pause: 20 * time.Millisecond}
}

// outOfTime calls an operation until its time limit ends it with the kind of error, and returns
// the error. It makes the time limit longer until the operation gets that far.
func (s *stage) outOfTime(t *testing.T, operation operation, kind string) error {
	t.Helper()
	for limit := 200 * time.Millisecond; ; limit *= 2 {
		client, left := s.client(t, orylogin.WithTimeout(limit))
		err := operation.call(t.Context(), client)
		left()
		if kindOf(err) == kind || limit > patience {
			return err
		}
	}
}

// answerOf returns an answer as bytes.
func answerOf(status int, header, body string) string {
	kind := "text/html"
	if strings.HasPrefix(body, "{") {
		kind = "application/json"
	}
	if header != "" {
		header += "\r\n"
	}
	return fmt.Sprintf("HTTP/1.1 %d X\r\nContent-Type: %s\r\n%sContent-Length: %d\r\n\r\n%s", status, kind, header, len(body), body)
}

// TestCutAnswers cuts the answer at every 256 bytes, in its headers and in its body. If the
// status has arrived, the error has it.
func TestCutAnswers(t *testing.T) {
	s := newStage(t)
	for _, end := range []wire.End{wire.Close, wire.Reset, wire.HalfClose} {
		complete, cuts := false, 0
		for at := 1; !complete; at += 256 {
			operation := s.operations(t)[0]
			s.proxy.Inject(wire.Fault{Target: operation.target, Stage: wire.InAnswer, Bytes: at, End: end})
			client, left := s.client(t)
			err := operation.call(t.Context(), client)
			kind := kindOf(err)
			require.NotContains(t, []string{"untyped", "unsent"}, kind, "%d bytes: %v", at, err)
			if kind == "answer" {
				var answer *orylogin.APIError
				require.ErrorAs(t, err, &answer)
				require.Equal(t, http.StatusOK, answer.StatusCode, "%d bytes", at)
			}
			require.Equal(t, 1, s.proxy.Arrived(operation.target))
			complete = err == nil
			cuts++
			require.Less(t, cuts, 1000, "the answer never gets complete")
			left()
		}
		require.Greater(t, cuts, 7)
	}
}

// TestSlowBody sends the body too slowly, and then slowly but in time.
func TestSlowBody(t *testing.T) {
	s := newStage(t)
	operation := s.operations(t)[0]
	s.proxy.Inject(slow(answerOf(200, "", `{"id":"`+padding+`"}`), 200))
	err := s.outOfTime(t, operation, "answer") // the status has arrived
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Equal(t, "answer", kindOf(err))

	s.proxy.Inject(wire.Fault{Target: operation.target, Chunk: 100, Pause: time.Millisecond})
	client, left := s.client(t)
	require.NoError(t, operation.call(t.Context(), client))
	left()
}

// TestPooledConnection breaks a connection that was used before. net/http then sends a GET
// again, which does no harm. A request that changes something is sent once.
func TestPooledConnection(t *testing.T) {
	s := newStage(t)
	for _, end := range []wire.End{wire.Close, wire.Reset, wire.HalfClose} {
		for _, stage := range []wire.Stage{wire.InRequest, wire.BeforeAnswer} {
			for _, operation := range s.operations(t) {
				before := s.sessions(t)
				client, left := s.client(t)
				s.proxy.Inject(wire.Fault{})
				require.NoError(t, either(client.CreateFlow(t.Context(), orylogin.FlowOptions{})))
				s.proxy.Inject(wire.Fault{Target: operation.target, Times: 1, Stage: stage, Bytes: 20, End: end})
				err := operation.call(t.Context(), client)
				switch {
				case strings.HasPrefix(operation.target, "GET "):
					require.Contains(t, []string{"", "transport"}, kindOf(err), operation.name)
					require.LessOrEqual(t, s.proxy.Arrived(operation.target), 2, operation.name)
				default:
					require.Equal(t, "transport", kindOf(err), operation.name)
					require.Equal(t, 1, s.proxy.Arrived(operation.target), operation.name)
				}
				left()
				require.LessOrEqual(t, s.sessions(t), before+1)
			}
		}
	}
}

// TestLargeRequest breaks the connection while the client is still sending.
func TestLargeRequest(t *testing.T) {
	s := newStage(t)
	const target = "POST /self-service/login"
	flow := "58754060-2707-4237-81ae-8c8845ed16aa"
	for _, end := range []wire.End{wire.Close, wire.Reset} {
		s.proxy.Inject(wire.Fault{Target: target, Stage: wire.InRequest, Bytes: 1000, End: end})
		client, left := s.client(t)
		err := either(client.Submit(t.Context(), flow, orylogin.Password{
			Identifier: ada.Email, Password: orylogin.NewSecret(strings.Repeat("x", 1000<<10)),
		}))
		require.Equal(t, "transport", kindOf(err), "%v", err)
		require.Equal(t, 1, s.proxy.Arrived(target))
		left()
	}
}

// TestRefusedDial checks that no request is sent and that the error says so.
func TestRefusedDial(t *testing.T) {
	client, err := orylogin.New(nobody)
	require.NoError(t, err)
	for _, operation := range newStage(t).operations(t) {
		err := operation.call(t.Context(), client)
		require.Equal(t, "unsent", kindOf(err), "%s: %v", operation.name, err)
		require.ErrorIs(t, err, syscall.ECONNREFUSED)
	}
}

// TestRateLimit checks both forms of Retry-After for each operation.
func TestRateLimit(t *testing.T) {
	s := newStage(t)
	for _, operation := range s.operations(t) {
		for value, want := range map[string]func(time.Duration) bool{
			"120": func(wait time.Duration) bool { return wait == 2*time.Minute },
			time.Now().Add(24 * time.Hour).UTC().Format(http.TimeFormat): func(wait time.Duration) bool {
				return time.Hour < wait && wait <= 24*time.Hour
			},
			"Fri, 31 Dec 1999 23:59:59 GMT": func(wait time.Duration) bool { return wait == 0 },
		} {
			s.proxy.Inject(wire.Fault{Target: operation.target, Answer: answerOf(429, "Retry-After: "+value, "")})
			client, left := s.client(t)
			err := operation.call(t.Context(), client)
			var answer *orylogin.APIError
			require.ErrorAs(t, err, &answer)
			require.Equal(t, http.StatusTooManyRequests, answer.StatusCode)
			require.True(t, want(answer.RetryAfter), "%s: %v", value, answer.RetryAfter)
			require.Equal(t, 1, s.proxy.Arrived(operation.target))
			left()
		}
	}
}

// TestBurst checks that a login after many failures succeeds, and that the client has retried
// nothing.
func TestBurst(t *testing.T) {
	s := newStage(t)
	client, left := s.client(t)
	const target = "GET /self-service/login/api"
	s.proxy.Inject(wire.Fault{Target: target, Times: 5, Answer: answerOf(503, "", "")})
	for count := range 5 {
		require.Equal(t, "answer", kindOf(either(client.Login(t.Context(), asAda))))
		require.Equal(t, count+1, s.proxy.Arrived(target))
	}
	require.NoError(t, either(client.Login(t.Context(), asAda)))
	require.Equal(t, 1, s.proxy.Arrived("POST /self-service/login"))
	left()
}

// TestCanceledAtEveryStage cancels the context before, during and after the request.
func TestCanceledAtEveryStage(t *testing.T) {
	s := newStage(t)
	for name, fault := range map[string]wire.Fault{
		"before the answer": {Stage: wire.BeforeAnswer, End: wire.Silence},
		"in the headers":    {Stage: wire.InAnswer, Bytes: 30, End: wire.Silence},
		"in the body":       {Stage: wire.InAnswer, Bytes: 1500, End: wire.Silence},
	} {
		operation := s.operations(t)[0]
		fault.Target = operation.target
		s.proxy.Inject(fault)
		client, left := s.client(t)
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			for s.proxy.Arrived(operation.target) == 0 && ctx.Err() == nil {
				time.Sleep(time.Millisecond)
			}
			cancel()
		}()
		err := operation.call(ctx, client)
		require.ErrorIs(t, err, context.Canceled, name)
		require.NotEqual(t, "untyped", kindOf(err), name)

		err = operation.call(ctx, client)
		require.Equal(t, "unsent", kindOf(err), name)
		require.Equal(t, 1, s.proxy.Arrived(operation.target), name)
		left()
	}
}
