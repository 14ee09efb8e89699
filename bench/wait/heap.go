package main

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"runtime/metrics"
	"text/tabwriter"
	"time"
)

// heapInterval is how often the heap is looked at.
const heapInterval = 20 * time.Millisecond

// measureHeap prints how much this process grows while it waits for very many runs of the emulator, which is another process.
func measureHeap(ctx context.Context, out io.Writer, o *options) error {
	var peak, live int64
	err := withRuns(ctx, startEmulator, lengths(o.seed, o.heap, shortRun), func(s *session, runs []run) (err error) {
		peak, live, err = growth(ctx, s, ids(runs))
		return err
	})
	if err != nil {
		return err
	}
	megabytes := func(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "\nkneotest, %d runs of 0.5 to 20 s\theap growth, peak with garbage\tobjects in use when half have ended\t\n", o.heap)
	fmt.Fprintf(w, "%s\t%s\t%s\t\n", together.name, megabytes(peak), megabytes(live))
	return w.Flush()
}

// growth waits for runs, and returns by how much the heap grew: at its peak, and without garbage when half of them had ended.
func growth(ctx context.Context, s *session, list []string) (peak, live int64, err error) {
	runtime.GC()
	before := heap()
	if err := s.open(ctx); err != nil {
		return 0, 0, err
	}
	result, stop := watchHeap(ctx)
	defer stop()
	seen := 0
	for _, err := range s.Platform.Runs.WaitAll(ctx, list) {
		if err != nil {
			return 0, 0, err
		}
		if seen++; seen == len(list)/2 {
			runtime.GC()
			live = heap() - before
		}
	}
	if seen != len(list) {
		return 0, 0, fmt.Errorf("%d of %d runs were given", seen, len(list))
	}
	stop()
	return <-result - before, live, nil
}

// heap returns the size of the objects on the heap.
func heap() int64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return int64(sample[0].Value.Uint64()) //nolint:gosec // no heap is that large
}

// watchHeap looks at the heap until it is stopped, and then says what was the most.
func watchHeap(ctx context.Context) (peak <-chan int64, stop context.CancelFunc) {
	ctx, stop = context.WithCancel(ctx)
	result := make(chan int64, 1)
	go func() {
		ticker := time.NewTicker(heapInterval)
		defer ticker.Stop()
		var most int64
		for {
			most = max(most, heap())
			select {
			case <-ctx.Done():
				result <- most
				return
			case <-ticker.C:
			}
		}
	}()
	return result, stop
}
