package kneo

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kneo-agent/kneo-client-go/profiles"
)

func TestHeaders(t *testing.T) {
	p := script(says(200, runBody))
	ask := func(call CallOption, opts ...Option) http.Header {
		t.Helper()
		if _, err := p.client(t, opts...).Platform.Runs.Get(t.Context(), "r1", call); err != nil {
			t.Fatal(err)
		}
		return p.requests[p.count()-1].Header
	}
	h := ask(WithHeader("X-Team", "blue"), WithUserAgent("report/1.4"))
	if h.Get("Authorization") != "Bearer "+testKey || h.Get(headerAPIKey) != "" {
		t.Errorf("bearer: %v", h)
	}
	if h.Get("User-Agent") != "report/1.4 kneo-client-go/"+Version || h.Get("X-Team") != "blue" {
		t.Errorf("%v", h)
	}
	if h.Get("X-Request-Id") == "" || h.Get("Idempotency-Key") != "" {
		t.Errorf("a GET has %v", h)
	}
	h = ask(WithRequestID("mine"), WithAuthScheme(profiles.KneoAPIKey))
	if h.Get(headerAPIKey) != testKey || h.Get("Authorization") != "" || h.Get("X-Request-Id") != "mine" {
		t.Errorf("api key: %v", h)
	}
	first, second := ask(WithHeader("X-A", "b")).Get("X-Request-Id"), ask(WithHeader("X-A", "b")).Get("X-Request-Id")
	if first == second {
		t.Error("two calls share a request id")
	}
}

func TestIdempotencyKeys(t *testing.T) {
	p := script(says(202, createdBody))
	c := p.client(t)
	seen := map[string]bool{}
	for range 100 {
		if err := create(c); err != nil {
			t.Fatal(err)
		}
		key := p.requests[p.count()-1].Header.Get("Idempotency-Key")
		if len(key) != 36 || key[14] != '4' || seen[key] {
			t.Fatalf("key %q", key)
		}
		seen[key] = true
	}
	for given, want := range map[string]string{"k": "k", "  k \t": "k", strings.Repeat("k", 256): strings.Repeat("k", 256)} {
		if _, err := c.Platform.Runs.Create(t.Context(), RunCreateRequest{}, WithIdempotencyKey(given)); err != nil {
			t.Errorf("%q: %v", given, err)
		}
		if got := p.requests[p.count()-1].Header.Get("Idempotency-Key"); got != want {
			t.Errorf("%q was sent as %q", given, got)
		}
	}
}

