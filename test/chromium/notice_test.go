package chromium_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestComplaintsAreNoticed holds that a test would fail if a page broke its own
// policy, or if a script of it did not work.
func TestComplaintsAreNoticed(t *testing.T) {
	t.Parallel()
	p := start(t, nil).open(t, "/login")
	assert.Empty(t, p.console.all())
	for script, complaint := range map[string]string{
		`document.body.append(Object.assign(document.createElement("script"), {text: "1"}))`: "security: Executing inline script violates",
		`setTimeout(() => { throw new Error("planned") })`:                                   "exception: Uncaught Error: planned",
		`console.error("said", 1)`:                                                           `console: "said" 1`,
		`new Image().src = "https://example.com/"`:                                           "violates the following Content Security Policy directive: \"img-src",
	} {
		run[any](p, script)
		p.complained(complaint)
	}
}

// TestDefectsAreNoticed holds the same of what makes a page hard to read.
func TestDefectsAreNoticed(t *testing.T) {
	t.Parallel()
	p := start(t, nil).open(t, "/login")
	assert.Empty(t, run[[]string](p, defects))
	for script, defect := range map[string]string{
		`document.querySelector("h1").style.color = "#999"`:                                                       "contrast of text is 2.85: <h1",
		`document.querySelector("label").style.color = "#777"`:                                                    "contrast of text is 4.48: <label",
		`document.querySelector("[name=password]").style.borderColor = "#ddd"`:                                    "contrast of border",
		`document.querySelector("[for=" + document.querySelector("[name=identifier]").id + "]").textContent = ""`: "no label",
		`document.querySelector("footer").style.minWidth = "2000px"`:                                              "wider than the window",
		`document.querySelector("h1").style.opacity = 0.9`:                                                        "shows through: <h1",
		`document.querySelector("button").textContent = ""`:                                                       "no name",
	} {
		p.visit("/login")
		run[any](p, script)
		found := run[[]string](p, defects)
		if assert.NotEmpty(t, found, script) {
			assert.Contains(t, found[0], defect)
		}
	}
}
