package kneoview

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/kneo-agent/kneo-client-go/kneo"
)

// Graph is a picture of a workflow, as [RunGraph] and [SpecGraph] draw it. [Graph.Mermaid] and [Graph.DOT] write it.
//
// Shapes tell the kinds of nodes apart:
//
//	             Mermaid           DOT
//	agent        stadium           ellipse
//	function     rectangle         box
//	workflow     subroutine        component
//	human        hexagon           hexagon
//	guardrail    trapezoid         trapezium
//	any other    rounded box       rounded box
//
// For sequences, the platform does not tell the kinds of the steps, nor their retries and time limits. Edges that depend on a condition
// are dotted, edges to a fallback are dashed, and edges that the run followed are thick. Nothing is shown by colour alone.
type Graph struct {
	title string
	note  string // stands in the place of nodes
	nodes []node
	edges []edge
}

type node struct {
	kind  string
	lines []string // what it is
	state state
	said  []string // of its state
}

// text returns all lines of a node.
func (n node) text() []string {
	if n.said == nil {
		return n.lines
	}
	return append(slices.Clip(n.lines), strings.Join(n.said, ", "))
}

// The kinds of nodes that are not the platform's.
const (
	kindStart = "(start)"
	kindNote  = "(note)"
)

type edge struct {
	from, to int // indices of nodes
	label    string
	way      way
	taken    bool // by the run
}

type way int

const (
	wayPlain way = iota
	wayConditional
	wayFallback
)

// SpecGraph draws the graph of a spec, an answer of [kneo.SpecsService.Graph].
//
// The platform has no graph for agents and orchestrations (concurrent, handoff, group-chat); the picture says so.
func SpecGraph(g *kneo.SpecGraph) Graph {
	if g == nil {
		return Graph{note: noGraph}
	}
	title := []string{g.WorkflowName, g.WorkflowKind}
	if g.MaxSteps > 0 {
		title = append(title, fmt.Sprintf("at most %d steps", g.MaxSteps))
	}
	b := newBuilder(title...)
	b.build(g.Nodes, g.Edges, g.Start)
	if len(g.Nodes) == 0 {
		b.note = noNodes
	}
	return b.Graph
}

// RunGraph draws the graph of a run, an answer of [kneo.RunsService.Graph], and shows which nodes it has visited and where it is now.
//
// Where the run is now is not always what the platform calls current. A blocked sequence waits at its first step that has not ended,
// whichever step the platform names; a completed run is at the node that it visited last.
//
// The platform has no graph for agents and orchestrations (concurrent, handoff, group-chat), and does not say here what they visited; the
// picture says so. To see the turns of an orchestration in order, fill in Visited from the run:
//
//	graph.Visited = run.VisitedSteps
func RunGraph(g *kneo.RunGraph) Graph {
	if g == nil {
		return Graph{note: noGraph}
	}
	b := newBuilder(g.WorkflowName, g.WorkflowKind, string(g.Status))
	if len(g.Nodes) == 0 {
		b.row(g.Visited)
		return b.Graph
	}
	b.build(g.Nodes, g.Edges, g.Start)
	b.mark(g)
	return b.Graph
}

const (
	noGraph = "There is no graph."
	noNodes = "The platform has no graph of agents and orchestrations."
)

// builder makes a graph out of what the platform says.
type builder struct {
	Graph
	index map[string]int // of nodes, by their ids
}

func newBuilder(title ...string) *builder {
	var said []string
	for _, part := range title {
		if part = label(part); part != "" {
			said = append(said, part)
		}
	}
	return &builder{Graph: Graph{title: strings.Join(said, ", ")}, index: map[string]int{}}
}

func (b *builder) build(nodes []kneo.GraphNode, edges []kneo.GraphEdge, start string) {
	begin := -1
	if start != "" {
		begin = b.add(node{kind: kindStart, lines: []string{"start"}})
	}
	for _, n := range fromStart(nodes, edges, start) {
		if _, twice := b.index[n.ID]; !twice {
			b.index[n.ID] = len(b.nodes)
		}
		b.add(node{kind: n.Kind, lines: describe(n)})
	}
	if begin >= 0 {
		b.edges = append(b.edges, edge{from: begin, to: b.node(start)})
	}
	for _, e := range edges {
		b.edges = append(b.edges, edge{from: b.node(e.Source), to: b.node(e.Target), way: wayOf(e), label: labelOf(e)})
	}
	for _, n := range nodes {
		if n.FallbackNode != "" {
			b.edges = append(b.edges, edge{from: b.node(n.ID), to: b.node(n.FallbackNode), way: wayFallback, label: "on error"})
		}
	}
}

