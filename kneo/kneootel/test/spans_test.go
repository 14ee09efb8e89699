package test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneootel"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

// completed is a run that has ended.
var completed = kneotest.PresetRun{RunID: "r1", Status: kneo.RunCompleted}

// TestAttributes has a call with all its attributes, those too that the other tests leave out.
func TestAttributes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWitness()
		srv, c := platform(t, w)
		srv.AddRuns(completed)
		if _, err := c.Platform.Runs.Get(t.Context(), "r1", kneo.WithRequestID("q1")); err != nil {
			t.Fatal(err)
		}
		want := map[string][]attribute.KeyValue{
			"kneo.GetRun": {
				attribute.Int("http.response.status_code", 200), attribute.Int("kneo.call.attempts", 1), attribute.String("kneo.operation", "GetRun"),
				attribute.String("kneo.request.id", "q1"), attribute.String("kneo.run.id", "r1"), attribute.String("kneo.run.status", "completed"),
			},
			"GET /v1/runs/{run_id}": {
				attribute.String("http.request.method", "GET"), attribute.Int("http.response.status_code", 200),
				attribute.String("network.protocol.version", "1.1"), attribute.String("server.address", "localhost"), attribute.Int("server.port", 80),
				attribute.String("url.full", srv.URL+"/v1/runs/r1"), attribute.String("url.template", "/v1/runs/{run_id}"),
			},
		}
		for _, span := range w.spans.Ended() {
			if set := attribute.NewSet(span.Attributes()...); !reflect.DeepEqual(set.ToSlice(), want[span.Name()]) {
				t.Errorf("%s has %v", span.Name(), set.ToSlice())
			}
			if scope := span.InstrumentationScope(); scope.Name != kneootel.ScopeName || scope.Version != kneo.Version || scope.SchemaURL != semconv.SchemaURL {
				t.Errorf("%s is of %+v", span.Name(), scope)
			}
			if len(span.Events()) != 0 {
				t.Errorf("%s has %v", span.Name(), span.Events())
			}
		}
		if n := len(w.spans.Ended()); n != len(want) {
			t.Errorf("%d spans", n)
		}
	})
}

