package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/kneo-agent/kneo-client-go/kneo"
)

// way is a way to wait for many runs. It returns when each was noticed to have ended.
type way struct {
	name string
	wait func(ctx context.Context, s *session, runs []run) ([]time.Time, error)
}

var (
	together = way{"one WaitAll", waitTogether}
	alone    = way{"a WaitForCompletion each", waitAlone()}
	pollers  = way{"a one-second poller each", waitAlone(kneo.WithPollInterval(time.Second))}
)

func waitTogether(ctx context.Context, s *session, runs []run) ([]time.Time, error) {
	place := make(map[string]int, len(runs))
	for i, r := range runs {
		place[r.id] = i
	}
	noticed := make([]time.Time, len(runs))
	for ended, err := range s.Platform.Runs.WaitAll(ctx, ids(runs)) {
		if err != nil {
			return nil, err
		}
		noticed[place[ended.RunID]] = time.Now()
		delete(place, ended.RunID)
	}
	if len(place) > 0 {
		return nil, fmt.Errorf("WaitAll ended without %d of %d runs", len(place), len(runs))
	}
	return noticed, nil
}

// waitAlone waits in as many goroutines as there are runs.
func waitAlone(opts ...kneo.WaitOption) func(context.Context, *session, []run) ([]time.Time, error) {
	return func(ctx context.Context, s *session, runs []run) ([]time.Time, error) {
		noticed := make([]time.Time, len(runs))
		ctx, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		var wg sync.WaitGroup
		for i, r := range runs {
			wg.Go(func() {
				if _, err := s.Platform.Runs.WaitForCompletion(ctx, r.id, opts...); err != nil {
					cancel(err)
				}
				noticed[i] = time.Now()
			})
		}
		wg.Wait()
		return noticed, context.Cause(ctx)
	}
}
