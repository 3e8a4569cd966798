package clitest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// stepLimit is the time limit for each wait for the program.
const stepLimit = 2 * time.Minute

// Keys of a terminal.
const (
	Enter = "\r"
	CtrlC = "\x03"
	CtrlD = "\x04"
)

// Terminal is a terminal with a program, and a user who reads and types.
type Terminal struct {
	command *exec.Cmd
	user    *os.File // the user's side of the terminal
	program *os.File // the program's side
	mirror  io.Writer
	done    chan struct{} // closed when everything is read

	mu      sync.Mutex
	screen  strings.Builder
	seen    int           // how much of the screen Expect has looked at
	changed chan struct{} // closed when the screen has more text

	closed sync.Once
}

// Open starts the command at a terminal. If mirror is not nil, it shows the screen. The
// terminal is not the command's controlling terminal: the kernel would restore that one when
// the command ends. So Ctrl-C is only a key and no signal: see Signal.
func Open(command *exec.Cmd, mirror io.Writer) (*Terminal, error) {
	user, program, err := pty.Open()
	if err != nil {
		return nil, fmt.Errorf("open a terminal: %w", err)
	}
	if mirror == nil {
		mirror = io.Discard
	}
	t := &Terminal{
		command: command, user: user, program: program, mirror: mirror,
		done: make(chan struct{}), changed: make(chan struct{}),
	}
	command.Stdin, command.Stdout, command.Stderr = program, program, program
	if err := command.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("start the program: %w", err), user.Close(), program.Close())
	}
	go t.read()
	return t, nil
}

// read keeps what the program prints until the terminal is closed.
func (t *Terminal) read() {
	defer close(t.done)
	buffer := make([]byte, 4096)
	for {
		n, err := t.user.Read(buffer)
		_, _ = t.mirror.Write(buffer[:n])
		t.mu.Lock()
		t.screen.Write(buffer[:n])
		close(t.changed)
		t.changed = make(chan struct{})
		t.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// Expect waits until the text is on the screen, behind the text that was expected before.
func (t *Terminal) Expect(ctx context.Context, text string) error {
	ctx, cancel := context.WithTimeout(ctx, stepLimit)
	defer cancel()
	for {
		changed, found := t.look(text)
		if found {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("%q is not on the screen: %w\n%s", text, ctx.Err(), t.Screen())
		}
	}
}

func (t *Terminal) look(text string) (<-chan struct{}, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := strings.Index(t.screen.String()[t.seen:], text)
	if at < 0 {
		return t.changed, false
	}
	t.seen += at + len(text)
	return nil, true
}

// Press presses keys.
func (t *Terminal) Press(keys string) error {
	_, err := t.user.WriteString(keys)
	return err
}

// TypeAhead types a line while the program asks nothing. It waits until the terminal has the
// line ready for the program.
func (t *Terminal) TypeAhead(ctx context.Context, line string) error {
	if err := t.Press(line + Enter); err != nil {
		return err
	}
	for tick := time.Tick(time.Millisecond); ; <-tick {
		waiting, err := unix.IoctlGetInt(int(t.program.Fd()), unix.TIOCINQ)
		if waiting > 0 || err != nil || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
	}
}

// Answer waits for a question and answers it with a line.
func (t *Terminal) Answer(ctx context.Context, question, answer string) error {
	if err := t.Expect(ctx, question); err != nil {
		return err
	}
	return t.Press(answer + Enter)
}

// Screen returns all that the program has shown.
func (t *Terminal) Screen() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.ReplaceAll(t.screen.String(), "\r\n", "\n")
}

// Echo types a text after the program has ended and waits until the terminal shows it. A
// terminal does so unless the program has changed it.
func (t *Terminal) Echo(ctx context.Context) error {
	const typed = "(is this shown?)"
	if err := t.Press(typed); err != nil {
		return err
	}
	return t.Expect(ctx, typed)
}

// Signal sends a signal to the program.
func (t *Terminal) Signal(signal os.Signal) error { return t.command.Process.Signal(signal) }

// Wait waits until the program ends and returns the exit code. It kills a program that does not
// end.
func (t *Terminal) Wait() (int, error) {
	timer := time.AfterFunc(stepLimit, func() { _ = t.command.Process.Kill() })
	defer timer.Stop()
	err := t.command.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return 0, err
	}
	if !timer.Stop() {
		return 0, errors.New("the program does not end\n" + t.Screen())
	}
	return t.command.ProcessState.ExitCode(), nil
}

// Close closes the terminal, even if the program still runs. After it, the screen is complete.
// Further calls do nothing.
func (t *Terminal) Close() error {
	var err error
	t.closed.Do(func() {
		_ = t.command.Process.Kill()
		err = t.program.Close()
		<-t.done
		err = errors.Join(err, t.user.Close())
	})
	return err
}
