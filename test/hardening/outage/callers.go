package outage

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"time"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/session"
	"github.com/orylogin/orylogin/test/kratostest"
)

// The names of the calls in the report.
const (
	login   = "login"
	stepUp  = "step up"
	refresh = "refresh"
	whoami  = "whoami"
	check   = "guard"
	request = "request"
	logout  = "logout"
)

// pace is how long a caller waits after a failure.
const pace = 20 * time.Millisecond

// callers is the state that all callers share.
type callers struct {
	server string
	ledger *ledger
	client *orylogin.Client
	guard  *session.Guard // with a cache; its User-Agent is guardAgent
	api    *httptest.Server
	people []person
}

// person is a user who can log in.
type person struct {
	method orylogin.Password
	app    kratostest.TOTPKey // empty if there is none
}

const guardAgent = "guard"

// newCallers returns the callers of a server. It starts the API that their sources call.
func newCallers(server string, ledger *ledger, people []person) (*callers, error) {
	client, err := orylogin.New(server, orylogin.WithTimeout(timeLimit))
	if err != nil {
		return nil, err
	}
	guards, err := orylogin.New(server, orylogin.WithTimeout(timeLimit), orylogin.WithHeader("User-Agent", guardAgent))
	if err != nil {
		return nil, err
	}
	guard, err := session.NewGuard(guards, session.WithCache(session.NewMemoryCache(1<<20), time.Second))
	if err != nil {
		return nil, err
	}
	api := httptest.NewServer(guard.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})))
	return &callers{server, ledger, client, guard, api, people}, nil
}

// kinds are the things that callers do again and again. Each returns whether everything
// succeeded.
var kinds = []func(*callers, context.Context, int) bool{
	(*callers).native, (*callers).browser, (*callers).factors, (*callers).refresh, (*callers).guarded,
}

// call makes the calls of the caller with the number until ctx ends. It finishes what it has
// begun.
func (c *callers) call(ctx context.Context, number int) {
	work := kinds[number%len(kinds)]
	switch {
	case number == 0:
		work = c.source(number, c.skewed())
	case number%8 == 0:
		work = c.source(number, c.client)
	}
	inside := context.WithoutCancel(ctx)
	for ctx.Err() == nil {
		if !work(c, inside, number) {
			time.Sleep(pace)
		}
	}
}

// as returns the option that gives a call its User-Agent.
func as(agent string) orylogin.CallOption { return orylogin.WithDevice(agent, netip.Addr{}) }

// logIn logs a person in and notes the result. It returns nil for a failure.
func (c *callers) logIn(ctx context.Context, client *orylogin.Client, who person) (*orylogin.Login, error) {
	agent := c.ledger.agent()
	done, err := client.Login(ctx, who.method, as(agent))
	c.noteLogin(agent, done, err)
	return done, err
}

func (c *callers) noteLogin(agent string, done *orylogin.Login, err error) {
	var half *orylogin.SecondFactorError
	id := ""
	switch {
	case done != nil:
		id = done.Session.ID
	case errors.As(err, &half) && half.Session != nil:
		id = half.Session.ID
	}
	c.ledger.note(login, agent, id, err)
}

// end asks whoami for the session of a login, and logs out.
func (c *callers) end(ctx context.Context, token orylogin.Secret, id string) bool {
	agent := c.ledger.agent()
	_, err := c.client.Whoami(ctx, token, as(agent))
	c.ledger.note(whoami, agent, id, err)
	agent = c.ledger.agent()
	left := c.client.Logout(ctx, token, as(agent))
	c.ledger.note(logout, agent, id, left)
	return err == nil && left == nil
}

// anybody returns a person with a password only. The method below returns one who also has an
// authenticator app.
func (c *callers) anybody(number int) person { return c.people[number%(manyPeople/2)] }

func (c *callers) cautious(number int) person { return c.people[manyPeople/2+number%(manyPeople/2)] }

// native logs in, asks whoami and logs out.
func (c *callers) native(ctx context.Context, number int) bool {
	done, err := c.logIn(ctx, c.client, c.anybody(number))
	return err == nil && c.end(ctx, done.Token, done.Session.ID)
}

// refresh logs in again in the same session, several times.
func (c *callers) refresh(ctx context.Context, number int) bool {
	who := c.anybody(number)
	done, err := c.logIn(ctx, c.client, who)
	if err != nil {
		return false
	}
	for range 3 {
		agent := c.ledger.agent()
		_, err := c.client.Refresh(ctx, done.Token, who.method, as(agent))
		c.ledger.note(refresh, agent, done.Session.ID, err)
	}
	return c.end(ctx, done.Token, done.Session.ID)
}

