package main

import (
	"slices"
	"strings"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/api"
)

// form is a login flow in the form in which a person fills it in.
type form struct{ *orylogin.Flow }

// button is one way to submit a form.
type button struct {
	method string // the method that the button submits
	name   string // the name and the value that the button submits
	value  string
	label  string
}

// inTerminal are the methods that a terminal can submit. A provider uses the user's own
// browser.
var inTerminal = []string{"identifier_first", "password", "code", "totp", "lookup_secret", "oidc"}

// buttons returns the buttons of the form, except the one that asks for another code.
func (f form) buttons() []button {
	var buttons []button
	for _, node := range f.inputs() {
		isButton := node.Attributes.Type == "submit" && node.Attributes.Name != "resend"
		if isButton && slices.Contains(inTerminal, node.Group) {
			buttons = append(buttons, button{
				method: node.Group,
				name:   node.Attributes.Name,
				value:  node.Attributes.Value.Text(),
				label:  label(node),
			})
		}
	}
	return buttons
}

// is reports whether the button has the name that the user has given: the name of a method or
// of a provider.
func (b button) is(name string) bool { return name == b.method || name == b.value }

// identifier returns the field for the identifier of the account. On v0.8 it has another name.
func (f form) identifier() (api.UINode, bool) {
	if node, ok := f.field("identifier"); ok {
		return node, true
	}
	return f.field("password_identifier")
}

// field returns the field with a name.
func (f form) field(name string) (api.UINode, bool) {
	nodes := f.inputs()
	i := slices.IndexFunc(nodes, func(node api.UINode) bool { return node.Attributes.Name == name })
	if i < 0 {
		return api.UINode{}, false
	}
	return nodes[i], true
}

func (f form) inputs() []api.UINode {
	if f.UI == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(f.UI.Nodes), func(node api.UINode) bool { return node.Type != "input" })
}

// label returns the label of a field or a button.
func label(node api.UINode) string {
	if node.Meta.Label != nil && node.Meta.Label.Text != "" {
		return node.Meta.Label.Text
	}
	return strings.ReplaceAll(node.Attributes.Name, "_", " ")
}
