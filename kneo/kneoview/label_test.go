package kneoview

import (
	"slices"
	"strings"
	"testing"
)

func TestClean(t *testing.T) {
	for text, want := range map[string]string{
		"plain": "plain", "\ta \r\n b\n": "a b", "a\x00b": "a␀b", "\x1b[31m": "␛[31m", "\x7f": "␡", "\u0085x\u009b": "x\ufffd", "a\u202eb": "a\ufffdb",
		"\u2028x\u2029y": "x y", "\xff": "\ufffd", "\ufffe": "\ufffd", "👩‍👩‍👧": "👩‍👩‍👧", "e\u0301": "e\u0301", "\u00a0": "",
	} {
		if got := clean(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestShorten(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "12345": "12345", "123456": "1234…", "1 3 5 7": "1 3…", "日本": "日本", "日本語": "日本…", "e\u0301e\u0301e\u0301e\u0301e\u0301": "e\u0301e\u0301e\u0301e\u0301e\u0301",
	} {
		if got := shorten(text, 5); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// TestShortenMarks holds that text without an end is cut, though it takes no columns.
func TestShortenMarks(t *testing.T) {
	if got := shorten("e"+strings.Repeat("\u0301", 1000), 5); len(got) > 5*20 || !strings.HasSuffix(got, "…") {
		t.Errorf("%d bytes", len(got))
	}
}

func TestWrap(t *testing.T) {
	for text, want := range map[string][]string{
		"": {""}, "a b": {"a b"}, "one two three": {"one", "two", "three"}, "a bcdefgh": {"a", "bcdef", "gh"}, "abcdefghijk": {"abcde", "fghij", "k"}, "日本語の": {"日本", "語の"}, "abcde fgh": {"abcde", "fgh"},
	} {
		if got := wrap(text, 5); !slices.Equal(got, want) {
			t.Errorf("%q: %q", text, got)
		}
	}
	if got := wrap("日本", 1); !slices.Equal(got, []string{"日", "本"}) {
		t.Errorf("%q", got)
	}
	if got := wrap(strings.Repeat("\u0301", 9), -1); len(got) != 1 {
		t.Errorf("%q", got)
	}
}

// TestWrapLooksNoFurtherThanTheLine: to measure the whole rest for each line would take this an hour.
func TestWrapLooksNoFurtherThanTheLine(t *testing.T) {
	if got := len(wrap(strings.Repeat("word ", 1<<20), 24)); got != 1<<20/5+1 {
		t.Errorf("%d lines", got)
	}
}

// TestMermaidText has what is put between the characters that Mermaid makes more of.
func TestMermaidText(t *testing.T) {
	for text, want := range map[string]string{
		"snake_case": "snake_case",
		"__init__":   joiner + "_" + blank + "_" + blank + "init_" + blank + "_" + blank,
		"*a*":        joiner + "*" + blank + "a*" + blank,
		"1. a":       joiner + "1. a",
		"`a`":        joiner + string(grave) + "a" + string(grave),
		`a\n`:        "a#92;" + joiner + "n",
		"$$":         joiner + "#36;" + joiner + "#36;" + joiner,
		"x www.a.b":  "x www" + joiner + ".a.b",
		"fa:fa-car":  "fa#58;" + joiner + "fa-car",
		`"<&>"`:      joiner + "#34;#60;#38;#62;#34;",
		"#quot;":     joiner + "#35;" + joiner + "quot#59;",
		"%%{init}%%": joiner + "#37;#37;#123;init#125;#37;#37;",
		"naïve 日本 👋": "naïve 日本 👋",
	} {
		if got := mermaidText(text); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}
