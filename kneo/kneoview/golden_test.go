package kneoview

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files")

// TestRecorded holds the pictures of runs that were recorded from a real server to those that were looked at.
func TestRecorded(t *testing.T) {
	for _, name := range []string{
		"sequence-agents", "sequence-fails-async", "sequence-continue-agents", "nested-graph", // sequences
		"human-twice", "human-cancelled", "human-expired", "policy-lets", // of them, those with people
		"graph-policies", "graph-fallback", "graph-loop-async", "graph-loop-ends", "graph-fails", "graph-human", // graphs
		"concurrent-human", "handoff-human", "group-chat", "concurrent-fails", // orchestrations
		"agent", "agent-guardrail-async",
	} {
		t.Run(name, func(t *testing.T) {
			r := read(t, name)
			golden(t, name+".spec.mmd", SpecGraph(r.spec).Mermaid())
			golden(t, name+".spec.dot", SpecGraph(r.spec).DOT())
			golden(t, name+".mmd", RunGraph(r.graph).Mermaid())
			golden(t, name+".dot", RunGraph(r.graph).DOT())
			timeline := Timeline{Events: r.events, Run: r.run}
			golden(t, name+".txt", text(t, timeline))
			golden(t, name+".html", unstyled(page(t, timeline)))
		})
	}
}

// golden compares text with a file of testdata, or writes it there.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) == got {
		return
	}
	t.Errorf("%s is not what it was. If it is better now: go test ./kneo/kneoview -update", path)
	was, is := strings.SplitAfter(string(want), "\n"), strings.SplitAfter(got, "\n")
	for i := range min(len(was), len(is)) {
		if was[i] != is[i] {
			t.Errorf("line %d was %q and is %q", i+1, was[i], is[i])
			return
		}
	}
	t.Errorf("it had %d lines and has %d", len(was), len(is))
}

func text(t *testing.T, timeline Timeline) string {
	t.Helper()
	var b bytes.Buffer
	if err := timeline.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func page(t *testing.T, timeline Timeline) string {
	t.Helper()
	var b bytes.Buffer
	if err := timeline.WriteHTML(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var styles = regexp.MustCompile(`(?s)<style>.*</style>|sha256-[^']*`)

// unstyled is a page without its style, which is the same for all of them.
func unstyled(page string) string { return styles.ReplaceAllString(page, "") }
