package upstream

import (
	"go/ast"
	"go/constant"
	"go/types"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// Kinds of facts.
const (
	Message        = "message"
	ErrorID        = "error id"
	Reason         = "reason" // the text of the generic message
	State          = "state"
	CredentialType = "credential type" //nolint:gosec // no credential
	Method         = "method"
	NodeType       = "node type"
	NodeGroup      = "node group"
	Action         = "action"
	Header         = "header"
)

// Fact is one thing that the source of Kratos says about a login.
type Fact struct {
	Kind  string
	Value string   // a number, an id, a word, or the text of a reason
	Name  string   // the name of the declaration
	Text  string   // the text of a message; … stands for what the server fills in
	Used  []string // the files that use it
}

// words are the types whose constants are words in answers, by the folder of their package.
var words = []struct {
	kind, folder string
	name         *regexp.Regexp
}{
	{State, "selfservice/flow", regexp.MustCompile(`^State$`)},
	{CredentialType, "identity", regexp.MustCompile(`^CredentialsType$`)},
	{NodeType, "ui/node", regexp.MustCompile(`^(UiNode)?Type$`)},
	{NodeGroup, "ui/node", regexp.MustCompile(`^(UiNode)?Group$`)},
	{Action, "selfservice/flow", regexp.MustCompile(`^ContinueWithAction`)},
}

// reader collects the facts of a tree.
type reader struct {
	facts   map[[2]string]*Fact
	objects map[*Fact][]types.Object // the constants and functions that stand for the fact
	uses    uses
}

// Facts returns the facts in a tree, by kind and value.
func (t *Tree) Facts() []Fact {
	r := &reader{facts: map[[2]string]*Fact{}, objects: map[*Fact][]types.Object{}, uses: uses{}}
	units := t.units()
	for _, unit := range units {
		r.uses.add(unit)
	}
	for _, unit := range slices.DeleteFunc(units, func(u *unit) bool { return !u.about() }) {
		r.constants(unit)
		for _, declaration := range unit.declarations() {
			r.declaration(unit, declaration)
		}
	}
	var facts []Fact
	for _, fact := range r.facts {
		fact.Used = r.uses.files(fact.Used, r.objects[fact])
		facts = append(facts, *fact)
	}
	slices.SortFunc(facts, compareFacts)
	return facts
}

// add adds a fact. Another declaration may have the same fact.
func (r *reader) add(kind, value, name string, object types.Object) *Fact {
	key := [2]string{kind, value}
	fact, ok := r.facts[key]
	if !ok {
		fact = &Fact{Kind: kind, Value: value, Name: name}
		r.facts[key] = fact
	}
	if object != nil {
		r.objects[fact] = append(r.objects[fact], object)
	}
	return fact
}

// constants reads the facts in constants: ids of messages, error ids and words.
func (r *reader) constants(unit *unit) {
	scope := unit.types.Scope()
	for _, name := range scope.Names() {
		object, ok := scope.Lookup(name).(*types.Const)
		if !ok || !unit.main {
			continue
		}
		value, typeName := text(object.Val()), nameOf(object.Type())
		switch {
		case unit.folder == "text" && typeName == "ID":
			r.add(Message, value, name, object)
		case unit.folder == "text" && typeName == "" && object.Val().Kind() == constant.String && strings.HasPrefix(name, "Err"):
			r.add(ErrorID, value, name, object)
		}
		for _, word := range words {
			if unit.folder == word.folder && word.name.MatchString(typeName) {
				r.add(word.kind, value, name, object)
			}
		}
	}
}

// model matches the comment by which the generator of Kratos's description finds the bodies of
// methods.
var model = regexp.MustCompile(`swagger:model (updateLoginFlowWith\w+Method|submitSelfServiceLoginFlowWith\w+MethodBody)\b`)

// declaration reads the facts in a top-level declaration of a file.
func (r *reader) declaration(unit *unit, d declaration) {
	found := func(kind, value string) {
		if value != "" {
			fact := r.add(kind, value, d.name, nil)
			fact.Used = append(fact.Used, unit.fileName(d.file))
		}
	}
	if name := model.FindStringSubmatch(d.comment); name != nil {
		found(Method, name[1])
	}
	ast.Inspect(d.node, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.CallExpr:
			found(unit.ofCall(node))
		case *ast.CompositeLit:
			r.literal(unit, d, node, found)
		}
		return true
	})
}

