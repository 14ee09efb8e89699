package wire

import "encoding/json"

// Member returns the value of a member of the object that body is, nil if it has none or is no object.
func Member(body []byte, name string) (value json.RawMessage) {
	if !json.Valid(body) {
		return nil
	}
	s := scanner{in: body}
	s.members(func(have []byte) bool {
		if v := s.skip(); string(have) == name {
			value = v
		}
		return true
	})
	return value
}
