package kneo

import (
	"cmp"
	"slices"
	"time"
)

// Span is a part of a run that took time: the workflow, or an agent's part in it.
type Span struct {
	Name   string // of the workflow or the agent
	Start  TraceEvent
	End    *TraceEvent // nil if the trace does not have its end: it goes on, or a sequential workflow failed
	Failed bool
}

// Duration returns the time between start and end, 0 without an end.
func (s *Span) Duration() time.Duration {
	if s.End == nil {
		return 0
	}
	return s.End.Timestamp.Sub(s.Start.Timestamp)
}

// Spans pairs the events of a trace that begin something with the events that end it, in the order in which the spans begin. The platform
// sends no durations; this is how to get them. The events must be in chronological order, as those of [RunsService.TraceAll] are.
func Spans(events []TraceEvent) []Span {
	var spans []Span
	var open []int // the spans that have not ended, the innermost last
	for _, event := range events {
		switch event.Type {
		case EventRunStarted, EventWorkflowStarted, EventWorkflowResumed:
			open = append(open, len(spans))
			spans = append(spans, Span{Name: nameOf(event), Start: event})
		case EventRunCompleted, EventRunFailed, EventWorkflowCompleted, EventWorkflowFailed:
			for i, at := range slices.Backward(open) {
				if span := &spans[at]; span.Name == nameOf(event) && isWorkflow(span.Start) == isWorkflow(event) {
					span.End, span.Failed = &event, event.Type == EventRunFailed || event.Type == EventWorkflowFailed
					open = slices.Delete(open, i, i+1)
					break
				}
			}
		}
	}
	return spans
}

func isWorkflow(event TraceEvent) bool {
	switch event.Type {
	case EventWorkflowStarted, EventWorkflowResumed, EventWorkflowCompleted, EventWorkflowFailed:
		return true
	}
	return false
}

func nameOf(event TraceEvent) string {
	if isWorkflow(event) {
		return event.WorkflowName
	}
	return cmp.Or(event.AgentName, event.StepID)
}
