package main_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/internal/tools/spec/compare"
)

// build builds the command.
func build(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "spec-diff")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".").CombinedOutput()
	require.NoError(t, err, string(out))
	return binary
}

// run runs a command in this folder and returns its exit code and what it prints.
func run(t *testing.T, binary string, args ...string) (int, string, string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	command := exec.CommandContext(t.Context(), binary, args...)
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Run(); err != nil {
		var exit *exec.ExitError
		require.ErrorAs(t, err, &exit)
	}
	return command.ProcessState.ExitCode(), stdout.String(), stderr.String()
}

const ours = "../../../../../openapi.yaml"

func TestPinnedDescriptions(t *testing.T) {
	code, out, failure := run(t, build(t), "-ours", ours)
	require.Zero(t, code, out+failure)
	require.Regexp(t, `github.com/ory/kratos v\S+\n0 differences to look at`, out)
	require.Regexp(t, `github.com/ory/client-go v\S+\n0 differences to look at`, out)
	require.Contains(t, out, "Servers send null when there is nothing to do.")
}

// TestOneFile compares with a description that lacks one property of ours and has
// one of its own, and says that a third is of another type.
func TestOneFile(t *testing.T) {
	document, err := compare.Load(ours)
	require.NoError(t, err)
	session := document.Components.Schemas["session"].Value
	session.WithProperty("karma", openapi3.NewStringSchema())
	session.Properties["active"].Value.Type = &openapi3.Types{"string"}
	delete(session.Properties, "tokenized")
	data, err := json.Marshal(document)
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "api.json")
	require.NoError(t, os.WriteFile(file, data, 0o600))
	binary := build(t)

	code, out, failure := run(t, binary, "-ours", ours, file)
	require.Equal(t, 1, code)
	require.Contains(t, out, "3 differences to look at, 0 on purpose")
	require.Regexp(t, `MISSING: upstream has it, openapi.yaml does not\n.*\n +property +session.karma +string +session.karma`, out)
	require.Regexp(t, `GONE: openapi.yaml has it, upstream does not\n.*\n +property +session.tokenized +string`, out)
	require.Regexp(t, `DIFFERENT: both have it and do not agree\n.*\n +type +session.active +boolean +string +session.active`, out)
	for _, advice := range []string{"What only theirs has: add it", "What only ours has: take it out", "- kind: different\n    what: type\n"} {
		require.Contains(t, failure, advice)
	}

	code, out, _ = run(t, binary, "-json", "-ours", ours, file)
	require.Equal(t, 1, code)
	var reports []compare.Report
	require.NoError(t, json.Unmarshal([]byte(out), &reports))
	require.Len(t, reports, 1)
	require.Len(t, reports[0].Open(), 3)
}

func TestNoSuchFile(t *testing.T) {
	code, _, failure := run(t, build(t), "-ours", ours, "nowhere.json")
	require.Equal(t, 1, code)
	require.Contains(t, failure, "nowhere.json is no OpenAPI description that can be read")
}
