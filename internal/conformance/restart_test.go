//go:build platform

package conformance

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/kneo-agent/kneo-client-go/internal/realplatform"
	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/profiles"
)

const (
	// outage is how long the server is away: longer than a lease, and than looks are apart.
	outage = 10 * time.Second

	// restartPatience is how long a wait may take, from before the outage to its end: seconds, but minutes on a machine that is busy.
	restartPatience = 5 * time.Minute
)

// TestPlatformRestart kills the real server in the middle of runs and starts it again on its data. The platform then runs them
// again, and waits that began before notice nothing of it but the time. They share one outage.
func TestPlatformRestart(t *testing.T) {
	r := startRestarting(t)
	waits := []interruptedWait{r.waitForOne(t), r.tail(t), r.waitForMany(t)}
	r.open(t)
	time.Sleep(3 * time.Second)
	for _, w := range waits {
		select {
		case <-w.done:
			t.Errorf("%s was over before the server was killed", w.name)
		default:
		}
	}
	r.crash(t)
	for _, w := range waits {
		t.Run(w.name, func(t *testing.T) {
			<-w.done
			w.check(t)
		})
	}
}

// interruptedWait is a wait that the outage falls into.
type interruptedWait struct {
	name  string
	done  chan struct{}
	check func(t *testing.T) // when it is done
}

// interrupt begins a wait.
func interrupt(name string, wait func(), check func(*testing.T)) interruptedWait {
	w := interruptedWait{name, make(chan struct{}), check}
	go func() {
		defer close(w.done)
		wait()
	}()
	return w
}

// restarting is a real server that is going to be killed, and its client.
type restarting struct {
	server *realplatform.Server
	client *kneo.Client
	gate   string // the file that steps wait for: making so many runs takes longer than some of them are to
}

// gatedSleep is the server's step function.
const gatedSleep = `
import os, time

def sleep_input(text):
    while not os.path.exists(%q):
        time.sleep(0.1)
    time.sleep(float(text))
    return text
`

func startRestarting(t *testing.T) *restarting {
	t.Helper()
	functions := t.TempDir()
	gate := filepath.Join(functions, "open")
	if err := os.WriteFile(filepath.Join(functions, "kneo_fixture.py"), fmt.Appendf(nil, gatedSleep, gate), 0o600); err != nil {
		t.Fatal(err)
	}
	srv, err := realplatform.Start(t.Context(), realplatform.Options{AdminKey: "admin-key", PythonPath: functions, Env: []string{
		"KNEO_SERV_WORKER_IDLE_POLL_SECONDS=0.05", "KNEO_SERV_WORKER_CONCURRENCY=64", "KNEO_SERV_WORKER_LEASE_SECONDS=6",
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := srv.Stop(); err != nil {
			t.Error(err)
		}
	})
	c, err := kneo.NewClient(kneo.WithResolvedProfile(profiles.Profile{Name: "real", URL: srv.URL, APIKey: profiles.NewSecret("admin-key")}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return &restarting{srv, c, gate}
}

// open lets the steps begin.
func (r *restarting) open(t *testing.T) {
	t.Helper()
	if err := os.WriteFile(r.gate, nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

// crash kills the server and, after the outage, starts it again at the same address and on the same data.
func (r *restarting) crash(t *testing.T) {
	t.Helper()
	r.server.Kill()
	time.Sleep(outage)
	if err := r.server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// begin makes a run of so many steps that take these seconds each.
func (r *restarting) begin(t *testing.T, seconds string, count int) (id string) {
	t.Helper()
	created, err := r.client.Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{
		Input: seconds, AsyncMode: true, Spec: steps(slices.Repeat([]string{"kneo_fixture.sleep_input"}, count)...),
	})
	if err != nil {
		t.Fatal(err)
	}
	return created.RunID
}

// waitForOne waits for a run that is at work when the server dies.
func (r *restarting) waitForOne(t *testing.T) interruptedWait {
	id := r.begin(t, "5", 1)
	var run *kneo.Run
	var err error
	failed := 0
	return interrupt("WaitForCompletion", func() {
		run, err = r.client.Platform.Runs.WaitForCompletion(t.Context(), id, kneo.WithWaitTimeout(restartPatience), kneo.WithProgress(func(u kneo.WaitUpdate) {
			if u.Err != nil {
				failed++
			}
		}))
	}, func(t *testing.T) {
		if err != nil || run.RunID != id {
			t.Fatalf("%+v, %v", run, err)
		}
		// It has completed, but for a server that was so busy that it lost the lease of the run, which it then cancels.
		now, err := r.client.Platform.Runs.Get(t.Context(), id)
		if err != nil || run.Status != now.Status || run.Status == kneo.RunCompleted && run.OutputText != "5" || run.Status != kneo.RunCompleted && run.Status != kneo.RunCancelled {
			t.Errorf("given %+v, now it is %+v, %v", run, now, err)
		}
		if failed == 0 {
			t.Error("no look fell into the outage")
		}
	})
}

// tail follows the trace of a run some of whose steps are done when the server dies.
func (r *restarting) tail(t *testing.T) interruptedWait {
	id := r.begin(t, "1", 5)
	var got []string
	var err error
	return interrupt("TailTrace", func() {
		for event, failed := range r.client.Platform.Runs.TailTrace(t.Context(), id, kneo.WithWaitTimeout(restartPatience)) {
			if err = failed; err != nil {
				return
			}
			got = append(got, event.EventID)
		}
	}, func(t *testing.T) {
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for event, err := range r.client.Platform.Runs.TraceAll(t.Context(), id, kneo.TraceParams{}) {
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, event.EventID)
		}
		if len(want) == 0 || !slices.Equal(got, want) {
			t.Errorf("given %v,\nthe trace has %v", got, want)
		}
	})
}
