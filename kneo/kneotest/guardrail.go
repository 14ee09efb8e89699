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
