package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"
)

// terminal is where the user is asked.
type terminal struct {
	*term.Terminal
	fd int
}

// openTerminal returns the terminal at standard input and standard error, nil if the
// program has none.
func openTerminal() *terminal {
	fd := int(os.Stdin.Fd())
	if !term.IsTerminal(fd) || !term.IsTerminal(int(os.Stderr.Fd())) {
		return nil
	}
	screen := struct {
		io.Reader
		io.Writer
	}{os.Stdin, os.Stderr}
	return &terminal{Terminal: term.NewTerminal(screen, ""), fd: fd}
}

// ask asks for a line, with a question that may be shown. The terminal is raw meanwhile, so that Ctrl-C is a key like
// another, and is put back whatever happens.
func (t *terminal) ask(ctx context.Context, question string, echo bool) (string, error) {
	before, err := term.MakeRaw(t.fd)
	if err != nil {
		return "", fmt.Errorf("use the terminal: %w", err)
	}
	defer func() { _ = term.Restore(t.fd, before) }()
	answer, err := await(ctx, func() (string, error) {
		if !echo {
			return t.ReadPassword(question)
		}
		t.SetPrompt(question)
		return t.ReadLine()
	})
	if err != nil {
		_, _ = io.WriteString(os.Stderr, "\r\n")
	}
	if errors.Is(err, io.EOF) { // Ctrl-C or Ctrl-D
		return "", errInterrupted
	}
	return answer, err
}

// await returns what read reads, or the end of ctx, which a read does not heed. The
// program ends then, and the read with it.
func await(ctx context.Context, read func() (string, error)) (string, error) {
	type result struct {
		text string
		err  error
	}
	done := make(chan result, 1)
	go func() {
		text, err := read()
		done <- result{text, err}
	}()
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case read := <-done:
		return read.text, read.err
	}
}
