package kneotest

import (
	"slices"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// defaultMaxSteps is how many nodes a graph visits at most unless it says otherwise.
const defaultMaxSteps = 50

func (w *workflow) maxSteps() int {
	if w.MaxSteps != nil {
		return *w.MaxSteps
	}
	return defaultMaxSteps
}

// next is the node that a graph goes to from one, empty if it ends there: the target of the first edge whose condition holds.
func (w *workflow) next(from string, now circumstances) string {
	for _, e := range w.Edges {
		if e.From == from && w.enabled(e.From) && w.enabled(e.To) && e.Condition.holds(now) {
			return e.To
		}
	}
	return ""
}

func (w *workflow) enabled(node string) bool {
	return w.Nodes[node] != nil && !w.Nodes[node].disabled()
}

// runGraph walks a graph from a node. Visited is the way to it, which counts among the steps that the graph allows, and said what was
// said on it by the platform itself.
func (l *leg) runGraph(w *workflow, node string, visited []string, said []message, input string) (result, error) {
	if err := l.stopped(); err != nil {
		return result{}, err
	}
	kind := gen.EventWorkflowStarted
	if visited != nil {
		kind = gen.EventWorkflowResumed
	}
	started := l.event(kind, "", object{
		"workflow_name": w.title(), "input_preview": preview(input),
		"metadata": object{"workflow_type": graphType, "start": node, "max_steps": w.maxSteps()},
	})
	messages := append(slices.Clone(said), message{role: "user", content: input})
	var path []string
	iterations := 0
	for budget := max(w.maxSteps()-len(visited), 1); node != "" && budget > 0; budget-- {
		if st := w.Nodes[node]; st.Kind == "human" {
			l.progress("step_started", "", node, latestText(messages), nil, nil)
			return l.pauseGraph(w, node, slices.Concat(visited, distinct(path)), latestText(messages), started), nil
		}
		res, failed, err := l.visit(w, node, messages)
		if err != nil {
			if err != errStopped { //nolint:errorlint // it is never wrapped
				l.event(gen.EventWorkflowFailed, started, object{"workflow_name": w.title(), "error": "SDK graph workflow failed"})
			}
			return result{}, err
		}
		messages = append(messages, added(messages, res.messages)...)
		iterations += max(res.iterations, 1)
		path = append(path, node)
		status := "completed"
		if failed {
			status = "failed"
		}
		node = w.next(node, circumstances{output: res.output, status: status, metadata: res.metadata})
	}
	if err := l.stopped(); err != nil {
		return result{}, err
	}
	return l.endGraph(w, node != "", messages, slices.Concat(visited, path), path, iterations, started), nil
}

// endGraph is the result of a graph that has no further way to go, or is not allowed to.
func (l *leg) endGraph(w *workflow, capped bool, messages []message, visited, path []string, iterations int, started string) result {
	output := lastAnswer(messages)
	kind, termination := gen.EventWorkflowCompleted, "no_matching_edge"
	if capped {
		kind, termination = gen.EventWorkflowFailed, "max_steps"
	}
	l.event(kind, started, object{
		"workflow_name": w.title(), "output_preview": preview(output), "metadata": object{"visited_nodes": listOf(visited), "termination": termination},
	})
	res := l.completed(w, output, messages, path, iterations, object{"visited_nodes": listOf(visited), "termination": termination})
	supersteps := make([][]string, len(path))
	for i, id := range path {
		supersteps[i] = []string{id}
	}
	res.metadata["workflow_supersteps"] = supersteps
	if res.capped = capped; capped {
		res.metadata["stopped_by_max_iterations"] = true
	}
	return res
}

// visit runs a node, and does what it wants when that fails for good. Failed says that it went on although it had failed.
func (l *leg) visit(w *workflow, node string, messages []message) (res result, failed bool, err error) {
	if err := l.stopped(); err != nil {
		return result{}, false, err
	}
	st, input := w.Nodes[node], latestText(messages)
	l.progress("step_started", "", node, input, nil, nil)
	res, err = l.retried(st, input)
	if err != nil && noFailure(err) {
		return result{}, false, err
	}
	if err != nil {
		reason := asStepError(err).Message
		if res, failed, err = l.failedNode(w, st, node, input, err); err != nil {
			return result{}, false, err
		}
		res.metadata = with(res.metadata, object{"error": reason})
	}
	if err := l.stopped(); err != nil {
		return result{}, false, err
	}
	if err := l.spec.Agent.Guardrails.check("workflow", res.output); err != nil {
		return result{}, false, err
	}
	if !failed {
		l.progress("step_completed", "", node, input, res.output, nil)
	}
	if res.messages == nil {
		res.messages = answerOf(res.output)
	}
	if res.metadata == nil {
		res.metadata = object{"node_kind": st.Kind}
	}
	return res, failed, nil
}

// failedNode does what a node wants when it has failed.
func (l *leg) failedNode(w *workflow, st *step, node, input string, err error) (res result, failed bool, _ error) {
	if err := l.stepFailed("", node, input, err); err != nil && (st.OnError != "continue" && st.OnError != "fallback" || noFailure(err)) {
		return result{}, false, err
	}
	if st.OnError == "continue" {
		return result{output: input, iterations: 1, metadata: object{"node_kind": st.Kind, "node_failed": true, "on_error": "continue"}}, true, nil
	}
	other := w.Nodes[st.FallbackRef]
	if res, err = l.retried(other, input); err != nil {
		return result{}, false, err
	}
	res.metadata = with(res.metadata, object{"fallback_for": node})
	return res, false, nil
}

// distinct returns the ids without repetitions.
func distinct(ids []string) []string {
	var once []string
	for _, id := range ids {
		once = withVisit(once, id)
	}
	return once
}
