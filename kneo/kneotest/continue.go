package kneotest

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// resumption is where a run stands, as its checkpoints tell it.
type resumption struct {
	kind                           string // of the workflow, empty if no checkpoint says
	completedSteps, completedNodes []string
	failedStep, failedNode         string
	input                          string
}

// resumption reads the checkpoints.
func (r *run) resumption() resumption {
	c := resumption{input: r.request.Input}
	for _, checkpoint := range r.checkpoints {
		metadata := checkpoint["metadata"].(object)
		step, _ := checkpoint["step_id"].(string)
		node, _ := checkpoint["node_id"].(string)
		if kind, ok := metadata["workflow_type"].(string); ok && c.kind == "" {
			c.kind = kind
		}
		input, output := "input_text", "output_text"
		switch gen.CheckpointType(checkpoint["type"].(string)) {
		case gen.CheckpointStepCompleted:
			c.completedSteps = withVisit(c.completedSteps, step)
			c.input = textOr(metadata[output], c.input)
		case gen.CheckpointNodeCompleted:
			c.completedNodes = withVisit(c.completedNodes, node)
			c.input = textOr(metadata[output], c.input)
		case gen.CheckpointStepFailed:
			if c.failedNode = either(node, c.failedNode); node == "" {
				c.failedStep = step
			}
			c.input = textOr(metadata[input], c.input)
		}
	}
	return c
}

func textOr(value any, other string) string {
	if text, ok := value.(string); ok {
		return text
	}
	return other
}

// canContinue reports whether a run can be taken up where it failed.
func (r *run) canContinue(c resumption) bool {
	return (r.status == gen.RunRunning || r.status == gen.RunFailed) && r.request.Target == gen.TargetWorkflow && r.pending == nil && r.continuation == "" &&
		(c.kind == "" || c.kind == sequentialType) && (c.completedSteps != nil || c.failedStep != "")
}

func (r *run) replayContext() object {
	c := r.resumption()
	kind := c.kind
	switch {
	case kind == "" && c.completedNodes != nil:
		kind = graphType
	case kind == "" && c.completedSteps != nil:
		kind = sequentialType
	}
	return object{
		"run_id": r.id, "status": r.status, "workflow_type": orNull(kind), "completed_steps": listOf(c.completedSteps),
		"completed_nodes": listOf(c.completedNodes), "failed_step": orNull(c.failedStep), "failed_node": orNull(c.failedNode),
		"next_step_index": len(c.completedSteps), "resume_input": c.input, "checkpoint_count": len(r.checkpoints), "can_continue": r.canContinue(c),
		"can_replay": r.request.Spec != nil || r.request.SpecPath != "",
	}
}

// reopen takes a failed run up again.
func (s *Server) reopen(id string) (*run, resumption, *problem) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.runs[id]
	if r == nil {
		return nil, resumption{}, errNotFound
	}
	if r.status.Terminal() && r.status != gen.RunFailed || r.working {
		return nil, resumption{}, &problem{
			status: http.StatusConflict, code: "run_state_conflict", message: fmt.Sprintf("Cannot continue run %s: status is '%s'.", id, r.status),
			more: map[string]any{"run_id": id, "status": r.status},
		}
	}
	c := r.resumption()
	if !r.canContinue(c) || r.spec == nil || r.spec.Workflow == nil || r.spec.Workflow.Type != sequentialType {
		return nil, resumption{}, internal()
	}
	told := r.replayContext()
	r.status, r.working = gen.RunRunning, true
	r.stepIndex, r.stepID = len(c.completedSteps), c.failedStep
	r.histories = map[*agent][]message{}
	r.touch()
	r.checkpoint(mark{kind: gen.CheckpointReplayContext, metadata: told})
	return r, c, nil
}

// goOn runs a run that was taken up again from the step that failed.
func (s *Server) goOn(r *run, c resumption) (*result, error) {
	l := s.newLeg(r)
	res, err := l.runSequence(r.spec.Workflow, len(c.completedSteps), slices.Clone(c.completedSteps), []message{{role: "user", content: c.input}})
	return l.conclude(res, err, object{"continued": true})
}
