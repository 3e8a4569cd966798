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

// experiment is one thing that contestants do in turn.
type experiment struct {
	name        string
	rounds      int
	contestants []measure.Contestant
}

var ada = contenders.Credentials{Identifier: "ada@example.com", Password: "correct horse battery staple"}

// laboratory makes the experiments.
type laboratory struct {
	ctx    context.Context
	rounds int
	length time.Duration // of a sample
	script recorded.Script
	close  []func()
}

// experiments returns all experiments, and a function that ends what they need.
func (l *laboratory) experiments(withKratos bool) ([]experiment, error) {
	var made []experiment
	steps := []func() ([]experiment, error){l.decoding, l.loopback, l.loads, l.growth, l.limits}
	if withKratos {
		steps = append(steps, l.kratos)
	}
	for _, step := range steps {
		experiments, err := step()
		if err != nil {
			return nil, err
		}
		made = append(made, experiments...)
	}
	return made, nil
}

// end ends what the experiments needed.
func (l *laboratory) end() {
	for _, closeIt := range l.close {
		closeIt()
	}
}

// decoding are the experiments without a request: the body of the answer is there.
func (l *laboratory) decoding() ([]experiment, error) {
	larger, err := l.script.Flow.WithNodes(40)
	if err != nil {
		return nil, err
	}
	made := []experiment{}
	add := func(name string, answer recorded.Answer, as contenders.Kind) {
		experiment, failure := l.decode(name, answer, as)
		made, err = append(made, experiment), errors.Join(err, failure)
	}
	add(decodeFlow, l.script.Flow, contenders.Flow)
	add("decode a flow of 40 nodes", larger, contenders.Flow)
	add(decodeSuccess, l.script.Submission, contenders.Login)
	add("decode a session", l.script.Session, contenders.Session)
	for _, name := range recorded.Refusals() {
		answer, failure := recorded.Load(name)
		err = errors.Join(err, failure)
		add("decode "+name, answer, contenders.Login)
	}
	return made, err
}

// decode is the experiment of one answer. All contenders take it for what it is.
func (l *laboratory) decode(name string, answer recorded.Answer, as contenders.Kind) (experiment, error) {
	made := experiment{name: name, rounds: l.rounds}
	for _, contender := range contenders.All() {
		decode, err := contender.Decoder(answer, as)
		if err != nil {
			return made, err
		}
		made.add(contender.Name, measure.Repeat(l.length, func() error {
			if err := decode(); (err == nil) != (answer.Status == http.StatusOK) {
				return errors.Join(fmt.Errorf("an answer with status %d was taken for what it is not", answer.Status), err)
			}
			return nil
		}))
	}
	return made, nil
}

func (e *experiment) add(name string, sample func() (measure.Cost, error)) {
	e.contestants = append(e.contestants, measure.Contestant{Name: name, Sample: sample})
}

// loopback are the experiments of one caller and a server in this process.
func (l *laboratory) loopback() ([]experiment, error) {
	server := l.script.Serve()
	l.close = append(l.close, server.Close)
	logins := experiment{name: login, rounds: l.rounds}
	sessions := experiment{name: "whoami over loopback", rounds: l.rounds}
	for _, contender := range contenders.OfLogin() {
		client, err := contender.New(server.URL, nil)
		if err != nil {
			return nil, err
		}
		logins.add(contender.Name, measure.Repeat(l.length, func() error { return client.Login(l.ctx, ada) }))
		if contender.Name != contenders.ByHandID {
			sessions.add(contender.Name, measure.Repeat(l.length, func() error { return client.Whoami(l.ctx, "a token") }))
		}
	}
	return []experiment{logins, sessions}, nil
}

// growth are the experiments of this module alone, at several sizes.
func (l *laboratory) growth() ([]experiment, error) {
	nodes, err := l.nodeGrowth()
	if err != nil {
		return nil, err
	}
	logins := experiment{name: callerGrowth, rounds: l.rounds}
	for _, count := range []int{1, 16, 256} {
		crowd := crowd{contenders.All()[0], count, 256 * 40 / count, 1}
		name := fmt.Sprintf("%d callers", count)
		if count == 1 {
			name = "1 caller"
		}
		logins.add(name, func() (measure.Cost, error) { return l.crowdOverLoopback(crowd) })
	}
	return []experiment{nodes, logins}, nil
}

func (l *laboratory) nodeGrowth() (experiment, error) {
	grown := experiment{name: nodeGrowth, rounds: l.rounds}
	for _, count := range []int{8, 80, 800} {
		flow, err := l.script.Flow.WithNodes(count)
		if err != nil {
			return experiment{}, err
		}
		decode, err := contenders.All()[0].Decoder(flow, contenders.Flow)
		if err != nil {
			return experiment{}, err
		}
		sample := measure.Repeat(l.length, decode)
		grown.add(fmt.Sprintf("%d nodes", count), func() (measure.Cost, error) {
			cost, err := sample()
			return cost.Per(count), err
		})
	}
	return grown, nil
}
