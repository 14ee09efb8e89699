package kneo_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

// sleeper is a spec with a step that sleeps for as many seconds as the input says.
var sleeper = map[string]any{
	"version": "v1", "agent": map[string]any{"name": "root"},
	"components": map[string]any{"functions": map[string]any{"f": map[string]any{"implementation": "kneo_fixture.sleep_input"}}},
	"workflow":   map[string]any{"type": "sequential", "name": "wf", "steps": []any{map[string]any{"id": "s", "kind": "function", "ref": "f"}}},
}

// TestWaitAllThousand: the ends of a thousand runs are noticed soon, in their order, and with a tenth of the requests that as many
// waits for one run make.
func TestWaitAllThousand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := kneotest.NewServer(kneotest.WithoutSockets(), kneotest.WithCleanup(t))
		var requests, lists atomic.Int64
		transport := srv.Transport()
		c := srv.Client(kneo.WithHTTPClient(&http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			requests.Add(1)
			if r.URL.Path == "/kneotest/v1/runs" {
				lists.Add(1)
			}
			return transport.RoundTrip(r)
		})}))
		r := rand.New(rand.NewPCG(1, 2))
		ids, ends := make([]string, 1000), map[string]time.Time{}
		for i := range ids {
			length := time.Duration(500+r.IntN(19500)) * time.Millisecond
			created, err := c.Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{Input: fmt.Sprintf("%.3f", length.Seconds()), Spec: sleeper, AsyncMode: true})
			if err != nil {
				t.Fatal(err)
			}
			ids[i], ends[created.RunID] = created.RunID, time.Now().Add(length)
		}
		requests.Store(0)
		lists.Store(0)
		var late, worst time.Duration
		var last time.Time
		n := 0
		for run, err := range c.Platform.Runs.WaitAll(context.Background(), ids) {
			if err != nil {
				t.Fatal(err)
			}
			n++
			d := time.Since(ends[run.RunID])
			late += d
			worst = max(worst, d)
			if back := last.Sub(ends[run.RunID]); back > time.Second {
				t.Errorf("a run that ended %v before the one given last", back)
			}
			last = ends[run.RunID]
		}
		mean := late / time.Duration(n)
		t.Logf("mean %v, worst %v late, %d requests, of which %d lists", mean, worst, requests.Load(), lists.Load())
		// A wait for one of them takes 46 requests on the average.
		if n != len(ids) || mean > 500*time.Millisecond || worst > 4*time.Second || requests.Load() > 4600 {
			t.Errorf("%d runs, ends noticed %v late, %v at the worst, after %d requests", n, mean, worst, requests.Load())
		}
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
