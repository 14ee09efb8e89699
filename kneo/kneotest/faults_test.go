package kneotest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

var echo = map[string]any{"version": "v1", "agent": map[string]any{"name": "root"}}

// everywhere runs a test over a socket, without sockets, and in a bubble, where time is virtual.
func everywhere(t *testing.T, test func(t *testing.T, opts ...kneotest.Option)) {
	t.Run("socket", func(t *testing.T) {
		t.Parallel()
		test(t, kneotest.WithCleanup(t))
	})
	t.Run("without", func(t *testing.T) {
		t.Parallel()
		test(t, kneotest.WithCleanup(t), kneotest.WithoutSockets())
	})
	t.Run("bubble", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { test(t, kneotest.WithCleanup(t), kneotest.WithoutSockets()) })
	})
}

// once is a client that makes one attempt a call.
func once(srv *kneotest.Server) *kneo.Client {
	return srv.Client(kneo.WithRetryPolicy(kneo.RetryPolicy{MaxAttempts: 1}))
}

// httpClient is a client of net/http that reaches the server.
func httpClient(srv *kneotest.Server) *http.Client {
	if strings.HasPrefix(srv.URL, "http://localhost/") {
		return &http.Client{Transport: srv.Transport()}
	}
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
}

// ask makes a request as it stands, so that what comes back is what a transport gives.
func ask(t *testing.T, srv *kneotest.Server, method, path, body string) (*http.Response, []byte, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, srv.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+srv.APIKey)
	req.Header.Set("Content-Type", "application/json")
	resp, err := httpClient(srv).Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	return resp, got, err
}

const createBody = `{"input":"x","spec":{"version":"v1","agent":{"name":"root"}}}`

func count(t *testing.T, srv *kneotest.Server) int {
	t.Helper()
	page, err := srv.Client().Platform.Runs.List(t.Context(), kneo.RunListParams{})
	if err != nil {
		t.Fatal(err)
	}
	return page.Total
}

