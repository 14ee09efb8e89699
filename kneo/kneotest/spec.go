package kneotest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// spec is a spec as the server understands it. A key that is not here makes a spec invalid.
type spec struct {
	Version    string           `json:"version"`
	Metadata   object           `json:"metadata"`
	Agent      *agent           `json:"agent"`
	Workflow   *workflow        `json:"workflow"`
	Components components       `json:"components"`
	Tools      map[string]tool  `json:"tools"`
	MCPServers map[string]any   `json:"mcp_servers"`
	Skills     map[string]skill `json:"skills"`
	Policies   object           `json:"policies"`

	findings []gen.Diagnostic
	scripted bool // made of a script, whatever was asked for
}

type components struct {
	Agents    map[string]*agent    `json:"agents"`
	Workflows map[string]*workflow `json:"workflows"`
	Functions map[string]function  `json:"functions"`
	Humans    map[string]*human    `json:"humans"`
}

type agent struct {
	Name               string      `json:"name"`
	Description        string      `json:"description"`
	SystemPrompt       string      `json:"system_prompt"`
	Model              any         `json:"model"`
	Strategy           strategy    `json:"strategy"`
	RuntimePreferences object      `json:"runtime_preferences"`
	History            object      `json:"history"`
	Memory             object      `json:"memory"`
	Guardrails         *guardrails `json:"guardrails"`
	Tools              *toolChoice `json:"tools"`
	Skills             []string    `json:"skills"`
	Middleware         []string    `json:"middleware"`
	Defaults           object      `json:"defaults"`
	AsAgent            string      `json:"as_agent"`
}

// strategy is how an agent goes about it; a text is short for its type.
type strategy struct {
	Type              string `json:"type"`
	MaxIterations     *int   `json:"max_iterations"`
	StopOnToolError   *bool  `json:"stop_on_tool_error"`
	ParallelToolCalls *bool  `json:"parallel_tool_calls"`
}

// UnmarshalJSON reads either form.
func (s *strategy) UnmarshalJSON(data []byte) error {
	type plain strategy
	if data[0] == '"' {
		return json.Unmarshal(data, &s.Type)
	}
	return strict(data, (*plain)(s))
}

// toolChoice is which tools an agent has; a list is short for those that it includes.
type toolChoice struct {
	Include     []string `json:"include"`
	Exclude     []string `json:"exclude"`
	Permissions object   `json:"permissions"`

	short bool
}

// UnmarshalJSON reads either form.
func (c *toolChoice) UnmarshalJSON(data []byte) error {
	type plain toolChoice
	if data[0] == '[' {
		c.short = true
		return json.Unmarshal(data, &c.Include)
	}
	return strict(data, (*plain)(c))
}

type tool struct {
	Description    string `json:"description"`
	Parameters     object `json:"parameters"`
	Implementation string `json:"implementation"`
	MCP            object `json:"mcp"`
	Agent          string `json:"agent"`
}

// UnmarshalJSON reads a tool, which has to be described.
func (t *tool) UnmarshalJSON(data []byte) error {
	type plain tool
	return required(data, (*plain)(t), "tool", "description")
}

// skill is where an agent could read of something that it can do; here nobody looks.
type skill struct {
	Source      string `json:"source"`
	Description string `json:"description"`
}

// UnmarshalJSON reads a skill, which has to be somewhere.
func (s *skill) UnmarshalJSON(data []byte) error {
	type plain skill
	if err := required(data, (*plain)(s), "skill", "source"); err != nil {
		return err
	}
	if wrong := unsafePath("skill source", s.Source); wrong != "" {
		return errors.New(wrong)
	}
	return nil
}

type function struct {
	Implementation string `json:"implementation"`
	InputSchema    object `json:"input_schema"`
	OutputSchema   object `json:"output_schema"`

	call Function // of a script, in the place of an implementation
}

// UnmarshalJSON reads a function, which has to have an implementation, even if that is no good name of one.
func (f *function) UnmarshalJSON(data []byte) error {
	type plain function
	return required(data, (*plain)(f), "function", "implementation")
}

type human struct {
	Description    string   `json:"description"`
	Assignee       string   `json:"assignee"`
	TimeoutSeconds *int     `json:"timeout_seconds"`
	OnTimeout      string   `json:"on_timeout"`
	RequestType    string   `json:"request_type"`
	Options        []string `json:"options"`
	DefaultOption  *string  `json:"default_option"`
	Context        object   `json:"context"`
	ResponseRole   string   `json:"response_role"`
}

