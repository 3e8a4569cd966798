package orylogin

import "github.com/orylogin/orylogin/api"

// Methods returns the names of the methods that the form offers: "password", "code", "totp"
// and so on. The member method of a submission has one of these names. The names are in the
// form's order and without repetition. A flow with [AAL2] offers nothing to an account without
// a second factor.
func (f *Flow) Methods() []string {
	if f == nil || f.UI == nil {
		return nil
	}
	begun := f.begunMethod()
	var methods []string
	named := map[string]bool{"": true}
	for i := range f.UI.Nodes {
		if method := offeredBy(&f.UI.Nodes[i], begun); !named[method] {
			named[method] = true
			methods = append(methods, method)
		}
	}
	return methods
}

// begunMethod returns the method that has begun and whose second step the form asks for. The
// form names the method in its hidden field method.
func (f *Flow) begunMethod() string {
	for i := range f.UI.Nodes {
		field := &f.UI.Nodes[i].Attributes
		if field.Name == "method" && field.Type == "hidden" {
			return field.Value.Text()
		}
	}
	return ""
}

// offeredBy returns the method that a node of a form offers. The node is a button that submits
// the method, or the field for the code of the method that has begun.
func offeredBy(node *api.UINode, begun string) string {
	field := &node.Attributes
	switch name, submits := field.Name, field.Type == "submit"; {
	case name == "method" && submits:
		return field.Value.Text()
	case (name == "provider" || name == "address") && submits:
		return node.Group
	case name == "passkey_login_trigger" || name == "webauthn_login_trigger":
		return node.Group
	case name == "code" && field.Type != "hidden":
		return begun
	default:
		return ""
	}
}

// Choices returns the values that the form offers for a field, as text and in the form's
// order. For "provider" they are the ids of the providers. For "address" they are the
// addresses that can receive the code of a second factor. Once a code was sent, the first
// value for "identifier" is the Identifier of the next [Code].
func (f *Flow) Choices(field string) []string {
	if f == nil || f.UI == nil {
		return nil
	}
	var choices []string
	for i := range f.UI.Nodes {
		attributes := &f.UI.Nodes[i].Attributes
		if value := attributes.Value.Text(); attributes.Name == field && value != "" {
			choices = append(choices, value)
		}
	}
	return choices
}

// CodeSent reports whether the server has sent a code, which the next submission needs.
// Servers of v26 send a code when a flow for a second factor is created, if there is exactly
// one address for it and the user has no other second factor.
func (f *Flow) CodeSent() bool { return f != nil && f.State == "sent_email" }

// csrfToken returns the CSRF token in the form of a browser's flow.
func (f *Flow) csrfToken() string {
	if tokens := f.Choices("csrf_token"); len(tokens) > 0 {
		return tokens[0]
	}
	return ""
}
