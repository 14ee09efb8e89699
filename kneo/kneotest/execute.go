package kneotest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// begin takes a run up: from now on it has names.
func (s *Server) begin(r *run) *problem {
	s.mu.Lock()
	defer s.mu.Unlock()
	r.agentName = r.spec.Agent.Name
	if r.kind == "workflow" {
		r.workflowName = r.spec.Workflow.Name
		if r.spec.Workflow.Type != "sequential" {
			return s.fail(r, "", &StepError{"NotImplementedError", fmt.Sprintf("kneotest does not run workflows of type %s", r.spec.Workflow.Type)})
		}
	}
	return nil
}

// execute runs a run from its next step to its end or to where it blocks. The problem is what a synchronous caller is told
// when it fails.
func (s *Server) execute(r *run) *problem {
	if p := s.begin(r); p != nil {
		return p
	}
	start := time.Now()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		r.notes.SDK, r.notes.DurationMs = "kneo_agent", float64(time.Since(start).Microseconds())/1000
	}()
	if r.kind == "agent" {
		return s.runAgent(r)
	}
	return s.runSteps(r)
}

// runAgent has the agent answer as the real server's does that has no model.
func (s *Server) runAgent(r *run) *problem {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := r.spec.Agent.Name
	if violation := r.spec.Agent.Guardrails.violated(r.request.Input); violation != "" {
		return s.fail(r, "", &StepError{"GuardrailViolation", violation})
	}
	r.event(gen.EventRunStarted, gen.TraceEvent{AgentName: name, InputPreview: preview(r.request.Input), Metadata: gen.TraceMetadata{MessageCount: 1}})
	r.output = "Final answer: " + r.request.Input
	r.event(gen.EventRunCompleted, gen.TraceEvent{AgentName: name, OutputPreview: preview(r.output), Metadata: gen.TraceMetadata{MessageCount: 2}})
	r.messages = []gen.Message{{Role: "user", Content: r.request.Input}, {Role: "assistant", Content: r.output}}
	r.notes.Iterations, r.notes.RuntimeMode, r.notes.RuntimeName, r.notes.AgentName = 1, "bridge", "simple@dummy", name
	r.end(gen.RunCompleted)
	r.checkpoint(gen.CheckpointRunCompleted, "", gen.CheckpointMetadata{OutputText: r.output})
	return nil
}

