package kneo

import (
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

// WaitTimeoutError means that a run had not ended when the time to wait for it was up. The run goes on; wait for the same id again, or
// cancel it. errors.Is finds context.DeadlineExceeded in it, or the cause of the context (context.Cause) if that has one of its own.
type WaitTimeoutError struct{ WaitState }

// Error says which run it was, what it was last seen doing, and how long the wait lasted.
func (e *WaitTimeoutError) Error() string { return e.describe("time is up") }

// Unwrap returns the cause for which the context ended.
func (e *WaitTimeoutError) Unwrap() error { return e.Err }

// WaitCanceledError means that the context of a wait was cancelled. errors.Is finds context.Canceled in it, or the cause of the context
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
	fmt.Fprintf(&b, "kneo: waiting for %s: %s after %v and %d looks", what, why, s.Elapsed.Round(time.Millisecond), s.Polls)
	switch {
	case s.Run != nil:
		fmt.Fprintf(&b, "; it was last seen %s", printable(string(s.Run.Status), maxSnippet))
	case s.RunID != "" && s.Polls == 0:
		b.WriteString("; no look at it was answered, so it may have ended")
	}
	if s.LastErr != nil {
		fmt.Fprintf(&b, "; the last look failed: %v", s.LastErr)
	}
	return b.String()
}
