package kneotest

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// maxRounds is how often an agent may think again unless its strategy says otherwise.
const maxRounds = 10

// askAgent has an agent answer as the real server's does that has no model: nothing is looked up or thought of.
func (l *leg) askAgent(a *agent, input string) (result, error) {
	l.server.mu.Lock()
	history := l.run.histories[a]
	l.server.mu.Unlock()
	messages := append(slices.Clip(history), message{role: "user", content: input})
	said := userText(messages)
	started := l.event(gen.EventRunStarted, "", object{
		"agent_name": a.Name, "input_preview": preview(said), "metadata": object{"message_count": len(messages)},
	})
	begin := l.server.now()
	res, err := l.converse(a, messages, said)
	if err != nil {
		l.event(gen.EventRunFailed, started, object{"agent_name": a.Name, "error": asStepError(err).Message})
		return result{}, err
	}
	l.event(gen.EventRunCompleted, started, object{
		"agent_name": a.Name, "output_preview": preview(res.output), "metadata": object{"message_count": len(res.messages)},
	})
	l.server.mu.Lock()
	defer l.server.mu.Unlock()
	l.run.histories[a] = append(slices.Clip(history), message{role: "user", content: input}, message{role: "assistant", content: res.output})
	res.metadata = with(res.metadata, object{
		"sdk": "kneo_agent", "iterations": res.iterations, "duration_ms": l.server.millisecondsSince(begin),
		"runtime_mode": "bridge", "runtime_name": either(a.Strategy.Type, "simple") + "@dummy", "agent_name": a.Name,
	})
	return res, nil
}

func userText(messages []message) string {
	var texts []string
	for _, m := range messages {
		if m.role == "user" {
			texts = append(texts, m.content)
		}
	}
	return strings.Join(texts, "\n")
}

// converse has an agent think, call its tools and think again.
func (l *leg) converse(a *agent, messages []message, said string) (result, error) {
	if err := a.Guardrails.check("input", said); err != nil {
		return result{}, err
	}
	res := result{messages: slices.Clone(messages), metadata: object{}}
	rounds := maxRounds
	switch {
	case a.Strategy.Type != "react" && a.Strategy.Type != "plan-act":
		rounds = 1
	case a.Strategy.MaxIterations != nil:
		rounds = *a.Strategy.MaxIterations
	}
	if a.Strategy.Type == "plan-act" {
		text, _ := l.think(a, messages, false)
		res.metadata["plan"] = text
		res.messages = append(res.messages, message{role: "assistant", content: "Plan:\n" + text})
		res.iterations++
	}
	for range rounds {
		text, calls := l.think(a, res.messages, true)
		if a.Strategy.Type == "" || a.Strategy.Type == "simple" {
			calls = nil
		}
		res.iterations++
		res.output = text
		res.messages = append(res.messages, message{role: "assistant", content: text, calls: calls})
		if calls == nil {
			return res, a.Guardrails.check("output", text)
		}
		for _, call := range calls {
			res.messages = append(res.messages, message{role: "tool", content: l.callTool(call), name: call["name"].(string), callID: call["id"].(string)})
		}
	}
	res.capped = true
	res.metadata["stopped_by_max_iterations"] = true
	return res, a.Guardrails.check("output", res.output)
}

// think is the model: it looks things up when asked to and able to, and otherwise repeats what it was told.
func (l *leg) think(a *agent, messages []message, acting bool) (text string, calls []object) {
	var told string
	var found []string
	for _, m := range messages {
		switch m.role {
		case "user":
			told = m.content
		case "tool":
			found = append(found, m.content)
		}
	}
	switch {
	case acting && a.Tools != nil && len(a.Tools.Include) > 0 && found == nil && strings.Contains(strings.ToLower(told), "search"):
		call := object{"id": "web_search_1", "name": "web_search", "arguments": object{"query": told}, "metadata": object{}}
		return "I need to search.", []object{call}
	case strings.Join(found, "\n") != "":
		return "Final answer based on tool results: " + strings.Join(found, "\n"), nil
	}
	return "Final answer: " + told, nil
}

// callTool calls a tool with its arguments as JSON. A tool that fails says so in its result.
func (l *leg) callTool(call object) string {
	arguments := pythonJSON(call["arguments"], true)
	f := l.server.functions[l.spec.Tools[call["name"].(string)].Implementation]
	if f == nil {
		return fmt.Sprintf("%s: %s", call["name"], arguments)
	}
	output, err := f(context.WithValue(l.ctx, toolKey{}, true), arguments)
	if err != nil {
		return pythonJSON(object{"error": asStepError(err).Message}, true)
	}
	return output
}

// toolKey is the key of a context in which a function is a tool: what it gets then stands for an object, and not for a text.
type toolKey struct{}
