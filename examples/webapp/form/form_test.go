package form_test

import (
	"bytes"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/examples/webapp/form"
)

// recorded returns the flow in a recorded answer of a real server.
func recorded(t *testing.T, name string) *orylogin.Flow {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	require.NoError(t, err)
	var flow orylogin.Flow
	require.NoError(t, json.Unmarshal(body, &flow))
	return &flow
}

// withNodes returns a flow of the server auth with the nodes.
func withNodes(t *testing.T, nodes ...string) *orylogin.Flow {
	t.Helper()
	var flow orylogin.Flow
	require.NoError(t, json.Unmarshal([]byte(`{"id":"x","ui":{"action":"https://auth.example.com/login","method":"POST","nodes":[`+
		strings.Join(nodes, ",")+`]}}`), &flow))
	return &flow
}

// auth is the server of withNodes.
const auth = "https://auth.example.com"

// serverOf returns the server that has sent a recorded flow, as the application's configuration
// would name it.
func serverOf(flow *orylogin.Flow) string {
	parsed, err := url.Parse(flow.UI.Action)
	if err != nil {
		panic(err)
	}
	return parsed.Scheme + "://" + parsed.Host
}

func input(name, kind, more string) string {
	return `{"type":"input","group":"default","messages":[],"meta":{"label":{"id":1,"type":"info","text":"Label of ` + name +
		`"}},"attributes":{"node_type":"input","name":"` + name + `","type":"` + kind + `"` + more + `}}`
}

// page is HTML that has been parsed.
type page struct {
	t    *testing.T
	root *html.Node
}

func render(t *testing.T, flow *orylogin.Flow) page {
	t.Helper()
	var buffer bytes.Buffer
	require.NoError(t, form.New(flow, form.Options{Action: "/login?flow=x", Server: serverOf(flow)}).Render(&buffer))
	assert.NotContains(t, buffer.String(), "Zgotmpl", "a value was not fit for its place")
	root, err := html.Parse(&buffer)
	require.NoError(t, err)
	return page{t, root}
}

// all returns the elements with the name and the attribute. An empty key means any attribute.
func (p page) all(element, key, value string) []*html.Node {
	var found []*html.Node
	for node := range p.root.Descendants() {
		if node.Type == html.ElementNode && node.Data == element && (key == "" || attribute(node, key) == value) {
			found = append(found, node)
		}
	}
	return found
}

func (p page) one(element, key, value string) *html.Node {
	p.t.Helper()
	found := p.all(element, key, value)
	require.Len(p.t, found, 1, "%s with %s=%q", element, key, value)
	return found[0]
}

func attribute(node *html.Node, key string) string {
	for _, a := range node.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func has(node *html.Node, key string) bool {
	for _, a := range node.Attr {
		if a.Key == key {
			return true
		}
	}
	return false
}

func content(node *html.Node) string {
	var text strings.Builder
	for each := range node.Descendants() {
		if each.Type == html.TextNode {
			text.WriteString(each.Data)
		}
	}
	return strings.TrimSpace(text.String())
}

// TestEveryFieldHasALabel checks the labels, the ids and the CSRF token of all recorded flows.
func TestEveryFieldHasALabel(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"first", "refused", "code", "hook", "second", "identifier_first", "old"} {
		p := render(t, recorded(t, name))
		ids := map[string]bool{}
		for node := range p.root.Descendants() {
			if id := attribute(node, "id"); id != "" {
				require.False(t, ids[id], "%s: id %s twice", name, id)
				ids[id] = true
			}
		}
		for _, field := range p.all("input", "", "") {
			if attribute(field, "type") != "hidden" && !has(field, "hidden") {
				require.NotEmpty(t, content(p.one("label", "for", attribute(field, "id"))), name)
			}
		}
		for _, button := range p.all("button", "", "") {
			require.NotEmpty(t, content(button), name)
		}
		require.NotEmpty(t, p.all("form", "", ""), name)
		require.Len(t, p.all("input", "name", "csrf_token"), len(p.all("form", "", "")), name)
		for _, token := range p.all("input", "name", "csrf_token") {
			require.NotEmpty(t, attribute(token, "value"), name)
		}
		for _, each := range p.all("form", "", "") {
			require.Equal(t, "/login?flow=x", attribute(each, "action"), name)
			require.Equal(t, "post", attribute(each, "method"), name)
		}
	}
}

