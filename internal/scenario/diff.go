package scenario

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Differences says in which places two playings of a scenario differ: what was wanted, and what came.
func Differences(want, got []Answer) []string {
	var found []string
	for i := range max(len(want), len(got)) {
		switch {
		case i >= len(want):
			found = append(found, fmt.Sprintf("%s: not wanted", got[i].To))
		case i >= len(got):
			found = append(found, fmt.Sprintf("%s: missing", want[i].To))
		case want[i].To != got[i].To || want[i].Status != got[i].Status:
			found = append(found, fmt.Sprintf("%s: want %d %.300s, got %s: %d %.300s", want[i].To, want[i].Status, want[i].Body, got[i].To, got[i].Status, got[i].Body))
		default:
			var a, b any
			_ = json.Unmarshal(want[i].Body, &a)
			_ = json.Unmarshal(got[i].Body, &b)
			found = append(found, compare(want[i].To, a, b)...)
		}
	}
	return found
}

func compare(path string, want, got any) []string {
	switch want := want.(type) {
	case map[string]any:
		if got, ok := got.(map[string]any); ok {
			return compareObjects(path, want, got)
		}
	case []any:
		if got, ok := got.([]any); ok && len(got) == len(want) {
			var found []string
			for i := range want {
				found = append(found, compare(fmt.Sprintf("%s[%d]", path, i), want[i], got[i])...)
			}
			return found
		}
	default:
		if want == got {
			return nil
		}
	}
	return []string{fmt.Sprintf("%s: want %.300s, got %.300s", path, encode(want), encode(got))}
}

func compareObjects(path string, want, got map[string]any) []string {
	names := maps.Clone(want)
	maps.Copy(names, got)
	var found []string
	for _, name := range sortedKeys(names) {
		a, wanted := want[name]
		b, given := got[name]
		switch {
		case !wanted:
			found = append(found, fmt.Sprintf("%s.%s: not wanted: %.200s", path, name, encode(b)))
		case !given:
			found = append(found, fmt.Sprintf("%s.%s: missing, want %.200s", path, name, encode(a)))
		default:
			found = append(found, compare(path+"."+name, a, b)...)
		}
	}
	return found
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
