package main

import (
	"encoding/json"
	"time"
)

// The answers of the platform as somebody would write them down by hand who uses encoding/json: all fields that they have, typed as far as
// that goes, and what is free in form left as it is.

type run struct {
	RunID               string        `json:"run_id"`
	Status              string        `json:"status"`
	AgentName           string        `json:"agent_name"`
	WorkflowName        string        `json:"workflow_name"`
	WorkflowKind        string        `json:"workflow_kind"`
	SessionID           string        `json:"session_id"`
	InputText           string        `json:"input_text"`
	OutputText          string        `json:"output_text"`
	CurrentStepIndex    *int          `json:"current_step_index"`
	CurrentNodeID       string        `json:"current_node_id"`
	VisitedSteps        []string      `json:"visited_steps"`
	VisitedNodes        []string      `json:"visited_nodes"`
	PendingHumanRequest *humanRequest `json:"pending_human_request"`
	ContinuationID      string        `json:"continuation_id"`
	TraceEventCount     int           `json:"trace_event_count"`
	Usage               *usage        `json:"usage"`
	Metadata            metadata      `json:"metadata"`
	Error               *runError     `json:"error"`
}

type summary struct {
	ID                  string        `json:"id"`
	Status              string        `json:"status"`
	AgentName           string        `json:"agent_name"`
	WorkflowName        string        `json:"workflow_name"`
	WorkflowKind        string        `json:"workflow_kind"`
	InputText           string        `json:"input_text"`
	OutputText          string        `json:"output_text"`
	CurrentStepIndex    *int          `json:"current_step_index"`
	CurrentStepID       string        `json:"current_step_id"`
	CurrentNodeID       string        `json:"current_node_id"`
	VisitedSteps        []string      `json:"visited_steps"`
	VisitedNodes        []string      `json:"visited_nodes"`
	Messages            []message     `json:"messages"`
	PendingHumanRequest *humanRequest `json:"pending_human_request"`
	ContinuationID      string        `json:"continuation_id"`
	TraceDropped        int           `json:"trace_dropped"`
	TraceEventCount     int           `json:"trace_event_count"`
	Metadata            metadata      `json:"metadata"`
	Error               *runError     `json:"error"`
	ParentRunID         string        `json:"parent_run_id"`
	SessionID           string        `json:"session_id"`
	Tags                []string      `json:"tags"`
	CreatedAt           time.Time     `json:"created_at"`
	UpdatedAt           time.Time     `json:"updated_at"`
	StartedAt           time.Time     `json:"started_at"`
	CompletedAt         *time.Time    `json:"completed_at"`
	DeadlineAt          *float64      `json:"deadline_at"`
}

type metadata struct {
	SpecPath       string                     `json:"spec_path"`
	Spec           map[string]json.RawMessage `json:"spec"`
	Target         string                     `json:"target"`
	Environment    string                     `json:"environment"`
	Overlays       []string                   `json:"overlays"`
	Overrides      map[string]json.RawMessage `json:"overrides"`
	CallerMetadata map[string]json.RawMessage `json:"caller_metadata"`
	FrozenSpec     map[string]json.RawMessage `json:"frozen_spec"`
	Trace          *trace                     `json:"trace"`
	SDK            string                     `json:"sdk"`
	Iterations     int                        `json:"iterations"`
	DurationMS     float64                    `json:"duration_ms"`
	RuntimeMode    string                     `json:"runtime_mode"`
	RuntimeName    string                     `json:"runtime_name"`
	AgentName      string                     `json:"agent_name"`
	Workflow       json.RawMessage            `json:"workflow"`
	WorkflowType   string                     `json:"workflow_type"`
	WorkflowSteps  []string                   `json:"workflow_steps"`
	StepCounts     map[string]int             `json:"step_iteration_counts"`
	Execution      json.RawMessage            `json:"execution_context"`
}

type trace struct {
	RunID  string  `json:"run_id"`
	Events []event `json:"events"`
}

type event struct {
	Type          string                     `json:"type"`
	RunID         string                     `json:"run_id"`
	EventID       string                     `json:"event_id"`
	Timestamp     time.Time                  `json:"timestamp"`
	ParentEventID string                     `json:"parent_event_id"`
	AgentName     string                     `json:"agent_name"`
	WorkflowName  string                     `json:"workflow_name"`
	StepID        string                     `json:"step_id"`
	InputPreview  string                     `json:"input_preview"`
	OutputPreview string                     `json:"output_preview"`
	Metadata      map[string]json.RawMessage `json:"metadata"`
	Error         string                     `json:"error"`
}

type message struct {
	Role       string                     `json:"role"`
	Content    string                     `json:"content"`
	Name       string                     `json:"name"`
	ToolCallID string                     `json:"tool_call_id"`
	Metadata   map[string]json.RawMessage `json:"metadata"`
}

type humanRequest struct {
	ID      string   `json:"id"`
	Type    string   `json:"type"`
	Title   string   `json:"title"`
	Prompt  string   `json:"prompt"`
	Options []string `json:"options"`
}

type usage struct {
	InputTokens  int `json:"input_tokens"`
	OutputTokens int `json:"output_tokens"`
	TotalTokens  int `json:"total_tokens"`
}

type runError struct {
	Type    string `json:"type"`
	Message string `json:"message"`
}

type runList struct {
	Runs  []summary `json:"runs"`
	Total int       `json:"total"`
}

type traceList struct {
	RunID  string  `json:"run_id"`
	Events []event `json:"events"`
	Total  int     `json:"total"`
}

type created struct {
	RunID  string `json:"run_id"`
	Status string `json:"status"`
}

type createRequest struct {
	Input     string         `json:"input"`
	Spec      map[string]any `json:"spec"`
	AsyncMode bool           `json:"async_mode"`
}
