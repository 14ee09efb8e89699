package wire

import (
	"encoding/json"
	"maps"
	"slices"
)

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
