package tab

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

// Press fills in fields, and presses the button or the link that has the text what. An
// aria-label takes the place of the text. The keys of fields are labels, and the values are
// what the user types. A value checks a checkbox, and an empty value clears it. Any value
// selects a radio button. In a list, the value is the text of the option. Fields that are not
// named stay as they are. If several forms have such a button, Press takes the form that has
// the fields.
func (t *Tab) Press(what string, fields map[string]string) {
	t.tb.Helper()
	var found []*html.Node
	for _, node := range t.all(isPressed) {
		if name(node) == what && (len(fields) == 0 || t.has(node, fields)) {
			found = append(found, node)
		}
	}
	switch len(found) {
	case 0:
		t.tb.Fatalf("tab: there is no button or link %q with the fields %q in its form. %s", what, keys(fields), t.shown())
	case 1:
	default:
		t.tb.Fatalf("tab: there are %d buttons or links %q. %s", len(found), what, t.shown())
	}
	node := found[0]
	if node.Data == "a" {
		t.load(visit{method: http.MethodGet, target: t.resolve(attribute(node, "href")), from: t.URL})
		return
	}
	form := t.formOf(node)
	if form == nil || attribute(node, "type") == "button" || attribute(node, "type") == "reset" {
		t.tb.Fatalf("tab: the button %q does nothing without a script", what)
	}
	for label, value := range fields {
		t.fill(form, label, value)
	}
	t.submit(form, node)
}

// shown returns the page for the message of a failed test.
func (t *Tab) shown() string {
	return fmt.Sprintf("The page is %s, status %d:\n%s", t.URL.Path, t.Status, t.Text())
}

// isPressed reports whether a node is a button or a link that can be pressed.
func isPressed(node *html.Node) bool {
	switch node.Data {
	case "a":
		return hasAttribute(node, "href")
	case "button":
		return !hasAttribute(node, "disabled")
	case "input":
		kind := attribute(node, "type")
		return (kind == "submit" || kind == "image" || kind == "button") && !hasAttribute(node, "disabled")
	}
	return false
}

// name returns the text of a button or a link.
func name(node *html.Node) string {
	for _, key := range []string{"aria-label", "alt"} {
		if value := attribute(node, key); value != "" {
			return oneSpace(value)
		}
	}
	if node.Data == "input" {
		return oneSpace(attribute(node, "value"))
	}
	return oneSpace(textOf(node))
}

// has reports whether the form of a button has all the fields.
func (t *Tab) has(button *html.Node, fields map[string]string) bool {
	form := t.formOf(button)
	if form == nil {
		return false
	}
	for label := range fields {
		if t.field(form, label) == nil {
			return false
		}
	}
	return true
}

// formOf returns the form that a button or a field belongs to, or nil.
func (t *Tab) formOf(node *html.Node) *html.Node {
	if id := attribute(node, "form"); id != "" {
		return t.ids[id]
	}
	for ; node != nil; node = node.Parent {
		if node.Type == html.ElementNode && node.Data == "form" {
			return node
		}
	}
	return nil
}

// controls returns the fields of a form, including those elsewhere on the page.
func (t *Tab) controls(form *html.Node) []*html.Node {
	return t.all(func(node *html.Node) bool {
		isField := node.Data == "input" || node.Data == "select" || node.Data == "textarea" || node.Data == "button"
		return isField && t.formOf(node) == form
	})
}

// field returns the field of a form that a label is for, or nil.
func (t *Tab) field(form *html.Node, label string) *html.Node {
	for _, node := range t.controls(form) {
		if node.Data != "button" && attribute(node, "type") != "hidden" && !hasAttribute(node, "disabled") && t.label(node) == label {
			return node
		}
	}
	return nil
}

