package orylogin_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
)

// described is a method of openapi.yaml.
type described struct {
	name string // the value of the member method
	body string // the Go type of its body in package api
}

// describedMethods returns the methods of openapi.yaml. It requires that each body is in
// both lists of submitSelfServiceLoginFlowBody, and generated.
func describedMethods(t *testing.T) []described {
	t.Helper()
	spec, generated := source(t, "openapi.yaml"), source(t, "api/api.gen.go")
	var methods []described
	for _, schema := range submatches(`(?m)^    (submitSelfServiceLoginFlowWith\w+MethodBody):$`, spec) {
		if !strings.Contains(spec, `- $ref: "#/components/schemas/`+schema+`"`) {
			t.Errorf("openapi.yaml has the schema %s: name it in oneOf of submitSelfServiceLoginFlowBody, too", schema)
		}
		names := submatches(`(?m)^ +(\w+): "#/components/schemas/`+schema+`"$`, spec)
		if len(names) != 1 {
			t.Errorf("openapi.yaml has the schema %s: name it once in discriminator.mapping of submitSelfServiceLoginFlowBody, too", schema)
			continue
		}
		bodies := submatches(`(?mi)^type (`+schema+`) struct`, generated)
		if len(bodies) != 1 {
			t.Errorf(`openapi.yaml has the method %s; api/api.gen.go has no type for it: run "make generate"`, names[0])
			continue
		}
		methods = append(methods, described{names[0], bodies[0]})
	}
	require.GreaterOrEqual(t, len(methods), 10)
	return methods
}

// submatches returns what the first group of an expression matches in a text.
func submatches(expression, text string) []string {
	var found []string
	for _, match := range regexp.MustCompile(expression).FindAllStringSubmatch(text, -1) {
		found = append(found, match[1])
	}
	return found
}

func source(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	return string(text)
}

// senders returns the types of method.go, by the type of the body that they send.
func senders(t *testing.T) map[string]string {
	t.Helper()
	file, err := parser.ParseFile(gotoken.NewFileSet(), "method.go", nil, 0)
	require.NoError(t, err)
	senders := map[string]string{}
	for _, declaration := range file.Decls {
		function, ok := declaration.(*ast.FuncDecl)
		if !ok || function.Name.Name != "body" || function.Recv == nil {
			continue
		}
		receiver, ok := function.Recv.List[0].Type.(*ast.Ident)
		require.True(t, ok, "in method.go, the receivers of body are no pointers")
		ast.Inspect(function.Body, func(node ast.Node) bool {
			if selector, ok := node.(*ast.SelectorExpr); ok && strings.HasSuffix(selector.Sel.Name, "Body") {
				senders[selector.Sel.Name] = receiver.Name
			}
			return true
		})
	}
	return senders
}

// TestEveryMethodIsDescribed holds that openapi.yaml has an example of each method, and
// names it wherever it names methods.
func TestEveryMethodIsDescribed(t *testing.T) {
	spec := source(t, "openapi.yaml")
	values := regexp.MustCompile(`Known values are (?:[^.]|\.\S)+`).FindAllStringIndex(spec, -1)
	for _, method := range describedMethods(t) {
		if !strings.Contains(spec, "\n        method: "+method.name+"\n") {
			t.Errorf("openapi.yaml has the method %s; none of the examples at its end submits it", method.name)
		}
		for _, place := range values {
			list := spec[place[0]:place[1]]
			if strings.Contains(list, "lookup_secret") && !regexp.MustCompile(`\b`+method.name+`\b`).MatchString(list) {
				t.Errorf("openapi.yaml:%d: the known values there are methods; %s is missing", 1+strings.Count(spec[:place[0]], "\n"), method.name)
			}
		}
	}
}

