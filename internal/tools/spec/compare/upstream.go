package compare

import (
	"context"
	_ "embed" // for the versions
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

//go:embed upstreams.yaml
var upstreamsFile []byte

// Upstream is a description inside a Go module.
type Upstream struct {
	Name    string `yaml:"name"`
	Module  string `yaml:"module"`
	Version string `yaml:"version"`
	Sum     string `yaml:"sum"`
	Path    string `yaml:"file"`
	Older   bool   `yaml:"older"` // than what our description describes
}

// Upstreams returns the pinned descriptions in upstreams.yaml.
func Upstreams() ([]Upstream, error) {
	var upstreams []Upstream
	return upstreams, decode("upstreams.yaml", upstreamsFile, &upstreams)
}

// Fetch downloads the module, unless Go's module cache has it, and returns the
// name of the description's file there.
func (u Upstream) Fetch(ctx context.Context) (string, error) {
	command := exec.CommandContext(ctx, "go", "mod", "download", "-json", u.Module+"@"+u.Version) //nolint:gosec // the words come from upstreams.yaml
	command.Dir = os.TempDir()                                                                    // outside of any module, whose go.sum would have to know this one
	command.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=")
	out, failure := command.Output()
	var downloaded struct {
		Dir   string `json:"Dir"`
		Sum   string `json:"Sum"`
		Error string `json:"Error"`
	}
	if err := json.Unmarshal(out, &downloaded); err != nil {
		return "", fmt.Errorf("go mod download %s@%s: %w", u.Module, u.Version, failure)
	}
	switch {
	case downloaded.Error != "":
		return "", fmt.Errorf("%s@%s cannot be downloaded: %s", u.Module, u.Version, downloaded.Error)
	case downloaded.Sum != u.Sum:
		return "", fmt.Errorf("%s@%s has the checksum %s, but upstreams.yaml says %s", u.Module, u.Version, downloaded.Sum, u.Sum)
	}
	return filepath.Join(downloaded.Dir, filepath.FromSlash(u.Path)), nil
}