// TestEffects: what a transport makes of each effect, and whether the platform has seen the call.
func TestEffects(t *testing.T) {
	whole := func(status int, contentType, body string) func(*http.Response, []byte, error) error {
		return func(resp *http.Response, got []byte, err error) error {
			if err != nil || resp.StatusCode != status || resp.Header.Get("Content-Type") != contentType || !strings.Contains(string(got), body) {
				return fmt.Errorf("%+v, %q, %w", resp, got, err)
			}
			if resp.ContentLength != int64(len(got)) {
				return fmt.Errorf("Content-Length %d of %d bytes", resp.ContentLength, len(got))
			}
			return nil
		}
	}
	isReset := func(resp *http.Response, _ []byte, err error) error {
		var op *net.OpError
		if resp != nil || !errors.Is(err, syscall.ECONNRESET) || !errors.As(err, &op) || op.Op != "read" {
			return fmt.Errorf("%+v, %w", resp, err)
		}
		return nil
	}
	for name, test := range map[string]struct {
		effect kneotest.Effect
		runs   int // that there are afterwards
		status int // as recorded
		check  func(*http.Response, []byte, error) error
	}{
		"latency":      {kneotest.Latency(time.Millisecond), 1, 200, whole(200, "application/json", `"run_id"`)},
		"503":          {kneotest.Answer(503, 0), 0, 503, whole(503, "application/json", `{"detail":{"error":"store_unavailable",`)},
		"500":          {kneotest.Answer(500, 0), 0, 500, whole(500, "application/json", `{"detail":{"error":"internal_error",`)},
		"429":          {kneotest.Answer(429, 0), 0, 429, whole(429, "text/plain; charset=utf-8", "429 Too Many Requests")},
		"html":         {kneotest.AnswerWith(502, "text/html", "<h1>Bad Gateway</h1>"), 0, 502, whole(502, "text/html", "<h1>Bad Gateway</h1>")},
		"empty":        {kneotest.AnswerWith(200, "", ""), 0, 200, whole(200, "", "")},
		"untyped":      {kneotest.AnswerWith(200, "", "<html>"), 0, 200, whole(200, "", "<html>")},
		"reset before": {kneotest.ResetBefore(), 0, 0, isReset},
		"reset after":  {kneotest.ResetAfter(), 1, 0, isReset},
		"half": {kneotest.HalfBody(), 1, 200, func(resp *http.Response, got []byte, err error) error {
			if !errors.Is(err, io.ErrUnexpectedEOF) || resp.StatusCode != 200 || !strings.HasPrefix(string(got), "{") || int64(len(got)) != resp.ContentLength/2 {
				return fmt.Errorf("%+v, %q, %w", resp, got, err)
			}
			return nil
		}},
		"half of nothing": {kneotest.Effects(kneotest.HalfBody(), kneotest.AnswerWith(200, "", "")), 0, 200, func(_ *http.Response, got []byte, err error) error {
			if !errors.Is(err, io.ErrUnexpectedEOF) || len(got) != 0 {
				return fmt.Errorf("%q, %w", got, err)
			}
			return nil
		}},
		"slow":                    {kneotest.SlowBody(10 * time.Millisecond), 1, 200, whole(200, "application/json", `"run_id"`)},
		"type":                    {kneotest.ContentType("text/html"), 1, 200, whole(200, "text/html", `"run_id"`)},
		"no type":                 {kneotest.ContentType(""), 1, 200, whole(200, "", `"run_id"`)},
		"garbage":                 {kneotest.Garbage(), 1, 200, whole(200, "application/json", "<garbage><garbage>")},
		"garbage of nothing":      {kneotest.Effects(kneotest.Garbage(), kneotest.AnswerWith(200, "", "")), 0, 200, whole(200, "", "<garbage>")},
		"several":                 {kneotest.Effects(kneotest.Latency(time.Millisecond), kneotest.ContentType("text/html"), kneotest.Garbage()), 1, 200, whole(200, "text/html", "<garbage>")},
		"reset within a slow one": {kneotest.Effects(kneotest.SlowBody(time.Millisecond), kneotest.ContentType("x"), kneotest.ResetAfter()), 1, 0, isReset},
		"none":                    {kneotest.Effects(), 1, 200, whole(200, "application/json", `"run_id"`)},
		"broken off": {func(http.Handler) http.Handler {
			return http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
		}, 0, 0, func(_ *http.Response, _ []byte, err error) error {
			if !errors.Is(err, io.EOF) {
				return err
			}
			return nil
		}},
	} {
		t.Run(name, func(t *testing.T) {
			everywhere(t, func(t *testing.T, opts ...kneotest.Option) {
				srv := kneotest.NewServer(append(opts, kneotest.WithFault(kneotest.Fault{Operation: "CreateRun", Effect: test.effect}))...)
				if err := test.check(ask(t, srv, "POST", "/v1/runs", createBody)); err != nil {
					t.Error(err)
				}
				if runs := count(t, srv); runs != test.runs {
					t.Errorf("%d runs", runs)
				}
				if all := srv.Requests("CreateRun"); len(all) != 1 || all[0].Status != test.status || !all[0].Fault {
					t.Errorf("%+v", all)
				}
				if srv.Requests("ListRuns")[0].Fault {
					t.Error("another operation was hit")
				}
			})
		})
	}
}

// TestAnswer has what a table of bodies does not show: the headers.
func TestAnswer(t *testing.T) {
	everywhere(t, func(t *testing.T, opts ...kneotest.Option) {
		srv := kneotest.NewServer(opts...)
		for _, test := range []struct {
			after time.Duration
			want  []string
		}{{0, nil}, {time.Second, []string{"1"}}, {1001 * time.Millisecond, []string{"2"}}} {
			remove := srv.Inject(kneotest.Fault{Effect: kneotest.Answer(503, test.after)})
			resp, _, err := ask(t, srv, "GET", "/v1/runs", "")
			if err != nil || !slices.Equal(resp.Header["Retry-After"], test.want) {
				t.Errorf("%v: %+v, %v", test.after, resp, err)
			}
			remove()
		}
		srv.Inject(kneotest.Fault{Effect: kneotest.Answer(503, 0)})
		var failure *kneo.Error
		_, err := once(srv).Platform.Runs.Get(t.Context(), "r", kneo.WithRequestID("mine"))
		if !errors.As(err, &failure) || failure.Code != kneo.CodeStoreUnavailable || failure.RequestID != "mine" {
			t.Errorf("%+v", err)
		}
	})
}

