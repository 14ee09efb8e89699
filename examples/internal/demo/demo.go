// Package demo has a workflow that takes its time on any platform, since it needs neither a model nor a network. In your programs, your own
// specs take its place.
package demo

import (
	"fmt"
	"strconv"
	"time"
)

// Workflow returns the spec of a workflow with the given steps, one after the other. A step called "sleep" takes as long as the input of
// the run says; see [Sleep]. Any other step is an agent of that name, which repeats its input if there is no model.
func Workflow(name string, steps ...string) map[string]any {
	agents := map[string]any{}
	var participants []any
	for i, step := range steps {
		kind, id := "function", fmt.Sprintf("%s%d", step, i+1) // several steps may have the same name
		if step != "sleep" {
			kind, agents[step] = "agent", map[string]any{"name": step}
		}
		participants = append(participants, map[string]any{"id": id, "kind": kind, "ref": step})
	}
	return map[string]any{
		"version": "v1",
		"agent":   map[string]any{"name": "root"},
		"components": map[string]any{
			"functions": map[string]any{"sleep": map[string]any{"implementation": "timeit.timeit"}},
			"agents":    agents,
		},
		// The platform runs the steps of a concurrent workflow one after the other, and gives each of them the input of the run.
		"workflow": map[string]any{"type": "concurrent", "name": name, "participants": participants},
	}
}

// Sleep returns the input with which each "sleep" of a [Workflow] takes d. It is Python, which the function timeit.timeit runs once.
func Sleep(d time.Duration) string {
	return "import time; time.sleep(" + strconv.FormatFloat(d.Seconds(), 'f', -1, 64) + ")\nfor _x in _it: pass"
}
