package servercoverage

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"path/filepath"
	"strings"
)

// Source is the source code of a Kratos.
type Source struct {
	folder string
	files  map[string]*file
}

// OpenSource returns the source code in the folder of the module.
func OpenSource(folder string) *Source { return &Source{folder, map[string]*file{}} }

// file is one file. It is read when it is first needed.
type file struct {
	set    *token.FileSet
	syntax *ast.File
}

func (s *Source) file(name string) (*file, error) {
	if known := s.files[name]; known != nil {
		return known, nil
	}
	set := token.NewFileSet()
	syntax, err := parser.ParseFile(set, filepath.Join(s.folder, name), nil, parser.SkipObjectResolution)
	if err != nil {
		return nil, fmt.Errorf("read the source of Kratos: %w", err)
	}
	s.files[name] = &file{set, syntax}
	return s.files[name], nil
}

// Place says where a block is, in words that stay the same in the next release. Function is the
// file and the function, such as "login/hook.go HookExecutor.PostLoginHook". Condition has the
// conditions under which the block runs, the outermost first.
type Place struct{ Function, Condition string }

func (p Place) String() string {
	if p.Condition == "" {
		return p.Function
	}
	return p.Function + ": " + p.Condition
}

// Place returns the place of a block.
func (s *Source) Place(block Block) (Place, error) {
	parsed, err := s.file(block.File)
	if err != nil {
		return Place{}, err
	}
	place := Place{Function: block.File}
	at := parsed.set.File(parsed.syntax.Pos()).LineStart(block.Line) + token.Pos(block.Column-1)
	for _, declaration := range parsed.syntax.Decls {
		if at < declaration.Pos() || at >= declaration.End() {
			continue
		}
		if function, ok := declaration.(*ast.FuncDecl); ok {
			place.Function += " " + nameOf(function)
		}
		place.Condition = parsed.condition(declaration, at)
	}
	return place, nil
}

// nameOf returns the name of a function, after the type of its receiver if it is a method.
func nameOf(function *ast.FuncDecl) string {
	if function.Recv == nil {
		return function.Name.Name
	}
	receiver := function.Recv.List[0].Type
	if pointer, ok := receiver.(*ast.StarExpr); ok {
		receiver = pointer.X
	}
	if name, ok := receiver.(*ast.Ident); ok {
		return name.Name + "." + function.Name.Name
	}
	return function.Name.Name
}

// condition returns the conditions and cases around the code at the position. A plain check of
// an error is shown with the statement before it.
func (f *file) condition(within ast.Node, at token.Pos) string {
	var conditions []string
	var before ast.Stmt // the statement before the current one
	ast.Inspect(within, func(node ast.Node) bool {
		if node == nil || at < node.Pos() || at >= node.End() {
			return false
		}
		switch node := node.(type) {
		case *ast.BlockStmt:
			before = previous(node.List, at)
		case *ast.CaseClause:
			before = previous(node.Body, at)
			if at >= node.Colon {
				conditions = append(conditions, f.text(&ast.CaseClause{List: node.List}))
			}
		case *ast.IfStmt:
			switch {
			case node.Else != nil && at >= node.Else.Pos():
				if _, chain := node.Else.(*ast.IfStmt); !chain {
					conditions = append(conditions, "else of "+f.ofIf(node, before))
				}
			case at >= node.Body.Pos():
				conditions = append(conditions, f.ofIf(node, before))
			}
		}
		return true
	})
	return strings.Join(conditions, " > ")
}

// previous returns the statement that comes before the one at the position.
func previous(list []ast.Stmt, at token.Pos) ast.Stmt {
	var before ast.Stmt
	for _, statement := range list {
		if at < statement.End() {
			break
		}
		before = statement
	}
	return before
}

func (f *file) ofIf(node *ast.IfStmt, before ast.Stmt) string {
	text := f.text(node.Cond)
	if node.Init != nil {
		before = node.Init
	} else if !strings.Contains(text, "err") && !strings.HasPrefix(text, "!ok") {
		before = nil
	}
	if before != nil {
		text = f.text(before) + "; " + text
	}
	return text
}

// text returns code in one line.
func (f *file) text(node any) string {
	var written bytes.Buffer
	if err := printer.Fprint(&written, f.set, node); err != nil {
		return fmt.Sprintf("(%v)", err)
	}
	return strings.Join(strings.Fields(written.String()), " ")
}