// TestLostAnswer: the client repeats what it got no whole answer to, under the same key, and there is one run.
func TestLostAnswer(t *testing.T) {
	for name, effect := range map[string]kneotest.Effect{
		"before": kneotest.ResetBefore(), "after": kneotest.ResetAfter(), "half": kneotest.HalfBody(), "503": kneotest.Answer(503, 0),
		"html": kneotest.AnswerWith(502, "text/html", "<h1>Bad Gateway</h1>"), "429": kneotest.Answer(429, 0),
	} {
		t.Run(name, func(t *testing.T) {
			everywhere(t, func(t *testing.T, opts ...kneotest.Option) {
				srv := kneotest.NewServer(append(opts, kneotest.WithFault(kneotest.Fault{Operation: "CreateRun", Count: 1, Effect: effect}))...)
				run, err := srv.Client().Platform.Runs.CreateAndWait(t.Context(), kneo.RunCreateRequest{Input: "x", Spec: echo})
				if err != nil || run.OutputText != "Final answer: x" {
					t.Fatalf("%+v, %v", run, err)
				}
				all := srv.Requests("CreateRun")
				if srv.Calls("CreateRun") != 2 || len(all) != 2 || all[0].IdempotencyKey == "" || all[0].IdempotencyKey != all[1].IdempotencyKey ||
					!all[0].Fault || all[1].Fault || count(t, srv) != 1 {
					t.Errorf("%+v", all)
				}
			})
		})
	}
}

// TestNotRepeated: answers that come whole but are not the platform's are errors of their kind.
func TestNotRepeated(t *testing.T) {
	for name, effect := range map[string]kneotest.Effect{"garbage": kneotest.Garbage(), "empty": kneotest.AnswerWith(200, "application/json", "")} {
		t.Run(name, func(t *testing.T) {
			everywhere(t, func(t *testing.T, opts ...kneotest.Option) {
				srv := kneotest.NewServer(append(opts, kneotest.WithFault(kneotest.Fault{Operation: "ListSkills", Effect: effect}))...)
				_, err := srv.Client().Agent.Skills.List(t.Context(), kneo.SkillListParams{})
				var protocol *kneo.ProtocolError
				if !errors.As(err, &protocol) || srv.Calls("ListSkills") != 1 {
					t.Errorf("%v, %d calls", err, srv.Calls("ListSkills"))
				}
			})
		})
	}
}

// TestDelays: how long things take, to the nanosecond where time is virtual.
func TestDelays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := kneotest.NewServer(kneotest.WithCleanup(t), kneotest.WithoutSockets())
		defer srv.Inject(kneotest.Fault{Operation: "ListRuns", Effect: kneotest.Latency(3 * time.Second)})()
		defer srv.Inject(kneotest.Fault{Operation: "ListSkills", Effect: kneotest.SlowBody(5 * time.Second)})()
		start := time.Now()
		count(t, srv)
		if took := time.Since(start); took != 3*time.Second {
			t.Errorf("latency: %v", took)
		}
		start = time.Now()
		srv.Inject(kneotest.Fault{Operation: "GetRun", Count: 1, Effect: kneotest.Answer(429, 7*time.Second)})
		if _, err := srv.Client().Platform.Runs.Get(t.Context(), "none"); !errors.Is(err, kneo.ErrNotFound) || time.Since(start) < 7*time.Second || time.Since(start) > 10*time.Second {
			t.Errorf("Retry-After: %v, %v", time.Since(start), err)
		}
		start = time.Now()
		req, _ := http.NewRequestWithContext(t.Context(), "GET", srv.URL+"/v1/skills", nil)
		req.Header.Set("X-Kneo-Api-Key", srv.APIKey)
		resp, err := httpClient(srv).Do(req)
		if err != nil || resp.StatusCode != 200 || time.Since(start) != 0 {
			t.Fatalf("header after %v: %+v, %v", time.Since(start), resp, err)
		}
		defer resp.Body.Close()
		if _, err := io.ReadFull(resp.Body, make([]byte, 1)); err != nil || time.Since(start) != 500*time.Millisecond {
			t.Errorf("first byte after %v, %v", time.Since(start), err)
		}
		if _, err := io.ReadAll(resp.Body); err != nil || time.Since(start) != 5*time.Second {
			t.Errorf("last byte after %v, %v", time.Since(start), err)
		}
	})
}

