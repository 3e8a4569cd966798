package main

import (
	"slices"
	"strings"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/api"
)

// form is a login flow as a person fills it in.
type form struct{ *orylogin.Flow }

// button is one way to submit a form.
type button struct {
	method string // the method that it submits
	name   string // the name and the value that it submits
	value  string
	label  string
}

// inTerminal are the methods that work without a browser of the server's own.
var inTerminal = []string{"identifier_first", "password", "code", "totp", "lookup_secret", "oidc"}

// buttons returns the ways to go on, but for the one that asks for another code.
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

// is reports whether the button is what the user calls by the name: a method, or
// a provider.
func (b button) is(name string) bool { return name == b.method || name == b.value }

// identifier returns the field of the form that names the account. Servers of v0.8
// call it otherwise.
func (f form) identifier() (api.UINode, bool) {
	if node, ok := f.field("identifier"); ok {
		return node, true
	}
	return f.field("password_identifier")
}

// field returns the field of a name.
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

// label returns what the form calls a field or a button.
func label(node api.UINode) string {
	if node.Meta.Label != nil && node.Meta.Label.Text != "" {
		return node.Meta.Label.Text
	}
	return strings.ReplaceAll(node.Attributes.Name, "_", " ")
}