// TestCalls has the spans of calls that end in all ways.
func TestCalls(t *testing.T) {
	get := func(ctx context.Context, c *kneo.Client) error {
		_, err := c.Platform.Runs.Get(ctx, "r1", quick)
		return err
	}
	tests := []struct {
		name  string
		fault kneotest.Fault
		call  func(context.Context, *kneo.Client) error
		fails bool
		want  string
	}{
		{"a success", kneotest.Fault{Count: 1, Effect: kneotest.Latency(0)}, get, false, `
kneo.GetRun http.response.status_code=200 kneo.call.attempts=1 kneo.operation=GetRun kneo.run.id=r1 kneo.run.status=completed
  GET /v1/runs/{run_id} CLIENT http.response.status_code=200
`},
		{"a retry", kneotest.Fault{Count: 1, Effect: kneotest.Answer(503, 0)}, get, false, `
kneo.GetRun http.response.status_code=200 kneo.call.attempts=2 kneo.operation=GetRun kneo.run.id=r1 kneo.run.status=completed
  GET /v1/runs/{run_id} CLIENT Error error.type=503 http.response.status_code=503
  GET /v1/runs/{run_id} CLIENT http.request.resend_count=1 http.response.status_code=200
`},
		{"no success", kneotest.Fault{Effect: kneotest.Answer(503, 0)}, get, true, `
kneo.GetRun Error error.type=503 http.response.status_code=503 kneo.call.attempts=2 kneo.error.code=store_unavailable kneo.operation=GetRun kneo.run.id=r1
  GET /v1/runs/{run_id} CLIENT Error error.type=503 http.response.status_code=503
  GET /v1/runs/{run_id} CLIENT Error error.type=503 http.request.resend_count=1 http.response.status_code=503
`},
		{"no such run", kneotest.Fault{Count: 1, Effect: kneotest.Latency(0)}, func(ctx context.Context, c *kneo.Client) error {
			_, err := c.Platform.Runs.Trace(ctx, "a b", kneo.TraceParams{Limit: 5})
			return err
		}, true, `
kneo.GetRunTrace Error error.type=404 http.response.status_code=404 kneo.call.attempts=1 kneo.error.code=not_found kneo.operation=GetRunTrace kneo.run.id=a b
  GET /v1/runs/{run_id}/trace CLIENT Error error.type=404 http.response.status_code=404
`},
		{"a reset", kneotest.Fault{Effect: kneotest.ResetBefore()}, get, true, `
kneo.GetRun Error(read tcp: read: connection reset by peer) error.type=kneo.NetworkError kneo.call.attempts=2 kneo.operation=GetRun kneo.run.id=r1
  GET /v1/runs/{run_id} CLIENT Error(read tcp: read: connection reset by peer) error.type=syscall.ECONNRESET
  GET /v1/runs/{run_id} CLIENT Error(read tcp: read: connection reset by peer) error.type=syscall.ECONNRESET http.request.resend_count=1
`},
		{"half a body", kneotest.Fault{Effect: kneotest.HalfBody()}, get, true, `
kneo.GetRun Error error.type=kneo.ProtocolError http.response.status_code=200 kneo.call.attempts=2 kneo.operation=GetRun kneo.run.id=r1
  GET /v1/runs/{run_id} CLIENT Error(unexpected EOF) error.type=io.ErrUnexpectedEOF http.response.status_code=200
  GET /v1/runs/{run_id} CLIENT Error(unexpected EOF) error.type=io.ErrUnexpectedEOF http.request.resend_count=1 http.response.status_code=200
`},
		{"garbage", kneotest.Fault{Effect: kneotest.Garbage()}, get, true, `
kneo.GetRun Error error.type=kneo.ProtocolError http.response.status_code=200 kneo.call.attempts=1 kneo.operation=GetRun kneo.run.id=r1
  GET /v1/runs/{run_id} CLIENT http.response.status_code=200
`},
		{"a redirect", kneotest.Fault{Effect: kneotest.Answer(302, 0)}, get, true, `
kneo.GetRun Error error.type=kneo.RedirectError http.response.status_code=302 kneo.call.attempts=1 kneo.operation=GetRun kneo.run.id=r1
  GET /v1/runs/{run_id} CLIENT http.response.status_code=302
`},
		{"cancelled", kneotest.Fault{Effect: kneotest.Latency(time.Minute)}, func(ctx context.Context, c *kneo.Client) error {
			ctx, cancel := context.WithCancel(ctx)
			time.AfterFunc(time.Second, cancel)
			return get(ctx, c)
		}, true, `
kneo.GetRun Error(context canceled) error.type=context.Canceled kneo.call.attempts=1 kneo.operation=GetRun kneo.run.id=r1
  GET /v1/runs/{run_id} CLIENT Error(context canceled) error.type=context.Canceled
`},
		{"too late", kneotest.Fault{Effect: kneotest.Latency(time.Minute)}, func(ctx context.Context, c *kneo.Client) error {
			_, err := c.Platform.Runs.Get(ctx, "r1", kneo.WithCallTimeout(time.Second), kneo.WithCallRetry(kneo.RetryPolicy{MaxAttempts: 1}))
			return err
		}, true, `
kneo.GetRun Error(context deadline exceeded) error.type=context.DeadlineExceeded kneo.call.attempts=1 kneo.operation=GetRun kneo.run.id=r1
  GET /v1/runs/{run_id} CLIENT Error(context deadline exceeded) error.type=context.DeadlineExceeded
`},
		{"too late for another attempt", kneotest.Fault{Effect: kneotest.Answer(503, 0)}, func(ctx context.Context, c *kneo.Client) error {
			ctx, cancel := context.WithTimeout(ctx, time.Second)
			defer cancel()
			_, err := c.Platform.Runs.Get(ctx, "r1", kneo.WithCallRetry(kneo.RetryPolicy{BaseDelay: time.Hour, MaxDelay: time.Hour}))
			return err
		}, true, `
kneo.GetRun Error error.type=context.DeadlineExceeded http.response.status_code=503 kneo.call.attempts=1 kneo.error.code=store_unavailable kneo.operation=GetRun kneo.run.id=r1
  GET /v1/runs/{run_id} CLIENT Error error.type=503 http.response.status_code=503
`},
		{"not sent", kneotest.Fault{Count: 1, Effect: kneotest.Latency(0)}, func(ctx context.Context, c *kneo.Client) error {
			ctx, cancel := context.WithCancel(ctx)
			cancel()
			return get(ctx, c)
		}, true, `
kneo.GetRun Error(context canceled) error.type=context.Canceled kneo.call.attempts=0 kneo.operation=GetRun kneo.run.id=r1
`},
		{"a raw call", kneotest.Fault{Count: 1, Effect: kneotest.Latency(0)}, func(ctx context.Context, c *kneo.Client) error {
			_, err := c.Raw().GetRunWithResponse(ctx, "r2") // a bad status is no error of it
			return err
		}, false, `
kneo.GetRun http.response.status_code=404 kneo.call.attempts=1 kneo.operation=GetRun kneo.run.id=r2
  GET /v1/runs/{run_id} CLIENT Error error.type=404 http.response.status_code=404
`},
		{"a path of another server", kneotest.Fault{Count: 1, Effect: kneotest.AnswerWith(200, "application/json", "{}")}, func(ctx context.Context, c *kneo.Client) error {
			_, err := c.Request(ctx, "Purge", "/v9/x?token=secret", nil, nil)
			return err
		}, false, `
kneo.Request http.response.status_code=200 kneo.call.attempts=1
  HTTP CLIENT http.request.method_original=Purge http.response.status_code=200
`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWitness()
				srv, c := platform(t, w, kneotest.WithFault(test.fault))
				srv.AddRuns(completed)
				if err := test.call(t.Context(), c); (err != nil) != test.fails {
					t.Error(err)
				}
				w.check(t, test.want)
			})
		})
	}
}

