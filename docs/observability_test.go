package docs_test

import (
	"context"
	"log/slog"
	"os"
	"time"

	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

// The record of a call, with the same time and duration whenever it is run.
func Example_logRecord() {
	fixed := func(_ []string, a slog.Attr) slog.Attr {
		switch a.Key {
		case slog.TimeKey:
			return slog.Time(a.Key, time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC))
		case "duration":
			return slog.Duration(a.Key, 5_764_736)
		}
		return a
	}
	handler := slog.NewJSONHandler(os.Stdout, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: fixed})
	srv := kneotest.NewServer()
	defer srv.Close()
	playOn(srv, func(ctx context.Context, client *kneo.Client) error {
		_, _ = client.Platform.Runs.Get(ctx, "no-such-run", kneo.WithRequestID("nightly-17"))
		return nil
	}, kneo.WithLogger(slog.New(onlyCalls{handler})))
	// Output: {"time":"2026-11-24T12:00:00Z","level":"DEBUG","msg":"kneo: call","method":"GET","route":"/v1/runs/{run_id}","status":404,"attempts":1,"request_id":"nightly-17","duration":5764736,"error":"not_found"}
}

// onlyCalls passes on the records of calls.
type onlyCalls struct{ slog.Handler }

func (h onlyCalls) Handle(ctx context.Context, r slog.Record) error {
	if r.Message != "kneo: call" {
		return nil
	}
	return h.Handler.Handle(ctx, r)
}
