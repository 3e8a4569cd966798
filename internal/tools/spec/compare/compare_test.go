package compare_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

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

// open compares our description with an upstream one, and returns what is neither in
// ours nor on the list.
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

func text() *openapi3.SchemaRef { return openapi3.NewStringSchema().NewRef() }

// TestPinned holds that nothing in the pinned descriptions is neither in ours nor
// on the list of deliberate differences, and that nothing on the list is stale.
func TestPinned(t *testing.T) {
	reports, stale, err := compare.Pinned(t.Context(), ourFile)
	require.NoError(t, err)
	require.Len(t, reports, 2)
	for _, report := range reports {
		require.Empty(t, report.Complaint())
		require.NotEmpty(t, report.Differences, report.Upstream)
	}
	require.Empty(t, stale)
}

// TestPlantedDifferences changes the newest pinned description in one way, and
// holds that this and nothing else is reported. What is planted has names that nobody
// would choose, so that our description can grow.
func TestPlantedDifferences(t *testing.T) {
	const submit, native = "/self-service/login", "/self-service/login/api"
	file := pinned(t, "client-go")
	before := open(t, load(t, file)) // TestPinned tells of these
	for name, test := range map[string]struct {
		plant func(document *openapi3.T)
		want  compare.Difference
	}{
		"operation missing": {
			func(d *openapi3.T) {
				d.Paths.Set("/self-service/login/karma", &openapi3.PathItem{
					Get: &openapi3.Operation{OperationID: "listKarma", Responses: openapi3.NewResponses()},
				})
			},
			compare.Difference{Kind: "missing", What: "operation", Where: "GET /self-service/login/karma", Name: "listKarma"},
		},
		"operation gone": {
			func(d *openapi3.T) { d.Paths.Delete("/sessions/token-exchange") },
			compare.Difference{Kind: "gone", What: "operation", Where: "GET /sessions/token-exchange"},
		},
		"operation renamed": {
			func(d *openapi3.T) { operation(d, "POST", submit).OperationID = "beginTelepathy" },
			compare.Difference{
				Kind: "different", What: "name", Where: "POST " + submit,
				Ours: "submitSelfServiceLoginFlow", Upstream: "beginTelepathy", Name: "beginTelepathy",
			},
		},
		"parameter missing": {
			func(d *openapi3.T) {
				operation(d, "GET", native).AddParameter(openapi3.NewQueryParameter("karma").WithSchema(text().Value))
			},
			compare.Difference{
				Kind: "missing", What: "parameter", Where: "GET " + native + " query karma", Name: "karma", Upstream: "string",
			},
		},
		"parameter gone": {
			func(d *openapi3.T) {
				operation := operation(d, "POST", submit)
				operation.Parameters = operation.Parameters[:len(operation.Parameters)-1]
			},
			compare.Difference{Kind: "gone", What: "parameter", Where: "POST " + submit + " header Cookie", Ours: "string"},
		},
		"parameter required": {
			func(d *openapi3.T) {
				operation(d, "GET", "/sessions/whoami").Parameters.GetByInAndName("query", "tokenize_as").Required = true
			},
			compare.Difference{
				Kind: "different", What: "required", Where: "GET /sessions/whoami query tokenize_as",
				Ours: "no", Upstream: "yes", Name: "tokenize_as",
			},
		},
		"body optional": {
			func(d *openapi3.T) { operation(d, "POST", submit).RequestBody.Value.Required = false },
			compare.Difference{
				Kind: "different", What: "required", Where: "POST " + submit + " body", Ours: "yes", Upstream: "no",
			},
		},
		"media type missing": {
			func(d *openapi3.T) {
				content := operation(d, "POST", submit).RequestBody.Value.Content
				content["application/telepathy"] = content["application/json"]
			},
			compare.Difference{
				Kind: "missing", What: "media type", Where: "POST " + submit + " body application/telepathy",
				Upstream: "submitSelfServiceLoginFlowBody", Name: "application/telepathy",
			},
		},
		"media type gone": {
			func(d *openapi3.T) {
				delete(operation(d, "POST", submit).RequestBody.Value.Content, "application/x-www-form-urlencoded")
			},
			compare.Difference{
				Kind: "gone", What: "media type", Where: "POST " + submit + " body application/x-www-form-urlencoded",
				Ours: "submitSelfServiceLoginFlowBody",
			},
		},
		"status missing": {
			func(d *openapi3.T) {
				operation(d, "GET", native).Responses.Set("418", &openapi3.ResponseRef{Value: openapi3.NewResponse()})
			},
			compare.Difference{Kind: "missing", What: "status", Where: "GET " + native + " 418", Name: "418"},
		},
		"status gone": {
			func(d *openapi3.T) { operation(d, "GET", "/self-service/login/flows").Responses.Delete("410") },
			compare.Difference{Kind: "gone", What: "status", Where: "GET /self-service/login/flows 410"},
		},
		"answer of another form": {
			func(d *openapi3.T) {
				operation(d, "GET", "/self-service/login/flows").Responses.Value("200").Value.
					Content["application/json"].Schema = openapi3.NewSchemaRef(
					"#/components/schemas/session", d.Components.Schemas["session"].Value)
			},
			compare.Difference{
				Kind: "different", What: "type", Where: "GET /self-service/login/flows 200 application/json",
				Ours: "selfServiceLoginFlow", Upstream: "session", Name: "application/json",
			},
		},
		"header missing": {
			func(d *openapi3.T) {
				operation(d, "GET", native).Responses.Value("200").Value.Headers = openapi3.Headers{
					"x-karma": {Value: &openapi3.Header{Parameter: openapi3.Parameter{Schema: text()}}},
				}
			},
			compare.Difference{
				Kind: "missing", What: "header", Where: "GET " + native + " 200 header X-Karma",
				Upstream: "string", Name: "x-karma",
			},
		},
		"error id missing": {
			func(d *openapi3.T) {
				operation(d, "POST", submit).Description += "\n\n- `session_hologram_required`: Slow down."
			},
			compare.Difference{
				Kind: "missing", What: "error id", Where: "POST " + submit + " error id session_hologram_required", Name: "session_hologram_required",
			},
		},
		"property missing": {
			func(d *openapi3.T) { d.Components.Schemas["session"].Value.Properties["karma"] = text() },
			compare.Difference{
				Kind: "missing", What: "property", Where: "session.karma", Upstream: "string", Name: "session.karma",
			},
		},
		"property of a body missing": {
			func(d *openapi3.T) {
				d.Components.Schemas["updateLoginFlowWithPasswordMethod"].Value.WithProperty("aura", text().Value).
					Required = []string{"aura", "identifier", "method", "password"}
			},
			compare.Difference{
				Kind: "missing", What: "property", Where: "submitSelfServiceLoginFlowWithPasswordMethodBody.aura",
				Upstream: "string required", Name: "updateLoginFlowWithPasswordMethod.aura",
			},
		},
		"property gone": {
			func(d *openapi3.T) { delete(d.Components.Schemas["loginFlow"].Value.Properties, "return_to") },
			compare.Difference{Kind: "gone", What: "property", Where: "selfServiceLoginFlow.return_to", Ours: "string"},
		},
		"type": {
			func(d *openapi3.T) { property(d, "session", "active").Type = &openapi3.Types{"string"} },
			compare.Difference{
				Kind: "different", What: "type", Where: "session.active",
				Ours: "boolean", Upstream: "string", Name: "session.active",
			},
		},
		"format": {
			func(d *openapi3.T) { property(d, "session", "issued_at").Format = "date" },
			compare.Difference{
				Kind: "different", What: "format", Where: "session.issued_at",
				Ours: "date-time", Upstream: "date", Name: "session.issued_at",
			},
		},
		"nullable": {
			func(d *openapi3.T) { property(d, "uiContainer", "action").Nullable = true },
			compare.Difference{
				Kind: "different", What: "nullable", Where: "uiContainer.action",
				Ours: "no", Upstream: "yes", Name: "uiContainer.action",
			},
		},
		"property optional": {
			func(d *openapi3.T) { d.Components.Schemas["session"].Value.Required = nil },
			compare.Difference{
				Kind: "different", What: "required", Where: "session.id", Ours: "yes", Upstream: "no", Name: "session.id",
			},
		},
		"value missing": {
			func(d *openapi3.T) {
				group := property(d, "uiNode", "group")
				group.Enum = append(group.Enum, "telepathy")
			},
			compare.Difference{Kind: "missing", What: "value", Where: "uiNode.group", Upstream: "telepathy", Name: "uiNode.group"},
		},
		"value gone": {
			func(d *openapi3.T) { property(d, "uiText", "type").Enum = []any{"info", "error"} },
			compare.Difference{Kind: "gone", What: "value", Where: "uiText.type", Ours: "success", Name: "uiText.type"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			document := load(t, file)
			test.plant(document)
			planted := slices.DeleteFunc(open(t, document), func(d compare.Difference) bool { return slices.Contains(before, d) })
			require.Equal(t, []compare.Difference{test.want}, planted)
		})
	}
}

