package compare_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/orylogin/orylogin/internal/tools/spec/compare"
)

const ourFile = "../../../../openapi.yaml"

// pinned returns the file of a pinned description.
func pinned(t *testing.T, name string) string {
	t.Helper()
	upstreams, err := compare.Upstreams()
	require.NoError(t, err)
	for _, upstream := range upstreams {
		if upstream.Name == name {
			file, err := upstream.Fetch(t.Context())
			require.NoError(t, err)
			return file
		}
	}
	require.Fail(t, "no pinned description has this name", name)
	return ""
}

func load(t *testing.T, file string) *openapi3.T {
	t.Helper()
	document, err := compare.Load(file)
	require.NoError(t, err)
	return document
}

func comparison(t *testing.T) *compare.Comparison {
	t.Helper()
	read, err := compare.NewComparison(ourFile)
	require.NoError(t, err)
	return read
}

// open compares our description with an upstream one. It returns the differences that are not
// on the list.
func open(t *testing.T, upstream *openapi3.T) []compare.Difference {
	t.Helper()
	names, err := compare.OurNames()
	require.NoError(t, err)
	list, err := compare.DeliberateDifferences()
	require.NoError(t, err)
	ours := load(t, ourFile)
	found := compare.Compare(compare.OurSurface(ours), compare.UpstreamSurface(upstream, ours, names))
	return compare.Report{Differences: compare.Explain(list, "client-go", found)}.Open()
}

func property(document *openapi3.T, schema, name string) *openapi3.Schema {
	return document.Components.Schemas[schema].Value.Properties[name].Value
}

func operation(document *openapi3.T, method, path string) *openapi3.Operation {
	return document.Paths.Value(path).GetOperation(method)
}

// save writes a description to a file.
func save(t *testing.T, document *openapi3.T) string {
	t.Helper()
	data, err := json.Marshal(document)
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "api.json")
	require.NoError(t, os.WriteFile(file, data, 0o600))
	return file
}

func text() *openapi3.SchemaRef { return openapi3.NewStringSchema().NewRef() }

// TestPinned checks that each difference to the pinned descriptions is on the list of
// deliberate differences, and that no entry of the list is stale.
func TestPinned(t *testing.T) {
	reports, stale, err := comparison(t).Pinned(t.Context())
	require.NoError(t, err)
	require.Len(t, reports, 2)
	for _, report := range reports {
		if open := report.Open(); len(open) > 0 {
			t.Errorf("%s: run make spec-diff\n%+v\n\n%s", report.Upstream, open, compare.Advice(open))
		}
		require.NotEmpty(t, report.Differences, report.Upstream)
	}
	require.Empty(t, stale)
}

