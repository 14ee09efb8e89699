package kneotest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// GetRunReplay answers with the history of a run.
func (a *api) GetRunReplay(w http.ResponseWriter, _ *http.Request, id string) {
	a.with(w, id, func(r *run) (any, *problem) {
		replay := gen.Replay{
			RunID: r.id, Status: r.status, WorkflowName: r.workflowName, WorkflowKind: r.kind, AgentName: r.agentName,
			CheckpointCount: len(r.checkpoints), ReplayContext: r.replayContext(),
		}
		for _, c := range r.checkpoints {
			replay.Timeline = append(replay.Timeline, gen.ReplayStep{
				ID: c.ID, Sequence: c.Sequence, Type: c.Type, CreatedAt: c.CreatedAt, WorkflowName: c.WorkflowName, StepID: c.StepID,
				Status: c.State.Status, CurrentStepID: c.State.CurrentStepID, ContinuationID: c.State.ContinuationID, Error: c.State.Error,
			})
		}
		return replay, nil
	})
}

// GetRunRecovery answers whether a run can be continued.
func (a *api) GetRunRecovery(w http.ResponseWriter, _ *http.Request, id string) {
	a.with(w, id, func(r *run) (any, *problem) {
		return gen.Recovery{
			RunID: r.id, Status: r.status, WorkflowName: r.workflowName, WorkflowKind: r.kind, VisitedSteps: r.visited, CheckpointCount: len(r.checkpoints),
			PendingHumanRequest: r.pending, ContinuationID: r.continuation, Error: r.failure, ReplayContext: r.replayContext(),
		}, nil
	})
}

func (r *run) replayContext() gen.ReplayContext {
	c := gen.ReplayContext{
		RunID: r.id, Status: r.status, CompletedSteps: r.visited, NextStepIndex: r.nextStep, ResumeInput: r.nextInput, CheckpointCount: len(r.checkpoints),
		CanContinue: r.canContinue(), CanReplay: len(r.checkpoints) > 0,
	}
	if r.kind == "workflow" && r.spec != nil {
		c.WorkflowType = r.spec.Workflow.Type
	}
	for _, checkpoint := range r.checkpoints {
		if checkpoint.Type == gen.CheckpointStepFailed {
			c.FailedStep = checkpoint.StepID
		}
	}
	return c
}

// GetRunGraph answers with the workflow of a run as a graph, a line in the case of steps.
func (a *api) GetRunGraph(w http.ResponseWriter, _ *http.Request, id string) {
	a.with(w, id, func(r *run) (any, *problem) {
		if r.spec == nil {
			return nil, r.broken
		}
		g := r.spec.graph()
		return gen.RunGraph{
			RunID: r.id, Status: r.status, WorkflowName: r.workflowName, WorkflowKind: g.WorkflowKind, Start: g.Start, Nodes: g.Nodes, Edges: g.Edges,
			Current: r.current, Visited: r.visited,
		}, nil
	})
}

// GetRunPolicyReport answers with what the spec of a run lets its agents do.
func (a *api) GetRunPolicyReport(w http.ResponseWriter, _ *http.Request, id string) {
	a.with(w, id, func(r *run) (any, *problem) {
		return policyReport(r.spec, r.broken), nil
	})
}

// policyReport answers for a spec, or for one that is broken.
func policyReport(s *spec, broken *problem) any {
	if broken != nil {
		return map[string]any{"valid": false, "report": map[string]any{"valid": false, "diagnostics": present(broken.diagnostics)}}
	}
	return map[string]any{"valid": true, "report": present(s.report())}
}

func (s *spec) report() gen.PolicyReportBody {
	report := gen.PolicyReportBody{
		Valid: true, Version: "v1", Summary: &gen.PolicyReportSummary{AgentCount: 1 + len(s.Components.Agents), HumanReviewerCount: len(s.Components.Humans)},
		Memory: &gen.MemoryReport{}, Tools: &gen.ToolsReport{}, Guardrails: &gen.GuardrailsReport{},
		HumanReview: &gen.HumanReviewReport{Reviewers: slices.Sorted(maps.Keys(s.Components.Humans)), Required: len(s.Components.Humans) > 0},
	}
	for _, name := range append([]string{"agent"}, slices.Sorted(maps.Keys(s.Components.Agents))...) {
		report.Memory.Agents = append(report.Memory.Agents, gen.AgentMemory{Agent: name})
		report.Tools.AgentPolicies = append(report.Tools.AgentPolicies, gen.AgentToolPolicy{Agent: name})
		report.Guardrails.Agents = append(report.Guardrails.Agents, gen.AgentGuardrails{Agent: name})
	}
	if s.Workflow != nil {
		report.Summary.WorkflowCount = 1
		for _, step := range s.Workflow.Steps {
			if step.Kind == "human" {
				report.Summary.HumanReviewStepCount++
				report.HumanReview.WorkflowSteps = append(report.HumanReview.WorkflowSteps, gen.ReviewStep{Workflow: "workflow", StepID: step.ID, Ref: step.Ref})
			}
		}
	}
	return report
}

