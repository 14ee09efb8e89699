package kneotest

import (
	"reflect"
	"strings"
)

// present turns one of the contract's objects into what it is as JSON on the platform's side: every field is there, null if there is
// nothing in it. What the contract leaves open is an [object] from the start.
func present(v any) any { return presentValue(reflect.ValueOf(v)) }

func presentValue(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil
		}
		return presentValue(v.Elem())
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 { // json.RawMessage
			return v.Interface()
		}
		items := make([]any, v.Len())
		for i := range items {
			items[i] = presentValue(v.Index(i))
		}
		return items
	case reflect.Struct:
		return presentStruct(v)
	case reflect.String:
		if v.Len() == 0 {
			return nil
		}
	}
	return v.Interface()
}

func presentStruct(v reflect.Value) object {
	fields := object{}
	for i := range v.NumField() {
		if name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ","); name != "-" {
			fields[name] = presentValue(v.Field(i))
		}
	}
	return fields
}
