package kneoview_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os"
	"strings"
	"time"

	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
	"github.com/kneo-agent/kneo-client-go/kneo/kneoview"
)

// spec is a graph with a person in it.
var spec = map[string]any{
	"version": "v1",
	"agent":   map[string]any{"name": "root"},
	"components": map[string]any{
		"agents": map[string]any{"writer": map[string]any{"name": "writer"}},
		"humans": map[string]any{"editor": map[string]any{"description": "Can this go out?"}},
	},
	"workflow": map[string]any{
		"type": "graph", "name": "news", "start": "draft",
		"nodes": map[string]any{
			"draft":  map[string]any{"id": "draft", "kind": "agent", "ref": "writer"},
			"review": map[string]any{"id": "review", "kind": "human", "ref": "editor"},
		},
		"edges": []any{
			map[string]any{"from": "draft", "to": "review"},
			map[string]any{"from": "review", "to": "draft", "label": "rejected", "condition": map[string]any{"type": "output_contains", "value": "Rejected"}},
		},
	},
}

// platform returns a client of a platform in this process, and what closes that.
func platform() (client *kneo.Client, done func()) {
	srv := kneotest.NewServer(kneotest.WithoutSockets())
	return srv.Client(), srv.Close
}

// aRun makes a run that waits for a person, and returns its id.
func aRun(client *kneo.Client) string {
	run, err := client.Platform.Runs.CreateAndWait(context.Background(), kneo.RunCreateRequest{Input: "news", Spec: spec}, kneo.WithTerminalStatuses(kneo.RunBlocked))
	if err != nil {
		log.Fatal(err)
	}
	return run.RunID
}

func ExampleRunGraph() {
	client, done := platform() // or kneo.NewClient
	defer done()
	graph, err := client.Platform.Runs.Graph(context.Background(), aRun(client))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(kneoview.RunGraph(graph).Mermaid())
	// Output:
	// ---
	// title: "news, graph, blocked"
	// ---
	// flowchart TD
	//   n0(("start")):::step
	//   n1(["draft<br/>agent<br/>visited"]):::visited
	//   n2{{"review<br/>human<br/>waits for a person"}}:::waiting
	//   n0 --> n1
	//   n1 --> n2
	//   n2 -.->|"if rejected"| n1
	//   classDef step fill:#f3f4f6,stroke:#6b7280,stroke-width:1px,color:#1f2937
	//   classDef visited fill:#dbeafe,stroke:#1d4ed8,stroke-width:1.5px,color:#1f2937
	//   classDef waiting fill:#ede9fe,stroke:#6d28d9,stroke-width:3px,color:#1f2937
	//   linkStyle 0,1 stroke-width:3px
}

func ExampleSpecGraph() {
	client, done := platform() // or kneo.NewClient
	defer done()
	graph, err := client.Agent.Specs.Graph(context.Background(), kneo.SpecGraphRequest{Spec: spec})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(kneoview.SpecGraph(graph).DOT()) // go run . | dot -Tsvg >news.svg
	// Output:
	// digraph {
	//   graph [label="news, graph, at most 50 steps" labelloc=t fontname="Helvetica,Arial,sans-serif" fontsize=14 fontcolor="#1f2937" bgcolor="#ffffff" pad=0.2]
	//   node [fontname="Helvetica,Arial,sans-serif" fontsize=11 fontcolor="#1f2937" margin="0.16,0.09"]
	//   edge [fontname="Helvetica,Arial,sans-serif" fontsize=10 fontcolor="#374151" color="#6b7280" arrowsize=0.7]
	//   n0 [label="start" shape=circle margin=0.02 style="filled" fillcolor="#f3f4f6" color="#6b7280" penwidth=1]
	//   n1 [label="draft\nagent" shape=ellipse margin=0.03 style="filled" fillcolor="#f3f4f6" color="#6b7280" penwidth=1]
	//   n2 [label="review\nhuman" shape=hexagon margin=0.05 style="filled" fillcolor="#f3f4f6" color="#6b7280" penwidth=1]
	//   n0 -> n1
	//   n1 -> n2
	//   n2 -> n1 [label=" if rejected " style=dotted tailport=e headport=e]
	// }
}

func ExampleTimeline() {
	client, done := platform() // or kneo.NewClient
	defer done()
	ctx, id := context.Background(), aRun(client)
	run, err := client.Platform.Runs.Get(ctx, id)
	if err != nil {
		log.Fatal(err)
	}
	timeline := kneoview.Timeline{Run: run, Now: time.Now()}
	for event, err := range client.Platform.Runs.TraceAll(ctx, id, kneo.TraceParams{}) {
		if err != nil {
			log.Fatal(err)
		}
		timeline.Events = append(timeline.Events, event)
	}
	var page bytes.Buffer // or a file, or the answer of a web server
	if err := timeline.WriteHTML(&page); err != nil {
		log.Fatal(err)
	}
	fmt.Println(strings.Count(page.String(), "<details>"), "rows")
	// Output: 3 rows
}

func ExampleTimeline_WriteText() {
	at := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	timeline := kneoview.Timeline{Events: []kneo.TraceEvent{
		{Type: kneo.EventWorkflowStarted, RunID: "4711", WorkflowName: "news", Timestamp: at},
		{Type: kneo.EventRunStarted, RunID: "4711", AgentName: "writer", Timestamp: at.Add(200 * time.Millisecond)},
		{Type: kneo.EventRunFailed, RunID: "4711", AgentName: "writer", Timestamp: at.Add(2 * time.Second), Error: "no more words"},
	}}
	if err := timeline.WriteText(os.Stdout); err != nil {
		log.Fatal(err)
	}
	// Output:
	// Run 4711
	// 2026-11-24 09:00:00 UTC, at least 2s, 3 events
	//
	//        at     took  0                    2s
	//       0ms      2s+  ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒  workflow news (no end)
	//     200ms     1.8s    █████████████████████    agent writer (failed)
	//                                                  error: no more words
}
