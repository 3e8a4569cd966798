package compare_test

import (
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/internal/spec/compare"
)

const ourFile = "../../../openapi.yaml"

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

// open compares our description with the newest pinned one that was changed, and
// returns what is neither in ours nor on the list.
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
		require.Empty(t, report.Open(), report.Upstream)
		require.NotEmpty(t, report.Differences, report.Upstream)
	}
	require.Empty(t, stale)
}

// TestPlantedDifferences changes the newest pinned description in one way, and
// holds that this and nothing else is reported.
func TestPlantedDifferences(t *testing.T) {
	const submit, native = "/self-service/login", "/self-service/login/api"
	file := pinned(t, "client-go")
	for name, test := range map[string]struct {
		plant func(document *openapi3.T)
		want  compare.Difference
	}{
		"operation missing": {
			func(d *openapi3.T) {
				d.Paths.Set("/self-service/login/methods", &openapi3.PathItem{
					Get: &openapi3.Operation{OperationID: "listMethods", Responses: openapi3.NewResponses()},
				})
			},
			compare.Difference{Kind: "missing", What: "operation", Where: "GET /self-service/login/methods", Name: "listMethods"},
		},
		"operation gone": {
			func(d *openapi3.T) { d.Paths.Delete("/sessions/token-exchange") },
			compare.Difference{Kind: "gone", What: "operation", Where: "GET /sessions/token-exchange"},
		},
		"operation renamed": {
			func(d *openapi3.T) { operation(d, "POST", submit).OperationID = "signIn" },
			compare.Difference{
				Kind: "different", What: "name", Where: "POST " + submit,
				Ours: "submitSelfServiceLoginFlow", Upstream: "signIn", Name: "signIn",
			},
		},
		"parameter missing": {
			func(d *openapi3.T) {
				operation(d, "GET", native).AddParameter(openapi3.NewQueryParameter("locale").WithSchema(text().Value))
			},
			compare.Difference{
				Kind: "missing", What: "parameter", Where: "GET " + native + " query locale", Name: "locale", Upstream: "string",
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
				content["application/cbor"] = content["application/json"]
			},
			compare.Difference{
				Kind: "missing", What: "media type", Where: "POST " + submit + " body application/cbor",
				Upstream: "submitSelfServiceLoginFlowBody", Name: "application/cbor",
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
				operation(d, "GET", native).Responses.Set("429", &openapi3.ResponseRef{Value: openapi3.NewResponse()})
			},
			compare.Difference{Kind: "missing", What: "status", Where: "GET " + native + " 429", Name: "429"},
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
					"retry-after": {Value: &openapi3.Header{Parameter: openapi3.Parameter{Schema: text()}}},
				}
			},
			compare.Difference{
				Kind: "missing", What: "header", Where: "GET " + native + " 200 header Retry-After",
				Upstream: "string", Name: "retry-after",
			},
		},
		"error id missing": {
			func(d *openapi3.T) { operation(d, "POST", submit).Description += "\n\n- `too_many_tries`: Slow down." },
			compare.Difference{
				Kind: "missing", What: "error id", Where: "POST " + submit + " error id too_many_tries", Name: "too_many_tries",
			},
		},
		"property missing": {
			func(d *openapi3.T) { d.Components.Schemas["session"].Value.Properties["risk"] = text() },
			compare.Difference{
				Kind: "missing", What: "property", Where: "session.risk", Upstream: "string", Name: "session.risk",
			},
		},
		"property of a body missing": {
			func(d *openapi3.T) {
				d.Components.Schemas["updateLoginFlowWithPasswordMethod"].Value.WithProperty("captcha", text().Value).
					Required = []string{"captcha", "identifier", "method", "password"}
			},
			compare.Difference{
				Kind: "missing", What: "property", Where: "submitSelfServiceLoginFlowWithPasswordMethodBody.captcha",
				Upstream: "string required", Name: "updateLoginFlowWithPasswordMethod.captcha",
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
				group.Enum = append(group.Enum, "palm")
			},
			compare.Difference{Kind: "missing", What: "value", Where: "uiNode.group", Upstream: "palm", Name: "uiNode.group"},
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
			require.Equal(t, []compare.Difference{test.want}, open(t, document))
		})
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
