package wire

import (
	"encoding/json"
	"reflect"
)

// Member returns the value of a member of the object that body is, nil if it has none or is no object.
func Member(body []byte, name string) (value json.RawMessage) {
	err := read(body, func(d *Decoder) {
		for d.Object(); d.Member(); {
			if string(d.name) == name {
				value = d.raw()
			} else {
				d.skip()
			}
		}
	})
	if err != nil {
		return nil
	}
	return value
}

// Mentions reports whether a JSON object, which is known to be one, has any of the fields of the struct that v points to. One that has none
// decodes into v all the same, and leaves it empty.
func Mentions(object []byte, v any) bool {
	fields := fieldTypes(reflect.TypeOf(v).Elem())
	d := Decoder{in: object} // not read: most have one at the very beginning
	for d.Object(); d.Member(); {
		if _, known := fields[string(d.name)]; known {
			return true
		}
		d.skip()
	}
	return false
}
