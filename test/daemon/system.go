package daemon

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// Command is a program of the system that tests run.
type Command struct {
	Name    string
	Package string // in Debian
	Folder  string // where the program is if it is not on the PATH; a pattern stands for its last match
}

// The programs of the system.
var (
	Postgres = Command{"postgres", "postgresql", "/usr/lib/postgresql/*/bin"}
	PSQL     = Command{"psql", "postgresql", "/usr/lib/postgresql/*/bin"}
	Nginx    = Command{"nginx", "nginx", "/usr/sbin"}
	Redis    = Command{"redis-server", "redis-server", "/usr/bin"}
)

// Missing is the error for a program that the system does not have.
type Missing struct{ Command }

func (m *Missing) Error() string {
	return fmt.Sprintf("%s is not installed: apt-get install %s", m.Name, m.Package)
}

// Skip skips a test that cannot run without the program. Tests do not print that, so the
// command build prints it before them.
func (m *Missing) Skip(tb testing.TB) {
	tb.Helper()
	tb.Skip(m)
}

// Find returns the path of the program. The error is a [*Missing].
func (c Command) Find() (string, error) {
	if path, err := exec.LookPath(c.Name); err == nil {
		return path, nil
	}
	found, err := filepath.Glob(filepath.Join(c.Folder, c.Name))
	if err == nil && len(found) > 0 {
		return slices.Max(found), nil
	}
	return "", &Missing{c}
}
