package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

func contract(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromFile("../../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func text() *openapi3.SchemaRef { return openapi3.NewSchemaRef("", openapi3.NewStringSchema()) }

// TestChanges makes one change to a server that keeps the contract, and wants it told.
func TestChanges(t *testing.T) {
	schema := func(doc *openapi3.T, name string) *openapi3.Schema { return doc.Components.Schemas[name].Value }
	query := func(name string, required bool) *openapi3.ParameterRef {
		return &openapi3.ParameterRef{Value: &openapi3.Parameter{Name: name, In: "query", Required: required, Schema: text()}}
	}
	for name, test := range map[string]struct {
		change func(doc *openapi3.T)
		status int
		says   []string // parts of a line
	}{
		"nothing": {func(*openapi3.T) {}, 0, nil},
		"other names": {func(doc *openapi3.T) {
			doc.Paths.Value("/v1/runs").Get.OperationID = "x"
			schema(doc, "Run").Title = "RunStatusResponse"
		}, 0, nil},
		"another text": {func(doc *openapi3.T) { schema(doc, "Run").Description = "is something else." }, 0, nil},
		"a new status of an error": {func(doc *openapi3.T) {
			doc.Paths.Value("/v1/runs").Get.Responses.Set("418", &openapi3.ResponseRef{Value: openapi3.NewResponse().WithDescription("")})
		}, 0, nil},
		"an object that is described by us only": {func(doc *openapi3.T) {
			doc.Components.Schemas["RunMetadata"].Value = openapi3.NewObjectSchema().WithAnyAdditionalProperties()
			*schema(doc, "RunMetadata") = *openapi3.NewObjectSchema().WithAnyAdditionalProperties()
		}, 0, nil},
		"a new operation": {func(doc *openapi3.T) {
			doc.Paths.Set("/v1/new", &openapi3.PathItem{Get: doc.Paths.Value("/v1/livez").Get})
		}, 1, []string{"GET /v1/new: ", "added"}},
		"a path that is not ours": {func(doc *openapi3.T) {
			doc.Paths.Set("/new", &openapi3.PathItem{Get: doc.Paths.Value("/v1/livez").Get})
		}, 0, nil},
		"a new parameter": {func(doc *openapi3.T) {
			op := doc.Paths.Value("/v1/runs").Get
			op.Parameters = append(op.Parameters, query("new", false))
		}, 1, []string{"GET /v1/runs: ", "`new`"}},
		"a new field of a request": {func(doc *openapi3.T) { schema(doc, "HumanResumeRequest").Properties["new"] = text() }, 1, []string{"POST /v1/human-tasks/{continuation_id}/resume: ", "`new`"}},
		"a new field of an answer": {func(doc *openapi3.T) { schema(doc, "HumanResumed").Properties["new"] = text() }, 1, []string{"POST /v1/human-tasks/{continuation_id}/resume: ", "`new`"}},
		"a new value of an answer": {func(doc *openapi3.T) { s := schema(doc, "CredentialStatus"); s.Enum = append(s.Enum, "expired") }, 1, []string{"GET /v1/security/credentials: ", "expired"}},
		"an operation is gone":     {func(doc *openapi3.T) { doc.Paths.Delete("/v1/skills") }, 2, []string{"GET /v1/skills: ", "removed"}},
		"a parameter is gone":      {func(doc *openapi3.T) { op := doc.Paths.Value("/v1/skills").Get; op.Parameters = op.Parameters[1:] }, 2, []string{"GET /v1/skills: ", "`limit`"}},
		"a new parameter is needed": {func(doc *openapi3.T) {
			op := doc.Paths.Value("/v1/skills").Get
			op.Parameters = append(op.Parameters, query("new", true))
		}, 2, []string{"GET /v1/skills: ", "`new`"}},
		"a field of a request is gone": {func(doc *openapi3.T) { delete(schema(doc, "HumanResumeRequest").Properties, "content") }, 2, []string{"`content`"}},
		"a field of an answer is gone": {func(doc *openapi3.T) { delete(schema(doc, "HumanResumed").Properties, "status") }, 2, []string{"`status`"}},
		"a field has another type": {func(doc *openapi3.T) {
			schema(doc, "HumanResumed").Properties["run_id"] = openapi3.NewSchemaRef("", openapi3.NewIntegerSchema())
		}, 2, []string{"`run_id`", "integer"}},
		"a value is not taken any more": {func(doc *openapi3.T) { s := schema(doc, "HumanDecision"); s.Enum = s.Enum[1:] }, 2, []string{"POST /v1/human-tasks/{continuation_id}/resume: "}},
		"an object is described no more": {func(doc *openapi3.T) {
			*schema(doc, "CredentialEntry") = *openapi3.NewObjectSchema().WithAnyAdditionalProperties()
		}, 2, nil},
	} {
		t.Run(name, func(t *testing.T) {
			theirs := contract(t)
			test.change(theirs)
			changes, err := compare(contract(t), theirs)
			if err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			if status := report(&out, changes); status != test.status {
				t.Errorf("status %d, want %d:\n%s", status, test.status, &out)
			}
			lines := strings.Split(strings.TrimSpace(out.String()), "\n")
			told := slices.ContainsFunc(lines, func(line string) bool {
				return !slices.ContainsFunc(test.says, func(part string) bool { return !strings.Contains(line, part) })
			})
			if most := 1 + 3; !told || test.says != nil && len(lines) > most {
				t.Errorf("it says\n%swant a line with %q, and few others", &out, test.says)
			}
		})
	}
}

func TestFetch(t *testing.T) {
	text, err := os.ReadFile("../../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/openapi.json" {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(text)
	}))
	defer server.Close()
	var out strings.Builder
	if status, err := run(t.Context(), "../../openapi.yaml", server.URL+"/", &out); err != nil || status != 0 || !strings.HasSuffix(out.String(), "same\n") {
		t.Errorf("%d, %v, %s", status, err, &out)
	}
	for _, elsewhere := range []string{server.URL + "/elsewhere", "http://127.0.0.1:1", "no-such-file"} {
		if _, err := run(t.Context(), "../../openapi.yaml", elsewhere, &out); err == nil {
			t.Errorf("%s was compared", elsewhere)
		}
	}
}
