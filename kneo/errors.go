package kneo

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// The kinds of refusals, for errors.Is. An [*Error] matches the sentinel of its status, and that of its code if there is one.
var (
	// ErrBadRequest is status 400: the platform cannot make sense of the request; see Message and Details. On a synchronous Create it can
	// also mean that a step failed.
	ErrBadRequest = errors.New("kneo: bad request")
	// ErrUnauthorized is status 401: the key is missing, wrong or revoked.
	ErrUnauthorized = errors.New("kneo: unauthorized")
	// ErrForbidden is status 403: the key lacks a scope (Details.RequiredScope), or a policy forbids the run (Details.Diagnostics).
	ErrForbidden = errors.New("kneo: forbidden")
	// ErrNotFound is status 404: it does not exist, or no longer exists. On a synchronous Create it can also come from a step: the
	// platform turns a Python KeyError into it.
	ErrNotFound = errors.New("kneo: not found")
	// ErrConflict is status 409: the state of the run, the task or the key does not allow the call.
	ErrConflict = errors.New("kneo: conflict")
	// ErrIdempotencyMismatch is 409 with code idempotency_key_conflict: the key was used with another request. Also ErrConflict.
	ErrIdempotencyMismatch = errors.New("kneo: idempotency key used with another request")
	// ErrHumanTaskExpired is 409 with code human_task_expired: the deadline of the task has passed (Details.ExpiresAt). Also
	// ErrConflict. From server 1.1.0; older ones accept a late decision.
	ErrHumanTaskExpired = errors.New("kneo: human task expired")
	// ErrPayloadTooLarge is status 413: the request is larger than the platform accepts (Details.MaxBodyBytes, 1 MiB by default).
	ErrPayloadTooLarge = errors.New("kneo: payload too large")
	// ErrValidation is status 422: a field or a parameter has a value that the platform does not accept; see Details.Fields. On a
	// synchronous Create it can also come from a guardrail (Details.ViolationType).
	ErrValidation = errors.New("kneo: validation failed")
	// ErrRateLimited is status 429: a proxy in front of the platform asks for fewer requests; see RetryAfter. The platform itself has no
	// such limit.
	ErrRateLimited = errors.New("kneo: rate limited")
	// ErrServer is any status of 500 or above. On a synchronous Create, 500 usually means that a step failed.
	ErrServer = errors.New("kneo: server error")
	// ErrUnavailable is status 503: not ready, queue full or store down. Also ErrServer.
	ErrUnavailable = errors.New("kneo: unavailable")
	// ErrUnsupported means that this version of the server does not have the operation, filter or field. Usually it is an
	// [*UnsupportedError], and nothing was sent; a server of unknown version may also say so itself, in an [*Error].
	ErrUnsupported = errors.New("kneo: not supported by this server version")
)

// ErrorCode is the platform's word for what went wrong. Unlike the message it is part of the contract. Servers before 0.6.0 send names of
// Python classes for most errors; these do not count as codes.
type ErrorCode string

// The codes of server 1.2.0. The fields of [ErrorDetails] say what each of them comes with.
const (
	CodeInvalidRequest           ErrorCode = "invalid_request"
	CodeSpecInvalid              ErrorCode = "spec_invalid"
	CodeInvalidIdempotencyKey    ErrorCode = "invalid_idempotency_key"
	CodeTokenBudgetExceeded      ErrorCode = "token_budget_exceeded"
	CodeUnauthorized             ErrorCode = "unauthorized"
	CodeForbidden                ErrorCode = "forbidden"
	CodeEnvironmentPolicyBlocked ErrorCode = "environment_policy_blocked"
	CodeNotFound                 ErrorCode = "not_found"
	CodeRunStateConflict         ErrorCode = "run_state_conflict"
	CodeResourceLocked           ErrorCode = "resource_locked"
	CodeHumanTaskExpired         ErrorCode = "human_task_expired"
	CodeIdempotencyKeyConflict   ErrorCode = "idempotency_key_conflict"
	CodeIdempotencyKeyInProgress ErrorCode = "idempotency_key_in_progress"
	CodePayloadTooLarge          ErrorCode = "payload_too_large"
	CodeUnknownQueryParameters   ErrorCode = "unknown_query_parameters"
	CodeInvalidTimestamp         ErrorCode = "invalid_timestamp"
	CodeSpecPathConfined         ErrorCode = "spec_path_confined"
	CodeGuardrailViolation       ErrorCode = "guardrail_violation"
	CodeInternalError            ErrorCode = "internal_error"
	CodeNotReady                 ErrorCode = "not_ready"
	CodeQueueFull                ErrorCode = "queue_full"
	CodeStoreUnavailable         ErrorCode = "store_unavailable"
)

