package kneo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
)

// NetworkError means that a call got no answer: the address does not resolve, the connection was refused or broke, TLS failed, time ran
// out or the context was cancelled. Unwrap returns the cause, so that errors.Is finds context.DeadlineExceeded, context.Canceled,
// syscall.ECONNREFUSED and so on. If the context ended with a cause of its own (context.Cause), errors.Is finds that as well. If the
// context ended while the call waited for another attempt after an answer such as 503, errors.As also finds that [*Error].
type NetworkError struct {
	Method         string
	Path           string // without the query
	Host           string // host and port of the platform
	RequestID      string
	IdempotencyKey string
	Attempts       int     // how many requests were made
	Outcome        Outcome // what is known about the effect
	Err            error   // the cause

	text     string // of the cause, fit to be shown
	spent    bool   // it was not repeated since the retry budget is used up
	harmless bool   // the call changes nothing
}

// Error returns one line that says what was asked, which host was asked and how often, why it failed, and what is known about the effect.
func (e *NetworkError) Error() string {
	var b strings.Builder
	what := "no answer from"
	if e.Attempts == 0 {
		what = "it was not sent to"
	}
	fmt.Fprintf(&b, "kneo: %s %s: %s %s: %s", e.Method, e.Path, what, e.Host, e.text)
	b.WriteString(trail("", e.Attempts, e.spent, e.RequestID, e.IdempotencyKey))
	switch {
	case e.Outcome == OutcomeUnknown:
		writeAdvice(&b, doubt(e.Method, e.IdempotencyKey, e.harmless))
	case e.Outcome == OutcomeNotSent && e.Attempts > 0:
		writeAdvice(&b, "nothing was sent")
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *NetworkError) Unwrap() error { return e.Err }

// GoString returns the same line as Error.
func (e *NetworkError) GoString() string { return e.Error() }

// Timeout reports whether time ran out or the context was cancelled.
func (e *NetworkError) Timeout() bool { return isTimeout(e.Err) }

// whyEnded returns why ctx has ended: the cause that somebody has given, in which errors.Is finds the error of the context, too.
func whyEnded(ctx context.Context) error {
	ended, cause := ctx.Err(), context.Cause(ctx)
	if errors.Is(cause, ended) {
		return cause
	}
	return &causedError{cause: cause, ended: ended}
}

// causedError is a cause of the user's, for which a context has ended.
type causedError struct{ cause, ended error }

func (e *causedError) Error() string   { return e.cause.Error() }
func (e *causedError) Unwrap() []error { return []error{e.cause, e.ended} }

// isCutOff reports whether err is a connection that ended too early.
func isCutOff(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}
