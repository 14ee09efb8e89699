package kneoview

import "fmt"

// look is how a node is drawn in a state. What the colours say, the words in the node and its border say too.
type look struct {
	class, fill, border string
	width               float64
	dashed              bool
}

var looks = []look{
	stateNone:    {class: "step", fill: "#f3f4f6", border: "#6b7280", width: 1},
	stateAhead:   {class: "ahead", fill: "#ffffff", border: "#9ca3af", width: 1, dashed: true},
	stateVisited: {class: "visited", fill: "#dbeafe", border: "#1d4ed8", width: 1.5},
	stateWorking: {class: "working", fill: "#fef3c7", border: "#b45309", width: 3},
	stateWaiting: {class: "waiting", fill: "#ede9fe", border: "#6d28d9", width: 3},
	stateFailed:  {class: "failed", fill: "#fee2e2", border: "#b91c1c", width: 3},
	stateStopped: {class: "stopped", fill: "#e5e7eb", border: "#374151", width: 3},
}

func (n node) look() look { return looks[n.state] }

// dot has the attributes of a node whose style is given.
func (l look) dot(style string) string {
	if l.dashed {
		style += ",dashed"
	}
	return fmt.Sprintf("style=%q fillcolor=%q color=%q penwidth=%g", style, l.fill, l.border, l.width)
}

// mermaid has the style of a class.
func (l look) mermaid() string {
	if l.dashed { // on the ground of the page, whether that is light or dark
		return fmt.Sprintf("fill:none,stroke:%s,stroke-dasharray:4 3", l.border)
	}
	return fmt.Sprintf("fill:%s,stroke:%s,stroke-width:%gpx,color:#1f2937", l.fill, l.border, l.width)
}