// Error is an answer from the platform, or from a proxy in front of it, with a status of 400 or above. Tell errors apart with errors.Is
// and the sentinels, such as [ErrNotFound], or by Code.
type Error struct {
	StatusCode     int
	Code           ErrorCode // empty if the answer has none
	Message        string    // for people; its wording changes between servers. One line, at most about 512 bytes
	RequestID      string    // finds the request in the platform's log
	IdempotencyKey string    // the key that was sent: if the call succeeded, the same call with it has no second effect
	Method         string
	Path           string        // without the query
	Host           string        // host and port that were asked
	RetryAfter     time.Duration // how long the platform asks to wait, 0 if it does not say
	Attempts       int           // how many requests were made
	Body           []byte        // the answer as it came, but without the API key; at most 1 MiB
	Details        ErrorDetails  // what else the answer says

	outcome     Outcome
	harmless    bool // the call changes nothing
	spent       bool // it was not repeated since the retry budget is used up
	unsupported bool // the server is too old
	misplaced   bool // something else than the platform is at the path
}

// Error returns one line that says what was asked, what the answer was, and how to find the call again.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "kneo: %s %s: %d", e.Method, e.Path, e.StatusCode)
	if e.Code != "" {
		fmt.Fprintf(&b, " %s", e.Code)
	}
	fmt.Fprintf(&b, ": %s", e.Message)
	b.WriteString(trail(e.Host, e.Attempts, e.spent, e.RequestID, e.IdempotencyKey))
	writeAdvice(&b, e.advice())
	writeAdvice(&b, e.doubt())
	return b.String()
}

func writeAdvice(b *strings.Builder, advice string) {
	if advice != "" {
		b.WriteString("; " + advice)
	}
}

// GoString returns the same line as Error, so that %#v does not print the bytes of the body.
func (e *Error) GoString() string { return e.Error() }

// LogValue returns the parts of the error as separate attributes.
func (e *Error) LogValue() slog.Value {
	return slog.GroupValue(
		slog.Int("status", e.StatusCode), slog.String("code", string(e.Code)), slog.String("message", e.Message),
		slog.String("method", e.Method), slog.String("path", e.Path), slog.String("host", e.Host), slog.Int("attempts", e.Attempts),
		slog.String("request_id", e.RequestID), slog.String("idempotency_key", e.IdempotencyKey),
	)
}

// Outcome says what is known about the effect of the call.
func (e *Error) Outcome() Outcome { return e.outcome }

// Is reports whether the error is of the kind of a sentinel of this package, for errors.Is.
func (e *Error) Is(target error) bool {
	switch target {
	case ErrIdempotencyMismatch:
		return e.StatusCode == http.StatusConflict && e.Code == CodeIdempotencyKeyConflict
	case ErrHumanTaskExpired:
		return e.StatusCode == http.StatusConflict && e.Code == CodeHumanTaskExpired
	case ErrServer:
		return e.StatusCode >= http.StatusInternalServerError
	case ErrUnsupported:
		return e.unsupported
	}
	sentinel := sentinelOf(e.StatusCode)
	return sentinel != nil && target == sentinel // and never a key of a map: an error need not be hashable
}

