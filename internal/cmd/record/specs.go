//go:build unix

package main

var agentSpec = map[string]any{"version": "v1", "agent": map[string]any{"name": "root"}}

var components = map[string]any{
	"functions": map[string]any{"f": map[string]any{"implementation": "string.capwords"}, "loads": map[string]any{"implementation": "json.loads"}},
	"humans":    map[string]any{"h": map[string]any{"request_type": "selection", "options": []any{"yes", "no"}, "timeout_seconds": 3600, "context": map[string]any{"k": 1}}},
	"agents":    map[string]any{"w": map[string]any{"name": "writer"}},
}

// workflow is a sequence of steps, each a reference to a function, or to the person.
func workflow(refs ...string) map[string]any {
	var steps []any
	for i, ref := range refs {
		kind := "function"
		if ref == "h" {
			kind = "human"
		}
		steps = append(steps, map[string]any{"id": string(rune('a' + i)), "kind": kind, "ref": ref})
	}
	return map[string]any{
		"version": "v1", "agent": map[string]any{"name": "root"}, "components": components,
		"workflow": map[string]any{"type": "sequential", "name": "wf", "steps": steps},
	}
}

// graph goes from a function to an agent.
var graph = map[string]any{
	"version": "v1", "agent": map[string]any{"name": "root"}, "components": components,
	"workflow": map[string]any{
		"type": "graph", "name": "g", "start": "a",
		"nodes": map[string]any{"a": map[string]any{"id": "a", "kind": "function", "ref": "f", "max_retries": 2, "timeout_seconds": 9}, "b": map[string]any{"id": "b", "kind": "agent", "ref": "w"}},
		"edges": []any{map[string]any{"from": "a", "to": "b", "label": "on"}},
	},
}

// chat is a group chat with a person in the middle.
var chat = map[string]any{
	"version": "v1", "agent": map[string]any{"name": "root"}, "components": components,
	"workflow": map[string]any{"type": "group-chat", "name": "chat", "rounds": 2, "participants": []any{
		map[string]any{"id": "p1", "kind": "agent", "ref": "w"}, map[string]any{"id": "p2", "kind": "human", "ref": "h"}, map[string]any{"id": "p3", "kind": "agent", "ref": "w"},
	}},
}