// TestEveryMethodIsWritten holds that each method of openapi.yaml is in all places that
// are written by hand. It says which one is missing.
func TestEveryMethodIsWritten(t *testing.T) {
	senders, readme := senders(t), source(t, "README.md")
	_, comment, _ := strings.Cut(source(t, "method.go"), "// Method is one way to log in")
	comment, _, _ = strings.Cut(comment, "type Method interface")
	for _, method := range describedMethods(t) {
		sender := senders[method.body]
		if sender == "" {
			t.Errorf("openapi.yaml has the method %s; method.go has no type whose function body sends api.%s", method.name, method.body)
			continue
		}
		if !strings.Contains(comment, "["+sender+"]") {
			t.Errorf("method.go has the type %s; the comment of Method does not name it", sender)
		}
		if !regexp.MustCompile("(?m)^\\|.*`" + sender + "`").MatchString(readme) {
			t.Errorf("method.go has the type %s; the table of methods in README.md does not", sender)
		}
		checkRows(t, method, sender)
	}
}

// checkRows holds that the rows of a method set each field of its type and send each
// member of its body, but for the CSRF token, which package browser adds.
func checkRows(t *testing.T, method described, sender string) {
	t.Helper()
	var unset, unsent []string
	found := false
	for _, row := range methods {
		value := reflect.Indirect(reflect.ValueOf(row.method))
		var sent map[string]any
		require.NoError(t, json.Unmarshal([]byte(row.wire), &sent), row.wire)
		if value.Type().Name() != sender || sent["method"] != method.name {
			continue
		}
		if !found {
			unset, unsent = fieldNames(value.Type()), memberNames(t, method.body)
		}
		found = true
		unset = slices.DeleteFunc(unset, func(field string) bool { return !value.FieldByName(field).IsZero() })
		unsent = slices.DeleteFunc(unsent, func(member string) bool { return sent[member] != nil })
	}
	if !found {
		t.Errorf("method.go has the type %s; methods in method_test.go has no row in which it sends the method %s", sender, method.name)
	}
	for _, field := range unset {
		t.Errorf("%s has the field %s; no row of methods in method_test.go sets it", sender, field)
	}
	for _, member := range unsent {
		t.Errorf("openapi.yaml has the member %s of the method %s; no row of methods in method_test.go sends it", member, method.name)
	}
}

func fieldNames(of reflect.Type) []string {
	var names []string
	for _, field := range reflect.VisibleFields(of) {
		names = append(names, field.Name)
	}
	return names
}

// memberNames returns the names that a generated struct has in JSON.
func memberNames(t *testing.T, body string) []string {
	t.Helper()
	structs := submatches(`(?ms)^type `+body+` struct \{\n(.*?)^\}`, source(t, "api/api.gen.go"))
	require.Len(t, structs, 1)
	return slices.DeleteFunc(submatches("`json:\"(\\w+)", structs[0]), func(name string) bool { return name == "csrf_token" })
}

// TestEveryTypeOfMethodHasARow holds that the rows have all types of method.go.
func TestEveryTypeOfMethodHasARow(t *testing.T) {
	tested := map[string]bool{}
	for _, row := range methods {
		tested[reflect.Indirect(reflect.ValueOf(row.method)).Type().Name()] = true
	}
	for _, sender := range senders(t) {
		if !tested[sender] {
			t.Errorf("methods in method_test.go has no row with the type %s", sender)
		}
	}
}

// harmless are the fields of methods that are texts, or hold any value, and may be seen.
var harmless = []string{"Identifier", "Address", "Provider", "ClientKeyID", "Name", "Fields"}

// TestSecretsOfMethodsAreSecrets: a secret of any other type would be printed and logged.
func TestSecretsOfMethodsAreSecrets(t *testing.T) {
	allowed := []reflect.Type{
		reflect.TypeFor[orylogin.Secret](), reflect.TypeFor[json.RawMessage](), reflect.TypeFor[bool](),
	}
	for _, row := range methods {
		method := reflect.Indirect(reflect.ValueOf(row.method)).Type()
		for _, field := range reflect.VisibleFields(method) {
			if !slices.Contains(allowed, field.Type) && !slices.Contains(harmless, field.Name) {
				t.Errorf("%s.%s is a %s, which prints and logs: make it a Secret, or name it in harmless, in written_test.go",
					method, field.Name, field.Type)
			}
		}
	}
}