// factors logs in with two factors.
func (c *callers) factors(ctx context.Context, number int) bool {
	who := c.cautious(number)
	_, err := c.logIn(ctx, c.client, who)
	var half *orylogin.SecondFactorError
	if !errors.As(err, &half) {
		return false
	}
	code, err := who.app.Code(time.Now())
	if err != nil {
		panic(err)
	}
	agent := c.ledger.agent()
	_, err = c.client.StepUp(ctx, half.Token, orylogin.TOTP{Code: orylogin.NewSecret(code)}, as(agent))
	c.ledger.note(stepUp, agent, half.Session.ID, err)
	if err != nil {
		return false
	}
	return c.end(ctx, half.Token, half.Session.ID)
}

// guarded lets the guard check a token several times while its cache keeps the session.
func (c *callers) guarded(ctx context.Context, number int) bool {
	done, err := c.logIn(ctx, c.client, c.anybody(number))
	if err != nil {
		return false
	}
	for range 5 {
		_, err := c.guard.Check(ctx, session.TokenCredential(done.Token))
		c.ledger.note(check, guardAgent, done.Session.ID, err)
	}
	return c.end(ctx, done.Token, done.Session.ID)
}

// browser logs in with a browser's flow, asks whoami and logs out.
func (c *callers) browser(ctx context.Context, number int) bool {
	cookies := map[string]string{}
	agent := c.ledger.agent()
	visit := c.visit(ctx, cookies, agent)
	flow, err := visit.CreateFlow(ctx, orylogin.FlowOptions{})
	if err != nil {
		c.noteLogin(agent, nil, err)
		return false
	}
	done, err := visit.Submit(ctx, flow, c.anybody(number).method)
	c.noteLogin(agent, done, err)
	keep(cookies, visit)
	if err != nil {
		return false
	}
	agent = c.ledger.agent()
	visit = c.visit(ctx, cookies, agent)
	_, err = visit.Whoami(ctx)
	c.ledger.note(whoami, agent, done.Session.ID, err)
	keep(cookies, visit)
	agent = c.ledger.agent()
	left := c.visit(ctx, cookies, agent).Logout(ctx)
	c.ledger.note(logout, agent, done.Session.ID, left)
	return err == nil && left == nil
}

// visit returns a visit of a browser with the cookies.
func (c *callers) visit(ctx context.Context, cookies map[string]string, agent string) *orylogin.Visit {
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "http://app.example.com/login", nil)
	for name, value := range cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value}) //nolint:gosec // a browser sends no attributes
	}
	return c.client.Visit(nil, r, as(agent))
}

// keep keeps the cookies of a visit, as a browser does.
func keep(cookies map[string]string, visit *orylogin.Visit) {
	for _, line := range visit.CookieLines() {
		if cookie, err := http.ParseSetCookie(line); err == nil {
			cookies[cookie.Name] = cookie.Value
		}
	}
}

// source returns a caller that calls the API with the token of a source. The password is right,
// so a source that stops is reset, as an operator would do it.
func (c *callers) source(number int, client *orylogin.Client) func(*callers, context.Context, int) bool {
	source, err := session.NewSourceFunc(client, func(ctx context.Context) (*orylogin.Login, error) {
		return c.logIn(ctx, client, c.anybody(number))
	})
	if err != nil {
		panic(err)
	}
	caller := http.Client{Timeout: timeLimit, Transport: &session.Transport{
		Source: source, Hosts: []string{strings.TrimPrefix(c.api.URL, "http://")},
	}}
	return func(_ *callers, ctx context.Context, _ int) bool {
		sent, err := http.NewRequestWithContext(ctx, http.MethodGet, c.api.URL, nil)
		if err != nil {
			panic(err)
		}
		answer, err := caller.Do(sent)
		if err != nil { // the error is from the source, which has noted its login
			if errors.Is(err, session.ErrStopped) {
				source.Reset()
			}
			return false
		}
		_, _ = io.Copy(io.Discard, answer.Body)
		_ = answer.Body.Close()
		c.ledger.note(request, guardAgent, "", statusError(answer.StatusCode))
		time.Sleep(pace)
		return answer.StatusCode == http.StatusOK
	}
}

// statusError returns what a status of the API means, as an error.
func statusError(status int) error {
	meaning := map[int]orylogin.Outcome{
		http.StatusUnauthorized:       orylogin.OutcomeNoSession,
		http.StatusTooManyRequests:    orylogin.OutcomeRateLimited,
		http.StatusServiceUnavailable: orylogin.OutcomeUnavailable,
	}
	if status == http.StatusOK {
		return nil
	}
	return &session.Refusal{Outcome: meaning[status]}
}