func TestFirstFactor(t *testing.T) {
	t.Parallel()
	flow := recorded(t, "first")
	p := render(t, flow)
	identifier := p.one("input", "name", "identifier")
	assert.Equal(t, "username webauthn", attribute(identifier, "autocomplete"))
	assert.True(t, has(identifier, "required"))
	assert.True(t, has(identifier, "autofocus"))
	password := p.one("input", "name", "password")
	assert.Equal(t, "password", attribute(password, "type"))
	assert.Equal(t, "E-Mail", content(p.one("label", "for", attribute(identifier, "id"))))
	assert.Equal(t, "submit", attribute(p.one("button", "name", "provider"), "type"))

	// The return key presses the first button.
	submits := p.all("button", "type", "submit")
	assert.Equal(t, "password", attribute(submits[0], "value"))

	// Passkeys need no inline script.
	trigger := p.one("button", "name", "passkey_login_trigger")
	assert.Equal(t, "oryPasskeyLogin", attribute(trigger, "data-press"))
	assert.Equal(t, "oryPasskeyLoginAutocompleteInit", attribute(p.one("input", "name", "passkey_login"), "data-start"))
	assert.NotEmpty(t, attribute(p.one("input", "name", "passkey_challenge"), "value"))
	for node := range p.root.Descendants() {
		assert.False(t, has(node, "onclick") || has(node, "onload"))
	}
	script := p.one("script", "id", "webauthn_script")
	assert.True(t, strings.HasSuffix(attribute(script, "src"), "/.well-known/ory/webauthn.js"))
	assert.NotEmpty(t, attribute(script, "integrity"))

	f := form.New(flow, form.Options{Server: serverOf(flow)})
	assert.Equal(t, flow.UI.Action, f.Action, "by default a form goes to the server")
	assert.Equal(t, []string{serverOf(flow)}, f.ScriptSources())
	assert.True(t, f.NeedsScript())
	assert.True(t, f.HasProviders())
	assert.False(t, f.HasErrors())
}

// TestIdentifier has an identifier that the application knows.
func TestIdentifier(t *testing.T) {
	t.Parallel()
	for kind, hidden := range map[string]bool{"text": false, "hidden": true} {
		f := form.New(withNodes(t, input("identifier", kind, `,"value":""`), input("password", "password", "")), form.Options{Identifier: "ada"})
		assert.Equal(t, hidden, f.HidesIdentifier)
		assert.Equal(t, hidden, f.Identifier == "ada")
		var buffer bytes.Buffer
		require.NoError(t, f.Render(&buffer))
		root, err := html.Parse(&buffer)
		require.NoError(t, err)
		p := page{t, root}
		assert.Equal(t, "ada", attribute(p.one("input", "name", "identifier"), "value"))
		assert.True(t, has(p.one("input", "name", "password"), "autofocus"))
		assert.Equal(t, hidden, len(p.all("p", "", "")) == 1, "a hidden identifier has its text")
	}
	f := form.New(withNodes(t, input("identifier", "hidden", `,"value":"grace"`)), form.Options{Identifier: "ada"})
	assert.Equal(t, "grace", f.Identifier)
}

func TestMessagesOfTheForm(t *testing.T) {
	t.Parallel()
	p := render(t, recorded(t, "refused"))
	alert := p.one("p", "role", "alert")
	assert.Contains(t, content(alert), "credentials are invalid")
	assert.True(t, has(alert.Parent, "autofocus"))
	assert.Equal(t, "-1", attribute(alert.Parent, "tabindex"))
	assert.Empty(t, attribute(p.one("input", "name", "password"), "value"))
	assert.True(t, form.New(recorded(t, "refused"), form.Options{}).HasErrors())
}

