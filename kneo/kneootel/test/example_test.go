package test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"strings"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/trace"
	oteltrace "go.opentelemetry.io/otel/trace"

	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneootel"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

// reportToCollector is a program that sends spans and metrics to a collector. It is no example, since it needs one: make otel-collector
// runs it.
func reportToCollector() {
	//docs:show
	ctx := context.Background()
	spans, err1 := otlptracehttp.New(ctx) // where to is said by OTEL_EXPORTER_OTLP_ENDPOINT
	metrics, err2 := otlpmetrichttp.New(ctx)
	if err := errors.Join(err1, err2); err != nil {
		log.Fatal(err)
	}
	tracers := trace.NewTracerProvider(trace.WithBatcher(spans))
	defer tracers.Shutdown(ctx)
	meters := metric.NewMeterProvider(metric.WithReader(metric.NewPeriodicReader(metrics)))
	defer meters.Shutdown(ctx)
	client, err := kneo.NewClient(kneo.WithHooks(kneootel.Hooks(kneootel.WithTracerProvider(tracers), kneootel.WithMeterProvider(meters))))
	if err != nil {
		log.Fatal(err)
	}
	report(ctx, client, tracers.Tracer("report"))
}

// report is what the program is for.
func report(ctx context.Context, client *kneo.Client, tracer oteltrace.Tracer) {
	ctx, span := tracer.Start(ctx, "report")
	defer span.End()
	run, err := client.Platform.Runs.CreateAndWait(ctx, kneo.RunCreateRequest{Input: "hello world", Spec: agent})
	if err != nil {
		log.Print(err)
		return
	}
	log.Print(run.Status)
}

// The spans of a run that is created in two attempts and waited for, as a tree. Ids, addresses and methods are left out.
func Example_spans() {
	clock := kneotest.NewClock(time.Now())
	srv := kneotest.NewServer(kneotest.WithClock(clock),
		kneotest.WithScript(func(kneo.RunCreateRequest) *kneotest.Script {
			return &kneotest.Script{Steps: []kneotest.ScriptStep{{Takes: time.Second}}}
		}),
		kneotest.WithFault(kneotest.Fault{Operation: "CreateRun", Count: 1, Effect: kneotest.Answer(503, 0)}))
	defer srv.Close()
	w := newWitness()
	client, other := srv.Client(w.hooks()), srv.Client()

	ctx, span := w.tracers.Tracer("report").Start(context.Background(), "report")
	run, err := client.Platform.Runs.CreateAndWait(ctx, kneo.RunCreateRequest{}, kneo.WithProgress(func(u kneo.WaitUpdate) {
		if !u.Run.Status.Terminal() { // the first look: the run ends before the second one
			clock.Advance(time.Second)
			if _, err := other.Platform.Runs.WaitForCompletion(context.Background(), u.Run.RunID); err != nil {
				log.Fatal(err)
			}
		}
	}))
	if err != nil {
		log.Fatal(err)
	}
	span.End()
	fmt.Println(strings.ReplaceAll(w.tree(), run.RunID, "RUN"))
	// Output:
	// report
	//   kneo.CreateAndWait kneo.run.id=RUN kneo.run.status=completed kneo.wait.ended=1 kneo.wait.looks=2 kneo.wait.method=CreateAndWait kneo.wait.runs=1
	//     kneo.CreateRun http.response.status_code=202 kneo.call.attempts=2 kneo.operation=CreateRun kneo.run.id=RUN kneo.run.status=running
	//       POST /v1/runs CLIENT Error error.type=503 http.response.status_code=503
	//       POST /v1/runs CLIENT http.request.resend_count=1 http.response.status_code=202
	//     kneo.GetRun http.response.status_code=200 kneo.call.attempts=1 kneo.operation=GetRun kneo.run.id=RUN kneo.run.status=running
	//       GET /v1/runs/{run_id} CLIENT http.response.status_code=200
	//     kneo.GetRun http.response.status_code=200 kneo.call.attempts=1 kneo.operation=GetRun kneo.run.id=RUN kneo.run.status=completed
	//       GET /v1/runs/{run_id} CLIENT http.response.status_code=200
}
