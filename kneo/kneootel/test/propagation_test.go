package test

import (
	"fmt"
	"testing"
	"testing/synctest"

	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/trace"

	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

// TestPropagation: each request carries the context of its own attempt, and the baggage of the caller.
func TestPropagation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWitness()
		srv, c := platform(t, w, kneotest.WithFault(kneotest.Fault{Count: 1, Effect: kneotest.Answer(503, 0)}))
		member, err := baggage.NewMember("tenant", "t1")
		if err != nil {
			t.Fatal(err)
		}
		bag, err := baggage.New(member)
		if err != nil {
			t.Fatal(err)
		}
		ctx := baggage.ContextWithBaggage(t.Context(), bag)
		state, err := trace.ParseTraceState("vendor=1")
		if err != nil {
			t.Fatal(err)
		}
		ctx = trace.ContextWithRemoteSpanContext(ctx, trace.NewSpanContext(trace.SpanContextConfig{
			TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}, TraceFlags: trace.FlagsSampled, TraceState: state, Remote: true,
		}))
		if _, err := c.Platform.Runs.CreateAndWait(ctx, kneo.RunCreateRequest{Input: "x", Spec: agent}); err != nil {
			t.Fatal(err)
		}
		var sent []string
		for _, request := range srv.Requests() {
			h := request.Header
			sent = append(sent, fmt.Sprint(h["Traceparent"], h["Tracestate"], h["Baggage"]))
		}
		var want []string
		for _, span := range w.spans.Started() {
			if span.SpanKind() == trace.SpanKindClient {
				want = append(want, fmt.Sprintf("[00-%s-%s-01] [vendor=1] [tenant=t1]", trace.TraceID{1}, span.SpanContext().SpanID()))
			}
		}
		if fmt.Sprint(sent) != fmt.Sprint(want) || len(sent) < 3 {
			t.Errorf("sent %q, want %q", sent, want)
		}
	})
}