func TestBadArgumentsSendNothing(t *testing.T) {
	p := script(says(202, createdBody))
	c := p.client(t)
	ctx := t.Context()
	creating := func(opt CallOption) error {
		_, err := c.Platform.Runs.Create(ctx, RunCreateRequest{}, opt)
		return err
	}
	tests := map[string]error{
		"blank key":           creating(WithIdempotencyKey(" \t")),
		"long key":            creating(WithIdempotencyKey(strings.Repeat("k", 257))),
		"key with newline":    creating(WithIdempotencyKey("a\nb")),
		"key with é":          creating(WithIdempotencyKey("clé")),
		"key with NUL":        creating(WithIdempotencyKey("a\x00b")),
		"key with U+2028":     creating(WithIdempotencyKey("a\u2028b")),
		"empty id":            creating(WithRequestID("")),
		"id with CR LF":       creating(WithRequestID("a\r\nX-Evil: 1")),
		"own authorization":   creating(WithHeader("authorization", "Bearer x")),
		"own key header":      creating(WithHeader("x-kneo-api-key", "x")),
		"own idempotency key": creating(WithHeader("Idempotency-Key", "x")),
		"header injection":    creating(WithHeader("X-A", "b\r\nX-Evil: 1")),
		"header name":         creating(WithHeader("X A", "b")),
		"no timeout":          creating(WithCallTimeout(0)),
		"bad policy":          creating(WithCallRetry(RetryPolicy{MaxAttempts: -1})),
		"NaN": func() error {
			_, err := c.Platform.Runs.Create(ctx, RunCreateRequest{Metadata: map[string]any{"a": func() {}}})
			return err
		}(),
	}
	for _, id := range []string{"", ".", ".."} {
		_, err := c.Platform.Runs.Get(ctx, id)
		tests["id "+id] = err
	}
	for _, path := range []string{"", "v1/runs", "//evil.test/v1", "https://evil.test/v1", "/v1/../metrics", "/v1/runs#x", "/v1/%zz"} {
		_, err := c.Request(ctx, "GET", path, nil, nil)
		tests["path "+path] = err
	}
	for name, err := range tests {
		var mistake *ArgumentError
		if !errors.As(err, &mistake) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if p.count() != 0 {
		t.Errorf("%d requests were sent", p.count())
	}
}

func TestIDsAreOneSegment(t *testing.T) {
	for id, want := range map[string]string{
		"a/b": "/base/v1/runs/a%2Fb", "a b": "/base/v1/runs/a%20b", "a?b#c": "/base/v1/runs/a%3Fb%23c", "%2f": "/base/v1/runs/%252f", "é": "/base/v1/runs/%C3%A9",
	} {
		p := script(says(200, `{"run_id":`+quote(id)+`,"status":"running"}`))
		if _, err := p.client(t).Platform.Runs.Get(t.Context(), id); err != nil {
			t.Errorf("%q: %v", id, err)
		}
		if got := p.requests[0].URL.EscapedPath(); got != want {
			t.Errorf("%q was asked for as %s, want %s", id, got, want)
		}
	}
}

func quote(s string) string {
	text, _ := json.Marshal(s)
	return string(text)
}

func TestRequest(t *testing.T) {
	p := script(says(200, `{"n":123456789012345678901234567890}`))
	c := p.client(t)
	var out struct{ N json.Number }
	info, err := c.Request(t.Context(), "POST", "/v2/things?limit=1&q=a%20b", map[string]any{"a": 1}, &out)
	if err != nil || out.N != "123456789012345678901234567890" || info.StatusCode != 200 || info.IdempotencyKey == "" {
		t.Fatalf("%+v, %v, %v", info, out, err)
	}
	if req := p.requests[0]; req.URL.String() != "https://kneo.test/base/v2/things?limit=1&q=a%20b" || string(p.bodies[0]) != `{"a":1}` || req.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%s with %s", req.URL, p.bodies[0])
	}
	p = script(says(200, "kneo_runs_started_total 1\n", "Content-Type", "text/plain; version=0.0.4"))
	var text []byte
	if _, err := p.client(t).Request(t.Context(), "GET", "/metrics", nil, &text); err != nil || string(text) != "kneo_runs_started_total 1\n" {
		t.Errorf("%q, %v", text, err)
	}
	p = script(says(404, detail("not_found", "x")))
	info, err = p.client(t).Request(t.Context(), "GET", "/v1/runs/x", nil, nil)
	if !errors.Is(err, ErrNotFound) || info == nil || info.StatusCode != 404 {
		t.Errorf("%+v, %v", info, err)
	}
	info, err = script(fails(refused)).client(t).Request(t.Context(), "GET", "/v1/runs/x", nil, nil, WithCallRetry(RetryPolicy{MaxAttempts: 1}))
	var network *NetworkError
	if !errors.As(err, &network) || info != nil {
		t.Errorf("%+v, %v", info, err)
	}
}

// TestRequestOut: what nothing can be decoded into is refused before the call has its effect.
func TestRequestOut(t *testing.T) {
	p := script(says(200, `{}`))
	c := p.client(t)
	type answer struct{ N int }
	for _, out := range []any{answer{}, map[string]any{}, (*answer)(nil), (*[]byte)(nil), "x"} {
		var mistake *ArgumentError
		if _, err := c.Request(t.Context(), "POST", "/v1/things", nil, out); !errors.As(err, &mistake) || mistake.Name != "out" {
			t.Errorf("%#v: %v", out, err)
		}
	}
	if p.count() != 0 {
		t.Errorf("%d requests", p.count())
	}
}