// TestDelaysEnd: a client that goes, and a server that closes, end a wait, and the platform never sees the call.
func TestDelaysEnd(t *testing.T) {
	for name, effect := range map[string]kneotest.Effect{
		"latency": kneotest.Latency(time.Hour), "slow": kneotest.SlowBody(time.Hour),
		"own": func(http.Handler) http.Handler {
			return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		},
	} {
		t.Run(name, func(t *testing.T) {
			everywhere(t, func(t *testing.T, opts ...kneotest.Option) {
				srv := kneotest.NewServer(append(opts, kneotest.WithFault(kneotest.Fault{Operation: "ListSkills", Effect: effect}))...)
				client := once(srv)
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
				defer cancel()
				_, err := client.Agent.Skills.List(ctx, kneo.SkillListParams{})
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%v", err)
				}
				failed := make(chan error)
				before := srv.Calls("ListSkills") // the client may have gone before its call was on its way
				go func() {
					_, err := client.Agent.Skills.List(t.Context(), kneo.SkillListParams{})
					failed <- err
				}()
				for srv.Calls("ListSkills") == before {
					time.Sleep(time.Millisecond)
				}
				srv.Close()
				if err := <-failed; err == nil {
					t.Error("a closed server answers")
				}
			})
		})
	}
}

// TestClosed: a server that is closed is one that is not there, with sockets and without.
func TestClosed(t *testing.T) {
	everywhere(t, func(t *testing.T, opts ...kneotest.Option) {
		srv := kneotest.NewServer(opts...)
		srv.Close()
		_, err := once(srv).Platform.Health.Livez(t.Context())
		var network *kneo.NetworkError
		if !errors.As(err, &network) || !errors.Is(err, syscall.ECONNREFUSED) || network.Outcome != kneo.OutcomeNotSent {
			t.Errorf("%#v", err)
		}
	})
}

// pattern says which of n calls fail, as a string of dots and x.
func pattern(t *testing.T, n int, f kneotest.Fault) string {
	t.Helper()
	f.Effect = kneotest.Answer(503, 0)
	srv := kneotest.NewServer(kneotest.WithoutSockets(), kneotest.WithFault(f))
	defer srv.Close()
	client := once(srv)
	var seen strings.Builder
	for range n {
		mark := "."
		if _, err := client.Agent.Skills.List(t.Context(), kneo.SkillListParams{}); errors.Is(err, kneo.ErrUnavailable) {
			mark = "x"
		}
		seen.WriteString(mark)
	}
	return seen.String()
}

// TestWhichCalls: After, Count and Share, alone and together. The patterns are written down: they must not change.
func TestWhichCalls(t *testing.T) {
	for name, test := range map[string]struct {
		fault kneotest.Fault
		want  string
	}{
		"all":          {kneotest.Fault{}, "xxxxxxxxxxxxxxxxxxxx"},
		"after":        {kneotest.Fault{After: 3}, "...xxxxxxxxxxxxxxxxx"},
		"count":        {kneotest.Fault{Count: 2}, "xx.................."},
		"window":       {kneotest.Fault{After: 3, Count: 2}, "...xx..............."},
		"other":        {kneotest.Fault{Operation: "CreateRun"}, "...................."},
		"match":        {kneotest.Fault{Match: func(r *http.Request) bool { return r.Method == "POST" }}, "...................."},
		"whole share":  {kneotest.Fault{Share: 1}, "xxxxxxxxxxxxxxxxxxxx"},
		"share":        {kneotest.Fault{Share: 0.3}, "..x.x.x.x.........x."},
		"other seed":   {kneotest.Fault{Share: 0.3, Seed: 1}, "....x..x.....xx.x..."},
		"share window": {kneotest.Fault{Share: 0.3, After: 4, Count: 2}, "....x.x............."},
	} {
		t.Run(name, func(t *testing.T) {
			if got := pattern(t, 20, test.fault); got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
		})
	}
	if hit := strings.Count(pattern(t, 2000, kneotest.Fault{Share: 0.2, Seed: 7}), "x"); hit < 360 || hit > 440 {
		t.Errorf("%d of 2,000 hit with a share of 0.2", hit)
	}
}

// TestMatch: a condition sees the request as it came, body and path of the contract, and leaves it to the platform.
func TestMatch(t *testing.T) {
	everywhere(t, func(t *testing.T, opts ...kneotest.Option) {
		srv := kneotest.NewServer(opts...)
		reads := func(r *http.Request) bool {
			body, err := io.ReadAll(r.Body)
			return err == nil && r.URL.Path == "/v1/runs" && strings.Contains(string(body), "unlucky")
		}
		srv.Inject(kneotest.Fault{Match: reads, Effect: kneotest.Latency(0)})
		srv.Inject(kneotest.Fault{Match: reads, Effect: kneotest.Answer(503, 0)}) // reads after the first
		client := once(srv)
		if _, err := client.Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{Input: "lucky", Spec: echo}); err != nil {
			t.Error(err)
		}
		if _, err := client.Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{Input: "unlucky", Spec: echo}); err == nil {
			t.Error("no fault")
		}
		if runs := count(t, srv); runs != 1 {
			t.Errorf("%d runs", runs)
		}
	})
}

