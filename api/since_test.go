package api

import (
	"os"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// TestSince compares what the contract says of first versions with what the servers themselves publish, all of them, as make since
// has written it down.
func TestSince(t *testing.T) {
	text, err := os.ReadFile("testdata/since.txt")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		since, what, _ := strings.Cut(line, " ")
		want[what] = since
	}
	have := map[string]string{}
	each(load(t), func(name string, op *openapi3.Operation) {
		first := since(op.Extensions, "")
		have[name] = first
		for _, p := range op.Parameters {
			if p.Value.In != "path" {
				have[name+" "+p.Value.In+" "+p.Value.Name] = since(p.Value.Extensions, first)
			}
		}
		if op.RequestBody == nil {
			return
		}
		for field, property := range op.RequestBody.Value.Content.Get("application/json").Schema.Value.Properties {
			extensions := property.Value.Extensions
			if property.Ref != "" {
				extensions = property.Extensions
			}
			have[name+" field "+field] = since(extensions, first)
		}
	})
	for what, since := range want {
		if have[what] != since {
			t.Errorf("%s: the contract says %q, the servers %s", what, have[what], since)
		}
	}
	for what := range have {
		if want[what] == "" {
			t.Errorf("%s: no server has it", what)
		}
	}
}

func since(extensions map[string]any, other string) string {
	if text, ok := extensions["x-kneo-since"].(string); ok {
		return text
	}
	return other
}
