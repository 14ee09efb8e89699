package conformance

import (
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/kneo-agent/kneo-client-go/kneo"
)

// gatedRun makes a run that waits for a person.
func gatedRun(t testing.TB, c *kneo.Client, spec map[string]any) *kneo.Run {
	t.Helper()
	run := finished(t, c, kneo.RunCreateRequest{Input: "please review", Spec: spec})
	if run.Status != kneo.RunBlocked {
		t.Fatalf("the run is %s: %+v", run.Status, run.Error)
	}
	return run
}

// gateOf returns the description of the person of a gated spec, to be changed.
func gateOf(spec map[string]any) map[string]any {
	return spec["components"].(map[string]any)["humans"].(map[string]any)["h"].(map[string]any)
}

var humanCases = []Case{
	{"a task is listed", func(t testing.TB, target *Target) {
		c := target.client(t, target.Keys["admin"])
		run := gatedRun(t, c, gated())
		page, err := c.Platform.HumanTasks.List(t.Context(), kneo.HumanTaskListParams{RunID: run.RunID, Status: kneo.TaskPending, WorkflowKind: "sequential"})
		if err != nil || len(page.Items) != 1 || page.Total != 1 {
			t.Fatalf("%+v, %v", page, err)
		}
		task := page.Items[0]
		if task.ContinuationID != run.ContinuationID || task.RunID != run.RunID || task.WorkflowName != "wf" || task.WorkflowKind != "sequential" || task.CurrentInput != "Please Review" ||
			*task.CurrentStepIndex != 1 || task.PendingHumanRequest.ID != task.PendingHumanRequestID || !task.ExpiresAt.IsZero() || task.Metadata.StepID != "gate" || task.AdditionalProperties != nil {
			t.Errorf("%+v", task)
		}
		if page, err := c.Platform.HumanTasks.List(t.Context(), kneo.HumanTaskListParams{RunID: run.RunID, Status: kneo.TaskEscalated}); err != nil || len(page.Items) != 0 {
			t.Errorf("%+v, %v", page, err)
		}
	}},
	{"a task is got", func(t testing.TB, target *Target) {
		c := target.client(t, target.Keys["admin"])
		run := gatedRun(t, c, gated())
		task, err := c.Platform.HumanTasks.Get(t.Context(), run.ContinuationID)
		if err != nil || task.ContinuationID != run.ContinuationID || task.Request.ID != run.PendingHumanRequest.ID || (len(task.Messages) > 0) != target.has(t, "0.7.0", "`messages` of a human task") {
			t.Errorf("%+v, %v", task, err)
		}
	}},
	{"an unknown task is not found", func(t testing.TB, target *Target) {
		c := target.client(t, target.Keys["admin"])
		_, err := c.Platform.HumanTasks.Get(t.Context(), "no-such-task")
		wantError(t, err, kneo.ErrNotFound, 404, kneo.CodeNotFound)
		_, err = c.Platform.HumanTasks.Resume(t.Context(), "no-such-task", kneo.HumanResumeRequest{RequestID: "q", Decision: kneo.DecisionApproved})
		wantError(t, err, kneo.ErrNotFound, 404, kneo.CodeNotFound)
	}},
	{"each decision passes on its own", func(t testing.TB, target *Target) {
		c := target.client(t, target.Keys["admin"])
		for want, decision := range map[string]kneo.HumanResumeRequest{
			"Please Review":                      kneo.Approve(),
			"Rejected By Human Reviewer: Not So": kneo.Reject("not so"),
			"Better":                             kneo.Edit("better"),
			"Yes":                                kneo.Select("yes"),
			"Given":                              kneo.Provide("given"),
		} {
			run := gatedRun(t, c, gated())
			resumed, err := c.Platform.HumanTasks.Resume(t.Context(), run.ContinuationID, decision)
			if err != nil || resumed.Status != kneo.RunCompleted || resumed.OutputText != want || resumed.RunID != run.RunID || resumed.NextContinuationID() != "" {
				t.Errorf("%s: %+v, %v", decision.Decision, resumed, err)
				continue
			}
			after, err := c.Platform.Runs.Get(t.Context(), run.RunID)
			if err != nil || after.Status != kneo.RunCompleted || after.PendingHumanRequest != nil || after.ContinuationID != "" || !slices.Equal(after.VisitedSteps, []string{"draft", "gate", "publish"}) {
				t.Errorf("%s: %+v, %v", decision.Decision, after, err)
			}
			_, err = c.Platform.HumanTasks.Resume(t.Context(), run.ContinuationID, decision)
			wantError(t, err, kneo.ErrNotFound, 404, kneo.CodeNotFound)
		}
	}},
	{"an unknown decision is refused", func(t testing.TB, target *Target) {
		c := target.client(t, target.Keys["admin"])
		run := gatedRun(t, c, gated())
		_, err := c.Platform.HumanTasks.Resume(t.Context(), run.ContinuationID, kneo.HumanResumeRequest{RequestID: "q", Decision: "approve"})
		if e := wantError(t, err, kneo.ErrValidation, 422, ""); e.Details.Fields[0].Path != "body.decision" || e.Details.Fields[0].Type != "literal_error" {
			t.Errorf("%+v", e.Details)
		}
	}},
	{"a resume is remembered", func(t testing.TB, target *Target) {
		c, key := target.client(t, target.Keys["admin"]), uuid.NewString()
		run := gatedRun(t, c, gated())
		decision := kneo.HumanResumeRequest{RequestID: "q", Decision: kneo.DecisionApproved}
		first, err := c.Platform.HumanTasks.Resume(t.Context(), run.ContinuationID, decision, kneo.WithIdempotencyKey(key))
		if err != nil {
			t.Fatal(err)
		}
		again, err := c.Platform.HumanTasks.Resume(t.Context(), run.ContinuationID, decision, kneo.WithIdempotencyKey(key))
		if err != nil || again.OutputText != first.OutputText || again.RunID != first.RunID {
			t.Errorf("%+v, %v", again, err)
		}
		decision.Decision = kneo.DecisionRejected
		_, err = c.Platform.HumanTasks.Resume(t.Context(), run.ContinuationID, decision, kneo.WithIdempotencyKey(key))
		wantError(t, err, kneo.ErrIdempotencyMismatch, 409, kneo.CodeIdempotencyKeyConflict)
	}},
	{"a step that fails after a decision leaves the task", func(t testing.TB, target *Target) {
		c := target.client(t, target.Keys["admin"])
		spec := gated()
		spec["components"].(map[string]any)["functions"].(map[string]any)["f2"] = map[string]any{"implementation": loads}
		spec["workflow"].(map[string]any)["steps"].([]any)[2].(map[string]any)["ref"] = "f2"
		run := gatedRun(t, c, spec)
		_, err := c.Platform.HumanTasks.Resume(t.Context(), run.ContinuationID, kneo.Approve())
		wantError(t, err, kneo.ErrBadRequest, 400, kneo.CodeInvalidRequest)
		after, err := c.Platform.Runs.Get(t.Context(), run.RunID)
		if err != nil || after.Status != kneo.RunBlocked || after.ContinuationID != run.ContinuationID {
			t.Fatalf("%+v, %v", after, err)
		}
		resumed, err := c.Platform.HumanTasks.Resume(t.Context(), run.ContinuationID, kneo.Provide("5"))
		if err != nil || resumed.Status != kneo.RunCompleted || resumed.OutputText != "5" {
			t.Errorf("%+v, %v", resumed, err)
		}
	}},
	{"a person at the end cannot be resumed", func(t testing.TB, target *Target) {
		c := target.client(t, target.Keys["admin"])
		spec := gated()
		workflow := spec["workflow"].(map[string]any)
		workflow["steps"] = workflow["steps"].([]any)[:2]
		run := gatedRun(t, c, spec)
		_, err := c.Platform.HumanTasks.Resume(t.Context(), run.ContinuationID, kneo.Approve())
		wantError(t, err, kneo.ErrBadRequest, 400, kneo.CodeInvalidRequest)
	}},
	{"a task past its deadline has expired", func(t testing.TB, target *Target) {
		c := target.client(t, target.Keys["admin"])
		spec := gated()
		gateOf(spec)["timeout_seconds"], gateOf(spec)["on_timeout"] = 1, "fail"
		run := gatedRun(t, c, spec)
		time.Sleep(1200 * time.Millisecond)
		_, err := c.Platform.HumanTasks.Resume(t.Context(), run.ContinuationID, kneo.Approve())
		if !target.has(t, "1.1.0", "409 `human_task_expired` for a decision that comes too late") {
			if err != nil {
				t.Error(err)
			}
			return
		}
		e := wantError(t, err, kneo.ErrHumanTaskExpired, 409, kneo.CodeHumanTaskExpired)
		if late := time.Since(e.Details.ExpiresAt); e.Details.ContinuationID != run.ContinuationID || late < 0 || late > time.Minute {
			t.Errorf("%+v", e.Details)
		}
	}},
	{"an escalating task can be decided late", func(t testing.TB, target *Target) {
		c := target.client(t, target.Keys["admin"])
		spec := gated()
		gateOf(spec)["timeout_seconds"], gateOf(spec)["on_timeout"] = 1, "escalate"
		run := gatedRun(t, c, spec)
		time.Sleep(1200 * time.Millisecond)
		if resumed, err := c.Platform.HumanTasks.Resume(t.Context(), run.ContinuationID, kneo.Approve()); err != nil || resumed.Status != kneo.RunCompleted {
			t.Errorf("%+v, %v", resumed, err)
		}
	}},
	{"a cancelled run has no task", func(t testing.TB, target *Target) {
		c := target.client(t, target.Keys["admin"])
		run := gatedRun(t, c, gated())
		if _, err := c.Platform.Runs.Cancel(t.Context(), run.RunID); err != nil {
			t.Fatal(err)
		}
		_, err := c.Platform.HumanTasks.Get(t.Context(), run.ContinuationID)
		if !target.has(t, "0.9.0", "404 for the human task of a cancelled run") && err == nil {
			return
		}
		wantError(t, err, kneo.ErrNotFound, 404, kneo.CodeNotFound)
	}},
	{"the task with the first deadline comes first", func(t testing.TB, target *Target) {
		c := target.client(t, target.Keys["admin"])
		spec := gated()
		gateOf(spec)["timeout_seconds"] = 3600
		run := gatedRun(t, c, spec)
		resumed, err := c.Platform.HumanTasks.ResumeFirstPending(t.Context(), kneo.Approve(), kneo.HumanTaskListParams{RunID: run.RunID})
		if err != nil || resumed == nil || resumed.RunID != run.RunID {
			t.Fatalf("%+v, %v", resumed, err)
		}
		if resumed, err = c.Platform.HumanTasks.ResumeFirstPending(t.Context(), kneo.Approve(), kneo.HumanTaskListParams{RunID: run.RunID}); err != nil || resumed != nil {
			t.Errorf("%+v, %v", resumed, err)
		}
	}},
	{"many tasks are decided, each with its result", func(t testing.TB, target *Target) {
		c := target.client(t, target.Keys["admin"])
		ids := []string{gatedRun(t, c, gated()).ContinuationID, "no-such-task", gatedRun(t, c, gated()).ContinuationID}
		results := c.Platform.HumanTasks.ResumeMany(t.Context(), ids, kneo.Approve())
		if results[0].Err != nil || results[2].Err != nil || results[0].Resumed.Status != kneo.RunCompleted || results[2].ContinuationID != ids[2] {
			t.Errorf("%+v", results)
		}
		wantError(t, results[1].Err, kneo.ErrNotFound, 404, kneo.CodeNotFound)
	}},
	{"a viewer may not decide", func(t testing.TB, target *Target) {
		_, err := target.client(t, target.Keys["viewer"]).Platform.HumanTasks.Resume(t.Context(), "t", kneo.HumanResumeRequest{RequestID: "q", Decision: kneo.DecisionApproved})
		if e := wantError(t, err, kneo.ErrForbidden, 403, kneo.CodeForbidden); e.Details.RequiredScope != "human:write" {
			t.Errorf("%+v", e.Details)
		}
	}},
}
