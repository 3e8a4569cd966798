package chromium_test

import (
	"context"
	_ "embed"
	"os"
	"path/filepath"
	"strings"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// screenshots is the directory for pictures of the pages.
const screenshots = "screenshots"

// size is the size of a window.
type size struct {
	name          string
	width, height int
}

var (
	wide   = size{"wide", 1280, 800}
	narrow = size{"narrow", 390, 844}
)

// defects finds what makes a page hard to read.
//
//go:embed testdata/defects.js
var defects string

// capture takes pictures of the page in light and dark and in each size. It requires that the
// page can be read in all of them. It takes none for the site whose forms go to Kratos, since
// the pages look the same.
func (p *page) capture(name string, sizes ...size) {
	p.t.Helper()
	if p.site.direct {
		return
	}
	for _, size := range append(sizes, wide) {
		p.do(chromedp.EmulateViewport(int64(size.width), int64(size.height)))
		for _, scheme := range []string{"light", "dark"} {
			p.prefer(scheme)
			title := strings.Join([]string{name, size.name, scheme}, "-")
			p.picture(title)
			assert.Empty(p.t, run[[]string](p, defects), title)
		}
	}
	p.prefer("light")
}

// prefer makes the browser prefer a colour scheme.
func (p *page) prefer(scheme string) {
	p.t.Helper()
	p.command(func(ctx context.Context) error {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
		return err
	})
}

func (p *page) picture(name string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.tab, patience)
	defer cancel()
	image, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	require.NoError(p.t, err)
	require.NoError(p.t, save(name, image))
}

func save(name string, image []byte) error {
	if err := os.MkdirAll(screenshots, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(screenshots, name+".png"), image, 0o644)
}

// report shows the page of a failed test.
func (p *page) report() {
	ctx, cancel := context.WithTimeout(p.tab, patience)
	defer cancel()
	seen, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText`))
	p.t.Logf("the page: %s (%v)", seen, err)
	image, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = save("failed-"+strings.ReplaceAll(p.t.Name(), "/", "-"), image)
	}
	p.t.Logf("its picture is in %s (%v)", screenshots, err)
}
