package kneotest

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
)

// A pythonDict is an object whose members stay in the order in which they were first set.
type pythonDict struct {
	names  []string
	values map[string]any
}

func (d *pythonDict) set(name string, value any) {
	if d.values == nil {
		d.values = map[string]any{}
	}
	if !hasKey(d.values, name) {
		d.names = append(d.names, name)
	}
	d.values[name] = value
}

// pythonStr writes a value as Python's str does: a text is itself.
func pythonStr(v any) string {
	if text, ok := v.(string); ok {
		return text
	}
	return pythonRepr(v)
}

// pythonRepr writes a value as Python's repr does, which is also how it prints what is in lists and dicts.
func pythonRepr(v any) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case bool:
		if v {
			return "True"
		}
		return "False"
	case string:
		return pythonQuote(v)
	case float64:
		return pythonFloat(v)
	case json.Number:
		return pythonNumber(v)
	case []any:
		items := make([]string, len(v))
		for i, item := range v {
			items[i] = pythonRepr(item)
		}
		return "[" + strings.Join(items, ", ") + "]"
	case *pythonDict:
		items := make([]string, len(v.names))
		for i, name := range v.names {
			items[i] = pythonQuote(name) + ": " + pythonRepr(v.values[name])
		}
		return "{" + strings.Join(items, ", ") + "}"
	}
	return fmt.Sprint(v)
}

// pythonQuote is repr of a text.
func pythonQuote(text string) string {
	quote := '\''
	if strings.Contains(text, "'") && !strings.Contains(text, `"`) {
		quote = '"'
	}
	var b strings.Builder
	b.WriteRune(quote)
	for _, r := range text {
		switch short, ok := map[rune]string{'\\': `\\`, '\n': `\n`, '\r': `\r`, '\t': `\t`}[r]; {
		case ok:
			b.WriteString(short)
		case r == quote:
			b.WriteString(`\` + string(r))
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r <= 0xff:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	b.WriteRune(quote)
	return b.String()
}

// pythonFloat is repr of a float: the fewest digits that are that float, with a point or an exponent.
func pythonFloat(f float64) string {
	switch size := math.Abs(f); {
	case math.IsNaN(f):
		return "nan"
	case math.IsInf(f, 0):
		return strings.TrimPrefix(strings.ToLower(strconv.FormatFloat(f, 'f', -1, 64)), "+")
	case size != 0 && (size < 1e-4 || size >= 1e16):
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	text := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}

// pythonNumber is repr of a number that was read from JSON: integers are as long as they are, all others are floats.
func pythonNumber(n json.Number) string {
	text := n.String()
	if !strings.ContainsAny(text, ".eE") {
		if text == "-0" {
			return "0"
		}
		return text
	}
	f, _ := strconv.ParseFloat(text, 64) // too large is infinite, as in Python
	return pythonFloat(f)
}

// pythonJSON writes what was read from JSON as Python's json.dumps does. In ASCII it escapes everything else.
func pythonJSON(v any, ascii bool) string {
	switch v := v.(type) {
	case string:
		if ascii {
			return pythonASCII(v)
		}
		return plainJSON(v)
	case json.Number:
		return pythonNumber(v)
	case []any:
		items := make([]string, len(v))
		for i, item := range v {
			items[i] = pythonJSON(item, ascii)
		}
		return "[" + strings.Join(items, ", ") + "]"
	case object:
		items := make([]string, 0, len(v))
		for _, name := range sortedKeys(v) {
			items = append(items, pythonJSON(name, ascii)+": "+pythonJSON(v[name], ascii))
		}
		return "{" + strings.Join(items, ", ") + "}"
	}
	return string(encode(v))
}

var notPlain = regexp.MustCompile("[\\\\\"\x00-\x1f]")

// plainJSON writes a text of which only that is escaped what JSON does not allow.
func plainJSON(text string) string {
	return `"` + notPlain.ReplaceAllStringFunc(text, escapeJSON) + `"`
}

var notASCII = regexp.MustCompile(`[\\"]|[^ -~]`)

// pythonASCII writes a text as json.dumps does by default.
func pythonASCII(text string) string {
	return `"` + notASCII.ReplaceAllStringFunc(text, escapeJSON) + `"`
}

// escapeJSON escapes a character.
func escapeJSON(char string) string {
	if short, ok := map[string]string{`\`: `\\`, `"`: `\"`, "\n": `\n`, "\r": `\r`, "\t": `\t`, "\f": `\f`, "\b": `\b`}[char]; ok {
		return short
	}
	r := []rune(char)[0]
	if r > 0xffff {
		high, low := utf16.EncodeRune(r)
		return fmt.Sprintf(`\u%04x\u%04x`, high, low)
	}
	return fmt.Sprintf(`\u%04x`, r)
}
