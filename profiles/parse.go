package profiles

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// byteOrderMark is what some editors, mostly those of Windows, put before UTF-8.
const byteOrderMark = "\xef\xbb\xbf"

// knownKeys are the keys that a profile can have, in exactly this spelling: keys in capitals are unknown.
var knownKeys = []string{"url", "api_key", "auth_scheme", "timeout", "allow_insecure_http"}

// table is one profile of a file. What is wrong in it is told only when the profile is asked for, so that a mistake in one profile
// does not keep another from being used.
type table struct {
	values  map[string]any
	unknown []mention // of keys that are not known, in the order of the file
}

// digits is a whole number as it is written. Keys of digits are taken without quotes, if they do not change on the way.
type digits string

// parse returns the profiles in the content of a file.
func parse(content []byte) (map[string]*table, error) {
	if bytes.HasPrefix(content, []byte("\xff\xfe")) || bytes.HasPrefix(content, []byte("\xfe\xff")) {
		return nil, invalid("it is in UTF-16; save it as UTF-8")
	}
	content = bytes.TrimPrefix(content, []byte(byteOrderMark))
	var top map[string]any
	if err := toml.Unmarshal(content, &top); err != nil {
		return nil, parseError(content, err)
	}
	all := mentions(content)
	tables := map[string]*table{}
	for name, value := range top {
		values, ok := value.(map[string]any)
		if !ok {
			return nil, outside(all)
		}
		tables[name] = &table{values: values}
	}
	for _, m := range all {
		if len(m.path) > 1 {
			tables[m.path[0]].note(m)
		}
	}
	return tables, nil
}

// note keeps what the values do not tell of a key.
func (t *table) note(m mention) {
	switch key := m.path[1]; {
	case !slices.Contains(knownKeys, key):
		t.unknown = append(t.unknown, m)
	case key == "api_key" && m.kind == unstable.Integer && len(m.path) == 2:
		t.values[key] = digits(m.number)
	}
}

// check tells of keys that are not known: a mistyped one would be missed without a word.
func (t *table) check() error {
	if len(t.unknown) == 0 {
		return nil
	}
	var places []string
	for i, m := range t.unknown {
		if i > 0 && m.path[1] == t.unknown[i-1].path[1] {
			continue // the inside of a table of that name
		}
		places = append(places, fmt.Sprintf("line %d, column %d: unknown key %s", m.line, m.column, quoted(m.path[1])))
	}
	return invalid("%s; the keys of a profile are %s", strings.Join(places, "; "), strings.Join(knownKeys, ", "))
}

// outside says what a file has at its top level that is no profile.
func outside(all []mention) error {
	for _, m := range all {
		if len(m.path) > 1 || m.kind == unstable.Table || m.kind == unstable.InlineTable {
			continue
		}
		what := "stands outside of a profile; put it under [" + DefaultName + "]"
		if m.kind == unstable.ArrayTable {
			what = "is a list of tables; put its name into single brackets"
		}
		return invalid("line %d, column %d: %s %s", m.line, m.column, quoted(m.path[0]), what)
	}
	return invalid("it has something outside of a profile")
}

// parseError says where in a file what is wrong. It quotes names of keys, but never a line: that may hold the key.
func parseError(content []byte, err error) error {
	var syntax *toml.DecodeError
	if !errors.As(err, &syntax) {
		return invalid("it is not TOML")
	}
	row, column := syntax.Position()
	what := "it is not TOML there"
	switch key := syntax.Key(); {
	case len(key) > 0:
		what = quoted(strings.Join(key, ".")) + " is there twice"
	case unquoted(content, row, column):
		what += "; text has to be in quotes, and so has a long number"
	}
	return invalid("line %d, column %d: %s", row, column, what)
}

// unquoted guesses whether a place is in a value that lacks the quotes.
func unquoted(content []byte, row, column int) bool {
	for range row - 1 {
		_, content, _ = bytes.Cut(content, []byte("\n"))
	}
	name, value, found := bytes.Cut(content[:min(column, len(content))], []byte("="))
	value = bytes.TrimSpace(value)
	return found && len(name) > 0 && len(value) > 0 && !bytes.ContainsAny(value[:1], `"'`)
}

func quoted(key string) string { return strconv.Quote(shorten(key)) }

// mention is what a file says of a table or a key.
type mention struct {
	path         []string // from the top level on: the profile, its key
	offset       int
	line, column int
	kind         unstable.Kind // of the table, or of the value of the key
	number       string        // the value as it is written, if it is a whole number
}

// mentions lists what a content that is known to be TOML says, in the order of the file.
func mentions(content []byte) (all []mention) {
	var parser unstable.Parser
	parser.Reset(content)
	var inside []string
	for parser.NextExpression() {
		e := parser.Expression()
		if e.Kind == unstable.KeyValue {
			all = appendMentions(all, content, inside, e)
			continue
		}
		keys, of := keysOf(e)
		all = append(all, mention{path: keys, offset: of.from, kind: e.Kind})
		inside = keys
	}
	countLines(content, all)
	return all
}

// appendMentions adds a key and its value, with the keys of a table in braces.
func appendMentions(all []mention, content []byte, inside []string, e *unstable.Node) []mention {
	keys, of := keysOf(e)
	value := e.Value()
	m := mention{path: slices.Concat(inside, keys), offset: of.from, kind: value.Kind}
	if m.kind == unstable.Integer {
		m.number = string(content[value.Raw.Offset:][:value.Raw.Length])
	}
	all = append(all, m)
	if m.kind == unstable.InlineTable {
		for it := value.Children(); it.Next(); {
			all = appendMentions(all, content, m.path, it.Node())
		}
	}
	return all
}

// countLines turns offsets into lines and columns, going through the content once.
func countLines(content []byte, all []mention) {
	line, start, done := 1, 0, 0 // start is where the line begins
	for i := range all {
		m := &all[i]
		passed := content[done:m.offset]
		line += bytes.Count(passed, []byte("\n"))
		if last := bytes.LastIndexByte(passed, '\n'); last >= 0 {
			start = done + last + 1
		}
		m.line, m.column = line, m.offset-start+1
		done = m.offset
	}
}
