package kneo

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kneo-agent/kneo-client-go/internal/wire"
)

// ErrorDetails is what an error says besides its message. A field is empty if the error does not have it; the comment of each says which
// errors do, by status and code.
type ErrorDetails struct {
	Fields         []FieldError    `json:"-"`               // 422: which fields are wrong
	Diagnostics    []Diagnostic    `json:"diagnostics"`     // 400 spec_invalid, 403 environment_policy_blocked
	RequiredScope  string          `json:"required_scope"`  // 403 forbidden
	Unknown        []string        `json:"unknown"`         // 422 unknown_query_parameters: their names
	Param          string          `json:"param"`           // 422 invalid_timestamp: the parameter
	ViolationType  string          `json:"violation_type"`  // 422 guardrail_violation
	RunID          string          `json:"run_id"`          // 409 run_state_conflict
	Status         RunStatus       `json:"status"`          // 409 run_state_conflict
	ContinuationID string          `json:"continuation_id"` // 409 human_task_expired
	ExpiresAt      time.Time       `json:"-"`               // 409 human_task_expired
	Resource       string          `json:"resource"`        // 409 resource_locked
	Scope          string          `json:"scope"`           // 409 of an idempotency key: the operation it belongs to
	MaxBodyBytes   int             `json:"max_body_bytes"`  // 413
	QueueDepth     int             `json:"queue_depth"`     // 503 queue_full
	QueueLimit     int             `json:"limit"`           // 503 queue_full
	Health         json.RawMessage `json:"metadata"`        // 503 not_ready: the checks, see [HealthService.Readyz]

	// More has every member of the detail that has no field here, or whose type is not the expected one.
	More map[string]json.RawMessage `json:"-"`
}

// FieldError is one mistake that the platform has found in a request.
type FieldError struct {
	Path    string // where in the request, such as "body.input"
	Message string
	Type    string // the platform's word for the kind of mistake, such as "missing"
}

// newError makes an *Error of an answer with a status of 400 or above. It never fails: an answer that is not the
// platform's becomes the message as far as it can be read.
func (c *Client) newError(call *call, resp *http.Response) *Error {
	body := c.secrets.body(resp)
	e := &Error{
		StatusCode:     resp.StatusCode,
		RequestID:      c.secrets.text(echoedID(resp, call.requestID), 256),
		IdempotencyKey: call.key,
		Method:         call.method,
		Path:           c.secrets.text(call.path, maxText),
		Host:           c.origin.Host,
		Attempts:       call.attempts,
		spent:          call.spent,
		harmless:       call.harmless(),
		Body:           body,
		outcome:        OutcomeRejected,
	}
	if call.ambiguous {
		e.outcome = OutcomeUnknown
	}
	if after, ok := retryAfter(resp); ok {
		e.RetryAfter = after
	}
	e.read(body)
	foreign := e.Message == ""
	if foreign {
		e.Message = describeForeign(resp, body)
	}
	e.Message = c.secrets.text(e.Message, maxText)
	misrouted := strings.Contains(call.path, "%2F") // the platform takes it for a slash, and so the path for another one
	if e.unsupported = !misrouted && e.lacks(call.op); e.unsupported {
		c.server.doubt()
	}
	e.misplaced = e.StatusCode == http.StatusNotFound && call.op != nil && !misrouted && (foreign || isPlainNotFound(body))
	return e
}

// unreadableError makes an *Error of an answer of whose body nothing can be read: that the call failed its status says.
func (c *Client) unreadableError(call *call, resp *http.Response, err error) *Error {
	e := c.newError(call, resp)
	e.Message = c.secrets.text(statusText(resp.StatusCode)+", with a body that cannot be read: "+err.Error(), maxText)
	return e
}

// firstServer is the oldest version there is: what it had, every server has.
const firstServer = "0.2.2"

// read takes code, message and details from a body in any of the shapes that the platform has: detail as an object, as an
// array of field errors, or as text.
func (e *Error) read(body []byte) {
	var shape struct {
		Detail  json.RawMessage `json:"detail"`
		Error   json.RawMessage `json:"error"`
		Message string          `json:"message"`
	}
	_ = json.Unmarshal(body, &shape) // what cannot be read stays empty
	switch firstByte(shape.Detail) {
	case '{':
		e.readObject(shape.Detail)
	case '[':
		e.readFields(shape.Detail)
	case '"':
		_ = json.Unmarshal(shape.Detail, &e.Message)
		e.Message = strings.TrimSpace(e.Message)
	default:
		// Not FastAPI's shape: gateways like {"error": ..., "message": ...}.
		var code string
		if json.Unmarshal(shape.Error, &code) == nil {
			e.setCode(code)
		}
		e.Message = messageOr(code, shape.Message)
	}
}

