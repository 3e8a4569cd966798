// Command reference reads the comments of the error ids and message ids in package orylogin. It
// writes three files. docs/errors.md has the comments with advice from the table of this
// command. error_id.gen.go has the known ids. message_text.gen.go has the comments of the
// messages for the texts of errors.
package main

import (
	"cmp"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "reference:", err)
		os.Exit(1)
	}
}

// run works in the root of the repository. The command itself runs in its module.
func run() error {
	if err := os.Chdir("../.."); err != nil {
		return err
	}
	ids, err := constants("error_id.go")
	if err != nil {
		return err
	}
	messages, err := constants("message.go")
	if err != nil {
		return err
	}
	labels, err := constants("api/label.go")
	if err != nil {
		return err
	}
	// The ids of messages that refuse nothing begin with 1.
	refusals := slices.DeleteFunc(slices.Clone(messages), isOther)
	others := slices.DeleteFunc(slices.Clone(messages), func(c constant) bool { return !isOther(c) })
	text, err := document(ids, refusals, others, labels)
	if err != nil {
		return err
	}
	return errors.Join(
		write("docs/errors.md", text), write("error_id.gen.go", known(ids)), write("message_text.gen.go", meanings(messages)))
}

func isOther(message constant) bool { return strings.HasPrefix(message.value, "1") }

func write(file, text string) error {
	return os.WriteFile(file, []byte(text), 0o644) //nolint:gosec // everybody may read the file
}

// constant is a constant of the package. Its comment ends with the release since which servers
// send it.
type constant struct {
	name, value, comment, since string
}

// constants returns the constants of a file, in their order.
func constants(file string) ([]constant, error) {
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	var found []constant
	for _, declaration := range parsed.Decls {
		group, ok := declaration.(*ast.GenDecl)
		if !ok || group.Tok != token.CONST {
			continue
		}
		for _, spec := range group.Specs {
			value, ok := spec.(*ast.ValueSpec)
			if !ok || !value.Names[0].IsExported() {
				continue
			}
			text, since := cutSince(comment(value))
			each := constant{value.Names[0].Name, literal(value), text, since}
			if each.comment == "" {
				return nil, fmt.Errorf("%s: %s has no comment; write what it means. Of a message, the words before a semicolon "+
					"are the text of the error", file, each.name)
			}
			found = append(found, each)
		}
	}
	return found, nil
}

func literal(value *ast.ValueSpec) string {
	if basic, ok := value.Values[0].(*ast.BasicLit); ok {
		return strings.Trim(basic.Value, `"`)
	}
	return ""
}

// comment returns the comment of a constant in one line, without the constant's name.
func comment(value *ast.ValueSpec) string {
	text := strings.Join(strings.Fields(cmp.Or(value.Doc.Text(), value.Comment.Text())), " ")
	return strings.TrimPrefix(text, value.Names[0].Name+" says that ")
}

// sinceWhen matches the end of a comment that names the release.
var sinceWhen = regexp.MustCompile(`[;,.] ((?:[Ss]ince v\d+(?:\.\d+)?|[Aa]fter v\d+\.\d+)(?: as an id)?)\.?$`)

// cutSince cuts the release off the end of a comment. It returns both parts.
func cutSince(comment string) (string, string) {
	at := sinceWhen.FindStringSubmatchIndex(comment)
	if at == nil {
		return comment, ""
	}
	since := comment[at[2]:at[3]]
	since = strings.TrimPrefix(strings.ToLower(since[:1])+since[1:], "since ")
	return strings.TrimRight(comment[:at[0]+1], ";,"), since
}

// sentence returns a text that begins with a capital letter.
func sentence(text string) string {
	return strings.ToUpper(text[:min(1, len(text))]) + text[min(1, len(text)):]
}

