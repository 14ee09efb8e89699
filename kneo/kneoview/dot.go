package kneoview

import (
	"fmt"
	"strings"
)

// DOT returns the graph in the language of Graphviz, whose tools can turn it into an SVG file:
//
//	dot -Tsvg graph.dot >graph.svg
func (g Graph) DOT() string {
	var b strings.Builder
	b.WriteString("digraph {\n")
	fmt.Fprintf(&b, "  graph [label=%s labelloc=t fontname=%s fontsize=14 fontcolor=\"#1f2937\" bgcolor=\"#ffffff\" pad=0.2]\n", dotString(g.title), dotFont)
	fmt.Fprintf(&b, "  node [fontname=%s fontsize=11 fontcolor=\"#1f2937\" margin=\"0.16,0.09\"]\n", dotFont)
	fmt.Fprintf(&b, "  edge [fontname=%s fontsize=10 fontcolor=\"#374151\" color=\"#6b7280\" arrowsize=0.7]\n", dotFont)
	for i, n := range g.drawn() {
		fmt.Fprintf(&b, "  n%d [label=%s %s]\n", i, dotString(n.text()...), n.dot())
	}
	for _, e := range g.edges {
		fmt.Fprintf(&b, "  n%d -> n%d%s\n", e.from, e.to, e.dot())
	}
	b.WriteString("}\n")
	return b.String()
}

const dotFont = `"Helvetica,Arial,sans-serif"`

func (n node) dot() string {
	shape, style, margin := "box", "rounded,filled", ""
	switch n.kind {
	case "agent":
		shape, style, margin = "ellipse", "filled", " margin=0.03"
	case "function":
		style = "filled"
	case "workflow":
		shape, style = "component", "filled"
	case "human":
		shape, style, margin = "hexagon", "filled", " margin=0.05"
	case "guardrail":
		shape, style = "trapezium", "filled"
	case kindStart:
		shape, style, margin = "circle", "filled", " margin=0.02"
	case kindNote:
		shape, style = "note", "filled"
	}
	return fmt.Sprintf("shape=%s%s %s", shape, margin, n.look().dot(style))
}

func (e edge) dot() string {
	var attributes []string
	if e.label != "" {
		attributes = append(attributes, "label="+dotString(" "+e.label+" "))
	}
	switch e.way {
	case wayConditional:
		attributes = append(attributes, "style=dotted")
	case wayFallback:
		attributes = append(attributes, "style=dashed", "arrowhead=empty")
	}
	if e.to < e.from { // back; at the side, it is not drawn over the way there
		attributes = append(attributes, "tailport=e", "headport=e")
	}
	if e.taken {
		attributes = append(attributes, "penwidth=2.5", `color="#1d4ed8"`)
	}
	if attributes == nil {
		return ""
	}
	return " [" + strings.Join(attributes, " ") + "]"
}

// dotEscapes are needed in quoted strings, where Graphviz knows the entities of HTML too.
var dotEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "&", "&amp;")

// dotString quotes lines of clean text.
func dotString(lines ...string) string {
	escaped := make([]string, len(lines))
	for i, line := range lines {
		escaped[i] = dotEscapes.Replace(line)
	}
	return `"` + strings.Join(escaped, `\n`) + `"`
}
