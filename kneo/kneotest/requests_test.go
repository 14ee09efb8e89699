package kneotest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

// TestRequests: everything that is told of a request, and nothing that is secret.
func TestRequests(t *testing.T) {
	everywhere(t, func(t *testing.T, opts ...kneotest.Option) {
		srv := kneotest.NewServer(append(opts, kneotest.WithKey("auditor", "auditors-key", "audit:read"))...)
		begin := time.Now().Truncate(time.Microsecond) // as the platform has it
		for _, scheme := range []kneo.Option{kneo.WithAuthScheme("bearer"), kneo.WithAuthScheme("kneo_api_key")} {
			_, err := srv.Client(scheme).Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{Input: "x", Spec: echo}, kneo.WithRequestID("r"), kneo.WithIdempotencyKey("k"))
			if err != nil {
				t.Fatal(err)
			}
		}
		_, _ = srv.Client().Platform.Runs.List(t.Context(), kneo.RunListParams{Limit: 7, SortBy: "status"})
		_, _ = srv.Client().Platform.Runs.Get(t.Context(), "no/such run")
		_, _ = srv.Client(kneo.WithAPIKey("auditors-key")).Platform.Runs.List(t.Context(), kneo.RunListParams{})
		_, _ = srv.Client(kneo.WithAPIKey("nobodys-key")).Platform.Runs.List(t.Context(), kneo.RunListParams{})
		_, _, _ = ask(t, srv, "DELETE", "/v1/nothing?a=b", "")

		all := srv.Requests()
		var told []string
		for _, r := range all {
			told = append(told, fmt.Sprintf("%s %s %s %s %s %d", r.Operation, r.Method, r.Path, r.Query.Encode(), r.Principal, r.Status))
			if r.At.Before(begin) || r.At.After(time.Now()) || r.Fault || r.Header.Get("User-Agent") == "" && r.Operation != "" {
				t.Errorf("%+v", r)
			}
		}
		want := []string{
			"CreateRun POST /v1/runs  admin 200", "CreateRun POST /v1/runs  admin 200", "ListRuns GET /v1/runs limit=7&sort_by=status admin 200",
			"GetRun GET /v1/runs/no/such run  admin 404", "ListRuns GET /v1/runs  auditor 403", "ListRuns GET /v1/runs   401", " DELETE /v1/nothing a=b admin 404",
		}
		if !slices.Equal(told, want) {
			t.Errorf("%s", strings.Join(told, "\n"))
		}
		if r := all[0]; r.RequestID != "r" || r.IdempotencyKey != "k" || !json.Valid(r.Body) || !strings.Contains(string(r.Body), `"input":"x"`) {
			t.Errorf("%+v", r)
		}
		text, _ := json.Marshal(all)
		for _, secret := range []string{srv.APIKey, "auditors-key", "nobodys-key"} {
			if strings.Contains(string(text)+fmt.Sprintf("%v %+v %#v", all, all, all), secret) {
				t.Errorf("a key is told")
			}
		}
	})
}

// TestRequestsAreCopies: who gets them may do with them what they like.
func TestRequestsAreCopies(t *testing.T) {
	srv := kneotest.NewServer(kneotest.WithCleanup(t), kneotest.WithoutSockets())
	_, _, _ = ask(t, srv, "POST", "/v1/runs?q=1", createBody)
	first := srv.Requests()[0]
	clear(first.Body)
	first.Header.Set("Content-Type", "changed")
	first.Query.Set("q", "changed")
	if again := srv.Requests()[0]; string(again.Body) != createBody || again.Header.Get("Content-Type") != "application/json" || again.Query.Get("q") != "1" {
		t.Errorf("%+v", again)
	}
}

// TestCalls counts, forgets, and keeps the latest.
func TestCalls(t *testing.T) {
	srv := kneotest.NewServer(kneotest.WithCleanup(t), kneotest.WithoutSockets())
	client := once(srv)
	if srv.Calls("") != 0 || srv.Calls("Livez") != 0 || len(srv.Requests()) != 0 {
		t.Error("there were calls before the first one")
	}
	const kept, more = 10_000, 3
	for i := range kept + more {
		if i == more {
			_, _ = client.Platform.Health.Livez(t.Context())
		} else {
			_, _, _ = ask(t, srv, "GET", fmt.Sprintf("/v1/nothing/%d", i), "")
		}
	}
	all := srv.Requests()
	if srv.Calls("") != kept+more || srv.Calls("Livez") != 1 || len(all) != kept || all[0].Operation != "Livez" || all[kept-1].Path != fmt.Sprintf("/v1/nothing/%d", kept+more-1) {
		t.Errorf("%d calls, %d kept, from %+v to %+v", srv.Calls(""), len(all), all[0], all[len(all)-1])
	}
	srv.ResetRequests()
	if srv.Calls("") != 0 || srv.Calls("Livez") != 0 || len(srv.Requests()) != 0 {
		t.Error("they are not forgotten")
	}
	_, _ = client.Platform.Health.Livez(t.Context())
	_, _ = client.Platform.Health.Readyz(t.Context())
	if got := srv.Requests("Livez", "Readyz"); srv.Calls("") != 2 || len(got) != 2 || len(srv.Requests("Healthz")) != 0 || got[0].Operation != "Livez" {
		t.Errorf("%+v", got)
	}
}

