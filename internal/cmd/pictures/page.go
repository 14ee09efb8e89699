package main

import (
	_ "embed" // the page
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"text/template"
)

//go:embed sight.md.tmpl
var pageText string

// page is docs/sight.md. The code in it is that of the examples, so that it compiles, and the pictures are those of files.
func page(files map[string]string) (string, error) {
	examples, err := readExamples()
	if err != nil {
		return "", err
	}
	funcs := template.FuncMap{
		"example": func(name string) (string, error) { return lookUp(examples, name) },
		"file":    func(name string) (string, error) { return lookUp(files, "pictures/"+name) },
	}
	t, err := template.New("sight.md").Funcs(funcs).Parse(pageText)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = t.Execute(&b, stories)
	return b.String(), err
}

func lookUp(texts map[string]string, name string) (string, error) {
	text, ok := texts[name]
	if !ok {
		return "", fmt.Errorf("there is no %s", name)
	}
	return text, nil
}

var output = regexp.MustCompile(`(?s)\n\t// Output:.*`)

// readExamples has the bodies of the examples of package kneoview, by their names.
func readExamples() (map[string]string, error) {
	_, here, _, _ := runtime.Caller(0)
	path := filepath.Join(filepath.Dir(here), "../../../kneo/kneoview/example_test.go")
	source, err := os.ReadFile(path) //nolint:gosec // a file of this repository
	if err != nil {
		return nil, err
	}
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, source, 0)
	if err != nil {
		return nil, err
	}
	examples := map[string]string{}
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok {
			body := string(source[files.Position(f.Body.Lbrace).Offset+1 : files.Position(f.Body.Rbrace).Offset])
			body = strings.TrimSpace(output.ReplaceAllString(body, ""))
			examples[f.Name.Name] = strings.ReplaceAll(body, "\n\t", "\n")
		}
	}
	return examples, nil
}
