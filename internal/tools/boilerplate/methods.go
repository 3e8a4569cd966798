package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// renamed are the fields of methods with another name in package api.
var renamed = map[string]string{
	"TOTP.Code":           "TOTPCode",
	"LookupSecret.Secret": "LookupSecret",
	"WebAuthn.Response":   "WebAuthnLogin",
	"Passkey.Response":    "PasskeyLogin",
}

// doubled are the fields of methods that are also sent under another name. Servers of v0.8 know
// only password_identifier. Later servers accept either name.
var doubled = map[string]string{"Password.Identifier": "PasswordIdentifier"}

const methodHead = `package orylogin

import (
	"fmt"
	"log/slog"

	"github.com/orylogin/orylogin/api"
)
`

const methodText = `
// Format prints the name of the method.
func (m %[1]s) Format(s fmt.State, verb rune) { m.body().Format(s, verb) }

// LogValue shows the name of the method.
func (m %[1]s) LogValue() slog.Value { return m.body().LogValue() }
`

// methodFile returns the functions of the methods. A method is a struct that has a method body,
// or whose name is that of a body in package api.
func methodFile(root source) (string, error) {
	generated, err := parse("api/api.gen.go")
	if err != nil {
		return "", err
	}
	wireNames, err := wireNames()
	if err != nil {
		return "", err
	}
	var text strings.Builder
	text.WriteString(methodHead)
	var wrong []error
	for _, method := range root.structs {
		if !root.has("body", method.name) {
			body, ok := generated.find("SubmitSelfServiceLoginFlowWith" + method.name + "MethodBody")
			if !ok {
				continue // this type is no method
			}
			written, err := bodyText(method, body, wireNames[strings.ToLower(body.name)])
			text.WriteString(written)
			wrong = append(wrong, err)
		}
		fmt.Fprintf(&text, methodText, method.name)
	}
	return text.String(), errors.Join(wrong...)
}

// bodyText returns the function that copies each field of a method to its body.
func bodyText(method, body structure, wireName string) (string, error) {
	var text strings.Builder
	fmt.Fprintf(&text, "\nfunc (m %s) body() api.LoginBody {\n\treturn api.%s{\n\t\tMethod: %q,\n", method.name, body.name, wireName)
	var wrong []error
	for _, each := range method.fields {
		value := "m." + each.name
		if each.typeName == "Secret" {
			value += ".Reveal()"
		}
		qualified := method.name + "." + each.name
		for _, name := range []string{cmp.Or(renamed[qualified], each.name), doubled[qualified]} {
			if name == "" {
				continue
			}
			if !slices.ContainsFunc(body.fields, func(f field) bool { return f.name == name }) {
				wrong = append(wrong, fmt.Errorf("api.%s has no field %s: name the one that %s goes to in renamed, in "+
					"internal/tools/boilerplate/methods.go, or write the function body of %s by hand", body.name, name, qualified, method.name))
			}
			fmt.Fprintf(&text, "\t\t%s: %s,\n", name, value)
		}
	}
	text.WriteString("\t}\n}\n")
	return text.String(), errors.Join(wrong...)
}

// wireNames returns the values of the member method by the schema of the body. The schema's
// name is the name of the body's type, except for the case of letters.
func wireNames() (map[string]string, error) {
	text, err := os.ReadFile("openapi.yaml")
	if err != nil {
		return nil, err
	}
	var document struct {
		Components struct {
			Schemas map[string]struct {
				Discriminator struct {
					Mapping map[string]string `yaml:"mapping"`
				} `yaml:"discriminator"`
			} `yaml:"schemas"`
		} `yaml:"components"`
	}
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, fmt.Errorf("openapi.yaml: %w", err)
	}
	names := map[string]string{}
	for name, schema := range document.Components.Schemas["submitSelfServiceLoginFlowBody"].Discriminator.Mapping {
		names[strings.ToLower(path.Base(schema))] = name
	}
	return names, nil
}
