package test

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/kneo-agent/kneo-client-go/gen"
	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

// takes has runs take their time and then come to an end, or to an error.
func takes(d time.Duration, err error) kneotest.Option {
	return kneotest.WithScript(func(kneo.RunCreateRequest) *kneotest.Script {
		return &kneotest.Script{Steps: []kneotest.ScriptStep{{Takes: d, Err: err}}}
	})
}

// eachSecond looks at a run at times that do not depend on chance.
var eachSecond = kneo.WithPollInterval(time.Second)

// TestCreateAndWait: the wait is in the span of the caller, the create and the looks are in that of the wait. One look fails.
func TestCreateAndWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWitness()
		srv, c := platform(t, w, takes(1500*time.Millisecond, nil), kneotest.WithFault(kneotest.Fault{Operation: "GetRun", After: 1, Count: 1, Effect: kneotest.Answer(503, 0)}))
		ctx, span := w.tracers.Tracer("mine").Start(t.Context(), "report")
		run, err := c.Platform.Runs.CreateAndWait(ctx, kneo.RunCreateRequest{}, eachSecond)
		span.End()
		if err != nil {
			t.Fatal(err)
		}
		w.check(t, `
report
  kneo.CreateAndWait kneo.run.id=RUN kneo.run.status=completed kneo.wait.ended=1 kneo.wait.looks=3 kneo.wait.method=CreateAndWait kneo.wait.runs=1
    kneo.CreateRun http.response.status_code=202 kneo.call.attempts=1 kneo.operation=CreateRun kneo.run.id=RUN kneo.run.status=running
      POST /v1/runs CLIENT http.response.status_code=202
    kneo.GetRun http.response.status_code=200 kneo.call.attempts=1 kneo.operation=GetRun kneo.run.id=RUN kneo.run.status=running
      GET /v1/runs/{run_id} CLIENT http.response.status_code=200
    kneo.GetRun Error error.type=503 http.response.status_code=503 kneo.call.attempts=1 kneo.error.code=store_unavailable kneo.operation=GetRun kneo.run.id=RUN
      GET /v1/runs/{run_id} CLIENT Error error.type=503 http.response.status_code=503
    kneo.GetRun http.response.status_code=200 kneo.call.attempts=1 kneo.operation=GetRun kneo.run.id=RUN kneo.run.status=completed
      GET /v1/runs/{run_id} CLIENT http.response.status_code=200
`, run.RunID, "RUN")
		if n := srv.Calls("GetRun"); n != 3 {
			t.Errorf("%d looks", n)
		}
	})
}

// TestCreateAndWaitFails: the wait knows the run as soon as it is created, even if it never gets to see it.
func TestCreateAndWaitFails(t *testing.T) {
	for operation, want := range map[string]string{
		"CreateRun": "kneo.CreateAndWait Error error.type=403 kneo.wait.ended=0 kneo.wait.looks=0 kneo.wait.method=CreateAndWait kneo.wait.runs=1",
		"GetRun":    "kneo.CreateAndWait Error error.type=403 kneo.run.id=RUN kneo.wait.ended=0 kneo.wait.looks=0 kneo.wait.method=CreateAndWait kneo.wait.runs=1",
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newWitness()
			srv, c := platform(t, w, kneotest.WithFault(kneotest.Fault{Operation: operation, Effect: kneotest.Answer(403, 0)}))
			_, err := c.Platform.Runs.CreateAndWait(t.Context(), kneo.RunCreateRequest{Input: "x", Spec: agent})
			id := strings.TrimPrefix(srv.Requests()[srv.Calls("")-1].Path, "/v1/runs/")
			first, _, _ := strings.Cut(w.tree(), "\n")
			if got := strings.ReplaceAll(first, id, "RUN"); err == nil || got != want {
				t.Errorf("%v\n%s\nwant\n%s", err, got, want)
			}
		})
	}
}