// TestNesting: the fault that was injected first meets the request first and the answer last; removed faults are gone, however
// often they are removed.
func TestNesting(t *testing.T) {
	everywhere(t, func(t *testing.T, opts ...kneotest.Option) {
		var mu sync.Mutex
		var trail []string
		note := func(text string) {
			mu.Lock()
			defer mu.Unlock()
			trail = append(trail, text)
		}
		mark := func(name string) kneotest.Effect {
			return func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					note(name)
					r.Header.Set("X-Was-Here", name) // does not show in what is recorded
					next.ServeHTTP(w, r)
					note("/" + name)
				})
			}
		}
		srv := kneotest.NewServer(append(opts, kneotest.WithFault(kneotest.Fault{Effect: mark("a")}))...)
		removeB := srv.Inject(kneotest.Fault{Effect: kneotest.Effects(mark("b1"), mark("b2"))})
		srv.Inject(kneotest.Fault{Effect: mark("c")})
		count(t, srv)
		removeB()
		removeB()
		count(t, srv)
		mu.Lock()
		defer mu.Unlock()
		if got := strings.Join(trail, " "); got != "a b1 b2 c /c /b2 /b1 /a a c /c /a" {
			t.Error(got)
		}
		if header := srv.Requests()[0].Header; header.Get("X-Was-Here") != "" {
			t.Error(header)
		}
	})
}

// TestHeaders: an effect can set and remove headers of the answer, from within an effect that keeps the answer and around it.
func TestHeaders(t *testing.T) {
	everywhere(t, func(t *testing.T, opts ...kneotest.Option) {
		around := func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("X-Kept", "yes")
				w.Header().Set("X-Removed", "no")
				next.ServeHTTP(w, r)
			})
		}
		within := func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Del("X-Removed")
				next.ServeHTTP(w, r)
			})
		}
		srv := kneotest.NewServer(append(opts, kneotest.WithFault(kneotest.Fault{Effect: kneotest.Effects(around, kneotest.ContentType("a/b"), within)}))...)
		resp, _, err := ask(t, srv, "GET", "/v1/livez", "")
		if err != nil || resp.Header.Get("X-Kept") != "yes" || resp.Header["X-Removed"] != nil || resp.Header.Get("Content-Type") != "a/b" {
			t.Errorf("%+v, %v", resp, err)
		}
	})
}

// TestServeHTTP: faults work behind a server of the user's as well: over TLS the connection is reset without a goodbye, over
// HTTP/2 the stream is, and a writer that knows no connection gets the panic of a handler that breaks off.
func TestServeHTTP(t *testing.T) {
	srv := kneotest.NewServer(kneotest.WithCleanup(t), kneotest.WithoutSockets(), kneotest.WithFault(kneotest.Fault{Effect: kneotest.ResetAfter()}))
	for protocol, want := range map[string]string{"HTTP/1.1": "connection reset by peer", "HTTP/2.0": "stream error"} {
		front := httptest.NewUnstartedServer(srv)
		front.EnableHTTP2 = protocol == "HTTP/2.0"
		front.StartTLS()
		_, err := front.Client().Get(front.URL + "/v1/livez")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", protocol, err)
		}
		front.Close()
	}
	defer func() {
		if got := recover(); got != http.ErrAbortHandler {
			t.Errorf("%v", got)
		}
	}()
	srv.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/v1/livez", nil))
}

