package kneotest_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
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

// TestEveryOptionHasAnExample, and every function of the server that a test may call.
func TestEveryOptionHasAnExample(t *testing.T) {
	var code, examples strings.Builder
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(file, "_test.go") {
			examples.Write(text)
		} else {
			code.Write(text)
		}
	}
	options := regexp.MustCompile(`(?m)^func (With\w+)\(.*\) Option \{`).FindAllStringSubmatch(code.String(), -1)
	if len(options) < 10 {
		t.Fatalf("only %d options found", len(options))
	}
	for _, option := range options {
		if !strings.Contains(examples.String(), "func Example"+option[1]+"()") {
			t.Errorf("%s has no example", option[1])
		}
	}
}
