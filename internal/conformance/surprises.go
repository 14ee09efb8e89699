package conformance

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kneo-agent/kneo-client-go/kneo"
)

// surpriseCases are what one would not think of.
var surpriseCases = []Case{
	{"a KeyError of a step is 404", func(t testing.TB, target *Target) {
		_, err := target.client(t, target.Keys["admin"]).Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{Input: "No/Such", Spec: steps("zoneinfo.ZoneInfo")})
		if wantError(t, err, kneo.ErrNotFound, 404, kneo.CodeNotFound); errors.Is(err, kneo.ErrUnsupported) {
			t.Error(err)
		}
	}},
	{"a guardrail is 422, or a failed run", func(t testing.TB, target *Target) {
		c := target.client(t, target.Keys["admin"])
		req := kneo.RunCreateRequest{Input: "a forbidden word", Target: kneo.TargetAgent, Spec: map[string]any{"version": "v1", "agent": map[string]any{
			"name": "root", "guardrails": map[string]any{"input": []any{map[string]any{"id": "g1", "type": "keyword", "config": map[string]any{"keywords": []any{"forbidden"}}}}},
		}}}
		_, err := c.Platform.Runs.Create(t.Context(), req)
		if !target.has(t, "0.9.0", "422 `guardrail_violation`, and not 500, for a run that a guardrail ends") {
			wantError(t, err, kneo.ErrServer, 500, kneo.CodeInternalError)
		} else if e := wantError(t, err, kneo.ErrValidation, 422, kneo.CodeGuardrailViolation); e.Details.ViolationType != "GuardrailViolation" || e.Details.Fields != nil {
			t.Errorf("%+v", e.Details)
		}
		if run := finished(t, c, req); run.Status != kneo.RunFailed || run.Error.Type != "GuardrailViolation" {
			t.Errorf("%+v", run)
		}
	}},
	{"paths out of the spec root", func(t testing.TB, target *Target) {
		c := target.client(t, target.Keys["admin"])
		for _, path := range []string{"../x.yaml", "a/../../x.yaml", "~/x.yaml"} {
			_, err := c.Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{SpecPath: path})
			if !target.has(t, "0.11.0", "422, and not 400, for a `spec_path` with `..` or `~`") {
				wantError(t, err, kneo.ErrBadRequest, 400, kneo.CodeInvalidRequest)
			} else if e := wantError(t, err, kneo.ErrValidation, 422, ""); e.Details.Fields[0].Path != "body.spec_path" || e.Details.Fields[0].Type != "value_error" {
				t.Errorf("%s: %+v", path, e.Details)
			}
		}
		_, err := c.Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{SpecPath: "/etc/passwd"})
		if !target.has(t, "1.0.0", "422 `spec_path_confined`, before any look at the file, for a `spec_path` outside the spec root") {
			var looked *kneo.Error // at a file which is no spec
			if !errors.As(err, &looked) || looked.Code == kneo.CodeSpecPathConfined {
				t.Errorf("%v", err)
			}
		} else {
			wantError(t, err, kneo.ErrValidation, 422, kneo.CodeSpecPathConfined)
		}
		_, err = c.Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{SpecPath: "nowhere.yaml"})
		wantError(t, err, kneo.ErrBadRequest, 400, kneo.CodeInvalidRequest)
	}},
	{"a continued run completes and keeps its error", func(t testing.TB, target *Target) {
		c, file := target.client(t, target.Keys["admin"]), filepath.Join(t.TempDir(), "flag")
		run := finished(t, c, kneo.RunCreateRequest{Input: file, Spec: steps("textwrap.dedent", "posixpath.getsize", "textwrap.dedent")})
		if run.Status != kneo.RunFailed || run.Error.Type != "FileNotFoundError" {
			t.Fatalf("%+v", run)
		}
		if err := os.WriteFile(file, []byte("12345"), 0o600); err != nil {
			t.Fatal(err)
		}
		continued, err := c.Platform.Runs.Continue(t.Context(), run.RunID)
		if err != nil || continued.Status != kneo.RunCompleted || continued.OutputText != "5" {
			t.Fatalf("%+v, %v", continued, err)
		}
		after, err := c.Platform.Runs.Get(t.Context(), run.RunID)
		if err != nil || after.Status != kneo.RunCompleted || after.Error == nil || after.Err() != nil {
			t.Errorf("%+v, %v, %v", after, err, after.Err())
		}
	}},
	{"a list takes any order, and any status", func(t testing.TB, target *Target) {
		page, err := target.client(t, target.Keys["viewer"]).Platform.Runs.List(t.Context(), kneo.RunListParams{SortBy: "no.such.field", Limit: 1})
		if err != nil || page.SortBy != "no.such.field" {
			t.Errorf("%+v, %v", page, err)
		}
		_, err = target.client(t, target.Keys["viewer"]).Platform.HumanTasks.List(t.Context(), kneo.HumanTaskListParams{Status: "done"})
		if e := wantError(t, err, kneo.ErrValidation, 422, ""); e.Details.Fields[0].Type != "literal_error" {
			t.Errorf("of tasks it does not: %+v", e.Details)
		}
	}},
	{"no id has a slash", func(t testing.TB, target *Target) {
		wantAll(t, target,
			exchange{"GET", "/v1/runs/a%2Fb", nil, 404, "", "", ""},
			exchange{"POST", "/v1/runs/a%2Fb/cancel", nil, 404, "", "", ""},
			exchange{"GET", "/v1/policies/environment/a%2Fb", nil, 404, "", "", ""},
			exchange{"GET", "/v1/runs/a%2Ftrace", nil, 404, kneo.CodeNotFound, "", ""},
			exchange{"GET", "/v1/runs/a%252Fb", nil, 404, kneo.CodeNotFound, "", ""},
		)
	}},
	{"queries come in many forms", func(t testing.TB, target *Target) {
		wantAll(t, target,
			exchange{"GET", "/v1/runs?limit=1&limit=2", nil, 200, "", "", ""},
			exchange{"GET", "/v1/runs?has_error=oFF", nil, 200, "", "", ""},
			exchange{"GET", "/v1/runs?created_after=2026-01-01T00:00:00", nil, 200, "", "", ""},
		)
		var page struct {
			Limit int `json:"limit"`
		}
		_, err := target.client(t, target.Keys["admin"]).Request(t.Context(), "GET", "/v1/runs?limit=1&limit=2", nil, &page)
		if err != nil || page.Limit != 2 {
			t.Errorf("%+v, %v", page, err)
		}
		if target.has(t, "1.2.0", "422 `invalid_timestamp` for a value that is not a time") {
			wantAll(t, target, exchange{"GET", "/v1/runs?created_after=", nil, 422, kneo.CodeInvalidTimestamp, "", ""})
		}
	}},
	{"the answer of a refusal can be as large as its request", func(t testing.TB, target *Target) {
		_, err := target.client(t, target.Keys["admin"]).Request(t.Context(), "POST", "/v1/runs", map[string]any{"input": "x", "metadata": strings.Repeat("m", 300_000)}, nil)
		if e := wantError(t, err, kneo.ErrValidation, 422, ""); len(e.Body) < 300_000 || len(err.Error()) > 1200 || e.Details.Fields[0].Path != "body.metadata" {
			t.Errorf("%d bytes of body, %d of text", len(e.Body), len(err.Error()))
		}
	}},
	{"booleans come in many forms", func(t testing.TB, target *Target) {
		for _, form := range []any{"true", 1, "on", true} {
			var created kneo.RunCreated
			info, err := target.client(t, target.Keys["admin"]).Request(t.Context(), "POST", "/v1/runs", map[string]any{"input": "x", "spec": agentSpec, "async_mode": form}, &created)
			if err != nil || info.StatusCode != accepted(t, target) {
				t.Errorf("%v: %v", form, err)
			}
		}
	}},
}