func TestMessagesOfAField(t *testing.T) {
	t.Parallel()
	p := render(t, recorded(t, "hook"))
	field := p.one("input", "aria-invalid", "true")
	assert.Equal(t, "traits.email", attribute(field, "name"))
	assert.True(t, has(field, "autofocus"), "the first error has the focus")
	assert.NotEmpty(t, content(p.one("div", "id", attribute(field, "aria-describedby"))))
	assert.Empty(t, p.all("p", "role", "alert"))
}

func TestMessagesOfAHiddenField(t *testing.T) {
	t.Parallel()
	node := strings.Replace(input("identifier", "hidden", ""), `"messages":[]`,
		`"messages":[{"id":4000002,"type":"error","text":"It is missing."}]`, 1)
	assert.Equal(t, "It is missing.", content(render(t, withNodes(t, node)).one("p", "role", "alert")))
}

func TestCode(t *testing.T) {
	t.Parallel()
	p := render(t, recorded(t, "code"))
	field := p.one("input", "name", "code")
	assert.Equal(t, "one-time-code", attribute(field, "autocomplete"))
	assert.Equal(t, "numeric", attribute(field, "inputmode"))
	identifier := p.one("input", "name", "identifier")
	assert.True(t, has(identifier, "hidden"))
	assert.Equal(t, "username webauthn", attribute(identifier, "autocomplete"), "for password managers, which skip type=hidden")
	assert.Equal(t, "code", attribute(p.one("button", "name", "resend"), "value"))
	assert.NotEmpty(t, content(p.one("p", "role", "status")))
}

// TestReturnKey checks that the return key submits what was typed, whatever the order of the
// server. The button that it presses must be the only one in the main colour.
func TestReturnKey(t *testing.T) {
	t.Parallel()
	in := func(group, node string) string { return strings.Replace(node, `"default"`, `"`+group+`"`, 1) }
	submit := func(group, name, value string) string {
		return in(group, input(name, "submit", `,"value":"`+value+`"`))
	}
	identifier := input("identifier", "text", "")
	code, resend := submit("code", "method", "code"), submit("code", "resend", "code")
	provider, passkey := submit("oidc", "provider", "x"), in("passkey", input("passkey_login_trigger", "button", ""))
	password := in("password", input("password", "password", "")) + "," + submit("password", "method", "password")
	for name, flow := range map[string]*orylogin.Flow{
		"code":     withNodes(t, in("code", input("code", "text", "")), resend, code),
		"mail":     withNodes(t, identifier, provider, passkey, code),
		"password": withNodes(t, identifier, provider, code, passkey, password),
		"second":   withNodes(t, in("totp", input("totp_code", "text", "")), submit("totp", "method", "totp"), password),
	} {
		p := render(t, flow)
		first := p.all("button", "type", "submit")[0]
		assert.Equal(t, "method", attribute(first, "name"), name)
		for _, button := range p.all("button", "", "") {
			assert.Equal(t, button != first, attribute(button, "class") == "secondary", "%s: %s", name, content(button))
		}
	}
	p := render(t, withNodes(t, provider, passkey))
	assert.Len(t, p.all("button", "class", "secondary"), 2)
}

// TestMethodsWithoutASharedField checks that each such method has its own form, with everything
// that all methods need.
func TestMethodsWithoutASharedField(t *testing.T) {
	t.Parallel()
	p := render(t, recorded(t, "identifier_first"))
	forms := p.all("form", "", "")
	require.Greater(t, len(forms), 1)
	require.Len(t, p.all("input", "name", "identifier"), len(forms))
	assert.Len(t, p.all("input", "name", "password"), 1)
}

