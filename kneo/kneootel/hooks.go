package kneootel

import (
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/semconv/v1.43.0/httpconv"
	"go.opentelemetry.io/otel/trace"

	"github.com/kneo-agent/kneo-client-go/kneo"
)

// ScopeName is the instrumentation scope of the spans and the metrics.
const ScopeName = "github.com/kneo-agent/kneo-client-go/kneo/kneootel"

// An Option says where [Hooks] send their spans and metrics.
type Option func(*settings)

type settings struct {
	tracers    trace.TracerProvider
	meters     metric.MeterProvider
	propagator propagation.TextMapPropagator
}

// WithTracerProvider sets where the spans go. The default, also for nil, is the global provider, [otel.GetTracerProvider].
func WithTracerProvider(p trace.TracerProvider) Option {
	return func(s *settings) {
		if p != nil {
			s.tracers = p
		}
	}
}

// WithMeterProvider sets where the metrics go. The default, also for nil, is the global provider, [otel.GetMeterProvider].
func WithMeterProvider(p metric.MeterProvider) Option {
	return func(s *settings) {
		if p != nil {
			s.meters = p
		}
	}
}

// WithPropagators sets the propagator that puts the context of an attempt into its headers, so that the other side can continue the
// trace. The default, also for nil, is the global one, [otel.GetTextMapPropagator], which does nothing unless the program has set it.
func WithPropagators(p propagation.TextMapPropagator) Option {
	return func(s *settings) {
		if p != nil {
			s.propagator = p
		}
	}
}

// Hooks returns hooks that make spans and metrics of what a client does:
//
//	client, err := kneo.NewClient(kneo.WithHooks(kneootel.Hooks()))
//
// One set of hooks may serve several clients. The global providers may also be set later: they get everything that is measured from then
// on.
func Hooks(opts ...Option) kneo.Hooks {
	s := settings{tracers: otel.GetTracerProvider(), meters: otel.GetMeterProvider(), propagator: otel.GetTextMapPropagator()}
	for _, opt := range opts {
		opt(&s)
	}
	t := newTelemetry(s)
	return kneo.Hooks{Call: t.call, Attempt: t.attempt, Wait: t.wait}
}

// telemetry is what a set of hooks works with.
type telemetry struct {
	tracer       trace.Tracer
	propagator   propagation.TextMapPropagator
	knownMethods map[string]bool

	requestDuration metric.Float64Histogram
	callDuration    metric.Float64Histogram
	retries         metric.Int64Counter
	waitDuration    metric.Float64Histogram
	activeWaits     metric.Int64UpDownCounter

	spansOfCalls    cache[string, beginning]     // by operation
	spansOfAttempts cache[requestKey, beginning] // by what is known before the answer
	requests        cache[requestKey, metric.MeasurementOption]
	calls           cache[callKey, metric.MeasurementOption]
	waits           cache[waitKey, metric.MeasurementOption]
}

var (
	// The conventions advise these for HTTP.
	requestBounds = []float64{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10}
	// A call has pauses between its attempts, and may last as long as a synchronous run.
	callBounds = []float64{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300}
	waitBounds = []float64{0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 14400}
)

func newTelemetry(s settings) *telemetry {
	tracer := s.tracers.Tracer(ScopeName, trace.WithInstrumentationVersion(kneo.Version), trace.WithSchemaURL(semconv.SchemaURL))
	meter := s.meters.Meter(ScopeName, metric.WithInstrumentationVersion(kneo.Version), metric.WithSchemaURL(semconv.SchemaURL))
	t := &telemetry{tracer: tracer, propagator: s.propagator, knownMethods: knownMethods()}

	requests, err := httpconv.NewClientRequestDuration(meter, metric.WithExplicitBucketBoundaries(requestBounds...))
	t.requestDuration = orNoop[metric.Float64Histogram](requests.Inst(), err, noop.Float64Histogram{})
	calls, err := meter.Float64Histogram("kneo.client.call.duration", metric.WithUnit("s"),
		metric.WithDescription("Duration of calls, with all their attempts and the pauses between them."), metric.WithExplicitBucketBoundaries(callBounds...))
	t.callDuration = orNoop[metric.Float64Histogram](calls, err, noop.Float64Histogram{})
	retries, err := meter.Int64Counter("kneo.client.call.retries", metric.WithUnit("{attempt}"),
		metric.WithDescription("Attempts of calls after the first one."))
	t.retries = orNoop[metric.Int64Counter](retries, err, noop.Int64Counter{})
	waits, err := meter.Float64Histogram("kneo.client.wait.duration", metric.WithUnit("s"),
		metric.WithDescription("Duration of waits for runs, and of tails of traces."), metric.WithExplicitBucketBoundaries(waitBounds...))
	t.waitDuration = orNoop[metric.Float64Histogram](waits, err, noop.Float64Histogram{})
	active, err := meter.Int64UpDownCounter("kneo.client.wait.active", metric.WithUnit("{wait}"),
		metric.WithDescription("Waits for runs, and tails of traces, that are under way."))
	t.activeWaits = orNoop[metric.Int64UpDownCounter](active, err, noop.Int64UpDownCounter{})
	return t
}

// orNoop returns an instrument that can be used: a provider that cannot make one is no reason for calls to fail.
func orNoop[I any](instrument I, err error, otherwise I) I {
	if err != nil {
		otel.Handle(err)
		return otherwise
	}
	return instrument
}
