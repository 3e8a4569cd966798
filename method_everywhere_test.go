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
	"github.com/orylogin/orylogin/internal/methodtest"
)

// TestEveryMethod checks that each method of openapi.yaml is in all places that are written by
// hand. It names the places that lack it.
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
			"an example in its schema, in openapi.yaml":                                  regexp.MustCompile(`(?m)^    ` + schema + `:\n(?:      .*\n)*?      example:`).MatchString(spec),
			"a type in method.go that sends api." + bodies[0] + `, then "make generate"`: sender != "",
			"its type in the comment of Method, in method.go":                            strings.Contains(comment, "["+sender+"]"),
			"a row with its type in the table of methods, in docs/native.md":             regexp.MustCompile("(?m)^\\|.*`" + sender + "`").MatchString(page),
		} {
			if !found {
				t.Errorf("openapi.yaml has the method %s; missing is %s", name, missing)
			}
		}
		checkRows(t, name, sender, bodies[0])
	}
}

// checkRows checks that the rows of a method set each field of its type and send each member of
// its body. The CSRF token is excepted, since a Visit adds it.
func checkRows(t *testing.T, method, sender, body string) {
	t.Helper()
	set, unsent := map[string]bool{}, membersOf(t, body)
	for _, row := range methods {
		value := reflect.Indirect(reflect.ValueOf(row.Method))
		var sent map[string]any
		require.NoError(t, json.Unmarshal([]byte(row.Wire), &sent), row.Wire)
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
			t.Errorf("no row of internal/methodtest sets %s.%s", sender, field)
		}
	}
	for _, member := range unsent {
		t.Errorf("no row of internal/methodtest sends the member %s of the method %s", member, method)
	}
}

// membersOf returns the JSON names of a generated struct.
func membersOf(t *testing.T, body string) []string {
	t.Helper()
	structs := submatches(`(?ms)^type `+body+` struct \{\n(.*?)^\}`, source(t, "api/api.gen.go"))
	require.Len(t, structs, 1)
	return slices.DeleteFunc(submatches("`json:\"(\\w+)", structs[0]), func(name string) bool { return name == "csrf_token" })
}

// senders returns the types of methods by the type of the body that they send. It requires a
// row for each.
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
		tested[reflect.Indirect(reflect.ValueOf(row.Method)).Type().Name()] = true
	}
	senders := map[string]string{}
	for _, declaration := range declarations {
		function, ok := declaration.(*ast.FuncDecl)
		if !ok || function.Name.Name != "body" || function.Recv == nil {
			continue
		}
		receiver, ok := function.Recv.List[0].Type.(*ast.Ident)
		require.True(t, ok, "the receivers of body are no pointers")
		require.True(t, tested[receiver.Name], "internal/methodtest has no row with the type %s", receiver.Name)
		ast.Inspect(function.Body, func(node ast.Node) bool {
			if selector, ok := node.(*ast.SelectorExpr); ok && strings.HasSuffix(selector.Sel.Name, "Body") {
				senders[selector.Sel.Name] = receiver.Name
			}
			return true
		})
	}
	return senders
}

// submatches returns the texts that the first group of an expression matches.
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

// TestSecretsOfMethodsAreSecrets checks that each secret of a method is a Secret. A secret of
// another type would be printed and logged. The fake shows the fields that are no secrets. Free
// JSON, an object in the rows, is for web hooks.
func TestSecretsOfMethodsAreSecrets(t *testing.T) {
	list := submatches(`(?s)var telling = \[\]string\{(.*?)\n\}`, source(t, "orylogintest/request.go"))
	require.Len(t, list, 1)
	shown := submatches(`"([^"]+)"`, list[0])
	for name, row := range methods {
		if _, ok := row.Method.(orylogin.Custom); ok {
			continue
		}
		const secret = `"hunter2"`
		method := methodtest.WithSecrets(row.Method, func(string) orylogin.Secret { return orylogin.NewSecret(secret) })
		for member, value := range members(t, method) {
			_, isFree := value.(map[string]any)
			switch isShown := slices.Contains(shown, member); {
			case value == secret && isShown:
				t.Errorf("%s: the member %s is a Secret in method.go, and in telling, in orylogintest/request.go", name, member)
			case value != secret && !isShown && !isFree:
				t.Errorf("%s: the member %s prints and logs: make it a Secret in method.go, or name it in telling, in "+
					"orylogintest/request.go", name, member)
			}
		}
	}
}

// members returns the members that a method sends.
func members(t *testing.T, method orylogin.Method) map[string]any {
	t.Helper()
	answer := recorded(t, "v26.2.0/submit_success")
	_, err := answer.client(t).Submit(t.Context(), flowID, method)
	require.NoError(t, err)
	var sent map[string]any
	require.NoError(t, json.Unmarshal([]byte(answer.only(t).Body), &sent))
	return sent
}
