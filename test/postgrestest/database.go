// Package postgrestest runs the system's PostgreSQL for tests: a separate cluster in a
// temporary folder, on loopback. It needs a unix system.
package postgrestest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/orylogin/orylogin/test/daemon"
)

var program = daemon.Program{Name: "PostgreSQL", Folder: "postgres", User: "postgres"}

// serve makes the cluster unless it exists, and then becomes the server. Its arguments are the
// folder of the commands and the configuration file.
const serve = `set -e
if [ ! -d data ]; then
	sed -n 's/^# password: //p' "$2" >password
	"$1/initdb" -D data -U kratos -A scram-sha-256 --pwfile=password -E UTF8 --locale=C --no-sync >&2
fi
exec "$1/postgres" -D data --config-file="$2"`

// Database is a running PostgreSQL. Its methods are safe for concurrent use, except Halt and
// Resume.
type Database struct {
	process  *daemon.Process
	psql     string // the path of psql
	port     int
	password string
}

// Start starts a database for a test and stops it when the test ends. Without PostgreSQL, the
// test is skipped.
func Start(tb testing.TB) *Database {
	tb.Helper()
	database, err := Run(tb.Context())
	var missing *daemon.Missing
	switch {
	case errors.As(err, &missing):
		missing.Skip(tb)
	case err != nil:
		tb.Fatalf("postgrestest: %v", err)
	}
	tb.Cleanup(func() {
		if tb.Failed() {
			tb.Logf("the end of the log of PostgreSQL:\n%s", database.process.LogTail())
		}
		database.Stop()
	})
	return database
}

// Run is Start for programs that are no tests. The database stops when Stop is called, or when
// the process dies.
func Run(ctx context.Context) (*Database, error) {
	postgres, err := daemon.Postgres.Find()
	if err != nil {
		return nil, err
	}
	psql, err := daemon.PSQL.Find()
	if err != nil {
		return nil, err
	}
	return daemon.Launch(func() (*Database, error) { return attempt(ctx, filepath.Dir(postgres), psql) })
}

func attempt(ctx context.Context, commands, psql string) (*Database, error) {
	port, err := daemon.FreePort(ctx)
	if err != nil {
		return nil, err
	}
	d := &Database{psql: psql, port: port, password: rand.Text()}
	configuration := fmt.Sprintf(`# password: %s
listen_addresses = '127.0.0.1'
port = %d
unix_socket_directories = ''
max_connections = 200
fsync = off
`, d.password, port)
	d.process, err = program.Start(ctx, "/bin/sh", []byte(configuration), func(file string) []string {
		return []string{"-c", serve, "sh", commands, file}
	})
	if err != nil {
		return nil, err
	}
	if err := d.awaitReady(ctx); err != nil {
		defer d.Stop()
		return nil, err
	}
	return d, nil
}

func (d *Database) awaitReady(ctx context.Context) error {
	err := d.process.Await(ctx, func(ctx context.Context) bool {
		_, err := d.Query(ctx, "SELECT 1")
		return err == nil
	})
	if err != nil {
		return fmt.Errorf("start PostgreSQL: %w; the end of its log:\n%s", err, d.process.LogTail())
	}
	return nil
}

// DSN returns the setting with which Kratos uses the database.
func (d *Database) DSN() string {
	return fmt.Sprintf("postgres://kratos:%s@%s/postgres?sslmode=disable&max_conns=20&max_idle_conns=20", d.password, d.address())
}

func (d *Database) address() string { return fmt.Sprintf("127.0.0.1:%d", d.port) }

// Query returns the rows of the result. A | separates the columns of a row.
func (d *Database) Query(ctx context.Context, statement string) ([]string, error) {
	psql := exec.CommandContext(ctx, d.psql, //nolint:gosec // the statement is a test's
		"-X", "-A", "-t", "-q", "-h", "127.0.0.1", "-p", strconv.Itoa(d.port), "-U", "kratos", "-c", statement, "postgres")
	psql.Env = append(os.Environ(), "PGPASSWORD="+d.password, "PGCONNECT_TIMEOUT=5")
	out, err := psql.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			err = fmt.Errorf("%w: %s", err, exit.Stderr)
		}
		return nil, fmt.Errorf("ask PostgreSQL: %w", err)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n"), nil
}

// Halt ends the database and its connections at once. Its data stay for Resume.
func (d *Database) Halt() error { return d.process.Halt(syscall.SIGINT) }

// Resume starts the database again, at the same port, and returns when it answers.
func (d *Database) Resume(ctx context.Context) error {
	if err := d.process.Resume(ctx); err != nil {
		return err
	}
	return d.awaitReady(ctx)
}

// Stop stops the database and returns when it has ended. Further calls do nothing.
func (d *Database) Stop() {
	_ = d.process.Halt(syscall.SIGQUIT) // it also ends its own processes and frees their shared memory
	d.process.Stop()
}