// TestHopelessFaults: what cannot happen is told before the test begins.
func TestHopelessFaults(t *testing.T) {
	ok := kneotest.Garbage()
	for want, f := range map[string]func(*kneotest.Server){
		`no operation "CreateRuns"`: func(s *kneotest.Server) { s.Inject(kneotest.Fault{Operation: "CreateRuns", Effect: ok}) },
		"has no Effect":             func(s *kneotest.Server) { s.Inject(kneotest.Fault{}) },
		"After -1 and Count 0":      func(s *kneotest.Server) { s.Inject(kneotest.Fault{After: -1, Effect: ok}) },
		"After 0 and Count -1":      func(s *kneotest.Server) { s.Inject(kneotest.Fault{Count: -1, Effect: ok}) },
		"has Share 20":              func(s *kneotest.Server) { s.Inject(kneotest.Fault{Share: 20, Effect: ok}) },
		`no operation "X"`: func(*kneotest.Server) {
			kneotest.NewServer(kneotest.WithoutSockets(), kneotest.WithFault(kneotest.Fault{Operation: "X", Effect: ok}))
		},
		"0 is not the status":         func(*kneotest.Server) { kneotest.Answer(0, 0) },
		"100 is not the status":       func(*kneotest.Server) { kneotest.AnswerWith(100, "", "") },
		`no operation "Y"`:            func(s *kneotest.Server) { s.Calls("Y") },
		`no operation "Z"`:            func(s *kneotest.Server) { s.Requests("CreateRun", "Z") },
		"needs the context of the re": func(*kneotest.Server) { kneotest.Latency(1)(nil).ServeHTTP(nil, httptest.NewRequest("GET", "/", nil)) },
	} {
		t.Run(want, func(t *testing.T) {
			srv := kneotest.NewServer(kneotest.WithoutSockets(), kneotest.WithCleanup(t))
			defer func() {
				if got := fmt.Sprint(recover()); !strings.HasPrefix(got, "kneotest: ") || !strings.Contains(got, want) {
					t.Error(got)
				}
			}()
			f(srv)
		})
	}
}

// TestManyAtOnce: faults come and go while calls are made; every create that returns has its run. For the race detector.
func TestManyAtOnce(t *testing.T) {
	everywhere(t, func(t *testing.T, opts ...kneotest.Option) {
		srv := kneotest.NewServer(opts...)
		client := srv.Client()
		srv.Inject(kneotest.Fault{Operation: "CreateRun", Share: 0.1, Effect: kneotest.ResetAfter()})
		var ids sync.Map
		var workers sync.WaitGroup
		for worker := range 8 {
			workers.Go(func() {
				for i := range 10 {
					remove := srv.Inject(kneotest.Fault{Operation: "CreateRun", Share: 0.02, Seed: uint64(worker*10 + i), Effect: kneotest.HalfBody()})
					run, err := client.Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{Input: fmt.Sprint(worker, i), Spec: echo},
						kneo.WithCallRetry(kneo.RetryPolicy{MaxAttempts: 50, BaseDelay: time.Millisecond, MaxDelay: time.Millisecond}))
					remove()
					srv.Requests("CreateRun")
					if err != nil {
						t.Error(err)
						return
					}
					ids.Store(run.RunID, true)
				}
			})
		}
		workers.Wait()
		distinct := 0
		ids.Range(func(_, _ any) bool { distinct++; return true })
		if runs := count(t, srv); runs != 80 || distinct != 80 || srv.Calls("CreateRun") <= 80 {
			t.Errorf("%d runs, %d known, %d calls", runs, distinct, srv.Calls("CreateRun"))
		}
	})
}

// TestNothingIsLeft: after Close there is no goroutine of the server, whatever its clients have left lying about.
func TestNothingIsLeft(t *testing.T) {
	for _, effect := range []kneotest.Effect{
		kneotest.Latency(time.Hour), kneotest.SlowBody(time.Hour), kneotest.HalfBody(), kneotest.ResetAfter(), kneotest.ResetBefore(), kneotest.Garbage(),
	} {
		for _, opts := range [][]kneotest.Option{nil, {kneotest.WithoutSockets()}} {
			srv := kneotest.NewServer(append(opts, kneotest.WithFault(kneotest.Fault{Effect: effect}))...)
			req, _ := http.NewRequestWithContext(t.Context(), "GET", srv.URL+"/v1/livez", nil)
			client := httpClient(srv)
			answered := make(chan *http.Response, 1)
			go func() {
				resp, _ := client.Do(req) //nolint:bodyclose // that is the point
				answered <- resp
			}()
			for srv.Calls("Livez") == 0 {
				time.Sleep(time.Millisecond)
			}
			srv.Close()
			<-answered // not read, not closed
		}
	}
	stacks := make([]byte, 1<<20)
	for range 200 {
		text := string(stacks[:runtime.Stack(stacks, true)])
		if !strings.Contains(text, "kneotest.(*Server)") && !strings.Contains(text, "kneotest.(*exchange)") {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%s", stacks[:runtime.Stack(stacks, true)])
}
