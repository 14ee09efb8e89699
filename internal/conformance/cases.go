package conformance

import (
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

// Cases are all cases.
var Cases = slices.Concat(healthCases, authCases, createCases, lifeCases, listCases, viewCases,
	waitCases, surpriseCases, humanCases, auditCases, credentialCases, policyCases, specCases, skillCases, limitCases, functionCases, buildCases)

var healthCases = []Case{
	{"healthz tells the version", func(t testing.TB, target *Target) {
		h, err := target.client(t, target.Keys["admin"]).Platform.Health.Healthz(t.Context())
		if err != nil || !h.OK || h.Version != cmp.Or(target.Version, kneotest.Version) || h.Service != "kneo-serv-platform" || h.Metadata.Status != "healthy" {
			t.Errorf("%+v, %v", h, err)
		}
	}},
	{"livez is alive", func(t testing.TB, target *Target) {
		h, err := target.client(t, target.Keys["admin"]).Platform.Health.Livez(t.Context())
		if err != nil || !h.OK || h.Metadata.Status != "alive" {
			t.Errorf("%+v, %v", h, err)
		}
	}},
	{"readyz has checks", func(t testing.TB, target *Target) {
		h, err := target.client(t, target.Keys["admin"]).Platform.Health.Readyz(t.Context())
		if err != nil || !h.OK || !h.Metadata.Ready || !h.Metadata.Checks["queue"].OK || h.Metadata.AdditionalProperties != nil {
			t.Errorf("%+v, %v", h, err)
		}
	}},
	{"probes take a wrong key", func(t testing.TB, target *Target) {
		if _, err := target.client(t, WrongKey).Platform.Health.Readyz(t.Context()); err != nil {
			t.Error(err)
		}
	}},
	{"check takes a good key", func(t testing.TB, target *Target) {
		if err := target.client(t, target.Keys["viewer"]).Check(t.Context()); err != nil {
			t.Error(err)
		}
	}},
}

var authCases = []Case{
	{"a wrong key is unauthorized", func(t testing.TB, target *Target) {
		_, err := target.client(t, WrongKey).Platform.Runs.Get(t.Context(), "r", kneo.WithRequestID("my-request"))
		if e := wantError(t, err, kneo.ErrUnauthorized, 401, kneo.CodeUnauthorized); e.RequestID != "my-request" || strings.Contains(err.Error(), WrongKey) {
			t.Errorf("%+v", e)
		}
	}},
	{"check finds a wrong key", func(t testing.TB, target *Target) {
		if err := target.client(t, WrongKey).Check(t.Context()); !errors.Is(err, kneo.ErrUnauthorized) {
			t.Error(err)
		}
	}},
	{"a viewer may not create", func(t testing.TB, target *Target) {
		_, err := target.client(t, target.Keys["viewer"]).Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{Input: "x", Spec: agentSpec})
		if e := wantError(t, err, kneo.ErrForbidden, 403, kneo.CodeForbidden); e.Details.RequiredScope != "runs:write" {
			t.Errorf("%+v", e.Details)
		}
	}},
	{"the key comes before the values of the body", func(t testing.TB, target *Target) {
		_, err := target.client(t, WrongKey).Request(t.Context(), "POST", "/v1/runs", map[string]any{}, nil)
		wantError(t, err, kneo.ErrUnauthorized, 401, kneo.CodeUnauthorized)
	}},
	{"the syntax of the body comes before the key", func(t testing.TB, target *Target) {
		_, err := target.client(t, WrongKey).Request(t.Context(), "POST", "/v1/runs", []byte(`{"a":`), nil)
		if e := wantError(t, err, kneo.ErrValidation, 422, ""); e.Details.Fields[0].Type != "json_invalid" {
			t.Errorf("%+v", e.Details)
		}
	}},
}

