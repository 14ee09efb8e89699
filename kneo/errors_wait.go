package kneo

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// WaitState is the state of a wait that ended before its run did.
type WaitState struct {
	RunID   string        // empty if the wait was not for a single run
	Run     *Run          // as last seen, nil if no look succeeded
	Polls   int           // number of looks
	Elapsed time.Duration // since the wait began
	LastErr error         // why the last look failed, nil if it did not
	Err     error         // why the wait ended
}

// WaitTimeoutError means that a run had not ended when it was last seen, and that the time to wait for it is up. As far as is known the run
// goes on; with Run nil, or LastErr not nil, it may have ended unnoticed. Wait for the same id again, or cancel it. errors.Is finds
// context.DeadlineExceeded in it, and the cause of the context (context.Cause) if that has one of its own.
type WaitTimeoutError struct{ WaitState }

// Error says which run it was, what it was last seen doing, and how long the wait lasted.
func (e *WaitTimeoutError) Error() string { return e.describe("time is up") }

// Unwrap returns the cause for which the context ended.
func (e *WaitTimeoutError) Unwrap() error { return e.Err }

// WaitCanceledError means that the context of a wait was cancelled. errors.Is finds context.Canceled in it, and the cause of the context
// (context.Cause) if that has one of its own.
type WaitCanceledError struct{ WaitState }

// Error says which run it was, what it was last seen doing, and how long the wait lasted.
func (e *WaitCanceledError) Error() string { return e.describe("the wait was cancelled") }

// Unwrap returns the cause for which the context ended.
func (e *WaitCanceledError) Unwrap() error { return e.Err }

func (s *WaitState) describe(why string) string {
	var b strings.Builder
	what := "human tasks"
	if s.RunID != "" {
		what = "run " + printable(s.RunID, maxSnippet)
	}
	if cause := s.Err; cause != nil && cause != context.Canceled && cause != context.DeadlineExceeded { //nolint:errorlint // is it more than that?
		why += " (" + printable(cause.Error(), maxSnippet) + ")"
	}
	fmt.Fprintf(&b, "kneo: waiting for %s: %s after %v", what, why, s.Elapsed.Round(time.Millisecond))
	switch {
	case s.Polls == 1:
		b.WriteString(" and 1 look")
	case s.Polls > 1:
		fmt.Fprintf(&b, " and %d looks", s.Polls)
	case s.RunID != "":
		b.WriteString(", before a look was answered")
	}
	if s.Run != nil {
		fmt.Fprintf(&b, "; it was last seen %s", printable(string(s.Run.Status), maxSnippet))
	}
	if s.LastErr != nil {
		fmt.Fprintf(&b, "; the last look failed: %s", strings.TrimPrefix(s.LastErr.Error(), "kneo: "))
	}
	return b.String()
}
