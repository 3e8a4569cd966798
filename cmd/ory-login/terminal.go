package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"
)

// terminal is where the user is asked. While it is open it shows nothing of what is typed but
// the answer to a question that may be shown, and what is typed before its question is
// dropped.
type terminal struct {
	fd     int
	before *term.State // nil if the terminal is not open
}

// findTerminal returns the terminal at standard input and standard error, nil if the
// program has none.
func findTerminal() *terminal {
	fd := int(os.Stdin.Fd())
	if !term.IsTerminal(fd) || !term.IsTerminal(int(os.Stderr.Fd())) {
		return nil
	}
	return &terminal{fd: fd}
}

// open keeps the terminal from showing what is typed, until it is closed.
func (t *terminal) open() error {
	if t.before != nil {
		return nil
	}
	before, err := term.GetState(t.fd)
	if err == nil {
		err = quieten(t.fd)
	}
	if err != nil {
		return fmt.Errorf("use the terminal: %w", err)
	}
	t.before = before
	return nil
}

// close puts the terminal back. There may be none.
func (t *terminal) close() {
	if t == nil || t.before == nil {
		return
	}
	_ = quieten(t.fd) // what was typed is not for the next program either
	_ = term.Restore(t.fd, t.before)
	t.before = nil
}

// ask asks for a line, with a question that may be shown. The answer is shown with echo
// only. The terminal is raw meanwhile, so that Ctrl-C is a key like another.
func (t *terminal) ask(ctx context.Context, question string, echo bool) (string, error) {
	err := t.open()
	if err == nil {
		err = quieten(t.fd) // and drop what was typed since
	}
	if err != nil {
		return "", fmt.Errorf("use the terminal: %w", err)
	}
	quiet, err := term.MakeRaw(t.fd)
	if err != nil {
		return "", fmt.Errorf("use the terminal: %w", err)
	}
	defer func() { _ = term.Restore(t.fd, quiet) }()
	line := term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{os.Stdin, os.Stderr}, question)
	read := line.ReadLine
	if !echo {
		read = func() (string, error) { return line.ReadPassword(question) }
	}
	answer, err := await(ctx, read)
	if err != nil {
		_, _ = io.WriteString(os.Stderr, "\r\n")
	}
	if errors.Is(err, io.EOF) { // Ctrl-C or Ctrl-D
		return "", errInterrupted
	}
	return answer, err
}

// await returns what read reads, or the end of ctx, which a read does not heed. The
// program ends then, and the read with it. A panic of read is one of the caller, who may
// have something to put back.
func await(ctx context.Context, read func() (string, error)) (string, error) {
	type result struct {
		text     string
		err      error
		panicked any
	}
	done := make(chan result, 1)
	go func() {
		var got result
		defer func() {
			got.panicked = recover()
			done <- got
		}()
		got.text, got.err = read()
	}()
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case got := <-done:
		if got.panicked != nil {
			panic(got.panicked)
		}
		return got.text, got.err
	}
}
