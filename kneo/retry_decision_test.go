package kneo

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// TestPermanent has what will come again, and what need not.
func TestPermanent(t *testing.T) {
	odd := errors.New("odd")
	tests := []struct {
		name string
		err  error
		want bool
	}{
		{"no attempt", odd, true},
		{"an argument", argument("x", "y"), true},
		{"odd, not sent", &attemptError{err: odd}, true},
		{"odd, sent", &attemptError{err: odd, sent: true}, false},
		{"too large", &attemptError{err: &BodyTooLargeError{1}, sent: true}, true},
		{"an alert of the other side", &attemptError{err: &net.OpError{Op: "remote error", Err: odd}, sent: true}, true},
		{"broken while it was read", &attemptError{err: &net.OpError{Op: "read", Err: odd}, sent: true}, false},
		{"refused", &attemptError{err: refused}, false},
		{"refused, bare", &attemptError{err: syscall.ECONNREFUSED}, false},
		{"cut off", &attemptError{err: io.ErrUnexpectedEOF}, false},
		{"cancelled", &attemptError{err: context.Canceled}, false},
		{"out of time", &attemptError{err: &attemptTimeoutError{time.Second}}, false},
		{"no such host", &attemptError{err: &net.DNSError{}}, false},
		{"a proxy that wants a password", &attemptError{err: errors.New("Proxy Authentication Required")}, true},
		{"a proxy in trouble", &attemptError{err: &net.OpError{Op: "proxyconnect", Err: errors.New("Bad Gateway")}}, false},
		{"a proxy that refuses", &attemptError{err: &net.OpError{Op: "proxyconnect", Err: syscall.ECONNREFUSED}}, false},
		{"a certificate, in dial", &attemptError{err: &net.OpError{Op: "dial", Err: x509.UnknownAuthorityError{}}}, true},
	}
	for _, test := range tests {
		if got := permanent(test.err); got != test.want {
			t.Errorf("%s: %t", test.name, got)
		}
	}
}

// TestDialFailures has what a transport that is not net/http's may say when there was no connection.
func TestDialFailures(t *testing.T) {
	for err, want := range map[error]bool{
		refused: true, &net.OpError{Op: "read", Err: syscall.ECONNRESET}: false, &net.DNSError{}: true, io.EOF: false, errors.New("dial"): false,
		&tls.CertificateVerificationError{Err: io.EOF}: true, x509.UnknownAuthorityError{}: true, &x509.HostnameError{Certificate: new(x509.Certificate)}: false,
		x509.HostnameError{Certificate: new(x509.Certificate)}: true, x509.CertificateInvalidError{Cert: new(x509.Certificate)}: true, tls.RecordHeaderError{}: true,
	} {
		if isDialFailure(fmt.Errorf("wrapped: %w", err)) != want {
			t.Errorf("%T %v: %t", err, err, !want)
		}
	}
}

func TestMaybeSent(t *testing.T) {
	for status, want := range map[int]bool{200: false, 400: false, 408: false, 409: true, 410: false, 429: false, 499: false, 500: true, 502: true, 599: true} {
		if maybeSent(&http.Response{StatusCode: status}, nil) != want {
			t.Errorf("%d: %t", status, !want)
		}
	}
	if maybeSent(nil, &attemptError{}) || !maybeSent(nil, &attemptError{sent: true}) || maybeSent(nil, io.EOF) {
		t.Error("of attempts without an answer")
	}
	if statusOf(nil) != 0 || statusOf(&http.Response{StatusCode: 503}) != 503 {
		t.Error("a status")
	}
}

// TestParseRetryAfter says what is a value, be it of use or not.
func TestParseRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	for value, want := range map[string]bool{
		"": false, "0": true, "5": true, "9223372037": true, "99999999999999999999999": true, "-5": false, "soon": false, "Tue, 01 Jan 2030 00:00:00 GMT": true, "Tue, 01 Jan 2019 00:00:00 GMT": true,
	} {
		if after, ok := parseRetryAfter(value, "", now); ok != want {
			t.Errorf("%q: %v, %t", value, after, ok)
		}
	}
}

