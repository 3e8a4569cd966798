// Package form shows a login flow as HTML.
//
// It has one page for every login that a server can ask for: a first factor, a second factor,
// or a code that was mailed. The page shows the nodes of the flow. So a method that is switched
// on in the server needs no new page.
//
//	page := form.New(flow, form.Options{Action: "/login?flow=" + flow.ID, Server: kratosURL})
//	err := page.Render(w)
//
// Everything from the flow is escaped. The package leaves out links whose address could run
// code. It leaves out scripts and images that come neither from the server nor from the
// captcha. The application says where these two are, and never the flow, which may have been
// changed on its way. Nothing runs inline, so the application can have a strict Content
// Security Policy: serve [Script] from the application, and allow what [Form.ScriptSources],
// [Form.FrameSources] and [Form.ImageSources] list.
package form

import (
	"bytes"
	_ "embed"
	"html/template"
	"io"
	"slices"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/api"
)

// Script calls the functions for passkeys and security keys that a form asks for. It
// is needed on pages where [Form.NeedsScript] is true.
//
//go:embed form.js
var Script []byte

//go:embed form.tmpl
var source string

var templates = template.Must(template.New("form").Parse(source))

// Options say how a flow is shown.
type Options struct {
	// Action is the URL to which the form is posted. Default: the flow's own action, which is
	// on the server. If it is not on the server, the form is posted to its own page.
	Action string

	// Identifier is what the user logs in with, if the application knows it. It is the value of
	// the form's identifier if the flow has none: Kratos leaves it empty in a refresh if users
	// can log in with mailed codes, and in a flow that replaces an expired one. Default: none.
	Identifier string

	// Server is the URL at which browsers find the server. Take it from the configuration of
	// the application. Default: none, so that no script and no image of the server is shown.
	Server string

	// Captcha is the URL of a captcha's scripts and frames. Take it from the configuration of
	// the application: https://challenges.cloudflare.com for Ory Network. Default: none, so
	// that only scripts of the server are shown for a captcha.
	Captcha string
}

// Form is what a page shows of a flow. The template of this package renders it, and the
// application can use another one.
type Form struct {
	Action   string
	Messages []Message // about the whole form
	Blocks   []Block   // each is one HTML form
	Scripts  []ScriptTag

	// HidesIdentifier is true if the flow has an identifier that the user cannot change. The form
	// shows its value, Identifier.
	HidesIdentifier bool
	Identifier      string

	server, captcha string // the origins; empty for none
}

// Block is an HTML form. If the methods share no field and no captcha, each has its own Block.
// So the return key submits the method whose field has the focus.
type Block struct {
	Hidden   []Part
	Sections []Section
}

// Section is the part of a Block for one method.
type Section struct {
	Group string
	Parts []Part
}

// ScriptTag is a script of the server, or of the captcha.
type ScriptTag struct {
	ID, Src, Type, Integrity, CrossOrigin, ReferrerPolicy string

	// Defer is true for a script that the page does not wait for. Such scripts run in their
	// order: the last script of a captcha calls what an earlier one defines.
	Defer bool
}

// Message is a text about a form or one of its fields.
type Message struct {
	Kind string // "error", "info" or "success"
	Text string
}

// IsError reports whether the message refuses something.
func (m Message) IsError() bool { return m.Kind == "error" }

// New returns what a page shows of a flow. A nil flow has an empty form.
func New(flow *orylogin.Flow, options Options) *Form {
	f := &Form{Action: options.Action}
	f.server, _ = Origin(options.Server)
	f.captcha, _ = Origin(options.Captcha)
	if flow == nil || flow.UI == nil {
		return f
	}
	if f.Action == "" && isAt(flow.UI.Action, f.server) {
		f.Action, _ = webURL(flow.UI.Action)
	}
	f.Messages = messages(flow.UI.Messages)
	b := &builder{form: f, identifier: options.Identifier}
	for i := range flow.UI.Nodes {
		b.add(&flow.UI.Nodes[i])
	}
	f.Blocks = b.blocks()
	f.focus()
	return f
}