// workflow is any of the five kinds; which fields there are depends on its type.
type workflow struct {
	Type          string           `json:"type"`
	Name          string           `json:"name"`
	Description   string           `json:"description"`
	Steps         []*step          `json:"steps"`
	Start         string           `json:"start"`
	Nodes         map[string]*step `json:"nodes"`
	Edges         []edge           `json:"edges"`
	MaxSteps      *int             `json:"max_steps"`
	Participants  []*step          `json:"participants"`
	Selector      selector         `json:"selector"`
	Rounds        *int             `json:"rounds"`
	MaxIterations *int             `json:"max_iterations"`
}

// The types of workflows.
const (
	sequentialType = "sequential"
	graphType      = "graph"
	concurrentType = "concurrent"
	handoffType    = "handoff"
	groupChatType  = "group-chat"
)

// workflowFields says which fields a type has beside type, name and description; those that it must have come first.
var workflowFields = map[string]struct {
	required int
	names    []string
}{
	sequentialType: {1, []string{"steps"}},
	graphType:      {3, []string{"start", "nodes", "edges", "max_steps"}},
	concurrentType: {1, []string{"participants", "max_iterations"}},
	handoffType:    {1, []string{"participants", "selector", "max_iterations"}},
	groupChatType:  {1, []string{"participants", "rounds", "max_iterations"}},
}

// UnmarshalJSON reads a workflow and checks that it only has the fields of its type.
func (w *workflow) UnmarshalJSON(data []byte) error {
	type plain workflow
	if err := strict(data, (*plain)(w)); err != nil {
		return err
	}
	if w.Type == "group_chat" {
		w.Type = groupChatType
	}
	var given map[string]json.RawMessage
	_ = json.Unmarshal(data, &given) // it was an object just now
	fields, ok := workflowFields[w.Type]
	if !ok {
		return fmt.Errorf("workflow.type: Input should be one of the five types, not %q", w.Type)
	}
	for _, name := range fields.names[:fields.required] {
		if _, ok := given[name]; !ok {
			return fmt.Errorf("workflow.%s.%s: Field required", w.Type, name)
		}
	}
	for name := range given {
		if !slices.Contains([]string{"type", "name", "description"}, name) && !slices.Contains(fields.names, name) {
			return fmt.Errorf("workflow.%s.%s: Extra inputs are not permitted", w.Type, name)
		}
	}
	return nil
}

// all returns the steps of a workflow of any type.
func (w *workflow) all() []*step {
	switch w.Type {
	case sequentialType:
		return w.Steps
	case graphType:
		steps := make([]*step, 0, len(w.Nodes))
		for _, id := range sortedKeys(w.Nodes) {
			steps = append(steps, w.Nodes[id])
		}
		return steps
	}
	return w.Participants
}

// title is the name of a workflow, which has one even if the spec gives it none.
func (w *workflow) title() string { return either(w.Name, w.Type+"-workflow") }

type selector struct {
	Type     string   `json:"type"`
	Sequence []string `json:"sequence"`
}

// step is a step, a node or a participant.
type step struct {
	ID             string `json:"id"`
	Kind           string `json:"kind"`
	Ref            string `json:"ref"`
	Enabled        *bool  `json:"enabled"`
	OnError        string `json:"on_error"`
	FallbackRef    string `json:"fallback_ref"`
	MaxRetries     int    `json:"max_retries"`
	TimeoutSeconds *int   `json:"timeout_seconds"`
}

// UnmarshalJSON reads a step; in a list of steps the name of an agent is short for a step that asks it.
func (s *step) UnmarshalJSON(data []byte) error {
	type plain step
	if data[0] != '"' {
		return strict(data, (*plain)(s))
	}
	err := json.Unmarshal(data, &s.ID)
	s.Kind, s.Ref = "agent", s.ID
	return err
}

func (s *step) disabled() bool { return s.Enabled != nil && !*s.Enabled }

type edge struct {
	From      string     `json:"from"`
	To        string     `json:"to"`
	Condition *condition `json:"condition"`
	Label     string     `json:"label"`
}

// strict decodes JSON and refuses fields that there are not.
func strict(data []byte, v any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	decoder.UseNumber()
	return decoder.Decode(v)
}

// required is strict for an object of a kind that must have a member.
func required(data []byte, v any, kind, name string) error {
	var given map[string]json.RawMessage
	if err := json.Unmarshal(data, &given); err != nil {
		return err
	}
	if value, ok := given[name]; !ok || string(value) == "null" {
		return fmt.Errorf("%s.%s: Field required", kind, name)
	}
	return strict(data, v)
}

