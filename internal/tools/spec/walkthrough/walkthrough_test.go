// Package walkthrough follows CONTRIBUTING.md through a made-up release of Kratos: v27. It adds
// three properties, a node type, a method, an action and an error id. Their names are ones that
// nobody would choose.
package walkthrough_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/api"
	"github.com/orylogin/orylogin/internal/tools/spec/compare"
)

const ourFile = "../../../../openapi.yaml"

// upstream returns the newest pinned description.
func upstream(t *testing.T) *openapi3.T {
	t.Helper()
	upstreams, err := compare.Upstreams()
	require.NoError(t, err)
	file, err := upstreams[len(upstreams)-1].Fetch(t.Context())
	require.NoError(t, err)
	return load(t, file)
}

func load(t *testing.T, file string) *openapi3.T {
	t.Helper()
	document, err := compare.Load(file)
	require.NoError(t, err)
	return document
}

// v27 returns the description of the made-up release.
func v27(t *testing.T) *openapi3.T {
	t.Helper()
	document := upstream(t)
	document.Paths.Value("/self-service/login").Post.Description += "\n\n- `session_hologram_required`: Show one."

	addProperty(document, "loginFlow", "aura", openapi3.NewObjectSchema())
	addProperty(document, "session", "karma", openapi3.NewFloat64Schema())
	addProperty(document, "identity", "spirit_animal", openapi3.NewStringSchema())

	addVariant(document, "uiNodeAttributes", "hologram", "uiNodeHologramAttributes", openapi3.NewObjectSchema().
		WithProperty("node_type", openapi3.NewStringSchema()).
		WithProperty("id", openapi3.NewStringSchema()).
		WithProperty("depth", openapi3.NewIntegerSchema()).
		WithRequired([]string{"node_type", "id"}))
	addValue(document, "uiNode", "type", "hologram")

	addVariant(document, "updateLoginFlowBody", "telepathy", "updateLoginFlowWithTelepathyMethod", openapi3.NewObjectSchema().
		WithProperty("method", openapi3.NewStringSchema().WithEnum("telepathy")).
		WithProperty("thought", openapi3.NewStringSchema()).
		WithRequired([]string{"method", "thought"}))
	addValue(document, "uiNode", "group", "telepathy")
	addValue(document, "loginFlow", "active", "telepathy")
	addValue(document, "sessionAuthenticationMethod", "method", "telepathy")
	addValue(document, "identityCredentials", "type", "telepathy")

	addVariant(document, "continueWith", "show_hologram_ui", "continueWithHologramUi", openapi3.NewObjectSchema().
		WithProperty("action", openapi3.NewStringSchema()).
		WithProperty("hologram_url", openapi3.NewStringSchema()).
		WithRequired([]string{"action"}))
	return document
}

func schema(document *openapi3.T, name string) *openapi3.Schema {
	return document.Components.Schemas[name].Value
}

func addProperty(document *openapi3.T, to, name string, property *openapi3.Schema) {
	schema(document, to).WithProperty(name, property)
}

func addValue(document *openapi3.T, to, property, value string) {
	values := schema(document, to).Properties[property].Value
	values.Enum = append(values.Enum, value)
}

func addVariant(document *openapi3.T, union, value, name string, variant *openapi3.Schema) {
	document.Components.Schemas[name] = variant.NewRef()
	ref := openapi3.NewSchemaRef("#/components/schemas/"+name, variant)
	of := schema(document, union)
	of.OneOf = append(of.OneOf, ref)
	of.Discriminator.Mapping[value] = openapi3.MappingRef{Ref: ref.Ref}
}

// save writes a description to a file, for a command to read.
func save(t *testing.T, document *openapi3.T) string {
	t.Helper()
	data, err := json.Marshal(document)
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "api.json")
	require.NoError(t, os.WriteFile(file, data, 0o600))
	return file
}

// open returns the differences between a release and our description.
func open(t *testing.T, ours, release *openapi3.T, names compare.Names) []compare.Difference {
	t.Helper()
	list, err := compare.DeliberateDifferences()
	require.NoError(t, err)
	found := compare.Compare(compare.OurSurface(ours), compare.UpstreamSurface(release, ours, names))
	return compare.Report{Differences: compare.Explain(list, "client-go", found)}.Open()
}