// TestWaits has the spans of waits that end in all ways. A run that failed is no failure of its wait.
func TestWaits(t *testing.T) {
	wait := func(ctx context.Context, c *kneo.Client, id string) error {
		_, err := c.Platform.Runs.WaitForCompletion(ctx, id, eachSecond, kneo.WithWaitTimeout(2500*time.Millisecond))
		return err
	}
	tests := []struct {
		name string
		opts []kneotest.Option
		wait func(context.Context, *kneo.Client, string) error
		want string
	}{
		{
			"a failed run",
			[]kneotest.Option{takes(0, errors.New("no"))},
			wait,
			"kneo.WaitForCompletion kneo.run.id=RUN kneo.run.status=failed kneo.wait.ended=1 kneo.wait.looks=1 kneo.wait.method=WaitForCompletion kneo.wait.runs=1",
		},
		{
			"too long",
			[]kneotest.Option{takes(time.Hour, nil)},
			wait,
			"kneo.WaitForCompletion Error error.type=kneo.WaitTimeoutError kneo.run.id=RUN kneo.run.status=running kneo.wait.ended=0 kneo.wait.looks=3 kneo.wait.method=WaitForCompletion kneo.wait.runs=1",
		},
		{"cancelled", []kneotest.Option{takes(time.Hour, nil)}, func(ctx context.Context, c *kneo.Client, id string) error {
			ctx, cancel := context.WithCancel(ctx)
			time.AfterFunc(1500*time.Millisecond, cancel)
			return wait(ctx, c, id)
		}, "kneo.WaitForCompletion Error error.type=kneo.WaitCanceledError kneo.run.id=RUN kneo.run.status=running kneo.wait.ended=0 kneo.wait.looks=2 kneo.wait.method=WaitForCompletion kneo.wait.runs=1"},
		{
			"no such run", nil, func(ctx context.Context, c *kneo.Client, _ string) error { return wait(ctx, c, "r9") },
			"kneo.WaitForCompletion Error error.type=404 kneo.run.id=r9 kneo.wait.ended=0 kneo.wait.looks=0 kneo.wait.method=WaitForCompletion kneo.wait.runs=1",
		},
		{
			"no id", nil, func(ctx context.Context, c *kneo.Client, _ string) error { return wait(ctx, c, "..") },
			"kneo.WaitForCompletion Error error.type=kneo.ArgumentError kneo.run.id=.. kneo.wait.ended=0 kneo.wait.looks=0 kneo.wait.method=WaitForCompletion kneo.wait.runs=1",
		},
		{"a function that fails", []kneotest.Option{kneotest.WithScript(func(kneo.RunCreateRequest) *kneotest.Script {
			return &kneotest.Script{Steps: []kneotest.ScriptStep{{Human: &kneotest.HumanGate{}}}}
		})}, func(ctx context.Context, c *kneo.Client, id string) error {
			_, err := c.Platform.Runs.WaitForCompletion(ctx, id, kneo.WithOnBlocked(func(context.Context, *kneo.Run) error { return failing{errors.New("said <secret>")} }))
			return err
		}, "kneo.WaitForCompletion Error error.type=test.failing kneo.continuation.id=TASK kneo.run.id=RUN kneo.run.status=blocked kneo.wait.ended=0 kneo.wait.looks=1 kneo.wait.method=WaitForCompletion kneo.wait.runs=1"},
		{"a tail", nil, func(ctx context.Context, c *kneo.Client, id string) error {
			for _, err := range c.Platform.Runs.TailTrace(ctx, id, eachSecond) {
				if err != nil {
					return err
				}
			}
			return nil
		}, "kneo.TailTrace kneo.run.id=RUN kneo.run.status=completed kneo.wait.ended=1 kneo.wait.looks=1 kneo.wait.method=TailTrace kneo.wait.runs=1"},
		{"a tail of nothing", nil, func(ctx context.Context, c *kneo.Client, _ string) error {
			for _, err := range c.Platform.Runs.TailTrace(ctx, "r9") {
				return err
			}
			return nil
		}, "kneo.TailTrace Error error.type=404 kneo.run.id=r9 kneo.wait.ended=0 kneo.wait.looks=0 kneo.wait.method=TailTrace kneo.wait.runs=1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWitness()
				srv, c := platform(t, w, test.opts...)
				created, err := srv.Client().Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{AsyncMode: true, Input: "x", Spec: agent})
				if err != nil {
					t.Fatal(err)
				}
				synctest.Wait() // the run has ended if it takes no time
				run, err := srv.Client().Platform.Runs.Get(t.Context(), created.RunID)
				if err != nil {
					t.Fatal(err)
				}
				err = test.wait(t.Context(), c, created.RunID)
				names := []string{created.RunID, "RUN"}
				if run.ContinuationID != "" {
					names = append(names, run.ContinuationID, "TASK")
				}
				first, _, _ := strings.Cut(w.tree(), "\n")
				if got := strings.NewReplacer(names...).Replace(first); got != test.want || (err != nil) != strings.Contains(test.want, " Error ") {
					t.Errorf("%v\n%s\nwant\n%s", err, got, test.want)
				}
			})
		})
	}
}

// agent is a spec with nothing but an agent.
var agent = map[string]any{"version": "v1", "agent": map[string]any{"name": "root"}}

// TestTail has all the spans of a tail.
func TestTail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWitness()
		srv, c := platform(t, w)
		created, err := srv.Client().Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{Input: "x", Spec: agent})
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range c.Platform.Runs.TailTrace(t.Context(), created.RunID) {
			if err != nil {
				t.Error(err)
			}
		}
		w.check(t, `
kneo.TailTrace kneo.run.id=RUN kneo.run.status=completed kneo.wait.ended=1 kneo.wait.looks=1 kneo.wait.method=TailTrace kneo.wait.runs=1
  kneo.GetRun http.response.status_code=200 kneo.call.attempts=1 kneo.operation=GetRun kneo.run.id=RUN kneo.run.status=completed
    GET /v1/runs/{run_id} CLIENT http.response.status_code=200
  kneo.GetRunTrace http.response.status_code=200 kneo.call.attempts=1 kneo.operation=GetRunTrace kneo.run.id=RUN
    GET /v1/runs/{run_id}/trace CLIENT http.response.status_code=200
`, created.RunID, "RUN")
	})
}

