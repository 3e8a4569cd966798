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

// TestEveryMethod holds that each method of openapi.yaml is in all places that are
// written by hand, and says which one is missing.
func TestEveryMethod(t *testing.T) {
	spec, page := source(t, "openapi.yaml"), source(t, "docs/native.md")
	_, comment, _ := strings.Cut(source(t, "method.go"), "// Method is one way to log in")
	comment, _, _ = strings.Cut(comment, "type Method interface")
	senders := senders(t)
	schemas := submatches(`(?m)^    (submitSelfServiceLoginFlowWith\w+MethodBody):$`, spec)
	require.GreaterOrEqual(t, len(schemas), 10)
	for _, schema := range schemas {
		names := submatches(`(?m)^ +(\w+): "#/components/schemas/`+schema+`"$`, spec)
		bodies := submatches(`(?mi)^type (`+schema+`) struct`, source(t, "api/api.gen.go"))
		if len(names) != 1 || len(bodies) != 1 {
			t.Errorf("openapi.yaml has the schema %s: name it once in discriminator.mapping of "+
				`submitSelfServiceLoginFlowBody, too, and run "make generate"`, schema)
			continue
		}
		name, sender := names[0], senders[bodies[0]]
		for missing, found := range map[string]bool{
			"the schema in oneOf of submitSelfServiceLoginFlowBody, in openapi.yaml":     strings.Contains(spec, `- $ref: "#/components/schemas/`+schema+`"`),
			"an example that submits it, at the end of openapi.yaml":                     strings.Contains(spec, "\n        method: "+name+"\n"),
			"a type in method.go that sends api." + bodies[0] + `, then "make generate"`: sender != "",
			"its type in the comment of Method, in method.go":                            strings.Contains(comment, "["+sender+"]"),
			"a row with its type in the table of methods, in docs/native.md":             regexp.MustCompile("(?m)^\\|.*`" + sender + "`").MatchString(page),
		} {
			if !found {
				t.Errorf("openapi.yaml has the method %s; missing is %s", name, missing)
			}
		}
		checkKnownValues(t, spec, name)
		checkRows(t, name, sender, bodies[0])
	}
}

// checkKnownValues holds that a method is named wherever openapi.yaml names methods.
func checkKnownValues(t *testing.T, spec, method string) {
	t.Helper()
	for _, list := range regexp.MustCompile(`Known values are (?:[^.]|\.\S)+`).FindAllString(spec, -1) {
		if strings.Contains(list, "lookup_secret") && !regexp.MustCompile(`\b`+method+`\b`).MatchString(list) {
			t.Errorf("openapi.yaml has the method %s; it is missing in %q", method, list)
		}
	}
}

// checkRows holds that the rows of a method set each field of its type and send each
// member of its body, but for the CSRF token, which package browser adds.
func checkRows(t *testing.T, method, sender, body string) {
	t.Helper()
	set, unsent := map[string]bool{}, membersOf(t, body)
	for _, row := range methods {
		value := reflect.Indirect(reflect.ValueOf(row.method))
		var sent map[string]any
		require.NoError(t, json.Unmarshal([]byte(row.wire), &sent), row.wire)
		if value.Type().Name() != sender || sent["method"] != method {
			continue
		}
		for i := range value.NumField() {
			name := value.Type().Field(i).Name
			set[name] = set[name] || !value.Field(i).IsZero()
		}
		unsent = slices.DeleteFunc(unsent, func(member string) bool { return sent[member] != nil })
	}
	for field, isSet := range set {
		if !isSet {
			t.Errorf("no row of methods, in method_test.go, sets %s.%s", sender, field)
		}
	}
	for _, member := range unsent {
		t.Errorf("no row of methods, in method_test.go, sends the member %s of the method %s", member, method)
	}
}

// membersOf returns the names that a generated struct has in JSON.
func membersOf(t *testing.T, body string) []string {
	t.Helper()
	structs := submatches(`(?ms)^type `+body+` struct \{\n(.*?)^\}`, source(t, "api/api.gen.go"))
	require.Len(t, structs, 1)
	return slices.DeleteFunc(submatches("`json:\"(\\w+)", structs[0]), func(name string) bool { return name == "csrf_token" })
}

// senders returns the types of methods, by the type of the body that they send. It
// requires that each has a row.
func senders(t *testing.T) map[string]string {
	t.Helper()
	var declarations []ast.Decl
	for _, name := range []string{"method.go", "method.gen.go"} {
		file, err := parser.ParseFile(gotoken.NewFileSet(), name, nil, 0)
		require.NoError(t, err)
		declarations = append(declarations, file.Decls...)
	}
	tested := map[string]bool{}
	for _, row := range methods {
		tested[reflect.Indirect(reflect.ValueOf(row.method)).Type().Name()] = true
	}
	senders := map[string]string{}
	for _, declaration := range declarations {
		function, ok := declaration.(*ast.FuncDecl)
		if !ok || function.Name.Name != "body" || function.Recv == nil {
			continue
		}
		receiver, ok := function.Recv.List[0].Type.(*ast.Ident)
		require.True(t, ok, "the receivers of body are no pointers")
		require.True(t, tested[receiver.Name], "methods in method_test.go has no row with the type %s", receiver.Name)
		ast.Inspect(function.Body, func(node ast.Node) bool {
			if selector, ok := node.(*ast.SelectorExpr); ok && strings.HasSuffix(selector.Sel.Name, "Body") {
				senders[selector.Sel.Name] = receiver.Name
			}
			return true
		})
	}
	return senders
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
				t.Errorf("%s.%s is a %s, which prints and logs: make it a Secret, or name it in harmless, in method_everywhere_test.go",
					method, field.Name, field.Type)
			}
		}
	}
}
