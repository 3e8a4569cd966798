package test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// namedTest matches a test in a document: its folder and its function.
var namedTest = regexp.MustCompile("`([a-z/]+)\\.((?:Test|Fuzz|Example)[A-Z]\\w*)`")

// TestPromises checks that each promise of SECURITY.md names tests, and that these tests exist.
func TestPromises(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../SECURITY.md")
	require.NoError(t, err)
	_, promises, found := strings.Cut(string(text), "\n## Against whom\n")
	require.True(t, found)
	promises, _, _ = strings.Cut(promises, "\n## ")
	attackers := strings.Split(promises, "\n### ")[1:]
	require.NotEmpty(t, attackers)
	for _, attacker := range attackers {
		items := strings.Split(attacker, "\n- ")[1:]
		require.NotEmpty(t, items, "nothing is promised against %q", attacker)
		for _, promise := range items {
			require.Regexp(t, namedTest, promise, "no test holds this promise")
		}
	}
	for _, words := range regexp.MustCompile("`[^`]*\\b(Test|Fuzz|Example)[A-Z][^`]*`").FindAllString(string(text), -1) {
		name := namedTest.FindStringSubmatch(words)
		require.NotNil(t, name, "%s is not the folder and the name of a test", words)
		require.Contains(t, testsOf(t, name[1]), name[2], words)
	}
}

// testsOf returns the test functions in a folder. The folder of the root is named orylogin.
func testsOf(t *testing.T, folder string) []string {
	t.Helper()
	if folder == "orylogin" {
		folder = "."
	}
	files, err := filepath.Glob(filepath.Join("..", folder, "*_test.go"))
	require.NoError(t, err)
	require.NotEmpty(t, files, "no tests in %s", folder)
	var names []string
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, declared := range parsed.Decls {
			if function, ok := declared.(*ast.FuncDecl); ok && function.Recv == nil {
				names = append(names, function.Name.Name)
			}
		}
	}
	return names
}
