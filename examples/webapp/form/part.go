package form

import (
	"html/template"
	"maps"
	"regexp"
	"slices"
	"strconv"

	"github.com/orylogin/orylogin/api"
)

// Part is a node of a flow.
type Part struct {
	// Kind is "field", "select", "checkbox", "button", "hidden", "image", "link",
	// "text" or "div".
	Kind string

	ID       string // unique in the page
	Name     string
	Type     string // of an input
	Value    string
	Label    string
	Options  []string
	Messages []Message

	Autocomplete, InputMode, Pattern string
	Maxlength                        int64
	Required, Disabled, Autofocus    bool
	Secondary                        bool // a button beside another one
	OnClick, OnLoad                  string

	Href          string
	Src           template.URL
	Width, Height int64
	Class         string
	Data          []Attribute
}

// Attribute is a data attribute of a div.
type Attribute struct{ Name, Value string }

// Invalid reports whether the part was refused.
func (p *Part) Invalid() bool { return slices.ContainsFunc(p.Messages, Message.IsError) }

// Checked reports whether a checkbox is checked.
func (p *Part) Checked() bool { return p.Value == "true" || p.Value == "on" }

func isField(p Part) bool { return p.Kind == "field" || p.Kind == "select" || p.Kind == "checkbox" }

// isMethod reports whether the part is a button that submits what was typed.
func isMethod(p Part) bool { return p.Kind == "button" && p.Name == "method" }

// builder sorts the nodes of a flow.
type builder struct {
	form     *Form
	count    int
	hidden   []Part // of every block
	shared   []Part // what all methods need, such as the identifier
	captcha  []Part // the same, which comes after that
	sections []*methodSection
}

type methodSection struct {
	Section
	hidden []Part
}

func (b *builder) add(node *api.UINode) {
	if node.Type == "script" {
		b.addScript(node)
		return
	}
	part, ok := newPart(node)
	if !ok || part.Kind == "image" && !picture.MatchString(string(part.Src)) && !isAt(string(part.Src), b.form.server) {
		return
	}
	isCaptcha := node.Group == captchaGroup
	if part.ID = node.Attributes.ID; !isCaptcha || !captchaID.MatchString(part.ID) {
		b.count++
		part.ID = "part-" + strconv.Itoa(b.count)
	}
	if part.Kind == "hidden" { // what is said about it has no place of its own
		b.form.Messages = append(b.form.Messages, part.Messages...)
		part.Messages = nil
	}
	section := b.section(node.Group)
	isShared := node.Group == "default" || node.Group == ""
	switch {
	case part.Kind == "hidden" && (isShared || isCaptcha || part.Name == "identifier"):
		b.hidden = append(b.hidden, part)
	case part.Kind == "hidden":
		section.hidden = append(section.hidden, part)
	case isShared:
		b.shared = append(b.shared, part)
	case isCaptcha:
		b.captcha = append(b.captcha, part)
	default:
		section.Parts = append(section.Parts, part)
	}
}

func (b *builder) section(group string) *methodSection {
	for _, section := range b.sections {
		if section.Group == group {
			return section
		}
	}
	section := &methodSection{Section: Section{Group: group}}
	b.sections = append(b.sections, section)
	return section
}

// captchaGroup is the group of what Ory Network adds to a form, which has one answer whatever
// the method is.
const captchaGroup = "captcha"

// captchaID matches the ids that a captcha's script may look for. Other ids are the page's own.
var captchaID = regexp.MustCompile(`^captcha_[a-z0-9_]+$`)

// blocks makes one HTML form of all methods if they share a field or a captcha, and one of
// each otherwise. The return key presses the first button of a form: methods with a field
// of their own come first, and those that need nothing typed come last.
func (b *builder) blocks() []Block {
	slices.SortStableFunc(b.sections, func(x, y *methodSection) int { return rank(x) - rank(y) })
	var blocks []Block
	shared := slices.DeleteFunc([]Section{{"default", b.shared}, {captchaGroup, b.captcha}},
		func(s Section) bool { return len(s.Parts) == 0 })
	if len(shared) > 0 {
		blocks = []Block{{Hidden: b.hidden, Sections: shared}}
	}
	typed, primary := slices.ContainsFunc(b.shared, isField), false
	for _, section := range b.sections {
		order(section.Parts)
		primary = markSecondary(section.Parts, typed, primary)
		switch {
		case len(section.Parts) == 0 && len(section.hidden) == 0:
		case len(shared) > 0:
			blocks[0].Hidden = append(blocks[0].Hidden, section.hidden...)
			if len(section.Parts) > 0 {
				blocks[0].Sections = append(blocks[0].Sections, section.Section)
			}
		case len(section.Parts) > 0:
			blocks = append(blocks, Block{
				Hidden:   slices.Concat(b.hidden, section.hidden),
				Sections: []Section{section.Section},
			})
		}
	}
	return blocks
}

