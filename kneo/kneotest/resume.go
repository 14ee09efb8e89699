package kneotest

import (
	"slices"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// resume goes on with a run after a decision.
func (l *leg) resume(t *task, decision *gen.HumanResumeRequest) (result, error) {
	output := decided(decision, t.input)
	var reply []message // what the decision adds to the conversation by the wish of the spec
	if role := t.workflow.decider(t, l.spec).ResponseRole; role != "" {
		reply = []message{{role: role, content: output, bare: true}}
	}
	res, err := l.resumeWorkflow(t, output, reply)
	if err != nil {
		return result{}, err
	}
	res.metadata = with(res.metadata, object{"resumed_from_continuation_id": t.id})
	return res, nil
}

// decider is the person whom a task is for.
func (w *workflow) decider(t *task, s *spec) *human {
	for _, st := range w.all() {
		if st.ID == t.place || w.Type == graphType && w.Nodes[t.place] == st {
			return s.Components.Humans[st.Ref]
		}
	}
	return &human{}
}

// decided is the text that a decision passes on.
func decided(decision *gen.HumanResumeRequest, input string) string {
	switch decision.Decision {
	case gen.DecisionApproved:
		return input
	case gen.DecisionRejected:
		return "Rejected by human reviewer: " + decision.Content
	case gen.DecisionSelected:
		return either(decision.SelectedOption, decision.Content, input)
	}
	return either(decision.Content, input)
}

func (l *leg) resumeWorkflow(t *task, output string, reply []message) (result, error) {
	switch t.kind {
	case sequentialType:
		messages := append(append(slices.Clip(t.messages), reply...), message{role: "user", content: output})
		return l.runSequence(t.workflow, t.index.(int)+1, append(slices.Clip(t.steps), t.place), messages)
	case graphType:
		return l.resumeGraph(t, output, reply)
	case concurrentType:
		return l.resumeAtOnce(t, output, reply), nil
	}
	if reply == nil {
		reply = []message{{role: "user", content: output, bare: true}}
	}
	return l.resumeTurns(t, output, append(slices.Clip(t.messages), reply...))
}

// resumeGraph follows the edges of the node of a person.
func (l *leg) resumeGraph(t *task, output string, reply []message) (result, error) {
	w, visited := t.workflow, append(slices.Clip(t.nodes), t.place)
	said := append(slices.Clip(t.messages), reply...)
	if reply == nil {
		said = append(said, message{role: "user", content: output, bare: true})
	}
	next := w.next(t.place, circumstances{output: output, status: "completed"})
	if next != "" {
		res, err := l.runGraph(w, next, visited, said, output)
		res.messages = append(slices.Clip(reply), res.messages...)
		return res, err
	}
	started := l.event(gen.EventWorkflowResumed, "", object{
		"workflow_name": w.title(), "input_preview": preview(output), "metadata": object{"workflow_type": graphType, "max_steps": w.maxSteps()},
	})
	l.event(gen.EventWorkflowCompleted, started, object{
		"workflow_name": w.title(), "output_preview": preview(output), "metadata": object{"visited_nodes": visited, "termination": "no_matching_edge"},
	})
	return result{output: output, messages: said, metadata: object{
		"node_kind": "human", "variables": object{},
		"workflow": object{"name": w.title(), "type": graphType, "visited_nodes": visited, "termination": "no_matching_edge"},
	}}, nil
}

// resumeTurns gives those their turns who come after a person.
func (l *leg) resumeTurns(t *task, output string, messages []message) (result, error) {
	w, visited := t.workflow, append(slices.Clip(t.nodes), t.place)
	if len(t.remaining) > 0 {
		return l.runTurns(w, t.remaining, visited, messages, true)
	}
	return l.endResumed(w, output, output, visited, nil), nil
}

// resumeAtOnce puts together what all said, the person in the place where it stands in the list.
func (l *leg) resumeAtOnce(t *task, output string, reply []message) result {
	if reply == nil {
		reply = []message{{role: "assistant", content: output, bare: true}}
	}
	messages := slices.Clone(t.messages)
	for _, id := range t.workflow.order() {
		if id == t.place {
			messages = append(messages, reply...)
			continue
		}
		messages = append(messages, unbare(t.said[id])...)
	}
	return l.endResumed(t.workflow, t.input, either(lastAnswer(messages), output), t.workflow.order(), messages)
}

// endResumed is the result of an orchestration in which nobody has a turn after the person.
func (l *leg) endResumed(w *workflow, input, output string, visited []string, messages []message) result {
	started := l.startedOrchestration(w, true, input)
	l.event(gen.EventWorkflowCompleted, started, object{
		"workflow_name": w.title(), "output_preview": preview(output), "metadata": object{"visited_steps": visited, "workflow_type": w.Type},
	})
	return result{output: output, messages: messages, metadata: object{
		"variables": object{},
		"workflow":  object{"name": w.title(), "type": w.Type, "visited_steps": visited, "rounds": w.roundsMetadata()},
	}}
}
