package wire

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"time"
)

var (
	timeType = reflect.TypeFor[time.Time]()
	rawType  = reflect.TypeFor[json.RawMessage]()
	decodes  = reflect.TypeFor[json.Unmarshaler]()
)

// relax rewrites those values of body that the type t cannot take though the platform means them well: see [Answer]. Body
// must be valid JSON. It walks body and type side by side, so that a "[REDACTED]" where text is due stays what it is.
func relax(body []byte, t reflect.Type) (out []byte, changed bool) {
	r := relaxer{Decoder: Decoder{in: body}}
	r.value(t)
	if r.copied == 0 {
		return body, false
	}
	return append(r.out, body[r.copied:]...), true
}

type relaxer struct {
	Decoder
	out    []byte
	copied int // how much of in has gone to out
}

// value moves past the value at pos, which is to be decoded into t; t is nil where anything goes.
func (r *relaxer) value(t reflect.Type) {
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch c := r.space(); {
	case t == nil || t == rawType || t.Kind() == reflect.Interface || t != timeType && reflect.PointerTo(t).Implements(decodes):
		r.skip() // anything goes, or it reads its JSON in a way of its own, as the types of the contract do
	case c == '{':
		r.object(t)
	case c == '[' && (t.Kind() == reflect.Slice || t.Kind() == reflect.Array):
		for r.array(); r.element(); {
			r.value(t.Elem())
		}
	case c == '"':
		start := r.pos
		if text := r.text(); t.Kind() != reflect.String && string(text) == Redacted {
			r.replace(start, "null")
		}
	case c == '-' || '0' <= c && c <= '9':
		r.number(t)
	default:
		r.skip()
	}
}

func (r *relaxer) object(t reflect.Type) {
	switch {
	case t.Kind() == reflect.Map:
		for r.Object(); r.Member(); {
			r.value(t.Elem())
		}
	case t.Kind() == reflect.Struct && t != timeType:
		fields := fieldTypes(t)
		for r.Object(); r.Member(); {
			r.value(fieldType(fields, string(r.name)))
		}
	default:
		r.skip()
	}
}

func (r *relaxer) number(t reflect.Type) {
	start := r.pos
	text := string(r.raw())
	switch {
	case t == timeType:
		if at, err := parseEpoch(text); err == nil {
			r.replace(start, strconv.Quote(at.Format(time.RFC3339Nano)))
		}
	case t.Kind() >= reflect.Int && t.Kind() <= reflect.Int64 && strings.ContainsAny(text, ".eE"):
		if n, ok := wholeFloat(text); ok {
			r.replace(start, strconv.FormatInt(n, 10))
		}
	}
}

// replace puts text in the place of what lies between start and pos.
func (r *relaxer) replace(start int, text string) {
	r.out = append(append(r.out, r.in[r.copied:start]...), text...)
	r.copied = r.pos
}

var fieldCache sync.Map // reflect.Type to map[string]reflect.Type

// fieldTypes returns the types of the fields of struct t by their JSON names.
func fieldTypes(t reflect.Type) map[string]reflect.Type {
	if cached, ok := fieldCache.Load(t); ok {
		return cached.(map[string]reflect.Type)
	}
	fields := make(map[string]reflect.Type)
	for _, field := range reflect.VisibleFields(t) {
		tag := field.Tag.Get("json")
		name, _, _ := strings.Cut(tag, ",")
		switch {
		case tag == "-" || !field.IsExported():
		case name != "":
			fields[name] = field.Type
		case !field.Anonymous: // else its own fields are among these
			fields[field.Name] = field.Type
		}
	}
	fieldCache.Store(t, fields)
	return fields
}

// fieldType returns the type of the field that encoding/json takes a name for, nil if it takes it for none. Unlike the types of the contract,
// those of a user have it in whatever case.
func fieldType(fields map[string]reflect.Type, name string) reflect.Type {
	if t, ok := fields[name]; ok {
		return t
	}
	for other, t := range fields {
		if strings.EqualFold(other, name) {
			return t
		}
	}
	return nil
}
