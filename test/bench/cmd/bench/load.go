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

// The load: the number of callers, and of the logins of each.
const (
	callers         = 64
	loginsPerCaller = 60
)

// crowd is a number of callers that share a client and log in at the same time.
type crowd struct {
	contender contenders.Contender
	callers   int
	logins    int // of each caller
	tries     int // of each login
}

// load returns the experiment with many callers and a server in this process.
func (l *laboratory) load() experiment {
	loaded := experiment{name: load, rounds: l.rounds}
	for _, contender := range contenders.All() {
		crowd := crowd{contender, callers, loginsPerCaller, 1}
		loaded.add(contender.Name, func() (measure.Cost, error) { return l.crowdOverLoopback(crowd) })
	}
	return loaded
}

// crowdOverLoopback runs a crowd against its own server.
func (l *laboratory) crowdOverLoopback(crowd crowd) (measure.Cost, error) {
	server := l.script.Serve()
	defer server.Close()
	cost, err := crowd.logIn(l.ctx, server.URL)
	cost.Connections = float64(server.Opened.Load())
	return cost, err
}

// logIn lets all callers log in with the default transport of their client.
func (c crowd) logIn(ctx context.Context, baseURL string) (measure.Cost, error) {
	client := c.contender.New(baseURL, nil)
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
		err := client.Login(ctx, ada)
		for try := 1; err != nil && ctx.Err() == nil && try < c.tries; try++ {
			err = client.Login(ctx, ada)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// kratosTries is how often a login is tried at the real server. Its database is in memory. Of
// two logins at the same moment, one gets the status 500 and is tried again. Only complete
// logins count.
const kratosTries = 1000

// kratos returns the experiment with many callers and a real server. The server's password hash
// is already a cheap one. Most of the measured time is the server's, so there is only one
// round.
func (l *laboratory) kratos(server *kratostest.Server) (experiment, error) {
	loaded := experiment{name: fmt.Sprintf("%d × %d logins at a real Kratos v1.3.1", callers, loginsPerCaller), rounds: 1}
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
	_, err := server.CreateIdentity(l.ctx, kratostest.Identity{Email: ada.Identifier, Password: ada.Password})
	return loaded, err
}

// countDials returns a context that counts the connections that its requests open.
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
