package main

import "time"

// story is a run to make pictures of.
type story struct {
	Name, Title, About string
	Alt                string // what its timeline shows, for those who do not see it
	spec, input        string
	status             string            // in which it is drawn
	pace               []time.Duration   // what each slow thing takes, in the order in which they come
	says               map[string]string // what functions return; what they are given if they have nothing to say
	errors             map[string]string // what functions fail with
	limited            string            // the function whose step has a time limit
	answers            []time.Duration   // after which people approve, one by one
	since              time.Duration     // that a person has been waited for when it is drawn
	previews           bool
}

const (
	ms     = time.Millisecond
	second = time.Second
)

var stories = []story{
	{
		Name: "sequence", Title: "A sequence", status: "completed", input: "search for the news of the week",
		About: "Two functions and two agents, one after the other. The platform traces agents but not functions: the time of the functions is what the agents " +
			"leave of the time of the workflow.",
		Alt:  "the workflow took 7.6 s, and in it the agent researcher 2.6 s and the agent writer 3.1 s.",
		pace: []time.Duration{1400 * ms, 2600 * ms, 3100 * ms, 500 * ms},
		spec: `{
			"components": {
				"functions": {"collect": {"implementation": "pictures.collect"}, "publish": {"implementation": "pictures.publish"}},
				"agents": {"researcher": {"name": "researcher"}, "writer": {"name": "writer"}}
			},
			"workflow": {"type": "sequential", "name": "weekly-report", "steps": [
				{"id": "collect", "kind": "function", "ref": "collect"},
				{"id": "research", "kind": "agent", "ref": "researcher"},
				{"id": "write", "kind": "agent", "ref": "writer"},
				{"id": "publish", "kind": "function", "ref": "publish"}
			]}
		}`,
	},
	{
		Name: "graph", Title: "A graph", status: "completed", input: "search for an answer",
		About: "A loop, a fallback, a person who was not needed, and a workflow inside the graph. The lines that the run followed are thick.",
		Alt:   "the workflow took 6.6 s, and in it the agent writer 2.2 s and again 1.7 s, and the workflow publish 1.2 s.",
		pace:  []time.Duration{900 * ms, 2200 * ms, 300 * ms, 1700 * ms, 300 * ms, 800 * ms, 400 * ms},
		says:  map[string]string{"check": "search again", "check 2": "search no more"}, limited: "fetch",
		spec: `{
			"components": {
				"functions": {"fetch": {"implementation": "pictures.fetch"}, "cached": {"implementation": "pictures.cached"},
					"check": {"implementation": "pictures.check"}, "layout": {"implementation": "pictures.layout"}, "send": {"implementation": "pictures.send"}},
				"agents": {"writer": {"name": "writer"}},
				"humans": {"editor": {"description": "Look at this"}},
				"workflows": {"publish": {"type": "sequential", "name": "publish", "steps": [
					{"id": "layout", "kind": "function", "ref": "layout"}, {"id": "send", "kind": "function", "ref": "send"}]}}
			},
			"workflow": {"type": "graph", "name": "answer", "start": "fetch", "max_steps": 20,
				"nodes": {
					"fetch": {"id": "fetch", "kind": "function", "ref": "fetch", "on_error": "fallback", "fallback_ref": "cached", "max_retries": 2, "timeout_seconds": 30},
					"draft": {"id": "draft", "kind": "agent", "ref": "writer"},
					"check": {"id": "check", "kind": "function", "ref": "check"},
					"editor": {"id": "editor", "kind": "human", "ref": "editor"},
					"publish": {"id": "publish", "kind": "workflow", "ref": "publish"},
					"cached": {"id": "cached", "kind": "function", "ref": "cached"}
				},
				"edges": [
					{"from": "fetch", "to": "draft"},
					{"from": "draft", "to": "check"},
					{"from": "check", "to": "draft", "label": "not good yet", "condition": {"type": "output_contains", "value": "again"}},
					{"from": "check", "to": "editor", "label": "in doubt", "condition": {"type": "output_contains", "value": "doubt"}},
					{"from": "check", "to": "publish"},
					{"from": "editor", "to": "publish"}
				]
			}
		}`,
	},
	{
		Name: "blocked", Title: "A run that waits for a person", status: "blocked", input: "search for the invoice",
		About: "One person has decided, and the run waits for another. In the platform's answer, the current step of this run is `assess`, the step before the first " +
			"person; the picture marks the step that waits. People take hours where programs take seconds, so their bars are drawn shorter, and the " +
			"picture says so.",
		Alt:     "the workflow paused for a person after 3.6 s, was resumed after 2 h 10 min, and has waited for another person for 35 min since.",
		pace:    []time.Duration{1200 * ms, 2400 * ms, 1500 * ms},
		answers: []time.Duration{2*time.Hour + 10*time.Minute},
		since:   35 * time.Minute,
		spec: `{
			"components": {
				"functions": {"verify": {"implementation": "pictures.verify"}, "pay": {"implementation": "pictures.pay"}},
				"agents": {"clerk": {"name": "clerk"}},
				"humans": {"lead": {"description": "Refund?"}, "finance": {"description": "Pay?", "timeout_seconds": 86400, "on_timeout": "fail"}}
			},
			"workflow": {"type": "sequential", "name": "refund", "steps": [
				{"id": "verify", "kind": "function", "ref": "verify"},
				{"id": "assess", "kind": "agent", "ref": "clerk"},
				{"id": "approve", "kind": "human", "ref": "lead"},
				{"id": "prepare", "kind": "function", "ref": "verify"},
				{"id": "release", "kind": "human", "ref": "finance"},
				{"id": "pay", "kind": "function", "ref": "pay"}
			]}
		}`,
	},
	{
		Name: "failed", Title: "A run that failed", status: "failed", input: "search for prices",
		About: "A sequence that fails has no event that says so: its bar is paler because its end is not known, and the error shown is that of the run. The text " +
			"and the page of this timeline have previews.",
		Alt:      "the workflow has no end; in it the agent cleaner took 2 s. The error of the run stands above.",
		pace:     []time.Duration{1200 * ms, 2000 * ms, 800 * ms},
		errors:   map[string]string{"load": "column 'price' has 3 values that are not numbers"},
		previews: true,
		spec: `{
			"components": {
				"functions": {"download": {"implementation": "pictures.download"}, "load": {"implementation": "pictures.load"}, "report": {"implementation": "pictures.report"}},
				"agents": {"cleaner": {"name": "cleaner"}}
			},
			"workflow": {"type": "sequential", "name": "import-prices", "steps": [
				{"id": "download", "kind": "function", "ref": "download"},
				{"id": "clean", "kind": "agent", "ref": "cleaner"},
				{"id": "load", "kind": "function", "ref": "load"},
				{"id": "report", "kind": "function", "ref": "report"}
			]}
		}`,
	},
	{
		Name: "orchestration", Title: "An orchestration", status: "completed", input: "search for arguments",
		About: "The platform has no graph of orchestrations. To draw who had a turn, use what the run knows: `graph.Visited = run.VisitedSteps`.",
		Alt:   "the workflow took 9.6 s, and in it three agents had two turns each, one after the other.",
		pace:  []time.Duration{1800 * ms, 2300 * ms, 900 * ms, 1600 * ms, 1900 * ms, 1100 * ms},
		spec: `{
			"components": {"agents": {"for": {"name": "optimist"}, "against": {"name": "sceptic"}, "chair": {"name": "moderator"}}},
			"workflow": {"type": "group-chat", "name": "debate", "rounds": 2, "participants": [
				{"id": "pro", "kind": "agent", "ref": "for"},
				{"id": "contra", "kind": "agent", "ref": "against"},
				{"id": "sum-up", "kind": "agent", "ref": "chair"}
			]}
		}`,
	},
}
