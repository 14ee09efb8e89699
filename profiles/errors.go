package profiles

import (
	"errors"
	"fmt"
)

// The kinds of mistakes, for errors.Is.
var (
	// ErrMissing means that something is missing: a URL, a key, a profile, a file.
	ErrMissing = errors.New("profiles: missing")
	// ErrInvalid means that something is there, but wrong.
	ErrInvalid = errors.New("profiles: invalid")
)

// Error says what is wrong with one field of a profile, or with the profile as a whole.
type Error struct {
	Profile string // its name
	Field   string // url, api_key, auth_scheme, timeout, allow_insecure_http; empty for the profile as a whole
	Source  string // where the value came from, or where it was looked for
	Err     error  // what is wrong; errors.Is finds ErrMissing or ErrInvalid in it, and for a file what the system said
}

// Error returns one line that names profile, field and source. It never shows a key or a URL.
func (e *Error) Error() string {
	text := fmt.Sprintf("kneo: profile %q", e.Profile)
	if e.Field != "" {
		text += ": " + e.Field
	}
	if e.Source != "" {
		text += " from " + e.Source
	}
	if e.Err != nil { // the zero value has none
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns what is wrong.
func (e *Error) Unwrap() error { return e.Err }

// problem is a text with the kind of mistake it is, and with what the system said, if that was the reason.
type problem struct {
	kind  error
	text  string
	cause error
}

func (p *problem) Error() string { return p.text }

func (p *problem) Unwrap() []error {
	if p.cause == nil {
		return []error{p.kind}
	}
	return []error{p.kind, p.cause}
}

func missing(format string, args ...any) error {
	return &problem{kind: ErrMissing, text: fmt.Sprintf(format, args...)}
}

func invalid(format string, args ...any) error {
	return &problem{kind: ErrInvalid, text: fmt.Sprintf(format, args...)}
}

// explain makes an *Error of err, nil of nil.
func (p Profile) explain(field, source string, err error) error {
	if err == nil {
		return nil
	}
	return &Error{Profile: p.Name, Field: field, Source: source, Err: err}
}