func TestReadyz(t *testing.T) {
	body := detail("not_ready", "Platform is not ready.", `,"metadata":{"ready":false,"manager":"PlatformManager","checks":{"queue":{"kind":"sqlite","durable":true,"queued":3}}}`)
	p := script(says(503, body))
	health, err := p.client(t).Platform.Health.Readyz(t.Context())
	if !errors.Is(err, ErrUnavailable) || health == nil || health.OK || p.count() != 1 {
		t.Fatalf("%+v, %v after %d requests", health, err, p.count())
	}
	if q := health.Metadata.Checks; q["queue"].Queued != 3 {
		t.Errorf("%+v", health.Metadata)
	}
}

// TestShortKeySpoilsNothing: a key of a letter is in every word.
func TestShortKeySpoilsNothing(t *testing.T) {
	p := script(says(503, detail("not_ready", "Checks failed.", `,"metadata":{"ready":false,"checks":{"mcp":{"ok":false}}}`)))
	health, err := p.client(t, WithAPIKey("k")).Platform.Health.Readyz(t.Context())
	if health == nil || len(health.Metadata.Checks) != 1 || !strings.Contains(err.Error(), "Checks failed.") {
		t.Errorf("%+v, %v", health, err)
	}
}

func TestCheckSaysWhatFailed(t *testing.T) {
	ready := `{"ok":true,"service":"kneo-serv-platform","version":"1.2.0","metadata":{}}`
	if err := script(says(503, detail("not_ready", "x"))).client(t).Check(t.Context()); !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "did not say that it is ready") {
		t.Errorf("%v", err)
	}
	if err := script(says(200, ready), says(401, detail("unauthorized", "x"))).client(t).Check(t.Context()); !errors.Is(err, ErrUnauthorized) || !strings.Contains(err.Error(), "key of profile") {
		t.Errorf("%v", err)
	}
	if err := script(says(200, ready), says(200, `{"runs":[],"count":0,"total":0,"limit":1,"offset":0,"sort_by":"updated_at","sort_order":"desc"}`)).client(t).Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestPoolSurvivesFailures: the retry loop closes all idle connections after a failed call, if it can reach them.
func TestPoolSurvivesFailures(t *testing.T) {
	var conns atomic.Int32
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if strings.HasSuffix(r.URL.Path, "/bad") {
			w.WriteHeader(503)
		}
		_, _ = w.Write([]byte(runBody))
	}))
	srv.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			conns.Add(1)
		}
	}
	srv.Start()
	defer srv.Close()
	c, err := NewClient(WithURL(srv.URL), WithAPIKey(testKey), WithRetryPolicy(RetryPolicy{MaxAttempts: 2, BaseDelay: 1, MaxDelay: 1}))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		if err := get(c); err != nil {
			t.Fatal(err)
		}
		if i%10 == 0 {
			_, _ = c.Platform.Runs.Get(t.Context(), "bad")
		}
	}
	if n := conns.Load(); n > 3 {
		t.Errorf("%d connections for calls one after another", n)
	}
	if err := errors.Join(c.Close(), c.Close()); err != nil {
		t.Error(err)
	}
}

// TestRawEditorCannotSendTheKeyElsewhere: an editor of the raw client can change the address of a request.
func TestRawEditorCannotSendTheKeyElsewhere(t *testing.T) {
	p := script(says(200, runBody))
	_, err := p.client(t).Raw().GetRunWithResponse(t.Context(), "r1", func(_ context.Context, req *http.Request) error {
		req.URL = &url.URL{Scheme: "https", Host: "evil.test", Path: "/v1/runs/r1"}
		return nil
	})
	if err == nil || p.count() != 0 {
		t.Errorf("%v after %d requests", err, p.count())
	}
}