// TestKnownMethods: the variable of the conventions says which methods are known.
func TestKnownMethods(t *testing.T) {
	t.Setenv("OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS", "PURGE, GET")
	w := newWitness()
	c := stranger(t, w, "https://kneo.test", func(req *http.Request) (*http.Response, error) { return says(req, 200, "application/json", "{}"), nil })
	for _, method := range []string{"PURGE", "POST"} {
		if _, err := c.Request(t.Context(), method, "/v9/x", nil, nil); err != nil {
			t.Fatal(err)
		}
	}
	w.check(t, `
kneo.Request http.response.status_code=200 kneo.call.attempts=1
  PURGE CLIENT http.response.status_code=200
kneo.Request http.response.status_code=200 kneo.call.attempts=1
  HTTP CLIENT http.request.method_original=POST http.response.status_code=200
`)
}

// early are hooks that were made before the global providers were set, which a process does once, and what witnesses these.
var early = sync.OnceValues(func() (kneo.Option, *witness) {
	hooks := kneo.WithHooks(kneootel.Hooks(kneootel.WithTracerProvider(nil), kneootel.WithMeterProvider(nil), kneootel.WithPropagators(nil)))
	w := newWitness()
	otel.SetTracerProvider(w.tracers)
	otel.SetMeterProvider(w.meters)
	otel.SetTextMapPropagator(propagation.TraceContext{})
	return hooks, w
})

// TestGlobals: without options, and with options of nothing, everything goes to the global providers, which may be set later.
func TestGlobals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hooks, w := early()
		w.spans.Reset()
		srv := kneotest.NewServer(kneotest.WithoutSockets(), kneotest.WithCleanup(t))
		if _, err := srv.Client(hooks).Platform.Health.Livez(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.check(t, `
kneo.Livez http.response.status_code=200 kneo.call.attempts=1 kneo.operation=Livez
  GET /v1/livez CLIENT http.response.status_code=200
`)
		if lines := w.measurements(t); len(lines) != 2 || srv.Requests()[0].Header.Get("Traceparent") == "" {
			t.Errorf("measured %q, sent %v", lines, srv.Requests()[0].Header)
		}
	})
}

// TestRefused: nobody listens.
func TestRefused(t *testing.T) {
	srv := kneotest.NewServer()
	w := newWitness()
	c := srv.Client(w.hooks())
	srv.Close()
	if _, err := c.Platform.Runs.Get(t.Context(), "r1", quick); err == nil {
		t.Fatal("no error")
	}
	w.check(t, `
kneo.GetRun Error(dial tcp HOST: connect: connection refused) error.type=kneo.NetworkError kneo.call.attempts=2 kneo.operation=GetRun kneo.run.id=r1
  GET /v1/runs/{run_id} CLIENT Error(dial tcp HOST: connect: connection refused) error.type=syscall.ECONNREFUSED
  GET /v1/runs/{run_id} CLIENT Error(dial tcp HOST: connect: connection refused) error.type=syscall.ECONNREFUSED http.request.resend_count=1
`, strings.TrimPrefix(srv.URL, "http://"), "HOST")
}