func (e *Error) readObject(detail json.RawMessage) {
	members := map[string]json.RawMessage{}
	_ = json.Unmarshal(detail, &members)
	var code string
	_ = json.Unmarshal(members["error"], &code)
	_ = json.Unmarshal(members["message"], &e.Message)
	e.setCode(code)
	e.Message = messageOr(code, e.Message)
	delete(members, "error")
	delete(members, "message")
	e.Details.fill(members)
	e.Message += e.particulars()
}

// messageOr returns the message of an error, or the code of one that has none.
func messageOr(code, message string) string {
	return cmp.Or(strings.TrimSpace(message), strings.TrimSpace(code))
}

// particulars is what a message of the platform leaves to the details.
func (e *Error) particulars() string {
	switch found := e.Details.Diagnostics; {
	case e.Code == CodeSpecInvalid && len(found) > 0:
		first := found[max(0, slices.IndexFunc(found, func(d Diagnostic) bool { return d.Severity == SeverityError }))]
		where := ""
		if first.Path != "" {
			where = first.Path + ": "
		}
		return " " + where + first.Message + andMore(len(found)-1)
	case e.Code == CodeNotReady:
		if failed := failedChecks(notReady(e)); len(failed) > 0 {
			return " It is " + strings.Join(failed, ", ") + "."
		}
	}
	return ""
}

// andMore says how many findings a message leaves out.
func andMore(more int) string {
	if more <= 0 {
		return ""
	}
	return fmt.Sprintf(" (+%d more)", more)
}

// fill reads member by member, so that one of an unexpected type spoils no other.
func (d *ErrorDetails) fill(members map[string]json.RawMessage) {
	for name, value := range members {
		one, err := wire.Append([]byte("{}"), map[string]json.RawMessage{name: value})
		if name == "expires_at" {
			d.ExpiresAt, err = wire.ParseTime(value)
		}
		if err != nil || !knownDetails[name] || json.Unmarshal(one, d) != nil {
			if d.More == nil {
				d.More = make(map[string]json.RawMessage)
			}
			d.More[name] = value
		}
	}
}

var knownDetails = map[string]bool{
	"diagnostics": true, "required_scope": true, "unknown": true, "param": true, "violation_type": true, "run_id": true, "status": true,
	"continuation_id": true, "expires_at": true, "resource": true, "scope": true, "max_body_bytes": true, "queue_depth": true, "limit": true, "metadata": true,
}

// setCode takes a code that looks like one of the contract's; the class names of servers before 0.6.0 do not.
func (e *Error) setCode(code string) {
	if strings.Trim(code, "abcdefghijklmnopqrstuvwxyz0123456789_") == "" && len(code) <= 64 {
		e.Code = ErrorCode(code)
	}
}

// readFields reads the array of a validation error. The platform repeats the offending value in each entry, up to a whole
// request; it stays in Body.
func (e *Error) readFields(detail json.RawMessage) {
	var entries []struct {
		Loc  []json.RawMessage `json:"loc"`
		Msg  string            `json:"msg"`
		Type string            `json:"type"`
	}
	_ = json.Unmarshal(detail, &entries)
	for _, entry := range entries {
		var path []string
		for _, part := range entry.Loc {
			path = append(path, strings.Trim(string(part), `"`))
		}
		e.Details.Fields = append(e.Details.Fields, FieldError{
			Path: printable(strings.Join(path, "."), maxText), Message: printable(entry.Msg, maxText), Type: printable(entry.Type, maxText),
		})
	}
	if len(entries) == 0 {
		return
	}
	first := e.Details.Fields[0]
	e.Message = first.Path + ": " + first.Message + andMore(len(entries)-1)
}

// describeForeign says what an answer without a message of the platform is.
func describeForeign(resp *http.Response, body []byte) string {
	status := statusText(resp.StatusCode)
	media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	text := bytes.TrimSpace(body)
	switch {
	case len(text) == 0:
		return status + ", with an empty body"
	case media == "text/html" || text[0] == '<':
		return status + ", with an HTML page that is not the platform's"
	}
	// Some proxies begin with the status.
	text = bytes.TrimSpace(bytes.TrimPrefix(text, strconv.AppendInt(nil, int64(resp.StatusCode), 10)))
	return cmp.Or(string(text[:min(len(text), 2*maxText)]), status)
}

func statusText(status int) string {
	if text := http.StatusText(status); text != "" {
		return text
	}
	return "a status that HTTP does not know"
}

// isPlainNotFound reports whether a 404 is the router's: the server has no such route.
func isPlainNotFound(body []byte) bool {
	var shape struct {
		Detail string `json:"detail"`
	}
	return json.Unmarshal(body, &shape) == nil && shape.Detail == "Not Found"
}

func firstByte(b []byte) byte {
	if len(b) == 0 {
		return 0
	}
	return b[0]
}