const head = `<!-- Written by internal/tools/reference. Do not edit: run "make generate". -->

# Errors and messages

Servers name some errors by an id. Each message of a form has a number. Ids and numbers are
targets for ` + "`errors.Is`" + `:

    errors.Is(err, orylogin.ErrInvalidCredentials)
    errors.Is(err, orylogin.ErrorID("an_id_without_a_constant"))

An id or a number means the same in each release since v0.8, unless its line says more. "Since"
names a release of Kratos; "after v26.2" means that its source has it, and no release yet. "Ask
again" means: show the form again, with the message, at its field if it has one. "Matches, too"
means that ` + "`errors.Is`" + ` finds the constant in that answer as well. "Ory Network" marks a
feature of Ory Network.

`

func document(ids, refusals, others, labels []constant) (string, error) {
	if err := fits(ids, refusals); err != nil {
		return "", err
	}
	var text strings.Builder
	text.WriteString(head)
	text.WriteString("## Error ids\n\n| Id | Constant | Meaning | Since | What to do |\n|---|---|---|---|---|\n")
	for _, each := range ids {
		row(&text, "`"+each.value+"`", "`"+each.name+"`", sentence(each.comment), each.since, cmp.Or(advice[each.name], askAgain))
	}
	text.WriteString("\n## Messages that refuse a form\n\n| Number | Constant | Meaning | Since | What to do |\n|---|---|---|---|---|\n")
	for _, each := range refusals {
		row(&text, each.value, "`"+each.name+"`", sentence(each.comment), each.since, cmp.Or(advice[each.name], askAgain))
	}
	text.WriteString("\n## Other messages, and labels\n\n| Number | Constant | Meaning |\n|---|---|---|\n")
	for _, each := range others {
		meaning := sentence(each.comment)
		if each.since != "" {
			meaning += "; " + each.since
		}
		row(&text, each.value, "`"+each.name+"`", meaning)
	}
	for _, each := range labels {
		row(&text, each.value, "`api."+each.name+"`", sentence(each.comment))
	}
	return text.String(), nil
}

// fits returns an error for constants whose comments name no release, for error ids without a
// line in advice.go, and for lines without a constant.
func fits(ids, refusals []constant) error {
	gone := maps.Clone(advice)
	var wrong []error
	for _, each := range slices.Concat(ids, refusals) {
		if each.since == "" {
			wrong = append(wrong, fmt.Errorf(`%s (%s): end its comment with the first release that sends it, such as "; since v27.0"`,
				each.name, each.value))
		}
		delete(gone, each.name)
	}
	for _, each := range ids {
		if advice[each.name] == "" {
			wrong = append(wrong, fmt.Errorf("internal/tools/reference/advice.go has no line for %[1]s: write %[1]q: and what to do then", each.name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(gone)) {
		wrong = append(wrong, fmt.Errorf("internal/tools/reference/advice.go has a line for %s, which is not an error id of error_id.go, "+
			"nor a message of message.go that refuses a form: remove the line", name))
	}
	return errors.Join(wrong...)
}

// known returns the source of a method that knows all ids.
func known(ids []constant) string {
	names := make([]string, len(ids))
	for i, each := range ids {
		names[i] = each.name
	}
	return `// Code generated by internal/tools/reference from error_id.go; DO NOT EDIT.

package orylogin

// known reports whether the id is one of the constants, and so may be printed.
func (id ErrorID) known() bool {
	switch id {
	case ` + strings.Join(names, ",\n\t\t") + `:
		return true
	default:
		return false
	}
}
`
}

// meanings returns the source of a method with the comments of all messages. It leaves out the
// part behind a semicolon, which is for programmers.
func meanings(messages []constant) string {
	var text strings.Builder
	text.WriteString(`// Code generated by internal/tools/reference from message.go; DO NOT EDIT.

package orylogin

// meaning says what the message means, empty for one that has no constant.
func (id MessageID) meaning() string {
	switch id {
`)
	for _, each := range messages {
		meaning, _, _ := strings.Cut(each.comment, ";")
		fmt.Fprintf(&text, "\tcase %s:\n\t\treturn %q\n", each.name, meaning)
	}
	text.WriteString("\tdefault:\n\t\treturn \"\"\n\t}\n}\n")
	return text.String()
}

func row(text *strings.Builder, cells ...string) {
	fmt.Fprintf(text, "| %s |\n", strings.Join(cells, " | "))
}
