package api

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// platform has the operations that server 1.2.0 has.
var platform = []string{
	"GET /v1/healthz",
	"GET /v1/livez",
	"GET /v1/readyz",
	"POST /v1/runs",
	"GET /v1/runs",
	"GET /v1/runs/{run_id}",
	"GET /v1/runs/{run_id}/policy-report",
	"GET /v1/runs/{run_id}/graph",
	"POST /v1/runs/{run_id}/cancel",
	"GET /v1/runs/{run_id}/recovery",
	"GET /v1/runs/{run_id}/replay",
	"POST /v1/runs/{run_id}/continue",
	"GET /v1/runs/{run_id}/checkpoints/diff",
	"GET /v1/runs/{run_id}/trace",
	"GET /v1/runs/{run_id}/checkpoints",
	"POST /v1/specs/validate",
	"POST /v1/specs/compile",
	"POST /v1/specs/explain",
	"POST /v1/specs/graph",
	"POST /v1/specs/policy-report",
	"POST /v1/specs/run",
	"GET /v1/skills",
	"GET /v1/human-tasks",
	"GET /v1/human-tasks/{continuation_id}",
	"POST /v1/human-tasks/{continuation_id}/resume",
	"GET /v1/audit-events",
	"GET /v1/security/credentials",
	"GET /v1/policies/environment",
	"GET /v1/policies/environment/{environment}",
	"PUT /v1/policies/environment/{environment}",
	"POST /v1/policies/environment/{environment}/preview",
}

var (
	version = regexp.MustCompile(`^\d+\.\d+\.\d+$`)
	scope   = regexp.MustCompile(`^[a-z]+:[a-z]+$`)
)

