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

// stepLimit bounds how long a terminal waits for the program.
const stepLimit = 2 * time.Minute

// Keys of a terminal.
const (
	Enter = "\r"
	CtrlC = "\x03"
	CtrlD = "\x04"
)

// Terminal is a terminal with a program at it, and the user's hands and eyes.
type Terminal struct {
	command *exec.Cmd
	user    *os.File // the user's side of the terminal
	program *os.File // the program's side
	mirror  io.Writer
	done    chan struct{} // everything has been read

	mu      sync.Mutex
	screen  strings.Builder
	seen    int           // as much of the screen Expect has looked at
	changed chan struct{} // closed when there is more on the screen

	closed sync.Once
}

// Open starts the command at a terminal, whose screen the mirror shows if it is not nil.
// It is not the command's controlling terminal, which the kernel would put right at the
// end of the command. So Ctrl-C is only a key, and no signal: see Signal.
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

// read keeps what the program shows until the terminal is closed.
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

// Expect waits until the text is on the screen, after what was expected before.
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

// TypeAhead types a line while the program asks nothing, and waits until the terminal has it
// for the program.
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

// Answer waits for a question and types a line in answer.
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

// Echo types something after the end of the program and waits until the terminal shows
// it, as it does unless the program has left it otherwise.
func (t *Terminal) Echo(ctx context.Context) error {
	const typed = "(is this shown?)"
	if err := t.Press(typed); err != nil {
		return err
	}
	return t.Expect(ctx, typed)
}

// Signal sends a signal to the program.
func (t *Terminal) Signal(signal os.Signal) error { return t.command.Process.Signal(signal) }

// Wait waits for the end of the program and returns its exit code. One that does not
// end is killed.
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

// Close takes the terminal away, from a program that is still there, too. The screen is
// complete afterwards. Further calls do nothing.
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
