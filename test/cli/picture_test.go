package cli

import (
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/test/cli/clitest"
)

// TestPicture checks that the picture in the documentation shows the session that
// TestDocumentation types. UPDATE=1 draws it anew.
func TestPicture(t *testing.T) {
	t.Parallel()
	root, err := clitest.Root(t.Context())
	require.NoError(t, err)
	name := filepath.Join(root, "docs", "images", "ory-login.svg")
	picture := draw(t, session(t))
	if os.Getenv("UPDATE") != "" {
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
		require.NoError(t, os.WriteFile(name, []byte(picture), 0o644))
	}
	drawn, err := os.ReadFile(name)
	require.NoError(t, err)
	require.Equal(t, picture, string(drawn), "run: cd test && UPDATE=1 go test -run TestPicture ./cli")
}

// draw draws commands and their output as a terminal shows them.
func draw(t *testing.T, commands [][]string) string {
	t.Helper()
	const lineHeight, top, width, padding = 20, 48, 720, 20
	var rows strings.Builder
	y := top
	for _, command := range commands {
		for i, line := range command {
			kind := "shown"
			if i == 0 {
				kind, line = "typed", "$ "+line
			}
			var text strings.Builder
			require.NoError(t, xml.EscapeText(&text, []byte(line)))
			fmt.Fprintf(&rows, "<text class=\"%s\" x=\"%d\" y=\"%d\">%s</text>\n", kind, padding, y, text.String())
			y += lineHeight
		}
	}
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %[1]d %[2]d" width="%[1]d" height="%[2]d" role="img">
<title>A session of ory-login</title>
<style>
text { font: 14px ui-monospace, "DejaVu Sans Mono", monospace; white-space: pre; fill: #c9d1d9 }
.typed { fill: #7ee787 }
</style>
<rect width="100%%" height="100%%" rx="8" fill="#161b22"/>
<circle cx="20" cy="18" r="5" fill="#f85149"/>
<circle cx="38" cy="18" r="5" fill="#d29922"/>
<circle cx="56" cy="18" r="5" fill="#3fb950"/>
%[3]s</svg>
`, width, y, rows.String())
}
