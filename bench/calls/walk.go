package main

import (
	"context"
	"time"

	"github.com/kneo-agent/kneo-client-go/kneo"
)

const (
	walkLatency = 20 * time.Millisecond  // of the stub, for a page
	walkWork    = 250 * time.Microsecond // of the consumer, for a row
)

// walking is how long a walk over 10,000 runs takes in pages of 100, in step as ratios to reading ahead in the same round.
type walking struct {
	InStep []float64
}

// measureWalk walks with a consumer that waits for something else at each row, such as a database.
func measureWalk(ctx context.Context, rounds int) (walking, error) {
	var w walking
	url, stop, err := startStub(ctx, walkRows, walkLatency)
	if err != nil {
		return w, err
	}
	defer stop()
	client, err := kneo.NewClient(kneo.WithURL(url), kneo.WithAPIKey(apiKey))
	if err != nil {
		return w, err
	}
	defer client.Close() //nolint:errcheck // it never fails
	walk := func(opts ...kneo.CallOption) (time.Duration, error) {
		begun := time.Now()
		n := 0
		for _, err := range client.Platform.Runs.All(ctx, kneo.RunListParams{}, opts...) {
			if err != nil {
				return 0, err
			}
			if n++; n%20 == 0 { // a sleep of its own for each row would be longer than that
				time.Sleep(20 * walkWork)
			}
		}
		return time.Since(begun), whole(n)
	}
	for range rounds {
		ahead, err := walk()
		if err != nil {
			return w, err
		}
		inStep, err := walk(kneo.WithoutReadAhead())
		if err != nil {
			return w, err
		}
		w.InStep = append(w.InStep, inStep.Seconds()/ahead.Seconds())
	}
	return w, nil
}
