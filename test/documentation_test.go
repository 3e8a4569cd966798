package test_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestReadmeIsShort checks that the README can be read in five minutes.
func TestReadmeIsShort(t *testing.T) {
	t.Parallel()
	require.LessOrEqual(t, len(strings.Fields(page(t, "../README.md"))), 1200)
}

// TestLinks checks all links between the pages of the documentation.
func TestLinks(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("../*.md")
	require.NoError(t, err)
	chapters, err := filepath.Glob("../docs/*.md")
	require.NoError(t, err)
	links := regexp.MustCompile(`\]\(([^)#]*)#?([^)]*)\)`)
	followed := 0
	for _, from := range append(pages, chapters...) {
		for _, link := range links.FindAllStringSubmatch(page(t, from), -1) {
			target, anchor := link[1], link[2]
			if strings.HasPrefix(target, "http") {
				continue
			}
			to := from
			if target != "" {
				to = filepath.Join(filepath.Dir(from), target)
			}
			_, err := os.Stat(to)
			require.NoError(t, err, "%s links to %s", from, target)
			if anchor != "" {
				require.Contains(t, anchors(t, to), anchor, "%s links to %s", from, target)
			}
			followed++
		}
	}
	require.Greater(t, followed, 40)
}

func page(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(text)
}

// anchors returns the anchors of a page's headings.
func anchors(t *testing.T, name string) []string {
	t.Helper()
	var names []string
	for _, heading := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(page(t, name), -1) {
		name := regexp.MustCompile(`[^\w\- ]`).ReplaceAllString(strings.ToLower(heading[1]), "")
		names = append(names, strings.ReplaceAll(name, " ", "-"))
	}
	return names
}