// TestBodies: what is too large for the platform is not kept, and refused as before.
func TestBodies(t *testing.T) {
	everywhere(t, func(t *testing.T, opts ...kneotest.Option) {
		srv := kneotest.NewServer(opts...)
		for _, size := range []int{1 << 20, 1<<20 + 1} {
			for _, known := range []bool{true, false} {
				srv.ResetRequests()
				var body io.Reader = strings.NewReader(strings.Repeat(" ", size))
				if !known {
					body = io.MultiReader(body) // net/http does not see its length
				}
				req, _ := http.NewRequestWithContext(t.Context(), "POST", srv.URL+"/v1/specs/validate", body)
				resp, err := httpClient(srv).Do(req)
				if err != nil {
					t.Fatal(err)
				}
				resp.Body.Close()
				r := srv.Requests()[0]
				if large := size > 1<<20; (resp.StatusCode == 413) != large || r.Status != resp.StatusCode || len(r.Body) > 1<<20 || !large && len(r.Body) != size {
					t.Errorf("%d bytes: %d, %d kept", size, resp.StatusCode, len(r.Body))
				}
			}
		}
	})
}

// TestStream: an answer that a handler flushes comes in parts, and one that nobody wants any more ends the handler.
func TestStream(t *testing.T) {
	everywhere(t, func(t *testing.T, opts ...kneotest.Option) {
		goOn, gone := make(chan bool), make(chan error, 1)
		srv := kneotest.NewServer(append(opts, kneotest.WithFault(kneotest.Fault{Effect: func(http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.WriteString(w, "one")
				w.(http.Flusher).Flush()
				<-goOn
				_, _ = io.WriteString(w, "two")
				w.(http.Flusher).Flush()
				<-r.Context().Done()
				gone <- r.Context().Err()
			})
		}}))...)
		req, _ := http.NewRequestWithContext(t.Context(), "GET", srv.URL+"/v1/livez", nil)
		resp, err := httpClient(srv).Do(req)
		if err != nil || resp.ContentLength != -1 || resp.Header.Get("Content-Type") != "text/plain; charset=utf-8" {
			t.Fatalf("%+v, %v", resp, err)
		}
		part := make([]byte, 3)
		for _, want := range []string{"one", "two"} {
			if _, err := io.ReadFull(resp.Body, part); err != nil || string(part) != want {
				t.Errorf("%q, %v", part, err)
			}
			if want == "one" {
				goOn <- true
			}
		}
		resp.Body.Close()
		if err := <-gone; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if _, err := resp.Body.Read(part); err == nil {
			t.Error("a closed body gives more")
		}
	})
}

// TestCancelledBody: a body ends with the context of its request.
func TestCancelledBody(t *testing.T) {
	everywhere(t, func(t *testing.T, opts ...kneotest.Option) {
		srv := kneotest.NewServer(append(opts, kneotest.WithFault(kneotest.Fault{Effect: kneotest.SlowBody(time.Hour)}))...)
		ctx, cancel := context.WithCancel(t.Context())
		req, _ := http.NewRequestWithContext(ctx, "GET", srv.URL+"/v1/livez", nil)
		resp, err := httpClient(srv).Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		cancel()
		if _, err := io.ReadAll(resp.Body); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

// play is a test that fails when it is told to.
type play struct {
	mu       sync.Mutex
	cleanups []func()
	failed   bool
	log      strings.Builder
}

func (p *play) Cleanup(f func()) { p.cleanups = append(p.cleanups, f) }
func (p *play) Failed() bool     { return p.failed }

func (p *play) Logf(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(&p.log, format, args...)
}

// TestStory: a test that failed tells what was asked, one that did not is silent.
func TestStory(t *testing.T) {
	for _, failed := range []bool{false, true} {
		p := &play{failed: failed}
		srv := kneotest.NewServer(kneotest.WithCleanup(p), kneotest.WithoutSockets())
		for range 60 {
			_, _, _ = ask(t, srv, "GET", "/v1/livez?no=secret", "")
		}
		srv.Inject(kneotest.Fault{Effect: kneotest.ResetAfter()})
		_, _ = once(srv).Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{Input: "x", Spec: echo}, kneo.WithRequestID("req-1"), kneo.WithIdempotencyKey("a-key-of-some-length"))
		_, _, _ = ask(t, srv, "GET", "/v1/runs/a%0Ab", "")
		p.cleanups[0]()
		text := p.log.String()
		if !failed {
			if text != "" {
				t.Error(text)
			}
			continue
		}
		lines := strings.Split(text, "\n")
		if lines[0] != "kneotest: the last 50 of 62 requests:" || len(lines) != 51 || !strings.HasSuffix(lines[48], "GET /v1/livez 200") ||
			!strings.HasSuffix(lines[49], " POST /v1/runs no answer request req-1 key a-key-of-som... fault") || !strings.HasSuffix(lines[50], " GET /v1/runs/a%0Ab no answer fault") ||
			strings.Contains(text, srv.APIKey) {
			t.Error(text)
		}
	}
}