func (s *Server) runSteps(r *run) *problem {
	s.mu.Lock()
	kind, from := gen.EventWorkflowStarted, r.nextStep
	if from > 0 {
		kind = gen.EventWorkflowResumed
	}
	r.event(kind, gen.TraceEvent{WorkflowName: r.workflowName, InputPreview: preview(r.nextInput), Metadata: gen.TraceMetadata{StartIndex: from, StepCount: len(r.spec.Workflow.Steps)}})
	s.mu.Unlock()
	for i := from; i < len(r.spec.Workflow.Steps); i++ {
		if goOn, p := s.runStep(r, i); !goOn {
			return p
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r.pending, r.continuation = nil, ""
	r.event(gen.EventWorkflowCompleted, gen.TraceEvent{WorkflowName: r.workflowName, OutputPreview: preview(r.output), Metadata: gen.TraceMetadata{VisitedSteps: slices.Clone(r.visited)}})
	r.noteWorkflow("")
	r.end(gen.RunCompleted)
	r.checkpoint(gen.CheckpointRunCompleted, "", gen.CheckpointMetadata{OutputText: r.output})
	return nil
}

// runStep runs one step, and reports whether the next one is due.
func (s *Server) runStep(r *run, index int) (goOn bool, p *problem) {
	step := r.spec.Workflow.Steps[index]
	s.mu.Lock()
	if r.status.Terminal() {
		s.mu.Unlock()
		return false, nil // cancelled meanwhile
	}
	r.current, r.nextStep = step.ID, index
	input := r.nextInput
	if step.Kind == "human" {
		defer s.mu.Unlock()
		s.block(r, step)
		return false, nil
	}
	s.mu.Unlock()

	output, err := s.perform(r, step, input) // without the lock: it may take its time

	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case r.status.Terminal():
		return false, nil // its result comes too late
	case err != nil && step.OnError == "continue":
		output = input
	case err != nil:
		return false, s.fail(r, step.ID, err)
	}
	r.visited = append(r.visited, step.ID)
	r.output, r.nextInput, r.nextStep = output, output, index+1
	if len(r.messages) == 0 {
		r.messages = append(r.messages, gen.Message{Role: "user", Content: r.request.Input})
	}
	r.messages = append(r.messages, gen.Message{Role: "assistant", Content: output, Name: step.ID})
	r.checkpoint(gen.CheckpointStepCompleted, step.ID, gen.CheckpointMetadata{WorkflowType: "sequential", InputText: input, OutputText: output, Iteration: 1})
	return true, nil
}

// perform calls what a step refers to.
func (s *Server) perform(r *run, step step, input string) (string, error) {
	switch step.Kind {
	case "agent":
		return "Final answer: " + input, nil
	case "function":
		implementation := r.spec.Components.Functions[step.Ref].Implementation
		f, ok := s.functions[implementation]
		if !ok {
			return "", &StepError{"ModuleNotFoundError", fmt.Sprintf("No module named '%s'; register it with kneotest.WithFunction", implementation)}
		}
		ctx, cancel := s.ctx, context.CancelFunc(func() {})
		if step.TimeoutSeconds > 0 {
			ctx, cancel = context.WithTimeout(ctx, time.Duration(step.TimeoutSeconds*float64(time.Second)))
		}
		defer cancel()
		output, err := f(ctx, input)
		if errors.Is(err, context.DeadlineExceeded) {
			err = &StepError{"RetryTimeoutError", fmt.Sprintf("Operation timed out after %v seconds.", step.TimeoutSeconds)}
		}
		return output, err
	}
	return "", &StepError{"NotImplementedError", fmt.Sprintf("kneotest does not run steps of kind %s", step.Kind)}
}

// fail ends a run with an error, unless it is being resumed: then it stays blocked, for another try. The lock is held.
func (s *Server) fail(r *run, stepID string, err error) *problem {
	failure := &StepError{"ValueError", err.Error()}
	_ = errors.As(err, &failure)
	if r.resuming {
		return failure.problem()
	}
	r.failure = &gen.RunError{Type: failure.Type, Message: failure.Message}
	if stepID != "" {
		text := encode(failure.Message)
		r.checkpoint(gen.CheckpointStepFailed, stepID, gen.CheckpointMetadata{WorkflowType: "sequential", InputText: r.nextInput, Error: text})
	}
	r.end(gen.RunFailed)
	r.checkpoint(gen.CheckpointRunFailed, "", gen.CheckpointMetadata{Error: encode(r.failure)})
	return failure.problem()
}

// problem is what a synchronous caller is told of a step that failed.
func (e *StepError) problem() *problem {
	switch e.Type {
	case "ValueError", "JSONDecodeError", "FileNotFoundError":
		return badRequest(e.Message)
	case "KeyError":
		return errNotFound
	case "GuardrailViolation":
		return &problem{
			status: http.StatusUnprocessableEntity, code: "guardrail_violation", message: e.Message, more: map[string]any{"violation_type": e.Type},
		}
	}
	return internal()
}

// block stops a run at a step that a person has to decide. The lock is held.
func (s *Server) block(r *run, step step) {
	who := r.spec.Components.Humans[step.Ref]
	text := map[string]any{"input_text": r.nextInput}
	for name, value := range who.Context {
		text[name] = value
	}
	r.pending = &gen.HumanRequest{
		ID: uuid.NewString(), Type: gen.HumanRequestType(either(who.RequestType, "approval")), Title: either(who.Description, "Human review required"),
		Prompt: either(who.Description, "Please review this item."), Context: rawObject(text), Options: who.Options, DefaultOption: who.DefaultOption,
		RequestedBy: step.ID, Assignee: who.Assignee, TimeoutSeconds: who.TimeoutSeconds, OnTimeout: gen.HumanTimeoutAction(either(who.OnTimeout, "fail")), Metadata: rawObject(who.Metadata),
	}
	r.continuation, r.expires = uuid.NewString(), time.Time{}
	if who.TimeoutSeconds > 0 {
		r.expires = now().Add(time.Duration(who.TimeoutSeconds * float64(time.Second)))
	}
	r.output = "Human intervention required."
	r.status = gen.RunBlocked
	r.event(gen.EventHumanInterventionRequested, gen.TraceEvent{
		WorkflowName: r.workflowName, StepID: step.ID, InputPreview: preview(r.nextInput), Metadata: gen.TraceMetadata{ContinuationID: r.continuation, Request: r.pending},
	})
	r.notes.HumanInterventionRequired, r.notes.ContinuationID, r.notes.Request, r.notes.PendingStepID = true, r.continuation, r.pending, step.ID
	r.noteWorkflow(step.ID)
	r.checkpoint(gen.CheckpointHumanPause, step.ID, gen.CheckpointMetadata{ContinuationID: r.continuation, Request: r.pending})
}

func (r *run) noteWorkflow(pending string) {
	r.notes.Workflow = &gen.WorkflowMetadata{Name: r.workflowName, VisitedSteps: slices.Clone(r.visited), PendingStepID: pending}
	if pending == "" {
		r.notes.Workflow.Type, r.notes.WorkflowType = "sequential", "sequential"
	}
	r.notes.WorkflowSteps, r.notes.Iterations = slices.Clone(r.visited), len(r.visited)
}

// preview is as much of a text as events show.
func preview(text string) string {
	if r := []rune(text); len(r) > 500 {
		return string(r[:500]) + "...[truncated]"
	}
	return text
}

func either(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

// start runs a run in the background.
func (s *Server) start(r *run) {
	s.work.Go(func() { s.execute(r) })
}

// add keeps a run. Where the spec is broken, an async run fails at once, as one that a worker finds out about.
func (s *Server) add(r *run, broken *problem) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runs[r.id] = r
	s.order = append(s.order, r)
	r.checkpoint(gen.CheckpointRunStarted, "", gen.CheckpointMetadata{Target: r.metadata().Target, Environment: r.request.Environment})
	if broken != nil {
		r.failure = &gen.RunError{Type: "SpecCompilationError", Message: broken.message}
		r.end(gen.RunFailed)
		r.checkpoint(gen.CheckpointRunFailed, "", gen.CheckpointMetadata{Error: encode(r.failure)})
	}
}
