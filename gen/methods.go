// Package gen is the generated layer: the types of the contract, and one method of [Client] and [ClientWithResponses] for each
// of its operations. Package kneo builds on it, and gives it out as its Raw method.
//
// The types that answers are made of read their JSON by decoders of their own, with the leniency that the platform asks for: "[REDACTED]" where
// anything but text is due reads as absent, times may be ISO 8601 text or seconds since 1970, and 4.0 is a whole number. Objects that the platform
// leaves open keep what the contract does not know in AdditionalProperties, digit by digit; elsewhere it is passed over. Names are matched
// exactly, unlike encoding/json does it.
//
// This file is the only one here that is written by hand. It has the methods that Go wants beside their types.
package gen

import (
	"fmt"
	"strings"

	"github.com/kneo-agent/kneo-client-go/internal/plain"
)

// Terminal reports whether a run with this status has ended for good. A blocked one has not: somebody may resume it.
func (s RunStatus) Terminal() bool {
	switch s {
	case RunCompleted, RunFailed, RunCancelled, RunTimedOut, RunExpired:
		return true
	}
	return false
}

// Err returns a [*RunFailedError] if the run has ended in any way but completed, else nil. A run that completed after it was
// continued is fine, though it keeps the error of its first leg.
func (r *Run) Err() error {
	if !r.Status.Terminal() || r.Status == RunCompleted {
		return nil
	}
	e := &RunFailedError{RunID: r.RunID, Status: r.Status}
	if r.Error != nil {
		e.Type, e.Message = r.Error.Type, r.Error.Message
	}
	return e
}

// RunFailedError is a run that did not complete.
type RunFailedError struct {
	RunID   string
	Status  RunStatus
	Type    string // of the error, mostly a Python class name; see [RunError]
	Message string
}

// Error says which run, how it ended and why, in one line of bounded length.
func (e *RunFailedError) Error() string {
	text := fmt.Sprintf("kneo: run %s %s", plain.Line(e.RunID, 256), plain.Line(string(e.Status), 256))
	if e.Type != "" {
		text += ": " + plain.Line(e.Type, 256)
	}
	if e.Message != "" {
		text += ": " + plain.Line(e.Message, 1<<10)
	}
	return text
}

// ArgumentError means that an argument or an option makes no sense, and that nothing was sent.
type ArgumentError struct {
	Name    string // of the argument or the option
	Problem string
}

// Error says which argument and what is wrong with it. It does not show the value, which may be a secret.
func (e *ArgumentError) Error() string {
	return fmt.Sprintf("kneo: %s: %s", e.Name, e.Problem)
}

// FindOperation returns the operation of the contract that a request asks for, nil if there is none. Path may have a query.
func FindOperation(method, path string) *Operation {
	path, _, _ = strings.Cut(path, "?")
	for i := range Operations {
		if op := &Operations[i]; op.Method == method && matchesPath(op.Path, path) {
			return op
		}
	}
	return nil
}

// matchesPath reports whether path fits a template such as /v1/runs/{run_id}/trace.
func matchesPath(template, path string) bool {
	for {
		want, moreWant, inTemplate := strings.Cut(template, "/")
		have, moreHave, inPath := strings.Cut(path, "/")
		switch {
		case want != have && (have == "" || !strings.HasPrefix(want, "{")), inTemplate != inPath:
			return false
		case !inTemplate:
			return true
		}
		template, path = moreWant, moreHave
	}
}

// CancelOutcome is what cancelling a run did.
type CancelOutcome string

const (
	// CancelledNow means that the run is cancelled. It may have been before.
	CancelledNow CancelOutcome = "cancelled"
	// CancelledTooLate means that the run had ended in another way already.
	CancelledTooLate CancelOutcome = "already finished"
)

// CancelOutcome says what a cancel did, of the run that it returned: the platform answers in the same way whether it ended the
// run or came too late.
func (r *Run) CancelOutcome() CancelOutcome {
	if r.Status == RunCancelled {
		return CancelledNow
	}
	return CancelledTooLate
}

// NextContinuationID returns the human task that the run waits for now, empty unless it is blocked again. What is left
// in Metadata of the task before is not it.
func (r *HumanResumed) NextContinuationID() string {
	if r.Status != RunBlocked {
		return ""
	}
	return r.Metadata.ContinuationID
}
