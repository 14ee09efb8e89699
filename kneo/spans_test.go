package kneo

import (
	"testing"
	"time"
)

func TestSpans(t *testing.T) {
	at := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	event := func(kind TraceEventType, name string, ms int) TraceEvent {
		e := TraceEvent{Type: kind, Timestamp: at.Add(time.Duration(ms) * time.Millisecond)}
		if isWorkflow(e) {
			e.WorkflowName = name
		} else {
			e.AgentName = name
		}
		return e
	}
	spans := Spans([]TraceEvent{
		event(EventWorkflowStarted, "wf", 0), event(EventRunStarted, "a", 10), event(EventRunCompleted, "a", 30),
		event(EventRunStarted, "a", 40), event(EventRunFailed, "a", 45), event("surprise", "a", 46), event(EventRunStarted, "b", 50),
		event(EventWorkflowCompleted, "wf", 100),
	})
	if len(spans) != 4 {
		t.Fatalf("%+v", spans)
	}
	for i, want := range []time.Duration{100, 20, 5, 0} {
		if got := spans[i].Duration(); got != want*time.Millisecond {
			t.Errorf("span %d: %v", i, got)
		}
	}
	if !spans[2].Failed || spans[1].Failed || spans[3].End != nil {
		t.Errorf("%+v", spans)
	}
}
