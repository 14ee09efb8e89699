package conformance

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/kneo-agent/kneo-client-go/kneo"
)

// xs is a text of some length.
func xs(n int) string { return strings.Repeat("x", n) }

// sized is an object that is so many bytes as the platform writes it, with a space after the colon.
func sized(n int) map[string]any { return map[string]any{"metadata": xs(n - len(`{"metadata": ""}`))} }

var limitCases = []Case{
	{"objects have limits of bytes", func(t testing.TB, target *Target) {
		wide := maps.Clone(agentSpec)
		wide["metadata"] = map[string]any{"a": xs(256 << 10)}
		wantAll(t, target,
			exchange{"POST", "/v1/runs", create("metadata", sized(32<<10)), 200, "", "", ""},
			wrongField("POST", "/v1/runs", create("metadata", sized(32<<10+1)), "body.metadata", "value_error"),
			wrongField("POST", "/v1/runs", create("metadata", map[string]any{"a": strings.Repeat("é", 16<<10)}), "body.metadata", "value_error"),
			wrongField("POST", "/v1/runs", create("overrides", map[string]any{"metadata": sized(64 << 10)}), "body.overrides", "value_error"),
			wrongField("POST", "/v1/runs", create("spec", wide), "body.spec", "value_error"),
			wrongField("POST", "/v1/specs/validate", map[string]any{"spec": wide}, "body.spec", "value_error"),
			wrongField("POST", "/v1/human-tasks/none/resume", map[string]any{"request_id": "r", "decision": "approved", "metadata": sized(32<<10 + 1)}, "body.metadata", "value_error"),
		)
	}},
	{"texts have limits of characters", func(t testing.TB, target *Target) {
		wantAll(t, target,
			exchange{"POST", "/v1/runs", create("session_id", strings.Repeat("é", 4096)), 200, "", "", ""},
			wrongField("POST", "/v1/runs", create("session_id", xs(4097)), "body.session_id", "value_error"),
			wrongField("POST", "/v1/runs", create("environment", xs(4097)), "body.environment", "value_error"),
			wrongField("POST", "/v1/runs", create("spec_path", xs(4097)), "body.spec_path", "value_error"),
			wrongField("POST", "/v1/specs/explain", map[string]any{"spec": agentSpec, "environment": xs(4097)}, "body.environment", "value_error"),
			wrongField("POST", "/v1/human-tasks/none/resume", map[string]any{"request_id": xs(4097), "decision": "approved"}, "body.request_id", "value_error"),
			wrongField("POST", "/v1/human-tasks/none/resume", map[string]any{"request_id": "r", "decision": "selected", "selected_option": xs(4097)}, "body.selected_option", "value_error"),
		)
	}},
	{"lists have a hundred items, all of them texts", func(t testing.TB, target *Target) {
		many := slices.Repeat([]any{"a"}, 101)
		wantAll(t, target,
			wrongField("POST", "/v1/runs", create("overlays", many), "body.overlays", "value_error"),
			wrongField("POST", "/v1/runs", create("overlays", []any{xs(4097)}), "body.overlays", "value_error"),
			wrongField("POST", "/v1/runs", create("overlays", []any{"a", 1}), "body.overlays.1", "string_type"),
			wrongField("PUT", "/v1/policies/environment/limits", map[string]any{"blocked_diagnostic_codes": many}, "body.blocked_diagnostic_codes", "value_error"),
			wrongField("PUT", "/v1/policies/environment/limits", map[string]any{"blocked_diagnostic_codes": []any{xs(4097)}}, "body.blocked_diagnostic_codes", "value_error"),
			wrongField("PUT", "/v1/policies/environment/limits", map[string]any{"blocked_diagnostic_codes": []any{1}}, "body.blocked_diagnostic_codes.0", "string_type"),
		)
	}},
	{"overlays stay below the spec root", func(t testing.TB, target *Target) {
		overlays := []exchange{
			wrongField("POST", "/v1/runs", create("overlays", []any{"../x.yaml"}), "body.overlays", "value_error"),
			wrongField("POST", "/v1/runs", create("overlays", []any{"~/x.yaml"}), "body.overlays", "value_error"),
			wrongField("POST", "/v1/specs/validate", map[string]any{"spec": agentSpec, "overlays": []any{"../x.yaml"}}, "body.overlays", "value_error"),
		}
		if target.has(t, "0.12.0", "422, and not 400, for overlays with `..` or `~`") {
			wantAll(t, target, overlays...)
		}
		if target.has(t, "0.11.0", "422, and not 400, for a `spec_path` with `..` or `~`") {
			wantAll(t, target, wrongField("POST", "/v1/specs/validate", map[string]any{"spec_path": "../x.yaml"}, "body.spec_path", "value_error"))
		}
	}},
	{"environments have names of 128 characters", func(t testing.TB, target *Target) {
		long := "/v1/policies/environment/" + xs(129)
		wantAll(t, target,
			exchange{"GET", "/v1/policies/environment/" + xs(128), nil, 200, "", "", ""},
			wrongField("GET", long, nil, "path.environment", "string_too_long"),
			wrongField("PUT", long, map[string]any{}, "path.environment", "string_too_long"),
			wrongField("PUT", long, map[string]any{"x": 1}, "body.x", "extra_forbidden"),
			wrongField("POST", long+"/preview", map[string]any{}, "path.environment", "string_too_long"),
		)
	}},
	{"a decision that says too much leaves its task", func(t testing.TB, target *Target) {
		c := target.client(t, target.Keys["admin"])
		run := gatedRun(t, c, gated())
		decision := kneo.HumanResumeRequest{RequestID: "r", Decision: kneo.DecisionEdited, Content: xs(20_001)}
		_, err := c.Platform.HumanTasks.Resume(t.Context(), run.ContinuationID, decision, kneo.WithIdempotencyKey(uuid.NewString()))
		if e := wantError(t, err, kneo.ErrValidation, 422, ""); e.Details.Fields[0].Path != "body.content" || e.Details.Fields[0].Type != "value_error" {
			t.Errorf("%+v", e.Details)
		}
		decision.Content = xs(20_000)
		resumed, err := c.Platform.HumanTasks.Resume(t.Context(), run.ContinuationID, decision)
		if err != nil || resumed.Status != kneo.RunCompleted || resumed.OutputText != "X"+xs(19_999) {
			t.Errorf("%.1000v, %v", resumed, err)
		}
	}},
}
