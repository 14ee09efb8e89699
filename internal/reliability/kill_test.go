//go:build reliability

package reliability

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/kneo-agent/kneo-client-go/internal/faulttest"
	"github.com/kneo-agent/kneo-client-go/internal/reliability/task"
	"github.com/kneo-agent/kneo-client-go/kneo"
)

// TestKill9 kills the real server in the middle of 300 creates, and starts it again on its data. Nobody tells the clients.
//
// The server remembers an idempotency key only when it has dispatched the run. What it has dispatched, but not remembered, when it is
// killed, a retry dispatches again: such a double is nothing that a client can prevent. It is known by its time, and counted by itself.
func TestKill9(t *testing.T) {
	compare(t, "kill-9", func(t *testing.T, s *subject) string {
		// The calls in flight are broken off, and with them often their first repetitions, which get into the queue of the dying
		// process: of the budget's 20 retries, two each.
		const creates, width = 300, 8
		// What was at work at the crash stays locked, by default for 300 seconds: the client waits as long, the test does not.
		server := start(t, "KNEO_SERV_IDEMPOTENCY_LOCK_TTL_SECONDS=5")
		look := client(t, server.URL)
		var killed time.Time
		var away time.Duration
		crashed := make(chan struct{})
		go func() {
			defer close(crashed)
			for {
				if runs, err := look.Platform.Runs.List(t.Context(), kneo.RunListParams{Limit: 1000}); err != nil || len(runs.Items) >= creates/3 {
					break
				}
			}
			killed = time.Now()
			server.Kill()
			if err := server.Restart(t.Context()); err != nil {
				t.Error(err)
			}
			away = time.Since(killed)
		}()
		h := s.run(t, task.Task{URL: server.URL, APIKey: adminKey, Ops: []string{"create"}, Keys: keys(creates), Wide: width}).History
		<-crashed
		runs := held(t, look)
		doubles := setDoublesAside(t, look, runs, h, killed)
		s.exactly(t, h, runs)
		return fmt.Sprintf("%s (%d doubles in the server's gap), server away for %.1f s", created(h, runs, h.Attempts()), doubles, away.Seconds())
	})
}

// setDoublesAside takes the runs out that were dispatched just before the server was killed, and dispatched again after it; of each
// pair it leaves the one that the call returned. It returns how many there are.
func setDoublesAside(t *testing.T, look *kneo.Client, runs map[string][]string, h faulttest.History, killed time.Time) (doubles int) {
	t.Helper()
	before := map[string]bool{}
	for row, err := range look.Platform.Runs.All(t.Context(), kneo.RunListParams{Limit: 1000}) {
		if err != nil {
			t.Fatal(err)
		}
		before[row.RunID] = row.CreatedAt.Before(killed)
	}
	for _, c := range h {
		pair := runs[c.Key]
		if len(pair) == 2 && slices.Contains(pair, c.RunID) && before[pair[0]] != before[pair[1]] {
			doubles++
			runs[c.Key] = []string{c.RunID}
		}
	}
	return doubles
}
