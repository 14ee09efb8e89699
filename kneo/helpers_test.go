package kneo

import (
	"io"
	"log"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kneo-agent/kneo-client-go/profiles"
)

// testKey is planted in every client of the tests; it must never turn up where it does not belong.
const testKey = "kneo_SECRET_0123456789"

// platform is a transport that plays the platform from a script, in memory.
type platform struct {
	mu       sync.Mutex
	requests []*http.Request
	bodies   [][]byte
	times    []time.Time
	answer   func(n int, req *http.Request) (*http.Response, error)
}

func (p *platform) RoundTrip(req *http.Request) (*http.Response, error) {
	p.mu.Lock()
	var body []byte
	if req.Body != nil {
		body, _ = io.ReadAll(req.Body)
	}
	p.requests = append(p.requests, req)
	p.bodies = append(p.bodies, body)
	p.times = append(p.times, time.Now())
	n := len(p.requests) - 1
	p.mu.Unlock()
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	return p.answer(n, req)
}

func (p *platform) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.requests)
}

// script answers with one step after another, and with the last one for ever.
func script(steps ...func(*http.Request) (*http.Response, error)) *platform {
	return &platform{answer: func(n int, req *http.Request) (*http.Response, error) {
		return steps[min(n, len(steps)-1)](req)
	}}
}

// says is a step that answers with a JSON body; headers come in pairs.
func says(status int, body string, headers ...string) func(*http.Request) (*http.Response, error) {
	return func(req *http.Request) (*http.Response, error) {
		header := http.Header{"Content-Type": {"application/json"}, "X-Request-Id": {req.Header.Get("X-Request-Id")}}
		for i := 0; i < len(headers); i += 2 {
			header.Set(headers[i], headers[i+1])
		}
		return &http.Response{
			StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: req,
		}, nil
	}
}

// fails is a step that brings no answer.
func fails(err error) func(*http.Request) (*http.Response, error) {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

// hangs is a step that answers when the context ends.
func hangs(req *http.Request) (*http.Response, error) {
	<-req.Context().Done()
	return nil, req.Context().Err()
}

// client returns a client of the scripted platform.
func (p *platform) client(t testing.TB, opts ...Option) *Client {
	t.Helper()
	base := []Option{
		WithResolvedProfile(profiles.Profile{Name: "test", URL: "https://kneo.test/base", APIKey: profiles.NewSecret(testKey)}),
		WithHTTPClient(&http.Client{Transport: p}),
		WithServerVersion("1.2.0"), // no script has the question for it
	}
	c, err := NewClient(append(base, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

const (
	runBody     = `{"run_id":"r1","status":"completed","output_text":"Final answer: hi"}`
	runningBody = `{"run_id":"r1","status":"running"}`
	createdBody = `{"run_id":"r1","status":"running","human_intervention_required":false}`
)

// detail is the body of an error with a code.
func detail(code, message string, more ...string) string {
	return `{"detail":{"error":"` + code + `","message":"` + message + `"` + strings.Join(more, "") + `}}`
}

// dripping is a body that never ends.
type dripping struct {
	ctx interface{ Done() <-chan struct{} }
}

func (d dripping) Read(p []byte) (int, error) {
	select {
	case <-d.ctx.Done():
		return 0, io.ErrUnexpectedEOF
	case <-time.After(250 * time.Millisecond):
		return copy(p, " "), nil
	}
}

func (dripping) Close() error { return nil }

// quiet is the log of servers that are meant to have trouble.
var quiet = log.New(io.Discard, "", 0)

// logTo returns a logger that writes everything to b.
func logTo(b *strings.Builder) *slog.Logger {
	return slog.New(slog.NewTextHandler(b, &slog.HandlerOptions{Level: slog.LevelDebug}))
}