// TestVersion: the question for the version is within the call that gives rise to it, which may then not be sent.
func TestVersion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWitness()
		srv := kneotest.NewServer(kneotest.WithoutSockets(), kneotest.WithCleanup(t), kneotest.WithVersion("0.6.0"))
		c := stranger(t, w, srv.URL, srv.Transport().RoundTrip, kneo.WithAPIKey(srv.APIKey))
		_, err := c.Platform.Runs.List(t.Context(), kneo.RunListParams{Q: "x"})
		if !errors.Is(err, kneo.ErrUnsupported) {
			t.Fatal(err)
		}
		w.check(t, fmt.Sprintf(`
kneo.ListRuns Error(%s) error.type=kneo.UnsupportedError kneo.call.attempts=0 kneo.operation=ListRuns
  kneo.Healthz http.response.status_code=200 kneo.call.attempts=1 kneo.operation=Healthz
    GET /v1/healthz CLIENT http.response.status_code=200
`, err))
	})
}

// TestHumanTasks: a task and its run are told by the answers, and by the path.
func TestHumanTasks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWitness()
		_, c := platform(t, w, kneotest.WithScript(func(kneo.RunCreateRequest) *kneotest.Script {
			return &kneotest.Script{Steps: []kneotest.ScriptStep{{Human: &kneotest.HumanGate{}}, {Err: errors.New("no")}}}
		}))
		created, err := c.Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{})
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Platform.HumanTasks.Resume(t.Context(), created.ContinuationID, kneo.Approve())
		_, err2 := c.Platform.Runs.Cancel(t.Context(), created.RunID)
		if err == nil || err2 != nil {
			t.Fatal(err, err2)
		}
		w.check(t, `
kneo.CreateRun http.response.status_code=200 kneo.call.attempts=1 kneo.continuation.id=TASK kneo.operation=CreateRun kneo.run.id=RUN kneo.run.status=blocked
  POST /v1/runs CLIENT http.response.status_code=200
kneo.GetHumanTask http.response.status_code=200 kneo.call.attempts=1 kneo.continuation.id=TASK kneo.operation=GetHumanTask
  GET /v1/human-tasks/{continuation_id} CLIENT http.response.status_code=200
kneo.ResumeHumanTask Error error.type=400 http.response.status_code=400 kneo.call.attempts=1 kneo.continuation.id=TASK kneo.error.code=invalid_request kneo.operation=ResumeHumanTask
  POST /v1/human-tasks/{continuation_id}/resume CLIENT Error error.type=400 http.response.status_code=400
kneo.CancelRun http.response.status_code=200 kneo.call.attempts=1 kneo.operation=CancelRun kneo.run.id=RUN kneo.run.status=cancelled
  POST /v1/runs/{run_id}/cancel CLIENT http.response.status_code=200
`, created.RunID, "RUN", created.ContinuationID, "TASK")
	})
}

// failing is an error of a transport with a type that nobody knows.
type failing struct{ error }

// TestErrorTypes has what error.type is told of failures that no server without sockets can give.
func TestErrorTypes(t *testing.T) {
	tests := []struct {
		err               error
		attempt, callSays string
	}{
		{io.EOF, "io.EOF", "EOF"},
		{fmt.Errorf("said <secret>: %w", io.EOF), "io.EOF", "EOF"},
		{fmt.Errorf("said <secret>: %w", &net.DNSError{Err: "no such host", Name: "kneo.test"}), "net.DNSError", "lookup kneo.test: no such host"},
		{fmt.Errorf("said <secret>: %w", syscall.ECONNRESET), "syscall.ECONNRESET", "connection reset by peer"},
		{&net.OpError{Op: "dial", Net: "tcp", Err: errors.New("no " + secrets["key"])}, "net.OpError", ""},
		{errors.New("said <secret>"), "_OTHER", ""},
		{failing{errors.New("said <secret>")}, "test.failing", ""},
		{&failing{errors.New("said <secret>")}, "test.failing", ""},
		{fmt.Errorf("with %w", failing{errors.New("said <secret>")}), "test.failing", ""},
	}
	for _, test := range tests {
		w := newWitness()
		c := stranger(t, w, "https://kneo.test", func(*http.Request) (*http.Response, error) { return nil, test.err })
		_, _ = c.Platform.Runs.Get(t.Context(), "r1", kneo.WithCallRetry(kneo.RetryPolicy{MaxAttempts: 1}))
		for _, span := range w.spans.Ended() {
			want := "kneo.NetworkError"
			if span.Name() != "kneo.GetRun" {
				want = test.attempt
			}
			set := attribute.NewSet(span.Attributes()...)
			if got, _ := set.Value("error.type"); got.AsString() != want {
				t.Errorf("%v: %s has error.type %s, want %s", test.err, span.Name(), got.AsString(), want)
			}
			if span.Status() != (sdktrace.Status{Code: codes.Error, Description: test.callSays}) {
				t.Errorf("%v: %s has %+v", test.err, span.Name(), span.Status())
			}
		}
	}
}

