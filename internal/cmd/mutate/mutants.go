package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// mutant is one change.
type mutant struct {
	number int
	line   int
	name   string // file, function, and what becomes of what
}

func (m mutant) String() string { return fmt.Sprintf("%d: line %d: %s", m.number, m.line, m.name) }

// helpers is what the changed files call.
const helpers = `package %s

import (
	"os"
	"strconv"
)

var mutantNumber, _ = strconv.Atoi(os.Getenv("MUTANT"))

func mutantIs(n int) bool { return n == mutantNumber }

func mutantPick[T any](n int, original, other T) T {
	if n == mutantNumber {
		return other
	}
	return original
}
`

// mutateAll writes changed copies of the files into the folder work, and returns the changes and the overlay that puts the copies in place.
func mutateAll(dir string, files []string, work string) (mutants []mutant, overlay string, err error) {
	replace := map[string]string{}
	name := ""
	for _, file := range files {
		path := filepath.Join(dir, file)
		source, err := os.ReadFile(path) //nolint:gosec // a file of the package
		if err != nil {
			return nil, "", err
		}
		f := &mutator{file: file, source: source, set: token.NewFileSet(), count: len(mutants)}
		changed, err := f.mutate()
		if err != nil {
			return nil, "", err
		}
		mutants, name = append(mutants, f.mutants...), f.pkg
		replace[path] = filepath.Join(work, file)
		if err := os.WriteFile(replace[path], changed, 0o600); err != nil {
			return nil, "", err
		}
	}
	replace[filepath.Join(dir, "mutant_helpers.go")] = filepath.Join(work, "mutant_helpers.go")
	if err := os.WriteFile(filepath.Join(work, "mutant_helpers.go"), fmt.Appendf(nil, helpers, name), 0o600); err != nil {
		return nil, "", err
	}
	content, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return nil, "", err
	}
	overlay = filepath.Join(work, "overlay.json")
	return mutants, overlay, os.WriteFile(overlay, content, 0o600)
}

// mutator puts the changes into one file.
type mutator struct {
	file, pkg string
	source    []byte
	set       *token.FileSet
	count     int
	mutants   []mutant
	function  string
	inserts   []insert
	names     map[string]int
}

// insert is a text to be put at an offset. Changes within changes come out right, since everything is put around what is there.
type insert struct {
	at    int
	order int // of those at one place: what ends there before what begins there, inner ends before outer, outer beginnings before inner
	text  string
}

func (f *mutator) mutate() ([]byte, error) {
	file, err := parser.ParseFile(f.set, f.file, f.source, 0)
	if err != nil {
		return nil, err
	}
	f.pkg, f.names = file.Name.Name, map[string]int{}
	for _, decl := range file.Decls {
		if fn, ok := decl.(*ast.FuncDecl); ok && fn.Body != nil {
			f.function = fn.Name.Name
			ast.Inspect(fn.Body, f.visit)
		}
	}
	slices.SortStableFunc(f.inserts, func(a, b insert) int {
		if a.at != b.at {
			return a.at - b.at
		}
		return a.order - b.order
	})
	var out []byte
	done := 0
	for _, in := range f.inserts {
		out = append(append(out, f.source[done:in.at]...), in.text...)
		done = in.at
	}
	return append(out, f.source[done:]...), nil
}

func (f *mutator) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.IfStmt:
		f.condition(n.Cond)
	case *ast.ForStmt:
		if n.Cond != nil {
			f.condition(n.Cond)
		}
	case *ast.SwitchStmt:
		f.cases(n)
	case *ast.BinaryExpr:
		f.binary(n)
	case *ast.ReturnStmt:
		for _, result := range n.Results {
			if isBoolean(result) {
				f.condition(result)
			}
		}
	case *ast.CallExpr:
		if fn, ok := n.Fun.(*ast.Ident); ok && (fn.Name == "min" || fn.Name == "max") {
			other := map[string]string{"min": "max", "max": "min"}[fn.Name]
			f.pick(n, other+f.text(n)[len(fn.Name):])
		}
	case *ast.BlockStmt:
		f.statements(n.List)
	case *ast.CaseClause:
		f.statements(n.Body)
	}
	return true
}

