package kneotest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// leg is one stretch of work on a run: from its creation, a decision of a person or a continue to where it ends or blocks.
type leg struct {
	server *Server
	ctx    context.Context // ends with the server, and with the time of a step
	run    *run
	spec   *spec
	trace  *trace
	live   bool // steps are noted as they end; those after a decision only at the end of the leg
	start  time.Time
}

// trace is what happens on a leg, told when a step or the leg has ended. A step that was abandoned may still be at it.
type trace struct {
	mu     sync.Mutex
	events []object
	sent   int // how many of them are in checkpoints
}

func (t *trace) add(e object) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.events = append(t.events, e)
}

// all returns all events.
func (t *trace) all() []object {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.events)
}

// unsent returns the events since it was last called.
func (t *trace) unsent() []object {
	t.mu.Lock()
	defer t.mu.Unlock()
	events := slices.Clone(t.events[t.sent:])
	t.sent = len(t.events)
	return events
}

// result is what a step, an agent or a workflow comes to.
type result struct {
	output     string
	messages   []message
	metadata   object
	iterations int
	capped     bool // it was stopped at a limit of rounds
	pause      *task
}

// statusCapped is a status that only the answer to a create, a continue or a decision has: the run itself is failed.
const statusCapped gen.RunStatus = "max_iterations"

// status is what the answer calls the result.
func (res *result) status() gen.RunStatus {
	switch {
	case res.pause != nil:
		return gen.RunBlocked
	case res.capped:
		return statusCapped
	}
	return gen.RunCompleted
}

// errStopped ends a leg whose run has ended meanwhile: it was cancelled, or a sweep ended it, or nobody waits for it any more.
var errStopped = errors.New("the run has ended")

func (s *Server) newLeg(r *run) *leg {
	return &leg{server: s, ctx: context.WithValue(s.ctx, serverKey{}, s), run: r, spec: r.spec, trace: new(trace), live: true, start: s.now()}
}

// execute runs a run that has just been made.
func (s *Server) execute(r *run) (*result, error) {
	l := s.newLeg(r)
	s.mu.Lock()
	r.working = true
	err := l.compile()
	s.mu.Unlock()
	var res result
	if err == nil {
		res, err = l.fromStart()
	}
	return l.conclude(res, err, object{})
}

// compile builds the spec and gives the run its names. The lock is held.
func (l *leg) compile() error {
	r := l.run
	if err := l.spec.declares(r.request.Skills); err != nil {
		return err
	}
	if err := l.server.build(l.spec); err != nil {
		return err
	}
	r.histories = map[*agent][]message{}
	r.agentName, r.kind = l.spec.Agent.Name, "agent"
	if l.spec.Workflow != nil {
		r.workflowName = l.spec.Workflow.title()
		if r.request.Target != gen.TargetAgent {
			r.kind = "workflow"
		}
	}
	r.touch()
	return nil
}

func (l *leg) fromStart() (result, error) {
	if l.run.kind == "agent" {
		return l.askAgent(l.spec.Agent, l.run.request.Input)
	}
	return l.runWorkflow(l.spec.Workflow, l.run.request.Input)
}

// runWorkflow runs a workflow of any type, that of the run or one that is a step of another.
func (l *leg) runWorkflow(w *workflow, input string) (result, error) {
	switch w.Type {
	case sequentialType:
		return l.runSequence(w, 0, nil, []message{{role: "user", content: input}})
	case graphType:
		return l.runGraph(w, w.Start, nil, nil, input)
	}
	return l.runOrchestration(w, input)
}

// conclude ends a leg: the run gets its result, unless it has ended meanwhile. More is what a failure says in its checkpoint.
func (l *leg) conclude(res result, err error, more object) (*result, error) {
	l.server.mu.Lock()
	defer l.server.mu.Unlock()
	r := l.run
	r.working = false
	switch {
	case r.status.Terminal() || errors.Is(err, errStopped):
		return l.outrun(), nil
	case err != nil:
		l.fail(err, more)
		return nil, err
	}
	res.metadata = with(res.metadata, object{"trace": object{"run_id": r.id, "events": listOf(l.trace.all())}})
	l.settle(&res)
	return &res, nil
}

// outrun is the result of a leg whose run was ended by somebody else.
func (l *leg) outrun() *result {
	output, _ := l.run.output.(string)
	told := object{"run_id": l.run.id, "events": listOf(l.trace.all())}
	if l.run.status == gen.RunCancelled {
		return &result{output: output, metadata: object{"trace": told, "cancelled": true}}
	}
	return &result{output: output, metadata: object{"trace": told, "reentry_skipped": true}}
}

// settle writes a result into the run. The lock is held.
func (l *leg) settle(res *result) {
	r := l.run
	r.output, r.messages, r.events = res.output, messageObjects(res.messages), l.trace.all()
	r.notes = with(r.notes, res.metadata)
	r.continuation, r.pending = "", nil
	if w, ok := res.metadata["workflow"].(object); ok {
		if visited, ok := w["visited_steps"].([]string); ok {
			r.visitedSteps = visited
		}
		if visited, ok := w["visited_nodes"].([]string); ok {
			r.visitedNode = visited
		}
	}
	switch {
	case res.pause != nil:
		l.server.tasks[res.pause.id] = res.pause
		r.continuation, r.pending = res.pause.id, res.pause.request
		r.status = gen.RunBlocked
		r.touch()
	case res.capped:
		r.end(gen.RunFailed, object{"message": "Run stopped after reaching max iterations.", "type": "max_iterations"})
	default:
		r.end(gen.RunCompleted, nil)
	}
	l.note(res)
	r.tell(r.events)
}