// ofCall returns the kind and value of the fact in a call. They are empty if there is none.
func (u *unit) ofCall(call *ast.CallExpr) (string, string) {
	function, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || len(call.Args) == 0 {
		return "", ""
	}
	said := u.text(call.Args[0])
	_, ofAnswer := function.X.(*ast.CallExpr) // the Header of an answer is the result of a call, and that of a request is a field
	switch function.Sel.Name {
	case "WithID":
		return ErrorID, said
	case "WithReason", "WithReasonf":
		if refuses(function) {
			return Reason, said
		}
	case "Set", "Add", "Get":
		if nameOfExpression(function.X) == "Header" && ofAnswer == (function.Sel.Name != "Get") {
			return Header, http.CanonicalHeaderKey(said)
		}
	}
	return "", ""
}

// refuses reports whether an error is shown in a flow. Of the errors of herodot only one is:
// the others are answers of their own.
func refuses(expression ast.Expr) bool {
	switch expression := expression.(type) {
	case *ast.CallExpr:
		return refuses(expression.Fun)
	case *ast.SelectorExpr:
		if nameOfExpression(expression.X) == "herodot" {
			return expression.Sel.Name == "ErrBadRequest"
		}
		return refuses(expression.X)
	}
	return true
}

// literal reads the facts in a composite literal: an error, a message or an action.
func (r *reader) literal(unit *unit, within declaration, literal *ast.CompositeLit, found func(kind, value string)) {
	fields := map[string]ast.Expr{}
	for _, element := range literal.Elts {
		if pair, ok := element.(*ast.KeyValueExpr); ok {
			fields[nameOfExpression(pair.Key)] = pair.Value
		}
	}
	found(ErrorID, unit.text(fields["IDField"]))
	found(Reason, unit.text(fields["ReasonField"]))
	typeName := nameOf(unit.info.Types[literal].Type)
	if strings.HasPrefix(typeName, "ContinueWith") {
		found(Action, unit.text(fields["Action"]))
	}
	if id := unit.info.Types[fields["ID"]]; typeName == "Message" && id.Value != nil && nameOf(id.Type) == "ID" {
		fact := r.add(Message, text(id.Value), "", within.object)
		said := unit.text(fields["Text"])
		if said == "" && fields["Text"] != nil {
			said = unit.texts(within.node)
		}
		if said != "" && !strings.Contains(fact.Text, said) {
			fact.Text = strings.TrimPrefix(fact.Text+" / "+said, " / ")
		}
	}
}

// text returns the text of an expression: its value, or its constant parts with … for the
// others. It is empty if there is no constant part.
func (u *unit) text(expression ast.Expr) string {
	if value := u.info.Types[expression].Value; value != nil {
		return text(value)
	}
	switch expression := expression.(type) {
	case *ast.ParenExpr:
		return u.text(expression.X)
	case *ast.CallExpr:
		if nameOfExpression(expression.Fun) == "Sprintf" && len(expression.Args) > 0 {
			return u.text(expression.Args[0])
		}
	case *ast.BinaryExpr:
		if left, right := u.text(expression.X), u.text(expression.Y); left != "" || right != "" {
			return orDots(left) + orDots(right)
		}
	}
	return ""
}

// texts returns the texts that a function puts together.
func (u *unit) texts(function ast.Node) string {
	var texts []string
	ast.Inspect(function, func(node ast.Node) bool {
		if call, ok := node.(*ast.CallExpr); ok && nameOfExpression(call.Fun) == "Sprintf" {
			texts = append(texts, u.text(call))
		}
		return true
	})
	return strings.Join(texts, " … ")
}

// nameOf returns the name of a type. It is empty for a type without a name.
func nameOf(of types.Type) string {
	if of == nil {
		return ""
	}
	if named, ok := types.Unalias(of).(*types.Named); ok {
		return named.Obj().Name()
	}
	return ""
}

// nameOfExpression returns the last name in an expression, which may be a call.
func nameOfExpression(expression ast.Expr) string {
	switch expression := expression.(type) {
	case *ast.Ident:
		return expression.Name
	case *ast.SelectorExpr:
		return expression.Sel.Name
	case *ast.CallExpr:
		return nameOfExpression(expression.Fun)
	}
	return ""
}

// text returns a constant as a text. A string has no quotes.
func text(value constant.Value) string {
	if value.Kind() == constant.String {
		return constant.StringVal(value)
	}
	return value.ExactString()
}

func orDots(text string) string {
	if text == "" {
		return "…"
	}
	return text
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