func TestJitterOfNothing(t *testing.T) {
	if jitter(0) != 0 || jitter(-1) != 0 {
		t.Error("not zero")
	}
}

// TestBackoffDoesNotOverflow: after very many attempts the pause is as long as after many.
func TestBackoffDoesNotOverflow(t *testing.T) {
	var sum time.Duration
	for range 200 {
		sum += backoff(defaultRetryPolicy, 1000)
	}
	if mean := sum / 200; mean < defaultRetryPolicy.MaxDelay/3 {
		t.Errorf("a mean of %v", mean)
	}
}

func TestPolicyDefaults(t *testing.T) {
	if p := (RetryPolicy{}).withDefaults(); p != defaultRetryPolicy {
		t.Errorf("%+v", p)
	}
	own := RetryPolicy{1, 2, 3, 4}
	if p := own.withDefaults(); p != own {
		t.Errorf("%+v", p)
	}
}

// retrying is a retrier for a call that began some time ago.
func retrying(method, key string, tries int, ago time.Duration) *retrier {
	call := &call{client: new(Client), method: method, key: key, retry: defaultRetryPolicy, start: time.Now().Add(-ago)}
	return &retrier{call: call, budget: newBudget(), tries: tries, logger: slog.New(slog.DiscardHandler), seeking: call.start}
}

func TestMayRepeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tests := []struct {
			method, key string
			tries       int
			want        bool
		}{
			{"GET", "", 7, true},
			{"GET", "", 8, false},
			{"PUT", "", 1, true},
			{"DELETE", "", 1, true},
			{"POST", "", 1, false},
			{"POST", "k", 1, true},
			{"POST", "k", 8, false},
			{"PATCH", "", 1, false},
			{"PATCH", "k", 1, true},
			{"HEAD", "", 1, true},
			{"OPTIONS", "", 1, true},
			{"TRACE", "", 1, true},
			{"LOCK", "", 1, false},
			{"post", "", 1, false},
		}
		for _, test := range tests {
			if got := retrying(test.method, test.key, test.tries, 0).mayRepeat(transient); got != test.want {
				t.Errorf("%+v: %t", test, got)
			}
		}
		for ago, want := range map[time.Duration]bool{0: true, lockPatience - 1: true, lockPatience: false, lockPatience + 1: false} {
			if got := retrying("POST", "k", 100, ago).mayRepeat(inProgress); got != want {
				t.Errorf("in progress after %v: %t", ago, got)
			}
		}
		once := retrying("POST", "k", 1, 0)
		if once.call.retry.MaxAttempts = 1; once.mayRepeat(inProgress) {
			t.Error("one attempt is not one")
		}
	})
}