// note makes the checkpoints of a result; those of steps only where the steps have not made their own.
func (l *leg) note(res *result) {
	r := l.run
	carried := l.trace.all() // by the first of those that carry events
	carry := func() []object {
		events := carried
		carried = nil
		return events
	}
	w, _ := res.metadata["workflow"].(object)
	pending, _ := res.metadata["pending_step_id"].(string)
	if id, ok := res.metadata["resumed_from_continuation_id"]; ok {
		r.checkpoint(mark{kind: gen.CheckpointHumanResume, step: pending, events: carry(), metadata: object{"continuation_id": id}})
	}
	visited, _ := w["visited_steps"].([]string)
	for _, id := range visited {
		kind, ok := w["type"]
		if !ok {
			kind = sequentialType // a blocked one does not say
		}
		r.checkpoint(mark{kind: gen.CheckpointStepCompleted, step: id, metadata: object{"workflow_type": kind}, onlyIfAbsent: true})
	}
	nodes, _ := w["visited_nodes"].([]string)
	for _, id := range nodes {
		r.checkpoint(mark{kind: gen.CheckpointNodeCompleted, node: id, metadata: object{"workflow_type": graphType}, onlyIfAbsent: true})
	}
	switch {
	case res.pause != nil:
		r.checkpoint(mark{
			kind: gen.CheckpointHumanPause, step: pending, events: carry(),
			metadata: object{"continuation_id": res.pause.id, "request": res.pause.request},
		})
	case !res.capped && !r.hasCheckpoint(mark{kind: gen.CheckpointRunCompleted, iteration: 1}):
		r.checkpoint(mark{kind: gen.CheckpointRunCompleted, events: carry(), metadata: object{"output_text": res.output}})
	}
}

// fail writes an error into the run. The lock is held.
func (l *leg) fail(err error, more object) {
	r := l.run
	if more["continued"] == nil { // such a leg is only told by its checkpoint
		r.events = l.trace.all()
	}
	r.end(gen.RunFailed, asStepError(err).object())
	r.checkpoint(mark{kind: gen.CheckpointRunFailed, events: l.trace.all(), metadata: with(object{"error": r.failure}, more)})
}

// stopped is errStopped when the run has ended meanwhile.
func (l *leg) stopped() error {
	l.server.mu.Lock()
	defer l.server.mu.Unlock()
	if l.run.status.Terminal() || l.ctx.Err() != nil {
		return errStopped
	}
	return nil
}

// event adds an event to the trace and returns its id.
func (l *leg) event(kind gen.TraceEventType, parent string, members object) string {
	id := uuid.NewString()
	e := object{
		"type": string(kind), "run_id": l.run.id, "event_id": id, "timestamp": stamp(l.server.now()), "parent_event_id": orNull(parent), "span_id": nil,
		"parent_span_id": nil, "agent_name": nil, "workflow_name": nil, "step_id": nil, "runtime_mode": nil, "model_provider": nil, "model_name": nil,
		"tool_name": nil, "guardrail_id": nil, "memory_policy": nil, "input_preview": nil, "output_preview": nil, "metadata": object{}, "error": nil,
	}
	maps.Copy(e, members)
	if l.ctx.Err() == nil {
		l.trace.add(redacted(e).(object))
	}
	return id
}

// preview is as much of a text as events show.
func preview(text string) string {
	if r := []rune(scrub(text)); len(r) > 500 {
		return string(r[:500]) + "...[truncated]"
	}
	return text
}

// asStepError makes of any error the one that a Python step would have failed with.
func asStepError(err error) *StepError {
	var failure *StepError
	if errors.As(err, &failure) {
		return failure
	}
	return &StepError{"ValueError", err.Error()}
}

func (e *StepError) object() object { return object{"message": e.Message, "type": e.Type} }

// valueErrors are the types whose texts are told to the caller of a synchronous run.
var valueErrors = []string{"ValueError", "JSONDecodeError", "UnicodeDecodeError", "UnicodeEncodeError"}

// problemOf is what the caller is told whose run failed before it was answered.
func problemOf(err error) *problem {
	e := asStepError(err)
	switch {
	case slices.Contains(valueErrors, e.Type):
		return badRequest(scrub(e.Message))
	case e.Type == "FileNotFoundError":
		return badRequest("A referenced file could not be read.")
	case e.Type == "KeyError", e.Type == "ZoneInfoNotFoundError":
		return errNotFound
	case strings.HasSuffix(e.Type, "Violation"):
		return &problem{
			status: http.StatusUnprocessableEntity, code: "guardrail_violation", message: scrub(e.Message), more: map[string]any{"violation_type": e.Type},
		}
	}
	return internal()
}

// start runs a run in the background.
func (s *Server) start(r *run) {
	s.work.Go(func() { _, _ = s.execute(r) })
}

// add keeps a run. Where the spec is broken, an async run fails at once, as one that a worker finds out about.
func (s *Server) add(r *run, broken *problem) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runs[r.id] = r
	s.order = append(s.order, r)
	r.checkpoint(mark{kind: gen.CheckpointRunStarted, metadata: object{
		"target": r.request.Target, "environment": orNull(r.request.Environment), "timeout_seconds": r.notes["timeout_seconds"], "deadline_at": seconds(r.deadline),
	}})
	if broken != nil {
		var lines []string
		for _, d := range broken.diagnostics {
			lines = append(lines, fmt.Sprintf("%s %s: %s", strings.ToUpper(string(d.Severity)), d.Code, d.Message))
		}
		message := strings.Join(lines, "\n")
		r.end(gen.RunFailed, object{"message": message, "type": "SpecCompilationError"})
		r.checkpoint(mark{kind: gen.CheckpointRunFailed, metadata: object{"error": r.failure}})
	}
}
