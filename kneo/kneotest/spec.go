package kneotest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"

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
	Guardrails   any    `json:"guardrails"`
	Limits       any    `json:"max_iterations"`
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

// parseSpec reads the spec of a request.
func parseSpec(req *gen.RunCreateRequest) (*spec, *problem) {
	switch {
	case req.Spec == nil && req.SpecPath == "":
		return nil, badRequest("Either spec_path or spec must be provided.")
	case req.Spec == nil:
		return nil, badRequest("Spec file not found: " + req.SpecPath)
	}
	if version := req.Spec["version"]; version != "v1" {
		return nil, badRequest(fmt.Sprintf("Unsupported spec version: %v", version))
	}
	parsed := new(spec)
	decoder := json.NewDecoder(bytes.NewReader(encode(req.Spec)))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(parsed)
	if err == nil && parsed.Agent == nil {
		err = fmt.Errorf("agent: Field required")
	}
	if err != nil {
		return nil, invalidSpec(err)
	}
	return parsed, nil
}

func invalidSpec(err error) *problem {
	return &problem{
		status: http.StatusBadRequest, code: "spec_invalid", message: "Spec failed validation.",
		more: map[string]any{"diagnostics": []gen.Diagnostic{{
			Code: "E_SCHEMA", Severity: gen.SeverityError, Message: err.Error(), Suggestion: "Check required fields, enum values, and object shapes.",
		}}},
	}
}
