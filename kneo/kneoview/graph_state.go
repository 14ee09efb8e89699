package kneoview

import (
	"fmt"
	"slices"

	"github.com/kneo-agent/kneo-client-go/kneo"
)

// state is how far a run is with a node.
type state int

const (
	stateNone    state = iota // of the nodes of a spec
	stateAhead                // not visited
	stateVisited              // has ended, well or not
	stateWorking
	stateWaiting // for a person
	stateFailed
	stateStopped // by whoever cancelled the run, or by the clock
)

// mark notes what became of each node, which way the run went, and where it stands.
func (b *builder) mark(g *kneo.RunGraph) {
	var path []int
	if b.nodes[0].kind == kindStart {
		path = append(path, 0)
	}
	visits := map[int]int{}
	for _, id := range g.Visited {
		at := b.node(id)
		visits[at]++
		path = append(path, at)
	}
	standing, state, said := standing(g)
	at := -1
	if standing != "" {
		at = b.node(standing)
		if n := len(path); n == 0 || path[n-1] != at { // else it stands at what it visited last
			path = append(path, at)
		}
	}
	for i := range b.nodes {
		n := &b.nodes[i]
		if n.kind == kindStart {
			continue
		}
		n.state = stateAhead
		if visits[i] > 0 {
			n.state, n.said = stateVisited, []string{visited(visits[i])}
		}
		if i == at {
			n.state, n.said = state, append(n.said, said)
		}
	}
	for i := 1; i < len(path); i++ {
		b.take(path[i-1], path[i])
	}
}

func visited(times int) string {
	if times == 1 {
		return "visited"
	}
	return fmt.Sprintf("visited %d times", times)
}

// take marks the edges from one node to the next.
func (b *builder) take(from, to int) {
	for i := range b.edges {
		if e := &b.edges[i]; e.from == from && e.to == to && e.way != wayFallback {
			e.taken = true
		}
	}
}

// standing returns where a run stands, and how. The platform's current is the step at work and, when none is, the last one; but a
// sequence that waits for a person leaves it at the step before, for good.
func standing(g *kneo.RunGraph) (id string, as state, said string) {
	current, last := g.Current, ""
	if n := len(g.Visited); n > 0 {
		last = g.Visited[n-1]
	}
	unended := current // where the run got no further, if that is known
	if current == last || g.WorkflowKind == sequential && slices.Contains(g.Visited, current) {
		unended = ""
	}
	switch g.Status {
	case kneo.RunRunning:
		return current, stateWorking, "at work"
	case kneo.RunBlocked:
		if g.WorkflowKind == sequential {
			current = firstUnvisited(g)
		}
		return current, stateWaiting, "waits for a person"
	case kneo.RunCompleted:
		return last, stateVisited, "last"
	case kneo.RunFailed:
		if g.MaxSteps > 0 && len(g.Visited) >= g.MaxSteps {
			return last, stateFailed, fmt.Sprintf("limit of %d steps reached", g.MaxSteps)
		}
		return unended, stateFailed, "failed here"
	case kneo.RunCancelled:
		return unended, stateStopped, "cancelled here"
	case kneo.RunTimedOut:
		return unended, stateStopped, "timed out here"
	case kneo.RunExpired:
		return unended, stateStopped, "expired here"
	}
	return current, stateWorking, "current"
}

const sequential = "sequential"

func firstUnvisited(g *kneo.RunGraph) string {
	for _, n := range g.Nodes {
		if !slices.Contains(g.Visited, n.ID) {
			return n.ID
		}
	}
	return ""
}
