package kneotest

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf16"
)

// loads is Python's json.loads, to which NaN is JSON and which says in words of its own what is not. The output of the step is what Python
// prints of the value.
func loads(_ context.Context, in string) (output string, err error) {
	s := &jsonScanner{text: []rune(in)}
	defer func() {
		switch problem := recover().(type) {
		case nil:
		case *StepError:
			output, err = "", problem
		default:
			panic(problem)
		}
	}()
	if strings.HasPrefix(in, "\ufeff") {
		s.fail("Unexpected UTF-8 BOM (decode using utf-8-sig)", 0)
	}
	s.space()
	value := s.value()
	if s.space(); s.at < len(s.text) {
		s.fail("Extra data", s.at)
	}
	return pythonStr(value), nil
}

// jsonScanner reads JSON as Python's json does.
type jsonScanner struct {
	text []rune
	at   int
}

// fail ends the scan. Python counts characters, not bytes.
func (s *jsonScanner) fail(what string, at int) {
	before := string(s.text[:at])
	line, column := strings.Count(before, "\n")+1, at-len([]rune(before[:strings.LastIndex(before, "\n")+1]))+1
	panic(&StepError{"JSONDecodeError", fmt.Sprintf("%s: line %d column %d (char %d)", what, line, column, at)})
}

// peek is the next character, 0 at the end.
func (s *jsonScanner) peek() rune {
	if s.at < len(s.text) {
		return s.text[s.at]
	}
	return 0
}

func (s *jsonScanner) space() {
	for strings.ContainsRune(" \t\n\r", s.peek()) {
		s.at++
	}
}

// take takes a character if it is the next.
func (s *jsonScanner) take(char rune) bool {
	if s.peek() != char {
		return false
	}
	s.at++
	return true
}

// jsonWords are the values that have names.
var jsonWords = map[string]any{
	"null": nil, "true": true, "false": false, "NaN": math.NaN(), "Infinity": math.Inf(1), "-Infinity": math.Inf(-1),
}

var jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?`)

func (s *jsonScanner) value() any {
	switch {
	case s.take('"'):
		return s.string()
	case s.take('{'):
		return s.object()
	case s.take('['):
		return s.array()
	}
	rest := string(s.text[s.at:])
	for word, value := range jsonWords {
		if strings.HasPrefix(rest, word) {
			s.at += len(word)
			return value
		}
	}
	number := jsonNumber.FindString(rest)
	if number == "" {
		s.fail("Expecting value", s.at)
	}
	s.at += len(number)
	return json.Number(number)
}

func (s *jsonScanner) array() any {
	items := []any{}
	for s.space(); len(items) > 0 || !s.take(']'); s.space() {
		items = append(items, s.value())
		if s.space(); s.take(']') {
			break
		}
		s.comma(']', "array")
	}
	return items
}

func (s *jsonScanner) object() any {
	d := new(pythonDict)
	for s.space(); len(d.names) > 0 || !s.take('}'); s.space() {
		if !s.take('"') {
			s.fail("Expecting property name enclosed in double quotes", s.at)
		}
		name := s.string()
		if s.space(); !s.take(':') {
			s.fail("Expecting ':' delimiter", s.at)
		}
		s.space()
		d.set(name, s.value())
		if s.space(); s.take('}') {
			break
		}
		s.comma('}', "object")
	}
	return d
}

// comma takes what has to follow an item that is not the last.
func (s *jsonScanner) comma(end rune, of string) {
	at := s.at
	if !s.take(',') {
		s.fail("Expecting ',' delimiter", at)
	}
	if s.space(); s.peek() == end {
		s.fail("Illegal trailing comma before end of "+of, at)
	}
}

// string reads a text whose first quote has been taken.
func (s *jsonScanner) string() string {
	begin := s.at - 1
	var b strings.Builder
	for {
		at := s.at
		switch r := s.peek(); {
		case at == len(s.text):
			s.fail("Unterminated string starting at", begin)
		case s.take('"'):
			return b.String()
		case s.take('\\'):
			b.WriteRune(s.escaped(begin))
		case r < ' ':
			s.fail("Invalid control character at", at)
		default:
			s.at++
			b.WriteRune(r)
		}
	}
}

// escaped reads what follows a backslash.
func (s *jsonScanner) escaped(begin int) rune {
	if s.at == len(s.text) {
		s.fail("Unterminated string starting at", begin)
	}
	char := s.text[s.at]
	s.at++
	if char != 'u' {
		i := strings.IndexRune(`"\/bfnrt`, char)
		if i < 0 {
			s.fail(`Invalid \escape`, s.at-2)
		}
		return rune("\"\\/\b\f\n\r\t"[i])
	}
	r := s.hex()
	if utf16.IsSurrogate(r) && s.at+1 < len(s.text) && s.text[s.at] == '\\' && s.text[s.at+1] == 'u' {
		before := s.at
		s.at += 2
		if pair := utf16.DecodeRune(r, s.hex()); pair != '\ufffd' {
			return pair
		}
		s.at = before
	}
	return r
}

// hex reads the digits of an escape; Python wants something to follow them.
func (s *jsonScanner) hex() (r rune) {
	first := s.at
	for ; s.at < first+4; s.at++ {
		digit := strings.IndexRune("0123456789abcdef", unicode.ToLower(s.peek()))
		if digit < 0 || first+4 >= len(s.text) {
			s.fail(`Invalid \uXXXX escape`, first-1)
		}
		r = r<<4 | rune(digit) //nolint:gosec // below 16
	}
	return r
}