func TestEveryKindOfNode(t *testing.T) {
	t.Parallel()
	types := []string{"text", "password", "number", "email", "tel", "datetime-local", "date", "url"}
	var nodes []string
	for _, kind := range types {
		nodes = append(nodes, input("of-"+kind, kind, `,"value":"1","pattern":"[0-9]+","maxlength":9,"disabled":true`))
	}
	nodes = append(nodes,
		input("novel", "color-of-tomorrow", ""),
		input("hidden", "hidden", `,"value":"h"`),
		input("checkbox", "checkbox", `,"value":true`),
		input("submit", "submit", `,"value":"go"`),
		input("button", "button", ""),
		input("select", "text", `,"value":"b","options":[{"value":"a"},{"value":"b"}]`),
		`{"type":"img","group":"default","messages":[],"meta":{"label":{"id":1,"type":"info","text":"A picture"}},"attributes":{"node_type":"img","id":"i","src":"https://auth.example.com/a.png","width":10,"height":20}}`,
		`{"type":"img","group":"default","messages":[],"meta":{},"attributes":{"node_type":"img","id":"j","src":"data:image/png;base64,iVBORw0KGgo=","width":10,"height":20}}`,
		`{"type":"a","group":"default","messages":[],"meta":{},"attributes":{"node_type":"a","id":"l","href":"https://example.com/help","title":{"id":1,"type":"info","text":"Help"}}}`,
		`{"type":"text","group":"default","messages":[],"meta":{"label":{"id":1,"type":"info","text":"Caption"}},"attributes":{"node_type":"text","id":"t","text":{"id":1,"type":"info","text":"Some text"}}}`,
		`{"type":"div","group":"default","messages":[],"meta":{},"attributes":{"node_type":"div","id":"d","class":"captcha","data":{"sitekey":"k","on click":"x"}}}`,
		`{"type":"script","group":"default","messages":[],"meta":{},"attributes":{"node_type":"script","id":"s","src":"https://auth.example.com/a.js","type":"text/javascript"}}`,
		`{"type":"hologram","group":"default","messages":[],"meta":{},"attributes":{"node_type":"hologram","id":"of-the-future"}}`,
	)
	flow := withNodes(t, nodes...)
	p := render(t, flow)
	for _, kind := range types {
		field := p.one("input", "name", "of-"+kind)
		assert.Equal(t, kind, attribute(field, "type"))
		assert.Equal(t, "[0-9]+", attribute(field, "pattern"))
		assert.Equal(t, "9", attribute(field, "maxlength"))
		assert.True(t, has(field, "disabled"))
		assert.Equal(t, kind != "password", attribute(field, "value") == "1", "a password is not shown again")
	}
	assert.Equal(t, "text", attribute(p.one("input", "name", "novel"), "type"))
	assert.Equal(t, "h", attribute(p.one("input", "name", "hidden"), "value"))
	assert.True(t, has(p.one("input", "name", "checkbox"), "checked"))
	assert.Equal(t, "go", attribute(p.one("button", "name", "submit"), "value"))
	assert.Equal(t, "button", attribute(p.one("button", "name", "button"), "type"))
	assert.Len(t, p.all("option", "", ""), 2)
	assert.Equal(t, "https://auth.example.com/a.png", attribute(p.one("img", "alt", "A picture"), "src"))
	assert.Len(t, p.all("img", "src", "data:image/png;base64,iVBORw0KGgo="), 1)
	assert.Equal(t, "Help", content(p.one("a", "href", "https://example.com/help")))
	assert.Contains(t, content(p.one("div", "class", "text")), "Some text")
	div := p.one("div", "class", "captcha")
	assert.Equal(t, "k", attribute(div, "data-sitekey"))
	assert.Len(t, div.Attr, 3)
	assert.Len(t, p.all("script", "src", "https://auth.example.com/a.js"), 1)
	f := form.New(flow, form.Options{Server: auth})
	assert.Equal(t, []string{auth}, f.ImageSources())
	assert.Equal(t, []string{auth}, f.ScriptSources())
}

