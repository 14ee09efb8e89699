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

// knownKeys are the keys that a profile can have. Only these very names are taken: go-toml would find fields in capitals too.
var knownKeys = []string{"url", "api_key", "auth_scheme", "timeout", "allow_insecure_http"}

// table is one profile of a file. What is wrong in it is told only when the profile is asked for, so that a mistake in one profile
// does not keep another from being used.
type table struct {
	values  map[string]any
	unknown []place // of keys that are not known, in the order of the file
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
			return nil, outside(content, all)
		}
		tables[name] = &table{values: values}
	}
	for _, m := range all {
		if len(m.path) > 1 {
			tables[m.path[0]].note(m, content)
		}
	}
	return tables, nil
}

// note keeps what the values do not tell of a key.
func (t *table) note(m mention, content []byte) {
	switch key := m.path[1]; {
	case !slices.Contains(knownKeys, key):
		t.unknown = append(t.unknown, m.place(content, key))
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
	for i, p := range t.unknown {
		if i > 0 && p.key == t.unknown[i-1].key {
			continue // the inside of a table of that name
		}
		places = append(places, fmt.Sprintf("line %d, column %d: unknown key %s", p.line, p.column, quoted(p.key)))
	}
	return invalid("%s; url, api_key, auth_scheme, timeout and allow_insecure_http are what there is", strings.Join(places, "; "))
}

// outside says what a file has at its top level that is no profile.
func outside(content []byte, all []mention) error {
	for _, m := range all {
		if len(m.path) > 1 || m.kind == unstable.Table || m.kind == unstable.InlineTable {
			continue
		}
		p, what := m.place(content, m.path[0]), "stands outside of a profile; put it under ["+DefaultName+"]"
		if m.kind == unstable.ArrayTable {
			what = "is a list of tables; put its name into single brackets"
		}
		return invalid("line %d, column %d: %s %s", p.line, p.column, quoted(p.key), what)
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

// place is where a file has a key.
type place struct {
	key          string
	line, column int
}

// mention is what a file says of a table or a key.
type mention struct {
	path   []string // from the top level on: the profile, its key
	offset int
	kind   unstable.Kind // of the table, or of the value of the key
	number string        // the value as it is written, if it is a whole number
}

// place is where the mention is, by the name that matters.
func (m mention) place(content []byte, key string) place {
	before := content[:m.offset]
	return place{key, bytes.Count(before, []byte("\n")) + 1, m.offset - bytes.LastIndexByte(before, '\n')}
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
		keys, at := keysOf(e)
		all = append(all, mention{path: keys, offset: at.from, kind: e.Kind})
		inside = keys
	}
	return all
}

// appendMentions adds a key and its value, with the keys of a table in braces.
func appendMentions(all []mention, content []byte, inside []string, e *unstable.Node) []mention {
	keys, at := keysOf(e)
	value := e.Value()
	m := mention{path: slices.Concat(inside, keys), offset: at.from, kind: value.Kind}
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
