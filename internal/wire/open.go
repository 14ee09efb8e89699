package wire

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
)

// Unknown returns the members of a JSON object whose names known does not know, nil when there are none. Object must be
// valid JSON: it is called behind encoding/json, by the types that keep what they do not know.
func Unknown(object []byte, known func(name string) bool) map[string]json.RawMessage {
	var extra map[string]json.RawMessage
	s := scanner{in: object}
	s.members(func(name []byte) bool {
		value := s.skip()
		if known(string(name)) {
			return true
		}
		if extra == nil {
			extra = make(map[string]json.RawMessage)
		}
		extra[string(name)] = slices.Clone(value)
		return true
	})
	return extra
}

// Mentions reports whether a JSON object has any of the fields of the struct that v points to. One that has none decodes into
// v all the same, and leaves it empty.
func Mentions(object []byte, v any) bool {
	fields := fieldTypes(reflect.TypeOf(v).Elem())
	found := false
	s := scanner{in: object}
	s.members(func(name []byte) bool {
		s.skip()
		_, found = fields[string(name)]
		return !found
	})
	return found
}

// Append adds members to a JSON object, in the order of their names.
func Append(object []byte, extra map[string]json.RawMessage) ([]byte, error) {
	if len(extra) == 0 {
		return object, nil
	}
	out := object[:len(object)-1]
	for _, name := range slices.Sorted(maps.Keys(extra)) {
		if len(out) > 1 {
			out = append(out, ',')
		}
		quoted, err := json.Marshal(name)
		if err != nil {
			return nil, err
		}
		out = append(append(out, quoted...), ':')
		value := extra[name]
		if len(value) == 0 {
			value = json.RawMessage("null")
		}
		out = append(out, value...)
	}
	return append(out, '}'), nil
}