// isBoolean reports whether an expression is plainly a condition.
func isBoolean(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return isBoolean(e.X)
	case *ast.UnaryExpr:
		return e.Op == token.NOT
	case *ast.Ident:
		return e.Name == "true" || e.Name == "false"
	case *ast.BinaryExpr:
		switch e.Op {
		case token.LAND, token.LOR, token.EQL, token.NEQ, token.LSS, token.LEQ, token.GTR, token.GEQ:
			return true
		}
	}
	return false
}

// condition makes a condition hold always, and never.
func (f *mutator) condition(e ast.Expr) {
	if f.text(e) != "true" {
		f.around(e, "(mutantIs(%d) || ", ")", f.text(e)+" => true")
	}
	if f.text(e) != "false" {
		f.around(e, "(!mutantIs(%d) && (", "))", f.text(e)+" => false")
	}
}

// binary leaves out operands of && and ||, and moves the bounds of comparisons.
func (f *mutator) binary(e *ast.BinaryExpr) {
	switch e.Op {
	case token.LAND, token.LOR:
		for _, operand := range []ast.Expr{e.X, e.Y} {
			if inner, ok := operand.(*ast.BinaryExpr); ok && inner.Op == e.Op {
				continue // its own operands are left out
			}
			if e.Op == token.LAND {
				f.around(operand, "(mutantIs(%d) || ", ")", f.text(e)+" without "+f.text(operand))
			} else {
				f.around(operand, "(!mutantIs(%d) && ", ")", f.text(e)+" without "+f.text(operand))
			}
		}
	case token.LSS, token.LEQ, token.GTR, token.GEQ:
		other := map[token.Token]string{token.LSS: "<=", token.LEQ: "<", token.GTR: ">=", token.GEQ: ">"}[e.Op]
		f.pick(e, f.text(e.X)+" "+other+" "+f.text(e.Y))
	}
}

// cases makes cases hold always and never if they are conditions, and leaves them out if they are values.
func (f *mutator) cases(s *ast.SwitchStmt) {
	if s.Tag != nil {
		// As conditions, so that each can be left out. The tag is taken to have no effect.
		f.inserts = append(f.inserts, insert{f.offset(s.Tag.Pos()), 0, "/* "}, insert{f.offset(s.Tag.End()), 0, " */ "})
	}
	for _, stmt := range s.Body.List {
		for _, e := range stmt.(*ast.CaseClause).List {
			if s.Tag == nil {
				f.condition(e)
			} else {
				f.around(e, "!mutantIs(%d) && ("+f.text(s.Tag)+") == (", ")", "switch "+f.text(s.Tag)+" without "+f.text(e))
			}
		}
	}
}

// statements drops statements that nothing after them needs to compile.
func (f *mutator) statements(list []ast.Stmt) {
	for _, stmt := range list {
		switch s := stmt.(type) {
		case *ast.ExprStmt, *ast.IncDecStmt, *ast.DeferStmt:
		case *ast.AssignStmt:
			if s.Tok == token.DEFINE {
				continue
			}
		case *ast.BranchStmt:
			if s.Tok != token.CONTINUE && s.Tok != token.BREAK {
				continue
			}
		default:
			continue
		}
		f.around(stmt, "if !mutantIs(%d) { ", " }", "drop "+f.text(stmt))
	}
}

// pick has an expression give way to another one.
func (f *mutator) pick(e ast.Expr, other string) {
	f.around(e, "mutantPick(%d, ", ", "+other+")", f.text(e)+" => "+other)
}

// around notes a change that is made by putting something before and after a node.
func (f *mutator) around(n ast.Node, before, after, what string) {
	f.count++
	name := f.file + " " + f.function + ": " + strings.Join(strings.Fields(what), " ")
	if f.names[name]++; f.names[name] > 1 {
		name += fmt.Sprintf(" (%d)", f.names[name])
	}
	f.mutants = append(f.mutants, mutant{f.count, f.set.Position(n.Pos()).Line, name})
	// A node is visited before those within it, so that a change that comes later goes further inside.
	f.inserts = append(f.inserts,
		insert{f.offset(n.Pos()), f.count, fmt.Sprintf(before, f.count)},
		insert{f.offset(n.End()), -f.count, after})
}

func (f *mutator) offset(p token.Pos) int { return f.set.Position(p).Offset }

func (f *mutator) text(n ast.Node) string {
	return string(f.source[f.offset(n.Pos()):f.offset(n.End())])
}
