package kneo

import (
	"fmt"
	"strings"
)

// ProtocolError means that there was an answer, but not one that the contract allows: it is empty, not JSON, of the wrong kind, without a
// required id or status, too large, cut off, a redirect, or about something other than what was asked for. It mostly comes from a proxy
// or a login page between the client and the platform: look there first.
type ProtocolError struct {
	Method         string
	Path           string // without the query
	Host           string // host and port that were asked
	StatusCode     int
	ContentType    string
	RequestID      string
	IdempotencyKey string
	Attempts       int
	Outcome        Outcome // what is known about the effect
	Snippet        string  // the beginning of the body, without the key, at most 256 bytes
	Err            error   // what is wrong with the answer

	text     string
	torn     bool // the answer may be the platform's, but could not be read to its end
	spent    bool // it was not repeated since the retry budget is used up
	harmless bool // the call changes nothing
}

// Error returns one line that says what was asked, what is wrong with the answer, and how it begins.
func (e *ProtocolError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "kneo: %s %s: the answer (status %d", e.Method, e.Path, e.StatusCode)
	if e.ContentType != "" {
		fmt.Fprintf(&b, ", %s", e.ContentType)
	}
	what := "is not the platform's"
	if e.torn {
		what = "could not be read"
	}
	fmt.Fprintf(&b, ") %s: %s", what, e.text)
	if e.Snippet != "" {
		fmt.Fprintf(&b, "; it begins %q", e.Snippet)
	}
	b.WriteString(trail(e.Host, e.Attempts, e.spent, e.RequestID, e.IdempotencyKey))
	writeAdvice(&b, doubt(e.Method, e.IdempotencyKey, e.harmless))
	return b.String()
}

// Unwrap returns what is wrong with the answer.
func (e *ProtocolError) Unwrap() error { return e.Err }

// GoString returns the same line as Error.
func (e *ProtocolError) GoString() string { return e.Error() }

// quotingError is an error within a [*ProtocolError] that may quote the answer: one of reading it from the network, or of decoding it into
// a type of the user's.
type quotingError struct{ err error }

func (e *quotingError) Error() string { return e.err.Error() }
func (e *quotingError) Unwrap() error { return e.err }

// BodyTooLargeError means that an answer is larger than the client is allowed to read; see [WithMaxResponseBytes]. It comes inside a
// [*ProtocolError].
type BodyTooLargeError struct {
	Limit int64 // in bytes
}

// Error says how much is allowed and how to change that.
func (e *BodyTooLargeError) Error() string {
	return fmt.Sprintf("the body is larger than %d bytes; ask for smaller pages, or raise the limit with WithMaxResponseBytes", e.Limit)
}

// RedirectError means that the answer is a redirect. Redirects are never followed, because the key would go along. It comes inside a
// [*ProtocolError].
type RedirectError struct {
	StatusCode int
	Host       string // where it leads; empty if the answer does not say, or stays on the same host
}

// Error says where the redirect leads, by host only.
func (e *RedirectError) Error() string {
	if e.Host == "" {
		return "it redirects, which is not followed"
	}
	return fmt.Sprintf("it redirects to %s, which is not followed; if that is the platform, put its URL into the profile", e.Host)
}

// InsecureURLError means that the URL of the profile would send the key unencrypted over a network.
type InsecureURLError struct {
	Host string
}

// Error says how to fix it.
func (e *InsecureURLError) Error() string {
	return fmt.Sprintf("kneo: the key would go to %s over http://, for everyone on the way to read; use https://, or WithInsecureHTTP (allow_insecure_http in the profile, KNEO_ALLOW_INSECURE_HTTP=1) if you mean it", e.Host)
}
