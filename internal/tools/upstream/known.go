package upstream

import (
	"bytes"
	"context"
	_ "embed" // for the list
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"net/http"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/orylogin/orylogin/internal/tools/spec/compare"
)

// Known is what this module knows about Kratos.
type Known struct {
	places map[string][]place // by the kind of fact
	texts  []string           // the texts that tell reasons of the generic message apart
	fake   map[string]string  // the texts of the fake's messages
	left   []Left
}

// place is a place in this module that names facts of one kind.
type place struct {
	name string
	has  func(value string) bool
}

// Left is an entry of the list of things that this module leaves out.
type Left struct {
	Kind   string   `yaml:"kind"`
	Values []string `yaml:"values,flow"`
	Why    string   `yaml:"why"`
}

const howTo = ` (see "A new message or error id" in CONTRIBUTING.md)`

//go:embed left.yaml
var leftFile []byte

// ReadKnown reads what the module in a folder knows. It leaves out the things on the list.
func ReadKnown(ctx context.Context, folder string, left []Left) (Known, error) {
	names, err := compare.OurNames()
	if err != nil {
		return Known{}, err
	}
	spec, err := compare.Load(filepath.Join(folder, "openapi.yaml"))
	if err != nil {
		return Known{}, err
	}
	tree, err := Open(ctx, folder)
	if err != nil {
		return Known{}, err
	}
	root, api, fake, surface := tree.own(""), tree.own("api"), tree.own("orylogintest"), compare.OurSurface(spec)
	if root == nil || api == nil || fake == nil {
		return Known{}, fmt.Errorf("%s is not the folder of this module", folder)
	}
	in := func(set map[string]bool) func(string) bool { return func(value string) bool { return set[value] } }
	values := func(elements ...string) []place {
		var places []place
		for _, element := range elements {
			places = append(places, place{"the known values of " + element + " in openapi.yaml", in(valuesOf(surface, element))})
		}
		return places
	}
	isSchema := func(value string) bool { return surface[names.Schema(value)] != nil }
	messages := root.constantsOf("MessageID", "")
	for value := range api.constantsOf("", "Label") {
		messages[value] = true
	}
	return Known{left: left, texts: root.textsOf("genericTexts"), fake: fake.pairsOf("messageTexts"), places: map[string][]place{
		Message:        {{"message.go or api/label.go" + howTo, in(messages)}},
		ErrorID:        {{"error_id.go" + howTo, in(root.constantsOf("ErrorID", ""))}},
		State:          append(values("selfServiceLoginFlow.state"), place{"flowStates in printing.go", in(asSet(root.textsOf("flowStates")))}),
		CredentialType: values("selfServiceLoginFlow.active", "sessionAuthenticationMethod.method", "identityCredentials.type"),
		Method:         {{"openapi.yaml", isSchema}},
		NodeType:       values("uiNode.type", "uiNodeAttributes.node_type"),
		NodeGroup:      values("uiNode.group"),
		Action:         values("continueWith.action"),
		Header:         {{"openapi.yaml or the Go files", in(headers(surface, root, tree.own("session"), tree.own("internal/header")))}},
	}}, nil
}

// LeftOut returns the list in left.yaml.
func LeftOut() ([]Left, error) {
	var list []Left
	decoder := yaml.NewDecoder(bytes.NewReader(leftFile))
	decoder.KnownFields(true)
	if err := decoder.Decode(&list); err != nil {
		return nil, fmt.Errorf("upstream/left.yaml cannot be read: %w", err)
	}
	for _, entry := range list {
		if entry.Kind == "" || len(entry.Values) == 0 || entry.Why == "" {
			return nil, fmt.Errorf("upstream/left.yaml: give this entry a kind, values and a why: %+v", entry)
		}
	}
	return list, nil
}

