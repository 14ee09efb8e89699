package wire

import (
	"bytes"
	"cmp"
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"strconv"
	"time"
)

// The functions below read the value that comes into what they are given. Null leaves that as it is, or makes it nil where there is
// a nil, and so does "[REDACTED]" wherever it is not text that is due.

// Text reads a text.
func Text[T ~string](d *Decoder, p *T) {
	switch {
	case d.space() == '"':
		*p = T(d.recent.of(d.text()))
	case !d.literal("null"):
		d.unexpected("text is due")
	}
}

// Bool reads true or false.
func Bool(d *Decoder, p *bool) {
	switch d.space(); {
	case d.literal("true"):
		*p = true
	case d.literal("false"):
		*p = false
	default:
		d.nothing("true or false")
	}
}

// Int reads a whole number, which may be written as 4.0.
func Int(d *Decoder, p *int) {
	d.space()
	at := d.pos
	token := d.maybeNumber("a whole number")
	if token == nil {
		return
	}
	if n, err := strconv.Atoi(string(token)); err == nil {
		*p = n
		return
	}
	if bytes.ContainsAny(token, ".eE") {
		if n, ok := wholeFloat(string(token)); ok && int64(int(n)) == n {
			*p = int(n)
			return
		}
	}
	d.pos = at
	d.fail("a whole number is due, it is a number that is not whole, or too large")
}

// wholeFloat reads a number that is whole though it is not written as one, such as 4.0 or 1e3, as far as a float64 tells such numbers apart.
func wholeFloat(text string) (int64, bool) {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) >= 1<<53 {
		return 0, false
	}
	return int64(f), true
}

// Float reads a number.
func Float(d *Decoder, p *float64) {
	d.space()
	at := d.pos
	token := d.maybeNumber("a number")
	if token == nil {
		return
	}
	f, err := strconv.ParseFloat(string(token), 64)
	if err != nil {
		d.pos = at
		d.fail("a number is due, it is one that is too large")
		return
	}
	*p = f
}

// maybeNumber returns the number that comes, nil if there is none.
func (d *Decoder) maybeNumber(due string) []byte {
	if c := d.space(); c == '-' || '0' <= c && c <= '9' {
		return d.number()
	}
	d.nothing(due)
	return nil
}

// Timestamp reads a time in either of the platform's forms, see [ParseTime].
func Timestamp(d *Decoder, p *time.Time) {
	var t time.Time
	var err error
	c := d.space()
	at := d.pos
	switch {
	case d.literal("null"):
		return
	case c == '"':
		t, err = parseText(d.text())
	case c == '-' || '0' <= c && c <= '9':
		if number := d.number(); number != nil {
			t, err = parseEpoch(string(number))
		}
	default:
		d.unexpected("a time is due as ISO 8601 text or as seconds since 1970")
	}
	switch {
	case d.err != nil:
	case err != nil:
		d.pos = at
		d.fail("%v", err)
	default:
		*p = t
	}
}

// Raw keeps a value as it is.
func Raw(d *Decoder, p *json.RawMessage) { *p = bytes.Clone(d.raw()) }

// raw moves past the value that comes and returns it.
func (d *Decoder) raw() []byte {
	d.space()
	start := d.pos
	outer := d.enter(start)
	d.skip()
	d.foreign = outer
	return d.in[start:d.pos]
}

// enter begins a part of the text whose names are not the contract's, at a place, and returns what foreign is to be behind it.
func (d *Decoder) enter(place int) (outer int) {
	outer = d.foreign
	d.foreign = cmp.Or(outer, place)
	return outer
}

// Pointer reads a value that may be absent.
func Pointer[T any](d *Decoder, p **T, read func(*Decoder, *T)) {
	if d.space(); d.literal("null") || d.literal(`"`+Redacted+`"`) {
		*p = nil
		return
	}
	if *p == nil {
		if !d.take(reflect.TypeFor[T]().Size()) {
			return
		}
		*p = new(T)
	}
	read(d, *p)
}

// List reads an array.
func List[T any](d *Decoder, p *[]T, read func(*Decoder, *T)) {
	if !d.array() {
		*p = nil
		return
	}
	items := []T{}
	size := reflect.TypeFor[T]().Size()
	for d.element() && d.take(size) {
		if len(items) == cap(items) {
			items = slices.Grow(items, max(len(items), 4))
		}
		items = items[:len(items)+1]
		read(d, &items[len(items)-1])
	}
	*p = items
}

// entrySize is about what a map takes for an entry beside its value.
const entrySize = 48

// Map reads an object whose names are not known beforehand.
func Map[M ~map[string]T, T any](d *Decoder, p *M, read func(*Decoder, *T)) {
	if !d.Object() {
		*p = nil
		return
	}
	if *p == nil {
		*p = M{}
	}
	outer := d.enter(d.pos)
	size := entrySize + reflect.TypeFor[T]().Size()
	for d.Member() && d.take(size) {
		name := d.recent.of(d.name)
		var value T
		read(d, &value)
		(*p)[name] = value
	}
	d.foreign = outer
}

// Keep puts the member at hand, which is one that the contract does not know, among the others of its kind.
func (d *Decoder) Keep(others *map[string]json.RawMessage) {
	outer := d.enter(d.start)
	if !d.take(2 * entrySize) {
		return
	}
	name := d.recent.of(d.name)
	if *others == nil {
		*others = make(map[string]json.RawMessage)
	}
	(*others)[name] = bytes.Clone(d.raw())
	d.foreign = outer
}

// Drop moves past the value of the member at hand, which is one that the contract does not know.
func (d *Decoder) Drop() {
	outer := d.enter(d.start)
	d.skip()
	d.foreign = outer
}
