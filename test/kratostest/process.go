package kratostest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
)

// watchdog outlives this process by an instant: it reads from a pipe that only
// this process can write to, and at its end, which comes whatever way this
// process dies, it removes the directory and kills its own process group, to
// which Kratos belongs.
const watchdog = `read -r line; rm -rf -- "$1"; kill -9 0`

// process is a running Kratos with its watchdog.
type process struct {
	dir      string
	guard    *exec.Cmd
	lifeline *os.File
	kratos   *exec.Cmd
	exited   chan struct{} // closed when Kratos is gone
	stop     func()
}

// startProcess starts the program in dir and writes its output to a file there.
// The process owns dir from then on: it is removed with it. It does not end
// with ctx.
func startProcess(ctx context.Context, dir, program string, args ...string) (*process, error) {
	ctx = context.WithoutCancel(ctx)
	p := &process{dir: dir, exited: make(chan struct{})}
	p.stop = sync.OnceFunc(p.kill)
	if err := p.startGuard(ctx); err != nil {
		return nil, fmt.Errorf("start the watchdog of Kratos: %w", err)
	}
	if err := p.startKratos(ctx, program, args); err != nil {
		close(p.exited)
		p.stop()
		return nil, fmt.Errorf("start Kratos: %w", err)
	}
	go func() {
		defer close(p.exited)
		_ = p.kratos.Wait()
	}()
	return p, nil
}

func (p *process) startGuard(ctx context.Context) error {
	end, lifeline, err := os.Pipe()
	if err != nil {
		return err
	}
	defer func() { _ = end.Close() }()
	p.guard = exec.CommandContext(ctx, "/bin/sh", "-c", watchdog, "sh", p.dir) //nolint:gosec // the directory is an argument
	p.guard.Dir = "/"
	p.guard.Stdin = end
	p.guard.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.guard.Start(); err != nil {
		return errors.Join(err, lifeline.Close())
	}
	p.lifeline = lifeline
	return nil
}

// startKratos gives Kratos an environment of its own: it would read its
// configuration from the variables of the caller as well.
func (p *process) startKratos(ctx context.Context, program string, args []string) error {
	log, err := os.OpenFile(p.logFile(), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	p.kratos = exec.CommandContext(ctx, program, args...) //nolint:gosec // the program is the caller's choice
	p.kratos.Dir = p.dir
	p.kratos.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + p.dir, "TMPDIR=" + p.dir}
	p.kratos.Stdout = log
	p.kratos.Stderr = log
	p.kratos.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pgid: p.guard.Process.Pid}
	return p.kratos.Start()
}

// kill ends the whole group, waits for it, and removes the directory. The
// watchdog keeps the number of the group from being used for another one.
func (p *process) kill() {
	_ = syscall.Kill(-p.guard.Process.Pid, syscall.SIGKILL)
	<-p.exited
	_ = p.guard.Wait()
	_ = p.lifeline.Close()
	_ = os.RemoveAll(p.dir)
}

func (p *process) logFile() string {
	return filepath.Join(p.dir, "kratos.log")
}
