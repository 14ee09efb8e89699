package kneo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestErrorMapping has every shape and code that the platform is known for.
func TestErrorMapping(t *testing.T) {
	html := []string{"Content-Type", "text/html"}
	tests := []struct {
		name    string
		status  int
		body    string
		headers []string
		is      []error
		code    ErrorCode
		message string
	}{
		{"bad request", 400, detail("invalid_request", "no spec"), nil, []error{ErrBadRequest}, CodeInvalidRequest, "no spec"},
		{"unparsable body", 400, `{"detail":"There was an error parsing the body"}`, nil, []error{ErrBadRequest}, "", "There was an error parsing the body"},
		{"wrong key", 401, detail("unauthorized", "A valid Kneo service API key is required."), nil, []error{ErrUnauthorized}, CodeUnauthorized, "A valid Kneo service API key is required."},
		{"missing scope", 403, detail("forbidden", "Missing", `,"required_scope":"runs:write"`), nil, []error{ErrForbidden}, CodeForbidden, "Missing"},
		{"no run", 404, detail("not_found", "no such run"), nil, []error{ErrNotFound}, CodeNotFound, "no such run"},
		{"conflict", 409, detail("run_state_conflict", "done", `,"run_id":"r1","status":"completed"`), nil, []error{ErrConflict}, CodeRunStateConflict, "done"},
		{"key reused", 409, detail("idempotency_key_conflict", "other", `,"scope":"runs:create"`), nil, []error{ErrConflict, ErrIdempotencyMismatch}, CodeIdempotencyKeyConflict, "other"},
		{"task expired", 409, detail("human_task_expired", "late", `,"continuation_id":"c1","expires_at":1795472049.0580509`), nil, []error{ErrConflict, ErrHumanTaskExpired}, CodeHumanTaskExpired, "late"},
		{"too large", 413, detail("payload_too_large", "big", `,"max_body_bytes":1048576`), nil, []error{ErrPayloadTooLarge}, CodePayloadTooLarge, "big"},
		{"fields", 422, `{"detail":[{"type":"missing","loc":["body","input"],"msg":"Field required","input":{}},{"type":"x","loc":["body",1],"msg":"y"}]}`, nil, []error{ErrValidation}, "", "body.input: Field required (+1 more)"},
		{"unknown query", 422, detail("unknown_query_parameters", "what", `,"unknown":["Foo","bar"]`), nil, []error{ErrValidation}, CodeUnknownQueryParameters, "what"},
		{"rate limited", 429, ``, []string{"Retry-After", "60"}, []error{ErrRateLimited}, "", "Too Many Requests, with an empty body"},
		{"failed run", 500, detail("internal_error", "oops"), nil, []error{ErrServer}, CodeInternalError, "oops"},
		{"bad gateway", 502, `<html><body>502</body></html>`, html, []error{ErrServer}, "", "Bad Gateway, with an HTML page that is not the platform's"},
		{"queue full", 503, detail("queue_full", "full", `,"queue_depth":3,"limit":2`), []string{"Retry-After", "60"}, []error{ErrServer, ErrUnavailable}, CodeQueueFull, "full"},
		{"gateway JSON", 400, `{"error":"bad_thing","message":"no"}`, nil, []error{ErrBadRequest}, "bad_thing", "no"},
		{"gateway JSON without message", 400, `{"error":"no thing"}`, nil, []error{ErrBadRequest}, "", "no thing"},
		{"text", 400, `nope`, []string{"Content-Type", "text/plain"}, []error{ErrBadRequest}, "", "nope"},
		{"only the status again", 400, "400\n", []string{"Content-Type", "text/plain"}, []error{ErrBadRequest}, "", "Bad Request"},
		{"a blank message", 400, detail("invalid_request", ` \n`), nil, []error{ErrBadRequest}, CodeInvalidRequest, "invalid_request"},
		{"a blank text", 400, `{"detail":" "}`, nil, []error{ErrBadRequest}, "", `{"detail":" "}`},
		{"JSON of no shape", 400, `[1]`, nil, []error{ErrBadRequest}, "", "[1]"},
		{"class name of an old server", 404, detail("KeyError", "no run"), nil, []error{ErrNotFound}, "", "no run"},
		{"detail null", 404, `{"detail":null}`, nil, []error{ErrNotFound}, "", `{"detail":null}`},
	}
	all := []error{
		ErrBadRequest, ErrUnauthorized, ErrForbidden, ErrNotFound, ErrConflict, ErrIdempotencyMismatch, ErrHumanTaskExpired,
		ErrPayloadTooLarge, ErrValidation, ErrRateLimited, ErrServer, ErrUnavailable, ErrUnsupported,
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := script(says(test.status, test.body, test.headers...))
			c := p.client(t, WithRetryPolicy(RetryPolicy{MaxAttempts: 1}))
			_, err := c.Platform.Runs.Create(t.Context(), RunCreateRequest{Input: "x"}, WithRequestID("req-1"), WithIdempotencyKey(" key-1 "))
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("error %v", err)
			}
			for _, sentinel := range all {
				want := false
				for _, is := range test.is {
					want = want || is == sentinel
				}
				if errors.Is(err, sentinel) != want {
					t.Errorf("errors.Is(err, %v) is %v", sentinel, !want)
				}
			}
			if e.StatusCode != test.status || e.Code != test.code || e.Message != test.message {
				t.Errorf("status %d, code %q, message %q", e.StatusCode, e.Code, e.Message)
			}
			if e.RequestID != "req-1" || e.IdempotencyKey != "key-1" || e.Method != "POST" || e.Path != "/v1/runs" || e.Attempts != 1 || string(e.Body) != test.body {
				t.Errorf("error %+v with %q", e, e.Body)
			}
		})
	}
}