func TestSettlePause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asks := func(seconds string) *http.Response {
			return &http.Response{StatusCode: 503, Header: http.Header{"Retry-After": {seconds}}}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		for seconds, want := range map[string]bool{"4": true, "5": false, "6": false} {
			if got := retrying("GET", "", 1, 0).settlePause(ctx, asks(seconds), nil); got != want {
				t.Errorf("%s s of 5: %t", seconds, got)
			}
		}
		for seconds, want := range map[string]bool{"30": true, "31": false} {
			if got := retrying("GET", "", 1, 0).settlePause(t.Context(), asks(seconds), nil); got != want {
				t.Errorf("%s s: %t", seconds, got)
			}
		}
		for range 200 {
			r := retrying("GET", "", 1, 0)
			if r.settlePause(t.Context(), asks("4"), nil); r.pause < 4*time.Second || r.pause >= 5*time.Second {
				t.Fatalf("a pause of %v where 4 s are asked for", r.pause)
			}
		}
		fresh, stale := &attemptError{err: io.EOF, sent: true}, &attemptError{err: io.EOF, sent: true, stale: true}
		unsent := &attemptError{err: syscall.ETIMEDOUT, stale: true}
		tests := []struct {
			name      string
			err       *attemptError
			tries     int
			ago       time.Duration
			worth, at bool // worth waiting, at once
		}{
			{"a dead connection", stale, 1, 0, true, true},
			{"a second one", stale, 2, 0, true, false},
			{"a live one", fresh, 1, 0, true, false},
			{"sent long ago", fresh, 1, time.Hour, true, false},
			{"not sent, just now", unsent, 1, connectPatience - 1, true, true},
			{"not sent for too long", unsent, 1, connectPatience, false, true},
		}
		for _, test := range tests {
			r := retrying("GET", "", test.tries, test.ago)
			r.call.retry.BaseDelay, r.call.retry.MaxDelay = 1000*time.Hour, 1000*time.Hour
			if got := r.settlePause(t.Context(), nil, test.err); got != test.worth || (r.pause == 0) != test.at {
				t.Errorf("%s: %t, pause %v", test.name, got, r.pause)
			}
		}
		for range 200 {
			r := retrying("GET", "", 3, 0)
			longest := bound(r.call.retry, 3)
			if r.settlePause(t.Context(), nil, &attemptError{err: refused}); r.pause < longest/2 || r.pause > longest {
				t.Fatalf("a pause of %v where nobody is there yet, of %v at the most", r.pause, longest)
			}
		}
	})
}

// TestEndedContextCostsNoBudget: who has given up takes nothing from the others.
func TestEndedContextCostsNoBudget(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := retrying("GET", "", 0, 0)
	if again, _ := r.again(ctx, &http.Response{StatusCode: 503, Header: http.Header{}}, nil); again || r.budget.tokens.Load() != budgetSize {
		t.Errorf("%t, %d", again, r.budget.tokens.Load())
	}
}

// TestRewindable: net/http cannot repeat a POST by itself, and a request without a body stays one.
func TestRewindable(t *testing.T) {
	request := func(body io.Reader) *http.Request {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://kneo.test", body)
		if err != nil {
			t.Fatal(err)
		}
		return req
	}
	if r, err := rewindable(request(strings.NewReader("x"))); err != nil || r.GetBody != nil || r.ContentLength != 1 {
		t.Errorf("%v", err)
	}
	if r, err := rewindable(request(http.NoBody)); err != nil || r.Body != http.NoBody {
		t.Errorf("%v", err)
	}
	p := script(says(200, runBody))
	for _, opts := range [][]Option{nil, {WithoutVersionCheck()}} { // the check of the version reads the body first
		_, err := p.client(t, opts...).Request(t.Context(), "POST", "/v1/runs", errReader{io.ErrClosedPipe}, nil)
		var mistake *ArgumentError
		if !errors.As(err, &mistake) || mistake.Name != "body" || !strings.Contains(err.Error(), "closed pipe") || p.count() != 0 {
			t.Errorf("%v after %d requests", err, p.count())
		}
	}
}

