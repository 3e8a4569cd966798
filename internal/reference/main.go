// Command reference writes docs/errors.md: each error id and message number that
// package orylogin knows, with what its comment says, and with the table of this
// command about releases and what to do.
package main

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strings"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "reference:", err)
		os.Exit(1)
	}
}

func run() error {
	ids, err := constants("errorid.go")
	if err != nil {
		return err
	}
	messages, err := constants("message.go")
	if err != nil {
		return err
	}
	text, err := document(ids, messages)
	if err != nil {
		return err
	}
	return os.WriteFile("docs/errors.md", []byte(text), 0o644) //nolint:gosec // everybody may read it
}

// constant is a constant of the package.
type constant struct {
	name, value, meaning string
}

// constants returns those of a file, in their order.
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
			if value, ok := spec.(*ast.ValueSpec); ok && value.Names[0].IsExported() {
				found = append(found, constant{value.Names[0].Name, literal(value), meaning(value)})
			}
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

// meaning is the comment of a constant, in a line and without its name.
func meaning(value *ast.ValueSpec) string {
	text := strings.Join(strings.Fields(cmp.Or(value.Doc.Text(), value.Comment.Text())), " ")
	text = strings.TrimPrefix(text, value.Names[0].Name+" says that ")
	return strings.ToUpper(text[:min(1, len(text))]) + text[min(1, len(text)):]
}

const head = `<!-- Written by internal/reference. Do not edit: run "make generate". -->

# Errors and messages

Servers name some errors by an id and tell everything about a form by numbered
messages. Both are targets for ` + "`errors.Is`" + `:

    errors.Is(err, orylogin.ErrInvalidCredentials)
    errors.Is(err, orylogin.ErrorID("an_id_without_a_constant"))

The ids and numbers have meant the same since v0.8. Releases are those of Kratos; "after
v26.2" stands for what its source has and no release yet. To ask again is to show the
message, at its field if it has one, with the form.

`

func document(ids, messages []constant) (string, error) {
	var text strings.Builder
	text.WriteString(head)
	text.WriteString("## Error ids\n\n| Id | Constant | Meaning | Since | What to do |\n|---|---|---|---|---|\n")
	used := 0
	for _, each := range ids {
		about, ok := advice[each.name]
		if !ok {
			return "", fmt.Errorf("%s has no line in internal/reference/advice.go", each.name)
		}
		used++
		row(&text, "`"+each.value+"`", "`"+each.name+"`", each.meaning, about.since, about.do)
	}
	text.WriteString("\n## Messages that refuse a form\n\n| Number | Constant | Meaning | Since | What to do |\n|---|---|---|---|---|\n")
	rest := slices.IndexFunc(messages, func(c constant) bool { return strings.HasPrefix(c.value, "1") })
	for _, each := range messages[:rest] {
		about := advice[each.name]
		if about != (line{}) {
			used++
		}
		row(&text, each.value, "`"+each.name+"`", each.meaning, cmp.Or(about.since, "v0.8"), cmp.Or(about.do, askAgain))
	}
	text.WriteString("\n## Other messages, and labels\n\n| Number | Constant | Meaning |\n|---|---|---|\n")
	for _, each := range messages[rest:] {
		row(&text, each.value, "`"+each.name+"`", each.meaning)
	}
	if used != len(advice) {
		return "", fmt.Errorf("internal/reference/advice.go has %d lines for constants that are gone", len(advice)-used)
	}
	return text.String(), nil
}

func row(text *strings.Builder, cells ...string) {
	fmt.Fprintf(text, "| %s |\n", strings.Join(cells, " | "))
}
