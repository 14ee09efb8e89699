// Package gen is generated from the contract of the platform's /v1 API: the types of requests and answers, and one method of [Client]
// and [ClientWithResponses] for each operation.
//
// Most programs use package kneo, which has these types under the same names and adds what a contract cannot express: profiles, retries,
// errors, waiting. The method Raw of its client returns a [ClientWithResponses] with all of that except that a status of 400 or above is
// not an error. A client made with [NewClientWithResponses] has none of it, not even a key.
//
// # Values
//
// Zero means unset: a zero field is left out when sent, and stands for absent or null when read. A field is a pointer where zero and
// unset differ. String types such as [RunStatus] have constants for the known values; others may come, and are kept as they are.
//
// Answers are read with the leniency that the platform requires. Times are [time.Time], whether the platform writes them as ISO 8601 text
// or as seconds since 1970, and 4.0 is a whole number. A value that the platform has replaced by "[REDACTED]" reads as that text where
// text is expected, and as absent elsewhere. Where the platform leaves an object open, members that the contract does not know are kept
// in AdditionalProperties, digit by digit; elsewhere they are skipped. Unlike in encoding/json, names must match exactly.
//
// # Operations
//
// [Operations] lists the operations with what a caller has to know about each: the first server that has it, which parts of it came
// later, and whether the platform honours an idempotency key.
package gen

// This file is the only one of the package that is written by hand. It has the methods that Go wants beside their types.

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

// Err returns a [*RunFailedError] if the run has ended without completing, and nil if it has completed or has not ended. It also returns
// nil for a run that completed after it was continued, although that run keeps its earlier error.
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

// RunFailedError means that a run has ended without completing; see [Run.Err].
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

// ArgumentError means that an argument or an option makes no sense. Nothing was sent.
type ArgumentError struct {
	Name    string // of the argument or the option
	Problem string
}

// Error says which argument and what is wrong with it. It does not show the value, which may be a secret.
func (e *ArgumentError) Error() string {
	return fmt.Sprintf("kneo: %s: %s", e.Name, e.Problem)
}

// FindOperation returns the operation of the contract that a request is for, nil if there is none. Path begins with /v1, and may have a
// query.
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

// CancelOutcome says what a cancel did, given the run that it returned: the platform gives the same answer whether the cancel ended the
// run or came too late.
func (r *Run) CancelOutcome() CancelOutcome {
	if r.Status == RunCancelled {
		return CancelledNow
	}
	return CancelledTooLate
}

// NextContinuationID returns the id of the human task that the run waits for now, empty unless it is blocked again. Metadata may still
// have the id of the task before.
func (r *HumanResumed) NextContinuationID() string {
	if r.Status != RunBlocked {
		return ""
	}
	return r.Metadata.ContinuationID
}
