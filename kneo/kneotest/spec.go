package kneotest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// spec is what the server understands of a spec.
type spec struct {
	Version    string     `json:"version"`
	Agent      *agent     `json:"agent"`
	Components components `json:"components"`
	Workflow   *workflow  `json:"workflow"`
	Metadata   any        `json:"metadata"`
}

type agent struct {
	Name         string `json:"name"`
	Description  string `json:"description"`
	Instructions any    `json:"instructions"`
	Strategy     any    `json:"strategy"`
	Runtime      any    `json:"runtime"`
	Model        any    `json:"model"`
	Tools        any    `json:"tools"`
	Skills       any    `json:"skills"`
	Memory       any    `json:"memory"`
	Guardrails   *rails `json:"guardrails"`
	Limits       any    `json:"max_iterations"`
}

// rails are the guardrails of an agent. Those that look for keywords in the input are carried out.
type rails struct {
	Input []struct {
		ID     string `json:"id"`
		Type   string `json:"type"`
		Config struct {
			Keywords []string `json:"keywords"`
		} `json:"config"`
	} `json:"input"`
	Output any `json:"output"`
	Tool   any `json:"tool"`
}

// violated says which guardrail an input runs into, nothing if none.
func (g *rails) violated(input string) string {
	if g == nil {
		return ""
	}
	for _, rail := range g.Input {
		for _, word := range rail.Config.Keywords {
			if rail.Type == "keyword" && strings.Contains(strings.ToLower(input), strings.ToLower(word)) {
				return fmt.Sprintf("Guardrail '%s' failed: Blocked keywords found: ['%s']", rail.ID, word)
			}
		}
	}
	return ""
}

type components struct {
	Functions map[string]struct {
		Implementation string `json:"implementation"`
		Description    string `json:"description"`
	} `json:"functions"`
	Agents     map[string]agent `json:"agents"`
	Humans     map[string]human `json:"humans"`
	Tools      any              `json:"tools"`
	Workflows  any              `json:"workflows"`
	Guardrails any              `json:"guardrails"`
	Skills     any              `json:"skills"`
}

type human struct {
	RequestType    string         `json:"request_type"`
	Description    string         `json:"description"`
	Options        []string       `json:"options"`
	DefaultOption  string         `json:"default_option"`
	Assignee       string         `json:"assignee"`
	TimeoutSeconds float64        `json:"timeout_seconds"`
	OnTimeout      string         `json:"on_timeout"`
	Context        map[string]any `json:"context"`
	Metadata       map[string]any `json:"metadata"`
}

type workflow struct {
	Type         string `json:"type"`
	Name         string `json:"name"`
	Description  string `json:"description"`
	Steps        []step `json:"steps"`
	Participants any    `json:"participants"`
	Start        any    `json:"start"`
	Nodes        any    `json:"nodes"`
	Edges        any    `json:"edges"`
	MaxSteps     any    `json:"max_steps"`
	Rounds       any    `json:"rounds"`
	Selector     any    `json:"selector"`
	Variables    any    `json:"variables"`
}

type step struct {
	ID             string  `json:"id"`
	Kind           string  `json:"kind"`
	Ref            string  `json:"ref"`
	Enabled        *bool   `json:"enabled"`
	OnError        string  `json:"on_error"`
	FallbackRef    string  `json:"fallback_ref"`
	MaxRetries     int     `json:"max_retries"`
	TimeoutSeconds float64 `json:"timeout_seconds"`
}

// parseSpec reads a spec and checks it. Text is what the answer says when there is none.
func parseSpec(content map[string]any, path, text string) (*spec, *problem) {
	switch {
	case content == nil && path == "":
		return nil, badRequest(text)
	case content == nil && strings.HasPrefix(path, "/"):
		return nil, &problem{status: http.StatusUnprocessableEntity, code: "spec_path_confined", message: "spec_path resolves outside the configured spec root."}
	case content == nil:
		return nil, badRequest("A referenced file could not be read.")
	}
	if version := content["version"]; version != "v1" {
		return nil, badRequest(fmt.Sprintf("Unsupported spec version: %v", version))
	}
	parsed := new(spec)
	decoder := json.NewDecoder(bytes.NewReader(encode(content)))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(parsed)
	if err == nil && parsed.Agent == nil {
		err = errors.New("agent: Field required")
	}
	if err != nil {
		return nil, invalidSpec(gen.Diagnostic{
			Code: "E_SCHEMA", Severity: gen.SeverityError, Message: err.Error(), Suggestion: "Check required fields, enum values, and object shapes.",
		})
	}
	if diagnostics := parsed.check(); diagnostics != nil {
		return nil, invalidSpec(diagnostics...)
	}
	return parsed, nil
}

// check finds references to nothing.
func (s *spec) check() (found []gen.Diagnostic) {
	if s.Workflow == nil {
		return nil
	}
	for i, step := range s.Workflow.Steps {
		kinds := map[string]struct {
			known      bool
			code, name string
		}{
			"function": {hasKey(s.Components.Functions, step.Ref), "E_STEP_FUNCTION_REF", "Function"},
			"agent":    {hasKey(s.Components.Agents, step.Ref), "E_STEP_AGENT_REF", "Agent"},
			"human":    {hasKey(s.Components.Humans, step.Ref), "E_STEP_HUMAN_REF", "Human"},
		}
		if kind, ok := kinds[step.Kind]; ok && !kind.known {
			found = append(found, gen.Diagnostic{
				Code: kind.code, Severity: gen.SeverityError, Message: fmt.Sprintf("%s component '%s' is referenced but not defined.", kind.name, step.Ref),
				Path: fmt.Sprintf("workflow.steps[%d].ref", i), Suggestion: fmt.Sprintf("Add it under components.%ss.", step.Kind),
			})
		}
	}
	return found
}

func hasKey[V any](m map[string]V, key string) bool {
	_, ok := m[key]
	return ok
}

func invalidSpec(diagnostics ...gen.Diagnostic) *problem {
	return &problem{
		status: http.StatusBadRequest, code: "spec_invalid", message: "Spec failed validation.",
		more: map[string]any{"diagnostics": present(diagnostics)}, diagnostics: diagnostics,
	}
}