// TestPlantedDifferences changes the newest pinned description in one place. It checks that
// only this difference is reported. The planted names are ones that nobody would choose, so
// they stay unused when our description grows.
func TestPlantedDifferences(t *testing.T) {
	const submit, native = "/self-service/login", "/self-service/login/api"
	file := pinned(t, "client-go")
	before := open(t, load(t, file)) // TestPinned reports these
	for name, test := range map[string]struct {
		plant func(document *openapi3.T)
		want  string
	}{
		"operation missing": {
			func(d *openapi3.T) {
				d.Paths.Set("/self-service/login/karma", &openapi3.PathItem{
					Get: &openapi3.Operation{OperationID: "listKarma", Responses: openapi3.NewResponses()},
				})
			},
			"missing operation GET /self-service/login/karma, as listKarma",
		},
		"operation gone": {
			func(d *openapi3.T) { d.Paths.Delete("/sessions/token-exchange") },
			"gone operation GET /sessions/token-exchange",
		},
		"operation renamed": {
			func(d *openapi3.T) { operation(d, "POST", submit).OperationID = "beginTelepathy" },
			"different name POST " + submit + ", ours: submitSelfServiceLoginFlow, theirs: beginTelepathy, as beginTelepathy",
		},
		"parameter missing": {
			func(d *openapi3.T) {
				operation(d, "GET", native).AddParameter(openapi3.NewQueryParameter("karma").WithSchema(text().Value))
			},
			"missing parameter GET " + native + " query karma, theirs: string, as karma",
		},
		"parameter gone": {
			func(d *openapi3.T) {
				operation := operation(d, "POST", submit)
				operation.Parameters = operation.Parameters[:len(operation.Parameters)-1]
			},
			"gone parameter POST " + submit + " header Cookie, ours: string",
		},
		"parameter required": {
			func(d *openapi3.T) {
				operation(d, "GET", "/sessions/whoami").Parameters.GetByInAndName("query", "tokenize_as").Required = true
			},
			"different required GET /sessions/whoami query tokenize_as, ours: no, theirs: yes, as tokenize_as",
		},
		"body optional": {
			func(d *openapi3.T) { operation(d, "POST", submit).RequestBody.Value.Required = false },
			"different required POST " + submit + " body, ours: yes, theirs: no",
		},
		"media type missing": {
			func(d *openapi3.T) {
				content := operation(d, "POST", submit).RequestBody.Value.Content
				content["application/telepathy"] = content["application/json"]
			},
			"missing media type POST " + submit + " body application/telepathy, theirs: submitSelfServiceLoginFlowBody, as application/telepathy",
		},
		"media type gone": {
			func(d *openapi3.T) {
				delete(operation(d, "POST", submit).RequestBody.Value.Content, "application/x-www-form-urlencoded")
			},
			"gone media type POST " + submit + " body application/x-www-form-urlencoded, ours: submitSelfServiceLoginFlowBody",
		},
		"status missing": {
			func(d *openapi3.T) {
				operation(d, "GET", native).Responses.Set("418", &openapi3.ResponseRef{Value: openapi3.NewResponse()})
			},
			"missing status GET " + native + " 418, as 418",
		},
		"status gone": {
			func(d *openapi3.T) { operation(d, "GET", "/self-service/login/flows").Responses.Delete("410") },
			"gone status GET /self-service/login/flows 410",
		},
		"answer of another form": {
			func(d *openapi3.T) {
				operation(d, "GET", "/self-service/login/flows").Responses.Value("200").Value.
					Content["application/json"].Schema = openapi3.NewSchemaRef(
					"#/components/schemas/session", d.Components.Schemas["session"].Value)
			},
			"different type GET /self-service/login/flows 200 application/json, ours: selfServiceLoginFlow, theirs: session, as application/json",
		},
		"header missing": {
			func(d *openapi3.T) {
				operation(d, "GET", native).Responses.Value("200").Value.Headers = openapi3.Headers{
					"x-karma": {Value: &openapi3.Header{Parameter: openapi3.Parameter{Schema: text()}}},
				}
			},
			"missing header GET " + native + " 200 header X-Karma, theirs: string, as x-karma",
		},
		"error id missing": {
			func(d *openapi3.T) {
				operation(d, "POST", submit).Description += "\n\n- `session_hologram_required`: Slow down."
			},
			"missing error id POST " + submit + " error id session_hologram_required, as session_hologram_required",
		},
		"property missing": {
			func(d *openapi3.T) { d.Components.Schemas["session"].Value.Properties["karma"] = text() },
			"missing property session.karma, theirs: string, as session.karma",
		},
		"property of a body missing": {
			func(d *openapi3.T) {
				d.Components.Schemas["updateLoginFlowWithPasswordMethod"].Value.WithProperty("aura", text().Value).
					Required = []string{"aura", "identifier", "method", "password"}
			},
			"missing property submitSelfServiceLoginFlowWithPasswordMethodBody.aura, theirs: string required, as updateLoginFlowWithPasswordMethod.aura",
		},
		"property gone": {
			func(d *openapi3.T) { delete(d.Components.Schemas["loginFlow"].Value.Properties, "return_to") },
			"gone property selfServiceLoginFlow.return_to, ours: string",
		},
		"type": {
			func(d *openapi3.T) { property(d, "session", "active").Type = &openapi3.Types{"string"} },
			"different type session.active, ours: boolean, theirs: string, as session.active",
		},
		"format": {
			func(d *openapi3.T) { property(d, "session", "issued_at").Format = "date" },
			"different format session.issued_at, ours: date-time, theirs: date, as session.issued_at",
		},
		"nullable": {
			func(d *openapi3.T) { property(d, "uiContainer", "action").Nullable = true },
			"different nullable uiContainer.action, ours: no, theirs: yes, as uiContainer.action",
		},
		"property optional": {
			func(d *openapi3.T) { d.Components.Schemas["session"].Value.Required = nil },
			"different required session.id, ours: yes, theirs: no, as session.id",
		},
		"value missing": {
			func(d *openapi3.T) {
				group := property(d, "uiNode", "group")
				group.Enum = append(group.Enum, "telepathy")
			},
			"missing value uiNode.group, theirs: telepathy, as uiNode.group",
		},
		"value gone": {
			func(d *openapi3.T) { property(d, "uiText", "type").Enum = []any{"info", "error"} },
			"gone value uiText.type, ours: success, as uiText.type",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			document := load(t, file)
			test.plant(document)
			planted := slices.DeleteFunc(open(t, document), func(d compare.Difference) bool { return slices.Contains(before, d) })
			require.Len(t, planted, 1)
			require.Equal(t, test.want, line(planted[0]))
		})
	}
}

