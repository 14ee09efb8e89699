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
	given := map[string]int{}
	var statuses []kneo.RunStatus
	var err error
	return interrupt("WaitAll", func() {
		for run, failed := range r.client.Platform.Runs.WaitAll(t.Context(), ids, kneo.WithWaitTimeout(restartPatience)) {
			if err = failed; err != nil {
				return
			}
			given[run.RunID]++
			statuses = append(statuses, run.Status)
		}
	}, func(t *testing.T) {
		if err != nil || len(statuses) != len(ids) {
			t.Fatalf("%d of %d given, %v", len(statuses), len(ids), err)
		}
		for _, id := range ids {
			if given[id] != 1 {
				t.Errorf("run %s was given %d times", id, given[id])
			}
		}
		if slices.ContainsFunc(statuses, func(s kneo.RunStatus) bool { return s != kneo.RunCompleted }) {
			t.Errorf("%v", statuses)
		}
	})
}
