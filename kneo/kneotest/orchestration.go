package kneotest

import (
	"cmp"
	"slices"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// runOrchestration has the participants of a workflow take their turns.
func (l *leg) runOrchestration(w *workflow, input string) (result, error) {
	asked := []message{{role: "user", content: input}}
	switch {
	case w.Type == handoffType, w.Type == groupChatType && w.human() != nil:
		return l.runTurns(w, w.rotation(), nil, asked, false)
	case w.Type == groupChatType:
		return l.runRounds(w, asked)
	}
	return l.runAtOnce(w, asked)
}

// human is the participant who is a person, nil if none is.
func (w *workflow) human() *step {
	for _, p := range enabledSteps(w.Participants) {
		if p.Kind == "human" {
			return p
		}
	}
	return nil
}

func (w *workflow) participant(id string) *step {
	for _, p := range enabledSteps(w.Participants) {
		if p.ID == id {
			return p
		}
	}
	return nil
}

func (w *workflow) rounds() int {
	if w.Rounds != nil {
		return *w.Rounds
	}
	return 1
}

// roundsMetadata is what the result says of rounds, null where there are none.
func (w *workflow) roundsMetadata() any {
	if w.Type == groupChatType {
		return w.rounds()
	}
	return nil
}

// rotation is whose turn it is, from the first to the last.
func (w *workflow) rotation() []string {
	var names []string
	for _, p := range enabledSteps(w.Participants) {
		names = append(names, p.ID)
	}
	if w.Type == groupChatType {
		return slices.Repeat(names, w.rounds())
	}
	if w.Selector.Type != "round_robin" && len(w.Selector.Sequence) > 0 {
		names = w.Selector.Sequence
	}
	if w.MaxIterations != nil {
		names = names[:min(len(names), max(*w.MaxIterations, 0))]
	}
	return names
}

// startedOrchestration is the event with which all of them begin.
func (l *leg) startedOrchestration(w *workflow, resumed bool, input string) string {
	kind := gen.EventWorkflowStarted
	if resumed {
		kind = gen.EventWorkflowResumed
	}
	return l.event(kind, "", object{
		"workflow_name": w.title(), "input_preview": preview(input),
		"metadata": object{"workflow_type": w.Type, "participant_count": len(enabledSteps(w.Participants))},
	})
}

// endOrchestration is the result of all of them; runtime is the type of what really ran.
func (l *leg) endOrchestration(w *workflow, runtime string, messages []message, visited, path []string, iterations int, started string) result {
	output := lastAnswer(messages)
	l.event(gen.EventWorkflowCompleted, started, object{
		"workflow_name": w.title(), "output_preview": preview(output), "metadata": object{"visited_steps": listOf(visited), "workflow_type": w.Type},
	})
	res := l.completed(w, output, messages, path, iterations, object{"visited_steps": listOf(visited), "rounds": w.roundsMetadata()})
	res.metadata["workflow_type"] = runtime
	return res
}

// runTurns has participants take turns in a row, until it is that of a person. Visited are those who had theirs before.
func (l *leg) runTurns(w *workflow, row, visited []string, messages []message, resumed bool) (result, error) {
	if err := l.stopped(); err != nil {
		return result{}, err
	}
	started := l.startedOrchestration(w, resumed, latestText(messages))
	var path []string
	iterations := 0
	for i, id := range row {
		p := w.participant(id)
		if p == nil {
			return result{}, valueError("Unknown handoff participant '%s'.", id)
		}
		if p.Kind == "human" {
			return l.pauseTurns(w, p, row[i+1:], slices.Concat(visited, path), messages, started), nil
		}
		res, err := l.take(w, p, messages)
		if err != nil {
			return result{}, err
		}
		if len(res.messages) > 0 {
			messages = res.messages
		}
		iterations += max(res.iterations, 1)
		path = append(path, id)
	}
	if err := l.stopped(); err != nil {
		return result{}, err
	}
	// A chat with a person in it is run as a row of turns, and says so.
	return l.endOrchestration(w, handoffType, messages, slices.Concat(visited, path), path, max(iterations, 1), started), nil
}

// runRounds has all participants take turns, round after round.
func (l *leg) runRounds(w *workflow, messages []message) (result, error) {
	if err := l.stopped(); err != nil {
		return result{}, err
	}
	started := l.startedOrchestration(w, false, latestText(messages))
	path := w.rotation()
	iterations := 0
	for _, id := range path {
		res, err := l.take(w, w.participant(id), messages)
		if err != nil {
			return result{}, err
		}
		if len(res.messages) > 0 {
			messages = res.messages
		}
		iterations += max(res.iterations, 1)
	}
	if err := l.stopped(); err != nil {
		return result{}, err
	}
	res := l.endOrchestration(w, groupChatType, messages, path, path, iterations, started)
	res.metadata["workflow_rounds"] = w.rounds()
	return res, nil
}

// runAtOnce gives all participants the same to do. Like the real server's they work one after the other; that one fails is told when all are done.
// A person among them is asked last.
func (l *leg) runAtOnce(w *workflow, asked []message) (result, error) {
	if err := l.stopped(); err != nil {
		return result{}, err
	}
	started := l.startedOrchestration(w, false, latestText(asked))
	person := w.human()
	messages := slices.Clone(asked)
	said := map[string][]message{}
	var path []string
	var failure error
	iterations := 0
	for _, p := range enabledSteps(w.Participants) {
		if p == person {
			continue
		}
		res, err := l.take(w, p, asked)
		if err != nil {
			failure = cmp.Or(failure, err)
			continue
		}
		said[p.ID] = added(asked, res.messages)
		messages = append(messages, said[p.ID]...)
		iterations += max(res.iterations, 1)
		path = append(path, p.ID)
	}
	if err := l.stopped(); err != nil {
		return result{}, err
	}
	if failure != nil {
		return result{}, failure
	}
	if person != nil {
		return l.pauseAtOnce(w, person, path, asked, said, started), nil
	}
	return l.endOrchestration(w, concurrentType, messages, path, path, iterations, started), nil
}