func TestHostileFlows(t *testing.T) {
	t.Parallel()
	hostile := `\"'><script>alert(1)</script>`
	message := `"messages":[{"id":1,"type":"error","text":"` + hostile + `"}]`
	p := render(t, withNodes(t,
		strings.NewReplacer("Label of identifier", hostile, `"messages":[]`, message).
			Replace(input("identifier", "text", `,"value":"`+hostile+`","pattern":"`+hostile+`"`)),
		strings.Replace(input("x", "submit", `,"value":"`+hostile+`","onclick":"alert(1)","onclickTrigger":"alert"`), "Label of x", hostile, 1),
		`{"type":"a","group":"default","messages":[],"meta":{},"attributes":{"node_type":"a","href":"javascript:alert(1)","title":{"id":1,"type":"info","text":"x"}}}`,
		`{"type":"a","group":"default","messages":[],"meta":{},"attributes":{"node_type":"a","href":" JaVaScRiPt:alert(1)"}}`,
		`{"type":"a","group":"default","messages":[],"meta":{},"attributes":{"node_type":"a","href":"data:text/html,x"}}`,
		`{"type":"img","group":"default","messages":[],"meta":{},"attributes":{"node_type":"img","src":"javascript:alert(1)"}}`,
		`{"type":"img","group":"default","messages":[],"meta":{},"attributes":{"node_type":"img","src":"data:image/svg+xml;base64,AAAA"}}`,
		`{"type":"script","group":"default","messages":[],"meta":{},"attributes":{"node_type":"script","src":"javascript:alert(1)"}}`,
		`{"type":"script","group":"default","messages":[],"meta":{},"attributes":{"node_type":"script","src":"https://evil.example.org/a.js"}}`,
		`{"type":"script","group":"default","messages":[],"meta":{},"attributes":{"node_type":"script","src":"https://auth.example.com:444/a.js"}}`,
		`{"type":"div","group":"default","messages":[],"meta":{},"attributes":{"node_type":"div","class":"`+hostile+`","data":{"a":"`+hostile+`","x onload":"1"}}}`,
	))
	assert.Empty(t, p.all("script", "", ""))
	assert.Empty(t, p.all("a", "", ""))
	assert.Empty(t, p.all("img", "", ""))
	assert.Equal(t, `"'><script>alert(1)</script>`, attribute(p.one("input", "name", "identifier"), "value"))
	assert.False(t, has(p.one("button", "name", "x"), "data-press"))
}

func TestNothingToShow(t *testing.T) {
	t.Parallel()
	for _, flow := range []*orylogin.Flow{nil, {}, withNodes(t)} {
		f := form.New(flow, form.Options{})
		assert.True(t, f.Empty())
		out, err := f.HTML()
		require.NoError(t, err)
		assert.Empty(t, strings.TrimSpace(string(out)))
	}
	hostile := withNodes(t)
	hostile.UI.Action = "javascript:alert(1)"
	assert.Empty(t, form.New(hostile, form.Options{Server: auth}).Action)
}

