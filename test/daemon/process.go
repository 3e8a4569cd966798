package daemon

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
// which the server belongs.
const watchdog = `read -r line; rm -rf -- "$1"; kill -9 0`

// Process is a running server with its watchdog. It has a directory of its own, which is
// removed with it.
type Process struct {
	name     string
	dir      string
	guard    *exec.Cmd
	lifeline *os.File
	server   *exec.Cmd
	exited   chan struct{} // closed when the server is gone
	stop     func()
}

// Start starts the binary, with the configuration in a file. Its arguments are those that
// args makes of the path of the file. The server does not end with ctx.
func (p Program) Start(ctx context.Context, binary string, configuration []byte, args func(file string) []string) (*Process, error) {
	dir, err := os.MkdirTemp("", "daemon-"+p.Folder+"-")
	if err != nil {
		return nil, fmt.Errorf("create a directory for %s: %w", p.Name, err)
	}
	process := &Process{name: p.Name, dir: dir, exited: make(chan struct{})}
	process.stop = sync.OnceFunc(process.kill)
	if err := process.Configure(configuration); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := process.run(context.WithoutCancel(ctx), binary, args(process.configFile())); err != nil {
		return nil, err
	}
	return process, nil
}

// Configure replaces the file of the configuration. The server sees the old one or the new
// one, and no part of either.
func (p *Process) Configure(configuration []byte) error {
	next := p.configFile() + ".new"
	if err := os.WriteFile(next, configuration, 0o600); err != nil {
		return fmt.Errorf("write the configuration of %s: %w", p.name, err)
	}
	return os.Rename(next, p.configFile())
}

// Stop stops the server and returns when nothing of it is left. Further calls
// do nothing.
func (p *Process) Stop() { p.stop() }

// Done returns a channel that is closed when the server has ended, be it
// because it was stopped or by itself.
func (p *Process) Done() <-chan struct{} { return p.exited }

func (p *Process) run(ctx context.Context, binary string, args []string) error {
	if err := p.startGuard(ctx); err != nil {
		return errors.Join(fmt.Errorf("start the watchdog of %s: %w", p.name, err), os.RemoveAll(p.dir))
	}
	if err := p.startServer(ctx, binary, args); err != nil {
		close(p.exited)
		p.stop()
		return fmt.Errorf("start %s: %w", p.name, err)
	}
	go func() {
		defer close(p.exited)
		_ = p.server.Wait()
	}()
	return nil
}

func (p *Process) startGuard(ctx context.Context) error {
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

// startServer gives the server an environment of its own: it would read its
// configuration from the variables of the caller as well.
func (p *Process) startServer(ctx context.Context, binary string, args []string) error {
	log, err := os.OpenFile(p.logFile(), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	p.server = exec.CommandContext(ctx, binary, args...) //nolint:gosec // the program is the caller's choice
	p.server.Dir = p.dir
	p.server.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + p.dir, "TMPDIR=" + p.dir}
	p.server.Stdout = log
	p.server.Stderr = log
	p.server.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pgid: p.guard.Process.Pid}
	return p.server.Start()
}

// kill ends the whole group, waits for it, and removes the directory. The
// watchdog keeps the number of the group from being used for another one.
func (p *Process) kill() {
	_ = syscall.Kill(-p.guard.Process.Pid, syscall.SIGKILL)
	<-p.exited
	_ = p.guard.Wait()
	_ = p.lifeline.Close()
	_ = os.RemoveAll(p.dir)
}

func (p *Process) configFile() string { return filepath.Join(p.dir, "config.json") }

func (p *Process) logFile() string { return filepath.Join(p.dir, "log") }
