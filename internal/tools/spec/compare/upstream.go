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
	Older   bool   `yaml:"older"` // older than what our description describes
}

// Upstreams returns the pinned descriptions in upstreams.yaml.
func Upstreams() ([]Upstream, error) {
	var upstreams []Upstream
	return upstreams, decode("upstreams.yaml", upstreamsFile, &upstreams)
}

// Fetch downloads the module unless Go's module cache has it. It returns the name of the
// description's file.
func (u Upstream) Fetch(ctx context.Context) (string, error) {
	found, err := download(ctx, u.Module, u.Version)
	if err != nil {
		return "", err
	}
	if found.Sum != u.Sum {
		return "", fmt.Errorf("%s@%s has the checksum %s, but upstreams.yaml says %s", u.Module, u.Version, found.Sum, u.Sum)
	}
	return filepath.Join(found.Dir, filepath.FromSlash(u.Path)), nil
}

// Download downloads a version of a module unless Go's module cache has it. It returns the
// module's folder.
func Download(ctx context.Context, module, version string) (string, error) {
	found, err := download(ctx, module, version)
	return found.Dir, err
}

// downloaded is what the go command says about a downloaded module.
type downloaded struct {
	Dir   string `json:"Dir"`
	Sum   string `json:"Sum"`
	Error string `json:"Error"`
}

func download(ctx context.Context, module, version string) (downloaded, error) {
	command := exec.CommandContext(ctx, "go", "mod", "download", "-json", module+"@"+version) //nolint:gosec // no shell reads it
	command.Dir = os.TempDir()                                                                // outside of any module, whose go.sum would need an entry
	command.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=")
	out, failure := command.Output()
	var found downloaded
	if err := json.Unmarshal(out, &found); err != nil {
		return downloaded{}, fmt.Errorf("go mod download %s@%s: %w", module, version, failure)
	}
	if found.Error != "" {
		return downloaded{}, fmt.Errorf("%s@%s cannot be downloaded: %s", module, version, found.Error)
	}
	return found, nil
}
