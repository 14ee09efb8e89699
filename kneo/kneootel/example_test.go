package kneootel_test

import (
	"context"
	"fmt"
	"log"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneootel"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

// Spans and metrics go to the global providers, which otel.SetTracerProvider and otel.SetMeterProvider set.
func ExampleHooks() {
	srv := kneotest.NewServer()
	defer srv.Close()

	client, err := kneo.NewClient(kneo.WithURL(srv.URL), kneo.WithAPIKey(srv.APIKey), kneo.WithHooks(kneootel.Hooks()))
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	fmt.Println(client.Check(context.Background()))
	// Output: <nil>
}

// The platform, or a proxy before it, gets to know the trace of which a request is a part.
func ExampleWithPropagators() {
	srv := kneotest.NewServer()
	defer srv.Close()
	client := srv.Client(kneo.WithHooks(kneootel.Hooks(kneootel.WithPropagators(propagation.TraceContext{}))))

	// Without a tracer provider no span is made, and what came in, as with a request of somebody else's, goes out.
	incoming := propagation.MapCarrier{"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}
	ctx := propagation.TraceContext{}.Extract(context.Background(), incoming)
	if _, err := client.Platform.Health.Livez(ctx); err != nil {
		log.Fatal(err)
	}
	fmt.Println(srv.Requests("Livez")[0].Header.Get("Traceparent"))
	fmt.Println(trace.SpanContextFromContext(ctx).TraceID())
	// Output:
	// 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
	// 4bf92f3577b34da6a3ce929d0e0e4736
}
