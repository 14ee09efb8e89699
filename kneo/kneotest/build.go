package kneotest

import (
	"fmt"
	"strings"
)

// build does of building a spec what can fail: it imports functions and resolves references. Of a spec that has been checked the latter only
// fails where the check does not look; one that is compiled without being strict comes here with all of its mistakes.
func (s *Server) build(parsed *spec) error {
	b := builder{server: s, spec: parsed}
	for _, part := range []func() error{b.tools, b.functions, b.agents, b.workflows} {
		if err := part(); err != nil {
			return err
		}
	}
	return nil
}

type builder struct {
	server *Server
	spec   *spec
}

func (b builder) tools() error {
	for _, name := range sortedKeys(b.spec.Tools) {
		t := b.spec.Tools[name]
		if t.Implementation != "" {
			if err := b.imports(t.Implementation); err != nil {
				return err
			}
		}
		server, _ := t.MCP["server"].(string)
		switch {
		case len(t.MCP) > 0 && server == "":
			return valueError("MCP tool '%s' has no mcp.server reference", name)
		case len(t.MCP) > 0 && !hasKey(b.spec.MCPServers, server):
			return keyError(server)
		case t.Agent != "" && b.spec.Components.Agents[t.Agent] == nil:
			return keyError(t.Agent)
		}
	}
	return nil
}

func (b builder) functions() error {
	for _, id := range sortedKeys(b.spec.Components.Functions) {
		if f := b.spec.Components.Functions[id]; f.call == nil {
			if err := b.imports(f.Implementation); err != nil {
				return err
			}
		}
	}
	return nil
}

// imports finds a function as Python's import does. What has no module cannot be imported, whatever is registered.
func (b builder) imports(implementation string) error {
	module, _, dotted := cutLast(implementation, ".")
	switch {
	case !dotted:
		return valueError("not enough values to unpack (expected 2, got 1)")
	case module == "":
		return valueError("Empty module name")
	case b.server.functions[implementation] == nil:
		return &StepError{"ModuleNotFoundError", fmt.Sprintf("No module named '%s'; register it with kneotest.WithFunction(%q, f)", module, implementation)}
	}
	return nil
}

func cutLast(text, separator string) (before, after string, found bool) {
	i := strings.LastIndex(text, separator)
	if i < 0 {
		return text, "", false
	}
	return text[:i], text[i+len(separator):], true
}

func (b builder) agents() error {
	for _, name := range sortedKeys(b.spec.Components.Agents) {
		if err := b.agent(b.spec.Components.Agents[name]); err != nil {
			return err
		}
	}
	return b.agent(b.spec.Agent)
}

func (b builder) agent(a *agent) error {
	if a.AsAgent != "" && b.spec.Components.Workflows[a.AsAgent] == nil {
		return valueError("Agent '%s' references workflow '%s', which was not compiled before this agent", a.Name, a.AsAgent)
	}
	if err := b.memory(a.Memory); err != nil {
		return err
	}
	return a.Guardrails.build(b.spec)
}

func (b builder) memory(memory object) error {
	var part string
	switch policy := memory["policy"]; policy {
	case nil, "full", "sliding_window":
		return nil
	case "summary":
		part = "summarizer"
	case "retrieval":
		part = "retriever"
	default:
		return valueError("Unknown memory policy: %v", policy)
	}
	ref, _ := asObject(memory[part])["ref"].(string)
	if !b.spec.has(ref) {
		return keyError(ref)
	}
	return nil
}

func (b builder) workflows() error {
	f := findings{spec: b.spec}
	for _, name := range sortedKeys(b.spec.Components.Workflows) {
		if f.leadsTo(name, name, map[string]bool{}) {
			return keyError(name)
		}
	}
	for _, w := range b.spec.workflows() {
		if err := b.workflow(w.workflow); err != nil {
			return err
		}
	}
	return nil
}

func (b builder) workflow(w *workflow) error {
	steps := enabledSteps(w.all())
	for _, st := range steps {
		if !b.has(st) {
			return keyError(st.Ref)
		}
	}
	switch {
	case w.Type == graphType && !w.enabled(w.Start):
		return valueError("Graph workflow '%s' start node '%s' is disabled or undefined.", either(w.Name, "None"), w.Start)
	case w.Type != graphType && len(steps) == 0:
		return noParticipants(w.Type)
	case w.Type == groupChatType && w.rounds() < 1:
		return valueError("GroupChatWorkflow rounds must be >= 1.")
	}
	for _, e := range w.Edges {
		if e.Condition.isEmpty() {
			return valueError("Nested workflow condition cannot be empty.")
		}
	}
	return nil
}

// has reports whether there is what a step refers to.
func (b builder) has(st *step) bool {
	c := b.spec.Components
	switch st.Kind {
	case "function":
		return hasKey(c.Functions, st.Ref)
	case "workflow":
		return hasKey(c.Workflows, st.Ref)
	case "human":
		return hasKey(c.Humans, st.Ref)
	}
	return hasKey(c.Agents, st.Ref)
}

// noParticipants is the error of a workflow in which nobody does anything.
func noParticipants(kind string) error {
	class := map[string]string{sequentialType: "Sequential", concurrentType: "Concurrent", handoffType: "Handoff", groupChatType: "GroupChat"}[kind]
	return valueError("%sWorkflow requires at least one participant.", class)
}