func load(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromFile("../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestContractIsValid(t *testing.T) {
	if err := load(t).Validate(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestContractHasEveryOperation(t *testing.T) {
	var have []string
	each(load(t), func(name string, _ *openapi3.Operation) { have = append(have, name) })
	for _, name := range platform {
		if !slices.Contains(have, name) {
			t.Errorf("no %s", name)
		}
	}
	for _, name := range have {
		if !slices.Contains(platform, name) {
			t.Errorf("the platform has no %s", name)
		}
	}
}

// TestOperations has what the generated code, and package kneo, take from every operation.
func TestOperations(t *testing.T) {
	each(load(t), func(name string, op *openapi3.Operation) {
		if op.OperationID == "" || op.Summary == "" {
			t.Errorf("%s: no operationId or no summary", name)
		}
		if since, _ := op.Extensions["x-kneo-since"].(string); !version.MatchString(since) {
			t.Errorf("%s: x-kneo-since %q is no version", name, since)
		}
		if failure := op.Responses.Default(); failure == nil || failure.Ref != "#/components/responses/Failure" {
			t.Errorf("%s: the default response is not Failure", name)
		}
		probe := op.Extensions["x-kneo-probe"] == true
		if open := op.Security != nil && len(*op.Security) == 0; open != probe {
			t.Errorf("%s: without authentication %t, a probe %t", name, open, probe)
		}
		if text, _ := op.Extensions["x-kneo-scope"].(string); scope.MatchString(text) == probe {
			t.Errorf("%s: a probe %t, its x-kneo-scope %q", name, probe, text)
		}
		header := op.Parameters.GetByInAndName("header", "Idempotency-Key") != nil
		if deduplicated := op.Extensions["x-kneo-deduplicated"] == true; header != deduplicated {
			t.Errorf("%s: takes Idempotency-Key %t, honours it %t", name, header, deduplicated)
		}
		successes(t, name, op)
		parameters(t, name, op)
	})
}

// successes checks for what client-with-responses.tmpl is made.
func successes(t *testing.T, name string, op *openapi3.Operation) {
	t.Helper()
	for status, response := range op.Responses.Map() {
		if status == "default" {
			continue
		}
		media := response.Value.Content
		if len(media) != 1 || media.Get("application/json") == nil || !media.Get("application/json").Schema.Value.Type.Is("object") {
			t.Errorf("%s: the answer %s is not a JSON object", name, status)
		}
	}
}

// parameters checks for what client.tmpl is made.
func parameters(t *testing.T, name string, op *openapi3.Operation) {
	t.Helper()
	for _, ref := range op.Parameters {
		p, schema := ref.Value, ref.Value.Schema.Value
		if schema.Type.Is("array") {
			schema = schema.Items.Value
		}
		scalar := schema.Type.Is("string") || schema.Type.Is("integer") || schema.Type.Is("boolean")
		if p.In == "cookie" || p.Style != "" || p.Explode != nil || !scalar {
			t.Errorf("%s: the templates have no way to send %s", name, p.Name)
		}
		if (p.In == "path" || p.In == "header") && !p.Schema.Value.Type.Is("string") {
			t.Errorf("%s: %s is no string", name, p.Name)
		}
		pointer := p.Extensions["x-go-type-skip-optional-pointer"] == false
		if schema.Type.Is("boolean") && !pointer {
			t.Errorf("%s: %s cannot be sent as false", name, p.Name)
		}
		if p.Description == "" {
			t.Errorf("%s: %s has no description", name, p.Name)
		}
	}
}

// TestSchemas has what additional-properties.tmpl is made for: every object says whether it is open, those that are keep what
// is unknown raw, and those that have times are.
func TestSchemas(t *testing.T) {
	for name, ref := range load(t).Components.Schemas {
		schema := ref.Value
		if schema.Description == "" {
			t.Errorf("%s has no description", name)
		}
		if len(schema.Properties) == 0 {
			continue
		}
		more := schema.AdditionalProperties
		closed := more.Has != nil && !*more.Has
		open := more.Schema != nil && more.Schema.Ref == "#/components/schemas/Any"
		if open == closed {
			t.Errorf("%s does not say whether it is open", name)
		}
		for field, property := range schema.Properties {
			if property.Ref == "" && property.Value.Description == "" {
				t.Errorf("%s.%s has no description", name, field)
			}
			if isTime(property.Value) && !open {
				t.Errorf("%s.%s is a time, and the object is not open", name, field)
			}
		}
	}
}

func isTime(schema *openapi3.Schema) bool {
	return schema.Format == "date-time" || schema.Extensions["x-kneo-epoch"] == true
}

// TestGeneratedCodeIsUpToDate generates everything anew, elsewhere, and compares.
func TestGeneratedCodeIsUpToDate(t *testing.T) {
	root := t.TempDir()
	for _, file := range generate(t, "../openapi.yaml", root) {
		compare(t, filepath.Join("..", file), filepath.Join(root, file))
	}
}

// generate makes the code of a contract below another root, and returns which files.
func generate(t *testing.T, contract, root string) (files []string) {
	t.Helper()
	for _, config := range []string{"models.yaml", "client.yaml", "server.yaml"} {
		text, err := os.ReadFile(config)
		if err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(text), "output: ../")
		output, _, _ := strings.Cut(rest, "\n")
		elsewhere := filepath.Join(root, output)
		if err := os.MkdirAll(filepath.Dir(elsewhere), 0o700); err != nil {
			t.Fatal(err)
		}
		text = bytes.Replace(text, []byte("output: ../"+output), []byte("output: "+elsewhere), 1)
		moved := filepath.Join(t.TempDir(), config)
		if err := os.WriteFile(moved, text, 0o600); err != nil {
			t.Fatal(err)
		}
		run(t, "tool", "oapi-codegen", "-config", moved, contract)
		files = append(files, output)
	}
	const table = "gen/operations.gen.go"
	run(t, "run", "./operations", contract, filepath.Join(root, table))
	run(t, "run", "./decoders", filepath.Join(root, "gen"))
	return append(files, table, "gen/decoders.gen.go")
}

func run(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), "go", args...).CombinedOutput(); err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

func compare(t *testing.T, committed, generated string) {
	t.Helper()
	want, err := os.ReadFile(generated)
	if err != nil {
		t.Fatal(err)
	}
	have, err := os.ReadFile(committed)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, want) {
		t.Errorf("%s is not what the contract gives: run go generate ./... in this folder", committed)
	}
}

// each calls visit for every operation, as in "GET /v1/runs".
func each(doc *openapi3.T, visit func(name string, op *openapi3.Operation)) {
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			visit(method+" "+path, op)
		}
	}
}