// line returns a difference with all its fields.
func line(d compare.Difference) string {
	words := []string{d.Kind + " " + d.What + " " + d.Where}
	for _, said := range []struct{ by, what string }{{"ours: ", d.Ours}, {"theirs: ", d.Upstream}, {"as ", d.Name}} {
		if said.what != "" {
			words = append(words, said.by+said.what)
		}
	}
	return strings.Join(words, ", ")
}

// TestTable checks the printed table: one difference of each kind, with the entries that would
// allow them.
func TestTable(t *testing.T) {
	t.Parallel()
	document := load(t, ourFile)
	session := document.Components.Schemas["session"].Value
	session.WithProperty("karma", openapi3.NewStringSchema())
	session.Properties["active"].Value.Type = &openapi3.Types{"string"}
	delete(session.Properties, "tokenized")
	comparison, err := compare.NewComparison(save(t, document))
	require.NoError(t, err)
	report, err := comparison.File(t.Context(), ourFile)
	require.NoError(t, err)
	var table strings.Builder
	require.NoError(t, report.WriteTable(&table))
	require.Equal(t, ourFile+`
3 differences to look at, 0 on purpose

MISSING: upstream has it, openapi.yaml does not
  what      where              what upstream says  name upstream
  property  session.tokenized  string              session.tokenized

GONE: openapi.yaml has it, upstream does not
  what      where          what openapi.yaml says
  property  session.karma  string

DIFFERENT: both have it and do not agree
  what  where           openapi.yaml  upstream  name upstream
  type  session.active  string        boolean   session.active
`, table.String())
	advice := compare.Advice(report.Open())
	for _, part := range []string{
		"What only theirs has: add it", "What only ours has: take it out", "What differs: say in openapi.yaml",
		"names.yaml:\n\n  (nothing)\n",
		"- kind: different\n    what: type\n    where: [session.active]\n    ours: [string]\n    upstream: [boolean]\n",
	} {
		require.Contains(t, advice, part)
	}
}

