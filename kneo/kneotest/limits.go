package kneotest

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// The limits of the real server, with what it is started with by default.
const (
	maxInput       = 20_000 // characters, of the content of a decision too
	maxShort       = 4_096  // characters of paths, ids and names
	maxItems       = 100    // of a list
	maxEnvironment = 128    // characters of the name of an environment in a path
)

// textLimits are the most characters of fields that are texts, byteLimits the most bytes of fields that are objects: a field has the same
// in every body.
var (
	textLimits = map[string]int{
		"input": maxInput, "content": maxInput, "spec_path": maxShort, "environment": maxShort, "session_id": maxShort,
		"request_id": maxShort, "selected_option": maxShort,
	}
	byteLimits = map[string]int{"spec": 256 << 10, "overrides": 64 << 10, "metadata": 32 << 10}
)

// overLimit says what is wrong with the value of a field that is of the right kind, nothing if it is within its limits.
func overLimit(name string, value any) string {
	switch v := value.(type) {
	case string:
		if limit := textLimits[name]; limit > 0 && utf8.RuneCountInString(v) > limit {
			return fmt.Sprintf("%s exceeds maximum length of %d characters.", name, limit)
		}
		if name == "spec_path" {
			return unsafePath(name, v)
		}
	case object:
		if limit := byteLimits[name]; limit > 0 && len(pythonJSON(v, false)) > limit {
			return fmt.Sprintf("%s exceeds maximum serialized size of %d bytes.", name, limit)
		}
	case []any:
		return overListLimit(name, v)
	}
	return ""
}

// overListLimit is overLimit for a list of texts.
func overListLimit(name string, items []any) string {
	if len(items) > maxItems {
		return fmt.Sprintf("%s exceeds maximum item count of %d.", name, maxItems)
	}
	for _, item := range items {
		text, _ := item.(string)
		if utf8.RuneCountInString(text) > maxShort {
			return fmt.Sprintf("%s has an item that exceeds maximum length of %d characters.", name, maxShort)
		}
		if wrong := unsafePath(name, text); name == "overlays" && wrong != "" {
			return wrong
		}
	}
	return ""
}

// unsafePath says what is wrong with the name of a file that leads out of the folder of specs.
func unsafePath(what, path string) string {
	switch {
	case strings.HasPrefix(path, "~"):
		return what + " must not use '~' home-directory expansion."
	case slices.Contains(strings.FieldsFunc(path, func(r rune) bool { return r == '/' || r == '\\' }), ".."):
		return what + " must not contain parent-directory ('..') segments."
	}
	return ""
}

// wrongValue is a field whose value the real server refuses in code of its own.
func wrongValue(name string, value any, message string) field {
	return field{Type: "value_error", Loc: []any{"body", name}, Message: "Value error, " + message, Input: value, Context: map[string]any{"error": struct{}{}}}
}

// wrongEnvironment is the name of an environment in a path that is too long; nil if it is not.
func wrongEnvironment(name string) []field {
	if utf8.RuneCountInString(name) <= maxEnvironment {
		return nil
	}
	return []field{{
		Type: "string_too_long", Loc: []any{"path", "environment"}, Message: fmt.Sprintf("String should have at most %d characters", maxEnvironment),
		Input: name, Context: map[string]any{"max_length": maxEnvironment},
	}}
}