// additions returns what our description lacks of a release. It leaves out today's differences,
// which the tests of package compare check.
func additions(t *testing.T, ours, release *openapi3.T, names compare.Names) []string {
	t.Helper()
	known, err := compare.OurNames()
	require.NoError(t, err)
	today := open(t, load(t, ourFile), upstream(t), known)
	var lines []string
	for _, d := range open(t, ours, release, names) {
		if !slices.Contains(today, d) {
			lines = append(lines, d.Kind+" "+d.What+" "+d.Where+": "+d.Upstream)
		}
	}
	return lines
}

// TestNobodyElseHasTheNames checks that our description has none of the made-up words.
func TestNobodyElseHasTheNames(t *testing.T) {
	t.Parallel()
	ours, err := os.ReadFile(ourFile)
	require.NoError(t, err)
	for _, word := range []string{"telepathy", "hologram", "aura", "karma", "spirit_animal"} {
		require.NotRegexp(t, `(?i)\b`+word+`\b`, string(ours),
			"openapi.yaml has a word that the tests in internal/tools/spec make up: choose another one for them")
	}
}

// TestDiffNamesEveryAddition checks the step "diff".
func TestDiffNamesEveryAddition(t *testing.T) {
	t.Parallel()
	names, err := compare.OurNames()
	require.NoError(t, err)
	release := load(t, save(t, v27(t)))
	require.Equal(t, []string{
		"missing error id POST /self-service/login error id session_hologram_required: ",
		"missing value continueWith.action: show_hologram_ui",
		"missing property continueWith.hologram_url: string",
		"missing property identity.spirit_animal: string",
		"missing value identityCredentials.type: telepathy",
		"missing value selfServiceLoginFlow.active: telepathy",
		"missing property selfServiceLoginFlow.aura: object",
		"missing property session.karma: number",
		"missing value sessionAuthenticationMethod.method: telepathy",
		"missing value submitSelfServiceLoginFlowBody: telepathy",
		"missing schema submitSelfServiceLoginFlowWithTelepathyMethodBody: object with method, thought",
		"missing value uiNode.group: telepathy",
		"missing value uiNode.type: hologram",
		"missing property uiNodeAttributes.depth: integer",
		"missing value uiNodeAttributes.node_type: hologram",
	}, additions(t, load(t, ourFile), release, names))
}

// TestContributing checks that the command prints the table in CONTRIBUTING.md. The lines of
// that table are some of the lines about the release.
func TestContributing(t *testing.T) {
	t.Parallel()
	comparison, err := compare.NewComparison(ourFile)
	require.NoError(t, err)
	report, err := comparison.File(t.Context(), save(t, v27(t)))
	require.NoError(t, err)
	var table strings.Builder
	require.NoError(t, report.WriteTable(&table))
	var printed []string
	for line := range strings.Lines(table.String()) {
		printed = append(printed, strings.Join(strings.Fields(line), " "))
	}
	contributing, err := os.ReadFile("../../../../CONTRIBUTING.md")
	require.NoError(t, err)
	block := regexp.MustCompile("(?s)```text\n(MISSING.*?)```").FindSubmatch(contributing)
	require.NotNil(t, block, "CONTRIBUTING.md has no block that begins with MISSING")
	for line := range strings.Lines(string(block[1])) {
		require.Contains(t, printed, strings.Join(strings.Fields(line), " "))
	}
}

