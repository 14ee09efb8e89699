package kneotest_test

import (
	"runtime"
	"testing"
	"time"

	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

// TestWalkOfManyRuns is the walk that a plain cursor gets wrong: 25,000 runs, 500 of them made at one time, a thousand more
// while it goes on; each of the 25,000 once, in little memory.
func TestWalkOfManyRuns(t *testing.T) {
	srv := kneotest.NewServer(kneotest.WithCleanup(t), kneotest.WithoutSockets())
	start := time.Now().Add(-10 * time.Hour)
	presets := make([]kneotest.PresetRun, 25_000)
	for i := range presets {
		at := start.Add(time.Duration(i) * time.Second)
		if i >= 12_000 && i < 12_500 {
			at = start.Add(12_000 * time.Second)
		}
		presets[i] = kneotest.PresetRun{CreatedAt: at, UpdatedAt: start.Add(time.Duration(i*7919%25_000) * time.Second), Output: "done"}
	}
	given := make(map[string]int, len(presets))
	for _, id := range srv.AddRuns(presets...) {
		given[id] = 0
	}
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	peak, n := before.HeapAlloc, 0
	for run, err := range srv.Client().Platform.Runs.All(t.Context(), kneo.RunListParams{Limit: 1000}) {
		if err != nil {
			t.Fatal(err)
		}
		if _, old := given[run.RunID]; old {
			given[run.RunID]++
		}
		if n++; n%25 == 0 && n <= 1000*25 {
			srv.AddRuns(kneotest.PresetRun{Status: kneo.RunRunning})
		}
		if n%5000 == 0 {
			runtime.GC() // what is kept, not what the emulator beside the client has thrown away
			runtime.ReadMemStats(&now)
			peak = max(peak, now.HeapAlloc)
		}
	}
	for id, times := range given {
		if times != 1 {
			t.Fatalf("%s was given %d times", id, times)
		}
	}
	if grown := peak - before.HeapAlloc; grown > 64<<20 {
		t.Errorf("the heap grew by %d bytes", grown)
	}
}
