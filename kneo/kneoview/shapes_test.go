package kneoview

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// drawing is what a small parser of ours makes of a graph: the labels of its nodes, and its edges.
type drawing struct {
	title string
	nodes []string
	edges []string // "0 -> 1 label"
}

var (
	// mermaidString has what may stand in a string: no quote, and nothing that begins something else.
	mermaidString = `"((?:[^\x00-\x1f\x7f"#&<>;:%|{}\[\]\\` + "`" + `$@^~]|#\d+;|<br/>)*)"`

	mermaidNode  = regexp.MustCompile(`^  n(\d+)(?:\(\[|\[\[|\{\{|\(\(|\[/|\[|\()` + mermaidString + `(?:\]\)|\]\]|\}\}|\)\)|\\\]|\]|\)):::([a-z]+)$`)
	mermaidEdge  = regexp.MustCompile(`^  n(\d+) (?:-->|-\.->|-\.-x)(?:\|` + mermaidString + `\|)? n(\d+)$`)
	mermaidClass = regexp.MustCompile(`^  classDef ([a-z]+) [a-z0-9#:,. -]+$`)
	mermaidLinks = regexp.MustCompile(`^  linkStyle \d+(,\d+)* stroke-width:3px$`)
	mermaidTitle = regexp.MustCompile(`^title: ("[^"%#{}<>&:]*")$`)
	mermaidCode  = regexp.MustCompile(`#\d+;`)
)

func parseMermaid(text string) (d drawing, err error) {
	if !strings.HasSuffix(text, "\n") {
		return d, errors.New("the last line does not end")
	}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if lines[0] == "---" {
		title := mermaidTitle.FindStringSubmatch(lines[1])
		if title == nil || lines[2] != "---" {
			return d, fmt.Errorf("front matter: %q", lines[:3])
		}
		if err := json.Unmarshal([]byte(title[1]), &d.title); err != nil {
			return d, err
		}
		d.title, lines = plainly(d.title), lines[3:]
	}
	if lines[0] != "flowchart TD" {
		return d, fmt.Errorf("header: %q", lines[0])
	}
	used, defined := map[string]bool{}, map[string]bool{}
	for _, line := range lines[1:] {
		if n := mermaidNode.FindStringSubmatch(line); n != nil {
			if n[1] != strconv.Itoa(len(d.nodes)) {
				return d, fmt.Errorf("not the next node: %q", line)
			}
			d.nodes = append(d.nodes, unMermaid(n[2]))
			used[n[3]] = true
		} else if e := mermaidEdge.FindStringSubmatch(line); e != nil {
			d.edges = append(d.edges, strings.TrimSpace(e[1]+" -> "+e[3]+" "+unMermaid(e[2])))
		} else if c := mermaidClass.FindStringSubmatch(line); c != nil {
			defined[c[1]] = true
		} else if !mermaidLinks.MatchString(line) {
			return d, fmt.Errorf("line: %q", line)
		}
	}
	if fmt.Sprint(used) != fmt.Sprint(defined) {
		return d, fmt.Errorf("classes %v are used and %v defined", used, defined)
	}
	return d, nil
}

// unMermaid reads a string as Mermaid shows it.
func unMermaid(s string) string {
	s = plainly(strings.ReplaceAll(s, "<br/>", "\n"))
	return mermaidCode.ReplaceAllStringFunc(s, func(code string) string {
		n, _ := strconv.Atoi(code[1 : len(code)-1])
		return string(rune(n))
	})
}

var (
	dotQuoted = `"((?:[^\x00-\x1f\x7f"\\&]|&amp;|\\\\|\\"|\\n)*)"`

	dotGraph = regexp.MustCompile(`^  graph \[label=` + dotQuoted + ` [a-zA-Z0-9=",.# -]+\]$`)
	dotRest  = regexp.MustCompile(`^  (node|edge) \[[a-zA-Z0-9=",.# -]+\]$`)
	dotNode  = regexp.MustCompile(`^  n(\d+) \[label=` + dotQuoted + ` shape=[a-z]+ [a-z0-9=",.# ]+\]$`)
	dotEdge  = regexp.MustCompile(`^  n(\d+) -> n(\d+)(?: \[(?:label=` + dotQuoted + ` ?)?[a-z0-9=",.# ]*\])?$`)
)

