package kneotest

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// guardrails are the checks of an agent, by the stage at which they look. What a stage may hold is checked with the spec.
type guardrails struct {
	stages map[string][]guardrail
	raw    object
}

type guardrail struct {
	ID     string
	Type   string
	Action string
	Mode   string
	Config struct {
		Keywords []string
		Patterns []string
	}
}

// UnmarshalJSON reads stages of checks; what is not one is left to the check of the spec.
func (g *guardrails) UnmarshalJSON(data []byte) error {
	if err := json.Unmarshal(data, &g.raw); err != nil {
		return err
	}
	g.stages = map[string][]guardrail{}
	for stage, items := range g.raw {
		list, _ := items.([]any)
		for _, item := range list {
			var rail guardrail
			if json.Unmarshal(encode(item), &rail) == nil {
				g.stages[stage] = append(g.stages[stage], rail)
			}
		}
	}
	return nil
}

// check fails a text that a check of the stage is against. One that only warns lets it pass.
func (g *guardrails) check(stage, text string) error {
	if g == nil {
		return nil
	}
	for _, rail := range g.stages[stage] {
		if reason := rail.against(text); reason != "" && rail.Action != "warn" {
			return &StepError{guardrailViolation, fmt.Sprintf("Guardrail '%s' failed: %s", rail.ID, reason)}
		}
	}
	return nil
}

// guardrailViolation is the type of an error that no policy of a step may swallow.
const guardrailViolation = "GuardrailViolation"

// against says what a check has against a text, nothing if it passes.
func (g guardrail) against(text string) string {
	var found []string
	switch g.Type {
	case "keyword":
		for _, word := range g.Config.Keywords {
			if strings.Contains(strings.ToLower(text), strings.ToLower(word)) {
				found = append(found, word)
			}
		}
	case "regex":
		for _, pattern := range g.Config.Patterns {
			if re, err := regexp.Compile(pattern); err == nil && re.MatchString(text) {
				found = append(found, pattern)
			}
		}
	}
	switch {
	case found == nil:
		return ""
	case g.Type == "regex":
		return "Regex guardrail matched: " + pythonList(found)
	}
	return "Blocked keywords found: " + pythonList(found)
}

func pythonList(texts []string) string { return "['" + strings.Join(texts, "', '") + "']" }

// build finds checks that cannot be made: of a type that there is not, or of something that the spec does not have. Those of the stage
// workflow are only made of the root.
func (g *guardrails) build(s *spec) error {
	if g == nil {
		return nil
	}
	for _, stage := range []string{"input", "output", "tool", "workflow"} {
		if stage == "workflow" && g != s.Agent.Guardrails {
			continue
		}
		if err := buildStage(g.raw[stage], s); err != nil {
			return err
		}
	}
	return nil
}

func buildStage(stage any, s *spec) error {
	items, isList := stage.([]any)
	if !isList && stage != nil {
		return errNoGuardrail
	}
	for _, item := range items {
		rail, ok := item.(object)
		if !ok {
			return errNoGuardrail
		}
		if err := buildGuardrail(rail, s); err != nil {
			return err
		}
	}
	return nil
}

var errNoGuardrail = &StepError{"TypeError", "string indices must be integers, not 'str'"}

func buildGuardrail(rail object, s *spec) error {
	for _, name := range []string{"id", "type"} {
		if !hasKey(rail, name) {
			return keyError(name)
		}
	}
	if mode, given := rail["mode"]; given && mode != "middleware" {
		return nil
	}
	ref, _ := rail["ref"].(string)
	switch rail["type"] {
	case "keyword", "regex":
	case "function", "agent":
		if !s.has(ref) {
			return keyError("Unknown component reference: " + ref)
		}
	default:
		return valueError("Unsupported guardrail type: %v", rail["type"])
	}
	return nil
}

// has reports whether the spec has a component of any kind with a name.
func (s *spec) has(name string) bool {
	c := s.Components
	return hasKey(c.Agents, name) || hasKey(c.Functions, name) || hasKey(s.Tools, name) || hasKey(c.Workflows, name) || hasKey(c.Humans, name)
}
