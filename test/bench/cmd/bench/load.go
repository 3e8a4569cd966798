package main

import (
	"context"
	"fmt"
	"net/http/httptrace"
	"sync"
	"sync/atomic"

	"github.com/orylogin/orylogin/test/bench/contenders"
	"github.com/orylogin/orylogin/test/bench/measure"
	"github.com/orylogin/orylogin/test/kratostest"
)

// The load: so many callers log in so often at the same time.
const (
	callers         = 64
	loginsPerCaller = 60
)

// crowd is several callers that share a client and log in at the same time.
type crowd struct {
	contender contenders.Contender
	callers   int
	logins    int // of each
	tries     int // of each login
}

// loads are the experiments of many callers and a server in this process.
func (l *laboratory) loads() ([]experiment, error) {
	loaded := experiment{name: load, rounds: l.rounds}
	for _, contender := range contenders.All() {
		crowd := crowd{contender, callers, loginsPerCaller, 1}
		loaded.add(contender.Name, func() (measure.Cost, error) { return l.crowdOverLoopback(crowd) })
	}
	return []experiment{loaded}, nil
}

// crowdOverLoopback lets a crowd loose on a server of its own.
func (l *laboratory) crowdOverLoopback(crowd crowd) (measure.Cost, error) {
	server := l.script.Serve()
	defer server.Close()
	cost, err := crowd.logIn(l.ctx, server.URL)
	cost.Connections = float64(server.Opened.Load())
	return cost, err
}

// logIn has all callers log in with the transport that their client brings along.
func (c crowd) logIn(ctx context.Context, baseURL string) (measure.Cost, error) {
	client, err := c.contender.New(baseURL, nil)
	if err != nil {
		return measure.Cost{}, err
	}
	return measure.Run(c.callers*c.logins, func() error {
		failed := make(chan error, c.callers)
		var crowd sync.WaitGroup
		for range c.callers {
			crowd.Go(func() {
				if err := c.logInOften(ctx, client); err != nil {
					failed <- err
				}
			})
		}
		crowd.Wait()
		close(failed)
		return <-failed
	})
}

func (c crowd) logInOften(ctx context.Context, client contenders.Client) error {
	for range c.logins {
		if err := c.logInOnce(ctx, client); err != nil {
			return err
		}
	}
	return nil
}

// logInOnce logs in, by several tries if need be.
func (c crowd) logInOnce(ctx context.Context, client contenders.Client) error {
	var err error
	for range c.tries {
		if err = client.Login(ctx, ada); err == nil || ctx.Err() != nil {
			break
		}
	}
	return err
}

// kratosRounds are fewer, since most of what they measure is the server's, and so are
// the contenders.
const kratosRounds = 1

// kratosTries is how often a login is tried at the real server. Its database is in
// memory, where one of two logins at the same moment is answered with status 500;
// then the caller tries again. Only complete logins are counted.
const kratosTries = 1000

// kratos are the experiments of many callers and a real server. Its hasher is a
// cheap one already.
func (l *laboratory) kratos() ([]experiment, error) {
	server, err := kratostest.Run(l.ctx)
	if err != nil {
		return nil, err
	}
	l.close = append(l.close, server.Stop)
	identity := kratostest.Identity{Email: ada.Identifier, Password: ada.Password}
	if _, err := server.CreateIdentity(l.ctx, identity); err != nil {
		return nil, err
	}
	name := fmt.Sprintf("%d × %d logins at a real Kratos v1.3.1", callers, loginsPerCaller)
	loaded := experiment{name: name, rounds: min(l.rounds, kratosRounds)}
	for _, contender := range contenders.All() {
		if contender.Name == contenders.Generated {
			continue
		}
		crowd := crowd{contender, callers, loginsPerCaller, kratosTries}
		loaded.add(contender.Name, func() (measure.Cost, error) {
			ctx, dialled := countDials(l.ctx)
			cost, err := crowd.logIn(ctx, server.PublicURL)
			cost.Connections = float64(dialled.Load())
			return cost, err
		})
	}
	return []experiment{loaded}, nil
}

// countDials counts the connections that requests with the context open.
func countDials(ctx context.Context) (context.Context, *atomic.Int64) {
	var count atomic.Int64
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		ConnectDone: func(_, _ string, err error) {
			if err == nil {
				count.Add(1)
			}
		},
	}), &count
}
