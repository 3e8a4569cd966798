package orylogintest

import (
	"maps"
	"slices"
)

// nodes are the fields and buttons of a flow's form. They are null if there are none.
func (c *call) nodes(f *flow) []object {
	form := &form{flow: f}
	token := ""
	if f.browser {
		token = c.csrfToken()
	}
	sent := f.state != stateChoose
	if c.twoSteps && f.aal == "aal1" && !f.named && !sent && !f.refresh && f.link == nil {
		form.add("identifier_first", "identifier", "text", f.identifier, 1070004, "ID")
		form.add("identifier_first", "method", "submit", "identifier_first", 1070009, "Continue")
	}
	if f.aal == "aal1" && !sent {
		form.addProviders(c, f)
	}
	form.hidden("default", "csrf_token", token)
	switch {
	case sent:
		form.addCode(f)
	case f.aal == "aal2":
		form.addFactors(c, f)
	default:
		form.addFirst(c, f)
	}
	if f.hidden && !sent {
		form.hideIdentifier()
	}
	if len(form.nodes) == 1 && f.aal == "aal2" {
		return nil
	}
	form.addUnknown()
	return form.nodes
}

// form collects the nodes of a flow.
type form struct {
	flow  *flow
	nodes []object
}

func (f *form) hidden(group, name, value string) {
	f.add(group, name, "hidden", value, 0, "")
}

// add adds an input. The input has a label if labelID is not zero.
func (f *form) add(group, name, kind, value string, labelID int64, label string) {
	attributes := object{"name": name, "type": kind, "disabled": false, "node_type": "input"}
	if value != "" || kind == "hidden" || name == "identifier" || name == "password_identifier" {
		attributes["value"] = value
	}
	if kind == "text" || kind == "password" || name == "csrf_token" {
		attributes["required"] = true
	}
	meta := object{}
	if labelID != 0 {
		meta["label"] = object{"id": labelID, "text": label, "type": "info"}
	}
	messages := f.flow.fields[name]
	if messages == nil || kind == "submit" {
		messages = []object{}
	}
	f.nodes = append(f.nodes, object{
		"type": "input", "group": group, "attributes": attributes, "messages": messages, "meta": meta,
	})
}

// hideIdentifier puts a hidden identifier in the place of the field for it.
func (f *form) hideIdentifier() {
	f.nodes = slices.DeleteFunc(f.nodes, func(node object) bool { return nameOf(node) == "identifier" })
	f.hidden("default", "identifier", f.flow.identifier)
}

// addUnknown adds fields that the form lacks and that messages of a web hook are about.
func (f *form) addUnknown() {
	for _, name := range slices.Sorted(maps.Keys(f.flow.fields)) {
		if !slices.ContainsFunc(f.nodes, func(node object) bool { return nameOf(node) == name }) {
			f.add("default", name, "text", "", 0, "")
		}
	}
}

func nameOf(node object) any {
	attributes, _ := node["attributes"].(object)
	return attributes["name"]
}

// knownTo returns the person who logs in. It is nil if the flow does not know the person.
func (c *call) knownTo(f *flow) *person {
	if f.named {
		return c.find(f.identifier)
	}
	return f.owner
}

// addFirst adds the nodes for a first factor.
func (f *form) addFirst(c *call, flow *flow) {
	known := c.knownTo(flow)
	hasPassword := known == nil || known.Password != ""
	switch {
	case flow.link != nil:
		f.hidden("default", c.identifier, flow.identifier)
	case c.twoSteps && flow.named:
		f.hidden("identifier_first", "identifier", flow.identifier)
	case c.twoSteps && !flow.refresh:
		return
	case flow.refresh && !hasPassword && !c.passwordless:
		return
	case flow.refresh && flow.owner != nil && !c.passwordless:
		f.hidden("default", c.identifier, flow.identifier)
	default:
		f.add("default", c.identifier, "text", flow.identifier, 1070004, "ID")
	}
	if c.passwordless {
		f.add("code", "method", "submit", "code", 1010015, "Send sign in code")
	}
	if !hasPassword {
		return
	}
	f.add("password", "password", "password", "", 1070001, "Password")
	if flow.refresh || !c.state {
		f.add("password", "method", "submit", "password", 1010001, "Sign in")
	} else {
		f.add("password", "method", "submit", "password", 1010022, "Sign in with password")
	}
}

// addProviders adds a button for each provider, except the one that the login links. If the user is
// known, it adds only the user's own providers.
func (f *form) addProviders(c *call, flow *flow) {
	known := c.knownTo(flow)
	for _, id := range c.providers {
		switch {
		case known != nil && !slices.Contains(known.Providers, id):
		case flow.link == nil:
			f.add("oidc", "provider", "submit", id, 1010002, "Sign in with "+id)
		case flow.link.provider != id:
			f.add("oidc", "provider", "submit", id, 1010018, "Confirm with "+id)
		}
	}
}

// addFactors adds nodes for the second factors of the flow's owner.
func (f *form) addFactors(c *call, flow *flow) {
	if c.codeAsFactor {
		for _, address := range flow.addresses {
			f.add("code", "address", "submit", address, 1010023, "Send code to "+address)
		}
	}
	if flow.owner.TOTPSecret != "" {
		f.add("totp", "totp_code", "text", "", 1010006, "Authentication code")
		f.add("totp", "method", "submit", "totp", 1010009, "Use Authenticator")
	}
	if len(flow.owner.LookupSecrets) > 0 {
		f.add("lookup_secret", "lookup_secret", "text", "", 1010007, "Backup recovery code")
		f.add("lookup_secret", "method", "submit", "lookup_secret", 1010010, "Use backup recovery code")
	}
}

// addCode adds the nodes for a code that was mailed. After a wrong code, Kratos has the button that
// sends another code first.
func (f *form) addCode(flow *flow) {
	input := func() { f.add("code", "code", "text", "", 1070013, "Login code") }
	resend := func() { f.add("code", "resend", "submit", "code", 1070008, "Resend code") }
	method := func() { f.hidden("code", "method", "code") }
	submit := func() { f.add("code", "method", "submit", "code", 1070009, "Continue") }
	order := []func(){method, input, submit, resend}
	if slices.ContainsFunc(flow.messages, func(m object) bool { return m["type"] == "error" }) {
		order = []func(){input, resend, method, submit}
	}
	f.hidden("default", "identifier", flow.identifier)
	for _, add := range order {
		add()
	}
}
