package docs_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"strings"
	"testing"
)

// TestExamples: every option of a package is used in an example of that package that is run, and every service has one.
func TestExamples(t *testing.T) {
	api := loadAPI(t)
	options := 0
	for _, pkg := range api.packages {
		names, used := examplesOf(t, filepath.Join(root, strings.TrimPrefix(pkg.Path(), module+"/")))
		for _, name := range pkg.Scope().Names() {
			object := pkg.Scope().Lookup(name)
			switch {
			case isOption(object) && pkg.Name() != "gen": // of the generated client, which is made by package kneo
				options++
				if !used[name] {
					t.Errorf("no example of package %s uses %s", pkg.Name(), name)
				}
			case strings.HasSuffix(name, "Service") && object.Exported():
				if !hasPrefix(names, "Example"+name+"_") {
					t.Errorf("no example of package %s is of %s", pkg.Name(), name)
				}
			}
		}
	}
	if options < 45 {
		t.Errorf("only %d options found", options)
	}
}

// isOption reports whether something is a function that makes an option.
func isOption(object types.Object) bool {
	f, ok := object.(*types.Func)
	if !ok || !f.Exported() || f.Signature().Results().Len() != 1 {
		return false
	}
	result, ok := f.Signature().Results().At(0).Type().(*types.Named)
	return ok && strings.HasSuffix(result.Obj().Name(), "Option") && result.Obj().Pkg() == f.Pkg()
}

// examplesOf returns the names of the examples of a package that say what they print, and the names of what they use.
func examplesOf(t *testing.T, folder string) (names []string, used map[string]bool) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	used = map[string]bool{}
	for _, file := range files {
		set := token.NewFileSet()
		parsed, err := parser.ParseFile(set, file, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range parsed.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok || !strings.HasPrefix(f.Name.Name, "Example") || !saysOutput(parsed, f) {
				continue
			}
			names = append(names, f.Name.Name)
			ast.Inspect(f.Body, func(node ast.Node) bool {
				if selector, ok := node.(*ast.SelectorExpr); ok {
					used[selector.Sel.Name] = true
				}
				return true
			})
		}
	}
	return names, used
}

// saysOutput reports whether an example says what it prints, without which it is not run.
func saysOutput(file *ast.File, example *ast.FuncDecl) bool {
	for _, comment := range file.Comments {
		inside := example.Body.Pos() < comment.Pos() && comment.End() < example.Body.End()
		if inside && strings.Contains(comment.Text(), "Output:") {
			return true
		}
	}
	return false
}

func hasPrefix(names []string, prefix string) bool {
	for _, name := range names {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}
