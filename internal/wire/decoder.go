package wire

import (
	"bytes"
	"cmp"
	"fmt"
	"strconv"
	"sync"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth is how deep arrays and objects may be nested, as it is in encoding/json.
const maxDepth = 10_000

// Decoder reads a JSON text in one pass from its beginning to its end, checking it on the way. The generated code of package gen
// drives it: that knows what is due where, so that nothing has to be looked up by reflection.
//
// The first error stays, and ends all that is being read; there is no need to look for it in between.
type Decoder struct {
	in    []byte
	pos   int
	depth int
	first bool   // nothing of the object or array at hand has been read yet
	name  []byte // of the member at hand
	start int    // where that begins
	err   *syntaxError

	// foreign is where names begin that are not the contract's, 0 outside of them. They may be anything, and are not for errors to show.
	foreign int

	room int64 // how much memory what is read may still take

	unescaped []byte // the text that was read last, if it had escapes
	recent    texts
}

// What is read may take roomPerByte bytes of memory for each byte of its text, and roomAnyway more: {} has two bytes, and may stand for a row
// of a list that takes almost two kilobytes. Everything that the platform writes takes less than three times its text.
const (
	roomPerByte = 4
	roomAnyway  = 4 << 20
)

// take takes memory for one more value, and reports whether there was room.
func (d *Decoder) take(size uintptr) bool {
	if d.room -= int64(size); d.room < 0 { //nolint:gosec // the size of a type
		d.fail("it has far more values than the platform writes in so short a text")
		return false
	}
	return true
}

// maxKept is how large a buffer may be that a decoder keeps for the next text.
const maxKept = 64 << 10

// decoders are used again, since they are large.
var decoders = sync.Pool{New: func() any { return new(Decoder) }}

// read has a decoder read the one value that body is.
func read(body []byte, value func(*Decoder)) error {
	if !utf8.Valid(body) {
		return errNotUTF8
	}
	d := decoders.Get().(*Decoder)
	d.in, d.room = body, roomAnyway+roomPerByte*int64(len(body))
	value(d)
	if d.space(); d.err == nil && d.pos < len(d.in) {
		d.fail("there is more after the value")
	}
	err := d.err
	d.release()
	if err != nil {
		err.path = path(body, err.known)
		return err
	}
	return nil
}

// release puts a decoder back, without what it has read.
func (d *Decoder) release() {
	*d = Decoder{unescaped: d.unescaped[:0]}
	if cap(d.unescaped) > maxKept {
		d.unescaped = nil
	}
	decoders.Put(d)
}

// fail notes an error at the place that has been reached, and goes to the end: there is nothing more to read.
func (d *Decoder) fail(format string, args ...any) {
	if d.err == nil {
		d.err = &syntaxError{offset: d.pos, known: cmp.Or(d.foreign, d.pos), problem: fmt.Sprintf(format, args...)}
	}
	d.pos = len(d.in)
}

// syntaxError is what is wrong with a JSON text. It shows names of the contract, and nothing else of the text.
type syntaxError struct {
	path    string
	offset  int
	known   int // the place that path leads to
	problem string
}

func (e *syntaxError) Error() string {
	text := e.problem + " (byte " + strconv.Itoa(e.offset) + ")"
	if e.path != "" {
		text = e.path + ": " + text
	}
	return text
}

// space moves to the next byte that is not white space and returns it, or 0 at the end.
func (d *Decoder) space() byte {
	for d.pos < len(d.in) {
		switch c := d.in[d.pos]; c {
		case ' ', '\n', '\t', '\r':
			d.pos++
		default:
			return c
		}
	}
	return 0
}

// Object begins an object and reports whether there is one. Null is none, and neither is "[REDACTED]".
func (d *Decoder) Object() bool { return d.open('{', "an object") }

// array is Object for arrays.
func (d *Decoder) array() bool { return d.open('[', "an array") }

func (d *Decoder) open(bracket byte, due string) bool {
	if d.space() != bracket {
		d.nothing(due)
		return false
	}
	if d.depth++; d.depth > maxDepth {
		d.fail("it is nested more than %d deep", maxDepth)
		return false
	}
	d.pos++
	d.first = true
	return true
}

// Member moves to the next member of the object at hand, whose value is read next, and reports whether there is one.
func (d *Decoder) Member() bool {
	if !d.more('}') {
		return false
	}
	if d.space() != '"' {
		d.unexpected("a name is due")
		return false
	}
	d.start = d.pos
	d.name = d.text()
	if d.space() != ':' {
		d.unexpected("a colon is due")
		return false
	}
	d.pos++
	return true
}

// Name is the name of the member at hand. It is good until the next value is read.
func (d *Decoder) Name() []byte { return d.name }

// element is Member for the elements of arrays.
func (d *Decoder) element() bool { return d.more(']') }

// more moves to the next member or element, and behind the bracket if there is none.
func (d *Decoder) more(bracket byte) bool {
	c := d.space()
	first := d.first
	d.first = false
	switch {
	case c == bracket:
		d.pos++
		d.depth--
		return false
	case first && d.pos < len(d.in):
		return true
	case c == ',':
		d.pos++
		if d.space() == bracket {
			d.fail("there is nothing after the comma")
			return false
		}
		return true
	}
	d.unexpected("a comma or the end is due")
	return false
}

// nothing reads what stands for the absence of a value, for whatever is due.
func (d *Decoder) nothing(due string) {
	if !d.literal("null") && !d.literal(`"`+Redacted+`"`) {
		d.unexpected(due + " is due")
	}
}

// unexpected fails since what comes is not what is due.
func (d *Decoder) unexpected(problem string) {
	switch c := d.space(); {
	case d.pos == len(d.in):
		d.fail("unexpected end: %s", problem)
	default:
		d.fail("%s, it is %s", problem, kindOf(c))
	}
}

// literal moves past text if that is what comes.
func (d *Decoder) literal(text string) bool {
	if len(d.in)-d.pos < len(text) || string(d.in[d.pos:d.pos+len(text)]) != text {
		return false
	}
	d.pos += len(text)
	return true
}

// text moves past the text at pos and returns what it says, which is good until the next text is read.
func (d *Decoder) text() []byte {
	d.pos++
	start := d.pos
	d.plain()
	if c := d.at(); c == '\\' {
		return d.escaped(start)
	} else if c != '"' {
		d.brokenText()
		return nil
	}
	d.pos++
	return d.in[start : d.pos-1]
}

// at returns the byte at pos, 0 at the end.
func (d *Decoder) at() byte {
	if d.pos < len(d.in) {
		return d.in[d.pos]
	}
	return 0
}

// plain moves to the next byte that means something in a text.
func (d *Decoder) plain() {
	rest := d.in[d.pos:]
	for i, c := range rest {
		if c == '"' || c == '\\' || c < ' ' {
			d.pos += i
			return
		}
	}
	d.pos = len(d.in)
}

func (d *Decoder) brokenText() {
	if d.pos == len(d.in) {
		d.fail("unexpected end of a text")
	} else {
		d.fail("a text has a control character")
	}
}

// escaped is text for one that has escapes, the first of them at pos.
func (d *Decoder) escaped(start int) []byte {
	d.unescaped = append(d.unescaped[:0], d.in[start:d.pos]...)
	for d.at() == '\\' {
		d.pos++
		d.unescaped = utf8.AppendRune(d.unescaped, d.escape())
		start = d.pos
		d.plain()
		d.unescaped = append(d.unescaped, d.in[start:d.pos]...)
	}
	if d.at() != '"' {
		d.brokenText()
		return nil
	}
	d.pos++
	return d.unescaped
}

// escape reads what comes behind a backslash.
func (d *Decoder) escape() rune {
	c := d.at()
	if c == 'u' {
		d.pos++
		return d.unicode()
	}
	i := bytes.IndexByte([]byte(`"\/bfnrt`), c)
	if i < 0 {
		d.fail("a text has an escape that there is not")
		return utf8.RuneError
	}
	d.pos++
	return rune("\"\\/\b\f\n\r\t"[i])
}

// unicode reads the digits of an escape, and of the one that makes a pair with it.
func (d *Decoder) unicode() rune {
	r := d.hex()
	if !utf16.IsSurrogate(r) {
		return r
	}
	if d.literal(`\u`) {
		if pair := utf16.DecodeRune(r, d.hex()); pair != utf8.RuneError {
			return pair
		}
		d.pos -= len(`\u0000`) // it stands for itself
	}
	return utf8.RuneError
}

func (d *Decoder) hex() rune {
	if len(d.in)-d.pos >= 4 {
		if n, err := strconv.ParseUint(string(d.in[d.pos:d.pos+4]), 16, 16); err == nil {
			d.pos += 4
			return rune(n)
		}
	}
	d.fail("a text has an escape without four digits")
	return utf8.RuneError
}

// number moves past the number at pos and returns it.
func (d *Decoder) number() []byte {
	start := d.pos
	if d.at() == '-' {
		d.pos++
	}
	if d.at() == '0' {
		d.pos++
	} else {
		d.digits()
	}
	if d.at() == '.' {
		d.pos++
		d.digits()
	}
	if c := d.at(); c == 'e' || c == 'E' {
		d.pos++
		if c := d.at(); c == '+' || c == '-' {
			d.pos++
		}
		d.digits()
	}
	if d.err != nil {
		return nil
	}
	return d.in[start:d.pos]
}

// digits moves past the digits at pos, of which there must be one.
func (d *Decoder) digits() {
	start := d.pos
	for c := d.at(); '0' <= c && c <= '9'; c = d.at() {
		d.pos++
	}
	if d.pos == start {
		d.fail("a number lacks a digit")
	}
}

// skip moves past the value that comes, whatever it is.
func (d *Decoder) skip() {
	switch c := d.space(); {
	case c == '{':
		for d.Object(); d.Member(); {
			d.skip()
		}
	case c == '[':
		for d.array(); d.element(); {
			d.skip()
		}
	case c == '"':
		d.text()
	case c == '-' || '0' <= c && c <= '9':
		d.number()
	case d.literal("true"), d.literal("false"), d.literal("null"):
	default:
		d.unexpected("a value is due")
	}
}

// texts are some that a decoder has seen, so that one which comes again and again need not be copied each time: the id of the run in every
// event of its trace, a status, the name of a workflow.
type texts [128]string

// longestRecent is the length up to which a text is likely to come again.
const longestRecent = 64

// of returns b as a string.
func (t *texts) of(b []byte) string {
	n := len(b)
	if n == 0 {
		return ""
	}
	if n > longestRecent {
		return string(b)
	}
	slot := &t[(int(b[0])+int(b[n/2])*5+int(b[n-1])*31+n*17)%len(t)]
	if *slot != string(b) {
		*slot = string(b)
	}
	return *slot
}
