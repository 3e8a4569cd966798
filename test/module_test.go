package test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// goCommand runs the go command in a folder and returns the lines of its output.
func goCommand(t *testing.T, folder string, args ...string) []string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", args...)
	command.Dir = folder
	command.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
	command.Stderr = os.Stderr // it also reports downloads, which are not part of the output
	out, err := command.Output()
	require.NoError(t, err, "go %s", strings.Join(args, " "))
	return strings.Fields(string(out))
}

// TestImports checks that the module's own code imports only the standard library.
func TestImports(t *testing.T) {
	t.Parallel()
	imported := goCommand(t, "..", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", "./...")
	require.NotEmpty(t, imported)
	for _, path := range imported {
		require.True(t, strings.HasPrefix(path+"/", "github.com/orylogin/orylogin/"), path)
	}
}

// TestConsumer builds a module that requires this one. Its module graph must gain only this
// module and the modules of testify, and its build no other module.
func TestConsumer(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs("..")
	require.NoError(t, err)
	consumer := t.TempDir()
	write := func(name, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(consumer, name), []byte(text), 0o600))
	}
	write("go.mod", "module example.com/consumer\n\ngo 1.25.0\n\n"+
		"require github.com/orylogin/orylogin v0.0.0\n\n"+
		"replace github.com/orylogin/orylogin => "+root+"\n")
	write("main.go", `package main

import "github.com/orylogin/orylogin"

func main() { _, _ = orylogin.New("https://auth.example.com") }
`)
	goCommand(t, consumer, "build", "-o", filepath.Join(consumer, "consumer"), ".")
	require.NoFileExists(t, filepath.Join(consumer, "go.sum"), "the build needs no other module")

	modules := goCommand(t, consumer, "list", "-m", "-f", "{{.Path}}", "all")
	require.Subset(t, []string{
		"example.com/consumer",
		"github.com/orylogin/orylogin",
		"github.com/stretchr/testify",
		"go.yaml.in/yaml/v3",
	}, modules)
}

// TestConsumerOfTheTab builds a module that requires the tab. Its build must gain only the HTML
// parser, and not even this module.
func TestConsumerOfTheTab(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs("..")
	require.NoError(t, err)
	sums, err := os.ReadFile("../orylogintest/tab/go.sum")
	require.NoError(t, err)
	consumer := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module example.com/consumer\n\ngo 1.25.0\n\n" +
			"require github.com/orylogin/orylogin/orylogintest/tab v0.0.0\n\n" +
			"replace github.com/orylogin/orylogin => " + root + "\n\n" +
			"replace github.com/orylogin/orylogin/orylogintest/tab => " + root + "/orylogintest/tab\n",
		"go.sum":  string(sums),
		"main.go": "package main\n\nimport _ \"github.com/orylogin/orylogin/orylogintest/tab\"\n\nfunc main() {}\n",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(consumer, name), []byte(text), 0o600))
	}
	goCommand(t, consumer, "build", "-o", filepath.Join(consumer, "consumer"), ".")
	require.Subset(t, []string{
		"example.com/consumer",
		"github.com/orylogin/orylogin/orylogintest/tab",
		"golang.org/x/net",
	}, goCommand(t, consumer, "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", "."))
}