// TestEditMakesTheDiffClean checks the step "edit", which adds the new things to our
// description. A name that follows the pattern of others needs no entry in the table of names.
// A method needs no known value.
func TestEditMakesTheDiffClean(t *testing.T) {
	t.Parallel()
	names, err := compare.OurNames()
	require.NoError(t, err)
	ours := load(t, ourFile)
	ours.Paths.Value("/self-service/login").Post.Description += "\n  - session_hologram_required: show one.\n"
	addProperty(ours, "selfServiceLoginFlow", "aura", openapi3.NewObjectSchema())
	addProperty(ours, "session", "karma", openapi3.NewFloat64Schema())
	addProperty(ours, "identity", "spirit_animal", openapi3.NewStringSchema())
	addProperty(ours, "uiNodeAttributes", "depth", openapi3.NewIntegerSchema())
	addProperty(ours, "continueWith", "hologram_url", openapi3.NewStringSchema())
	for property, value := range map[string]string{
		"uiNode.type": "hologram", "uiNodeAttributes.node_type": "hologram", "continueWith.action": "show_hologram_ui",
	} {
		addKnownValue(ours, property, value)
	}
	addVariant(ours, "submitSelfServiceLoginFlowBody", "telepathy", "submitSelfServiceLoginFlowWithTelepathyMethodBody",
		openapi3.NewObjectSchema().
			WithProperty("method", openapi3.NewStringSchema().WithEnum("telepathy")).
			WithProperty("thought", openapi3.NewStringSchema()).
			WithRequired([]string{"method", "thought"}))
	require.Empty(t, additions(t, load(t, save(t, ours)), v27(t), names))
}

// addKnownValue adds a value to the list in the description of a property.
func addKnownValue(document *openapi3.T, property, value string) {
	name, property, _ := strings.Cut(property, ".")
	described := schema(document, name).Properties[property].Value
	described.Description = strings.Replace(described.Description, "Known values are ", "Known values are "+value+", ", 1)
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "v27", name+".json"))
	require.NoError(t, err)
	return data
}

// TestYesterdaysTypes decodes documents of the release with today's types. Some types keep what
// they do not know.
func TestYesterdaysTypes(t *testing.T) {
	t.Parallel()
	var flow orylogin.Flow
	require.NoError(t, json.Unmarshal(read(t, "flow"), &flow))
	require.Equal(t, []string{"telepathy"}, flow.Methods())
	require.Equal(t, "hologram", flow.UI.Nodes[1].Attributes.NodeType)
	require.JSONEq(t, string(read(t, "flow")), string(flow.Document()))

	var session orylogin.Session
	require.NoError(t, json.Unmarshal(read(t, "session"), &session))
	require.Equal(t, "telepathy", session.AuthenticationMethods[0].Method)
	require.JSONEq(t, string(read(t, "session")), string(session.Document()))

	var accepted api.LoginOrFlow
	require.NoError(t, json.Unmarshal(read(t, "success"), &accepted))
	require.Equal(t, "show_hologram_ui", accepted.Login.ContinueWith[0].Action)

	var refused api.LoginFlowOrError
	require.NoError(t, json.Unmarshal(read(t, "error"), &refused))
	require.Equal(t, "session_hologram_required", refused.Error.Error.ID)
	require.NoError(t, json.Unmarshal(read(t, "flow"), &refused))
	require.Equal(t, "hologram", refused.Flow.UI.Nodes[1].Type)
}

// TestYesterdaysClient logs in to a server of the release with its new method.
func TestYesterdaysClient(t *testing.T) {
	t.Parallel()
	telepathy := orylogin.Custom{Name: "telepathy", Fields: map[string]any{"thought": "la la la"}}
	var submitted []byte
	answer := map[string]string{"/self-service/login/api": "flow", "/self-service/login": "success", "/sessions/whoami": "session"}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			submitted, _ = io.ReadAll(r.Body)
		}
		w.Header().Set("Content-Type", "application/json")
		if answer[r.URL.Path] == "error" {
			w.WriteHeader(http.StatusForbidden)
		}
		_, _ = w.Write(read(t, answer[r.URL.Path]))
	}))
	t.Cleanup(server.Close)
	client, err := orylogin.New(server.URL)
	require.NoError(t, err)

	login, err := client.Login(t.Context(), telepathy)
	require.NoError(t, err)
	require.JSONEq(t, `{"method":"telepathy","thought":"la la la"}`, string(submitted))
	require.Equal(t, "show_hologram_ui", login.ContinueWith[0].Action)
	require.JSONEq(t, string(read(t, "session")), string(login.Session.Document()))

	session, err := client.Whoami(t.Context(), login.Token)
	require.NoError(t, err)
	require.Equal(t, "telepathy", session.AuthenticationMethods[0].Method)

	answer["/self-service/login"] = "error"
	_, err = client.Login(t.Context(), telepathy)
	require.ErrorIs(t, err, orylogin.ErrorID("session_hologram_required"))
}