func TestErrorDetails(t *testing.T) {
	fail := func(status int, body string, headers ...string) *Error {
		t.Helper()
		err := create(script(says(status, body, headers...)).client(t, WithRetryPolicy(RetryPolicy{MaxAttempts: 1})))
		var e *Error
		if !errors.As(err, &e) {
			t.Fatal(err)
		}
		return e
	}
	if d := fail(403, detail("forbidden", "m", `,"required_scope":"runs:write"`)).Details; d.RequiredScope != "runs:write" || d.More != nil {
		t.Errorf("%+v", d)
	}
	d := fail(409, detail("human_task_expired", "m", `,"continuation_id":"c1","expires_at":1795472049.5,"new":12345678901234567890`)).Details
	if d.ContinuationID != "c1" || !d.ExpiresAt.Equal(time.UnixMilli(1795472049500)) || string(d.More["new"]) != "12345678901234567890" {
		t.Errorf("%+v", d)
	}
	if d := fail(503, detail("queue_full", "m", `,"queue_depth":"many","limit":2`), "Retry-After", "5").Details; d.QueueLimit != 2 || string(d.More["queue_depth"]) != `"many"` {
		t.Errorf("%+v", d)
	}
	d = fail(400, detail("spec_invalid", "m", `,"diagnostics":[{"code":"E_X","severity":"error","message":"bad","path":null}]`)).Details
	if len(d.Diagnostics) != 1 || d.Diagnostics[0].Code != "E_X" {
		t.Errorf("%+v", d)
	}
	d = fail(422, `{"detail":[{"type":"json_invalid","loc":["body",1],"msg":"JSON decode error"}]}`).Details
	if len(d.Fields) != 1 || d.Fields[0] != (FieldError{"body.1", "JSON decode error", "json_invalid"}) {
		t.Errorf("%+v", d)
	}
	if e := fail(503, `{}`, "Retry-After", "5"); e.RetryAfter != 5*time.Second {
		t.Errorf("RetryAfter %v", e.RetryAfter)
	}
}

// TestUnsupported: only for operations that some servers lack does the router's 404 mean that.
func TestUnsupported(t *testing.T) {
	c := script(says(404, `{"detail":"Not Found"}`)).client(t)
	if _, err := c.Platform.Runs.Graph(t.Context(), "r1"); !errors.Is(err, ErrUnsupported) || !errors.Is(err, ErrNotFound) {
		t.Errorf("graph: %v", err)
	}
	if err := get(c); errors.Is(err, ErrUnsupported) || !errors.Is(err, ErrNotFound) {
		t.Errorf("get: %v", err)
	}
}

