package servercoverage

import (
	_ "embed" // for the list
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

//go:embed unseen.txt
var unseenFile string

// unseen returns the ids of the messages that no test makes Kratos send. Each line of the text
// has an id and the reason.
func unseen(text string) (map[int64]bool, error) {
	numbers := map[int64]bool{}
	for line := range strings.Lines(text) {
		first, reason, _ := strings.Cut(strings.TrimSpace(line), " ")
		if first == "" || first == "#" {
			continue
		}
		number, err := strconv.ParseInt(first, 10, 64)
		if err != nil || reason == "" {
			return nil, fmt.Errorf("unseen.txt: %q is no number with a reason", strings.TrimSpace(line))
		}
		numbers[number] = true
	}
	return numbers, nil
}

// Messages says where the list of messages differs from the counters. It checks the messages
// that Kratos has and that this module knows by the names of their constants.
func Messages(blocks []Block, kratos, ours string) ([]string, error) {
	return messages(blocks, kratos, ours, unseenFile)
}

func messages(blocks []Block, kratos, ours, list string) ([]string, error) {
	listed, err := unseen(list)
	if err != nil {
		return nil, err
	}
	made, err := madeMessages(blocks, kratos)
	if err != nil {
		return nil, err
	}
	known := map[int64]string{}
	for _, file := range []string{"message.go", "api/label.go"} {
		constants, err := load(filepath.Join(ours, file))
		if err != nil {
			return nil, err
		}
		for name, value := range constants.numbers() {
			known[value] = name
		}
	}
	var wrong []string
	for _, number := range slices.Sorted(maps.Keys(known)) {
		ran, exists := made[number]
		switch {
		case exists && !ran && !listed[number]:
			wrong = append(wrong, fmt.Sprintf("%d %s: no test makes Kratos send it, and unseen.txt lacks it", number, known[number]))
		case ran && listed[number]:
			wrong = append(wrong, fmt.Sprintf("%d %s: a test makes Kratos send it, so take it out of unseen.txt", number, known[number]))
		}
		delete(listed, number)
	}
	for _, number := range slices.Sorted(maps.Keys(listed)) {
		wrong = append(wrong, fmt.Sprintf("%d: unseen.txt has it, and this module does not know it", number))
	}
	return wrong, nil
}

// madeMessages returns the messages of a Kratos, and whether it has sent each of them.
func madeMessages(blocks []Block, kratos string) (map[int64]bool, error) {
	files, err := filepath.Glob(filepath.Join(kratos, "text", "*.go"))
	if err != nil {
		return nil, err
	}
	files = slices.DeleteFunc(files, func(name string) bool { return strings.HasSuffix(name, "_test.go") })
	code, err := load(files...)
	if err != nil {
		return nil, err
	}
	made := map[int64]bool{}
	for _, syntax := range code.files {
		ast.Inspect(syntax, func(node ast.Node) bool {
			member, ok := node.(*ast.KeyValueExpr)
			if !ok {
				return true
			}
			if key, ok := member.Key.(*ast.Ident); !ok || key.Name != "ID" {
				return true
			}
			if number, exact := constant.Int64Val(constant.ToInt(valueOf(code.info, member.Value))); exact && number > 0 {
				made[number] = made[number] || ran(blocks, code.set.Position(member.Pos()))
			}
			return true
		})
	}
	return made, nil
}

func valueOf(info *types.Info, of ast.Expr) constant.Value {
	if value := info.Types[of].Value; value != nil {
		return value
	}
	return constant.MakeInt64(0)
}

// ran reports whether the code at a position in the folder text has run.
func ran(blocks []Block, at token.Position) bool {
	name := "text/" + filepath.Base(at.Filename)
	return slices.ContainsFunc(blocks, func(b Block) bool {
		return b.Ran && b.File == name && b.Line <= at.Line && at.Line <= b.EndLine
	})
}

// code is some files of one package, for the values of their constants. It does not have the
// packages that they import.
type code struct {
	set   *token.FileSet
	files []*ast.File
	info  *types.Info
	names *types.Scope
}

func load(names ...string) (*code, error) {
	loaded := &code{set: token.NewFileSet(), info: &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}}
	for _, name := range names {
		syntax, err := parser.ParseFile(loaded.set, name, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, fmt.Errorf("read constants: %w", err)
		}
		loaded.files = append(loaded.files, syntax)
	}
	config := types.Config{Error: func(error) {}, FakeImportC: true} // imports are errors, which do not matter
	checked, _ := config.Check("constants", loaded.set, loaded.files, loaded.info)
	loaded.names = checked.Scope()
	return loaded, nil
}

// numbers returns the constants that are ids of messages.
func (c *code) numbers() map[string]int64 {
	numbers := map[string]int64{}
	for _, name := range c.names.Names() {
		known, ok := c.names.Lookup(name).(*types.Const)
		if !ok {
			continue
		}
		if number, exact := constant.Int64Val(constant.ToInt(known.Val())); exact && number > 1_000_000 {
			numbers[name] = number
		}
	}
	return numbers
}
