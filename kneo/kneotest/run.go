package kneotest

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// run is a run as the server keeps it. Its fields are guarded by the server's lock.
type run struct {
	id           string
	request      gen.RunCreateRequest
	spec         *spec    // nil if it is broken, which an async run finds out late
	broken       *problem // what is wrong with the spec
	resuming     bool     // a decision is being carried out
	status       gen.RunStatus
	agentName    string // empty until the run is taken up
	workflowName string
	kind         string
	output       string
	failure      *gen.RunError
	visited      []string
	current      string // the step at work, afterwards the last one
	messages     []gen.Message
	events       []gen.TraceEvent // flushed with the step they belong to
	checkpoints  []gen.Checkpoint
	pending      *gen.HumanRequest
	expires      time.Time // deadline of what is pending
	continuation string
	nextStep     int
	nextInput    string
	notes        gen.RunMetadata // what is noted when the run ends or blocks

	created, updated, started, completed time.Time
}

func newRun(req *gen.RunCreateRequest, parsed *spec, broken *problem) *run {
	now := now()
	r := &run{
		id: uuid.NewString(), request: *req, spec: parsed, broken: broken, status: gen.RunRunning, kind: "workflow", nextInput: req.Input,
		created: now, updated: now, started: now,
	}
	if parsed == nil || parsed.Workflow == nil || req.Target == gen.TargetAgent {
		r.kind = "agent"
	}
	return r
}

// touch notes that the run has changed.
func (r *run) touch() { r.updated = now() }

// now is the time to the microsecond, as the platform has it.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// end sets the last status of a run.
func (r *run) end(status gen.RunStatus) {
	r.status = status
	r.touch()
	r.completed = r.updated
}

// event adds an event to the trace, below the first one of its workflow or agent.
func (r *run) event(kind gen.TraceEventType, e gen.TraceEvent) {
	e.Type, e.RunID, e.EventID, e.Timestamp = kind, r.id, uuid.NewString(), now()
	if kind != gen.EventRunStarted && kind != gen.EventWorkflowStarted && len(r.events) > 0 {
		e.ParentEventID = r.events[0].EventID
	}
	r.events = append(r.events, e)
}

// checkpoint keeps the state of the run as it is now.
func (r *run) checkpoint(kind gen.CheckpointType, stepID string, metadata gen.CheckpointMetadata) {
	r.touch()
	c := gen.Checkpoint{
		ID: uuid.NewString(), RunID: r.id, Type: kind, StepID: stepID, Sequence: len(r.checkpoints) + 1, Iteration: 1,
		Metadata: metadata, CreatedAt: r.updated, State: r.state(), TraceEvents: slices.Clone(r.events),
	}
	if r.agentName != "" {
		c.WorkflowName = r.workflowName
	}
	r.checkpoints = append(r.checkpoints, c)
}

// metadata is what the run says about itself.
func (r *run) metadata() gen.RunMetadata {
	m := r.notes
	specJSON, _ := json.Marshal(r.request.Spec)
	m.Spec = specJSON
	m.Target = r.request.Target
	m.SpecPath, m.Environment, m.Overlays = r.request.SpecPath, r.request.Environment, r.request.Overlays
	m.Overrides, m.SkillsOverlay = rawObject(r.request.Overrides), r.request.Skills
	m.CallerMetadata = rawObject(redact(r.request.Metadata).(map[string]any))
	m.FrozenSpec = &gen.FrozenSpec{Base: specJSON}
	return m
}

// get is what GET of the run answers.
func (r *run) get() gen.Run {
	return gen.Run{
		RunID: r.id, Status: r.status, AgentName: r.agentName, WorkflowName: r.workflowName, WorkflowKind: r.kind, SessionID: r.request.SessionID,
		InputText: r.request.Input, OutputText: r.output, VisitedSteps: r.visited, PendingHumanRequest: r.pending, ContinuationID: r.continuation,
		TraceEventCount: r.countedEvents(), Metadata: r.metadata(), Error: r.failure,
	}
}

// countedEvents is 0 until the run ends or blocks, like the real server's count.
func (r *run) countedEvents() int {
	if r.status == gen.RunRunning || r.status == gen.RunCancelled {
		return 0
	}
	return len(r.events)
}

// answer is what creating the run answers, at once or at its end.
func (r *run) answer(metadata gen.RunMetadata) gen.RunCreated {
	return gen.RunCreated{
		RunID: r.id, Status: r.status, OutputText: r.output, HumanInterventionRequired: r.status == gen.RunBlocked, ContinuationID: r.continuation, Metadata: metadata,
	}
}

// outcomeMetadata is what a synchronous create answers as metadata: what there is to say of the end, and not the spec.
func (r *run) outcomeMetadata() gen.RunMetadata {
	m := r.notes
	m.Trace = &gen.RunTrace{RunID: r.id, Events: r.events}
	return m
}

// summary is the row of the run in the list.
func (r *run) summary() gen.RunSummary {
	return gen.RunSummary{
		RunID: r.id, Status: r.status, AgentName: r.agentName, WorkflowName: r.workflowName, WorkflowKind: r.kind, InputText: r.request.Input, OutputText: r.output,
		CurrentStepID: r.current, VisitedSteps: r.visited, Messages: r.messages, PendingHumanRequest: r.pending, ContinuationID: r.continuation,
		TraceEventCount: r.countedEvents(), Metadata: r.metadata(), Error: r.failure, SessionID: redactedText,
		CreatedAt: r.created, UpdatedAt: r.updated, StartedAt: r.started, CompletedAt: r.completed,
	}
}

// state is the run as a checkpoint keeps it.
func (r *run) state() gen.CheckpointState {
	return gen.CheckpointState{
		RunID: r.id, Status: r.status, AgentName: r.agentName, WorkflowName: r.workflowName, WorkflowKind: r.kind, InputText: r.request.Input, OutputText: r.output,
		CurrentStepID: r.current, VisitedSteps: slices.Clone(r.visited), Messages: slices.Clone(r.messages), PendingHumanRequest: r.pending, ContinuationID: r.continuation,
		TraceEvents: slices.Clone(r.events), Metadata: r.metadata(), Error: r.failure, SessionID: redactedText,
		CreatedAt: r.created, UpdatedAt: r.updated, StartedAt: r.started, CompletedAt: r.completed,
	}
}

const redactedText = "[REDACTED]"

// secretNames are parts of names whose values the platform hides.
var secretNames = []string{"token", "session", "secret", "password", "passwd", "email", "credential", "api_key", "apikey", "authorization", "cookie"}

// redact hides the values of names that sound like secrets, at any depth.
func redact(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, value := range v {
			out[name] = redact(value)
			if slices.ContainsFunc(secretNames, func(part string) bool { return strings.Contains(strings.ToLower(name), part) }) {
				out[name] = redactedText
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = redact(v[i])
		}
		return out
	}
	return v
}

func rawObject(m map[string]any) gen.AnyObject {
	raw := make(gen.AnyObject, len(m))
	for name, value := range maps.All(m) {
		raw[name] = encode(value)
	}
	return raw
}
