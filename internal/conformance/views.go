package conformance

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/kneo-agent/kneo-client-go/kneo"
)

func isRedirect(err error, status int) bool {
	var redirect *kneo.RedirectError
	return errors.As(err, &redirect) && redirect.StatusCode == status
}

// wf makes the run that the cases below look at.
func wf(t testing.TB, target *Target) (*kneo.Client, string) {
	t.Helper()
	c := target.client(t, target.Keys["admin"])
	id := finished(t, c, kneo.RunCreateRequest{Input: "hello world", Spec: steps(capwords, "html.escape")}).RunID
	// The real server says that a run has ended before it has written the last checkpoint.
	for range 100 {
		page, err := c.Platform.Runs.Checkpoints(t.Context(), id, kneo.CheckpointParams{Type: kneo.CheckpointRunCompleted})
		if err != nil {
			t.Fatal(err)
		}
		if page.Total > 0 {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	return c, id
}

var viewCases = []Case{
	{"trace", func(t testing.TB, target *Target) {
		c, id := wf(t, target)
		page, err := c.Platform.Runs.Trace(t.Context(), id, kneo.TraceParams{})
		if err != nil || len(page.Items) != 2 || page.Total != 2 || page.SortBy != "timestamp" || page.SortOrder != "asc" {
			t.Fatalf("%+v, %v", page, err)
		}
		if !target.has(t, "1.2.0", "`complete` and `dropped` of a trace") {
			if page.Complete != nil || page.Dropped != nil {
				t.Errorf("%+v", page)
			}
		} else if !*page.Complete || *page.Dropped != 0 {
			t.Errorf("%+v", page)
		}
		if (page.Window != nil) != target.has(t, "0.9.0", "`window` of lists") {
			t.Errorf("%+v", page)
		}
		first, last := page.Items[0], page.Items[1]
		if first.Type != kneo.EventWorkflowStarted || first.RunID != id || first.WorkflowName != "wf" || first.InputPreview != "hello world" || first.Metadata.StepCount != 2 ||
			first.Timestamp.IsZero() || first.AdditionalProperties != nil || first.Metadata.AdditionalProperties != nil {
			t.Errorf("%+v", first)
		}
		if last.Type != kneo.EventWorkflowCompleted || last.ParentEventID != first.EventID || last.OutputPreview != "Hello World" || !slices.Equal(last.Metadata.VisitedSteps, []string{"s1", "s2"}) {
			t.Errorf("%+v", last)
		}
		page, err = c.Platform.Runs.Trace(t.Context(), id, kneo.TraceParams{EventType: kneo.EventWorkflowCompleted, Limit: 1})
		if err != nil || len(page.Items) != 1 || page.Total != 1 || page.HasMore() {
			t.Errorf("%+v, %v", page, err)
		}
	}},
	{"trace of an agent in a workflow", func(t testing.TB, target *Target) {
		c := target.client(t, target.Keys["admin"])
		run := finished(t, c, kneo.RunCreateRequest{Input: "hi", Spec: map[string]any{
			"version": "v1", "agent": map[string]any{"name": "root"},
			"components": map[string]any{"agents": map[string]any{"w": map[string]any{"name": "writer"}}},
			"workflow":   map[string]any{"type": "sequential", "name": "wf", "steps": []any{map[string]any{"id": "s1", "kind": "agent", "ref": "w"}}},
		}})
		page, err := c.Platform.Runs.Trace(t.Context(), run.RunID, kneo.TraceParams{})
		if err != nil || len(page.Items) != 4 || run.TraceEventCount != 4 {
			t.Fatalf("%+v, %v, %d counted", page, err, run.TraceEventCount)
		}
		before, started, completed, after := page.Items[0], page.Items[1], page.Items[2], page.Items[3]
		if started.Type != kneo.EventRunStarted || started.AgentName != "writer" || started.ParentEventID != "" || started.InputPreview != "hi" ||
			started.WorkflowName != "" || started.StepID != "" || started.Metadata.MessageCount != 1 {
			t.Errorf("%+v", started)
		}
		if completed.Type != kneo.EventRunCompleted || completed.ParentEventID != started.EventID || completed.OutputPreview != "Final answer: hi" || completed.Metadata.MessageCount != 2 {
			t.Errorf("%+v", completed)
		}
		if before.Type != kneo.EventWorkflowStarted || after.Type != kneo.EventWorkflowCompleted || after.ParentEventID != before.EventID {
			t.Errorf("%+v, %+v", before, after)
		}
	}},
	{"checkpoints", func(t testing.TB, target *Target) {
		c, id := wf(t, target)
		page, err := c.Platform.Runs.Checkpoints(t.Context(), id, kneo.CheckpointParams{})
		if err != nil {
			t.Fatal(err)
		}
		var types []kneo.CheckpointType
		for i, checkpoint := range page.Items {
			types = append(types, checkpoint.Type)
			if checkpoint.Sequence != i+1 || checkpoint.RunID != id || checkpoint.CreatedAt.IsZero() || checkpoint.AdditionalProperties != nil || checkpoint.State.AdditionalProperties != nil || checkpoint.Metadata.AdditionalProperties != nil {
				t.Errorf("%+v", checkpoint)
			}
		}
		want := []kneo.CheckpointType{kneo.CheckpointRunStarted, kneo.CheckpointStepCompleted, kneo.CheckpointStepCompleted, kneo.CheckpointRunCompleted}
		if !slices.Equal(types, want) || page.SortBy != "sequence" {
			t.Fatalf("%v", types)
		}
		if s := page.Items[1]; s.StepID != "s1" || s.Metadata.OutputText != "Hello World" || s.State.Status != kneo.RunRunning || !slices.Equal(s.State.VisitedSteps, []string{"s1"}) {
			t.Errorf("%+v", s)
		}
		page, err = c.Platform.Runs.Checkpoints(t.Context(), id, kneo.CheckpointParams{Type: kneo.CheckpointRunCompleted, SortOrder: kneo.SortDescending, Limit: 1})
		if err != nil || len(page.Items) != 1 || page.Items[0].State.CompletedAt.IsZero() {
			t.Errorf("%+v, %v", page, err)
		}
	}},
	{"diff", func(t testing.TB, target *Target) {
		c, id := wf(t, target)
		diff, err := c.Platform.Runs.DiffCheckpoints(t.Context(), id, kneo.CheckpointDiffParams{FromSequence: 1, ToSequence: 2})
		if err != nil || diff.FromCheckpoint.Sequence != 1 || diff.ToCheckpoint.StepID != "s1" || diff.ChangeCount == 0 {
			t.Fatalf("%+v, %v", diff, err)
		}
		added := slices.ContainsFunc(diff.Added, func(e kneo.DiffEntry) bool { return e.Path == "state.visited_steps[0]" && string(e.Value) == `"s1"` })
		changed := slices.ContainsFunc(diff.Changed, func(e kneo.DiffChange) bool {
			return e.Path == "state.output_text" && string(e.Before) == "null" && string(e.After) == `"Hello World"`
		})
		if !added || !changed {
			t.Errorf("added %v, changed %v", diff.Added, diff.Changed)
		}
		for _, params := range []kneo.CheckpointDiffParams{{FromSequence: 99}, {FromSequence: 2, ToSequence: 2}} {
			_, err := c.Platform.Runs.DiffCheckpoints(t.Context(), id, params)
			wantError(t, err, kneo.ErrBadRequest, 400, kneo.CodeInvalidRequest)
		}
	}},
	{"replay", func(t testing.TB, target *Target) {
		c, id := wf(t, target)
		replay, err := c.Platform.Runs.Replay(t.Context(), id)
		if err != nil || replay.Status != kneo.RunCompleted || replay.CheckpointCount != 4 || len(replay.Timeline) != 4 || replay.AgentName != "root" {
			t.Fatalf("%+v, %v", replay, err)
		}
		if s := replay.Timeline[1]; s.StepID != "s1" || s.Status != kneo.RunRunning || s.CreatedAt.IsZero() || s.AdditionalProperties != nil {
			t.Errorf("%+v", s)
		}
		if r := replay.ReplayContext; !slices.Equal(r.CompletedSteps, []string{"s1", "s2"}) || r.CanContinue || !r.CanReplay || r.WorkflowType != "sequential" || r.NextStepIndex != 2 || r.AdditionalProperties != nil {
			t.Errorf("%+v", r)
		}
	}},
	{"graph", func(t testing.TB, target *Target) {
		c, id := wf(t, target)
		graph, err := c.Platform.Runs.Graph(t.Context(), id)
		if err != nil || graph.WorkflowKind != "sequential" || graph.Start != "s1" || len(graph.Nodes) != 2 || len(graph.Edges) != 1 || graph.Current != "s2" || !slices.Equal(graph.Visited, []string{"s1", "s2"}) {
			t.Fatalf("%+v, %v", graph, err)
		}
		if e := graph.Edges[0]; e.Source != "s1" || e.Target != "s2" || e.AdditionalProperties != nil || graph.Nodes[0].AdditionalProperties != nil {
			t.Errorf("%+v", graph)
		}
	}},
	{"policy report", func(t testing.TB, target *Target) {
		c, id := wf(t, target)
		report, err := c.Platform.Runs.PolicyReport(t.Context(), id)
		if err != nil || !*report.Valid || report.Report.Summary.AgentCount != 1 || report.Report.Summary.WorkflowCount != 1 || report.Report.HumanReview.Required || report.Report.AdditionalProperties != nil {
			t.Errorf("%+v, %v", report, err)
		}
	}},
	{"an invalid spec has a policy report and no graph", func(t testing.TB, target *Target) {
		c := target.client(t, target.Keys["admin"])
		run := finished(t, c, kneo.RunCreateRequest{Spec: map[string]any{"version": "v1"}})
		report, err := c.Platform.Runs.PolicyReport(t.Context(), run.RunID)
		if err != nil || *report.Valid || len(report.Report.Diagnostics) != 1 || report.Report.Summary != nil {
			t.Errorf("%+v, %v", report, err)
		}
		_, err = c.Platform.Runs.Graph(t.Context(), run.RunID)
		wantError(t, err, kneo.ErrBadRequest, 400, kneo.CodeSpecInvalid)
	}},
	{"the raw client sees the same", func(t testing.TB, target *Target) {
		c, id := wf(t, target)
		result, err := c.Raw().GetRunWithResponse(t.Context(), id)
		if err != nil || result.JSON200 == nil || result.JSON200.RunID != id || result.JSON200.Status != kneo.RunCompleted {
			t.Errorf("%+v, %v", result, err)
		}
	}},
}

var waitCases = []Case{
	{"a tail gives the whole trace", func(t testing.TB, target *Target) {
		c := target.client(t, target.Keys["admin"])
		created, err := c.Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{Input: sleepFor("0.3"), Spec: steps(timeit, capwords), AsyncMode: true})
		if err != nil {
			t.Fatal(err)
		}
		var tailed []string
		for event, err := range c.Platform.Runs.TailTrace(t.Context(), created.RunID, kneo.WithWaitTimeout(30*time.Second)) {
			if err != nil {
				t.Fatal(err)
			}
			tailed = append(tailed, event.EventID)
		}
		page, err := c.Platform.Runs.Trace(t.Context(), created.RunID, kneo.TraceParams{})
		if err != nil || len(page.Items) != len(tailed) || len(tailed) != 2 || page.Items[1].EventID != tailed[1] {
			t.Errorf("%v, %+v, %v", tailed, page, err)
		}
	}},
	{"a task is decided in the middle of a wait", func(t testing.TB, target *Target) {
		c := target.client(t, target.Keys["admin"])
		run, err := c.Platform.Runs.CreateAndWait(t.Context(), kneo.RunCreateRequest{Input: "please review", Spec: gated()}, kneo.WithWaitTimeout(30*time.Second),
			kneo.WithOnBlocked(func(ctx context.Context, run *kneo.Run) error {
				_, err := c.Platform.HumanTasks.Resume(ctx, run.ContinuationID, kneo.Select("no"))
				return err
			}))
		if err != nil || run.Status != kneo.RunCompleted || run.OutputText != "No" {
			t.Errorf("%+v, %v", run, err)
		}
	}},
	{"a watch gives the tasks that wait", func(t testing.TB, target *Target) {
		c := target.client(t, target.Keys["admin"])
		run := gatedRun(t, c, gated())
		for task, err := range c.Platform.HumanTasks.Watch(t.Context(), kneo.HumanTaskListParams{RunID: run.RunID}) {
			if err != nil || task.ContinuationID != run.ContinuationID {
				t.Errorf("%+v, %v", task, err)
			}
			break
		}
	}},
}
