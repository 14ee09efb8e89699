package conformance

import (
	"maps"
	"testing"

	"github.com/kneo-agent/kneo-client-go/kneo"
)

// specWith is a spec of an agent, with more in it.
func specWith(name string, value any) map[string]any {
	spec := maps.Clone(agentSpec)
	spec[name] = value
	return spec
}

// oneStep is a workflow of one step.
func oneStep(kind, ref string) map[string]any {
	return map[string]any{"type": "sequential", "steps": []any{map[string]any{"id": "a", "kind": kind, "ref": ref}}}
}

// compile is a request to compile a spec that may be wrong in what it means.
func compile(spec any, status int, code kneo.ErrorCode) exchange {
	return exchange{"POST", "/v1/specs/compile", map[string]any{"spec": spec, "strict": false}, status, code, "", ""}
}

// isLenient reports whether the server compiles specs that are only wrong in what they mean.
func isLenient(t testing.TB, target *Target) bool {
	return target.has(t, "0.8.0", "`strict: false` of `POST /v1/specs/compile`: older servers answer 500 to a spec that is only wrong in what it means")
}

// buildCases are about specs that are valid, or taken for it, and cannot be built nevertheless.
var buildCases = []Case{
	{"what a spec refers to has to be there", func(t testing.TB, target *Target) {
		if !isLenient(t, target) {
			return
		}
		for _, kind := range []string{"agent", "function", "human", "workflow", "guardrail"} {
			wantAll(t, target, compile(specWith("workflow", oneStep(kind, "none")), 404, kneo.CodeNotFound))
		}
		disabled := oneStep("function", "none")
		disabled["steps"].([]any)[0].(map[string]any)["enabled"] = false
		wantAll(t, target,
			compile(specWith("workflow", disabled), 400, kneo.CodeInvalidRequest),
			compile(specWith("tools", map[string]any{"t": map[string]any{"description": "d", "agent": "none"}}), 404, kneo.CodeNotFound),
			compile(specWith("tools", map[string]any{"t": map[string]any{"description": "d"}}), 200, ""),
			compile(specWith("agent", map[string]any{"name": "r", "skills": []any{"none"}}), 200, ""),
			compile(specWith("agent", map[string]any{"name": "r", "as_agent": "none"}), 400, kneo.CodeInvalidRequest),
		)
	}},
	{"graphs have a start and conditions", func(t testing.TB, target *Target) {
		if !isLenient(t, target) {
			return
		}
		graph := func(start string, condition any) map[string]any {
			spec := steps(capwords)
			spec["workflow"] = map[string]any{
				"type": "graph", "start": start, "nodes": map[string]any{"a": map[string]any{"id": "a", "kind": "function", "ref": "s1"}},
				"edges": []any{map[string]any{"from": "a", "to": "a", "condition": condition}},
			}
			return spec
		}
		wantAll(t, target,
			compile(graph("b", nil), 400, kneo.CodeInvalidRequest),
			compile(graph("a", map[string]any{"type": "not"}), 400, kneo.CodeInvalidRequest),
			compile(graph("a", map[string]any{"type": "all_of"}), 200, ""),
		)
	}},
	{"guardrails and memory are of types that there are", func(t testing.TB, target *Target) {
		for _, agent := range []map[string]any{
			{"name": "r", "guardrails": map[string]any{"input": []any{map[string]any{"id": "g", "type": "none"}}}},
			{"name": "r", "memory": map[string]any{"policy": "none"}},
		} {
			body := create("spec", specWith("agent", agent))
			wantAll(t, target, exchange{"POST", "/v1/runs", body, 400, kneo.CodeInvalidRequest, "", ""})
		}
	}},
	{"what has no module cannot be imported", func(t testing.TB, target *Target) {
		for _, implementation := range []string{"string", "", ".", ".x"} {
			wantAll(t, target,
				exchange{"POST", "/v1/specs/validate", map[string]any{"spec": steps(implementation)}, 200, "", "", ""},
				exchange{"POST", "/v1/specs/compile", map[string]any{"spec": steps(implementation)}, 400, kneo.CodeInvalidRequest, "", ""},
				exchange{"POST", "/v1/runs", create("spec", steps(implementation)), 400, kneo.CodeInvalidRequest, "", ""},
			)
		}
		for _, implementation := range []string{"string.none", "no_such_module.f"} {
			tool := specWith("tools", map[string]any{"t": map[string]any{"description": "d", "implementation": implementation}})
			wantAll(t, target, exchange{"POST", "/v1/specs/compile", map[string]any{"spec": tool}, 500, kneo.CodeInternalError, "", ""})
		}
	}},
	{"a spec without a version is one of v0", func(t testing.TB, target *Target) {
		for _, spec := range []map[string]any{
			{"agent": map[string]any{"name": "r"}},
			{"version": "v0", "root_agent": map[string]any{"name": "r"}},
			{"agent": map[string]any{"name": "r"}, "root_workflow": []any{"r"}, "component_agents": map[string]any{"r": map[string]any{"name": "r"}}},
		} {
			created, err := target.client(t, target.Keys["admin"]).Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{Input: "x", Spec: spec})
			if err != nil || created.OutputText != "Final answer: x" {
				t.Errorf("%v: %+v, %v", spec, created, err)
			}
		}
		if target.has(t, "0.8.0", "400 `spec_invalid`, with diagnostics, for a spec that is invalid") {
			wantAll(t, target, exchange{"POST", "/v1/runs", map[string]any{"input": "x", "spec": map[string]any{}}, 400, kneo.CodeSpecInvalid, "", ""})
		}
	}},
	{"skills are those that the spec declares", func(t testing.TB, target *Target) {
		wantAll(t, target,
			wrongField("POST", "/v1/runs", create("skills", map[string]any{"foo": 1}), "body.skills.foo", "extra_forbidden"),
			wrongField("POST", "/v1/runs", create("skills", map[string]any{"add": "x"}), "body.skills.add", "list_type"),
			wrongField("POST", "/v1/runs", create("skills", map[string]any{"add": []any{1}}), "body.skills.add.0", "string_type"),
			wrongField("POST", "/v1/runs", create("skills", []any{}), "body.skills", "model_attributes_type"),
			exchange{"POST", "/v1/runs", create("skills", map[string]any{"disable": []any{"none"}}), 200, "", "", ""},
			exchange{"POST", "/v1/runs", create("skills", map[string]any{"add": []any{"none"}}), 400, kneo.CodeInvalidRequest, "", ""},
		)
		run := finished(t, target.client(t, target.Keys["admin"]), kneo.RunCreateRequest{Input: "x", Spec: agentSpec, Skills: &kneo.SkillsOverlay{Add: []string{"none"}}})
		if run.Status != kneo.RunFailed || run.Error == nil || run.Error.Type != "ValueError" {
			t.Errorf("%+v", run)
		}
	}},
	{"skills and tools say what they must", func(t testing.TB, target *Target) {
		for name, spec := range map[string]map[string]any{
			"source": specWith("skills", map[string]any{"s": map[string]any{}}), "below": specWith("skills", map[string]any{"s": map[string]any{"source": "../x"}}),
			"description": specWith("tools", map[string]any{"t": map[string]any{"implementation": capwords}}),
		} {
			v, err := target.client(t, target.Keys["admin"]).Agent.Specs.Validate(t.Context(), kneo.SpecValidateRequest{Spec: spec})
			if name == "below" && err == nil && v.Valid && !target.has(t, "1.0.0", "`E_SCHEMA` for skills whose source has `..` or `~`") {
				continue
			}
			if err != nil || v.Valid || v.Diagnostics[0].Code != "E_SCHEMA" {
				t.Errorf("%s: %+v, %v", name, v, err)
			}
		}
	}},
	{"overrides count in what is told of a spec", func(t testing.TB, target *Target) {
		compiled, err := target.client(t, target.Keys["admin"]).Agent.Specs.Compile(t.Context(), kneo.SpecCompileRequest{
			Spec: map[string]any{"version": "v1"}, Overrides: map[string]any{"agent": map[string]any{"name": "r"}, "components": map[string]any{"agents": map[string]any{"b": map[string]any{"name": "b"}}}},
		})
		if err != nil || len(compiled.Summary.ComponentAgents) != 1 {
			t.Errorf("%+v, %v", compiled, err)
		}
	}},
}
