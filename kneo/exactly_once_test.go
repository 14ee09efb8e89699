package kneo_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

// TestExactlyOnce: however many answers get lost, every create that returns has one run, there are no others, and the client
// knows how many requests it has made. One create in five is lost: before it has its effect, after it, or half way through the answer.
func TestExactlyOnce(t *testing.T) {
	const workers, each = 32, 50
	srv := kneotest.NewServer(kneotest.WithCleanup(t),
		kneotest.WithFault(kneotest.Fault{Operation: "CreateRun", Share: 0.1, Seed: 1, Effect: kneotest.ResetBefore()}),
		kneotest.WithFault(kneotest.Fault{Operation: "CreateRun", Share: 0.05, Seed: 2, Effect: kneotest.ResetAfter()}),
		kneotest.WithFault(kneotest.Fault{Operation: "CreateRun", Share: 0.05, Seed: 3, Effect: kneotest.HalfBody()}),
	)
	client := srv.Client()
	var attempts atomic.Int64
	var ids sync.Map
	var done sync.WaitGroup
	for w := range workers {
		done.Go(func() {
			for i := range each {
				var info *kneo.Response
				run, err := client.Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{Input: fmt.Sprint(w, i), Spec: agent, AsyncMode: true},
					kneo.WithIdempotencyKey(fmt.Sprintf("create-%d-%d", w, i)), kneo.WithResponse(&info))
				attempts.Add(int64(info.Attempts))
				if err != nil {
					t.Error(err)
					continue
				}
				if _, twice := ids.LoadOrStore(run.RunID, true); twice {
					t.Errorf("two creates gave run %s", run.RunID)
				}
			}
		})
	}
	done.Wait()
	runs := 0
	for run, err := range client.Platform.Runs.All(t.Context(), kneo.RunListParams{Limit: 1000}) {
		if err != nil {
			t.Fatal(err)
		}
		if _, known := ids.Load(run.RunID); !known {
			t.Errorf("nobody knows of run %s", run.RunID)
		}
		runs++
	}
	lost := 0
	for _, r := range srv.Requests("CreateRun") {
		if r.Fault {
			lost++
		}
	}
	sent := srv.Calls("CreateRun")
	if runs != workers*each || int64(sent) != attempts.Load() || sent > workers*each*130/100 || lost < workers*each/10 {
		t.Errorf("%d runs for %d creates, in %d requests, %d of them lost, of which the client knows %d", runs, workers*each, sent, lost, attempts.Load())
	}
}
