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
	Secondary                        bool // it stands beside a more important button
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
	form       *Form
	identifier string // where the flow has none
	count      int
	hidden     []Part // part of each block
	shared     []Part // needed by all methods, such as the identifier
	captcha    []Part // also needed by all methods, and shown after shared
	sections   []*methodSection
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
	if part.Name == "identifier" {
		part.Value = first(part.Value, b.identifier)
		if part.Kind == "hidden" {
			b.form.HidesIdentifier, b.form.Identifier = true, part.Value
		}
	}
	if part.Kind == "hidden" { // its messages have no place of their own
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

// captchaGroup is the group of the nodes for a captcha of Ory Network. It has one answer for
// all methods.
const captchaGroup = "captcha"

// captchaID matches the ids that the script of a captcha may look for. All other ids belong to
// the page.
var captchaID = regexp.MustCompile(`^captcha_[a-z0-9_]+$`)

// blocks returns one HTML form for all methods if they share a field or a captcha. Otherwise it
// returns one for each. The return key presses the first button of a form. So methods with
// their own fields come first, and methods without any come last.
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

// order puts the button that submits a method before buttons with other effects, such as
// sending another code. The server does not always send them in the same order.
func order(parts []Part) {
	last := func(p Part) int {
		if p.Kind == "button" && !isMethod(p) {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(parts, func(x, y Part) int { return last(x) - last(y) })
}

// markSecondary gives the main colour to the first button that submits what was typed. All
// others are secondary. If such a button was seen before, all are secondary. It reports whether
// such a button was seen by now.
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

// addScript adds a script only if it comes from the server or, for a captcha, from the
// captcha's origin.
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

// newPart returns the part for a node. It reports false if the node is not shown.
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

// fieldType sets the type of an input. Only types for a line of text stay as they are.
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

// autocomplete has values for servers that send none.
var autocomplete = map[string]string{
	"identifier": "username",
	"password":   "current-password",
	"totp_code":  "one-time-code",
	"code":       "one-time-code",
}

// call matches an inline script that only calls one function.
var call = regexp.MustCompile(`^window\.([A-Za-z]+)\(\)$`)

// trigger returns the function to call if form.js has it.
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
