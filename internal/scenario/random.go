package scenario

import (
	"fmt"
	"math/rand/v2"
)

// Random makes a scenario up, the same for the same seed: a spec that may be right or wrong in many ways, an input, and things that are
// done to the run whether they make sense or not.
func Random(seed uint64) Scenario {
	m := &maker{rand.New(rand.NewPCG(seed, 1))} //nolint:gosec // not for secrets
	s := Scenario{Name: fmt.Sprintf("random-%d", seed), Create: map[string]any{"input": pick(m, inputs), "spec": m.spec()}}
	if m.chance(2) {
		s.Create["async_mode"] = true
	}
	if m.chance(10) {
		s.Create["target"] = "agent"
	}
	for range m.IntN(4) {
		s.Then = append(s.Then, m.action())
	}
	return s
}

var (
	inputs    = []string{"hello world", "no json at all", "[1]", "", "<b>", "1 +", "mail a@b.com", "please search", "Rejected"}
	functions = map[string]any{
		"cap": map[string]any{"implementation": "string.capwords"}, "ded": map[string]any{"implementation": "textwrap.dedent"},
		"esc": map[string]any{"implementation": "html.escape"}, "loads": map[string]any{"implementation": "json.loads"}, "zone": map[string]any{"implementation": "zoneinfo.ZoneInfo"},
	}
	kinds     = []string{"sequential", "sequential", "graph", "graph", "concurrent", "handoff", "group-chat"}
	decisions = []string{"approved", "rejected", "edited", "selected", "provided"}
)

type maker struct{ *rand.Rand }

// chance is true once in n times.
func (m *maker) chance(n int) bool { return m.IntN(n) == 0 }

func pick[T any](m *maker, from []T) T { return from[m.IntN(len(from))] }

func (m *maker) action() Action {
	switch m.IntN(6) {
	case 0:
		return Action{Cancel: true}
	case 1:
		return Action{Continue: true}
	}
	resume := map[string]any{"request_id": "q", "decision": pick(m, decisions)}
	if m.chance(2) {
		resume["content"] = pick(m, inputs)
	}
	if m.chance(4) {
		resume["selected_option"] = "yes"
	}
	return Action{Resume: resume}
}

func (m *maker) spec() map[string]any {
	root := map[string]any{"name": "root"}
	if m.chance(8) {
		root["guardrails"] = map[string]any{pick(m, []string{"input", "output", "workflow"}): []any{
			map[string]any{"id": "g", "type": "keyword", "config": map[string]any{"keywords": []any{pick(m, []string{"hello", "Final", "json"})}}},
		}}
	}
	human := map[string]any{}
	if m.chance(3) {
		human["response_role"] = pick(m, []string{"user", "assistant"})
	}
	spec := map[string]any{"version": "v1", "agent": root, "components": map[string]any{
		"functions": functions, "agents": map[string]any{"w": map[string]any{"name": "writer"}}, "humans": map[string]any{"h": human},
		"workflows": map[string]any{"in": map[string]any{"type": "sequential", "name": "inner", "steps": []any{m.step("i1", false), m.step("i2", false)}}},
	}}
	if !m.chance(10) {
		spec["workflow"] = m.workflow()
	}
	return spec
}

func (m *maker) workflow() map[string]any {
	kind := pick(m, kinds)
	w := map[string]any{"type": kind, "name": "wf"}
	if m.chance(5) {
		delete(w, "name")
	}
	var steps []any
	for i := range 1 + m.IntN(4) {
		steps = append(steps, m.step(fmt.Sprintf("s%d", i), true))
	}
	switch kind {
	case "sequential":
		w["steps"] = steps
		m.fallbacks(steps)
	case "graph":
		m.graph(w, steps)
	default:
		w["participants"] = steps
		m.limits(kind, w, steps)
	}
	return w
}

func (m *maker) limits(kind string, w map[string]any, steps []any) {
	if kind == "group-chat" {
		w["rounds"] = 1 + m.IntN(2)
	}
	if kind != "handoff" {
		return
	}
	if m.chance(3) {
		w["max_iterations"] = m.IntN(3)
	}
	switch m.IntN(3) {
	case 0:
		w["selector"] = map[string]any{"type": "round_robin"}
	case 1:
		last := steps[len(steps)-1].(map[string]any)["id"]
		w["selector"] = map[string]any{"type": "sequence", "sequence": []any{last, "s0"}}
	}
}

func (m *maker) graph(w map[string]any, steps []any) {
	nodes := map[string]any{}
	for _, s := range steps {
		nodes[s.(map[string]any)["id"].(string)] = s
	}
	m.fallbacks(steps)
	node := func() string { return fmt.Sprintf("s%d", m.IntN(len(steps))) }
	edges := []any{}
	for range m.IntN(5) {
		e := map[string]any{"from": node(), "to": node()}
		if !m.chance(3) {
			e["condition"] = m.condition(2)
		}
		edges = append(edges, e)
	}
	w["start"], w["nodes"], w["edges"], w["max_steps"] = "s0", nodes, edges, 1+m.IntN(6)
}

// fallbacks gives some steps one of the others to fall back on.
func (m *maker) fallbacks(steps []any) {
	for _, s := range steps {
		if m.chance(5) {
			step := s.(map[string]any)
			step["on_error"], step["fallback_ref"] = "fallback", fmt.Sprintf("s%d", m.IntN(len(steps)))
		}
	}
}

func (m *maker) step(id string, outer bool) map[string]any {
	s := map[string]any{"id": id, "kind": "function", "ref": pick(m, []string{"cap", "ded", "esc", "loads", "loads", "zone"})}
	switch n := m.IntN(10); {
	case n < 2:
		s["kind"], s["ref"] = "agent", "w"
	case n < 4 && outer:
		s["kind"], s["ref"] = "human", "h"
	case n == 4 && outer:
		s["kind"], s["ref"] = "workflow", "in"
	}
	if m.chance(5) {
		s["on_error"] = pick(m, []string{"continue", "retry", "fail"})
	}
	if m.chance(6) {
		s["max_retries"] = 1
	}
	if m.chance(12) {
		s["enabled"] = false
	}
	return s
}

func (m *maker) condition(depth int) map[string]any {
	kinds := []string{"always", "never", "output_contains", "output_equals", "status_is", "metadata_equals", "variable_equals"}
	if depth > 0 {
		kinds = append(kinds, "all_of", "any_of", "not")
	}
	c := map[string]any{"type": pick(m, kinds)}
	switch c["type"] {
	case "output_contains", "output_equals":
		c["value"], c["case_sensitive"] = pick(m, inputs), m.chance(2)
	case "status_is":
		c["value"] = pick(m, []string{"failed", "completed"})
	case "metadata_equals":
		c["key"], c["value"] = "node_kind", pick(m, []string{"function", "agent"})
	case "variable_equals":
		c["key"], c["value"] = "x", 1
	case "all_of", "any_of":
		c["conditions"] = []any{m.condition(depth - 1), m.condition(depth - 1)}
	case "not":
		c["condition"] = m.condition(depth - 1)
	}
	return c
}
