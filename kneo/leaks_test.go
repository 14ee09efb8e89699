package kneo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"sync"
	"testing"

	"github.com/kneo-agent/kneo-client-go/internal/leaks"
)

// TestLeaks (leaks): calls that are cancelled wherever they happen to be leave no goroutine, no connection and no memory behind.
func TestLeaks(t *testing.T) {
	const calls, workers = 10_000, 50
	before := leaks.Now()
	heap := heapInUse()
	var cancels sync.Map
	srv := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Query().Get("limit") == "1" {
			_ = http.NewResponseController(w).Flush() // some are cancelled in the body
		}
		if cancel, ok := cancels.Load(r.Header.Get(headerRequestID)); ok {
			cancel.(context.CancelFunc)()
		}
		<-r.Context().Done()
	}), nil)
	c := connect(t, srv.URL)
	var work sync.WaitGroup
	for worker := range workers {
		work.Go(func() {
			for i := range calls / workers {
				ctx, cancel := context.WithCancel(t.Context())
				id := fmt.Sprint(worker, "-", i)
				if i%3 == 0 {
					go cancel() // in dial, or on the way
				} else {
					cancels.Store(id, cancel)
				}
				_, err := c.Platform.Runs.List(ctx, RunListParams{Limit: 1 + (i+worker)%2}, WithRequestID(id))
				cancels.Delete(id)
				if !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
				cancel()
			}
		})
	}
	work.Wait()
	_ = c.Close()
	srv.Close()
	if left := before.Left(); left != "" {
		t.Error(left)
	}
	if grown := heapInUse() - heap; grown > 5<<20 {
		t.Errorf("the heap has grown by %d bytes", grown)
	}
}

func heapInUse() int64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}
