// Package soak logs in, asks whoami and logs out again and again, while faults break the
// connections. It counts the results.
package soak

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/hardening/wire"
)

// Callers is the number of callers at the same time.
const Callers = 64

// Soak is one run against one server.
type Soak struct {
	// Server is the base URL of the server.
	Server string

	// Methods are the methods with which the callers log in.
	Methods []orylogin.Method

	mu     sync.Mutex // guards the fields below
	logins int
	errors map[string]int
	lost   int
}

// faults are the faults that happen, each for a moment. The zero Fault is a moment without a
// fault.
var faults = []wire.Fault{
	{},
	{Stage: wire.AtAccept, End: wire.Reset},
	{},
	{Stage: wire.InRequest, Bytes: 40, End: wire.Reset},
	{},
	{Stage: wire.BeforeAnswer, End: wire.Close},
	{},
	{Stage: wire.InAnswer, Bytes: 1200, End: wire.Reset},
	{},
	{Answer: "HTTP/1.1 503 X\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"},
	{},
	{Delay: 50 * time.Millisecond},
	{},
	{Stage: wire.BeforeAnswer, End: wire.Silence},
}

// Run soaks the server for the duration and reports to w. Its error says what was lost or has
// grown.
func (s *Soak) Run(ctx context.Context, name string, duration time.Duration, w io.Writer) error {
	s.errors = map[string]int{}
	proxy, err := wire.New(strings.TrimPrefix(s.Server, "http://"))
	if err != nil {
		return err
	}
	defer proxy.Close()
	transport := &http.Transport{MaxIdleConnsPerHost: Callers}
	defer transport.CloseIdleConnections()
	client, err := orylogin.New(proxy.URL,
		orylogin.WithHTTPClient(&http.Client{Transport: transport}), orylogin.WithTimeout(2*time.Second))
	if err != nil {
		return err
	}
	direct := &http.Transport{MaxIdleConnsPerHost: Callers}
	defer direct.CloseIdleConnections()
	witness, err := orylogin.New(s.Server, orylogin.WithHTTPClient(&http.Client{Transport: direct}))
	if err != nil {
		return err
	}
	measure := func() usage {
		transport.CloseIdleConnections()
		direct.CloseIdleConnections()
		return settled(proxy)
	}
	// The memory that this many callers need anyway does not count as growth.
	s.call(ctx, min(duration/10, 5*time.Second), proxy, client, witness)
	start := measure()
	for range 20 { // on a busy machine, the first results take longer
		if s.call(ctx, duration, proxy, client, witness); s.logins > 0 && len(s.errors) > 0 {
			break
		}
	}
	end := measure()
	for range 60 {
		if end.grownFrom(start) == nil {
			break
		}
		time.Sleep(time.Second)
		end = measure()
	}
	s.report(w, name, start, end)
	return s.verdict(start, end)
}

// call runs the callers for the duration.
func (s *Soak) call(ctx context.Context, duration time.Duration, proxy *wire.Proxy, client, witness *orylogin.Client) {
	stop, cancel := context.WithTimeout(ctx, duration)
	defer cancel()
	var group sync.WaitGroup
	group.Go(func() { inject(stop, proxy) })
	for number := range Callers {
		method := s.Methods[number%len(s.Methods)]
		group.Go(func() {
			for stop.Err() == nil {
				s.visit(ctx, client, witness, method)
			}
		})
	}
	group.Wait()
	proxy.Inject(wire.Fault{})
}

// inject changes the fault several times a second.
func inject(ctx context.Context, proxy *wire.Proxy) {
	ticker := time.NewTicker(200 * time.Millisecond)
	defer ticker.Stop()
	for step := 0; ; step++ {
		proxy.Inject(faults[step%len(faults)])
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// visit makes one login and the calls that follow it. The server must know each token that it
// has returned, whatever happens to the connections.
func (s *Soak) visit(ctx context.Context, client, witness *orylogin.Client, method orylogin.Method) {
	login, err := client.Login(ctx, method)
	if err != nil {
		s.failed("login", login != nil, err)
		return
	}
	known := login != nil && s.known(ctx, witness, login.Token)
	s.note(func() {
		s.logins++
		if !known {
			s.lost++
		}
	})
	if !known {
		return
	}
	session, err := client.Whoami(ctx, login.Token)
	if err != nil {
		s.failed("whoami", session != nil, err)
	}
	if err := client.Logout(ctx, login.Token); err != nil {
		s.failed("logout", false, err)
	}
}

// known reports whether the server knows a token. The witness asks without the proxy. It asks
// again after each denial, since a Kratos whose database is busy answers 401, too.
func (s *Soak) known(ctx context.Context, witness *orylogin.Client, token orylogin.Secret) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for ctx.Err() == nil {
		if _, err := witness.Whoami(ctx, token); err == nil {
			return true
		}
		time.Sleep(20 * time.Millisecond)
	}
	return false
}

// failed counts an error by its kind. An error beside a value, or without a type, is a loss.
func (s *Soak) failed(call string, contradicts bool, err error) {
	kind, typed := kindOf(err)
	s.note(func() {
		s.errors[call+": "+kind]++
		if contradicts || !typed {
			s.lost++
		}
	})
}

func (s *Soak) note(what func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	what()
}

// kindOf returns the kind of an error. It reports false if the error has no type.
func kindOf(err error) (string, bool) {
	var transport *orylogin.TransportError
	var answer *orylogin.APIError
	switch {
	case errors.As(err, &transport) && transport.NotSent:
		return "not sent", true
	case errors.As(err, &transport) && errors.Is(err, context.DeadlineExceeded):
		return "no answer in time", true
	case errors.As(err, &transport):
		return "no answer", true
	case errors.As(err, &answer):
		return fmt.Sprintf("%T %d", err, answer.StatusCode), true
	default:
		return fmt.Sprintf("untyped %T", err), false
	}
}

func (s *Soak) report(w io.Writer, name string, start, end usage) {
	_, _ = fmt.Fprintf(w, "%s\n  logins: %d\n", name, s.logins)
	for _, kind := range slices.Sorted(maps.Keys(s.errors)) {
		_, _ = fmt.Fprintf(w, "  %s: %d\n", kind, s.errors[kind])
	}
	_, _ = fmt.Fprintf(w, "  goroutines: %d at the start, %d at the end\n", start.goroutines, end.goroutines)
	_, _ = fmt.Fprintf(w, "  memory: %d KiB at the start, %d KiB at the end\n", start.memory>>10, end.memory>>10)
	_, _ = fmt.Fprintf(w, "  connections: %d at the start, %d at the end\n", start.connections, end.connections)
	_, _ = fmt.Fprintf(w, "  lost: %d\n", s.lost)
}

func (s *Soak) verdict(start, end usage) error {
	switch {
	case s.logins == 0:
		return errors.New("soak: nobody has logged in")
	case len(s.errors) == 0:
		return errors.New("soak: nothing has failed, so that nothing was tried")
	case s.lost > 0:
		return fmt.Errorf("soak: %d lost", s.lost)
	}
	return end.grownFrom(start)
}
