package kneootel

import (
	"errors"
	"testing"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"

	"github.com/kneo-agent/kneo-client-go/kneo"
)

// unable is a provider of meters that can make no instrument.
type unable struct{ noop.MeterProvider }

func (unable) Meter(string, ...metric.MeterOption) metric.Meter { return unableMeter{} }

type unableMeter struct{ noop.Meter }

var errUnable = errors.New("no instrument")

func (unableMeter) Float64Histogram(string, ...metric.Float64HistogramOption) (metric.Float64Histogram, error) {
	return nil, errUnable
}

func (unableMeter) Int64Counter(string, ...metric.Int64CounterOption) (metric.Int64Counter, error) {
	return nil, errUnable
}

func (unableMeter) Int64UpDownCounter(string, ...metric.Int64UpDownCounterOption) (metric.Int64UpDownCounter, error) {
	return nil, errUnable
}

// TestNoInstruments: a provider that can make no instrument is told of, and harms no call.
func TestNoInstruments(t *testing.T) {
	told := 0
	before := otel.GetErrorHandler()
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		if errors.Is(err, errUnable) {
			told++
		}
	}))
	defer otel.SetErrorHandler(before)
	call(t.Context(), Hooks(WithMeterProvider(unable{})))
	if told != 5 {
		t.Errorf("told of %d", told)
	}
}

func TestProtocolVersion(t *testing.T) {
	for proto, want := range map[string]string{"HTTP/1.0": "1.0", "HTTP/1.1": "1.1", "HTTP/2.0": "2", "HTTP/3.0": "3", "": ""} {
		if got := protocolVersion(proto); got != want {
			t.Errorf("%q: %q, want %q", proto, got, want)
		}
	}
}

func TestPathAttributes(t *testing.T) {
	run, task := "/v1/runs/{run_id}/trace", "/v1/human-tasks/{continuation_id}/resume"
	for _, test := range []struct{ route, url, want string }{
		{run, "https://h/v1/runs/r1/trace", "kneo.run.id=r1"},
		{run, "https://h/base/v1/runs/r1/trace", "kneo.run.id=r1"},
		{run, "https://h/v1/runs/a%2Fb%20c/trace", "kneo.run.id=a/b c"},
		{run, "https://h/v1/runs/r1…", ""}, // cut
		{run, "https://h/v1/runs/%zz/trace", ""},
		{task, "https://h/v1/human-tasks/t1/resume", "kneo.continuation.id=t1"},
		{"/v1/policies/environment/{environment}", "https://h/v1/policies/environment/prod", ""},
		{"", "https://h/v9/x", ""},
		{run, "", ""},
	} {
		set := attribute.NewSet(pathAttributes(kneo.CallStart{Route: test.route, URL: test.url})...)
		if got := set.Encoded(attribute.DefaultEncoder()); got != test.want {
			t.Errorf("%s for %s: %s, want %s", test.url, test.route, got, test.want)
		}
	}
}