func TestNotAnAnswerOfThePlatform(t *testing.T) {
	huge := `{"run_id":"` + strings.Repeat("x", 10<<20) + `"}`
	tests := []struct {
		name   string
		status int
		body   string
		header []string
		want   string
	}{
		{"an array", 200, `[]`, nil, "an object is due, the body is an array"},
		{"null", 200, `null`, nil, "the body is null"},
		{"nothing", 200, ``, nil, "empty"},
		{"HTML", 200, `<html>log in</html>`, []string{"Content-Type", "text/html"}, "not JSON"},
		{"JSON by another name", 200, runBody, []string{"Content-Type", "text/plain"}, "not JSON"},
		{"no type", 200, runBody, []string{"Content-Type", ""}, "not JSON"},
		{"trailing garbage", 200, runBody + "x", nil, "there is more after the value"},
		{"two values", 200, runBody + runBody, nil, "there is more after the value"},
		{"cut off", 200, `{"run_id":"r1"`, nil, "unexpected end"},
		{"bad UTF-8", 200, "{\"run_id\":\"\xff\"}", nil, "UTF-8"},
		{"no id", 200, `{"status":"running"}`, nil, "no run_id"},
		{"null id", 200, `{"run_id":null,"status":"running"}`, nil, "no run_id"},
		{"no status", 200, `{"run_id":"r1"}`, nil, "no status"},
		{"null status", 200, `{"run_id":"r1","status":null}`, nil, "no status"},
		{"another run", 200, `{"run_id":"r2","status":"running"}`, nil, "another run_id"},
		{"a number for an id", 200, `{"run_id":1,"status":"running"}`, nil, "run_id: text is due, it is a number"},
		{"a redirect", 307, ``, []string{"Location", "https://evil.test/v1/runs/r1?x=1"}, "redirects to evil.test"},
		{"a redirect to itself", 301, ``, []string{"Location", "/v1/runs/r1/"}, "redirects"},
		{"too large", 200, huge, nil, "larger than 1048576 bytes"},
		{"a status of no kind", 999, `{}`, nil, "does not know the status"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := script(says(test.status, test.body, test.header...))
			err := get(p.client(t, WithMaxResponseBytes(1<<20)))
			var e *ProtocolError
			if !errors.As(err, &e) || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("error %.300v", err)
			}
			if e.StatusCode != test.status || e.RequestID == "" || e.Attempts != 1 || p.count() != 1 {
				t.Errorf("%#v after %d requests", e, p.count())
			}
			if len(err.Error()) > 1200 {
				t.Errorf("%d bytes of error", len(err.Error()))
			}
		})
	}
}

func TestProtocolErrorCarriesTheKey(t *testing.T) {
	err := create(script(says(202, `{}`)).client(t))
	var e *ProtocolError
	if !errors.As(err, &e) || e.IdempotencyKey == "" || e.Outcome != OutcomeUnknown || !strings.Contains(err.Error(), e.IdempotencyKey) {
		t.Errorf("%v", err)
	}
}

func TestLenience(t *testing.T) {
	body := `{"run_id":"r1","status":"jubilant","usage":"[REDACTED]","error":"[REDACTED]","metadata":"[REDACTED]","trace_event_count":"[REDACTED]",` +
		`"visited_steps":"[REDACTED]","pending_human_request":null,"current_step_index":null,"session_id":"[REDACTED]","brand_new":{"a":1}}`
	var info *Response
	run, err := script(says(200, body)).client(t).Platform.Runs.Get(t.Context(), "r1", WithResponse(&info))
	if err != nil {
		t.Fatal(err)
	}
	if run.Status != "jubilant" || run.Status.Terminal() || run.SessionID != "[REDACTED]" || run.Usage != nil || run.Error != nil || run.CurrentStepIndex != nil {
		t.Errorf("%+v", run)
	}
	if string(info.Body) != body {
		t.Errorf("body %s", info.Body)
	}
}

