package wire

import (
	"encoding/json"
	"maps"
	"slices"
)

// Unknown returns the members of a JSON object whose names known does not know, nil when there are none. Object must be
// valid JSON: it is called behind encoding/json, by the types that keep what they do not know.
func Unknown(object []byte, known func(name string) bool) map[string]json.RawMessage {
	var extra map[string]json.RawMessage
	s := scanner{in: object}
	s.members(func(name []byte) {
		value := s.skip()
		if known(string(name)) {
			return
		}
		if extra == nil {
			extra = make(map[string]json.RawMessage)
		}
		extra[string(name)] = slices.Clone(value)
	})
	return extra
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
