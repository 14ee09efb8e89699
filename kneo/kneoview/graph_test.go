package kneoview

import (
	"slices"
	"strings"
	"testing"

	"github.com/kneo-agent/kneo-client-go/internal/scenario"
	"github.com/kneo-agent/kneo-client-go/kneo"
)

// TestEveryRecordedGraph reads what is drawn of every run that was recorded, and compares it with what the platform said.
func TestEveryRecordedGraph(t *testing.T) {
	all, err := scenario.Load(scenarios)
	if err != nil {
		t.Fatal(err)
	}
	drawn := 0
	for _, s := range all {
		r := read(t, s.Name)
		if r.graph == nil { // there is none of a spec with mistakes
			continue
		}
		drawn++
		d, err := parseGraph(RunGraph(r.graph))
		if err != nil {
			t.Errorf("%s: %v", s.Name, err)
			continue
		}
		if !strings.HasSuffix(d.title, string(r.graph.Status)) || !strings.HasPrefix(d.title, r.graph.WorkflowName) {
			t.Errorf("%s: title %q", s.Name, d.title)
		}
		if len(r.graph.Nodes) == 0 {
			if len(d.nodes) != 1 || d.nodes[0] != noNodes {
				t.Errorf("%s: %q in the place of nodes", s.Name, d.nodes)
			}
			continue
		}
		if len(d.nodes) != len(r.graph.Nodes)+1 || len(d.edges) < len(r.graph.Edges)+1 {
			t.Errorf("%s: %q", s.Name, d)
		}
		for _, n := range r.graph.Nodes {
			i := slices.IndexFunc(d.nodes, func(text string) bool { return strings.HasPrefix(text+"\n", n.ID+"\n") })
			if i < 0 || strings.Contains(d.nodes[i], "visited") != slices.Contains(r.graph.Visited, n.ID) {
				t.Errorf("%s: node %s in %q", s.Name, n.ID, d.nodes)
			}
		}
	}
	if drawn < 100 {
		t.Errorf("only %d graphs were recorded", drawn)
	}
}

