package kneoview

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kneo-agent/kneo-client-go/kneo"
)

// hostile has what names must not be able to do.
var hostile = []string{
	`say "hi"`, "end", "graph", "subgraph", "default", "click n0 call x()", "x --> y", "o--o", "n0", "style n0 fill:#f00;", "classDef visited fill:#f00;", "linkStyle default fill:#f00;",
	"<script>alert(1)</script>", `"><img src=x onerror=alert(1)>`, "<b>bold</b>", "&lt;b&gt; &amp; &#35;", "#quot; #35; #", "javascript:alert(1)", "</title></style>", "{{.Title}}",
	"a]b)c}d|e", "`code` **bold** *em* __init__ snake_case _x_ ~~no~~", "# heading", "1. first", "2) second", "- item", "+ item", "* item", "> quote", "---", "===", "[a](http://example.com)", "![a](b)",
	"[a]: http://example.com", "www.example.com", "http://example.com/?a=b&c=d", "someone@example.com", "<http://example.com>", "$$x^2$$", "fa:fa-car", `a\nb`, `\"x\"`, `C:\new\table`, `trailing \`,
	`%%{init: {"theme":"forest"}}%%`, "%% comment", "digraph { a -> b }", "*/ // #", "line\nbreak", "tab\tand\r\nmore", "nul\x00 bell\a esc\x1b[31m del\x7f", "c1 \u0085 \u009b31m",
	"bidi \u202egnp.exe\u202c", "separators \u2028 \u2029", "invalid \xff\xfe utf8", "nonchar \ufffe", "日本語の名前", "👩‍👩‍👧 family", "é é", "   spaces   ", "", "\u00a0", strings.Repeat("long ", 40), strings.Repeat("x", 200),
}

// hostileRun is a run whose every name is hostile.
func hostileRun() (*kneo.RunGraph, Timeline) {
	g := &kneo.RunGraph{WorkflowName: hostile[0], WorkflowKind: "graph", Status: kneo.RunRunning, Start: hostile[1], Current: hostile[2], Visited: hostile[:2]}
	var events []kneo.TraceEvent
	for i, text := range hostile {
		g.Nodes = append(g.Nodes, kneo.GraphNode{ID: text, Name: text, Kind: text, OnError: text, FallbackNode: hostile[(i+3)%len(hostile)]})
		g.Edges = append(g.Edges, kneo.GraphEdge{Source: text, Target: hostile[(i+1)%len(hostile)], Label: text, Conditional: i%2 == 0})
		at := time.Date(2026, 11, 24, 9, 0, i, 0, time.UTC)
		events = append(events,
			kneo.TraceEvent{Type: kneo.EventRunStarted, EventID: text, RunID: "r", AgentName: text, Timestamp: at, InputPreview: text},
			kneo.TraceEvent{Type: kneo.EventRunFailed, EventID: text, RunID: "r", AgentName: text, Timestamp: at.Add(time.Second), Error: text, OutputPreview: text},
			kneo.TraceEvent{Type: kneo.TraceEventType(text), RunID: "r", StepID: text, Timestamp: at, Metadata: kneo.TraceMetadata{WorkflowType: text, VisitedSteps: hostile}},
			kneo.TraceEvent{Type: kneo.EventHumanInterventionRequested, RunID: "r", StepID: text, Timestamp: at, Metadata: kneo.TraceMetadata{Request: &kneo.HumanRequest{
				Title: text, Prompt: text, Options: []string{text}, Assignee: text, OnTimeout: kneo.HumanTimeoutAction(text), TimeoutSeconds: 1e300,
			}}})
	}
	run := &kneo.Run{RunID: "r", Status: kneo.RunStatus(hostile[0]), Error: &kneo.RunError{Message: strings.Join(hostile, " ")}}
	return g, Timeline{Events: events, Run: run, Previews: true}
}

// TestHostile holds that names come through as they are, and as nothing else. The graphs are golden files, too, for the real parsers to read:
// see tools/pictures.
func TestHostile(t *testing.T) {
	run, timeline := hostileRun()
	d, err := parseGraph(RunGraph(run))
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "hostile.mmd", RunGraph(run).Mermaid())
	golden(t, "hostile.dot", RunGraph(run).DOT())
	edges := 1 + len(run.Edges) // and the one from the start
	for i, text := range hostile {
		shown := named(text)
		if !slices.ContainsFunc(d.nodes, func(n string) bool { return strings.HasPrefix(n, shown) }) || !strings.Contains(strings.Join(d.edges, "\n"), label(text)) {
			t.Errorf("%q is not shown as %q", text, shown)
		}
		if run.Nodes[i].FallbackNode != "" {
			edges++
		}
	}
	if len(d.nodes) != len(hostile)+1 || len(d.edges) != edges {
		t.Errorf("%d nodes and %d edges of %d names", len(d.nodes), len(d.edges), len(hostile))
	}

	for width, limit := range map[int]int{0: 80, 1: 50, 50: 50, 80: 80, 200: 200} {
		timeline.Width = width
		if err := checkText(text(t, timeline), limit); err != nil {
			t.Errorf("width %d: %v", width, err)
		}
	}
	shown, err := parsePage(page(t, timeline))
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range hostile {
		if !strings.Contains(shown, clean(text)) || !strings.Contains(shown, cleanLines(text)) {
			t.Errorf("the page does not show %q", text)
		}
	}
}
