package test

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/kneo-agent/kneo-client-go/internal/leaks"
	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneootel"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

// reporting is the variable by which this binary becomes the program of [reportToCollector], for a test that needs a process of its own.
const reporting = "KNEOOTEL_TEST_REPORT"

// TestMain sees to it that nothing is left running.
func TestMain(m *testing.M) {
	if os.Getenv(reporting) != "" {
		reportToCollector()
		os.Exit(0)
	}
	os.Exit(leaks.Run(m))
}

// witness is all that hooks measure, in memory.
type witness struct {
	spans   *tracetest.SpanRecorder
	tracers *sdktrace.TracerProvider
	reader  *sdkmetric.ManualReader
	meters  *sdkmetric.MeterProvider
}

func newWitness(opts ...sdktrace.TracerProviderOption) *witness {
	w := &witness{spans: tracetest.NewSpanRecorder(), reader: sdkmetric.NewManualReader()}
	w.tracers = sdktrace.NewTracerProvider(append(opts, sdktrace.WithSpanProcessor(w.spans))...)
	w.meters = sdkmetric.NewMeterProvider(sdkmetric.WithReader(w.reader))
	return w
}

func (w *witness) hooks() kneo.Option {
	return kneo.WithHooks(kneootel.Hooks(kneootel.WithTracerProvider(w.tracers), kneootel.WithMeterProvider(w.meters),
		kneootel.WithPropagators(propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{}))))
}

// platform is a kneotest server without sockets, for tests in a synctest bubble, and a client of it that a witness watches.
func platform(t *testing.T, w *witness, opts ...kneotest.Option) (*kneotest.Server, *kneo.Client) {
	t.Helper()
	srv := kneotest.NewServer(append(opts, kneotest.WithoutSockets(), kneotest.WithCleanup(t))...)
	return srv, srv.Client(w.hooks())
}

// stranger is a client of somebody at an address, of whom a transport says what he answers.
func stranger(t *testing.T, w *witness, address string, answer transport, opts ...kneo.Option) *kneo.Client {
	t.Helper()
	c, err := kneo.NewClient(append([]kneo.Option{
		kneo.WithURL(address), kneo.WithAPIKey(secrets["key"]), kneo.WithInsecureHTTP(), kneo.WithHTTPClient(&http.Client{Transport: answer}), w.hooks(),
	}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// quick repeats calls at once.
var quick = kneo.WithCallRetry(kneo.RetryPolicy{MaxAttempts: 2, BaseDelay: 1, MaxDelay: 1})

// check compares the tree with what is due. Ids is what stands for what in it, by turns.
func (w *witness) check(t *testing.T, want string, ids ...string) {
	t.Helper()
	got := strings.NewReplacer(ids...).Replace(w.tree())
	if want = strings.TrimPrefix(want, "\n"); got != want {
		t.Errorf("the spans are\n%s\nwant\n%s", got, want)
	}
}

// measurements are the metrics, a line for each set of attributes.
func (w *witness) measurements(t *testing.T) []string {
	t.Helper()
	var lines []string
	for _, m := range w.collect(t).ScopeMetrics[0].Metrics {
		switch data := m.Data.(type) {
		case metricdata.Histogram[float64]:
			for _, p := range data.DataPoints {
				lines = append(lines, fmt.Sprintf("%s %s: %d in %.3f", m.Name, encoded(p.Attributes), p.Count, p.Sum))
			}
		case metricdata.Sum[int64]:
			for _, p := range data.DataPoints {
				lines = append(lines, fmt.Sprintf("%s %s: %d", m.Name, encoded(p.Attributes), p.Value))
			}
		default:
			t.Fatalf("%s is a %T", m.Name, data)
		}
	}
	slices.Sort(lines)
	return lines
}

func encoded(set attribute.Set) string { return set.Encoded(attribute.DefaultEncoder()) }

func (w *witness) collect(t *testing.T) *metricdata.ResourceMetrics {
	t.Helper()
	data := new(metricdata.ResourceMetrics)
	if err := w.reader.Collect(t.Context(), data); err != nil {
		t.Fatal(err)
	}
	if len(data.ScopeMetrics) != 1 {
		t.Fatalf("%d scopes", len(data.ScopeMetrics))
	}
	return data
}

// transport is a function for a transport.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }
