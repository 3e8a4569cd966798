package main

import (
	"fmt"
	"slices"
	"strings"
)

const errorHead = `package orylogin

import (
	"encoding/json"
	"fmt"
)
`

const errorText = `
// Format prints the error's text.
func (e %[1]s) Format(s fmt.State, verb rune) { formatText(s, verb, e.Error()) }

// MarshalJSON returns the error's text.
func (e %[1]s) MarshalJSON() ([]byte, error) { return json.Marshal(e.Error()) }
`

const errorUnwrap = `
// Unwrap returns the APIError.
func (e *%s) Unwrap() error { return &e.APIError }
`

const errorOutcome = `
func (*%[1]sError) outcome() Outcome { return Outcome%[1]s }
`

// errorFile returns the functions of the structs whose pointers are errors. An error of an
// answer gets the outcome of the same name, unless its outcome is written by hand.
func errorFile(root source) string {
	var text strings.Builder
	text.WriteString(errorHead)
	for _, each := range root.structs {
		if !root.has("Error", "*"+each.name) {
			continue
		}
		fmt.Fprintf(&text, errorText, each.name)
		if slices.Contains(each.fields, field{"APIError", "APIError"}) {
			fmt.Fprintf(&text, errorUnwrap, each.name)
			if !root.has("outcome", "*"+each.name) {
				fmt.Fprintf(&text, errorOutcome, strings.TrimSuffix(each.name, "Error"))
			}
		}
	}
	return text.String()
}
