// Package wire reads and writes the platform's JSON.
//
// It has the strictness that an API client owes its user (one whole value, valid UTF-8, of the kind that is due) and the leniency that
// the platform forces on it ("[REDACTED]" in the place of any value, times in two forms, fields that nobody has heard of).
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

var errNotUTF8 = errors.New("the body is not valid UTF-8")

// Answer reads body into v, which is of a type of the contract that an operation answers with.
//
// Body must be exactly one JSON object, in valid UTF-8; null is none. Unknown fields are kept where the contract leaves an object open,
// and passed over elsewhere. A value of the wrong type is an error, with three exceptions that the platform is known for: "[REDACTED]"
// where anything but text is due reads as null, a number where a time is due as seconds since 1970, and 4.0 where a whole number
// is due as 4.
//
// The errors say where in the body something is wrong, and quote nothing of its values.
func Answer(body []byte, v json.Unmarshaler) error {
	if err := checkKind(body, '{', "an object"); err != nil {
		return err
	}
	return v.UnmarshalJSON(body)
}

// Unmarshal is what the types of the contract have as UnmarshalJSON.
func Unmarshal[T any](body []byte, v *T, value func(*Decoder, *T)) error {
	return read(body, func(d *Decoder) { value(d, v) })
}

// Decode does what [Answer] does for a value of any type, such as one of the user's, by encoding/json: v points to the type that is due. A
// struct and a map take an object, a slice takes an array, and null is neither.
func Decode(body []byte, v any) error {
	if !utf8.Valid(body) {
		return errNotUTF8
	}
	t := reflect.TypeOf(v).Elem()
	switch {
	case t == rawType || t.Kind() == reflect.Interface:
	case t.Kind() == reflect.Struct && t != timeType, t.Kind() == reflect.Map:
		if err := checkKind(body, '{', "an object"); err != nil {
			return err
		}
	case t.Kind() == reflect.Slice:
		if err := checkKind(body, '[', "an array"); err != nil {
			return err
		}
	}
	err := json.Unmarshal(body, v)
	if err == nil {
		return nil
	}
	if len(bytes.TrimLeft(body, " \t\r\n")) == 0 {
		return ErrEmpty
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return err
	}
	// Only now, since it costs a second pass that hardly any answer needs.
	relaxed, changed := relax(body, t)
	if !changed {
		return err
	}
	reflect.ValueOf(v).Elem().SetZero()
	return json.Unmarshal(relaxed, v)
}

// checkKind reports whether body begins as the value that is due does. It is needed because encoding/json takes null for anything, and
// leaves the target as it was.
func checkKind(body []byte, bracket byte, due string) error {
	start := bytes.TrimLeft(body, " \t\r\n")
	if len(start) == 0 {
		return ErrEmpty
	}
	switch {
	case start[0] == bracket:
		return nil
	case !utf8.Valid(body):
		return errNotUTF8
	}
	return fmt.Errorf("%s is due, the body is %s", due, kindOf(start[0]))
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