func TestOutcome(t *testing.T) {
	once := WithRetryPolicy(RetryPolicy{MaxAttempts: 1})
	outcome := func(err error) Outcome {
		t.Helper()
		var answer *Error
		var network *NetworkError
		switch {
		case errors.As(err, &answer):
			return answer.Outcome()
		case errors.As(err, &network):
			return network.Outcome
		}
		t.Fatalf("error %v", err)
		return 0
	}
	two := RetryPolicy{MaxAttempts: 2, BaseDelay: 1, MaxDelay: 1}
	tests := []struct {
		name string
		err  error
		want Outcome
	}{
		{"refused", create(script(fails(refused)).client(t, once)), OutcomeNotSent},
		{"reset", create(script(fails(syscall.ECONNRESET)).client(t, once)), OutcomeUnknown},
		{"422", create(script(says(422, `{}`)).client(t, once)), OutcomeRejected},
		{"500", create(script(says(500, `{}`)).client(t, once)), OutcomeUnknown},
		{"reset, then 401", create(script(fails(syscall.ECONNRESET), says(401, `{}`)).client(t, WithRetryPolicy(two))), OutcomeUnknown},
		{"reset, then refused", create(script(fails(syscall.ECONNRESET), fails(refused)).client(t, WithRetryPolicy(two))), OutcomeUnknown},
		{"refused, then 401", create(script(fails(refused), says(401, `{}`)).client(t, WithRetryPolicy(two))), OutcomeRejected},
	}
	for _, test := range tests {
		if got := outcome(test.err); got != test.want {
			t.Errorf("%s: %v, want %v (%v)", test.name, got, test.want, test.err)
		}
	}
}

// TestDeadAddress meets a real refusal: nobody listens where a listener has just been closed.
func TestDeadAddress(t *testing.T) {
	srv := httptest.NewServer(http.NotFoundHandler())
	srv.Close()
	c, err := NewClient(WithURL(srv.URL), WithAPIKey(testKey))
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	err = get(c)
	var e *NetworkError
	if !errors.As(err, &e) || !errors.Is(err, syscall.ECONNREFUSED) || e.Outcome != OutcomeNotSent || time.Since(start) > 10*time.Second {
		t.Fatalf("error %v after %v", err, time.Since(start))
	}
	for _, part := range []string{e.Host, "connection refused", fmt.Sprintf("%d attempts", e.Attempts)} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not in %q", part, err)
		}
	}
}

func TestErrorTextIsOneBoundedLine(t *testing.T) {
	message := "a\\u001b[31m\\r\\nb\\u2028" + strings.Repeat("m", 64<<10)
	err := get(script(says(404, detail("not_found", message))).client(t))
	if text := err.Error(); len(text) > 1200 || strings.ContainsAny(text, "\x1b\r\n\u2028") {
		t.Errorf("%d bytes: %.100q", len(text), text)
	}
}

func TestRawClientGoesTheSameWay(t *testing.T) {
	p := script(says(503, `{}`), says(404, detail("not_found", "x")))
	raw := p.client(t).Raw()
	result, err := raw.GetRunWithResponse(context.Background(), "r1")
	if err != nil || result.StatusCode() != 404 || result.JSONDefault == nil || p.count() != 2 {
		t.Fatalf("%v, %v after %d requests", result, err, p.count())
	}
	if auth := p.requests[1].Header.Get("Authorization"); auth != "Bearer "+testKey {
		t.Errorf("Authorization %q", auth)
	}
	if strings.Contains(fmt.Sprintf("%+v", result.HTTPResponse.Request), testKey) {
		t.Error("the response of the raw client leads to the key")
	}
	p = script(says(200, `<html>`, "Content-Type", "text/html"))
	_, err = p.client(t).Raw().GetRunWithResponse(context.Background(), "r1")
	var e *ProtocolError
	if !errors.As(err, &e) {
		t.Errorf("HTML for the raw client: %v", err)
	}
}

// several is an error of a type that cannot be compared or hashed, as those of some validators are.
type several []error

func (several) Error() string { return "several" }

func TestErrorIsNothingElse(t *testing.T) {
	err := get(script(says(404, detail("not_found", "x"))).client(t))
	if errors.Is(err, several{}) || errors.Is(err, io.EOF) {
		t.Errorf("%v is something else", err)
	}
	if errors.Is(&Error{}, io.EOF) || errors.Is(&Error{}, several{}) {
		t.Error("an Error without a status is anything")
	}
}

func TestOutcomeString(t *testing.T) {
	for outcome, want := range map[Outcome]string{OutcomeUnknown: "unknown", OutcomeNotSent: "not sent", OutcomeRejected: "rejected", -1: "unknown", 7: "unknown"} {
		if outcome.String() != want {
			t.Errorf("%d: %s", int(outcome), outcome)
		}
	}
}