// TestErrorDetailsInDoubt has the shapes of errors that are nearly others.
func TestErrorDetailsInDoubt(t *testing.T) {
	ask := func(status int, body string, headers ...string) *Error {
		t.Helper()
		_, err := script(says(status, body, headers...)).client(t, WithRetryPolicy(RetryPolicy{MaxAttempts: 1})).Platform.Runs.Graph(t.Context(), "r1")
		var e *Error
		if !errors.As(err, &e) {
			t.Fatal(err)
		}
		return e
	}
	if e := ask(503, `{}`, "Retry-After", time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat)); e.RetryAfter != 0 {
		t.Errorf("in the past: %v", e.RetryAfter)
	}
	for body, want := range map[string]bool{`{"detail":"Not Found"}`: true, `{"detail":"Not found"}`: false, `{"detail":["Not Found"]}`: false, detail("not_found", "Not Found"): false, `Not Found`: false} {
		if e := ask(404, body); errors.Is(e, ErrUnsupported) != want {
			t.Errorf("404 %s: %v", body, e)
		}
		if e := ask(400, body); errors.Is(e, ErrUnsupported) {
			t.Errorf("400 %s: %v", body, e)
		}
	}
	if e := ask(400, `{"detail":{"error":"only_a_code"}}`); e.Message != "only_a_code" || e.Code != "only_a_code" {
		t.Errorf("%v", e)
	}
	if e := ask(422, `{"detail":[{"loc":["body"],"msg":"m","type":"t"}]}`); e.Message != "body: m" {
		t.Errorf("%v", e)
	}
	d := ask(409, detail("x", "m", `,"expires_at":"soon","limit":"many","one":1,"two":2`)).Details
	if len(d.More) != 4 || string(d.More["expires_at"]) != `"soon"` || !d.ExpiresAt.IsZero() || string(d.More["one"])+string(d.More["two"]) != "12" {
		t.Errorf("%+v", d)
	}
	for length, want := range map[int]bool{1: true, 64: true, 65: false} {
		if e := ask(400, detail(strings.Repeat("c", length), "m")); (e.Code != "") != want {
			t.Errorf("a code of %d characters: %v", length, e)
		}
	}
	_, err := script(says(404, `{"detail":"Not Found"}`)).client(t).Request(t.Context(), "GET", "/v9/new", nil, nil)
	if !errors.Is(err, ErrNotFound) || errors.Is(err, ErrUnsupported) {
		t.Errorf("a path that nobody knows: %v", err)
	}
}

// TestConcluding has what is left of the last step of a call.
func TestConcluding(t *testing.T) {
	c := script(says(200, runBody)).client(t)
	call := c.newCall(nil, nil)
	err := c.explain(t.Context(), call, &url.Error{Op: "Get", URL: "https://kneo.test/v1", Err: errors.New("no luck")})
	var network *NetworkError
	if !errors.As(err, &network) || strings.Contains(err.Error(), "https") || !strings.Contains(err.Error(), "not sent to kneo.test: no luck") || network.Err.Error() != "no luck" {
		t.Errorf("%v", err)
	}
	for status, want := range map[int]bool{200: false, 399: false, 400: true, 503: true} {
		call.trouble.resp = &http.Response{StatusCode: status, Header: http.Header{}}
		var e *Error
		if err := c.withTrouble(call, context.Canceled); errors.As(err, &e) != want || !errors.Is(err, context.Canceled) {
			t.Errorf("ended after %d: %v", status, err)
		}
	}
	for name, test := range map[string]struct {
		step func(*http.Request) (*http.Response, error)
		want string
	}{
		"300":                {says(300, runBody), "redirects"},
		"299":                {says(299, runBody, "Content-Type", "text/plain"), "not JSON"},
		"nothing of HTML":    {says(200, "", "Content-Type", "text/html"), "empty"},
		"a broken parameter": {says(200, runBody, "Content-Type", "application/json; charset"), "not JSON"},
	} {
		if err := get(script(test.step).client(t)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestClientWithinAClient: a transport may use another client to get its own work done, with the context that it was given.
func TestClientWithinAClient(t *testing.T) {
	inner := script(says(404, `{}`)).client(t)
	outer := (&platform{answer: func(_ int, req *http.Request) (*http.Response, error) {
		if resp, err := inner.Raw().GetRunWithResponse(req.Context(), "x"); err != nil || resp.StatusCode() != 404 {
			t.Errorf("%v", err)
		}
		return says(200, runBody)(req)
	}}).client(t)
	var info *Response
	if _, err := outer.Platform.Runs.Get(t.Context(), "r1", WithResponse(&info)); err != nil || info.Attempts != 1 || info.StatusCode != 200 {
		t.Errorf("%+v, %v", info, err)
	}
}
