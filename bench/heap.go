package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/metrics"
	"time"
)

// heapInterval is how often the heap is looked at.
const heapInterval = 20 * time.Millisecond

// measureHeap prints how much this process grows while it waits for very many runs of the emulator, which is another process.
func measureHeap(ctx context.Context, out io.Writer, o *options) (err error) {
	p, err := startEmulator(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	s, err := newSession(p)
	if err != nil {
		return err
	}
	runs, err := s.createAll(ctx, lengths(o.seed, o.heap, 500*time.Millisecond))
	if err != nil {
		return err
	}
	list := ids(runs)
	runtime.GC()
	before := heap()
	if err := p.open(ctx); err != nil {
		return err
	}
	peak, stop := watchHeap(ctx)
	var live uint64
	seen := 0
	for _, err := range waitAll(ctx, s.Client, list) {
		if err != nil {
			return err
		}
		if seen++; seen == len(list)/2 {
			runtime.GC()
			live = heap()
		}
	}
	stop()
	growth := func(after uint64) string { return fmt.Sprintf("%.1f MB", (float64(after)-float64(before))/1e6) }
	_, err = fmt.Fprintf(out, "\nkneotest, %d runs of 0.5 to 20 s, %s: the heap grew by %s at its peak, garbage included, and by %s without it when half had ended; %d given\n",
		len(list), together.name, growth(<-peak), growth(live), seen)
	return err
}

// heap returns the size of the objects on the heap.
func heap() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// watchHeap looks at the heap until it is stopped, and then says what was the most.
func watchHeap(ctx context.Context) (peak <-chan uint64, stop context.CancelFunc) {
	ctx, stop = context.WithCancel(ctx)
	result := make(chan uint64, 1)
	go func() {
		ticker := time.NewTicker(heapInterval)
		defer ticker.Stop()
		var most uint64
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
