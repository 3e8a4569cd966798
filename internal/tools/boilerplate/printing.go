package main

import (
	"fmt"
	"slices"
	"strings"
)

const printingHead = `package orylogin

import (
	"encoding/json"
	"fmt"
	"log/slog"
)
`

const printingFormat = `
// Format prints, whatever the verb, %[3]s
func (%[1]s %[2]s) Format(state fmt.State, verb rune) { formatText(state, verb, %[1]s.shown()) }
`

const printingMarshal = `
// MarshalJSON returns what Format prints.%[3]s
func (%[1]s %[2]s) MarshalJSON() ([]byte, error) { return json.Marshal(%[1]s.shown()) }
`

const printingLog = `
// LogValue shows %[3]s
func (%[1]s %[2]s) LogValue() slog.Value { return %[4]s }
`

const printingLogOfPointer = `
// LogValue shows %[3]s
func (%[1]s *%[2]s) LogValue() slog.Value {
	if %[1]s == nil {
		return slog.StringValue(%[5]q)
	}
	return %[4]s
}
`

// printingFile returns the functions with which types with a method shown print and log. Their
// comments take the words from the comment of shown. A type that also has attributes logs
// these, and marshals as it prints.
func printingFile(root source) string {
	var text strings.Builder
	text.WriteString(printingHead)
	for _, shown := range root.functions["shown"] {
		name, isPointer := strings.CutPrefix(shown.receiver, "*")
		what := strings.ReplaceAll(strings.TrimSpace(strings.TrimPrefix(shown.doc, "shown is ")), "\n", "\n// ")
		fmt.Fprintf(&text, printingFormat, shown.variable, name, what)
		logged := "slog.StringValue(" + shown.variable + ".shown())"
		if root.has("attributes", shown.receiver) {
			logged = "slog.GroupValue(" + shown.variable + ".attributes()...)"
			document := ""
			if root.has("Document", shown.receiver) {
				document = " [" + name + ".Document] is what the server sent."
			}
			fmt.Fprintf(&text, printingMarshal, shown.variable, name, document)
		}
		log := printingLog
		if isPointer {
			log = printingLogOfPointer
		}
		fmt.Fprintf(&text, log, shown.variable, name, what, logged, "no "+strings.ToLower(name))
	}
	return text.String()
}

// has reports whether a type has a method.
func (s *source) has(method, receiver string) bool {
	return slices.ContainsFunc(s.functions[method], func(f function) bool { return f.receiver == receiver })
}