// TestStanding has where runs stand, as the platform reports them and as they are.
func TestStanding(t *testing.T) {
	sequence := []kneo.GraphNode{{ID: "a"}, {ID: "b"}, {ID: "c"}}
	for name, test := range map[string]struct {
		graph kneo.RunGraph
		want  string // the node with its last line, or none
	}{
		"sequence at work":                    {kneo.RunGraph{Status: kneo.RunRunning, WorkflowKind: "sequential", Current: "b", Visited: []string{"a"}}, "b\nat work"},
		"queued":                              {kneo.RunGraph{Status: kneo.RunRunning, WorkflowKind: "sequential"}, ""},
		"graph in a loop":                     {kneo.RunGraph{Status: kneo.RunRunning, WorkflowKind: "graph", Current: "a", Visited: []string{"a", "b"}}, "a\nvisited, at work"},
		"sequence blocked":                    {kneo.RunGraph{Status: kneo.RunBlocked, WorkflowKind: "sequential", Current: "a", Visited: []string{"a"}}, "b\nwaits for a person"},
		"sequence blocked for the first step": {kneo.RunGraph{Status: kneo.RunBlocked, WorkflowKind: "sequential"}, "a\nwaits for a person"},
		"sequence blocked again":              {kneo.RunGraph{Status: kneo.RunBlocked, WorkflowKind: "sequential", Current: "a", Visited: []string{"a", "b"}}, "c\nwaits for a person"},
		"graph blocked":                       {kneo.RunGraph{Status: kneo.RunBlocked, WorkflowKind: "graph", Current: "c", Visited: []string{"a"}}, "c\nwaits for a person"},
		"sequence completed":                  {kneo.RunGraph{Status: kneo.RunCompleted, WorkflowKind: "sequential", Current: "a", Visited: []string{"a", "b", "c"}}, "c\nvisited, last"},
		"sequence failed":                     {kneo.RunGraph{Status: kneo.RunFailed, WorkflowKind: "sequential", Current: "b", Visited: []string{"a"}}, "b\nfailed here"},
		"sequence failed, current is stale":   {kneo.RunGraph{Status: kneo.RunFailed, WorkflowKind: "sequential", Current: "a", Visited: []string{"a", "b"}}, ""},
		"failed before it began":              {kneo.RunGraph{Status: kneo.RunFailed, WorkflowKind: "sequential"}, ""},
		"graph failed in a loop":              {kneo.RunGraph{Status: kneo.RunFailed, WorkflowKind: "graph", Current: "a", Visited: []string{"a", "b"}, MaxSteps: 9}, "a\nvisited, failed here"},
		"graph failed at the limit":           {kneo.RunGraph{Status: kneo.RunFailed, WorkflowKind: "graph", Current: "a", Visited: []string{"a", "b", "a"}, MaxSteps: 3}, "a\nvisited 2 times, limit of 3 steps reached"},
		"sequence cancelled for a person":     {kneo.RunGraph{Status: kneo.RunCancelled, WorkflowKind: "sequential", Current: "a", Visited: []string{"a"}}, ""},
		"graph cancelled":                     {kneo.RunGraph{Status: kneo.RunCancelled, WorkflowKind: "graph", Current: "b", Visited: []string{"a"}}, "b\ncancelled here"},
		"graph timed out":                     {kneo.RunGraph{Status: kneo.RunTimedOut, WorkflowKind: "graph", Current: "b", Visited: []string{"a"}}, "b\ntimed out here"},
		"graph expired":                       {kneo.RunGraph{Status: kneo.RunExpired, WorkflowKind: "graph", Current: "b", Visited: []string{"a"}}, "b\nexpired here"},
		"a status of tomorrow":                {kneo.RunGraph{Status: "paused", WorkflowKind: "graph", Current: "b", Visited: []string{"a"}}, "b\ncurrent"},
		"current is nowhere":                  {kneo.RunGraph{Status: kneo.RunRunning, Current: "z"}, "z\nnot among the nodes\nat work"},
	} {
		test.graph.Nodes = sequence
		d, err := parseGraph(RunGraph(&test.graph))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var standing []string
		for _, n := range d.nodes {
			if _, state, _ := strings.Cut(n, "\n"); state != "" && state != "visited" && state != "visited 2 times" {
				standing = append(standing, n)
			}
		}
		if got := strings.Join(standing, "|"); got != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}

// TestTaken has the edges that a run followed: those between nodes that it visited one after the other, and the one to where it stands.
func TestTaken(t *testing.T) {
	nodes := []kneo.GraphNode{{ID: "a"}, {ID: "b", FallbackNode: "c"}, {ID: "c"}}
	edges := []kneo.GraphEdge{{Source: "a", Target: "b"}, {Source: "b", Target: "a"}, {Source: "b", Target: "c"}, {Source: "c", Target: "c"}}
	for name, test := range map[string]struct {
		start, current string
		status         kneo.RunStatus
		visited        []string
		want           []string
	}{
		"completed":      {"a", "c", kneo.RunCompleted, []string{"a", "b", "c"}, []string{"start a", "a b", "b c"}},
		"in a loop":      {"a", "b", kneo.RunRunning, []string{"a", "b", "a"}, []string{"start a", "a b", "b a"}},
		"at the start":   {"a", "a", kneo.RunFailed, nil, []string{"start a"}},
		"jumped":         {"a", "c", kneo.RunCompleted, []string{"a", "c"}, []string{"start a"}},
		"no start":       {"", "b", kneo.RunBlocked, []string{"a"}, []string{"a b"}},
		"no visit":       {"", "b", kneo.RunBlocked, nil, nil},
		"once by itself": {"c", "c", kneo.RunCompleted, []string{"c", "c"}, []string{"start c", "c c"}},
	} {
		g := RunGraph(&kneo.RunGraph{Nodes: nodes, Edges: edges, WorkflowKind: "graph", Start: test.start, Current: test.current, Status: test.status, Visited: test.visited})
		var taken []string
		for _, e := range g.edges {
			if e.taken {
				taken = append(taken, g.nodes[e.from].lines[0]+" "+g.nodes[e.to].lines[0])
			}
		}
		if !slices.Equal(taken, test.want) {
			t.Errorf("%s: got %q, want %q", name, taken, test.want)
		}
		if n := strings.Count(g.DOT(), "penwidth=2.5"); n != len(taken) {
			t.Errorf("%s: %d edges are thick", name, n)
		}
	}
}

func TestNodesAndEdges(t *testing.T) {
	d, err := parseGraph(SpecGraph(&kneo.SpecGraph{
		WorkflowName: "g", WorkflowKind: "graph", MaxSteps: 7, Start: "b",
		Nodes: []kneo.GraphNode{
			{ID: "a", Name: "Alpha", Kind: "human", OnError: "continue"},
			{ID: "b", Name: "b", Kind: "agent", MaxRetries: 1, TimeoutSeconds: 2.5, OnError: "fallback", FallbackNode: "gone"},
			{ID: "b", Name: "twin"},
			{Kind: "function"},
		},
		Edges: []kneo.GraphEdge{
			{Source: "b", Target: "a", Conditional: true},
			{Source: "b", Target: "a", Conditional: true, Label: "good", Priority: 2},
			{Source: "a", Target: "a", Label: "again"},
			{Source: "a", Target: "b", Priority: -1},
			{Source: "a", Target: ""},
		},
	}))
	if err != nil {
		t.Fatal(err)
	}
	nodes := []string{"start", "b\nagent\n1 retry, at most 2.5 s", "twin (b)", "Alpha (a)\nhuman\ngoes on after an error", "(no name)\nfunction", "gone\nnot among the nodes"}
	edges := []string{"0 -> 1", "1 -> 3 if …", "1 -> 3 if good, priority 2", "3 -> 3 again", "3 -> 1 priority -1", "3 -> 4", "1 -> 5 on error"}
	if d.title != "g, graph, at most 7 steps" || !slices.Equal(d.nodes, nodes) || !slices.Equal(d.edges, edges) {
		t.Errorf("got %q", d)
	}
}

// TestWhatWasVisitedWithoutGraph has a row of an orchestration's turns, if somebody says which those are.
func TestWhatWasVisitedWithoutGraph(t *testing.T) {
	r := read(t, "group-chat-human")
	if len(r.graph.Visited) > 0 {
		t.Fatal("the platform says itself what an orchestration has visited: mend the documentation of RunGraph")
	}
	r.graph.Visited = r.run.VisitedSteps
	d, err := parseGraph(RunGraph(r.graph))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"p1\nturn 1", "hum\nturn 2", "p2\nturn 3", "p1\nturn 4", "hum\nturn 5", "p2\nturn 6"}
	if !slices.Equal(d.nodes, want) || len(d.edges) != 5 {
		t.Errorf("got %q", d)
	}
}

func TestNoGraph(t *testing.T) {
	for name, g := range map[string]Graph{
		"zero": {}, "no run": RunGraph(nil), "no spec": SpecGraph(nil),
		"empty run": RunGraph(&kneo.RunGraph{}), "empty spec": SpecGraph(&kneo.SpecGraph{}),
		"start only": SpecGraph(&kneo.SpecGraph{Start: "a"}),
	} {
		d, err := parseGraph(g)
		if err != nil || len(d.nodes) == 0 || !strings.HasSuffix(d.nodes[len(d.nodes)-1], ".") {
			t.Errorf("%s: %q, %v", name, d, err)
		}
	}
}

// TestColours holds that texts can be read: their contrast with the ground of their nodes is that of the WCAG's level AAA.
func TestColours(t *testing.T) {
	for _, l := range looks {
		if c := contrast(t, "#1f2937", l.fill); c < 7 {
			t.Errorf("text on %s: %.1f", l.class, c)
		}
	}
}
