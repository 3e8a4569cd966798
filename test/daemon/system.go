package daemon

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// Missing is the error of a program that the system does not have.
type Missing struct{ Command, Package string }

func (m *Missing) Error() string {
	return fmt.Sprintf("%s is not installed: apt-get install %s", m.Command, m.Package)
}

// Find returns the path of a command of a Debian package. It looks in the folders of the
// patterns after the PATH, the last one of each first.
func Find(command, debian string, patterns ...string) (string, error) {
	if path, err := exec.LookPath(command); err == nil {
		return path, nil
	}
	for _, pattern := range patterns {
		found, err := filepath.Glob(filepath.Join(pattern, command))
		if err == nil && len(found) > 0 {
			return slices.Max(found), nil
		}
	}
	return "", &Missing{command, debian}
}

// Require ends a test whose server could not be found. It is skipped where nobody may
// install the server, and fails for root, who may.
func (m *Missing) Require(tb testing.TB) {
	tb.Helper()
	if os.Geteuid() == 0 {
		tb.Fatal(m)
	}
	tb.Skip(m)
}