// TestChangedFlow has a flow that was changed on its way. Such a flow must not decide where the
// server is: no script and no image comes from another place, and no form goes there.
func TestChangedFlow(t *testing.T) {
	t.Parallel()
	script := `{"type":"script","group":"webauthn","messages":[],"meta":{},"attributes":{"node_type":"script","id":"s","src":"SRC/.well-known/ory/webauthn.js","type":"text/javascript"}}`
	image := `{"type":"img","group":"default","messages":[],"meta":{},"attributes":{"node_type":"img","id":"i","src":"SRC/a.png"}}`
	for _, elsewhere := range []string{
		"https://evil.example", "http://auth.example.com", "https://auth.example.com:444", "https://auth.example.com.evil.example",
		"https://auth.example.com@evil.example", "https://*", "https://*.example.com", "https://auth.example.com;script-src *",
		"https://auth.example.com https:", "https:", "//evil.example", "javascript:", "data:text/javascript,alert(1)//", "*",
	} {
		flow := withNodes(t, strings.ReplaceAll(script, "SRC", elsewhere), strings.ReplaceAll(image, "SRC", elsewhere), input("identifier", "text", ""))
		flow.UI.Action = elsewhere + "/login"
		for _, server := range []string{auth, auth + "/", "HTTPS://Auth.Example.com:443/kratos", "", "https://*"} {
			f := form.New(flow, form.Options{Server: server})
			name := elsewhere + " at " + server
			assert.Empty(t, f.Action, name)
			assert.Empty(t, f.Scripts, name)
			assert.Empty(t, f.ScriptSources(), name)
			assert.Empty(t, f.ImageSources(), name)
			for _, block := range f.Blocks {
				for _, section := range block.Sections {
					for _, part := range section.Parts {
						assert.NotEqual(t, "image", part.Kind, name)
					}
				}
			}
		}
	}
	for _, address := range []string{auth, ""} { // with an empty one, the address is a path of the server
		own := withNodes(t, strings.ReplaceAll(script, "SRC", address))
		own.UI.Action = auth + "/login"
		for _, server := range []string{auth, auth + "/", "HTTPS://Auth.Example.com:443/kratos"} {
			f := form.New(own, form.Options{Server: server})
			assert.Equal(t, own.UI.Action, f.Action, server)
			assert.Equal(t, []string{auth}, f.ScriptSources(), server)
			assert.Equal(t, auth+"/.well-known/ory/webauthn.js", f.Scripts[0].Src, server)
		}
	}
}

// challenge returns the nodes that Ory Network adds for a captcha. They are a hidden field for
// the answer, a script of the server, the place of the captcha with its settings, and a script
// of the captcha.
func challenge(src string) []string {
	in := func(node string) string { return strings.Replace(node, `"default"`, `"captcha"`, 1) }
	script := func(id, src string) string {
		return `{"type":"script","group":"captcha","messages":[],"meta":{},"attributes":{"node_type":"script","id":"` + id + `","src":"` + src +
			`","type":"text/javascript","async":true,"crossorigin":"anonymous","referrerpolicy":"no-referrer","integrity":"","nonce":"n"}}`
	}
	return []string{
		in(input("transient_payload.captcha_turnstile_response", "hidden", `,"value":""`)),
		script("captcha_trigger_script", "/.well-known/ory/turnstile/captcha-trigger.js"),
		`{"type":"text","group":"captcha","messages":[],"meta":{},"attributes":{"node_type":"text","id":"captcha_turnstile_inject",` +
			`"text":{"id":1070015,"type":"info","text":"Please complete the captcha."}}}`,
		script("captcha_script", src),
		in(input("captcha_turnstile_options", "hidden", `,"value":"{\"sitekey\":\"k\"}"`)),
	}
}

const captcha = "https://challenges.example.com"

