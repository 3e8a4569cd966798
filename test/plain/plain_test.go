package plain_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/test/plain"
)

// TestText checks that no text controls a terminal.
func TestText(t *testing.T) {
	t.Parallel()
	const steering = "ä\x1b]0;owned\a\r\n\u009b2J\u202e\u2028\xff"
	require.Equal(t, "ä ]0;owned  \n 2J  \ufffd", plain.Text(steering))
	var written strings.Builder
	n, err := fmt.Fprint(plain.Writer(&written), steering)
	require.NoError(t, err)
	require.Equal(t, len(steering), n)
	require.Equal(t, plain.Text(steering), written.String())
}

// direct matches code that prints without this package.
var direct = regexp.MustCompile(`fmt\.Print|\bos\.Std(out|err)\b|log\.(Print|Fatal|Panic)`)

// TestCommandsPrintPlainly checks that the commands of this module print only with this
// package, since their texts may come from a server.
func TestCommandsPrintPlainly(t *testing.T) {
	t.Parallel()
	looked := 0
	for _, pattern := range []string{"../cmd/*/*.go", "../cli/cmd/*/*.go", "../hardening/cmd/*/*.go", "../playground/*.go", "../conformance/*.go"} {
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, file := range files {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			require.NotRegexp(t, direct, strings.ReplaceAll(string(text), "plain.Writer(os.Std", ""), file)
			looked++
		}
	}
	require.Greater(t, looked, 30)
}