// TestWaitAll: a wait for fifty runs is one span that names ten of them, with all looks and lists in it.
func TestWaitAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWitness()
		srv, c := platform(t, w, takes(3*time.Second, nil))
		maker := srv.Client()
		var ids []string
		for range 50 {
			created, err := maker.Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{AsyncMode: true})
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, created.RunID)
		}
		srv.ResetRequests()
		for _, err := range c.Platform.Runs.WaitAll(t.Context(), ids) {
			if err != nil {
				t.Error(err)
			}
		}
		byID := make(map[trace.SpanID]sdktrace.ReadOnlySpan)
		var wait sdktrace.ReadOnlySpan
		for _, span := range w.spans.Ended() {
			byID[span.SpanContext().SpanID()] = span
			if span.Name() == "kneo.WaitAll" {
				wait = span
			}
		}
		set := attribute.NewSet(wait.Attributes()...)
		named, _ := set.Value("kneo.wait.run.ids")
		looks, _ := set.Value("kneo.wait.looks")
		if got := strings.NewReplacer(named.String(), "IDS", looks.String(), "LOOKS").Replace(spanOf(wait).String()); got !=
			"kneo.WaitAll kneo.wait.ended=50 kneo.wait.looks=LOOKS kneo.wait.method=WaitAll kneo.wait.run.ids=IDS kneo.wait.runs=50" {
			t.Error(got)
		}
		if got := named.AsStringSlice(); !slices.Equal(got, ids[:10]) {
			t.Errorf("named are %q of %q", got, ids)
		}
		attempts := map[string]int{}
		for _, span := range w.spans.Ended() {
			call := byID[span.Parent().SpanID()]
			switch {
			case span == wait:
			case span.SpanKind() != trace.SpanKindClient && call != wait:
				t.Errorf("%s is not in the wait", span.Name())
			case span.SpanKind() == trace.SpanKindClient:
				attempts[strings.TrimPrefix(call.Name(), "kneo.")+" "+span.Name()]++
			}
		}
		want := map[string]int{}
		for _, op := range gen.Operations {
			if n := srv.Calls(op.ID); n > 0 {
				want[op.ID+" "+op.Method+" "+op.Path] = n
			}
		}
		if !maps.Equal(attempts, want) || want["ListRuns GET /v1/runs"] == 0 || srv.Calls("GetRun") != int(looks.AsInt64()) {
			t.Errorf("the attempts are %v, want %v; %d looks", attempts, want, looks.AsInt64())
		}
	})
}

// TestConcurrently: calls, retries and waits of many goroutines keep their spans apart, and all that began has ended. One set of hooks serves
// two clients.
func TestConcurrently(t *testing.T) {
	w := newWitness()
	srv := kneotest.NewServer(kneotest.WithCleanup(t), kneotest.WithFault(kneotest.Fault{Share: 0.2, Effect: kneotest.Answer(http.StatusServiceUnavailable, 0)}))
	hooks := w.hooks()
	clients := []*kneo.Client{srv.Client(hooks), srv.Client(hooks)}
	tracer := w.tracers.Tracer("mine")
	done := make(chan error)
	const goroutines = 20
	for i := range goroutines {
		go func() {
			ctx, span := tracer.Start(t.Context(), "mine")
			defer span.End()
			_, err := clients[i%2].Platform.Runs.CreateAndWait(ctx, kneo.RunCreateRequest{Input: "x", Spec: agent}, kneo.WithWaitTimeout(time.Minute))
			done <- err
		}()
	}
	for range goroutines {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	for _, c := range clients {
		_ = c.Close()
	}
	roots, attempts := map[trace.TraceID]int{}, 0
	for _, span := range w.spans.Started() {
		if !span.Parent().IsValid() {
			roots[span.SpanContext().TraceID()]++
		}
		if span.SpanKind() == trace.SpanKindClient {
			attempts++
		}
	}
	if len(roots) != goroutines || attempts != srv.Calls("") || attempts < 2*goroutines {
		t.Errorf("%d traces, %d attempts for %d requests", len(roots), attempts, srv.Calls(""))
	}
	for _, span := range w.spans.Started() {
		if roots[span.SpanContext().TraceID()] != 1 {
			t.Errorf("%s is in a trace with %d beginnings", span.Name(), roots[span.SpanContext().TraceID()])
		}
	}
	// The spans of the goroutines end after their calls, those of the hooks within them.
	if begun, ended := len(w.spans.Started()), len(w.spans.Ended()); begun-ended > goroutines || strings.Contains(w.tree(), "kneo.GetRun goes on") {
		t.Errorf("%d spans began, %d ended", begun, ended)
	}
}
