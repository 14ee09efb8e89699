package kneotest_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// scripted is a server on whose clock all runs follow a script.
func scripted(t *testing.T, script kneotest.Script) (*kneotest.Server, *kneotest.Clock, *kneo.Client) {
	t.Helper()
	clock := kneotest.NewClock(noon)
	srv := kneotest.NewServer(kneotest.WithCleanup(t), kneotest.WithClock(clock), kneotest.WithScript(func(kneo.RunCreateRequest) *kneotest.Script { return &script }))
	return srv, clock, srv.Client()
}

// create makes an async run.
func create(t *testing.T, c *kneo.Client) string {
	t.Helper()
	created, err := c.Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{Input: "in", AsyncMode: true})
	if err != nil {
		t.Fatal(err)
	}
	return created.RunID
}

// until waits for a status in real time.
func until(t *testing.T, c *kneo.Client, id string, status kneo.RunStatus) *kneo.Run {
	t.Helper()
	run, err := c.Platform.Runs.WaitForCompletion(t.Context(), id, kneo.WithTerminalStatuses(status), kneo.WithWaitTimeout(10*time.Second))
	if err != nil || run.Status != status {
		t.Fatalf("%+v, %v, want %s", run, err, status)
	}
	return run
}

func TestScriptTakesItsTimeByTheClock(t *testing.T) {
	_, clock, c := scripted(t, kneotest.Script{Steps: []kneotest.ScriptStep{{ID: "slow", Takes: time.Hour, Output: "done"}, {Takes: time.Hour}}})
	id := create(t, c)
	for i, want := range []kneo.RunStatus{kneo.RunRunning, kneo.RunRunning} {
		if err := clock.AwaitSleepers(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		run, err := c.Platform.Runs.Get(t.Context(), id)
		if err != nil || run.Status != want || len(run.VisitedSteps) != i {
			t.Fatalf("step %d: %+v, %v", i, run, err)
		}
		clock.Advance(time.Hour)
	}
	run := until(t, c, id, kneo.RunCompleted)
	if run.OutputText != "done" || len(run.VisitedSteps) != 2 {
		t.Errorf("%+v", run)
	}
	page, err := c.Platform.Runs.List(t.Context(), kneo.RunListParams{})
	if err != nil || !page.Items[0].CreatedAt.Equal(noon) || !page.Items[0].CompletedAt.Equal(noon.Add(2*time.Hour)) {
		t.Errorf("%+v, %v", page, err)
	}
}

func TestScriptFailsAfterTwoSteps(t *testing.T) {
	_, _, c := scripted(t, kneotest.Script{Steps: []kneotest.ScriptStep{{}, {Output: "half way"}, {Err: &kneotest.StepError{Type: "RuntimeError", Message: "boom"}}}})
	run := until(t, c, create(t, c), kneo.RunFailed)
	if len(run.VisitedSteps) != 2 || run.OutputText != "half way" || run.Error.Type != "RuntimeError" || run.Error.Message != "boom" {
		t.Errorf("%+v, %+v", run, run.Error)
	}
}

func TestHumanTasksExpire(t *testing.T) {
	gate := func(action kneo.HumanTimeoutAction) kneotest.Script {
		return kneotest.Script{Steps: []kneotest.ScriptStep{
			{ID: "gate", Human: &kneotest.HumanGate{Title: "May it?", Assignee: "ann", Timeout: time.Minute, OnTimeout: action}}, {Output: "published"},
		}}
	}
	for _, test := range []struct {
		action kneo.HumanTimeoutAction
		status kneo.RunStatus
		event  kneo.AuditEventType
	}{
		{kneo.OnTimeoutFail, kneo.RunExpired, kneo.AuditHumanExpired},
		{kneo.OnTimeoutContinue, kneo.RunCompleted, kneo.AuditHumanContinued},
		{kneo.OnTimeoutEscalate, kneo.RunBlocked, kneo.AuditHumanEscalated},
	} {
		t.Run(string(test.action), func(t *testing.T) {
			srv, clock, c := scripted(t, gate(test.action))
			id := create(t, c)
			run := until(t, c, id, kneo.RunBlocked)
			if n := srv.PruneExpiredHumanTasks(); n != 0 {
				t.Fatalf("%d expired before their time", n)
			}
			clock.Advance(time.Minute + time.Second)
			if n := srv.PruneExpiredHumanTasks(); n != 1 {
				t.Fatalf("%d expired", n)
			}
			run, err := c.Platform.Runs.Get(t.Context(), run.RunID)
			if err != nil || run.Status != test.status {
				t.Fatalf("%+v, %v", run, err)
			}
			events, err := c.Platform.Audit.List(t.Context(), kneo.AuditListParams{RunID: id, EventType: test.event})
			if err != nil || len(events.Items) != 1 || events.Items[0].Metadata.TimeoutSeconds != 60 {
				t.Errorf("%+v, %v", events, err)
			}
			if n := srv.PruneExpiredHumanTasks(); n != 0 {
				t.Errorf("%d expired twice", n)
			}
			tasks, err := c.Platform.HumanTasks.List(t.Context(), kneo.HumanTaskListParams{Status: "escalated"})
			if escalated := test.action == kneo.OnTimeoutEscalate; err != nil || (len(tasks.Items) == 1) != escalated {
				t.Errorf("%+v, %v", tasks, err)
			}
		})
	}
}

func TestTooLateToDecide(t *testing.T) {
	_, clock, c := scripted(t, kneotest.Script{Steps: []kneotest.ScriptStep{{Human: &kneotest.HumanGate{Timeout: time.Minute}}, {}}})
	run := until(t, c, create(t, c), kneo.RunBlocked)
	clock.Advance(2 * time.Minute)
	_, err := c.Platform.HumanTasks.Resume(t.Context(), run.ContinuationID, kneo.HumanResumeRequest{RequestID: "q", Decision: kneo.DecisionApproved})
	if !errors.Is(err, kneo.ErrHumanTaskExpired) {
		t.Error(err)
	}
}

func TestRunsTimeOut(t *testing.T) {
	script := kneotest.Script{Timeout: time.Minute, Steps: []kneotest.ScriptStep{{Takes: time.Hour}, {Output: "never"}}}
	srv, clock, c := scripted(t, script)
	id := create(t, c)
	if err := clock.AwaitSleepers(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	clock.Advance(time.Minute)
	if n := srv.PruneTimedOutRuns(); n != 0 {
		t.Fatalf("%d timed out at their deadline, which is the last moment", n)
	}
	clock.Advance(time.Second)
	if n := srv.PruneTimedOutRuns(); n != 1 {
		t.Fatalf("%d timed out", n)
	}
	run := until(t, c, id, kneo.RunTimedOut)
	if run.Error == nil || run.Error.Type != "run_timed_out" || run.Error.Message != "Run exceeded its 60s timeout." {
		t.Errorf("%+v", run.Error)
	}
	clock.Advance(time.Hour) // the step ends, and its result is dropped
	if run = until(t, c, id, kneo.RunTimedOut); run.OutputText != "" {
		t.Errorf("%+v", run)
	}
}

func TestRetention(t *testing.T) {
	srv, clock, c := scripted(t, kneotest.Script{Steps: []kneotest.ScriptStep{{}}})
	old := kneo.WithIdempotencyKey("old")
	first, err := c.Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{Input: "in"}, old)
	if err != nil {
		t.Fatal(err)
	}
	clock.Advance(48 * time.Hour)
	young := create(t, c)
	until(t, c, young, kneo.RunCompleted)
	runs, answers, events := srv.PruneRetention(kneotest.Retention{Runs: 24 * time.Hour, Idempotency: 24 * time.Hour, Audit: 24 * time.Hour})
	if runs != 1 || answers != 1 || events != 1 {
		t.Errorf("%d runs, %d answers, %d events", runs, answers, events)
	}
	if _, err := c.Platform.Runs.Get(t.Context(), first.RunID); !errors.Is(err, kneo.ErrNotFound) {
		t.Errorf("the old run: %v", err)
	}
	again, err := c.Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{Input: "in"}, old)
	if err != nil || again.RunID == first.RunID {
		t.Errorf("the old key: %+v, %v", again, err)
	}
}