// fromStart sorts nodes by their distance from the start; those out of reach come last. The platform sorts the nodes of a graph by their ids, and in a
// loop Mermaid puts that node on top which comes first.
func fromStart(nodes []kneo.GraphNode, edges []kneo.GraphEdge, start string) []kneo.GraphNode {
	distance := map[string]int{start: 0}
	next := map[string][]string{}
	for _, e := range edges {
		next[e.Source] = append(next[e.Source], e.Target)
	}
	for queue := []string{start}; len(queue) > 0; queue = queue[1:] {
		for _, id := range next[queue[0]] {
			if _, seen := distance[id]; !seen {
				distance[id] = len(distance)
				queue = append(queue, id)
			}
		}
	}
	rank := func(n kneo.GraphNode) int {
		if d, ok := distance[n.ID]; ok {
			return d
		}
		return len(distance)
	}
	sorted := slices.Clone(nodes)
	slices.SortStableFunc(sorted, func(a, b kneo.GraphNode) int { return cmp.Compare(rank(a), rank(b)) })
	return sorted
}

func (b *builder) add(n node) int {
	b.nodes = append(b.nodes, n)
	return len(b.nodes) - 1
}

// node returns the index of the node with that id. An id that no node has gets a node that says so.
func (b *builder) node(id string) int {
	at, ok := b.index[id]
	if !ok {
		at = b.add(node{lines: []string{named(id), "not among the nodes"}})
		b.index[id] = at
	}
	return at
}

// row draws what was visited, for a workflow without a graph.
func (b *builder) row(visited []string) {
	if len(visited) == 0 {
		b.note = noNodes
		return
	}
	for i, id := range visited {
		at := b.add(node{lines: []string{named(id), "turn " + strconv.Itoa(i+1)}, state: stateVisited})
		if i > 0 {
			b.edges = append(b.edges, edge{from: at - 1, to: at, taken: true})
		}
	}
}

// named is the name of a node to show.
func named(name string) string { return cmp.Or(label(name), "(no name)") }

// describe returns what is to be said of a node: its name, and how it is run.
func describe(n kneo.GraphNode) []string {
	name := named(cmp.Or(n.Name, n.ID))
	if id := label(n.ID); id != "" && id != name {
		name += " (" + id + ")"
	}
	lines := []string{name}
	if kind := label(n.Kind); kind != "" {
		lines = append(lines, kind)
	}
	var limits []string
	if n.MaxRetries > 0 {
		limits = append(limits, plural(n.MaxRetries, "retry", "retries"))
	}
	if n.TimeoutSeconds > 0 {
		limits = append(limits, "at most "+strconv.FormatFloat(n.TimeoutSeconds, 'f', -1, 64)+" s")
	}
	if limits != nil {
		lines = append(lines, strings.Join(limits, ", "))
	}
	if n.OnError == "continue" {
		lines = append(lines, "goes on after an error")
	}
	return lines
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

func wayOf(e kneo.GraphEdge) way {
	if e.Conditional {
		return wayConditional
	}
	return wayPlain
}

func labelOf(e kneo.GraphEdge) string {
	said := label(e.Label)
	switch {
	case e.Conditional && said != "":
		said = "if " + said
	case e.Conditional:
		said = "if …"
	}
	if e.Priority != 0 {
		said = strings.TrimPrefix(said+", priority "+strconv.Itoa(e.Priority), ", ")
	}
	return said
}

// drawn returns the nodes to draw: those that there are, or the note in their place.
func (g Graph) drawn() []node {
	if g.note == "" && len(g.nodes) > 0 {
		return g.nodes
	}
	return append(slices.Clip(g.nodes), node{kind: kindNote, lines: []string{cmp.Or(g.note, noGraph)}})
}
