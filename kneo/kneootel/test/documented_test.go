package test

import (
	"go/doc"
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"
)

// TestDocumented: what the examples print is what the documentation says that they print.
func TestDocumented(t *testing.T) {
	text, err := os.ReadFile("../../../docs/observability.md")
	if err != nil {
		t.Fatal(err)
	}
	outputs := 0
	for _, file := range []string{"example_test.go", "../../example_hooks_test.go"} {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, example := range doc.Examples(parsed) {
			if example.Output == "" {
				continue
			}
			outputs++
			if !strings.Contains(string(text), strings.TrimSpace(example.Output)) {
				t.Errorf("docs/observability.md does not have what Example%s prints:\n%s", example.Name, example.Output)
			}
		}
	}
	if outputs != 4 {
		t.Errorf("%d examples print something", outputs)
	}
}