var createCases = []Case{
	{"an agent answers", func(t testing.TB, target *Target) {
		created, err := target.client(t, target.Keys["admin"]).Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{Input: "hi", Spec: agentSpec})
		if err != nil || created.Status != kneo.RunCompleted || created.OutputText != "Final answer: hi" || created.Metadata.RuntimeName != "simple@dummy" {
			t.Errorf("%+v, %v", created, err)
		}
	}},
	{"a workflow runs", func(t testing.TB, target *Target) {
		created, err := target.client(t, target.Keys["admin"]).Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{Input: "hello world", Spec: steps(capwords, "html.escape")})
		if err != nil || created.Status != kneo.RunCompleted || created.OutputText != "Hello World" || !slices.Equal(created.Metadata.Workflow.VisitedSteps, []string{"s1", "s2"}) {
			t.Errorf("%+v, %v", created, err)
		}
	}},
	{"async is 202 and running", func(t testing.TB, target *Target) {
		var info *kneo.Response
		created, err := target.client(t, target.Keys["admin"]).Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{Input: "x", Spec: agentSpec, AsyncMode: true}, kneo.WithResponse(&info))
		if err != nil || created.Status != kneo.RunRunning || created.OutputText != "" || info.StatusCode != accepted(t, target) {
			t.Errorf("%+v, %v, %+v", created, err, info)
		}
	}},
	{"the same key gives the same run", func(t testing.TB, target *Target) {
		c, key := target.client(t, target.Keys["admin"]), uuid.NewString()
		req := kneo.RunCreateRequest{Input: "x", Spec: agentSpec, AsyncMode: true}
		var first, second *kneo.Response
		if _, err := c.Platform.Runs.Create(t.Context(), req, kneo.WithIdempotencyKey(key), kneo.WithResponse(&first)); err != nil {
			t.Fatal(err)
		}
		finished(t, c, req)
		req.Target = kneo.TargetWorkflow // the default, said aloud
		if _, err := c.Platform.Runs.Create(t.Context(), req, kneo.WithIdempotencyKey(key), kneo.WithResponse(&second)); err != nil {
			t.Fatal(err)
		}
		if string(first.Body) != string(second.Body) || second.StatusCode != accepted(t, target) {
			t.Errorf("first %s\nsecond %s", first.Body, second.Body)
		}
	}},
	{"the same key with another request conflicts", func(t testing.TB, target *Target) {
		c, key := target.client(t, target.Keys["admin"]), uuid.NewString()
		if _, err := c.Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{Input: "x", Spec: agentSpec}, kneo.WithIdempotencyKey(key)); err != nil {
			t.Fatal(err)
		}
		_, err := c.Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{Input: "y", Spec: agentSpec}, kneo.WithIdempotencyKey(key))
		if e := wantError(t, err, kneo.ErrIdempotencyMismatch, 409, kneo.CodeIdempotencyKeyConflict); !errors.Is(err, kneo.ErrConflict) || e.Details.Scope != "runs:create" {
			t.Errorf("%+v", e)
		}
	}},
	{"a failure is not remembered", func(t testing.TB, target *Target) {
		c, key := target.client(t, target.Keys["admin"]), uuid.NewString()
		for range 2 {
			_, err := c.Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{Input: "no json", Spec: steps(loads)}, kneo.WithIdempotencyKey(key))
			wantError(t, err, kneo.ErrBadRequest, 400, kneo.CodeInvalidRequest)
		}
	}},
	{"no spec is a bad request", func(t testing.TB, target *Target) {
		_, err := target.client(t, target.Keys["admin"]).Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{Input: "x"})
		wantError(t, err, kneo.ErrBadRequest, 400, kneo.CodeInvalidRequest)
	}},
	{"an unknown version of the spec is a bad request", func(t testing.TB, target *Target) {
		_, err := target.client(t, target.Keys["admin"]).Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{Spec: map[string]any{"version": "v2"}})
		wantError(t, err, kneo.ErrBadRequest, 400, kneo.CodeInvalidRequest)
	}},
	{"an invalid spec has diagnostics", func(t testing.TB, target *Target) {
		for _, spec := range []map[string]any{{"version": "v1"}, {"version": "v1", "agent": map[string]any{"name": "r"}, "surprise": 1}} {
			_, err := target.client(t, target.Keys["admin"]).Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{Spec: spec})
			if _, strict := spec["surprise"]; strict && !target.has(t, "1.1.0", "400 for unknown keys of a spec") && err == nil {
				continue
			}
			if !target.has(t, "0.8.0", "400 `spec_invalid`, with diagnostics, for a spec that is invalid") {
				wantError(t, err, kneo.ErrServer, 500, kneo.CodeInternalError)
				continue
			}
			e := wantError(t, err, kneo.ErrBadRequest, 400, kneo.CodeSpecInvalid)
			if len(e.Details.Diagnostics) != 1 || e.Details.Diagnostics[0].Code != "E_SCHEMA" || e.Details.Diagnostics[0].Severity != kneo.SeverityError {
				t.Errorf("%+v", e.Details)
			}
		}
	}},
	{"an invalid spec fails async", func(t testing.TB, target *Target) {
		run := finished(t, target.client(t, target.Keys["admin"]), kneo.RunCreateRequest{Spec: map[string]any{"version": "v1"}})
		if run.Status != kneo.RunFailed || run.Error == nil || run.Error.Type != "SpecCompilationError" {
			t.Errorf("%+v", run)
		}
	}},
	{"a step that fails is an error", func(t testing.TB, target *Target) {
		_, err := target.client(t, target.Keys["admin"]).Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{Input: "no json", Spec: steps(loads)})
		if e := wantError(t, err, kneo.ErrBadRequest, 400, kneo.CodeInvalidRequest); e.Message != "Expecting value: line 1 column 1 (char 0)" || e.Attempts != 1 {
			t.Errorf("%+v", e)
		}
	}},
	{"an import that fails is a server error", func(t testing.TB, target *Target) {
		_, err := target.client(t, target.Keys["admin"]).Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{Spec: steps("no_such_module.f")})
		if e := wantError(t, err, kneo.ErrServer, 500, kneo.CodeInternalError); e.Attempts != 1 {
			t.Errorf("a POST was repeated after a 500: %+v", e)
		}
	}},
	{"every wrong field is told", func(t testing.TB, target *Target) {
		body := map[string]any{"foo": 2, "spec": []int{}, "async_mode": "maybe", "metadata": nil}
		_, err := target.client(t, target.Keys["admin"]).Request(t.Context(), "POST", "/v1/runs", body, nil)
		e := wantError(t, err, kneo.ErrValidation, 422, "")
		kinds := map[string]string{}
		for _, f := range e.Details.Fields {
			kinds[f.Path] = f.Type
		}
		for path, kind := range map[string]string{
			"body.input": "missing", "body.spec": "dict_type", "body.async_mode": "bool_parsing", "body.metadata": "dict_type", "body.foo": "extra_forbidden",
		} {
			if kinds[path] != kind {
				t.Errorf("%s: %q, want %q", path, kinds[path], kind)
			}
		}
	}},
	{"bodies that are no objects", func(t testing.TB, target *Target) {
		for body, kind := range map[string]string{"": "missing", "null": "missing", "[]": "model_attributes_type", `"x"`: "model_attributes_type"} {
			_, err := target.client(t, target.Keys["admin"]).Request(t.Context(), "POST", "/v1/runs", []byte(body), nil)
			if e := wantError(t, err, kneo.ErrValidation, 422, ""); e.Details.Fields[0].Type != kind || e.Details.Fields[0].Path != "body" {
				t.Errorf("%q: %+v", body, e.Details)
			}
		}
	}},
	{"a body that is not UTF-8 is refused with text", func(t testing.TB, target *Target) {
		_, err := target.client(t, target.Keys["admin"]).Request(t.Context(), "POST", "/v1/runs", []byte("{\"input\":\"\xff\"}"), nil)
		wantError(t, err, kneo.ErrBadRequest, 400, "")
	}},
	{"a body over the limit is refused", func(t testing.TB, target *Target) {
		_, err := target.client(t, target.Keys["admin"]).Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{Input: strings.Repeat("x", 2<<20)})
		if e := wantError(t, err, kneo.ErrPayloadTooLarge, 413, kneo.CodePayloadTooLarge); e.Details.MaxBodyBytes != 1<<20 {
			t.Errorf("%+v", e.Details)
		}
	}},
	{"an input over the limit is refused", func(t testing.TB, target *Target) {
		_, err := target.client(t, target.Keys["admin"]).Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{Input: strings.Repeat("x", 20_001), Spec: agentSpec})
		if e := wantError(t, err, kneo.ErrValidation, 422, ""); e.Details.Fields[0].Path != "body.input" || len(err.Error()) > 1200 {
			t.Errorf("%+v", e.Details)
		}
	}},
	{"metadata comes back, secrets hidden", func(t testing.TB, target *Target) {
		run := finished(t, target.client(t, target.Keys["admin"]), kneo.RunCreateRequest{Input: "x", Spec: agentSpec, SessionID: "sess-1", Metadata: map[string]any{
			"n": json.Number("123456789012345678901234567890"), "token": map[string]any{"a": 1}, "deep": map[string]any{"email": 5, "k": "v"},
		}})
		m := run.Metadata.CallerMetadata
		if !target.has(t, "1.2.0", "`metadata.caller_metadata` of a run") {
			if m != nil || run.SessionID != "sess-1" {
				t.Errorf("%s, session %q", m, run.SessionID)
			}
			return
		}
		if string(m["n"]) != "123456789012345678901234567890" || string(m["token"]) != `"[REDACTED]"` || run.SessionID != "sess-1" {
			t.Errorf("%s, session %q", m, run.SessionID)
		}
		var deep map[string]any
		if err := json.Unmarshal(m["deep"], &deep); err != nil || deep["email"] != "[REDACTED]" || deep["k"] != "v" {
			t.Errorf("%s, %v", m["deep"], err)
		}
	}},
}