// TestAdviceHasAllEntries checks that the proposed entries can be pasted: one entry for all
// places with the same difference, and the names of new schemas.
func TestAdviceHasAllEntries(t *testing.T) {
	t.Parallel()
	var differences []compare.Difference
	for i := range 30 {
		differences = append(differences, compare.Difference{
			Kind: compare.Different, What: "nullable", Where: fmt.Sprintf("session.karma%d", i), Ours: "yes", Upstream: "no",
		})
	}
	for _, name := range []string{"karma", "aura"} {
		differences = append(differences, compare.Difference{Kind: compare.Missing, What: "schema", Where: name, Name: name, Upstream: "object"})
	}
	differences = append(differences, compare.Difference{Kind: compare.Missing, What: "schema", Where: "known", Name: "otherwise", Upstream: "object"})
	_, advice, _ := strings.Cut(compare.Advice(differences), "names.yaml:\n\n")
	names, list, _ := strings.Cut(advice, "\n\nWhat is meant to differ")
	var table compare.Names
	require.NoError(t, yaml.Unmarshal([]byte(names), &table))
	require.Equal(t, map[string][]string{"(our name)": {"karma", "aura"}}, table.Schemas)
	_, list, _ = strings.Cut(list, "\n\n")
	var entries []compare.Deliberate
	require.NoError(t, yaml.Unmarshal([]byte(list), &entries))
	require.Len(t, entries, 2)
	require.Len(t, entries[0].Where, 30)
	require.Len(t, entries[1].Where, 3)
	for _, difference := range compare.Explain(entries, "", differences) {
		require.NotEmpty(t, difference.Why, difference)
	}
}

// TestOlderFile checks that an older description that is not pinned needs no entries for what
// is newer.
func TestOlderFile(t *testing.T) {
	t.Parallel()
	report, err := comparison(t).File(t.Context(), pinned(t, "kratos"))
	require.NoError(t, err)
	require.Empty(t, report.Open())
	older := load(t, pinned(t, "client-go"))
	delete(older.Components.Schemas["session"].Value.Properties, "tokenized")
	older.Components.Schemas["session"].Value.Properties["active"].Value.Type = &openapi3.Types{"string"}
	older.Components.Schemas["session"].Value.WithProperty("karma", openapi3.NewStringSchema())
	report, err = comparison(t).File(t.Context(), save(t, older))
	require.NoError(t, err)
	open := report.Open()
	require.Len(t, open, 1)
	require.Equal(t, "missing property session.karma, theirs: string, as session.karma", line(open[0]))
}

// TestSince changes a pinned description in several ways, and checks that all changes are
// printed.
func TestSince(t *testing.T) {
	t.Parallel()
	file := pinned(t, "client-go")
	newer := load(t, file)
	session := newer.Components.Schemas["session"].Value
	session.WithProperty("karma", openapi3.NewStringSchema())
	delete(session.Properties, "tokenized")
	session.Properties["active"].Value.Type = &openapi3.Types{"string"}
	operation(newer, "GET", "/self-service/login/flows").Description += "\n\nSay it shortly.\nAnd better."
	property(newer, "session", "id").Description = "Its number"
	changed := save(t, newer)
	differences, err := comparison(t).Since(file, changed)
	require.NoError(t, err)
	var text strings.Builder
	require.NoError(t, compare.WriteSince(&text, file, changed, differences))
	head, descriptions, _ := strings.Cut(text.String(), "\nDESCRIPTIONS: the sentences that have gone and come\n")
	require.Equal(t, changed+", since "+file+`
5 changes

NEW
  what      where          what it is
  property  session.karma  string

GONE
  what      where              what it was
  property  session.tokenized  string

CHANGED
  what  where           was      is
  type  session.active  boolean  string
`, head)
	require.Equal(t, "  GET /self-service/login/flows\n    + Say it shortly.\n    + And better.\n"+
		"  session.id\n    - Session ID\n    + Its number\n", descriptions)
	same, err := comparison(t).Since(file, file)
	require.NoError(t, err)
	require.Empty(t, same)
}