// TestComplaint tells those who have a new method, in one description or the other, what
// differs, which of the two has it, and where to write that down.
func TestComplaint(t *testing.T) {
	t.Parallel()
	method := compare.Difference{Kind: "gone", What: "value", Where: "uiNode.group", Ours: "telepathy", Name: "uiNode.group"}
	body := compare.Difference{Kind: "gone", What: "schema", Where: "telepathyBody", Ours: "object"}
	property := compare.Difference{Kind: "missing", What: "property", Where: "session.karma", Upstream: "number", Name: "session.karma"}
	value := compare.Difference{Kind: "missing", What: "value", Where: "uiNode.group", Upstream: "aura", Name: "uiNode.group"}
	kind := compare.Difference{Kind: "different", What: "type", Where: "session.active", Ours: "boolean", Upstream: "string"}
	format := compare.Difference{Kind: "different", What: "format", Where: "session.id", Upstream: "uuid"}
	const list, describe = "internal/tools/spec/compare/deliberate.yaml", `openapi.yaml, then run "make generate"`
	for name, test := range map[string]struct {
		differences []compare.Difference
		want, never []string
	}{
		"only ours": {
			[]compare.Difference{method, body},
			[]string{
				"openapi.yaml (ours) and example v1 (theirs) differ:",
				"\n  ours has the value telepathy of uiNode.group, theirs does not\n",
				"\n  ours has the schema telepathyBody (object), theirs does not\n",
				list, "- kind: gone\n    what: value\n    where: [uiNode.group]\n    ours: [telepathy]\n    why: (the reason)\n" +
					"  - kind: gone\n    what: schema\n    where: [telepathyBody]\n    why: (the reason)",
			},
			[]string{"theirs has", describe},
		},
		"only theirs": {
			[]compare.Difference{property, value},
			[]string{
				"\n  theirs has the property session.karma (number), ours does not\n",
				"\n  theirs has the value aura of uiNode.group, ours does not\n",
				describe, list, "- kind: missing\n    what: property\n    where: [session.karma]\n    why:",
			},
			[]string{"ours has"},
		},
		"both": {
			[]compare.Difference{kind, format},
			[]string{
				"\n  the type of session.active: ours says boolean, theirs says string\n",
				"\n  the format of session.id: ours says none, theirs says uuid\n",
				describe, list,
				"- kind: different\n    what: type\n    where: [session.active]\n    ours: [boolean]\n    upstream: [string]\n",
			},
			[]string{"ours has", "theirs has"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			complaint := compare.Report{Upstream: "example v1", Differences: test.differences}.Complaint()
			for _, part := range test.want {
				require.Contains(t, complaint, part)
			}
			for _, part := range test.never {
				require.NotContains(t, complaint, part)
			}
		})
	}
	method.Why = "It is meant to be."
	require.Empty(t, compare.Report{Differences: []compare.Difference{method}}.Complaint())
}