func parseDOT(text string) (d drawing, err error) {
	body, ok := strings.CutPrefix(text, "digraph {\n")
	body, closed := strings.CutSuffix(body, "}\n")
	if !ok || !closed {
		return d, errors.New("it is no digraph")
	}
	for line := range strings.Lines(body) {
		line = strings.TrimSuffix(line, "\n")
		if n := dotNode.FindStringSubmatch(line); n != nil {
			if n[1] != strconv.Itoa(len(d.nodes)) {
				return d, fmt.Errorf("not the next node: %q", line)
			}
			d.nodes = append(d.nodes, unDOT(n[2]))
		} else if e := dotEdge.FindStringSubmatch(line); e != nil {
			d.edges = append(d.edges, strings.TrimSpace(e[1]+" -> "+e[2]+" "+strings.TrimSpace(unDOT(e[3]))))
		} else if g := dotGraph.FindStringSubmatch(line); g != nil {
			d.title = unDOT(g[1])
		} else if !dotRest.MatchString(line) {
			return d, fmt.Errorf("line: %q", line)
		}
	}
	return d, nil
}

func unDOT(s string) string {
	return plainly(strings.NewReplacer(`\\`, `\`, `\"`, `"`, `\n`, "\n", "&amp;", "&").Replace(s))
}

// plainly is text without what Mermaid gets besides, should somebody else have put it there.
func plainly(text string) string {
	return strings.NewReplacer(joiner, "", blank, "", string(grave), "`").Replace(text)
}

// parseGraph reads both forms of a graph, which have to say the same.
func parseGraph(g Graph) (drawing, error) {
	m, err := parseMermaid(g.Mermaid())
	if err != nil {
		return m, fmt.Errorf("mermaid: %w in\n%s", err, g.Mermaid())
	}
	d, err := parseDOT(g.DOT())
	if err != nil {
		return d, fmt.Errorf("dot: %w in\n%s", err, g.DOT())
	}
	if m.title != d.title || !slices.Equal(m.nodes, d.nodes) || !slices.Equal(m.edges, d.edges) {
		return m, fmt.Errorf("mermaid says %q, dot %q", m, d)
	}
	return m, nil
}

var (
	unclosed = regexp.MustCompile(`<meta[^>]*`) // the only elements without an end
	elements = strings.Fields("html head meta title style body main section h1 h2 p strong div span ol li details summary dl dt dd svg defs pattern rect circle line text")
	allowed  = strings.Fields("lang charset http-equiv content name class id width height patternUnits patternTransform aria-hidden x y x1 x2 y1 y2 cx cy r rx")
)

// parsePage reads a page as strictly as XML, and returns its text. It has no element and no attribute but those of the template.
func parsePage(page string) (text string, err error) {
	decoder := xml.NewDecoder(strings.NewReader(unclosed.ReplaceAllString(page, "$0/")))
	var b strings.Builder
	depth := 0
	for {
		token, err := decoder.Token()
		switch {
		case errors.Is(err, io.EOF) && depth == 0:
			return b.String(), nil
		case err != nil:
			return "", err
		}
		switch token := token.(type) {
		case xml.StartElement:
			depth++
			if !slices.Contains(elements, token.Name.Local) {
				return "", fmt.Errorf("element %s", token.Name.Local)
			}
			for _, a := range token.Attr {
				if !slices.Contains(allowed, a.Name.Local) {
					return "", fmt.Errorf("attribute %s of %s", a.Name.Local, token.Name.Local)
				}
			}
		case xml.EndElement:
			depth--
			b.WriteByte('\n')
		case xml.CharData:
			b.Write(token)
		case xml.Comment, xml.ProcInst:
			return "", fmt.Errorf("%T", token)
		}
	}
}

// checkText reports what no text may have: lines that are too long, and control characters.
func checkText(text string, width int) error {
	if !strings.HasSuffix(text, "\n") {
		return errors.New("the last line does not end")
	}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if columns(line) > width {
			return fmt.Errorf("%d columns: %q", columns(line), line)
		}
		if clean(line) != strings.Join(strings.Fields(line), " ") {
			return fmt.Errorf("control characters: %q", line)
		}
	}
	return nil
}