// lacking returns the places that should have a fact and do not.
func (k Known) lacking(fact Fact) []string {
	var lacking []string
	for _, place := range k.places[fact.Kind] {
		if !place.has(fact.Value) {
			lacking = append(lacking, place.name)
		}
	}
	if said := k.fake[fact.Value]; fact.Kind == Message && said != "" && fact.Text != "" && said != fact.Text {
		lacking = append(lacking, fmt.Sprintf("messageTexts in orylogintest/message.go, which says %q", said))
	}
	return lacking
}

// why returns why a fact is left out. It is empty if the fact is not left out.
func (k Known) why(kind, value string) string {
	for _, entry := range k.left {
		if entry.Kind == kind && slices.ContainsFunc(entry.Values, func(pattern string) bool {
			matches, _ := path.Match(pattern, value)
			return matches || pattern == value
		}) {
			return entry.Why
		}
	}
	return ""
}

// releases returns all wordings of a text that differs between releases, including the text
// itself. It returns nothing for a text that is the same in each release.
func (k Known) releases(text string) []string {
	for _, entry := range k.left {
		if entry.Kind == Reason && slices.Contains(entry.Values, text) {
			return entry.Values
		}
	}
	return nil
}

// own returns the package in a folder of the tree itself.
func (t *Tree) own(folder string) *unit { return t.load(path.Join(t.modules[0].path, folder)) }

// constantsOf returns the values of the constants with a type whose names begin with the
// prefix.
func (u *unit) constantsOf(typeName, prefix string) map[string]bool {
	values := map[string]bool{}
	scope := u.types.Scope()
	for _, name := range scope.Names() {
		if object, ok := scope.Lookup(name).(*types.Const); ok && nameOf(object.Type()) == typeName && strings.HasPrefix(name, prefix) {
			values[text(object.Val())] = true
		}
	}
	return values
}

// valueOf returns the value of a variable. It is nil if there is none.
func (u *unit) valueOf(variable string) ast.Expr {
	for _, declared := range u.declarations() {
		if spec, ok := declared.node.(*ast.ValueSpec); ok && spec.Names[0].Name == variable && len(spec.Values) > 0 {
			return spec.Values[0]
		}
	}
	return nil
}

// textsOf returns the texts in the value of a variable.
func (u *unit) textsOf(variable string) []string {
	if value := u.valueOf(variable); value != nil {
		return literals(value)
	}
	return nil
}

// pairsOf returns the keys and texts of a map.
func (u *unit) pairsOf(variable string) map[string]string {
	pairs := map[string]string{}
	literal, _ := u.valueOf(variable).(*ast.CompositeLit)
	if literal == nil {
		return pairs
	}
	for _, element := range literal.Elts {
		if pair, ok := element.(*ast.KeyValueExpr); ok {
			pairs[u.text(pair.Key)] = u.text(pair.Value)
		}
	}
	return pairs
}

// literals returns the texts in the literals within a node.
func literals(within ast.Node) []string {
	var texts []string
	ast.Inspect(within, func(node ast.Node) bool {
		if literal, ok := node.(*ast.BasicLit); ok && literal.Kind == token.STRING {
			said, _ := strconv.Unquote(literal.Value)
			texts = append(texts, said)
		}
		return true
	})
	return texts
}

func valuesOf(surface compare.Surface, element string) map[string]bool {
	values := map[string]bool{}
	if found := surface[element]; found != nil {
		for value := range found.Values {
			values[value] = true
		}
	}
	return values
}

var headerElement = regexp.MustCompile(` header (\S+)$`)

// headers returns the headers that are named in openapi.yaml or in the packages.
func headers(surface compare.Surface, packages ...*unit) map[string]bool {
	names := map[string]bool{}
	for name := range surface {
		if found := headerElement.FindStringSubmatch(name); found != nil {
			names[found[1]] = true
		}
	}
	for _, unit := range packages {
		for _, file := range unit.files {
			for _, said := range literals(file) {
				names[http.CanonicalHeaderKey(said)] = true
			}
		}
	}
	return names
}

func asSet(list []string) map[string]bool {
	set := map[string]bool{}
	for _, each := range list {
		set[each] = true
	}
	return set
}