func rank(s *methodSection) int {
	switch {
	case slices.ContainsFunc(s.Parts, isField):
		return 0
	case slices.ContainsFunc(s.Parts, isMethod):
		return 1
	default:
		return 2
	}
}

// order puts the button that submits a method before those that do something else,
// such as to send another code. The server's order changes.
func order(parts []Part) {
	last := func(p Part) int {
		if p.Kind == "button" && !isMethod(p) {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(parts, func(x, y Part) int { return last(x) - last(y) })
}

// markSecondary leaves only the first button that submits what was typed in the main
// colour, and none if there is such a button already. It reports whether there is one
// now.
func markSecondary(parts []Part, typed, seen bool) bool {
	for i, part := range parts {
		switch {
		case isField(part):
			typed = true
		case part.Kind == "button":
			parts[i].Secondary = seen || !typed || !isMethod(part)
			seen = seen || !parts[i].Secondary
		}
	}
	return seen
}

// addScript takes a script that comes from where the server is or, for a captcha, from where
// that is, and no other.
func (b *builder) addScript(node *api.UINode) {
	a := &node.Attributes
	src, ok := webURL(absolute(a.Src, b.form.server))
	if !ok || !isAt(src, b.form.server) && (node.Group != captchaGroup || !isAt(src, b.form.captcha)) {
		return
	}
	b.form.Scripts = append(b.form.Scripts, ScriptTag{
		ID: a.ID, Src: src, Type: a.Type, Integrity: a.Integrity,
		CrossOrigin: a.Crossorigin, ReferrerPolicy: a.Referrerpolicy, Defer: a.Async,
	})
}

// newPart returns false for a node that is not to be shown.
func newPart(node *api.UINode) (Part, bool) {
	a := &node.Attributes
	part := Part{Label: text(node.Meta.Label), Messages: messages(node.Messages)}
	ok := true
	switch node.Type {
	case "input":
		part.input(a)
	case "img":
		part.Kind, part.Width, part.Height = "image", a.Width, a.Height
		part.Src, ok = imageURL(a.Src)
	case "a":
		part.Kind = "link"
		part.Label = first(text(a.Title), part.Label, a.Href)
		part.Href, ok = webURL(a.Href)
	case "text":
		part.Kind, part.Value = "text", text(a.Text)
	case "div":
		part.Kind, part.Class = "div", a.Class
		for _, name := range slices.Sorted(maps.Keys(a.Data)) {
			if dataName.MatchString(name) {
				part.Data = append(part.Data, Attribute{name, a.Data[name]})
			}
		}
	default:
		ok = false
	}
	return part, ok
}

var dataName = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)

func (p *Part) input(a *api.UINodeAttributes) {
	p.Name, p.Type, p.Value = a.Name, a.Type, a.Value.Text()
	p.Label = first(p.Label, text(a.Label), a.Name)
	p.Required, p.Disabled, p.Pattern, p.Maxlength = a.Required, a.Disabled, a.Pattern, a.Maxlength
	p.OnClick, p.OnLoad = trigger(a.OnclickTrigger, a.Onclick), trigger(a.OnloadTrigger, a.Onload)
	p.Autocomplete = first(a.Autocomplete, autocomplete[a.Name])
	switch {
	case a.Type == "hidden", a.Type == "checkbox":
		p.Kind = a.Type
	case a.Type == "submit", a.Type == "button":
		p.Kind = "button"
	case len(a.Options) > 0:
		p.Kind = "select"
		for _, option := range a.Options {
			p.Options = append(p.Options, option.Value.Text())
		}
	default:
		p.Kind = "field"
		p.fieldType()
	}
}

// fieldType keeps the kinds of inputs that take a line of text.
func (p *Part) fieldType() {
	switch p.Type {
	case "password":
		p.Value = ""
	case "text", "number", "email", "tel", "datetime-local", "date", "url":
	default:
		p.Type = "text"
	}
	if p.Name == "totp_code" || p.Name == "code" {
		p.InputMode = "numeric"
	}
}

// autocomplete is for servers that say nothing of it.
var autocomplete = map[string]string{
	"identifier": "username",
	"password":   "current-password",
	"totp_code":  "one-time-code",
	"code":       "one-time-code",
}

// call is what an inline script looks like that only calls one function.
var call = regexp.MustCompile(`^window\.([A-Za-z]+)\(\)$`)

// trigger returns the function to call, if it is one of those that form.js knows.
func trigger(name, inline string) string {
	if match := call.FindStringSubmatch(inline); name == "" && match != nil {
		name = match[1]
	}
	switch name {
	case "oryWebAuthnLogin", "oryPasskeyLogin", "oryPasskeyLoginAutocompleteInit":
		return name
	default:
		return ""
	}
}

func text(t *api.UIText) string {
	if t == nil {
		return ""
	}
	return t.Text
}

// first returns the first text that is not empty.
func first(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}
