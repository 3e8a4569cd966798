package daemon

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// watchdog outlives this process for a moment. It reads from a pipe that only this process can
// write to. When this process dies, in whatever way, the pipe ends. Then the watchdog removes
// the directory and kills its own process group, to which the server belongs.
const watchdog = `read -r line; rm -rf -- "$1"; kill -9 0`

// Process is a running server with its watchdog. It has its own directory, which is removed at
// the end.
type Process struct {
	name     string
	dir      string
	owner    *syscall.Credential // of the directory and the server; nil for the user of this process
	binary   string
	args     []string
	guard    *exec.Cmd
	lifeline *os.File
	stop     func()

	mu     sync.Mutex // guards the fields below
	server *exec.Cmd
	exited chan struct{} // closed when the server has ended
}

// Start starts the binary with the configuration in a file. args returns the arguments for the
// path of the file. The server does not end with ctx.
func (p Program) Start(ctx context.Context, binary string, configuration []byte, args func(file string) []string) (*Process, error) {
	dir, err := os.MkdirTemp("", "daemon-"+p.Folder+"-")
	if err != nil {
		return nil, fmt.Errorf("create a directory for %s: %w", p.Name, err)
	}
	process := &Process{name: p.Name, dir: dir, binary: binary}
	process.stop = sync.OnceFunc(process.kill)
	process.args = args(process.configFile())
	if err := process.prepare(p.User, configuration); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := process.startGuard(context.WithoutCancel(ctx)); err != nil {
		return nil, errors.Join(fmt.Errorf("start the watchdog of %s: %w", p.Name, err), os.RemoveAll(dir))
	}
	if err := process.Resume(ctx); err != nil {
		process.stop()
		return nil, err
	}
	return process, nil
}

// prepare fills the directory and makes the user its owner.
func (p *Process) prepare(user string, configuration []byte) error {
	owner, err := credential(user)
	if err != nil {
		return err
	}
	p.owner = owner
	if err := p.Configure(configuration); err != nil || owner == nil {
		return err
	}
	return errors.Join(p.give(p.dir), p.give(p.configFile()))
}

func (p *Process) give(path string) error {
	if p.owner == nil {
		return nil
	}
	return os.Chown(path, int(p.owner.Uid), int(p.owner.Gid))
}

// credential returns the credential of a user. It returns nil if there is no user, or if this
// process is not root.
func credential(name string) (*syscall.Credential, error) {
	if name == "" || os.Geteuid() != 0 {
		return nil, nil //nolint:nilnil // no credential is needed
	}
	known, err := user.Lookup(name)
	if err != nil {
		return nil, err
	}
	uid, err := strconv.ParseUint(known.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(known.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, err
}

// Configure replaces the configuration file. The server sees either the old file or the new one
// as a whole.
func (p *Process) Configure(configuration []byte) error {
	next := p.configFile() + ".new"
	if err := os.WriteFile(next, configuration, 0o600); err != nil {
		return fmt.Errorf("write the configuration of %s: %w", p.name, err)
	}
	if err := p.give(next); err != nil {
		return fmt.Errorf("write the configuration of %s: %w", p.name, err)
	}
	return os.Rename(next, p.configFile())
}

// Stop stops the server and returns when it has ended. Further calls do nothing.
func (p *Process) Stop() { p.stop() }

// Done returns a channel that is closed when the server has ended, because it was stopped or by
// itself.
func (p *Process) Done() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.exited
}

// Signal sends a signal to the server.
func (p *Process) Signal(signal syscall.Signal) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.server.Process.Signal(signal)
}

// Halt ends the server with a signal and returns when it has ended. Its directory stays for
// [Process.Resume].
func (p *Process) Halt(signal syscall.Signal) error {
	if err := p.Signal(signal); err != nil {
		return fmt.Errorf("halt %s: %w", p.name, err)
	}
	select {
	case <-p.Done():
		return nil
	case <-time.After(readyLimit):
		return fmt.Errorf("halt %s: it does not end", p.name)
	}
}

// Resume starts the server again in the same way. The server must have ended. It does not end
// with ctx.
func (p *Process) Resume(ctx context.Context) error {
	server, err := p.startServer(context.WithoutCancel(ctx))
	if err != nil {
		return fmt.Errorf("start %s: %w", p.name, err)
	}
	exited := make(chan struct{})
	p.mu.Lock()
	p.server, p.exited = server, exited
	p.mu.Unlock()
	go func() {
		defer close(exited)
		_ = server.Wait()
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

// startServer starts the server with its own environment. From the caller's environment the
// server would read configuration, too.
func (p *Process) startServer(ctx context.Context) (*exec.Cmd, error) {
	log, err := os.OpenFile(p.logFile(), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }()
	if err := p.give(p.logFile()); err != nil {
		return nil, err
	}
	server := exec.CommandContext(ctx, p.binary, p.args...) //nolint:gosec // the program is the caller's choice
	server.Dir = p.dir
	server.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + p.dir, "TMPDIR=" + p.dir}, p.counters()...)
	server.Stdout = log
	server.Stderr = log
	server.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pgid: p.guard.Process.Pid, Credential: p.owner}
	return server, server.Start()
}

// kill kills the whole group, waits until it has ended, and removes the directory. The watchdog
// keeps the group's number from being used again.
func (p *Process) kill() {
	p.writeCounters()
	_ = syscall.Kill(-p.guard.Process.Pid, syscall.SIGKILL)
	if ended := p.Done(); ended != nil {
		<-ended
	}
	_ = p.guard.Wait()
	_ = p.lifeline.Close()
	_ = os.RemoveAll(p.dir)
}

// Dir returns the directory of the server, which is also its working directory.
func (p *Process) Dir() string { return p.dir }

func (p *Process) configFile() string { return filepath.Join(p.dir, "config.json") }

func (p *Process) logFile() string { return filepath.Join(p.dir, "log") }
