package tab

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// Text returns what the page shows, line by line: its title, its text, and in brackets what
// is in its fields and on its buttons. Passwords are dots. A page that is not HTML is
// returned as it is. If there was no answer, the text says so.
func (t *Tab) Text() string {
	if t.page == nil {
		return t.Body
	}
	var text strings.Builder
	write(&text, t.page)
	var lines []string
	for line := range strings.Lines(text.String()) {
		if line = oneSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// inline are the elements that do not begin a new line.
var inline = []string{
	"a", "abbr", "b", "bdi", "bdo", "button", "cite", "code", "data", "dfn", "em", "font", "i", "img", "input", "kbd", "label",
	"mark", "q", "s", "samp", "select", "small", "span", "strong", "sub", "sup", "textarea", "time", "u", "var",
}

// unseen are the elements that show nothing.
var unseen = []string{"script", "style", "template", "datalist", "svg", "math", "iframe", "object"}

// write writes what the user sees of a node.
func write(text *strings.Builder, node *html.Node) {
	switch {
	case node.Type == html.TextNode:
		text.WriteString(strings.Map(spaces, node.Data))
		return
	case node.Type == html.ElementNode && (slices.Contains(unseen, node.Data) || hasAttribute(node, "hidden")):
		return
	case node.Type == html.ElementNode && writeControl(text, node):
		return
	}
	isBlock := node.Type == html.ElementNode && !slices.Contains(inline, node.Data)
	if isBlock {
		text.WriteString("\n")
	}
	for child := range node.ChildNodes() {
		write(text, child)
	}
	if isBlock {
		text.WriteString("\n")
	}
}

// writeControl writes a field or a button. An image is written by its text.
func writeControl(text *strings.Builder, node *html.Node) bool {
	shown := ""
	switch kind := attribute(node, "type"); {
	case node.Data == "img":
		text.WriteString(attribute(node, "alt"))
		return true
	case node.Data == "button":
		shown = name(node)
	case node.Data == "select":
		var texts []string
		for _, option := range chosen(node) {
			texts = append(texts, textOf(option))
		}
		shown = strings.Join(texts, ", ")
	case node.Data == "textarea":
		shown = textOf(node)
	case node.Data != "input":
		return false
	case kind == "hidden":
		return true
	case kind == "checkbox" || kind == "radio":
		if hasAttribute(node, "checked") {
			shown = "x"
		}
	case kind == "password":
		shown = strings.Repeat("•", len([]rune(attribute(node, "value"))))
	default:
		shown = attribute(node, "value")
	}
	text.WriteString(" [" + oneSpace(shown) + "] ")
	return true
}

// chosen returns the selected options. If none is selected and one has to be, it returns the
// first.
func chosen(field *html.Node) []*html.Node {
	var first, selected []*html.Node
	for node := range field.Descendants() {
		switch {
		case node.Data != "option" || hasAttribute(node, "disabled"):
		case hasAttribute(node, "selected"):
			selected = append(selected, node)
		case first == nil:
			first = []*html.Node{node}
		}
	}
	if selected == nil && !hasAttribute(field, "multiple") {
		return first
	}
	return selected
}

// textOf returns the text within a node, without the texts of fields.
func textOf(node *html.Node) string {
	var text strings.Builder
	for child := range node.ChildNodes() {
		switch {
		case child.Type == html.TextNode:
			text.WriteString(child.Data)
		case child.Data == "img":
			text.WriteString(attribute(child, "alt"))
		case child.Data != "select" && child.Data != "textarea" && !slices.Contains(unseen, child.Data):
			text.WriteString(textOf(child))
		}
	}
	return text.String()
}

// oneSpace returns a text as browsers show it, with one space in place of several.
func oneSpace(text string) string { return strings.Join(strings.Fields(text), " ") }

func spaces(r rune) rune {
	if r == '\n' || r == '\r' || r == '\t' {
		return ' '
	}
	return r
}

// all returns the wanted elements of the page, in their order.
func (t *Tab) all(wanted func(*html.Node) bool) []*html.Node {
	var found []*html.Node
	if t.page == nil {
		return nil
	}
	for node := range t.page.Descendants() {
		if node.Type == html.ElementNode && wanted(node) {
			found = append(found, node)
		}
	}
	return found
}

// index keeps the elements that are found by an id. If several have the same id, the first
// counts.
func (t *Tab) index() {
	t.ids, t.labels = map[string]*html.Node{}, map[string]*html.Node{}
	keep := func(in map[string]*html.Node, id string, node *html.Node) {
		if _, known := in[id]; id != "" && !known {
			in[id] = node
		}
	}
	for _, node := range t.all(func(*html.Node) bool { return true }) {
		keep(t.ids, attribute(node, "id"), node)
		if node.Data == "label" {
			keep(t.labels, attribute(node, "for"), node)
		}
	}
}

// base returns the URL against which addresses on the page are resolved.
func (t *Tab) base() *url.URL {
	base := t.URL
	if base == nil {
		base = &url.URL{}
	}
	for _, node := range t.all(func(node *html.Node) bool { return node.Data == "base" && hasAttribute(node, "href") }) {
		if changed, err := base.Parse(attribute(node, "href")); err == nil {
			return changed
		}
	}
	return base
}

func attribute(node *html.Node, key string) string {
	for _, each := range node.Attr {
		if each.Namespace == "" && each.Key == key {
			return each.Val
		}
	}
	return ""
}

func hasAttribute(node *html.Node, key string) bool {
	return slices.ContainsFunc(node.Attr, func(each html.Attribute) bool { return each.Namespace == "" && each.Key == key })
}

// setAttribute sets or removes an attribute of a node.
func setAttribute(node *html.Node, key, value string, is bool) {
	node.Attr = slices.DeleteFunc(node.Attr, func(each html.Attribute) bool { return each.Key == key })
	if is {
		node.Attr = append(node.Attr, html.Attribute{Key: key, Val: value})
	}
}

func keys(fields map[string]string) []string { return slices.Sorted(maps.Keys(fields)) }
