package postgrestest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"net"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/orylogin/orylogin/test/relay"
)

// Gate is a way to a database on which single statements fail. It forwards what it does not
// refuse. Its methods may be called from several goroutines.
type Gate struct {
	database *Database
	relay    *relay.Relay
	aside    *regexp.Regexp

	mu         sync.Mutex // guards what is below
	refusal    string     // in place of a statement
	from, to   int        // the numbers of the statements to refuse
	statements []string   // since Refuse
}

// StartGate starts a gate for a test and closes it at the end of the test. It neither counts
// nor refuses the statements that aside matches.
func (d *Database) StartGate(tb testing.TB, aside *regexp.Regexp) *Gate {
	tb.Helper()
	g := &Gate{database: d, aside: aside}
	started, err := relay.Start(d.address(), g.pass)
	if err != nil {
		tb.Fatalf("postgrestest: %v", err)
	}
	g.relay = started
	tb.Cleanup(started.Close)
	return g
}

// DSN is what Kratos knows the database behind the gate by.
func (g *Gate) DSN() string {
	return strings.Replace(g.database.DSN(), g.database.address(), g.relay.Address, 1)
}

// Refuse counts the statements that come from now on, beginning with 1. The one with the
// number fails with the SQLSTATE. With onwards, so do those that come later.
func (g *Gate) Refuse(state string, number int, onwards bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.refusal = "DO $$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '" + state + "'; END $$\x00"
	g.from, g.to, g.statements = number, number, nil
	if onwards {
		g.to = math.MaxInt
	}
}

// Open refuses nothing any more, and returns the statements that have come since Refuse.
func (g *Gate) Open() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.from, g.to = 0, 0
	return g.statements
}

// refuses counts a statement, and reports whether it is to be refused.
func (g *Gate) refuses(statement string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.aside.MatchString(statement) {
		return false
	}
	g.statements = append(g.statements, statement)
	return len(g.statements) >= g.from && len(g.statements) <= g.to
}

// pass returns what forwards a connection to the database, and what forwards the answers.
func (g *Gate) pass(client, server net.Conn) (func(), func()) {
	up := func() {
		_ = g.forward(server, client)
		_ = server.Close()
	}
	down := func() {
		_, _ = io.Copy(client, server)
		_ = client.Close()
	}
	return up, down
}

// forward passes on what a client of the database sends. In place of the messages that make up
// a refused statement, it sends one query that fails, so the client is told in the usual way.
func (g *Gate) forward(server io.Writer, client io.Reader) error {
	const startup, parse, bind, query, sync = 0, 'P', 'B', 'Q', 'S'
	prepared := map[string]string{} // statements, by their names
	for kind, skips := byte(startup), false; ; {
		content, err := read(client, &kind)
		if err != nil {
			return err
		}
		refused, texts := false, strings.SplitN(string(content), "\x00", 3)
		switch {
		case skips:
			skips = kind != sync
			continue
		case kind == parse:
			prepared[texts[0]] = texts[1]
		case kind == bind:
			refused = g.refuses(prepared[texts[1]])
			skips = refused
		case kind == query:
			refused = g.refuses(texts[0])
		}
		if refused {
			kind, content = query, []byte(g.refusal)
		}
		if _, err := server.Write(message(kind, content)); err != nil {
			return err
		}
		if kind == startup {
			kind = sync // all further messages say their kind
		}
	}
}

// read reads a message. The first one of a connection has no kind, which is 0.
func read(from io.Reader, kind *byte) ([]byte, error) {
	var head [5]byte
	if *kind == 0 {
		if _, err := io.ReadFull(from, head[1:]); err != nil {
			return nil, fmt.Errorf("read the length of a message: %w", err)
		}
	} else {
		if _, err := io.ReadFull(from, head[:]); err != nil {
			return nil, fmt.Errorf("read the head of a message: %w", err)
		}
		*kind = head[0]
	}
	content := make([]byte, max(4, binary.BigEndian.Uint32(head[1:]))-4)
	if _, err := io.ReadFull(from, content); err != nil {
		return nil, fmt.Errorf("read a message: %w", err)
	}
	return content, nil
}

// message is a message with its head.
func message(kind byte, content []byte) []byte {
	length := binary.BigEndian.AppendUint32(nil, uint32(len(content)+4)) //nolint:gosec // it was read with such a length
	return bytes.Join([][]byte{bytes.TrimLeft([]byte{kind}, "\x00"), length, content}, nil)
}
