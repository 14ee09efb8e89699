package kneo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/kneo-agent/kneo-client-go/profiles"
)

// TestErrorTexts has the whole text of an error of each kind: one sentence that says what was asked, what came of it, and what to do.
func TestErrorTexts(t *testing.T) {
	const advice = "it may have taken effect: repeat it with the same idempotency key, or look before you repeat it"
	wait := WaitState{RunID: "r1", Run: &Run{Status: "running\x1b"}, Polls: 3, Elapsed: 1500*time.Millisecond + 123, LastErr: errors.New("boo"), Err: context.DeadlineExceeded}
	tests := map[string]error{
		"kneo: GET /v1/runs/r1: 404 not_found: no run (1 attempt, request id q)": &Error{
			StatusCode: 404, Code: "not_found", Message: "no run", Method: "GET", Path: "/v1/runs/r1", Attempts: 1, RequestID: "q", outcome: OutcomeRejected,
		},
		"kneo: POST /v1/runs: 503: full (8 attempts, idempotency key k); the platform asks to wait 5s; " + advice: &Error{
			StatusCode: 503, Message: "full", Method: "POST", Path: "/v1/runs", Attempts: 8, IdempotencyKey: "k", RetryAfter: 5 * time.Second,
		},
		"kneo: POST /v1/runs: 500: oops (idempotency key k); " + advice:                                                                          &Error{StatusCode: 500, Message: "oops", Method: "POST", Path: "/v1/runs", IdempotencyKey: "k"},
		"kneo: POST /v1/specs/compile: 500 internal_error: oops (idempotency key k)":                                                             &Error{StatusCode: 500, Code: CodeInternalError, Message: "oops", Method: "POST", Path: "/v1/specs/compile", IdempotencyKey: "k", harmless: true},
		"kneo: POST /x: no answer from h: late, after status 429 (1 attempt)":                                                                    &NetworkError{Method: "POST", Path: "/x", Host: "h", Attempts: 1, Outcome: OutcomeRejected, text: "late, after status 429"},
		"kneo: GET /v1/runs: 500: oops":                                                                                                          &Error{StatusCode: 500, Message: "oops", Method: "GET", Path: "/v1/runs"},
		"kneo: POST /v1/runs: 422: no (idempotency key k)":                                                                                       &Error{StatusCode: 422, Message: "no", Method: "POST", Path: "/v1/runs", IdempotencyKey: "k", outcome: OutcomeRejected},
		"kneo: GET /x: 401: no; check the key of the profile and the header it goes in (auth_scheme)":                                            &Error{StatusCode: 401, Message: "no", Method: "GET", Path: "/x"},
		"kneo: GET /x: 404: Not Found; this version of the server does not have it":                                                              &Error{StatusCode: 404, Message: "Not Found", Method: "GET", Path: "/x", unsupported: true},
		`kneo: GET /x: 403: no; the key lacks the scope runs:\nwrite`:                                                                            &Error{StatusCode: 403, Message: "no", Method: "GET", Path: "/x", Details: ErrorDetails{RequiredScope: "runs:\nwrite"}},
		"kneo: POST /x: 409 idempotency_key_conflict: other; use a new key for a new request":                                                    &Error{StatusCode: 409, Code: CodeIdempotencyKeyConflict, Message: "other", Method: "POST", Path: "/x", outcome: OutcomeRejected},
		"kneo: GET /x: no answer from h: refused (2 attempts, request id q)":                                                                     &NetworkError{Method: "GET", Path: "/x", Host: "h", Attempts: 2, RequestID: "q", text: "refused"},
		"kneo: POST /x: no answer from h: refused (8 attempts); nothing was sent":                                                                &NetworkError{Method: "POST", Path: "/x", Host: "h", Attempts: 8, Outcome: OutcomeNotSent, text: "refused"},
		"kneo: POST /x: no answer from h: reset (1 attempt, idempotency key k); " + advice:                                                       &NetworkError{Method: "POST", Path: "/x", Host: "h", Attempts: 1, IdempotencyKey: "k", text: "reset"},
		"kneo: GET /x: the answer (status 200) is not the platform's: empty":                                                                     &ProtocolError{Method: "GET", Path: "/x", StatusCode: 200, text: "empty"},
		`kneo: GET /x: the answer (status 200, text/html) is not the platform's: it is not JSON; it begins "<html>" (1 attempt, request id q\n)`: &ProtocolError{Method: "GET", Path: "/x", StatusCode: 200, ContentType: "text/html", Snippet: "<html>", Attempts: 1, RequestID: "q\n", text: "it is not JSON"},
		"the body is larger than 5 bytes; ask for smaller pages, or raise the limit with WithMaxResponseBytes":                                   &BodyTooLargeError{5},
		"it redirects, which is not followed":                                                                                                    &RedirectError{StatusCode: 302},
		"it redirects to h, which is not followed; if that is the platform, put its URL into the profile":                                        &RedirectError{302, "h"},
		`kneo: waiting for run r1: time is up after 1.5s and 3 looks; it was last seen running\x1b; the last look failed: boo`:                   &WaitTimeoutError{wait},
		`kneo: waiting for run r1: the wait was cancelled after 1.5s and 3 looks; it was last seen running\x1b; the last look failed: boo`:       &WaitCanceledError{wait},
		"kneo: waiting for run r1: the wait was cancelled (going down) after 0s and 1 look; the last look failed: GET /x: 500: oops":             &WaitCanceledError{WaitState{RunID: "r1", Polls: 1, LastErr: &Error{StatusCode: 500, Message: "oops", Method: "GET", Path: "/x"}, Err: &causedError{errors.New("going down"), context.Canceled}}},
		"kneo: waiting for human tasks: time is up after 0s":                                                                                     &WaitTimeoutError{WaitState{Err: context.DeadlineExceeded}},
	}
	for want, err := range tests {
		if got := err.Error(); got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
	for _, err := range []error{&Error{StatusCode: 404, Body: []byte("x")}, &NetworkError{text: "x"}, &ProtocolError{text: "x"}} {
		if text := fmt.Sprintf("%#v", err); text != err.Error() {
			t.Errorf("%%#v gives %s", text)
		}
	}
	if !errors.Is(tests["kneo: waiting for human tasks: time is up after 0s"], context.DeadlineExceeded) || !errors.Is(&WaitCanceledError{WaitState{Err: context.Canceled}}, context.Canceled) {
		t.Error("the context is not found in the end of a wait")
	}
	for outcome, want := range map[Outcome]string{OutcomeUnknown: "unknown", OutcomeNotSent: "not sent", OutcomeRejected: "rejected"} {
		if outcome.String() != want {
			t.Errorf("%d is %s", outcome, outcome)
		}
	}
}

func TestErrorInALog(t *testing.T) {
	var b strings.Builder
	logTo(&b).Info("x", "err", &Error{StatusCode: 404, Code: "not_found", Message: "m", Method: "GET", Path: "/p", Host: "h", Attempts: 2, RequestID: "q", IdempotencyKey: "k", Body: []byte("body")})
	if want := "err.status=404 err.code=not_found err.message=m err.method=GET err.path=/p err.host=h err.attempts=2 err.request_id=q err.idempotency_key=k\n"; !strings.HasSuffix(b.String(), want) {
		t.Errorf("%s", b.String())
	}
}

// nothingToSay is an error without a text, as some have.
type nothingToSay struct{}

func (nothingToSay) Error() string { return "" }

// TestErrorsWithoutAKey: what may have taken effect is said of every method but those that have none.
func TestErrorsWithoutAKey(t *testing.T) {
	for _, step := range []func(*http.Request) (*http.Response, error){says(502, ""), says(200, "{"), fails(syscall.ECONNRESET)} {
		c := script(step).client(t, WithRetryPolicy(RetryPolicy{MaxAttempts: 1}))
		_, put := c.Platform.Policies.Put(t.Context(), "e", EnvironmentPolicyRequest{})
		_, get := c.Platform.Policies.Get(t.Context(), "e")
		if !strings.HasSuffix(put.Error(), "; it may have taken effect: look before you repeat it") || strings.Contains(get.Error(), "effect") {
			t.Errorf("%v\n%v", put, get)
		}
	}
}

// TestMisplaced: who is at a path is said only where the platform has one and does not speak.
func TestMisplaced(t *testing.T) {
	for name, test := range map[string]struct {
		step func(*http.Request) (*http.Response, error)
		path string
		want bool
	}{
		"no route":           {says(404, `{"detail":"Not Found"}`), "/v1/runs", true},
		"somebody else":      {says(404, "nothing here"), "/v1/runs", true},
		"no such run":        {says(404, detail("not_found", "x")), "/v1/runs/r1", false},
		"an old server":      {says(404, `{"detail":{"error":"KeyError","message":"x"}}`), "/v1/runs/r1", false},
		"a slash in an id":   {says(404, `{"detail":"Not Found"}`), "/v1/runs/a%2Fb", false},
		"another status":     {says(400, "nothing here"), "/v1/runs", false},
		"a path of nobody's": {says(404, "nothing here"), "/v9/x", false},
	} {
		_, err := script(test.step).client(t).Request(t.Context(), http.MethodGet, test.path, nil, nil)
		if strings.Contains(err.Error(), "not at this path") != test.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := script(says(404, `{"detail":"Not Found"}`)).client(t).Platform.Runs.Graph(t.Context(), "a/b"); !errors.Is(err, ErrNotFound) || errors.Is(err, ErrUnsupported) {
		t.Errorf("a slash in the id of a newer operation: %v", err)
	}
}

// TestErrorOfASpentBudget says why there was no other attempt.
func TestErrorOfASpentBudget(t *testing.T) {
	for _, step := range []func(*http.Request) (*http.Response, error){says(502, ""), says2(200, "{", io.ErrUnexpectedEOF), fails(syscall.ECONNRESET)} {
		c := script(step).client(t, WithRetryPolicy(RetryPolicy{MaxAttempts: 2, BaseDelay: 1, MaxDelay: 1}))
		for i := range 25 {
			_, err := c.Platform.Runs.Get(t.Context(), "r1")
			if spent := strings.Contains(err.Error(), "1 attempt, the retry budget is used up, "); spent != (i >= budgetSize/retryCost) {
				t.Errorf("call %d: %v", i, err)
			}
		}
	}
}

// TestErrorsAsTheyCome has the texts of errors that calls end with.
func TestErrorsAsTheyCome(t *testing.T) {
	once := WithRetryPolicy(RetryPolicy{MaxAttempts: 1})
	tests := []struct {
		name  string
		step  func(*http.Request) (*http.Response, error)
		parts []string
	}{
		{"no text", fails(nothingToSay{}), []string{"kneo: POST /v1/runs: no answer from kneo.test: kneo.nothingToSay without a text (1 attempt, "}},
		{"a status of no name", says(599, "", "Content-Type", ""), []string{"599: a status that HTTP does not know, with an empty body", "it may have taken effect"}},
		{"HTML by its type", says(502, "page", "Content-Type", "text/html"), []string{"502: Bad Gateway, with an HTML page that is not the platform's"}},
		{"HTML by its look", says(502, " \n<page", "Content-Type", "x/y"), []string{"502: Bad Gateway, with an HTML page that is not the platform's"}},
		{"long text", says(400, strings.Repeat("x", 2000)), []string{"400: " + strings.Repeat("x", maxText) + "… (kneo.test, 1 attempt"}},
		{"no body to be read", says2(400, "", syscall.ECONNRESET), []string{"400: Bad Request, with a body that cannot be read: connection reset by peer (kneo.test, 1 attempt"}},
		{"the status in the text", says(502, "502 Bad Gateway\n", "Content-Type", "text/plain"), []string{": 502: Bad Gateway ("}},
		{"nobody of the platform there", says(404, `{"detail":"Not Found"}`), []string{"; the platform is not at this path: check the url of the profile"}},
		{"nobody at all there", says(404, "404 page not found", "Content-Type", "text/plain"), []string{"404: page not found (", "; the platform is not at this path"}},
		{"no failure is stored", says(500, detail("internal_error", "oops")), []string{"; it may have taken effect: look before you repeat it, since the platform stores no failure under an idempotency key"}},
		{"two things to do", says(503, detail("queue_full", "full"), "Retry-After", "3600"), []string{"; the platform asks to wait 1h0m0s; it may have taken effect: repeat"}},
		{"an invalid spec", says(400, detail("spec_invalid", "Spec failed validation.", `,"diagnostics":[{"path":"a.b","message":"No such thing."},{}]`)), []string{"spec_invalid: Spec failed validation. a.b: No such thing. (+1 more) ("}},
		{"an invalid spec as a whole", says(400, detail("spec_invalid", "Spec failed validation.", `,"diagnostics":[{"path":null,"message":"1 error."}]`)), []string{"Spec failed validation. 1 error. ("}},
		{"an invalid spec with a warning", says(400, detail("spec_invalid", "Spec failed validation.", `,"diagnostics":[{"path":"w","message":"Odd.","severity":"warning"},{"path":"e","message":"Wrong.","severity":"error"}]`)), []string{"Spec failed validation. e: Wrong. (+1 more) ("}},
		{"an invalid spec without a reason", says(400, detail("spec_invalid", "Spec failed validation.", `,"diagnostics":[]`)), []string{"spec_invalid: Spec failed validation. ("}},
		{"not ready", says(503, detail("not_ready", "Checks failed.", `,"metadata":{"checks":{"queue":{"ok":true},"mcp":{"ok":false},"api":{"ok":false}}}`)), []string{"not_ready: Checks failed. It is api, mcp. ("}},
		{"not ready, for no reason", says(503, detail("not_ready", "Checks failed.", `,"metadata":7`)), []string{"not_ready: Checks failed. ("}},
		{"another code with checks", says(503, detail("queue_full", "Full.", `,"metadata":{"checks":{"mcp":{"ok":false}}}`)), []string{"queue_full: Full. ("}},
		{"another code with diagnostics", says(403, detail("environment_policy_blocked", "No.", `,"diagnostics":[{"path":"a.b","message":"m"}]`)), []string{"blocked: No. ("}},
		{"a scope that is told", says(403, detail("forbidden", "Missing: runs:write", `,"required_scope":"runs:write"`)), []string{"Missing: runs:write (kneo.test, 1 attempt"}},
		{"half an answer", says2(202, `{"run_id"`, io.ErrUnexpectedEOF), []string{
			"the answer (status 202, application/json) could not be read: unexpected EOF (kneo.test, 1 attempt", "; it may have taken effect: repeat it with the same",
		}},
		{"a redirect within", says(301, "", "Location", "/base/v1/runs/"), []string{"it redirects, which is not followed"}},
		{"a redirect to another scheme", says(301, "", "Location", "http://kneo.test/"), []string{"it redirects to kneo.test, which"}},
		{"a redirect to another port", says(301, "", "Location", "https://kneo.test:1/"), []string{"it redirects to kneo.test:1, which"}},
		{"a redirect to nowhere", says(301, "", "Location", "http://[::1"), []string{"(status 301, application/json)", "it redirects, which is not followed"}},
		{"a redirect of a new kind", says(399, "{}"), []string{"(status 399, application/json)", "it redirects, which is not followed"}},
		{"no redirect", says(299, "[]"), []string{"an object is due"}},
		{"status 199", says(199, "{}"), []string{"HTTP does not know the status"}},
		{"status 600", says(600, "{}"), []string{"(status 600, application/json)", "HTTP does not know the status"}},
	}
	for _, test := range tests {
		err := create(script(test.step).client(t, once))
		if err == nil {
			t.Fatalf("%s: no error", test.name)
		}
		for _, part := range test.parts {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: %q is not in %v", test.name, part, err)
			}
		}
	}
}

// TestLongKeysAreFoundWhole: a body is freed of the key before it is cut.
func TestLongKeysAreFoundWhole(t *testing.T) {
	key := strings.Repeat("0123456789", 150)
	p := script(says(200, "x"+key))
	c, err := NewClient(WithResolvedProfile(profiles.Profile{URL: "https://kneo.test", APIKey: profiles.NewSecret(key)}), WithHTTPClient(&http.Client{Transport: p}))
	if err != nil {
		t.Fatal(err)
	}
	if err := get(c); err == nil || strings.Contains(err.Error(), "0123") || !strings.Contains(err.Error(), `it begins "x[redacted]"`) {
		t.Errorf("%v", err)
	}
}