// TestHTTPClientWithTimeout: an http.Client of the user's may have a timeout, which holds for each attempt, the body of its answer included.
func TestHTTPClientWithTimeout(t *testing.T) {
	p := script(says(503, detail("queue_full", "later")), says(200, runBody))
	c := p.client(t, WithHTTPClient(&http.Client{Transport: p, Timeout: time.Minute}), WithRetryPolicy(RetryPolicy{BaseDelay: 1, MaxDelay: 1}))
	var info *Response
	run, err := c.Platform.Runs.Get(t.Context(), "r1", WithResponse(&info))
	if err != nil || run.RunID != "r1" || string(info.Body) != runBody || info.Attempts != 2 {
		t.Errorf("%+v, %v, %+v", run, err, info)
	}
	raw, err := c.Raw().GetRunWithResponse(t.Context(), "r1")
	if err != nil || string(raw.Body) != runBody || raw.JSON200 == nil {
		t.Errorf("%+v, %v", raw, err)
	}
	p.answer = func(_ int, req *http.Request) (*http.Response, error) {
		return says(404, detail("not_found", "gone"))(req)
	}
	var e *Error
	if err := get(c); !errors.As(err, &e) || e.Code != CodeNotFound || e.Message != "gone" {
		t.Errorf("%v", err)
	}

	p.answer = func(_ int, req *http.Request) (*http.Response, error) { return hangs(req) }
	c = p.client(t, WithHTTPClient(&http.Client{Transport: p, Timeout: 20 * time.Millisecond}), WithRetryPolicy(RetryPolicy{MaxAttempts: 1}))
	var network *NetworkError
	if err := get(c); !errors.As(err, &network) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

// TestWhatTheTimeoutOfAnHTTPClientEnds: an attempt that it ends is repeated as any other that has taken too long, and may have had its effect.
func TestWhatTheTimeoutOfAnHTTPClientEnds(t *testing.T) {
	drips := func(req *http.Request) (*http.Response, error) {
		resp, err := says(202, createdBody)(req)
		resp.Body, resp.ContentLength = dripping{req.Context()}, -1
		return resp, err
	}
	for name, step := range map[string]func(*http.Request) (*http.Response, error){"no headers": hangs, "no end of the body": drips} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := script(step, says(202, createdBody))
				hc := WithHTTPClient(&http.Client{Transport: p, Timeout: time.Second})
				if err := create(p.client(t, hc)); err != nil || p.count() != 2 {
					t.Errorf("%v after %d requests", err, p.count())
				}
				p, begun := script(step), time.Now()
				hc = WithHTTPClient(&http.Client{Transport: p, Timeout: time.Second})
				_, err := p.client(t, hc, WithRetryPolicy(RetryPolicy{MaxAttempts: 1})).Platform.Runs.Create(t.Context(), RunCreateRequest{}, WithCallTimeout(time.Minute))
				var network *NetworkError
				if !errors.As(err, &network) || network.Outcome != OutcomeUnknown || !network.Timeout() || !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%v", err)
				}
				if took := time.Since(begun); took != time.Second {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}

// TestTimeoutOfAGivenProfile: one that WithTimeout sets counts as set beside a profile that was loaded before, too, also if it is what the default is.
func TestTimeoutOfAGivenProfile(t *testing.T) {
	t.Setenv("KNEO_URL", "https://kneo.test")
	t.Setenv("KNEO_API_KEY", testKey)
	loaded, err := profiles.Load("")
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		p, begun := script(hangs), time.Now()
		c := p.client(t, WithResolvedProfile(loaded), WithTimeout(profiles.DefaultTimeout), WithRetryPolicy(RetryPolicy{MaxAttempts: 1}))
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if _, err := c.Platform.Runs.Create(ctx, RunCreateRequest{Input: "x"}); err == nil || time.Since(begun) != profiles.DefaultTimeout {
			t.Errorf("%v after %v", err, time.Since(begun))
		}
	})
	for _, none := range []time.Duration{0, -1} {
		var e *profiles.Error
		if _, err := NewClient(WithResolvedProfile(loaded), WithTimeout(none)); !errors.As(err, &e) || e.Field != "timeout" || !errors.Is(err, profiles.ErrInvalid) {
			t.Errorf("%v: %v", none, err)
		}
	}
}
