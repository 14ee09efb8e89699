package kneootel

import (
	"context"
	"net/http"
	"testing"

	metricnoop "go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/propagation"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"github.com/kneo-agent/kneo-client-go/kneo"
)

// unwanted are hooks of providers that want nothing.
func unwanted() kneo.Hooks {
	return Hooks(WithTracerProvider(tracenoop.NewTracerProvider()), WithMeterProvider(metricnoop.NewMeterProvider()), WithPropagators(propagation.TraceContext{}))
}

// TestCost: where nobody wants spans or metrics, a call costs a few allocations: a context for each span, and the address, of which samplers are to
// know before they decide. A call without hooks has some sixty.
func TestCost(t *testing.T) {
	for _, test := range []struct {
		name  string
		hooks kneo.Hooks
		most  float64
	}{
		{"no-op providers", unwanted(), 8},
		{"no providers", Hooks(), 12},
	} {
		if n := testing.AllocsPerRun(100, func() { call(t.Context(), test.hooks) }); n > test.most {
			t.Errorf("%s: %v allocations, at most %v are expected", test.name, n, test.most)
		}
	}
}

// BenchmarkNoop is what the hooks cost a call of one attempt.
func BenchmarkNoop(b *testing.B) {
	hooks := unwanted()
	b.ReportAllocs()
	for b.Loop() {
		call(b.Context(), hooks)
	}
}

// call goes through what a client does with hooks for a call of one attempt, the header included that it makes for them.
func call(ctx context.Context, h kneo.Hooks) {
	start := kneo.CallStart{Operation: "GetRun", Method: http.MethodGet, Route: "/v1/runs/{run_id}", URL: "https://kneo.example.com/v1/runs/r1"}
	ctx, endCall := h.Call(ctx, start)
	_, endAttempt := h.Attempt(ctx, kneo.AttemptStart{CallStart: start, Attempt: 1, RequestID: "q1", Header: make(http.Header)})
	if endAttempt != nil {
		endAttempt(kneo.AttemptEnd{StatusCode: http.StatusOK, Proto: "HTTP/1.1"})
	}
	if endCall != nil {
		endCall(kneo.CallEnd{StatusCode: http.StatusOK, Attempts: 1, RequestID: "q1", Answer: &kneo.Run{RunID: "r1", Status: kneo.RunCompleted}})
	}
}