// TestCaptcha checks that each method's form has the answer to the captcha, and that the
// scripts are in their order.
func TestCaptcha(t *testing.T) {
	t.Parallel()
	password := strings.ReplaceAll(input("password", "password", "")+","+input("method", "submit", `,"value":"password"`), `"default"`, `"password"`)
	code := strings.Replace(input("method", "submit", `,"value":"code"`), `"default"`, `"code"`, 1)
	for name, methods := range map[string][]string{
		"methods with a shared field": {input("identifier", "text", ""), password, code},
		"methods without one":         {input("csrf_token", "hidden", ""), password, code},
	} {
		flow := withNodes(t, append(challenge(captcha+"/api.js?onload=f"), methods...)...)
		f := form.New(flow, form.Options{Action: "/login?flow=x", Server: auth, Captcha: captcha + "/"})
		assert.Equal(t, []string{auth, captcha}, f.ScriptSources(), name)
		assert.Equal(t, []string{captcha}, f.FrameSources(), name)
		text, err := f.HTML()
		require.NoError(t, err)
		root, err := html.Parse(strings.NewReader(string(text)))
		require.NoError(t, err)
		p := page{t, root}
		whole := p.one("form", "", "")
		for _, field := range []string{"transient_payload.captcha_turnstile_response", "captcha_turnstile_options"} {
			assert.Equal(t, "hidden", attribute(p.one("input", "name", field), "type"), name)
		}
		place := p.one("div", "id", "captcha_turnstile_inject")
		assert.Equal(t, whole, place.Parent.Parent, name)
		assert.Contains(t, content(place), "complete the captcha")
		scripts := p.all("script", "", "")
		require.Len(t, scripts, 2)
		assert.Equal(t, auth+"/.well-known/ory/turnstile/captcha-trigger.js", attribute(scripts[0], "src"), name)
		assert.Equal(t, captcha+"/api.js?onload=f", attribute(scripts[1], "src"), name)
		for _, each := range scripts {
			assert.True(t, has(each, "defer") && !has(each, "async"), "%s: the second one calls the first", name)
		}
	}
	assert.True(t, form.New(withNodes(t, challenge(captcha)...), form.Options{Server: auth}).Empty(), "a captcha alone logs nobody in")
}

// TestChangedCaptcha has a captcha that was changed on its way. Its scripts come only from the
// origin that the application has named. Scripts of other groups do not come from there.
func TestChangedCaptcha(t *testing.T) {
	t.Parallel()
	for _, elsewhere := range []string{"https://evil.example/api.js", "//evil.example/api.js", "http://challenges.example.com/api.js", "api.js"} {
		f := form.New(withNodes(t, challenge(elsewhere)...), form.Options{Server: auth, Captcha: captcha})
		assert.Equal(t, []string{auth}, f.ScriptSources(), elsewhere)
		assert.Empty(t, f.FrameSources(), elsewhere)
	}
	f := form.New(withNodes(t, challenge(captcha+"/api.js")...), form.Options{Server: auth})
	assert.Equal(t, []string{auth}, f.ScriptSources(), "the application has no captcha")
	assert.Empty(t, f.FrameSources())
	other := strings.Replace(challenge(captcha + "/api.js")[3], `"group":"captcha"`, `"group":"webauthn"`, 1)
	assert.Empty(t, form.New(withNodes(t, other), form.Options{Server: auth, Captcha: captcha}).Scripts)
	named := strings.Replace(challenge("")[2], "captcha_turnstile_inject", "oryPasskeyLogin", 1)
	assert.Equal(t, "part-1", form.New(withNodes(t, named), form.Options{}).Blocks[0].Sections[0].Parts[0].ID)
}

func TestOrigin(t *testing.T) {
	t.Parallel()
	for raw, origin := range map[string]string{
		"https://auth.example.com":           auth,
		"https://auth.example.com/kratos?a":  auth,
		"HTTPS://AUTH.example.com:443":       auth,
		"http://auth.example.com:80":         "http://auth.example.com",
		"http://kratos-public_1.auth.svc:99": "http://kratos-public_1.auth.svc:99",
		"http://127.0.0.1:4433/":             "http://127.0.0.1:4433",
		"http://[::1]:4433/":                 "http://[::1]:4433",
		"https://*":                          "",
		"https://*.example.com":              "",
		"https://auth.example.com:*":         "",
		"https://auth.example.com;a":         "",
		"https://a,b":                        "",
		"https://a b":                        "",
		"https://'self'":                     "",
		"https://ada@auth.example.com":       "",
		"https://äuth.example.com":           "",
		"https:":                             "",
		"//auth.example.com":                 "",
		"ftp://auth.example.com":             "",
		"javascript:alert(1)":                "",
		"":                                   "",
	} {
		got, ok := form.Origin(raw)
		assert.Equal(t, origin, got, raw)
		assert.Equal(t, origin != "", ok, raw)
	}
}
