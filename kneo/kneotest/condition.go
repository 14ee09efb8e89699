package kneotest

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// condition says when a graph follows an edge.
type condition struct {
	Type          string      `json:"type"`
	Value         any         `json:"value"`
	Key           string      `json:"key"`
	CaseSensitive bool        `json:"case_sensitive"`
	Conditions    []condition `json:"conditions"`
	Condition     *condition  `json:"condition"`
}

// UnmarshalJSON reads a condition of a type that there is.
func (c *condition) UnmarshalJSON(data []byte) error {
	type plain condition
	if err := strict(data, (*plain)(c)); err != nil {
		return err
	}
	if !slices.Contains([]string{
		"always", "never", "output_contains", "output_equals", "metadata_equals", "variable_equals", "status_is", "all_of", "any_of", "not",
	}, c.Type) {
		return fmt.Errorf("condition.type: %q is not a type of conditions", c.Type)
	}
	return nil
}

// circumstances are what conditions are about.
type circumstances struct {
	output   string
	status   string
	metadata object
}

// holds reports whether an edge is to be followed. One without a condition always is.
func (c *condition) holds(now circumstances) bool {
	if c == nil {
		return true
	}
	switch c.Type {
	case "always":
		return true
	case "output_contains":
		return strings.Contains(c.fold(now.output), c.fold(c.text()))
	case "output_equals":
		return c.fold(now.output) == c.fold(c.text())
	case "metadata_equals":
		return sameJSON(now.metadata[c.Key], c.Value)
	case "variable_equals":
		return c.Value == nil // no run has variables
	case "status_is":
		return c.Value == now.status
	case "all_of":
		return !slices.ContainsFunc(c.Conditions, func(c condition) bool { return !c.holds(now) })
	case "any_of":
		return slices.ContainsFunc(c.Conditions, func(c condition) bool { return c.holds(now) })
	case "not":
		return !c.Condition.holds(now)
	}
	return false // never
}

func (c *condition) fold(text string) string {
	if c.CaseSensitive {
		return text
	}
	return strings.ToLower(text)
}

func (c *condition) text() string {
	text, _ := c.Value.(string)
	return text
}

// sameJSON reports whether two values are the same on the wire.
func sameJSON(a, b any) bool {
	var left, right any
	_ = json.Unmarshal(encode(a), &left)
	_ = json.Unmarshal(encode(b), &right)
	return reflect.DeepEqual(left, right)
}

// isEmpty reports whether a condition lacks the one that it turns round, somewhere in it.
func (c *condition) isEmpty() bool {
	if c == nil {
		return false
	}
	if c.Type == "not" && c.Condition == nil {
		return true
	}
	return c.Condition.isEmpty() || slices.ContainsFunc(c.Conditions, func(child condition) bool { return child.isEmpty() })
}
