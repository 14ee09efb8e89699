package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kneo-agent/kneo-client-go/kneo"
)

// manyRows is the length of the walk whose heap is looked at.
const manyRows = 100_000

// memory is what long walks and many clients take.
type memory struct {
	WalkPeak   uint64 // the most heap in use during a walk of manyRows, in bytes
	Clients    int    // idle clients, each of which has made a call
	ClientHeap uint64 // what one of them holds, in bytes
	LeftBytes  int64  // more heap than before, when they are closed
	LeftGo     int    // more goroutines than before
	Goroutines int    // of one client, at once
	GoLeft     int    // more goroutines than before, when their calls are done and the client is closed
}

func measureMemory(ctx context.Context) (memory, error) {
	m := memory{Clients: 10_000, Goroutines: 10_000}
	return m, errors.Join(m.walk(ctx), m.clients(ctx), m.goroutines(ctx))
}

// walk goes through very many runs and looks at the heap on the way.
func (m *memory) walk(ctx context.Context) error {
	url, stop, err := startStub(ctx, manyRows, 0)
	if err != nil {
		return err
	}
	defer stop()
	client, err := kneo.NewClient(kneo.WithURL(url), kneo.WithAPIKey(apiKey))
	if err != nil {
		return err
	}
	defer client.Close() //nolint:errcheck // it never fails
	before := heapInUse()
	n := 0
	for _, err := range client.Platform.Runs.All(ctx, kneo.RunListParams{}) {
		if err != nil {
			return err
		}
		if n++; n%50 == 0 {
			var now runtime.MemStats
			runtime.ReadMemStats(&now)
			m.WalkPeak = max(m.WalkPeak, now.HeapAlloc-min(before, now.HeapAlloc))
		}
	}
	if n != manyRows {
		return fmt.Errorf("the walk found %d runs", n)
	}
	return nil
}

// clients makes very many clients, has each make a call, and closes them.
func (m *memory) clients(ctx context.Context) error {
	s, err := newStub(1, 0)
	if err != nil {
		return err
	}
	goroutines, before := runtime.NumGoroutine(), heapInUse()
	all := make([]subject, m.Clients)
	for i := range all {
		if all[i], err = newSubject("kneo", "http://127.0.0.1:1", s); err != nil {
			return err
		}
		if err := all[i].get(ctx); err != nil {
			return err
		}
	}
	m.ClientHeap = (heapInUse() - before) / uint64(m.Clients) //nolint:gosec // a constant
	for _, client := range all {
		_ = client.(wrapped).Close()
	}
	clear(all)
	m.LeftBytes, m.LeftGo = int64(heapInUse())-int64(before), runtime.NumGoroutine()-goroutines //nolint:gosec // bytes of memory
	return nil
}

// goroutines has very many goroutines use one client, over connections.
func (m *memory) goroutines(ctx context.Context) error {
	url, stop, err := startStub(ctx, walkRows, 0)
	if err != nil {
		return err
	}
	defer stop()
	before := runtime.NumGoroutine()
	client, err := kneo.NewClient(kneo.WithURL(url), kneo.WithAPIKey(apiKey))
	if err != nil {
		return err
	}
	var failed atomic.Int64
	var done sync.WaitGroup
	turn := make(chan struct{}, 256) // or the stub would run out of file descriptors
	for range m.Goroutines {
		done.Go(func() {
			turn <- struct{}{}
			defer func() { <-turn }()
			if _, err := client.Platform.Runs.Get(ctx, runID); err != nil {
				failed.Add(1)
			}
		})
	}
	done.Wait()
	_ = client.Close()
	for range 100 { // connections take a moment to be closed
		if m.GoLeft = runtime.NumGoroutine() - before; m.GoLeft <= 0 {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if n := failed.Load(); n > 0 {
		return fmt.Errorf("%d of %d calls failed", n, m.Goroutines)
	}
	return nil
}

// heapInUse is what is in use when the garbage has been collected.
func heapInUse() uint64 {
	for range 3 { // pools are emptied in two steps
		runtime.GC()
	}
	var now runtime.MemStats
	runtime.ReadMemStats(&now)
	return now.HeapAlloc
}