// TestNotRecorded: spans that a sampler does not want are not recorded, and the sampler knows what the conventions want it to know.
func TestNotRecorded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sampler sampler
		w := newWitness(sdktrace.WithSampler(&sampler))
		srv, c := platform(t, w)
		srv.AddRuns(completed)
		if _, err := c.Platform.Runs.WaitForCompletion(t.Context(), "r1"); err != nil {
			t.Fatal(err)
		}
		want := []string{
			"kneo.WaitForCompletion internal kneo.wait.method,kneo.wait.runs",
			"kneo.GetRun internal kneo.operation",
			"GET /v1/runs/{run_id} client http.request.method,server.address,server.port,url.full,url.template",
		}
		if !reflect.DeepEqual(sampler.asked, want) || len(w.spans.Started()) != 0 {
			t.Errorf("asked for %q, began %d", sampler.asked, len(w.spans.Started()))
		}
		if parent := srv.Requests("GetRun")[0].Header.Get("Traceparent"); !strings.HasSuffix(parent, "-00") {
			t.Errorf("sent %s", parent)
		}
		if lines := w.measurements(t); len(lines) != 4 {
			t.Errorf("measured %q", lines)
		}
	})
}

// sampler wants no span, and notes which it is asked about.
type sampler struct{ asked []string }

func (s *sampler) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	var names []string
	set := attribute.NewSet(p.Attributes...)
	for _, attr := range set.ToSlice() {
		names = append(names, string(attr.Key))
	}
	s.asked = append(s.asked, fmt.Sprintf("%s %v %s", p.Name, p.Kind, strings.Join(names, ",")))
	return sdktrace.SamplingResult{Decision: sdktrace.Drop}
}

func (s *sampler) Description() string { return "nothing" }

// TestAddresses: server.address and server.port of all kinds of addresses, url.full with neither user info nor query.
func TestAddresses(t *testing.T) {
	for base, want := range map[string]string{
		"https://kneo.example.com":           "kneo.example.com 443 https://kneo.example.com/v1/runs/a%2Fb",
		"https://kneo.example.com:8443/base": "kneo.example.com 8443 https://kneo.example.com:8443/base/v1/runs/a%2Fb",
		"http://127.0.0.1":                   "127.0.0.1 80 http://127.0.0.1/v1/runs/a%2Fb",
		"http://[::1]":                       "::1 80 http://[::1]/v1/runs/a%2Fb",
		"http://[::1]:8000/":                 "::1 8000 http://[::1]:8000/v1/runs/a%2Fb",
	} {
		w := newWitness()
		c := stranger(t, w, base, func(*http.Request) (*http.Response, error) { return nil, io.EOF })
		_, _ = c.Request(t.Context(), "GET", "/v1/runs/a%2Fb?token=secret", nil, nil, kneo.WithCallRetry(kneo.RetryPolicy{MaxAttempts: 1}))
		spans := w.spans.Ended()
		set := attribute.NewSet(spans[0].Attributes()...)
		address, _ := set.Value("server.address")
		port, _ := set.Value("server.port")
		full, _ := set.Value("url.full")
		if got := fmt.Sprintf("%s %d %s", address.AsString(), port.AsInt64(), full.AsString()); got != want {
			t.Errorf("%s: %s, want %s", base, got, want)
		}
		call := attribute.NewSet(spans[1].Attributes()...)
		if id, _ := call.Value("kneo.run.id"); id.AsString() != "a/b" {
			t.Errorf("%s: the run is %q", base, id.AsString())
		}
	}
}
