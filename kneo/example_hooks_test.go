package kneo_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"os"
	"sync/atomic"

	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

// busyOnce has the platform refuse the first request for a list of runs.
var busyOnce = kneotest.WithFault(kneotest.Fault{Operation: "ListRuns", Count: 1, Effect: kneotest.Answer(http.StatusServiceUnavailable, 0)})

// timeless leaves out of records what differs each time.
func timeless(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey || a.Key == "Date" || a.Value.Kind() == slog.KindDuration {
		return slog.Attr{}
	}
	return a
}

// The records of a call that is repeated once.
func ExampleWithLogger() {
	srv := kneotest.NewServer(busyOnce)
	defer srv.Close()

	handler := slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: timeless})
	client := srv.Client(kneo.WithLogger(slog.New(handler)))
	if _, err := client.Platform.Runs.List(context.Background(), kneo.RunListParams{}, kneo.WithRequestID("nightly-17")); err != nil {
		log.Fatal(err)
	}
	// Output:
	// level=DEBUG msg="kneo: attempt" method=GET route=/v1/runs status=503 attempt=1 request_id=nightly-17 header.Content-Type=application/json header.Content-Length=98
	// level=INFO msg="kneo: trying again" method=GET route=/v1/runs attempt=1 status=503 request_id=nightly-17
	// level=DEBUG msg="kneo: attempt" method=GET route=/v1/runs status=200 attempt=2 request_id=nightly-17 header.Content-Type=application/json header.Content-Length=112
	// level=DEBUG msg="kneo: call" method=GET route=/v1/runs status=200 attempts=2 request_id=nightly-17
}

// Hooks that count calls, retries and failures.
func ExampleWithHooks() {
	srv := kneotest.NewServer(busyOnce)
	defer srv.Close()

	var calls, retries, failures atomic.Int64
	client := srv.Client(kneo.WithHooks(kneo.Hooks{
		Call: func(ctx context.Context, _ kneo.CallStart) (context.Context, func(kneo.CallEnd)) {
			calls.Add(1)
			return ctx, func(end kneo.CallEnd) {
				retries.Add(int64(max(0, end.Attempts-1)))
				if end.Err != nil {
					failures.Add(1)
				}
			}
		},
	}))
	ctx := context.Background()
	_, _ = client.Platform.Runs.List(ctx, kneo.RunListParams{})
	_, _ = client.Platform.Runs.Get(ctx, "no-such-run")
	fmt.Println(calls.Load(), "calls,", retries.Load(), "retry,", failures.Load(), "failure")
	// Output: 2 calls, 1 retry, 1 failure
}

// The request id of a call that failed.
func ExampleWithRequestID() {
	srv := kneotest.NewServer()
	defer srv.Close()
	client := srv.Client()

	_, err := client.Platform.Runs.Get(context.Background(), "no-such-run", kneo.WithRequestID("nightly-17"))
	var answer *kneo.Error
	if errors.As(err, &answer) {
		fmt.Println(answer.StatusCode, answer.Code, answer.RequestID)
	}
	// Output: 404 not_found nightly-17
}
