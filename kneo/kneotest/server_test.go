package kneotest_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

// TestManyRunsAtOnce: a thousand runs at once, of which some are cancelled and some decided while they are at work.
func TestManyRunsAtOnce(t *testing.T) {
	srv := kneotest.NewServer(kneotest.WithCleanup(t), kneotest.WithoutSockets(), kneotest.WithScript(func(req kneo.RunCreateRequest) *kneotest.Script {
		steps := []kneotest.ScriptStep{{Takes: time.Millisecond}, {Takes: time.Millisecond}, {Output: "done"}}
		if strings.HasSuffix(req.Input, "3") {
			steps[1] = kneotest.ScriptStep{Human: &kneotest.HumanGate{Title: "Sure?"}}
		}
		return &kneotest.Script{Steps: steps}
	}))
	c := srv.Client()
	var all sync.WaitGroup
	for i := range 1000 {
		all.Go(func() {
			cancelled := i%10 == 7
			run, err := c.Platform.Runs.CreateAndWait(t.Context(), kneo.RunCreateRequest{Input: fmt.Sprint(i)}, kneo.WithProgress(func(u kneo.WaitUpdate) {
				if cancelled && u.Polls == 1 && u.Run != nil {
					_, _ = c.Platform.Runs.Cancel(t.Context(), u.Run.RunID)
				}
			}), kneo.WithPollInterval(500*time.Millisecond), kneo.WithOnBlocked(func(ctx context.Context, run *kneo.Run) error {
				_, err := c.Platform.HumanTasks.Resume(ctx, run.ContinuationID, kneo.HumanResumeRequest{RequestID: "q", Decision: kneo.DecisionApproved})
				return err
			}))
			if err != nil || run.Status != kneo.RunCompleted && !cancelled {
				t.Errorf("run %d: %+v, %v", i, run, err)
			}
		})
	}
	all.Wait()
	page, err := c.Platform.Runs.List(t.Context(), kneo.RunListParams{Limit: 1})
	if err != nil || page.Total != 1000 {
		t.Errorf("%+v, %v", page, err)
	}
}

// TestNothingIsLeft: a closed server has no goroutines, whatever was going on.
func TestNothingIsLeft(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 10 {
		srv := kneotest.NewServer(
			kneotest.WithScript(func(kneo.RunCreateRequest) *kneotest.Script {
				return &kneotest.Script{Steps: []kneotest.ScriptStep{{Takes: time.Hour}}}
			}),
			kneotest.WithFault(kneotest.Fault{Operation: "Livez", Effect: kneotest.Latency(time.Hour)}),
		)
		c := srv.Client()
		create(t, c)
		late := make(chan error)
		go func() {
			_, err := c.Platform.Health.Livez(t.Context())
			late <- err
		}()
		for srv.Calls("Livez") == 0 {
			time.Sleep(time.Millisecond)
		}
		srv.Close()
		srv.Close()
		if err := <-late; err == nil {
			t.Error("a call of a closed server was answered")
		}
		_ = c.Close()
	}
	for deadline := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d goroutines, %d before\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
		}
	}
}

// failedTest is a test that has failed.
type failedTest struct {
	cleanups []func()
	text     strings.Builder
}

func (l *failedTest) Cleanup(f func())                { l.cleanups = append(l.cleanups, f) }
func (*failedTest) Failed() bool                      { return true }
func (l *failedTest) Logf(format string, args ...any) { fmt.Fprintf(&l.text, format, args...) }

// TestFailedTestsTell: a test that has failed logs what was called, without the key.
func TestFailedTestsTell(t *testing.T) {
	var l failedTest
	srv := kneotest.NewServer(kneotest.WithCleanup(&l), kneotest.WithFault(kneotest.Fault{Count: 1, Effect: kneotest.ResetAfter()}))
	c := srv.Client()
	if _, err := c.Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{Input: "hi", Spec: map[string]any{"version": "v1", "agent": map[string]any{"name": "root"}}}, kneo.WithIdempotencyKey("key-1")); err != nil {
		t.Fatal(err)
	}
	for i := len(l.cleanups) - 1; i >= 0; i-- {
		l.cleanups[i]()
	}
	text := l.text.String()
	for _, want := range []string{"2 of 2 requests", "POST /v1/runs -> 0 (no answer) (fault)", "POST /v1/runs -> 200", "key key-1"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not told: %s", want, text)
		}
	}
	if strings.Contains(text, srv.APIKey) {
		t.Error("the key is told")
	}
}
