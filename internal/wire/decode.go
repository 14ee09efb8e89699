// Package wire reads and writes the platform's JSON.
//
// It is encoding/json with the strictness that an API client owes its user (one whole value, valid UTF-8, of the kind that
// is due) and the leniency that the platform forces on it ("[REDACTED]" in the place of any value, times in two forms,
// fields that nobody has heard of).
package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"unicode/utf8"
)

// Redacted is what the platform puts in the place of a value, of whatever type, whose key sounds like a secret.
const Redacted = "[REDACTED]"

// ErrEmpty means that there was no JSON where a value was due.
var ErrEmpty = errors.New("the body is empty")

// Decode reads body into v, which points to the type that is due.
//
// Body must be exactly one JSON value, in valid UTF-8, an object where v is a struct or a map and an array where v is a
// slice; null is none of these. Unknown fields are passed over. A value of the wrong type is an error, with three exceptions
// that the platform is known for: "[REDACTED]" where anything but a string is due reads as null, a number where a time is due
// as seconds since 1970, and 4.0 where an integer is due as 4.
//
// The errors quote nothing of the body but single characters and numbers.
func Decode(body []byte, v any) error {
	if !utf8.Valid(body) {
		return errors.New("the body is not valid UTF-8")
	}
	if err := checkKind(body, reflect.TypeOf(v).Elem()); err != nil {
		return err
	}
	err := json.Unmarshal(body, v)
	if err == nil {
		return nil
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return err
	}
	// Only now, since it costs a second pass that hardly any answer needs.
	relaxed, changed := relax(body, reflect.TypeOf(v).Elem())
	if !changed {
		return err
	}
	reflect.ValueOf(v).Elem().SetZero()
	return json.Unmarshal(relaxed, v)
}

// checkKind reports whether body begins as a value of type t must. It is needed because encoding/json takes null for
// anything, and leaves the target as it was.
func checkKind(body []byte, t reflect.Type) error {
	start := bytes.TrimLeft(body, " \t\r\n")
	if len(start) == 0 {
		return ErrEmpty
	}
	var due byte
	var name string
	switch {
	case t == rawType || t.Kind() == reflect.Interface:
		return nil
	case t.Kind() == reflect.Struct && t != timeType, t.Kind() == reflect.Map:
		due, name = '{', "an object"
	case t.Kind() == reflect.Slice:
		due, name = '[', "an array"
	default:
		return nil
	}
	if start[0] != due {
		return fmt.Errorf("%s is due, the body is %s", name, kindOf(start[0]))
	}
	return nil
}

// kindOf names the JSON value that begins with c.
func kindOf(c byte) string {
	switch {
	case c == '{':
		return "an object"
	case c == '[':
		return "an array"
	case c == '"':
		return "a string"
	case c == 't' || c == 'f':
		return "a boolean"
	case c == 'n':
		return "null"
	case c == '-' || '0' <= c && c <= '9':
		return "a number"
	}
	return "not JSON"
}