// Render writes the form as HTML.
func (f *Form) Render(w io.Writer) error { return templates.ExecuteTemplate(w, "form", f) }

// HTML returns what Render writes, for use in a template of the application.
func (f *Form) HTML() (template.HTML, error) {
	var buffer bytes.Buffer
	if err := f.Render(&buffer); err != nil {
		return "", err
	}
	return template.HTML(buffer.String()), nil //nolint:gosec // written by html/template
}

// Empty reports whether there is no field and no button, as in the form of a second factor for
// an account without one.
func (f *Form) Empty() bool {
	for part := range f.parts() {
		if isField(*part) || part.Kind == "button" {
			return false
		}
	}
	return true
}

// HasErrors reports whether something was refused.
func (f *Form) HasErrors() bool {
	if slices.ContainsFunc(f.Messages, Message.IsError) {
		return true
	}
	for part := range f.parts() {
		if part.Invalid() {
			return true
		}
	}
	return false
}

// HasProviders reports whether a button can lead to another site.
func (f *Form) HasProviders() bool {
	for _, block := range f.Blocks {
		for _, section := range block.Sections {
			if section.Group == "oidc" || section.Group == "saml" {
				return true
			}
		}
	}
	return false
}

// NeedsScript reports whether the page needs [Script].
func (f *Form) NeedsScript() bool {
	for part := range f.parts() {
		if part.OnClick != "" || part.OnLoad != "" {
			return true
		}
	}
	return false
}

// ScriptSources returns the origins of the form's scripts: the server and the captcha.
func (f *Form) ScriptSources() []string {
	var origins []string
	for _, script := range f.Scripts {
		if origin, _ := Origin(script.Src); !slices.Contains(origins, origin) {
			origins = append(origins, origin)
		}
	}
	return origins
}

// FrameSources returns the origin of the captcha if the form has a script from there. Such a
// script adds a frame to the page.
func (f *Form) FrameSources() []string {
	for _, script := range f.Scripts {
		if isAt(script.Src, f.captcha) {
			return []string{f.captcha}
		}
	}
	return nil
}

// ImageSources returns the origin of the server if the form has images from there.
func (f *Form) ImageSources() []string {
	for part := range f.parts() {
		if isAt(string(part.Src), f.server) {
			return []string{f.server}
		}
	}
	return nil
}

// parts yields each part of the form. Hidden parts come first.
func (f *Form) parts() func(yield func(*Part) bool) {
	return func(yield func(*Part) bool) {
		for b := range f.Blocks {
			for i := range f.Blocks[b].Hidden {
				if !yield(&f.Blocks[b].Hidden[i]) {
					return
				}
			}
			for s := range f.Blocks[b].Sections {
				for i := range f.Blocks[b].Sections[s].Parts {
					if !yield(&f.Blocks[b].Sections[s].Parts[i]) {
						return
					}
				}
			}
		}
	}
}

// FocusMessages reports whether the messages about the whole form get the focus.
func (f *Form) FocusMessages() bool { return slices.ContainsFunc(f.Messages, Message.IsError) }

// focus gives the focus to the first field that was refused. If none was refused, it gives the
// focus to the first field without a value.
func (f *Form) focus() {
	var first *Part
	for part := range f.parts() {
		switch {
		case part.Kind == "hidden":
		case part.Invalid():
			part.Autofocus = !f.FocusMessages()
			return
		case first == nil && isField(*part) && part.Value == "" && !part.Disabled:
			first = part
		}
	}
	if first != nil && !f.FocusMessages() {
		first.Autofocus = true
	}
}

func messages(texts []api.UIText) []Message {
	var list []Message
	for _, text := range texts {
		if text.Text != "" {
			list = append(list, Message{Kind: text.Type, Text: text.Text})
		}
	}
	return list
}
