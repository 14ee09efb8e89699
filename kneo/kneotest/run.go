package kneotest

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// run is a run as the server keeps it. Its fields are guarded by the server's lock. What it holds of objects and lists is replaced and
// never changed, so that checkpoints can share them.
type run struct {
	server   *Server
	id       string
	request  gen.RunCreateRequest
	spec     *spec    // nil if it is broken, which an async run finds out late
	broken   *problem // what is wrong with the spec
	status   gen.RunStatus
	working  bool // somebody works on it: a leg of its own or of a decision
	kind     string
	deadline time.Time // after which a sweep ends it

	agentName, workflowName   string // empty until the run is taken up
	output                    any    // a text, null before there is one
	failure                   object
	stepID, nodeID            string // at work, afterwards the last one
	stepIndex                 any    // only known of a run that was continued
	visitedSteps, visitedNode []string
	messages                  []object
	pending                   object // the request that a person has to answer, kept after the run was cancelled
	continuation              string
	events                    []object // what is known of the trace when a leg has ended
	notes                     object   // what the work on it has added to the metadata
	checkpoints               []object
	histories                 map[*agent][]message

	trace []object // what checkpoints have told of the trace, and what is in events
	told  map[string]bool

	created, updated, started, completed time.Time

	answer []byte // what GET answers, until the run is touched
}

func (s *Server) newRun(req *gen.RunCreateRequest, parsed *spec, broken *problem) *run {
	now := s.now()
	r := &run{
		server: s, id: uuid.NewString(), request: *req, spec: parsed, broken: broken, status: gen.RunRunning, kind: "workflow",
		created: now, updated: now, started: now,
	}
	if req.Target == gen.TargetAgent {
		r.kind = "agent"
	}
	return r
}

// declared is the metadata of a run that has only been asked for.
func (r *run) declared() object {
	var spec, skills any
	if r.request.Spec != nil {
		spec = r.request.Spec
	}
	if r.request.Skills != nil {
		skills = object{"add": listOf(r.request.Skills.Add), "disable": listOf(r.request.Skills.Disable)}
	}
	return object{
		"spec_path": orNull(r.request.SpecPath), "spec": spec, "target": r.request.Target, "environment": orNull(r.request.Environment),
		"overlays": listOf(r.request.Overlays), "overrides": with(r.request.Overrides, nil), "skills_overlay": skills, "timeout_seconds": nil,
		"frozen_spec": object{"base": spec, "overlays": []any{}}, "caller_metadata": with(r.request.Metadata, nil),
	}
}

// metadata is what the run was asked for, and what the work on it has added.
func (r *run) metadata() object { return with(r.declared(), r.notes) }

// touch notes that the run has changed.
func (r *run) touch() {
	r.updated = r.server.now()
	r.changed()
}

// changed drops the answer that was made of the run as it was.
func (r *run) changed() { r.answer = nil }

// end sets the last status of a run.
func (r *run) end(status gen.RunStatus, failure object) {
	r.status = status
	if failure != nil {
		r.failure = failure
	}
	r.touch()
	r.completed = r.updated
}

// tell adds events to the trace that have not been told before.
func (r *run) tell(events []object) {
	if r.told == nil {
		r.told = map[string]bool{}
	}
	for _, e := range events {
		if id := e["event_id"].(string); !r.told[id] {
			r.told[id] = true
			r.trace = append(r.trace, e)
		}
	}
}

// mark is where in a run a checkpoint is made.
type mark struct {
	kind         gen.CheckpointType
	step, node   string
	iteration    int
	events       []object
	metadata     object
	onlyIfAbsent bool
}

// checkpoint keeps the state of the run as it is now.
func (r *run) checkpoint(m mark) {
	m.iteration = max(m.iteration, 1)
	if m.onlyIfAbsent && r.hasCheckpoint(m) {
		return
	}
	r.tell(m.events)
	r.checkpoints = append(r.checkpoints, object{
		"id": uuid.NewString(), "run_id": r.id, "type": string(m.kind), "workflow_name": orNull(r.workflowName), "step_id": orNull(m.step),
		"node_id": orNull(m.node), "sequence": len(r.checkpoints) + 1, "iteration": m.iteration, "state": r.state(),
		"trace_events": listOf(m.events), "metadata": with(m.metadata, nil), "created_at": stamp(r.server.now()),
	})
	r.changed()
}

func (r *run) hasCheckpoint(m mark) bool {
	return slices.ContainsFunc(r.checkpoints, func(c object) bool {
		return c["type"] == string(m.kind) && c["step_id"] == orNull(m.step) && c["node_id"] == orNull(m.node) && c["iteration"] == m.iteration
	})
}

// get is what GET of the run answers.
func (r *run) get() object {
	answer := redacted(object{
		"run_id": r.id, "status": r.status, "agent_name": orNull(r.agentName), "workflow_name": orNull(r.workflowName), "workflow_kind": r.kind,
		"input_text": r.request.Input, "output_text": r.output, "current_step_index": r.stepIndex, "current_node_id": orNull(r.nodeID),
		"visited_steps": listOf(r.visitedSteps), "visited_nodes": listOf(r.visitedNode), "pending_human_request": nullable(r.pending),
		"continuation_id": orNull(r.continuation), "trace_event_count": len(r.events), "usage": nil, "metadata": r.metadata(), "error": nullable(r.failure),
	}).(object)
	answer["session_id"] = orNull(r.request.SessionID)
	return answer
}

// nullable is the object, null if there is none.
func nullable(o object) any {
	if o == nil {
		return nil
	}
	return o
}

// state is the run as a checkpoint keeps it.
func (r *run) state() object {
	return object{
		"id": r.id, "status": r.status, "agent_name": orNull(r.agentName), "workflow_name": orNull(r.workflowName), "workflow_kind": r.kind,
		"input_text": r.request.Input, "output_text": r.output, "current_step_index": r.stepIndex, "current_step_id": orNull(r.stepID),
		"current_node_id": orNull(r.nodeID), "visited_steps": listOf(r.visitedSteps), "visited_nodes": listOf(r.visitedNode),
		"messages": listOf(r.messages), "pending_human_request": nullable(r.pending), "continuation_id": orNull(r.continuation),
		"trace_events": listOf(r.events), "trace_dropped": 0, "metadata": r.metadata(), "error": nullable(r.failure), "parent_run_id": nil,
		"session_id": redactedText, "tags": []string{}, "created_at": stamp(r.created), "updated_at": stamp(r.updated), "started_at": stamp(r.started),
		"completed_at": stamp(r.completed), "deadline_at": seconds(r.deadline),
	}
}

// summary is the row of the run in the list: its state with the number of its events in their place.
func (r *run) summary() object {
	row := r.state()
	delete(row, "trace_events")
	row["trace_event_count"] = len(r.events)
	return redacted(row).(object)
}

// encoded is what GET answers, made once for as long as nothing changes. The lock is held.
func (r *run) encoded() []byte {
	if r.answer == nil {
		r.answer = encode(r.get())
	}
	return r.answer
}
