package kneotest

import (
	"slices"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// enabledSteps are the steps that count.
func enabledSteps(steps []*step) []*step {
	return slices.DeleteFunc(slices.Clone(steps), func(s *step) bool { return s.disabled() })
}

// runSequence runs the steps of a sequence from one on: what one says is what the next one gets.
func (l *leg) runSequence(w *workflow, from int, visited []string, messages []message) (result, error) {
	if err := l.stopped(); err != nil {
		return result{}, err
	}
	steps := enabledSteps(w.Steps)
	kind := gen.EventWorkflowStarted
	if from > 0 {
		kind = gen.EventWorkflowResumed
	}
	started := l.event(kind, "", object{
		"workflow_name": w.title(), "input_preview": preview(messages[len(messages)-1].content), "metadata": object{"start_index": from, "step_count": len(steps)},
	})
	if from >= len(steps) {
		return result{}, noParticipants(sequentialType)
	}
	var path []string
	iterations := 0
	for i, st := range steps[from:] {
		if st.Kind == "human" {
			return l.pauseSequence(w, st, from+i, append(slices.Clip(visited), path...), messages, started), nil
		}
		res, err := l.take(w, st, messages)
		if err != nil {
			return result{}, err
		}
		if len(res.messages) > 0 {
			messages = res.messages
		}
		iterations += max(res.iterations, 1)
		path = append(path, st.ID)
	}
	if err := l.stopped(); err != nil {
		return result{}, err
	}
	visited = append(slices.Clip(visited), path...)
	output := lastAnswer(messages)
	l.event(gen.EventWorkflowCompleted, started, object{
		"workflow_name": w.title(), "output_preview": preview(output), "metadata": object{"visited_steps": visited},
	})
	return l.completed(w, output, messages, path, iterations, object{"visited_steps": visited}), nil
}

// completed is the result of a workflow that came to its end; path is what this leg visited, more what the workflow says of itself.
func (l *leg) completed(w *workflow, output string, messages []message, path []string, iterations int, more object) result {
	return result{output: output, messages: unbare(messages), iterations: iterations, metadata: object{
		"workflow":             with(object{"name": w.title(), "type": w.Type}, more),
		"workflow_description": w.orchestrated(w.Description), "workflow_type": w.Type, "workflow_steps": listOf(path),
		"sdk": "kneo_agent", "iterations": iterations, "duration_ms": l.server.millisecondsSince(l.start), "variables": object{},
	}}
}

// orchestrated is the text for the types that have a description of their own; of the others the platform forgets it.
func (w *workflow) orchestrated(text string) string {
	if w.Type == sequentialType || w.Type == graphType {
		return ""
	}
	return text
}
