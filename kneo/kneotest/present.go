package kneotest

import (
	"reflect"
	"strings"
	"time"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// sparse are the objects of which the platform sends only the fields that there are. Of all others it sends every field,
// null if there is nothing.
var sparse = map[reflect.Type]bool{
	reflect.TypeFor[gen.RunMetadata](): true, reflect.TypeFor[gen.TraceMetadata](): true, reflect.TypeFor[gen.CheckpointMetadata](): true,
	reflect.TypeFor[gen.MessageMetadata](): true, reflect.TypeFor[gen.HealthMetadata](): true, reflect.TypeFor[gen.WorkflowMetadata](): true,
	reflect.TypeFor[time.Time](): true,
}

// present turns an answer into what it is as JSON on the platform's side, where absent and null are two things.
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
			if v.IsNil() {
				return nil
			}
			return v.Interface()
		}
		items := make([]any, v.Len())
		for i := range items {
			items[i] = presentValue(v.Index(i))
		}
		return items
	case reflect.Struct:
		if sparse[v.Type()] {
			return v.Interface()
		}
		return presentStruct(v)
	case reflect.String:
		if v.Len() == 0 {
			return nil
		}
	}
	return v.Interface()
}

func presentStruct(v reflect.Value) map[string]any {
	fields := map[string]any{}
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		if name == "-" {
			continue
		}
		value := v.Field(i)
		if at, ok := value.Interface().(time.Time); ok && at.IsZero() {
			fields[name] = nil
			continue
		}
		fields[name] = presentValue(value)
	}
	return fields
}
