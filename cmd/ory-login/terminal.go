package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"
)

// terminal is the terminal at which the user is asked. While it is open, it shows only answers
// that may be shown. It drops what is typed before a question.
type terminal struct {
	fd     int
	before *term.State // nil if the terminal is not open
}

// findTerminal returns the terminal at standard input and standard error. It returns nil if the
// program has none.
func findTerminal() *terminal {
	fd := int(os.Stdin.Fd())
	if !term.IsTerminal(fd) || !term.IsTerminal(int(os.Stderr.Fd())) {
		return nil
	}
	return &terminal{fd: fd}
}

// open makes the terminal hide what is typed until it is closed.
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

// close restores the terminal. There may be none.
func (t *terminal) close() {
	if t == nil || t.before == nil {
		return
	}
	_ = quieten(t.fd) // the next program does not get what was typed, either
	_ = term.Restore(t.fd, t.before)
	t.before = nil
}

// ask asks for a line with a question that may be shown. The answer is shown only with echo.
// The terminal is raw meanwhile, so Ctrl-C is read like other keys.
func (t *terminal) ask(ctx context.Context, question string, echo bool) (string, error) {
	err := t.open()
	if err == nil {
		err = quieten(t.fd) // drops what was typed before the question
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

// await returns the result of read, or the error of ctx when that ends first. A read does not
// end with ctx, so it ends with the program. A panic of read becomes a panic of the caller, who
// may have to restore the terminal.
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