// TestEntry checks that the entry that is proposed for a difference covers it, and covers no
// other difference of that kind.
func TestEntry(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ difference, other compare.Difference }{
		{
			compare.Difference{Kind: "gone", What: "value", Where: "uiNode.group", Ours: "telepathy"},
			compare.Difference{Kind: "gone", What: "value", Where: "uiNode.group", Ours: "aura"},
		},
		{
			compare.Difference{Kind: "missing", What: "value", Where: "uiNode.group", Upstream: "telepathy"},
			compare.Difference{Kind: "missing", What: "value", Where: "uiNode.group", Upstream: "aura"},
		},
		{
			compare.Difference{Kind: "missing", What: "property", Where: "session.karma", Upstream: "string"},
			compare.Difference{Kind: "missing", What: "property", Where: "session.aura", Upstream: "string"},
		},
		{
			compare.Difference{Kind: "different", What: "format", Where: "a.list[]", Upstream: "uuid"},
			compare.Difference{Kind: "different", What: "format", Where: "a.list[]", Upstream: "date"},
		},
	} {
		explained := compare.Explain([]compare.Deliberate{test.difference.Entry()}, "", []compare.Difference{test.difference, test.other})
		require.NotEmpty(t, explained[0].Why, test.difference)
		require.Empty(t, explained[1].Why, test.other)
	}
}

// TestStale checks that an entry counts only as long as each of its parts matches something.
func TestStale(t *testing.T) {
	t.Parallel()
	found := map[string][]compare.Difference{
		"kratos": {{Kind: "gone", What: "value", Where: "uiNode.group", Ours: "saml"}},
	}
	entry := compare.Deliberate{
		Kind: "gone", What: "value", Where: []string{"uiNode.*"}, Ours: []string{"saml"}, Only: "kratos", Why: "New.",
	}
	require.Empty(t, compare.Stale([]compare.Deliberate{entry}, found))

	for name, change := range map[string]func(entry *compare.Deliberate){
		"kind":           func(e *compare.Deliberate) { e.Kind = "missing" },
		"what":           func(e *compare.Deliberate) { e.What = "property" },
		"one more where": func(e *compare.Deliberate) { e.Where = append(e.Where, "session.*") },
		"one more ours":  func(e *compare.Deliberate) { e.Ours = append(e.Ours, "captcha") },
		"upstream":       func(e *compare.Deliberate) { e.Upstream = []string{"a word"} },
		"only":           func(e *compare.Deliberate) { e.Only = "client-go" },
	} {
		changed := entry
		change(&changed)
		require.NotEmpty(t, compare.Stale([]compare.Deliberate{changed}, found), name)
	}
}

// TestNames checks that each upstream name stands for one of our names.
func TestNames(t *testing.T) {
	t.Parallel()
	names, err := compare.OurNames()
	require.NoError(t, err)
	ours := compare.OurSurface(load(t, ourFile))
	for _, table := range []map[string][]string{names.Operations, names.Schemas} {
		seen := map[string]string{}
		for name, upstream := range table {
			for _, word := range upstream {
				require.Empty(t, seen[word], word)
				seen[word] = name
			}
		}
	}
	for name := range names.Schemas {
		if !strings.Contains(name, "*") {
			require.Contains(t, ours, name, "names.yaml names a schema that openapi.yaml lacks")
		}
	}
	for upstream, want := range map[string]string{
		"session": "session", "loginFlow": "selfServiceLoginFlow",
		"updateLoginFlowWithTelepathyMethod": "submitSelfServiceLoginFlowWithTelepathyMethodBody",
		"uiNodeHologramAttributes":           "uiNodeAttributes", "uiNodeInputAttributesOption": "uiNodeInputAttributesOption",
		"continueWithHologramUi": "continueWith", "continueWithHologramUiFlow": "continueWithFlow",
		"continueWithHologramUiData": "continueWithHologramUiData",
	} {
		require.Equal(t, want, names.Schema(upstream))
	}
}

func TestFilesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for file, words := range map[string]string{
		"nowhere.yaml": "nowhere.yaml is no OpenAPI description that can be read",
		"names.yaml":   "names.yaml describes no operation; is it an OpenAPI 3 file?",
	} {
		_, err := comparison(t).File(t.Context(), file)
		require.ErrorContains(t, err, words)
	}
}
