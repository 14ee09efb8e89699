package kneotest

import (
	"time"

	"github.com/google/uuid"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// task is a decision that a person has to make before a run can go on, with what is needed to go on.
type task struct {
	id           string
	run          *run
	workflow     *workflow
	kind         string // of the workflow, as tasks call it
	place        string // the step, node or participant
	index        any    // of a step
	input        string
	steps, nodes []string // visited before
	messages     []message
	request      object
	expires      time.Time
	events       []object
	metadata     object
	resuming     bool

	remaining []string             // whose turns come later
	said      map[string][]message // what those said who were asked at once
}

// pause makes a task, and the result of a leg that ends with it. Visited is under the name that the type of workflow gives it.
func (l *leg) pause(w *workflow, st *step, requestedBy, parent string, t *task, more object) result {
	who := l.spec.Components.Humans[st.Ref]
	t.id, t.run, t.workflow = uuid.NewString(), l.run, w
	t.request = who.request(requestedBy, t.input)
	if who.TimeoutSeconds != nil && *who.TimeoutSeconds > 0 {
		t.expires = l.server.now().Add(time.Duration(*who.TimeoutSeconds) * time.Second)
	}
	l.event(gen.EventHumanInterventionRequested, parent, object{
		"workflow_name": w.title(), "step_id": t.place, "input_preview": preview(t.input), "metadata": object{"continuation_id": t.id, "request": t.request},
	})
	t.events = l.trace.all()
	metadata := object{
		"human_intervention_required": true, "continuation_id": t.id, "request": t.request, "pending_step_id": t.place,
		"workflow": with(object{"name": w.title(), "pending_step_id": t.place}, more),
	}
	return result{output: "Human intervention required.", pause: t, metadata: metadata}
}

// request is what a person is asked.
func (h *human) request(requestedBy, input string) object {
	var options, defaultOption, timeout any
	if h.Options != nil {
		options = h.Options
	}
	if h.DefaultOption != nil {
		defaultOption = *h.DefaultOption
	}
	if h.TimeoutSeconds != nil {
		timeout = *h.TimeoutSeconds
	}
	return object{
		"id": uuid.NewString(), "type": either(h.RequestType, "approval"), "title": either(h.Description, "Human review required"),
		"prompt": either(h.Description, "Please review this item."), "context": with(object{"input_text": input}, h.Context), "options": options,
		"default_option": defaultOption, "requested_by": requestedBy, "assignee": orNull(h.Assignee), "timeout_seconds": timeout,
		"on_timeout": either(h.OnTimeout, "fail"), "metadata": object{},
	}
}

func (l *leg) pauseSequence(w *workflow, st *step, index int, visited []string, messages []message, parent string) result {
	res := l.pause(w, st, st.ID, parent, &task{
		kind: sequentialType, place: st.ID, index: index, input: latestText(messages), steps: visited, messages: unbare(messages), metadata: object{"step_id": st.ID},
	}, object{"visited_steps": listOf(visited)})
	res.messages = unbare(messages)
	return res
}

func (l *leg) pauseGraph(w *workflow, node string, visited []string, input, parent string) result {
	// What was said before is lost but for what the person is asked about.
	res := l.pause(w, w.Nodes[node], w.Nodes[node].Ref, parent, &task{
		kind: graphType, place: node, input: input, nodes: visited, messages: []message{{role: "user", content: input, bare: true}}, metadata: object{"node_id": node},
	}, object{"type": graphType, "visited_nodes": listOf(visited), "pending_node_id": node})
	res.metadata["pending_node_id"] = node
	return res
}

func (l *leg) pauseTurns(w *workflow, p *step, remaining, visited []string, messages []message, parent string) result {
	shape := w.Type
	if shape == groupChatType {
		shape = "group_chat"
	}
	input := latestText(messages)
	l.progress("step_started", p.ID, "", input, nil, nil)
	res := l.pause(w, p, p.ID, parent, &task{
		kind: shape, place: p.ID, input: input, nodes: visited, messages: unbare(messages), remaining: remaining,
		metadata: object{"participant_id": p.ID, "orchestration_state": object{"shape": shape, "remaining": listOf(remaining)}},
	}, object{"type": w.Type, "visited_steps": listOf(visited), "rounds": w.roundsMetadata()})
	res.messages = unbare(messages)
	return res
}

func (l *leg) pauseAtOnce(w *workflow, p *step, visited []string, asked []message, said map[string][]message, parent string) result {
	deltas := object{}
	for id, messages := range said {
		deltas[id] = messageObjects(unbare(messages))
	}
	input := latestText(asked)
	l.progress("step_started", p.ID, "", input, nil, nil)
	return l.pause(w, p, p.ID, parent, &task{
		kind: concurrentType, place: p.ID, input: input, nodes: visited, messages: unbare(asked), said: said,
		metadata: object{"participant_id": p.ID, "orchestration_state": object{
			"shape": concurrentType, "participant_order": w.order(), "paused_participant": p.ID, "sibling_deltas": deltas,
		}},
	}, object{"type": concurrentType, "visited_steps": listOf(visited), "rounds": nil})
}

// order is all participants as they are listed.
func (w *workflow) order() []string {
	ids := []string{}
	for _, p := range enabledSteps(w.Participants) {
		ids = append(ids, p.ID)
	}
	return ids
}

// object is the task as the list has it.
func (t *task) object() object {
	node := any(nil)
	if t.kind != sequentialType {
		node = t.place
	}
	return object{
		"id": t.id, "run_id": t.run.id, "workflow_name": t.workflow.title(), "workflow_kind": t.kind, "current_step_index": t.index, "current_node_id": node,
		"current_input": t.input, "visited_steps": listOf(t.steps), "visited_nodes": listOf(t.nodes), "messages": messageObjects(t.messages),
		"variables": object{}, "pending_human_request_id": t.request["id"], "pending_human_request": t.request, "expires_at": seconds(t.expires),
		"trace_events": listOf(t.events), "metadata": t.metadata,
	}
}