var lifeCases = []Case{
	{"an async run ends", func(t testing.TB, target *Target) {
		run := finished(t, target.client(t, target.Keys["admin"]), kneo.RunCreateRequest{Input: "hello world", Spec: steps(capwords)})
		if run.Status != kneo.RunCompleted || run.OutputText != "Hello World" || run.InputText != "hello world" || run.AgentName != "root" || run.WorkflowName != "wf" ||
			run.WorkflowKind != "workflow" || !slices.Equal(run.VisitedSteps, []string{"s1"}) || run.TraceEventCount != 2 || run.Err() != nil || run.CurrentStepIndex != nil {
			t.Errorf("%+v", run)
		}
	}},
	{"an async run fails", func(t testing.TB, target *Target) {
		run := finished(t, target.client(t, target.Keys["admin"]), kneo.RunCreateRequest{Input: "no json", Spec: steps(capwords, loads)})
		if run.Status != kneo.RunFailed || run.Error == nil || run.Error.Type != "JSONDecodeError" || slices.Equal(run.VisitedSteps, []string{"s1"}) != target.has(t, "0.5.0", "`visited_steps` of a run that failed") {
			t.Errorf("%+v", run)
		}
		var failed *kneo.RunFailedError
		if !errors.As(run.Err(), &failed) || failed.Type != "JSONDecodeError" {
			t.Errorf("%v", run.Err())
		}
	}},
	{"an unknown run is not found", func(t testing.TB, target *Target) {
		c := target.client(t, target.Keys["admin"])
		calls := map[string]error{}
		_, calls["get"] = c.Platform.Runs.Get(t.Context(), "no-such-run")
		_, calls["cancel"] = c.Platform.Runs.Cancel(t.Context(), "no-such-run")
		_, calls["continue"] = c.Platform.Runs.Continue(t.Context(), "no-such-run")
		_, calls["trace"] = c.Platform.Runs.Trace(t.Context(), "no-such-run", kneo.TraceParams{})
		_, calls["replay"] = c.Platform.Runs.Replay(t.Context(), "no-such-run")
		_, calls["recovery"] = c.Platform.Runs.Recovery(t.Context(), "no-such-run")
		_, calls["graph"] = c.Platform.Runs.Graph(t.Context(), "no-such-run")
		_, calls["policy report"] = c.Platform.Runs.PolicyReport(t.Context(), "no-such-run")
		for _, name := range slices.Sorted(maps.Keys(calls)) {
			err := calls[name]
			if e := wantError(t, err, kneo.ErrNotFound, 404, kneo.CodeNotFound); errors.Is(err, kneo.ErrUnsupported) {
				t.Errorf("%s: %+v", name, e)
			}
		}
		page, err := c.Platform.Runs.Checkpoints(t.Context(), "no-such-run", kneo.CheckpointParams{})
		if err != nil || len(page.Items) != 0 || page.Total != 0 {
			t.Errorf("checkpoints: %+v, %v", page, err)
		}
		_, err = c.Platform.Runs.DiffCheckpoints(t.Context(), "no-such-run", kneo.CheckpointDiffParams{})
		wantError(t, err, kneo.ErrBadRequest, 400, kneo.CodeInvalidRequest)
	}},
	{"a run can be cancelled, once", func(t testing.TB, target *Target) {
		c := target.client(t, target.Keys["admin"])
		created, err := c.Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{Input: sleepFor("0.5"), Spec: steps(timeit, capwords), AsyncMode: true})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			run, err := c.Platform.Runs.Cancel(t.Context(), created.RunID)
			if err != nil || run.Status != kneo.RunCancelled {
				t.Fatalf("%+v, %v", run, err)
			}
		}
		time.Sleep(700 * time.Millisecond) // the step ends; nobody is to notice
		run, err := c.Platform.Runs.Get(t.Context(), created.RunID)
		if err != nil || run.Status != kneo.RunCancelled || slices.Contains(run.VisitedSteps, "s2") || run.Error == nil || run.Error.Type != "cancelled" {
			t.Errorf("%+v, %v", run, err)
		}
	}},
	{"a finished run is left as it is", func(t testing.TB, target *Target) {
		c := target.client(t, target.Keys["admin"])
		run := finished(t, c, kneo.RunCreateRequest{Input: "x", Spec: agentSpec})
		again, err := c.Platform.Runs.Cancel(t.Context(), run.RunID)
		if err != nil || again.Status != kneo.RunCompleted {
			t.Errorf("%+v, %v", again, err)
		}
	}},
	{"a finished run cannot be continued", func(t testing.TB, target *Target) {
		c := target.client(t, target.Keys["admin"])
		run := finished(t, c, kneo.RunCreateRequest{Input: "x", Spec: steps(capwords)})
		_, err := c.Platform.Runs.Continue(t.Context(), run.RunID)
		if !target.has(t, "0.9.0", "409 `run_state_conflict`, and not 500, for continuing a finished run") {
			wantError(t, err, kneo.ErrServer, 500, kneo.CodeInternalError)
			return
		}
		if e := wantError(t, err, kneo.ErrConflict, 409, kneo.CodeRunStateConflict); e.Details.RunID != run.RunID || e.Details.Status != kneo.RunCompleted {
			t.Errorf("%+v", e.Details)
		}
	}},
	{"a failed run can be continued, and fails again", func(t testing.TB, target *Target) {
		c := target.client(t, target.Keys["admin"])
		run := finished(t, c, kneo.RunCreateRequest{Input: "no json", Spec: steps(capwords, loads)})
		// The last checkpoint, which this is made of, is written a moment after the run says that it has ended.
		recovery, err := settled(func() (*kneo.Recovery, bool, error) {
			recovery, err := c.Platform.Runs.Recovery(t.Context(), run.RunID)
			return recovery, err != nil || recovery.Status != kneo.RunRunning, err
		})
		if err != nil || !recovery.ReplayContext.CanContinue || recovery.ReplayContext.FailedStep != "s2" || recovery.Error.Type != "JSONDecodeError" {
			t.Fatalf("%+v, %v", recovery, err)
		}
		_, err = c.Platform.Runs.Continue(t.Context(), run.RunID)
		wantError(t, err, kneo.ErrBadRequest, 400, kneo.CodeInvalidRequest)
	}},
	{"a run blocks on a person", func(t testing.TB, target *Target) {
		c := target.client(t, target.Keys["admin"])
		run := finished(t, c, kneo.RunCreateRequest{Input: "please review", Spec: gated()})
		p := run.PendingHumanRequest
		if run.Status != kneo.RunBlocked || run.ContinuationID == "" || run.OutputText != "Human intervention required." || p == nil || p.Assignee != "ann" || p.RequestedBy != "gate" || p.OnTimeout != "fail" || string(p.Context["input_text"]) != `"Please Review"` {
			t.Fatalf("%+v, %+v", run, p)
		}
		if asked := p.Type == "selection" && slices.Equal(p.Options, []string{"yes", "no"}); asked != target.has(t, "0.7.0", "`request_type` and `options` of a spec's human: before, all ask for approval") {
			t.Errorf("%+v", p)
		}
		// The platform shows the run as blocked a moment before it has let go of it; until then it is a conflict.
		_, err := settled(func() (*kneo.RunCreated, bool, error) {
			continued, err := c.Platform.Runs.Continue(t.Context(), run.RunID)
			return continued, !errors.Is(err, kneo.ErrConflict), err
		})
		wantError(t, err, kneo.ErrServer, 500, kneo.CodeInternalError)
		cancelled, err := c.Platform.Runs.Cancel(t.Context(), run.RunID)
		if err != nil || cancelled.Status != kneo.RunCancelled || cancelled.ContinuationID != run.ContinuationID {
			t.Errorf("%+v, %v", cancelled, err)
		}
	}},
}
