package test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/test/contract"
)

// unseenFile lists what openapi.yaml describes, and which ids the module names,
// although no recording and no test has ever shown them. It is what the module
// takes on trust.
const unseenFile = "testdata/unseen.txt"

var update = flag.Bool("update", false, "write "+unseenFile+" anew")

// seen is what the tests of this run have shown.
var seen = &sightings{names: map[string]bool{}}

// TestMain compares what was never seen with the list, after a run of all tests.
func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	partial := flag.Lookup("test.run").Value.String() != "" || flag.Lookup("test.skip").Value.String() != "" ||
		flag.Lookup("test.list").Value.String() != "" || testing.Short()
	if code == 0 && !partial {
		code = reportUnseen()
	}
	os.Exit(code)
}

func reportUnseen() int {
	unseen, err := seen.unseen()
	if err == nil && *update {
		err = os.WriteFile(unseenFile, []byte(unseen), 0o600)
	}
	listed, readErr := os.ReadFile(unseenFile)
	switch {
	case err != nil:
		fmt.Println("unseen:", err)
	case readErr != nil:
		fmt.Println("unseen:", readErr)
	case string(listed) != unseen:
		fmt.Print(unseenChanges(string(listed), unseen))
	default:
		return 0
	}
	return 1
}

// unseenChanges says in which lines the list differs from what was not seen.
func unseenChanges(listed, unseen string) string {
	var text strings.Builder
	section := func(title, of, without string) {
		known := slices.Collect(strings.Lines(without))
		lines := slices.DeleteFunc(slices.Collect(strings.Lines(of)), func(line string) bool { return slices.Contains(known, line) })
		if len(lines) > 0 {
			fmt.Fprintf(&text, "%s\n  %s", title, strings.Join(lines, "  "))
		}
	}
	fmt.Fprintf(&text, "test/%s is out of date.\n", unseenFile)
	section("No recording and no test has shown these, and the list lacks them:", unseen, listed)
	section("The list has these, and they were seen or do not exist any more:", listed, unseen)
	text.WriteString("If it is meant to be so, write the list anew: cd test && go test . -update\n")
	return text.String()
}

// TestUnseenChanges holds that a stale list is told by its differences alone.
func TestUnseenChanges(t *testing.T) {
	t.Parallel()
	require.Equal(t, `test/testdata/unseen.txt is out of date.
No recording and no test has shown these, and the list lacks them:
  b.new
  message 4099999 ErrNew
The list has these, and they were seen or do not exist any more:
  c.old
If it is meant to be so, write the list anew: cd test && go test . -update
`, unseenChanges("a\nc.old\nd\n", "a\nb.new\nd\nmessage 4099999 ErrNew\n"))
	require.NotContains(t, unseenChanges("a\n", "a\nb\n"), "The list has these")
	require.NotContains(t, unseenChanges("a\nb\n", "a\n"), "the list lacks")
}

// sightings are the properties, error ids and message numbers that were seen.
type sightings struct {
	mu    sync.Mutex
	names map[string]bool
}

func (s *sightings) add(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.names[name] = true
}

// visit marks the properties that a value has, by the schema it follows.
func (s *sightings) visit(schema *openapi3.SchemaRef, value any) {
	for _, alternative := range schema.Value.OneOf {
		if alternative.Value.VisitJSON(value) == nil {
			s.visit(alternative, value)
			return
		}
	}
	for _, part := range schema.Value.AllOf {
		s.visit(part, value)
	}
	switch value := value.(type) {
	case []any:
		for _, item := range value {
			if schema.Value.Items != nil {
				s.visit(schema.Value.Items, item)
			}
		}
	case map[string]any:
		name := strings.TrimPrefix(schema.Ref, "#/components/schemas/")
		for property, child := range value {
			if known := schema.Value.Properties[property]; known != nil && child != nil {
				s.add(name + "." + property)
				s.visit(known, child)
			}
		}
		switch id := value["id"].(type) {
		case string:
			if name == "genericError" {
				s.add("error.id " + id)
			}
		case float64:
			if name == "uiText" {
				s.add(fmt.Sprintf("message %d", int64(id)))
			}
		}
	}
}

// unseen lists all that could have been seen and was not.
func (s *sightings) unseen() (string, error) {
	possible, err := possibleSightings()
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var list strings.Builder
	for _, name := range slices.Sorted(maps.Keys(possible)) {
		if !s.names[name] {
			fmt.Fprintf(&list, "%s%s\n", name, possible[name])
		}
	}
	return list.String(), nil
}

// possibleSightings returns every property of openapi.yaml and every id that the
// module has a constant for, with the name of the latter.
func possibleSightings() (map[string]string, error) {
	possible := map[string]string{}
	spec, err := openapi3.NewLoader().LoadFromFile("../openapi.yaml")
	if err != nil {
		return nil, err
	}
	for name, schema := range spec.Components.Schemas {
		for property := range schema.Value.Properties {
			possible[name+"."+property] = ""
		}
	}
	for file, prefix := range map[string]string{"../error_id.go": "error.id ", "../message.go": "message "} {
		source, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			return nil, err
		}
		ast.Inspect(source, func(node ast.Node) bool {
			spec, ok := node.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			typeName, typed := spec.Type.(*ast.Ident)
			literal, constant := spec.Values[0].(*ast.BasicLit)
			if typed && constant && (typeName.Name == "ErrorID" || typeName.Name == "MessageID") {
				possible[prefix+strings.Trim(literal.Value, `"`)] = " " + spec.Names[0].Name
			}
			return true
		})
	}
	return possible, nil
}

// witnessed returns an http.Client whose exchanges are held to openapi.yaml, and marked
// as seen.
func witnessed(t *testing.T) *http.Client {
	t.Helper()
	spec := newContract(t)
	return &http.Client{Transport: &contract.Recorder{Next: http.DefaultTransport, Show: func(exchange contract.Exchange) {
		if !strings.HasPrefix(exchange.Target, "/self-service/") && !strings.HasPrefix(exchange.Target, "/sessions/") {
			return
		}
		if requestErr, answerErr := check(t, spec, exchange); requestErr != nil || answerErr != nil {
			t.Errorf("%s %s: %d does not follow openapi.yaml: request: %v; answer: %v",
				exchange.Method, exchange.Target, exchange.Status, requestErr, answerErr)
		}
	}}}
}

// seeRequest marks what the body of a request shows.
func seeRequest(operation *openapi3.Operation, exchange contract.Exchange) {
	var sent any
	if operation.RequestBody != nil && json.Unmarshal(exchange.RequestBody, &sent) == nil {
		seen.visit(operation.RequestBody.Value.Content.Get("application/json").Schema, sent)
	}
}

// seeAnswer marks what the first document of an answer shows.
func seeAnswer(operation *openapi3.Operation, exchange contract.Exchange) {
	answer := operation.Responses.Status(exchange.Status)
	if answer == nil {
		answer = operation.Responses.Default()
	}
	var body any
	media := answer.Value.Content.Get("application/json")
	if media != nil && json.NewDecoder(bytes.NewReader(exchange.Body)).Decode(&body) == nil {
		seen.visit(media.Schema, body)
	}
}
