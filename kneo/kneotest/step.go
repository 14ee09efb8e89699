package kneotest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// take has a step of a sequence, or a participant, take its turn in a conversation. Only steps have others to fall back on, and only what they
// say is guarded, unless it is a plain text.
func (l *leg) take(w *workflow, st *step, messages []message) (result, error) {
	input := latestText(messages)
	if err := l.stopped(); err != nil {
		return result{}, err
	}
	l.progress("step_started", st.ID, "", input, nil, nil)
	var fallbacks []*step
	if w.Type == sequentialType {
		fallbacks = enabledSteps(w.Steps)
	}
	res, err := l.withPolicy(st, fallbacks, input)
	if err == nil && w.Type == sequentialType && res.messages != nil {
		err = l.spec.Agent.Guardrails.check("workflow", res.output)
	}
	if err != nil {
		return result{}, l.stepFailed(st.ID, "", input, err)
	}
	if err := l.stopped(); err != nil {
		return result{}, err
	}
	l.progress("step_completed", st.ID, "", input, res.output, nil)
	if res.messages == nil { // a text, which is added to the conversation
		res.messages = append(slices.Clone(messages), message{role: "assistant", content: res.output, name: st.ID})
	}
	return res, nil
}

// stepFailed notes that a step or a node failed, unless the run has ended meanwhile.
func (l *leg) stepFailed(step, node, input string, err error) error {
	if errors.Is(err, errStopped) {
		return err
	}
	if stopped := l.stopped(); stopped != nil {
		return stopped
	}
	l.progress("step_failed", step, node, input, nil, asStepError(err).Message)
	return err
}

// withPolicy runs what a step refers to, and does what the step wants when that fails for good.
func (l *leg) withPolicy(st *step, fallbacks []*step, input string) (result, error) {
	res, err := l.retried(st, input)
	if err == nil || noFailure(err) {
		return res, err
	}
	switch st.OnError {
	case "continue":
		return result{output: input, messages: answerOf(input), iterations: 1}, nil
	case "fallback":
		for _, other := range fallbacks {
			if other.ID == st.FallbackRef {
				return l.retried(other, input)
			}
		}
	}
	return result{}, err
}

// noFailure tells errors that end a run whatever its steps want of their failures.
func noFailure(err error) bool {
	return errors.Is(err, errStopped) || asStepError(err).Type == guardrailViolation
}

// answerOf is a conversation of one answer, none if it is empty.
func answerOf(text string) []message {
	if text == "" {
		return []message{}
	}
	return []message{{role: "assistant", content: text}}
}

// retried runs what a step refers to, again as often as the step allows. Running out of time is not tried again.
func (l *leg) retried(st *step, input string) (res result, err error) {
	for range st.MaxRetries + 1 {
		if err := l.stopped(); err != nil {
			return result{}, err
		}
		if res, err = l.timed(st, input); err == nil || noFailure(err) || errors.Is(err, errTimedOut) {
			return res, err
		}
	}
	return res, err
}

// errTimedOut is the cause of the end of a step that runs out of its time.
var errTimedOut = errors.New("the step ran out of its time")

// timed runs what a step refers to for at most the time of the step. What does not end then goes on, and its result is dropped.
func (l *leg) timed(st *step, input string) (result, error) {
	if st.TimeoutSeconds == nil || *st.TimeoutSeconds <= 0 {
		return l.refer(st, input)
	}
	ctx, cancel := context.WithCancelCause(l.ctx)
	defer cancel(nil)
	stop := l.server.after(time.Duration(*st.TimeoutSeconds)*time.Second, func() { cancel(errTimedOut) })
	defer stop()
	type outcome struct {
		res result
		err error
	}
	done := make(chan outcome, 1)
	aside := *l // once its context has ended, nothing that it does is the run's
	aside.ctx = ctx
	l.server.work.Go(func() {
		res, err := aside.refer(st, input)
		done <- outcome{res, err}
	})
	select {
	case o := <-done:
		if !errors.Is(context.Cause(ctx), errTimedOut) || o.err == nil {
			return o.res, o.err
		}
	case <-ctx.Done():
		if !errors.Is(context.Cause(ctx), errTimedOut) {
			return result{}, context.Cause(ctx)
		}
	}
	timeout := &StepError{"RetryTimeoutError", fmt.Sprintf("Operation timed out after %d seconds.", *st.TimeoutSeconds)}
	return result{}, fmt.Errorf("%w%w", timeout, errTimedOut)
}

// refer runs what a step refers to. A function comes to a text, and has no conversation.
func (l *leg) refer(st *step, input string) (result, error) {
	switch st.Kind {
	case "function":
		f := l.spec.Components.Functions[st.Ref]
		call := f.call
		if call == nil {
			call = l.server.functions[f.Implementation]
		}
		output, err := call(l.ctx, input)
		return result{output: output, iterations: 1}, err
	case "workflow":
		res, err := l.runWorkflow(l.spec.Components.Workflows[st.Ref], input)
		if err == nil && res.messages == nil {
			res.messages = answerOf(res.output)
		}
		return res, err
	}
	return l.askAgent(l.spec.Components.Agents[st.Ref], input)
}

// progress notes how far the run is, and keeps a checkpoint of a step or node that has ended.
func (l *leg) progress(kind, step, node, input string, output, failure any) {
	if !l.live {
		return
	}
	l.server.mu.Lock()
	defer l.server.mu.Unlock()
	r := l.run
	if r.status.Terminal() || l.ctx.Err() != nil {
		return
	}
	r.stepID, r.nodeID = either(step, r.stepID), either(node, r.nodeID)
	switch kind {
	case "step_completed":
		r.visitedSteps, r.visitedNode = withVisit(r.visitedSteps, step), withVisit(r.visitedNode, node)
		r.output = output
	case "step_failed":
		r.failure = object{"message": failure, "type": "step_failed"}
	}
	round := r.count(step+"|"+node, kind != "step_started")
	r.notes = with(r.notes, object{"execution_context": object{
		"last_event_type": kind, "current_step_id": orNull(r.stepID), "current_node_id": orNull(r.nodeID), "visited_steps": listOf(r.visitedSteps),
		"visited_nodes": listOf(r.visitedNode), "last_input_text": input, "last_output_text": output, "current_iteration": round,
	}})
	r.touch()
	if kind == "step_started" {
		return
	}
	m := mark{kind: gen.CheckpointStepCompleted, step: step, node: node, iteration: round, events: l.trace.unsent(), onlyIfAbsent: true}
	m.metadata = object{"workflow_type": sequentialType, "input_text": input, "output_text": output, "error": failure, "iteration": round}
	if node != "" {
		m.metadata["workflow_type"] = graphType
		m.kind = gen.CheckpointNodeCompleted
	}
	if kind == "step_failed" {
		m.kind = gen.CheckpointStepFailed
	}
	r.checkpoint(m)
}

// count returns how often a step has ended, one more if it just did.
func (r *run) count(key string, more bool) int {
	counts := object{}
	if earlier, ok := r.notes["step_iteration_counts"].(object); ok {
		counts = maps.Clone(earlier)
	}
	n, counted := counts[key].(int)
	if more {
		n++
		counts[key] = n
	} else if !counted {
		n = 1
	}
	r.notes = with(r.notes, object{"step_iteration_counts": counts})
	return n
}

// withVisit returns the visited ones with one more, unless it is among them.
func withVisit(visited []string, id string) []string {
	if id == "" || slices.Contains(visited, id) {
		return visited
	}
	return append(slices.Clip(visited), id)
}