// label returns the label of a field.
func (t *Tab) label(field *html.Node) string {
	if label := attribute(field, "aria-label"); label != "" {
		return oneSpace(label)
	}
	for _, id := range strings.Fields(attribute(field, "aria-labelledby")) {
		if node := t.ids[id]; node != nil {
			return oneSpace(textOf(node))
		}
	}
	for node := field.Parent; node != nil; node = node.Parent {
		if node.Data == "label" {
			return oneSpace(textOf(node))
		}
	}
	if label := t.labels[attribute(field, "id")]; label != nil {
		return oneSpace(textOf(label))
	}
	return oneSpace(attribute(field, "placeholder"))
}

// fill changes a field as a user does.
func (t *Tab) fill(form *html.Node, label, value string) {
	t.tb.Helper()
	field := t.field(form, label)
	switch kind := attribute(field, "type"); {
	case hasAttribute(field, "readonly") || kind == "file":
		t.tb.Fatalf("tab: nothing can be typed into %q", label)
	case field.Data == "select":
		t.choose(field, label, value)
	case field.Data == "textarea":
		for child := field.FirstChild; child != nil; child = field.FirstChild {
			field.RemoveChild(child)
		}
		field.AppendChild(&html.Node{Type: html.TextNode, Data: value})
	case kind == "radio":
		for _, each := range t.controls(form) {
			if attribute(each, "type") == "radio" && attribute(each, "name") == attribute(field, "name") {
				setAttribute(each, "checked", "", each == field)
			}
		}
	case kind == "checkbox":
		setAttribute(field, "checked", "", value != "")
	default:
		setAttribute(field, "value", value, true)
	}
}

// choose selects the option with the text value.
func (t *Tab) choose(field *html.Node, label, value string) {
	t.tb.Helper()
	found := false
	for node := range field.Descendants() {
		if node.Data == "option" {
			is := oneSpace(textOf(node)) == value
			setAttribute(node, "selected", "", is)
			found = found || is
		}
	}
	if !found {
		t.tb.Fatalf("tab: %q has no option %q", label, value)
	}
}

// submit sends a form by the button that was pressed.
func (t *Tab) submit(form, button *html.Node) {
	t.tb.Helper()
	values := url.Values{}
	for _, node := range t.controls(form) {
		if key := attribute(node, "name"); key != "" && !hasAttribute(node, "disabled") {
			values[key] = append(values[key], sent(node, button)...)
		}
	}
	get := func(key string) string {
		if value := attribute(button, "form"+key); value != "" {
			return value
		}
		return attribute(form, key)
	}
	v := visit{method: http.MethodGet, target: t.resolve(get("action")), from: t.URL}
	if get("action") == "" {
		v.target = t.resolve(t.URL.String())
	}
	switch {
	case !strings.EqualFold(get("method"), http.MethodPost):
		v.target.RawQuery = values.Encode()
	case strings.EqualFold(get("enctype"), "multipart/form-data"):
		t.tb.Fatal("tab: it sends no files")
	default:
		v.method, v.form = http.MethodPost, values
	}
	t.load(v)
}

// sent returns the values that a field sends when a button is pressed.
func sent(field, button *html.Node) []string {
	switch kind := attribute(field, "type"); {
	case field.Data == "select":
		var values []string
		for _, option := range chosen(field) {
			values = append(values, valueOf(option))
		}
		return values
	case field.Data == "textarea":
		return []string{strings.ReplaceAll(textOf(field), "\n", "\r\n")}
	case field.Data == "button" || kind == "submit" || kind == "image" || kind == "button" || kind == "reset":
		if field != button {
			return nil
		}
	case kind == "checkbox" || kind == "radio":
		if !hasAttribute(field, "checked") {
			return nil
		}
		if !hasAttribute(field, "value") {
			return []string{"on"}
		}
	case kind == "file":
		return nil
	}
	return []string{attribute(field, "value")}
}

// valueOf returns what an option sends.
func valueOf(option *html.Node) string {
	if hasAttribute(option, "value") {
		return attribute(option, "value")
	}
	return oneSpace(textOf(option))
}
