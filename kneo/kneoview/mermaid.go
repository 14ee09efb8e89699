package kneoview

import (
	"fmt"
	"strings"
	"unicode"
)

// Mermaid returns the graph as a Mermaid flowchart, which GitHub, GitLab and many other sites draw if it is in a code block marked
// mermaid. Its title has the workflow's name and kind and the run's status.
//
// Mermaid would take some labels for Markdown, icons or formulas; which ones depends on its version. Invisible characters (U+2060,
// U+FEFF) prevent that, and backticks become U+02CB, which looks like a backtick. By default Mermaid draws at most 500 edges and 50,000
// characters; Graphviz has no such limits.
func (g Graph) Mermaid() string {
	var b strings.Builder
	if g.title != "" {
		fmt.Fprintf(&b, "---\ntitle: %s\n---\n", yamlString(g.title))
	}
	b.WriteString("flowchart TD\n")
	classes := map[string]bool{}
	for i, n := range g.drawn() {
		class := n.look().class
		classes[class] = true
		fmt.Fprintf(&b, "  n%d%s:::%s\n", i, mermaidShape(n), class)
	}
	var taken []string
	for i, e := range g.edges {
		fmt.Fprintf(&b, "  n%d %s n%d\n", e.from, e.mermaid(), e.to)
		if e.taken {
			taken = append(taken, fmt.Sprint(i))
		}
	}
	for _, look := range looks {
		if classes[look.class] {
			fmt.Fprintf(&b, "  classDef %s %s\n", look.class, look.mermaid())
		}
	}
	if taken != nil {
		fmt.Fprintf(&b, "  linkStyle %s stroke-width:3px\n", strings.Join(taken, ","))
	}
	return b.String()
}

func mermaidShape(n node) string {
	var lines []string
	for _, line := range n.text() {
		lines = append(lines, mermaidText(line))
	}
	opening, closing := "(", ")"
	switch n.kind {
	case "agent":
		opening, closing = "([", "])"
	case "function", kindNote:
		opening, closing = "[", "]"
	case "workflow":
		opening, closing = "[[", "]]"
	case "human":
		opening, closing = "{{", "}}"
	case "guardrail":
		opening, closing = "[/", `\]`
	case kindStart:
		opening, closing = "((", "))"
	}
	return opening + `"` + strings.Join(lines, "<br/>") + `"` + closing
}

func (e edge) mermaid() string {
	arrow := map[way]string{wayPlain: "-->", wayConditional: "-.->", wayFallback: "-.-x"}[e.way]
	if e.label == "" {
		return arrow
	}
	return arrow + `|"` + mermaidText(e.label) + `"|`
}

// Invisible characters that keep Mermaid from taking the one before them for more than it is.
const (
	joiner = "\u2060" // not white space to Markdown
	blank  = "\ufeff" // white space to Markdown
)

// grave looks like a backtick.
const grave = '\u02cb'

// plainPunctuation needs no code in a Mermaid string. All other ASCII that is no letter or digit gets one.
const plainPunctuation = " .,-_()/'+=!?*"

// mermaidText escapes clean text for a Mermaid string. Codes, such as #35; for #, keep it inside the string. They do not suffice: Mermaid turns them
// back into characters before it looks for Markdown, which some versions do, icons (fa:fa-car), formulas ($$x$$) and line breaks (\n).
func mermaidText(text string) string {
	var b strings.Builder
	var before rune
	for i, r := range text {
		if i == 0 && !unicode.IsLetter(r) { // a list, a heading, a quotation
			b.WriteString(joiner)
		}
		if r == '.' && strings.HasSuffix(strings.ToLower(text[:i]), "www") { // a link
			b.WriteString(joiner)
		}
		if r == '`' { // code, from which nothing else keeps it
			r = grave
		}
		if r < unicode.MaxASCII && !isWord(r) && !strings.ContainsRune(plainPunctuation, r) {
			fmt.Fprintf(&b, "#%d;", r)
		} else {
			b.WriteRune(r)
		}
		switch r {
		case '*', '~':
			b.WriteString(blank)
		case '_':
			if next := text[i+1:]; !isWord(before) || next == "" || !isWord(rune(next[0])) {
				b.WriteString(blank)
			}
		case '\\', ':', ']', '$', '@', '#':
			b.WriteString(joiner)
		}
		before = r
	}
	return b.String()
}

func isWord(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}

// yamlString quotes clean text for YAML, with nothing in it that Mermaid could take for its own.
func yamlString(text string) string {
	var b strings.Builder
	for _, r := range text {
		if r < unicode.MaxASCII && !isWord(r) && !strings.ContainsRune(" .,-_()/'", r) {
			fmt.Fprintf(&b, `\u%04x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return `"` + b.String() + `"`
}
