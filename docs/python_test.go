package docs_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// pythonNames lists what the Python client has, as testdata/names.py found it there.
const pythonNames = "testdata/kneo-client-1.2.0.txt"

// TestPythonHasAll: what the Python client has is in python.md.
func TestPythonHasAll(t *testing.T) {
	list, err := os.ReadFile(pythonNames)
	if err != nil {
		t.Fatal(err)
	}
	var spans strings.Builder
	for _, span := range readPage(t, root+"/docs/python.md").spans() {
		spans.WriteString(span.text + "\n")
	}
	names := strings.Fields(string(list))
	if len(names) < 70 {
		t.Fatalf("only %d names", len(names))
	}
	for _, name := range names {
		// client.platform.runs.get is found as runs.get, core.Page as Page.
		owner, rest, _ := strings.Cut(name, ".")
		if owner == "KneoClient" {
			rest = `(?:client|KneoClient)\.` + rest
		}
		if !regexp.MustCompile(`(?m)(?:^|[^\w.]|client\.(?:platform|agent)\.)` + rest + `\b`).MatchString(spans.String()) {
			t.Errorf("python.md does not tell of %s", name)
		}
	}
}
