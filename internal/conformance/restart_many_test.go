//go:build platform

package conformance

import (
	"slices"
	"testing"

	"github.com/kneo-agent/kneo-client-go/kneo"
)

// waitForMany waits for more runs than the server does at once: some are done when it dies, some at work, some queued.
func (r *restarting) waitForMany(t *testing.T) interruptedWait {
	ids := make([]string, 200)
	for i := range ids {
		ids[i] = r.begin(t, "2", 1)
	}
	given := map[string][]kneo.RunStatus{}
	var err error
	return interrupt("WaitAll", func() {
		for run, failed := range r.client.Platform.Runs.WaitAll(t.Context(), ids, kneo.WithWaitTimeout(restartPatience)) {
			if err = failed; err != nil {
				return
			}
			given[run.RunID] = append(given[run.RunID], run.Status)
		}
	}, func(t *testing.T) {
		if err != nil || len(given) != len(ids) {
			t.Fatalf("%d of %d given, %v", len(given), len(ids), err)
		}
		completed := 0
		for _, id := range ids {
			// Not all have completed: a server that is busy can lose the lease of a run that it took up again, and cancels it.
			now, err := r.client.Platform.Runs.Get(t.Context(), id)
			if err != nil || !now.Status.Terminal() || !slices.Equal(given[id], []kneo.RunStatus{now.Status}) {
				t.Errorf("run %s was given as %v, and is %+v, %v", id, given[id], now, err)
			}
			if err == nil && now.Status == kneo.RunCompleted {
				completed++
			}
		}
		if completed < len(ids)/2 {
			t.Errorf("only %d have completed", completed)
		}
	})
}
