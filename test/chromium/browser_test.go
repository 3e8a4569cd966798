// Package chromium_test logs in to the example application with a real browser and a real Ory
// Kratos. It needs chromium on the PATH. After the tests, the directory screenshots has
// pictures of the pages.
package chromium_test

import (
	"context"
	"errors"
	"os/exec"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// atOnce limits how many browsers run at the same time. Each takes a few hundred MB.
const atOnce = 2

var slots = make(chan struct{}, atOnce)

// findChromium returns the path of the browser.
func findChromium() (string, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("chromium not found: apt-get install chromium")
}

// startBrowser starts a browser with an empty profile and returns its first tab. The function
// listen gets the events of the tab.
func startBrowser(t *testing.T, program string, listen func(event any)) context.Context {
	t.Helper()
	// The browser outlives the test's context, so that a failure can be shown.
	allocator, stop := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), append(
		chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program),
		chromedp.NoSandbox,
		chromedp.DisableGPU,
		chromedp.WindowSize(wide.width, wide.height),
		chromedp.Flag("headless", "new"),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("lang", "en"),
	)...)
	t.Cleanup(stop)
	tab, end := chromedp.NewContext(allocator, chromedp.WithListener(listen))
	t.Cleanup(end)
	require.NoError(t, chromedp.Do(tab))
	_, err := chromedp.Call(tab, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	require.NoError(t, err)
	return tab
}
