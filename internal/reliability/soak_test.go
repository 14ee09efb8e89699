//go:build reliability

package reliability

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kneo-agent/kneo-client-go/internal/casebook"
	"github.com/kneo-agent/kneo-client-go/internal/faulttest"
	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

// soakTime is how long the soak lasts, $RELIABILITY_SOAK or half a minute.
func soakTime(t *testing.T) time.Duration {
	t.Helper()
	text := os.Getenv("RELIABILITY_SOAK")
	if text == "" {
		return 30 * time.Second
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatalf("RELIABILITY_SOAK: %v", err)
	}
	return d
}

// level is what a process holds.
type level struct {
	goroutines, files int
	heap              uint64
}

func measure(t *testing.T) level {
	t.Helper()
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return level{runtime.NumGoroutine(), len(files), m.HeapAlloc}
}

func (l level) String() string {
	return fmt.Sprintf("%d goroutines, %d file descriptors, %.1f MiB", l.goroutines, l.files, float64(l.heap)/(1<<20))
}

// TestSoak has 64 goroutines make calls of every kind on one client, a tenth of which go wrong, and looks at what the process holds
// after a first while and at the end. The platform keeps nothing, so that what grows is the client's.
func TestSoak(t *testing.T) {
	plan := faulttest.Plan{Seed: 6, Parts: []faulttest.Part{
		{Percent: 2, Effect: kneotest.ResetBefore()},
		{Percent: 2, Effect: kneotest.ResetAfter()},
		{Percent: 2, Effect: kneotest.HalfBody()},
		{Percent: 2, Effect: kneotest.Answer(http.StatusServiceUnavailable, 0)},
		{Percent: 1, Effect: faulttest.WrongLength},
		{Percent: 1, Effect: kneotest.Garbage()},
	}}
	var requests, failures atomic.Int64
	platform := httptest.NewUnstartedServer(plan.InOrder()(answer(createdBody)))
	platform.Config.IdleTimeout = 5 * time.Second
	platform.Config.ErrorLog = log.New(io.Discard, "", 0)
	platform.Start()
	defer platform.Close()
	c := client(t, platform.URL)
	soak := func(d time.Duration) {
		end := time.Now().Add(d)
		var done sync.WaitGroup
		for w := range 64 {
			done.Go(func() {
				for i := w; time.Now().Before(end); i++ {
					requests.Add(1)
					if err := oneOf(t, c, i); err != nil {
						failures.Add(1)
					}
				}
			})
		}
		done.Wait()
		_ = c.Close()
		time.Sleep(6 * time.Second) // the server lets go of idle connections after five
	}
	total := soakTime(t)
	soak(total / 10)
	before := measure(t)
	soak(total - total/10)
	after := measure(t)
	if after.goroutines > before.goroutines+2 || after.files > before.files+2 || after.heap > before.heap+5<<20 {
		t.Errorf("before: %v; after: %v", before, after)
	}
	casebook.Report(t, "soak", casebook.Ours, "%v, %d calls, %d of them failed: %v before, %v after", total, requests.Load(), failures.Load(), before, after)
}

// oneOf makes a call, of another kind for every number.
func oneOf(t *testing.T, c *kneo.Client, i int) error {
	ctx := t.Context()
	var err error
	switch i % 4 {
	case 0:
		_, err = c.Platform.Runs.Create(ctx, kneo.RunCreateRequest{Input: "hi", Spec: agent, AsyncMode: true})
	case 1:
		_, err = c.Platform.Runs.Get(ctx, "r1")
	case 2:
		_, err = c.Platform.Runs.Cancel(ctx, "r1")
	case 3:
		_, err = c.Platform.Runs.WaitForCompletion(ctx, "r1")
	}
	return err
}
