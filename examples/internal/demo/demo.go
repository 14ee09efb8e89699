// Package demo has a workflow that takes its time on any platform: it needs no model and no network. Your specs take its place.
package demo

import (
	"fmt"
	"strconv"
	"time"
)

// Workflow is a workflow of the given steps, one after the other. A step called "sleep" takes as long as the input of the run says,
// see [Sleep]; any other is an agent of that name, which repeats its input where there is no model.
func Workflow(name string, steps ...string) map[string]any {
	agents := map[string]any{}
	var participants []any
	for i, step := range steps {
		kind, id := "function", fmt.Sprintf("%s%d", step, i+1) // there may be several of a name
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
		// The platform runs the steps of a concurrent workflow in turn and gives each the input of the run.
		"workflow": map[string]any{"type": "concurrent", "name": name, "participants": participants},
	}
}

// Sleep is the input with which each "sleep" of a [Workflow] takes d. It is Python, for the function timeit.timeit to run once.
func Sleep(d time.Duration) string {
	return "import time; time.sleep(" + strconv.FormatFloat(d.Seconds(), 'f', -1, 64) + ")\nfor _x in _it: pass"
}