// sentinelOf returns the sentinel that stands for a status and nothing else, nil if there is none.
func sentinelOf(status int) error {
	switch status {
	case http.StatusBadRequest:
		return ErrBadRequest
	case http.StatusUnauthorized:
		return ErrUnauthorized
	case http.StatusForbidden:
		return ErrForbidden
	case http.StatusNotFound:
		return ErrNotFound
	case http.StatusConflict:
		return ErrConflict
	case http.StatusRequestEntityTooLarge:
		return ErrPayloadTooLarge
	case http.StatusUnprocessableEntity:
		return ErrValidation
	case http.StatusTooManyRequests:
		return ErrRateLimited
	case http.StatusServiceUnavailable:
		return ErrUnavailable
	}
	return nil
}

// advice says what to do about the error, where that is not plain from the message.
func (e *Error) advice() string {
	switch {
	case e.unsupported:
		return "this version of the server does not have it"
	case e.misplaced:
		return "the platform is not at this path: check the url of the profile"
	case e.StatusCode == http.StatusUnauthorized:
		return "check the key of the profile and the header it goes in (auth_scheme)"
	case e.Details.RequiredScope != "" && !strings.Contains(e.Message, e.Details.RequiredScope):
		return "the key lacks the scope " + printable(e.Details.RequiredScope, maxScope)
	case e.Code == CodeIdempotencyKeyConflict:
		return "use a new key for a new request"
	case e.RetryAfter > 0:
		return fmt.Sprintf("the platform asks to wait %v", e.RetryAfter)
	}
	return ""
}

// doubt says what to do about the effect that the call may have had.
func (e *Error) doubt() string {
	advice := doubt(e.Method, e.IdempotencyKey, e.harmless)
	switch {
	case e.outcome != OutcomeUnknown || advice == "":
		return ""
	case e.Code == CodeInternalError && e.IdempotencyKey != "":
		return "it may have taken effect: look before you repeat it, since the platform stores no failure under an idempotency key, and would do it again"
	}
	return advice
}

// doubt says what to do about a call that may have taken effect, empty for one that has none.
func doubt(method, key string, harmless bool) string {
	switch {
	case harmless || method == http.MethodGet || method == http.MethodHead:
		return ""
	case key == "":
		return "it may have taken effect: look before you repeat it"
	}
	return "it may have taken effect: repeat it with the same idempotency key, or look before you repeat it"
}

// maxScope is how much of the name of a scope an error shows.
const maxScope = 64

// trail is the end of an error's text: who was asked, how often, and where to look.
func trail(host string, attempts int, spent bool, requestID, key string) string {
	var parts []string
	if host != "" {
		parts = append(parts, host)
	}
	switch {
	case attempts == 1:
		parts = append(parts, "1 attempt")
	case attempts > 1:
		parts = append(parts, fmt.Sprintf("%d attempts", attempts))
	}
	if spent {
		parts = append(parts, "the retry budget is used up")
	}
	if requestID != "" {
		parts = append(parts, "request id "+printable(requestID, 256))
	}
	if key != "" {
		parts = append(parts, "idempotency key "+printable(key, 256))
	}
	if parts == nil {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

// Outcome is what is known about the effect of a call that failed.
type Outcome int

const (
	// OutcomeUnknown means that the platform may have done what was asked. A POST can be repeated with the same idempotency key: if it
	// succeeded, that returns its outcome. If it failed, as after a 500, that runs it again.
	OutcomeUnknown Outcome = iota
	// OutcomeNotSent means that no request reached the platform.
	OutcomeNotSent
	// OutcomeRejected means that the platform refused the request.
	OutcomeRejected
)

// String returns "unknown", "not sent" or "rejected".
func (o Outcome) String() string {
	switch o {
	case OutcomeNotSent:
		return "not sent"
	case OutcomeRejected:
		return "rejected"
	}
	return "unknown"
}

// ArgumentError means that a call or an option makes no sense. Nothing was sent.
type ArgumentError = gen.ArgumentError

func argument(name, problem string) error { return &ArgumentError{Name: name, Problem: problem} }
