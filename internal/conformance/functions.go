package conformance

import (
	"errors"
	"testing"

	"github.com/kneo-agent/kneo-client-go/kneo"
)

// functionCases are what functions of Python's own library make of texts, which is what runs without a model are made of.
var functionCases = []Case{
	{"json.loads gives what Python prints", func(t testing.TB, target *Target) {
		says(t, target, loads, [][2]string{
			{`{"b": 1, "a": [true, null], "b": 2}`, `{'b': 2, 'a': [True, None]}`},
			{`null`, `None`},
			{`true`, `True`},
			{`[]`, `[]`},
			{`{}`, `{}`},
			{`1.0`, `1.0`},
			{`-0`, `0`},
			{`-0.0`, `-0.0`},
			{`1e3`, `1000.0`},
			{`1e16`, `1e+16`},
			{`1e-5`, `1e-05`},
			{`0.0001`, `0.0001`},
			{`1e400`, `inf`},
			{`12345678901234567890123`, `12345678901234567890123`},
			{`NaN`, `nan`},
			{`[NaN, -Infinity]`, `[nan, -inf]`},
			{`"it's"`, `it's`},
			{`["it's", "a\"b", "'\""]`, `["it's", 'a"b', '\'"']`},
			{`["\t\u0007\u007f\u00ad\u200b\u00e9\ud83d\ude00\\"]`, `['\t\x07\x7f\xad\u200b` + "é😀" + `\\']`},
		})
	}},
	{"json.loads says what is no JSON", func(t testing.TB, target *Target) {
		for input, message := range map[string]string{
			"":            "Expecting value: line 1 column 1 (char 0)",
			"[1 2]":       "Expecting ',' delimiter: line 1 column 4 (char 3)",
			"{\"a\" 1}":   "Expecting ':' delimiter: line 1 column 6 (char 5)",
			"{'a': 1}":    "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
			"[\n1,\n\n":   "Expecting value: line 4 column 1 (char 6)",
			"\"é":         "Unterminated string starting at: line 1 column 1 (char 0)",
			"\"\t\"":      "Invalid control character at: line 1 column 2 (char 1)",
			`"\x"`:        `Invalid \escape: line 1 column 2 (char 1)`,
			`"\u12"`:      `Invalid \uXXXX escape: line 1 column 3 (char 2)`,
			"é\n é":       "Expecting value: line 1 column 1 (char 0)",
			"\"é\"\n é":   "Extra data: line 2 column 2 (char 5)",
			"{\"a\": 1.}": "Expecting ',' delimiter: line 1 column 8 (char 7)",
		} {
			_, err := target.client(t, target.Keys["admin"]).Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{Input: input, Spec: steps(loads)})
			var e *kneo.Error
			if !errors.As(err, &e) || e.StatusCode != 400 || e.Message != message {
				t.Errorf("%q: %v, want %s", input, err, message)
			}
		}
	}},
	{"json.dumps quotes", func(t testing.TB, target *Target) {
		says(t, target, "json.dumps", [][2]string{{"it's", `"it's"`}, {"a\"\\\n\t<", `"a\"\\\n\t<"`}, {"é\x7f\u2028😀", `"\u00e9\u007f\u2028\ud83d\ude00"`}})
	}},
	{"html.escape escapes", func(t testing.TB, target *Target) {
		says(t, target, "html.escape", [][2]string{{`'"<>&`, "&#x27;&quot;&lt;&gt;&amp;"}})
	}},
	{"textwrap.dedent dedents", func(t testing.TB, target *Target) {
		says(t, target, "textwrap.dedent", [][2]string{
			{"  a\n    b\n\n  c\n", "a\n  b\n\nc\n"}, {"\ta\n  b", "\ta\n  b"}, {"\t a\n\t b\n   \t \n", "a\nb\n\n"}, {"    a\n  \tb", "  a\n\tb"}, {" \n  ", "\n"},
		})
	}},
}

// says has a function make outputs of inputs.
func says(t testing.TB, target *Target, implementation string, pairs [][2]string) {
	t.Helper()
	c := target.client(t, target.Keys["admin"])
	for _, pair := range pairs {
		created, err := c.Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{Input: pair[0], Spec: steps(implementation)})
		if err != nil || created.OutputText != pair[1] {
			t.Errorf("%s of %q is %+v, %v, want %q", implementation, pair[0], created, err, pair[1])
		}
	}
}
