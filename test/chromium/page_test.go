package chromium_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// patience is the time limit for anything in a browser.
const patience = time.Minute

// settled is true for a page that is complete, has set the focus, and was not marked by leave.
const settled = `!document.left && document.readyState === "complete" &&
	(document.activeElement !== document.body || !document.querySelector("[autofocus]"))`

// page is the only tab of a browser.
type page struct {
	t       *testing.T
	site    *site
	tab     context.Context
	console *console
}

// open starts a browser and opens a path of the site. The test fails if the browser has an
// unexpected complaint.
func (s *site) open(t *testing.T, path string) *page {
	t.Helper()
	p := &page{t: t, site: s, console: &console{}}
	p.tab = startBrowser(t, s.chromium, p.console.listen)
	t.Cleanup(func() {
		assert.Empty(t, p.console.all(), "the browser complains")
		if t.Failed() {
			p.report()
		}
	})
	p.visit(path)
	return p
}

// visit opens a path of the site.
func (p *page) visit(path string) {
	p.t.Helper()
	p.do(chromedp.Navigate(p.site.url + path))
	p.await(settled)
}

// do runs steps in the tab.
func (p *page) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.tab, patience)
	defer cancel()
	require.NoError(p.t, chromedp.Do(ctx, steps...))
}

// run evaluates JavaScript.
func run[T any](p *page, script string, arguments ...any) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.tab, patience)
	defer cancel()
	result, err := chromedp.Run(ctx, chromedp.Evaluate[T](call(p.t, script, arguments)))
	require.NoError(p.t, err)
	return result
}

// call returns a call of a JavaScript function with the arguments. Without arguments, it
// returns the script itself.
func call(t *testing.T, script string, arguments []any) string {
	t.Helper()
	if len(arguments) == 0 {
		return script
	}
	encoded, err := json.Marshal(arguments)
	require.NoError(t, err)
	return fmt.Sprintf("(%s)(...%s)", script, encoded)
}

// await waits until a JavaScript expression is true. The page may change meanwhile.
func (p *page) await(expression string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.tab, patience)
	defer cancel()
	for {
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool](expression))
		if ok {
			return
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			require.FailNow(p.t, "waited in vain", "%s: %v", expression, err)
		}
	}
}

// leave calls act, which makes the browser leave the page, and waits for the next page.
func (p *page) leave(act func()) {
	p.t.Helper()
	run[bool](p, `document.left = true`) // the next page is another document
	act()
	p.await(settled)
}

// press presses the button or the link with the name. It must lead to another page.
func (p *page) press(name string) {
	p.t.Helper()
	p.leave(func() { p.click(name) })
}

func (p *page) click(name string) {
	p.t.Helper()
	p.do(chromedp.Click(chromedp.Search(fmt.Sprintf(`//*[self::button or self::a][normalize-space()=%q]`, name))))
}

// fill replaces the text in the field with the label.
func (p *page) fill(label, text string) {
	p.t.Helper()
	require.True(p.t, run[bool](p, `label => {
		const field = [...document.querySelectorAll("label")].find(l => l.innerText.trim() === label)?.control
		field?.select()
		return !!field
	}`, label), "no field %s", label)
	p.command(func(ctx context.Context) error { // as if the text was pasted
		_, err := chromedp.Call(ctx, input.InsertText, input.InsertTextParams{Text: text})
		return err
	})
}

// command sends a command to the browser.
func (p *page) command(call func(ctx context.Context) error) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.tab, patience)
	defer cancel()
	require.NoError(p.t, call(ctx))
}

// value returns the text in the field with the label.
func (p *page) value(label string) string {
	p.t.Helper()
	return run[string](p, `label => [...document.querySelectorAll("label")].find(l => l.innerText.trim() === label).control.value`, label)
}

// key presses keys, one after the other.
func (p *page) key(keys string) {
	p.t.Helper()
	p.do(chromedp.KeyEvent(keys))
}

// tabTo moves the focus by keyboard to the element with the name.
func (p *page) tabTo(name string) {
	p.t.Helper()
	for range 30 {
		p.key(kb.Tab)
		if p.focus() == name {
			assert.True(p.t, run[bool](p, `getComputedStyle(document.activeElement).outlineStyle !== "none"`), "the focus on %s is not visible", name)
			return
		}
	}
	require.FailNow(p.t, "not reached with the keyboard", name)
}

// focus returns the name of the element with the focus.
func (p *page) focus() string {
	p.t.Helper()
	return run[string](p, `(document.activeElement.labels?.[0] ?? document.activeElement).innerText.trim()`)
}

// at returns the path and query in the address bar. It requires that the address is on the
// site.
func (p *page) at() string {
	p.t.Helper()
	address := run[string](p, `location.href`)
	path, ok := strings.CutPrefix(address, p.site.url)
	require.True(p.t, ok, address)
	return path
}

// shows requires a page of the site with the path, heading and texts.
func (p *page) shows(path, heading string, texts ...string) {
	p.t.Helper()
	actual, _, _ := strings.Cut(p.at(), "?")
	require.Equal(p.t, path, actual)
	require.Equal(p.t, heading, run[string](p, `document.querySelector("h1").innerText`))
	for _, text := range texts {
		require.Contains(p.t, p.text(), text)
	}
}

func (p *page) text() string {
	p.t.Helper()
	return run[string](p, `document.body.innerText`)
}

// alerts returns the texts that a screen reader says at once.
func (p *page) alerts() []string {
	p.t.Helper()
	return run[[]string](p, `[...document.querySelectorAll("[role=alert]")].map(e => e.innerText)`)
}

// cookies returns the names of the browser's cookies for the site.
func (p *page) cookies() []string {
	p.t.Helper()
	var names []string
	p.command(func(ctx context.Context) error {
		result, err := chromedp.Call(ctx, network.GetCookies, network.GetCookiesParams{URLs: []string{p.site.url}})
		for _, cookie := range result.Cookies {
			names = append(names, cookie.Name)
			assert.True(p.t, cookie.HTTPOnly, cookie.Name)
		}
		return err
	})
	return names
}

// complained requires a complaint of the browser with the text. The test expects it.
func (p *page) complained(text string) {
	p.t.Helper()
	require.Eventually(p.t, func() bool { return p.console.take(text) }, patience, 10*time.Millisecond,
		"no such complaint: %s", text)
}
