package gen

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/kneo-agent/kneo-client-go/internal/wire"
)

// openTypes are the objects that the platform leaves open, and which keep what they do not know.
var openTypes = []reflect.Type{
	reflect.TypeFor[AgentGuardrails](), reflect.TypeFor[AgentMemory](), reflect.TypeFor[AgentToolPolicy](), reflect.TypeFor[AuditEvent](),
	reflect.TypeFor[AuditMetadata](), reflect.TypeFor[Checkpoint](), reflect.TypeFor[CheckpointMetadata](), reflect.TypeFor[CheckpointRef](),
	reflect.TypeFor[CheckpointState](), reflect.TypeFor[CompileSummary](), reflect.TypeFor[Diagnostic](), reflect.TypeFor[DiffChange](),
	reflect.TypeFor[DiffEntry](), reflect.TypeFor[EnvironmentPolicy](), reflect.TypeFor[ErrorDetail](), reflect.TypeFor[ErrorResponse](),
	reflect.TypeFor[ExecutionContext](), reflect.TypeFor[FieldProblem](), reflect.TypeFor[FrozenSpec](), reflect.TypeFor[GraphEdge](),
	reflect.TypeFor[GraphNode](), reflect.TypeFor[GuardrailsReport](), reflect.TypeFor[HealthCheck](), reflect.TypeFor[HealthMetadata](),
	reflect.TypeFor[HumanRequest](), reflect.TypeFor[HumanReviewReport](), reflect.TypeFor[HumanTask](), reflect.TypeFor[HumanTaskMetadata](),
	reflect.TypeFor[MemoryReport](), reflect.TypeFor[Message](), reflect.TypeFor[MessageMetadata](), reflect.TypeFor[OrchestrationState](),
	reflect.TypeFor[PolicyChange](), reflect.TypeFor[PolicyReportBody](), reflect.TypeFor[PolicyReportSummary](), reflect.TypeFor[ReplayContext](),
	reflect.TypeFor[ReplayStep](), reflect.TypeFor[ReviewRequirement](), reflect.TypeFor[ReviewStep](), reflect.TypeFor[RunError](),
	reflect.TypeFor[RunMetadata](), reflect.TypeFor[RunSummary](), reflect.TypeFor[RunTrace](), reflect.TypeFor[Skill](),
	reflect.TypeFor[SpecSummary](), reflect.TypeFor[ToolCall](), reflect.TypeFor[ToolPermissions](), reflect.TypeFor[ToolsReport](),
	reflect.TypeFor[TraceEvent](), reflect.TypeFor[TraceMetadata](), reflect.TypeFor[UsageMetadata](), reflect.TypeFor[WorkflowMetadata](),
}

// TestOpenTypes keeps the list whole: it counts those in the generated code.
func TestOpenTypes(t *testing.T) {
	code, err := os.ReadFile("decoders.gen.go")
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(code), "d.Keep(&v.AdditionalProperties)"); n != len(openTypes) {
		t.Errorf("%d types are open, %d are fuzzed", n, len(openTypes))
	}
}

// FuzzOpenObjects: what an open object takes it gives out again, unknown fields included.
func FuzzOpenObjects(f *testing.F) {
	for i := range openTypes {
		f.Add(byte(i), `{"id":"a","status":"running","type":"t","created_at":"2026-11-23T21:15:03.918354+00:00","expires_at":1795472049.0580509,"metadata":{"x":1},"new":{"n":123456789012345678901234567890}}`)
		f.Add(byte(i), `{"id":"[REDACTED]","metadata":"[REDACTED]","timestamp":"[REDACTED]","visited_steps":"[REDACTED]","sequence":"[REDACTED]","request":"[REDACTED]"}`)
	}
	f.Fuzz(func(t *testing.T, kind byte, body string) {
		typ := openTypes[int(kind)%len(openTypes)]
		first, second := reflect.New(typ), reflect.New(typ)
		if wire.Answer([]byte(body), first.Interface().(json.Unmarshaler)) != nil {
			return
		}
		encoded, err := json.Marshal(first.Interface())
		if err != nil {
			return // a time beyond the year 9999, say
		}
		if err := wire.Answer(encoded, second.Interface().(json.Unmarshaler)); err != nil {
			t.Fatalf("%s: %s came out as %s: %v", typ, body, encoded, err)
		}
		again, err := json.Marshal(second.Interface())
		if err != nil || string(again) != string(encoded) {
			t.Errorf("%s: %s, then %s, %v", typ, encoded, again, err)
		}
	})
}
