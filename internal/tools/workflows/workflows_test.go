// Package workflows_test holds the workflows of the repository to its rules.
package workflows_test

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

const root = "../../.."

// workflow is what the rules are about.
type workflow struct {
	Permissions map[string]string `yaml:"permissions"`
	Jobs        map[string]struct {
		Permissions map[string]string `yaml:"permissions"`
		Steps       []struct {
			Uses string         `yaml:"uses"`
			Run  string         `yaml:"run"`
			With map[string]any `yaml:"with"`
		} `yaml:"steps"`
	} `yaml:"jobs"`
}

// pinned is an action at a commit. The version beside it is for people and for Dependabot.
var (
	pinned  = regexp.MustCompile(`^[a-z-]+/[a-z-]+@[0-9a-f]{40}$`)
	version = regexp.MustCompile(`uses: \S+@[0-9a-f]{40} # v\d+\.\d+\.\d+\n`)
	asRoot  = regexp.MustCompile(`\b(sudo|su|doas|pkexec)\b`)
	latest  = regexp.MustCompile(`\bgo (run|install) \S+@`)
)

// TestWorkflows holds that actions are pinned, that no credentials are left behind for the
// code that runs, and that none of it runs as root.
func TestWorkflows(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(root + "/.github/workflows/*")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 2)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		var parsed workflow
		require.NoError(t, yaml.Unmarshal(text, &parsed))
		require.Equal(t, map[string]string{"contents": "read"}, parsed.Permissions, file)
		require.NotContains(t, string(text), "pull_request_target", file)
		require.NotContains(t, string(text), "secrets.", file)
		actions := 0
		for name, job := range parsed.Jobs {
			require.Empty(t, job.Permissions, "%s: %s", file, name)
			for _, step := range job.Steps {
				require.NotRegexp(t, asRoot, step.Run, "%s: %s", file, name)
				require.NotRegexp(t, latest, step.Run, "%s: %s: tools are pinned in internal/tools/go.mod", file, name)
				if step.Uses == "" {
					continue
				}
				actions++
				require.Regexp(t, pinned, step.Uses, "%s: %s", file, name)
				if strings.HasPrefix(step.Uses, "actions/checkout@") {
					require.Equal(t, false, step.With["persist-credentials"], "%s: %s", file, name)
				}
			}
		}
		require.Len(t, version.FindAllString(string(text), -1), actions, "%s: a version stands beside each commit", file)
	}
}

// TestDependabot holds that it looks after every module, and after the actions.
func TestDependabot(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(root + "/.github/dependabot.yml")
	require.NoError(t, err)
	var parsed struct {
		Updates []struct {
			Ecosystem   string   `yaml:"package-ecosystem"`
			Directory   string   `yaml:"directory"`
			Directories []string `yaml:"directories"`
		} `yaml:"updates"`
	}
	require.NoError(t, yaml.Unmarshal(text, &parsed))
	watched := map[string][]string{}
	for _, update := range parsed.Updates {
		watched[update.Ecosystem] = append(update.Directories, update.Directory)
	}
	require.Contains(t, watched["github-actions"], "/")
	modules := modulesOf(t)
	require.GreaterOrEqual(t, len(modules), 6)
	for _, module := range modules {
		require.Contains(t, watched["gomod"], module)
	}
}

// TestVulncheck holds that it looks into every module that ships, and is part of a workflow.
func TestVulncheck(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(root + "/Makefile")
	require.NoError(t, err)
	var looked []string
	for _, list := range regexp.MustCompile(`(?m)^(?:SHIPPED|CLI) *:= (.+)$`).FindAllStringSubmatch(string(text), -1) {
		for _, module := range strings.Fields(list[1]) {
			looked = append(looked, path.Join("/", module))
		}
	}
	ships := slices.DeleteFunc(modulesOf(t), func(module string) bool {
		return strings.HasPrefix(module, "/internal/") || module == "/test" || strings.HasPrefix(module, "/test/")
	})
	require.ElementsMatch(t, ships, looked)
	workflow, err := os.ReadFile(root + "/.github/workflows/ci.yml")
	require.NoError(t, err)
	require.Contains(t, string(workflow), "run: make vulncheck\n")
}

// modulesOf returns the folders of the modules of this repository.
func modulesOf(t *testing.T) []string {
	t.Helper()
	var modules []string
	require.NoError(t, fs.WalkDir(os.DirFS(root), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && slices.Contains([]string{".git", ".bin", "testdata"}, entry.Name()) {
			return fs.SkipDir
		}
		if entry.Name() == "go.mod" {
			modules = append(modules, path.Join("/", path.Dir(name)))
		}
		return nil
	}))
	return modules
}