// maxChanges is how many differences a diff lists.
const maxChanges = 200

// DiffCheckpoints answers with the differences of two checkpoints, leaf by leaf.
func (a *api) DiffCheckpoints(w http.ResponseWriter, req *http.Request, id string, _ gen.DiffCheckpointsParams) {
	a.mu.Lock()
	defer a.mu.Unlock()
	var checkpoints []gen.Checkpoint
	if r := a.runs[id]; r != nil {
		checkpoints = r.checkpoints
	}
	n := len(checkpoints)
	if n < 2 {
		badRequest("At least two checkpoints are required for a diff.").write(w)
		return
	}
	from, p := pick(checkpoints, req.URL.Query().Get("from_sequence"), n-1)
	to, p2 := pick(checkpoints, req.URL.Query().Get("to_sequence"), n)
	switch {
	case p != nil:
		p.write(w)
	case p2 != nil:
		p2.write(w)
	case from.ID == to.ID:
		badRequest("Diff checkpoints must be different.").write(w)
	default:
		writeBody(w, http.StatusOK, encode(present(diff(id, from, to))))
	}
}

func pick(checkpoints []gen.Checkpoint, text string, sequence int) (gen.Checkpoint, *problem) {
	if text != "" {
		sequence, _ = strconv.Atoi(text)
	}
	if sequence < 1 || sequence > len(checkpoints) {
		return gen.Checkpoint{}, badRequest(fmt.Sprintf("Unknown checkpoint sequence: %d", sequence))
	}
	return checkpoints[sequence-1], nil
}

func diff(id string, from, to gen.Checkpoint) gen.CheckpointDiff {
	d := gen.CheckpointDiff{RunID: id, FromCheckpoint: refOf(from), ToCheckpoint: refOf(to)}
	before, after := leaves(from), leaves(to)
	paths := maps.Clone(before)
	maps.Copy(paths, after)
	listed := 0
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		a, hadA := before[path]
		b, hasB := after[path]
		if hadA && hasB && bytes.Equal(a, b) {
			continue
		}
		d.ChangeCount++
		if listed++; listed > maxChanges {
			d.Truncated = true
			continue
		}
		switch {
		case !hadA:
			d.Added = append(d.Added, gen.DiffEntry{Path: path, Value: b})
		case !hasB:
			d.Removed = append(d.Removed, gen.DiffEntry{Path: path, Value: a})
		default:
			d.Changed = append(d.Changed, gen.DiffChange{Path: path, Before: a, After: b})
		}
	}
	return d
}

func refOf(c gen.Checkpoint) gen.CheckpointRef {
	return gen.CheckpointRef{ID: c.ID, Sequence: c.Sequence, Type: c.Type, CreatedAt: c.CreatedAt, WorkflowName: c.WorkflowName, StepID: c.StepID}
}

// leaves flattens what a diff compares of a checkpoint into paths and values.
func leaves(c gen.Checkpoint) map[string]json.RawMessage {
	var value map[string]any
	_ = json.Unmarshal(encode(map[string]any{"type": c.Type, "step_id": c.StepID, "state": present(c.State), "metadata": c.Metadata}), &value)
	flat := map[string]json.RawMessage{}
	flatten("", value, flat)
	return flat
}

func flatten(path string, value any, flat map[string]json.RawMessage) {
	switch v := value.(type) {
	case map[string]any:
		for name, member := range v {
			flatten(joinPath(path, name), member, flat)
		}
		if len(v) > 0 {
			return
		}
	case []any:
		for i, element := range v {
			flatten(fmt.Sprintf("%s[%d]", path, i), element, flat)
		}
		if len(v) > 0 {
			return
		}
	}
	flat[path] = encode(value)
}

func joinPath(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