// noFile is what becomes of the name of a file, since there are none.
func noFile(what, path string) *problem {
	if strings.HasPrefix(path, "/") {
		return &problem{status: http.StatusUnprocessableEntity, code: "spec_path_confined", message: what + " resolves outside the configured spec root."}
	}
	return badRequest("A referenced file could not be read.")
}

// parseSpec reads a spec and checks it. Text is what the answer says when there is none. A spec that is only wrong in what it means is returned
// beside the problem.
func parseSpec(content object, path string, overlays []string, text string) (*spec, *problem) {
	switch {
	case content == nil && path == "":
		return nil, badRequest(text)
	case content == nil:
		return nil, noFile("spec_path", path)
	case len(overlays) > 0:
		return nil, noFile("overlay path", overlays[0])
	}
	content, p := migrated(content)
	if p != nil {
		return nil, p
	}
	parsed := new(spec)
	err := strict(encode(content), parsed)
	if err == nil {
		err = parsed.checkSchema()
	}
	if err != nil {
		return nil, invalidSpec(gen.Diagnostic{
			Code: "E_SCHEMA", Severity: gen.SeverityError, Message: err.Error(), Suggestion: "Check required fields, enum values, and object shapes.",
		})
	}
	parsed.findings = parsed.check()
	if slices.ContainsFunc(parsed.findings, func(d gen.Diagnostic) bool { return d.Severity == gen.SeverityError }) {
		return parsed, invalidSpec(parsed.findings...)
	}
	return parsed, nil
}

// checkSchema checks what types cannot: fields that have to be there, and texts that are one of a few.
func (s *spec) checkSchema() error {
	if s.Agent == nil {
		return errors.New("agent: Field required")
	}
	agents := map[string]*agent{"agent": s.Agent}
	for name, a := range s.Components.Agents {
		agents["components.agents."+name] = a
	}
	for path, a := range agents {
		if a == nil || a.Name == "" {
			return fmt.Errorf("%s.name: Field required", path)
		}
		if err := oneOfTexts(path+".strategy.type", a.Strategy.Type, "simple", "react", "plan-act"); err != nil {
			return err
		}
	}
	for name, h := range s.Components.Humans {
		err := errors.Join(
			oneOfTexts("components.humans."+name+".on_timeout", h.OnTimeout, "fail", "continue", "escalate"),
			oneOfTexts("components.humans."+name+".request_type", h.RequestType, "approval", "review", "correction", "selection", "freeform"),
			oneOfTexts("components.humans."+name+".response_role", h.ResponseRole, "user", "assistant", "system"),
		)
		if err != nil {
			return err
		}
	}
	for _, w := range s.workflows() {
		for _, step := range w.all() {
			if err := step.checkSchema(w.path); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *step) checkSchema(path string) error {
	switch {
	case s == nil || s.ID == "":
		return fmt.Errorf("%s: a step without id: Field required", path)
	case s.Kind == "":
		return fmt.Errorf("%s.%s.kind: Field required", path, s.ID)
	case s.Ref == "":
		return fmt.Errorf("%s.%s.ref: Field required", path, s.ID)
	}
	return errors.Join(
		oneOfTexts(path+"."+s.ID+".kind", s.Kind, "agent", "function", "workflow", "human", "guardrail"),
		oneOfTexts(path+"."+s.ID+".on_error", s.OnError, "fail", "continue", "retry", "fallback"),
	)
}

// oneOfTexts checks a text that may be absent.
func oneOfTexts(path, text string, allowed ...string) error {
	if text == "" || slices.Contains(allowed, text) {
		return nil
	}
	return fmt.Errorf("%s: Input should be '%s'", path, strings.Join(allowed, "', '"))
}

// located is a workflow and where in the spec it is.
type located struct {
	path string
	*workflow
}

// workflows returns the workflow of the spec and then those of its components.
func (s *spec) workflows() []located {
	var all []located
	if s.Workflow != nil {
		all = append(all, located{"workflow", s.Workflow})
	}
	for _, name := range sortedKeys(s.Components.Workflows) {
		all = append(all, located{"components.workflows." + name, s.Components.Workflows[name]})
	}
	return all
}

func invalidSpec(diagnostics ...gen.Diagnostic) *problem {
	return &problem{
		status: http.StatusBadRequest, code: "spec_invalid", message: "Spec failed validation.",
		more: map[string]any{"diagnostics": present(diagnostics)}, diagnostics: diagnostics,
	}
}
