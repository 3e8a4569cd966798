package outage

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/session"
)

// act is one call and its result for the caller. Agent is its User-Agent, which no other call
// has. The server stores it with the session, and nginx logs it.
type act struct {
	Call    string           `json:"call"`
	Agent   string           `json:"agent"`
	Outcome orylogin.Outcome `json:"outcome"`
	Session string           `json:"session"` // the session's id that the caller knows; empty if there is none
	GaveUp  bool             `json:"gaveUp"`  // the caller's time limit has passed
}

// ledger keeps the results of calls. It keeps them in a file, since the memory of this process
// is measured.
type ledger struct {
	path string

	mu     sync.Mutex // guards the fields below
	file   *os.File
	writer *bufio.Writer
	agents int
	phase  string
	counts map[string]map[string]int // by phase, and then by call and outcome
}

func newLedger(folder string) (*ledger, error) {
	path := filepath.Join(folder, "ledger")
	file, err := os.Create(path) //nolint:gosec // this process chooses the path
	if err != nil {
		return nil, err
	}
	return &ledger{path: path, file: file, writer: bufio.NewWriter(file), counts: map[string]map[string]int{}}, nil
}

// agent returns a new User-Agent.
func (l *ledger) agent() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.agents++
	return fmt.Sprintf("caller-%d", l.agents)
}

func (l *ledger) begin(phase string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.phase = phase
	if l.counts[phase] == nil {
		l.counts[phase] = map[string]int{}
	}
}

// note records the result of a call about a session.
func (l *ledger) note(call, agent, sessionID string, err error) {
	told := act{
		Call: call, Agent: agent, Session: sessionID,
		Outcome: outcomeOf(call, err), GaveUp: errors.Is(err, context.DeadlineExceeded),
	}
	line, _ := json.Marshal(told) // cannot fail: it has only texts
	l.mu.Lock()
	defer l.mu.Unlock()
	_, _ = l.writer.Write(append(line, '\n'))
	l.counts[l.phase][call+": "+string(told.Outcome)]++
}

func outcomeOf(call string, err error) orylogin.Outcome {
	var refusal *session.Refusal
	switch {
	case errors.As(err, &refusal):
		return refusal.Outcome
	case err == nil && call != login:
		return orylogin.OutcomeDone
	default:
		return orylogin.OutcomeOf(err)
	}
}

// read returns all acts. After it, nothing can be noted.
func (l *ledger) read() ([]act, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := errors.Join(l.writer.Flush(), l.file.Close()); err != nil {
		return nil, err
	}
	written, err := os.ReadFile(l.path)
	if err != nil {
		return nil, err
	}
	var acts []act
	for line := range bytes.Lines(written) {
		var told act
		if err := json.Unmarshal(line, &told); err != nil {
			return nil, err
		}
		acts = append(acts, told)
	}
	return acts, nil
}
