package wire

import "encoding/json"

// scanner walks over JSON that is known to be valid: it finds where values begin and end and checks nothing.
type scanner struct {
	in  []byte
	pos int
}

// space moves to the next byte that is not white space and returns it, or 0 at the end.
func (s *scanner) space() byte {
	for s.pos < len(s.in) {
		switch c := s.in[s.pos]; c {
		case ' ', '\t', '\r', '\n':
			s.pos++
		default:
			return c
		}
	}
	return 0
}

// text moves past the string at pos and returns it with its quotes.
func (s *scanner) text() []byte {
	start := s.pos
	for s.pos++; s.pos < len(s.in); s.pos++ {
		switch s.in[s.pos] {
		case '\\':
			s.pos++
		case '"':
			s.pos++
			return s.in[start:s.pos]
		}
	}
	return s.in[start:]
}

// skip moves past the value at pos, whatever it is, and returns it.
func (s *scanner) skip() []byte {
	c := s.space()
	start := s.pos
	switch c {
	case '"':
		return s.text()
	case '{', '[':
		s.nested()
	default:
		s.literal()
	}
	return s.in[start:s.pos]
}

// nested moves past the object or array at pos without a look inside.
func (s *scanner) nested() {
	for depth := 0; s.pos < len(s.in); {
		switch s.in[s.pos] {
		case '"':
			s.text()
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		s.pos++
		if depth == 0 {
			return
		}
	}
}

// literal moves past the number, true, false or null at pos.
func (s *scanner) literal() {
	for s.pos < len(s.in) {
		switch s.in[s.pos] {
		case ',', '}', ']', ' ', '\t', '\r', '\n':
			return
		}
		s.pos++
	}
}

// members calls visit at the value of each member of the object at pos, as long as it returns true; visit moves past the
// value.
func (s *scanner) members(visit func(name []byte) bool) {
	if s.space() != '{' {
		return
	}
	s.pos++
	for c := s.space(); c == '"'; c = s.space() {
		name := s.text()
		s.space()
		s.pos++ // the colon
		s.space()
		if !visit(unquote(name)) {
			return
		}
		if s.space() == ',' {
			s.pos++
		}
	}
	s.pos++
}

// elements calls visit at each value of the array at pos; visit moves past it.
func (s *scanner) elements(visit func()) {
	s.pos++
	for c := s.space(); c != ']' && c != 0; c = s.space() {
		visit()
		if s.space() == ',' {
			s.pos++
		}
	}
	s.pos++
}

// unquote returns the text of a string that still has its quotes.
func unquote(quoted []byte) []byte {
	inner := quoted[1 : len(quoted)-1]
	for _, c := range inner {
		if c == '\\' {
			var text string
			if json.Unmarshal(quoted, &text) == nil {
				return []byte(text)
			}
			return inner
		}
	}
	return inner
}
