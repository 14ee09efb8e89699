package kneotest

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// object is a JSON object. What the platform leaves open is kept as it goes over the wire, so that null, empty and absent stay three
// things; see present for what the contract fixes.
type object = map[string]any

// orNull is the text, null if it is empty.
func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// listOf is a list that is never null.
func listOf[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}

// with returns a copy of an object with more members.
func with(o object, more object) object {
	merged := make(object, len(o)+len(more))
	maps.Copy(merged, o)
	maps.Copy(merged, more)
	return merged
}

// stamp is a time as the platform writes it: in UTC, with microseconds unless there are none.
func stamp(t time.Time) any {
	switch {
	case t.IsZero():
		return nil
	case t.Nanosecond() == 0:
		return t.Format("2006-01-02T15:04:05+00:00")
	}
	return t.Format("2006-01-02T15:04:05.000000+00:00")
}

// seconds is a time as the platform writes deadlines: seconds since 1970, null for none.
func seconds(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return float64(t.UnixMicro()) / 1e6
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

func hasKey[V any](m map[string]V, key string) bool {
	_, ok := m[key]
	return ok
}

// either returns the first text that is not empty.
func either(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}
