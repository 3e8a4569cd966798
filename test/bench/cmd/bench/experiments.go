package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/orylogin/orylogin/test/bench/contenders"
	"github.com/orylogin/orylogin/test/bench/measure"
	"github.com/orylogin/orylogin/test/bench/recorded"
)

// experiment is something that contestants do in turn.
type experiment struct {
	name        string
	rounds      int
	contestants []measure.Contestant
}

func (e *experiment) add(name string, sample func() (measure.Cost, error)) {
	e.contestants = append(e.contestants, measure.Contestant{Name: name, Sample: sample})
}

var ada = contenders.Credentials{Identifier: "ada@example.com", Password: "correct horse battery staple"}

// laboratory makes the experiments.
type laboratory struct {
	ctx    context.Context
	rounds int
	length time.Duration // of one sample
	script recorded.Script
}

// experiments returns all experiments, except those that need a real Kratos.
func (l *laboratory) experiments() []experiment {
	made := l.decoding()
	made = append(made, l.loopback()...)
	made = append(made, l.guards()...)
	return append(made, l.load(), l.nodeGrowth(), l.callerGrowth(), l.flood(), l.classification())
}

// call is one call of a client.
type call func(ctx context.Context, client contenders.Client) error

func fetchFlow(ctx context.Context, client contenders.Client) error {
	return client.GetFlow(ctx, "a flow")
}

func submit(ctx context.Context, client contenders.Client) error {
	return client.Submit(ctx, "a flow", ada)
}

func whoami(ctx context.Context, client contenders.Client) error {
	return client.Whoami(ctx, "a token")
}

// decoding returns the experiments with calls that are answered from memory. Their time is that
// of the decoding.
func (l *laboratory) decoding() []experiment {
	made := []experiment{
		l.decode(decodeFlow, l.script.Flow, fetchFlow),
		l.decode("decode a flow of 40 nodes", l.script.Flow.WithNodes(40), fetchFlow),
		l.decode(decodeSuccess, l.script.Submission, submit),
		l.decode("decode a session", l.script.Session, whoami),
	}
	for _, name := range recorded.Refusals() {
		made = append(made, l.decode("decode "+name, recorded.Load(name), submit))
	}
	return made
}

// decode returns the experiment with one answer. All contenders must understand it.
func (l *laboratory) decode(name string, answer recorded.Answer, call call) experiment {
	made := experiment{name: name, rounds: l.rounds}
	for _, contender := range contenders.All() {
		client := inMemory(contender, answer)
		made.add(contender.Name, measure.Repeat(l.length, func() error {
			if err := call(l.ctx, client); (err == nil) != (answer.Status == http.StatusOK) {
				return errors.Join(fmt.Errorf("an answer with status %d was taken for what it is not", answer.Status), err)
			}
			return nil
		}))
	}
	return made
}

// inMemory returns a client that gets the answer to every request.
func inMemory(contender contenders.Contender, answer recorded.Answer) contenders.Client {
	return contender.New("http://127.0.0.1", answer)
}

// loopback returns the experiments with one caller and a server in this process.
func (l *laboratory) loopback() []experiment {
	server := l.script.Serve()
	context.AfterFunc(l.ctx, server.Close)
	logins := experiment{name: login, rounds: l.rounds}
	sessions := experiment{name: "whoami over loopback", rounds: l.rounds}
	for _, contender := range contenders.OfLogin() {
		client := contender.New(server.URL, nil)
		logins.add(contender.Name, measure.Repeat(l.length, func() error { return client.Login(l.ctx, ada) }))
		if contender.Name != contenders.ByHandID {
			sessions.add(contender.Name, measure.Repeat(l.length, func() error { return whoami(l.ctx, client) }))
		}
	}
	return []experiment{logins, sessions}
}

// nodeGrowth returns the experiment in which this module decodes flows of several sizes.
func (l *laboratory) nodeGrowth() experiment {
	grown := experiment{name: nodeGrowth, rounds: l.rounds}
	for _, count := range []int{8, 80, 500} {
		client := inMemory(contenders.All()[0], l.script.Flow.WithNodes(count))
		sample := measure.Repeat(l.length, func() error { return fetchFlow(l.ctx, client) })
		grown.add(fmt.Sprintf("%d nodes", count), func() (measure.Cost, error) {
			cost, err := sample()
			return cost.Per(count), err
		})
	}
	return grown
}

// callerGrowth returns the experiment with logins of several numbers of callers.
func (l *laboratory) callerGrowth() experiment {
	grown := experiment{name: callerGrowth, rounds: l.rounds}
	ours, byHand := contenders.All()[0], contenders.All()[1]
	for _, callers := range []struct {
		contender contenders.Contender
		count     int
		name      string
	}{
		{ours, 1, "1 caller"},
		{ours, 16, "16 callers"},
		{ours, 256, "256 callers"},
		{byHand, 16, "16 callers by hand"},
		{byHand, 256, "256 callers by hand"},
	} {
		crowd := crowd{callers.contender, callers.count, 256 * 40 / callers.count, 1}
		grown.add(callers.name, func() (measure.Cost, error) { return l.crowdOverLoopback(crowd) })
	}
	return grown
}
