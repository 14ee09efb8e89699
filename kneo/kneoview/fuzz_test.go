package kneoview

import (
	"strings"
	"testing"
	"time"

	"github.com/kneo-agent/kneo-client-go/kneo"
)

// FuzzGraph holds that no id, name or label breaks out of a graph: our parsers read from both forms as many nodes and edges as there are, and every
// text as it is.
func FuzzGraph(f *testing.F) {
	for i, text := range hostile {
		f.Add(text, hostile[(i+1)%len(hostile)], hostile[(i+2)%len(hostile)], "human", "blocked", i)
	}
	f.Fuzz(func(t *testing.T, a, b, name, kind, status string, n int) {
		nodes := []kneo.GraphNode{
			{ID: a, Name: name, Kind: kind, OnError: kind, MaxRetries: n, TimeoutSeconds: float64(n) / 3},
			{ID: b, Name: b, Kind: "agent", FallbackNode: a},
		}
		edges := []kneo.GraphEdge{{Source: a, Target: b, Label: name, Conditional: n%2 == 0, Priority: n}, {Source: b, Target: kind, Label: a}}
		run := &kneo.RunGraph{WorkflowName: name, WorkflowKind: kind, Status: kneo.RunStatus(status), Start: b, Nodes: nodes, Edges: edges, Current: a, Visited: []string{a, b, name}, MaxSteps: n}
		spec := &kneo.SpecGraph{WorkflowName: a, WorkflowKind: kind, Start: a, Nodes: nodes, Edges: edges, MaxSteps: n}
		bare := &kneo.RunGraph{WorkflowName: name, Status: kneo.RunStatus(status), Visited: []string{a, b, name}}
		for _, g := range []Graph{RunGraph(run), SpecGraph(spec), RunGraph(bare)} {
			d, err := parseGraph(g)
			if err != nil {
				t.Fatal(err)
			}
			if len(d.nodes) != len(g.nodes) || len(d.edges) != len(g.edges) || d.title != plainly(g.title) {
				t.Fatalf("%d nodes, %d edges and %q became %q", len(g.nodes), len(g.edges), g.title, d)
			}
			for i, n := range g.nodes {
				if want := strings.Join(n.text(), "\n"); d.nodes[i] != plainly(want) {
					t.Fatalf("%q became %q", want, d.nodes[i])
				}
			}
		}
	})
}

// FuzzTimeline holds that no events make it panic, no text breaks out of a page, and no line is too long.
func FuzzTimeline(f *testing.F) {
	f.Add([]byte{0, 0, 0, 1, 1, 9, 2, 1, 20, 7, 2, 30, 4, 0, 90, 5, 0, 99}, "a", "b", "running", 80)
	for i, text := range hostile {
		f.Add([]byte{0, 0, 5, byte(i % 9), byte(i), 7, 7, 1, 2, 9, 9, 9, 3, 0, 0}, text, hostile[(i+1)%len(hostile)], "failed", i)
	}
	kinds := []kneo.TraceEventType{
		kneo.EventWorkflowStarted, kneo.EventRunStarted, kneo.EventRunCompleted, kneo.EventRunFailed, kneo.EventWorkflowResumed,
		kneo.EventWorkflowCompleted, kneo.EventWorkflowFailed, kneo.EventHumanInterventionRequested, "surprise",
	}
	f.Fuzz(func(t *testing.T, script []byte, a, b, status string, width int) {
		var events []kneo.TraceEvent
		names := []string{a, b, ""}
		for ; len(script) >= 3 && len(events) < 200; script = script[3:] {
			name := names[int(script[1])%len(names)]
			e := kneo.TraceEvent{
				Type: kinds[int(script[0])%len(kinds)], RunID: names[int(script[1])/3%len(names)], EventID: name, AgentName: name, WorkflowName: name, StepID: b, Error: name,
				InputPreview: a, OutputPreview: b, Metadata: kneo.TraceMetadata{VisitedSteps: names, Request: &kneo.HumanRequest{Prompt: a, TimeoutSeconds: float64(width)}},
			}
			switch { // in small steps, in leaps of years, and not at all
			case script[2] < 200:
				e.Timestamp = nine.Add(time.Duration(script[2]) * time.Second)
			case script[2] < 240:
				e.Timestamp = nine.AddDate(int(script[2])*40*(1-2*(int(script[2])%2)), 0, 0)
			}
			events = append(events, e)
		}
		timeline := Timeline{Events: events, Run: &kneo.Run{RunID: a, Status: kneo.RunStatus(status), Error: &kneo.RunError{Message: b}}, Previews: width%2 == 0, Width: width % 300, Now: nine.Add(time.Hour)}
		limit := max(width%300, narrowestWidth)
		if width%300 == 0 {
			limit = defaultWidth
		}
		if err := checkText(text(t, timeline), limit); err != nil {
			t.Fatal(err)
		}
		if _, err := parsePage(page(t, timeline)); err != nil {
			t.Fatalf("%v in\n%s", err, page(t, timeline))
		}
	})
}