// TestManyEntries holds that the entries of ten differences are printed, each once even if
// two descriptions have it, and how many more there are.
func TestManyEntries(t *testing.T) {
	t.Parallel()
	for count, more := range map[int]string{10: "", 11: "\n  … and 1 more", 27: "\n  … and 17 more"} {
		differences := make([]compare.Difference, count)
		for i := range differences {
			differences[i] = compare.Difference{Kind: "missing", What: "schema", Where: fmt.Sprintf("schema%02d", i)}
		}
		advice := compare.Advice(append(differences, differences...))
		require.Equal(t, 10, strings.Count(advice, "- kind: missing"))
		require.Contains(t, advice, "where: [schema09]")
		require.True(t, strings.HasSuffix(advice, "why: (the reason)"+more), advice)
	}
}

// TestEntry holds that the entry which is proposed for a difference is one that covers it,
// and no other one of the kind.
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

// TestStale holds that an entry counts only as long as each of its parts matches
// something.
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

// TestNames holds that every upstream name stands for one of ours.
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
		require.Contains(t, ours, name, "names.yaml names a schema that openapi.yaml lacks")
	}
}

func TestFilesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for file, words := range map[string]string{
		"nowhere.yaml": "nowhere.yaml is no OpenAPI description that can be read",
		"names.yaml":   "names.yaml describes no operation; is it an OpenAPI 3 file?",
	} {
		_, err := compare.Files(ourFile, file, "")
		require.ErrorContains(t, err, words)
	}
}
