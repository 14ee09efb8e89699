package kneo_test

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

// lossy loses one create in five: before it has its effect, after it, or half way through the answer. What it does to an attempt
// depends on nothing but key and number, so that every run of the test is the same.
func lossy() kneotest.Effect {
	var mu sync.Mutex
	tries := map[string]int{}
	return func(platform http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			key := r.Header.Get("Idempotency-Key")
			mu.Lock()
			tries[key]++
			hash := sha256.Sum256(fmt.Appendf(nil, "%s/%d", key, tries[key]))
			mu.Unlock()
			effect := kneotest.Effects()
			switch binary.BigEndian.Uint32(hash[:]) % 20 {
			case 0, 1:
				effect = kneotest.ResetBefore()
			case 2:
				effect = kneotest.ResetAfter()
			case 3:
				effect = kneotest.HalfBody()
			}
			effect(platform).ServeHTTP(w, r)
		})
	}
}

// TestExactlyOnce: however many answers get lost, every create that returns has one run, there are no others, and the client
// knows how many requests it has made.
func TestExactlyOnce(t *testing.T) {
	const workers, each = 32, 50
	srv := kneotest.NewServer(kneotest.WithCleanup(t), kneotest.WithFault(kneotest.Fault{Operation: "CreateRun", Effect: lossy()}))
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
	for run, err := range srv.Client().Platform.Runs.All(t.Context(), kneo.RunListParams{Limit: 1000}) {
		if err != nil {
			t.Fatal(err)
		}
		if _, known := ids.Load(run.RunID); !known {
			t.Errorf("nobody knows of run %s", run.RunID)
		}
		runs++
	}
	if sent := int64(srv.Calls("CreateRun")); runs != workers*each || sent != attempts.Load() || sent < workers*each*110/100 || sent > workers*each*130/100 {
		t.Errorf("%d runs for %d creates, in %d requests of which the client knows %d", runs, workers*each, sent, attempts.Load())
	}
}