// TestStepTimeoutByTheClock: the time of a step is the clock's, and what does not heed it is left behind.
func TestStepTimeoutByTheClock(t *testing.T) {
	clock := kneotest.NewClock(noon)
	stuck := make(chan struct{})
	srv := kneotest.NewServer(kneotest.WithCleanup(t), kneotest.WithClock(clock), kneotest.WithFunction("job.stuck", func(ctx context.Context, _ string) (string, error) {
		<-stuck
		return "too late", nil
	}))
	defer close(stuck)
	c := srv.Client()
	created, err := c.Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{Input: "x", AsyncMode: true, Spec: map[string]any{
		"version": "v1", "agent": map[string]any{"name": "root"},
		"components": map[string]any{"functions": map[string]any{"f": map[string]any{"implementation": "job.stuck"}}},
		"workflow": map[string]any{"type": "sequential", "name": "wf", "steps": []any{
			map[string]any{"id": "s", "kind": "function", "ref": "f", "timeout_seconds": 30},
		}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := clock.AwaitSleepers(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	clock.Advance(30 * time.Second)
	if run := until(t, c, created.RunID, kneo.RunFailed); run.Error.Type != "RetryTimeoutError" {
		t.Errorf("%+v", run.Error)
	}
}

// TestAbandonedStepIsSilent: a workflow that runs out of its time as a step of another goes on for a while, and nothing of it is seen.
func TestAbandonedStepIsSilent(t *testing.T) {
	clock := kneotest.NewClock(noon)
	begun, slow := make(chan struct{}), make(chan struct{})
	srv := kneotest.NewServer(kneotest.WithCleanup(t), kneotest.WithClock(clock), kneotest.WithFunction("job.slow", func(context.Context, string) (string, error) {
		close(begun)
		<-slow
		return "too late", nil
	}))
	c := srv.Client()
	inner := map[string]any{"type": "sequential", "name": "inner", "steps": []any{
		map[string]any{"id": "i1", "kind": "function", "ref": "f"}, map[string]any{"id": "i2", "kind": "agent", "ref": "w"},
	}}
	created, err := c.Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{Input: "x", AsyncMode: true, Spec: map[string]any{
		"version": "v1", "agent": map[string]any{"name": "root"},
		"components": map[string]any{
			"functions": map[string]any{"f": map[string]any{"implementation": "job.slow"}}, "workflows": map[string]any{"in": inner},
			"agents": map[string]any{"w": map[string]any{"name": "w"}},
		},
		"workflow": map[string]any{"type": "sequential", "name": "wf", "steps": []any{
			map[string]any{"id": "s", "kind": "workflow", "ref": "in", "timeout_seconds": 30, "on_error": "continue"}, map[string]any{"id": "last", "kind": "agent", "ref": "w"},
		}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	<-begun
	clock.Advance(30 * time.Second)
	before := until(t, c, created.RunID, kneo.RunCompleted)
	close(slow)
	srv.Close() // waits for what was abandoned
	if before.OutputText != "Final answer: x" || before.TraceEventCount != 5 {
		t.Errorf("%+v", before)
	}
}
