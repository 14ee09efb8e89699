package kneotest_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

var root = map[string]any{"version": "v1", "agent": map[string]any{"name": "root"}}

// A run that fails after two steps, whatever its spec says.
func ExampleWithScript() {
	srv := kneotest.NewServer(kneotest.WithScript(func(req kneo.RunCreateRequest) *kneotest.Script {
		if req.Input != "unlucky" {
			return nil // its spec is run
		}
		return &kneotest.Script{Steps: []kneotest.ScriptStep{
			{ID: "fetch", Takes: 10 * time.Millisecond},
			{ID: "draft", Output: "half a report"},
			{ID: "check", Err: &kneotest.StepError{Type: "RuntimeError", Message: "no more paper"}},
		}}
	}))
	defer srv.Close()

	run, err := srv.Client().Platform.Runs.CreateAndWait(context.Background(), kneo.RunCreateRequest{Input: "unlucky", Spec: root})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(run.Status, run.VisitedSteps, run.Error.Message)
	// Output: failed [fetch draft] no more paper
}

// A human task that nobody decides in time.
func ExampleWithClock() {
	clock := kneotest.NewClock(time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC))
	srv := kneotest.NewServer(kneotest.WithClock(clock), kneotest.WithScript(func(kneo.RunCreateRequest) *kneotest.Script {
		return &kneotest.Script{Steps: []kneotest.ScriptStep{{Human: &kneotest.HumanGate{Title: "Publish?", Timeout: time.Hour}}, {Output: "published"}}}
	}))
	defer srv.Close()
	ctx, runs := context.Background(), srv.Client().Platform.Runs

	run, err := runs.CreateAndWait(ctx, kneo.RunCreateRequest{Input: "text"}, kneo.WithTerminalStatuses(kneo.RunBlocked))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(run.Status)
	clock.Advance(2 * time.Hour)
	fmt.Println(srv.PruneExpiredHumanTasks(), "expired")
	if run, err = runs.Get(ctx, run.RunID); err != nil {
		log.Fatal(err)
	}
	fmt.Println(run.Status, run.Error.Message)
	// Output:
	// blocked
	// 1 expired
	// expired Human task did not complete within 3600s timeout.
}

// A run that takes an hour, in no time.
func ExampleClock_AwaitSleepers() {
	clock := kneotest.NewClock(time.Now())
	srv := kneotest.NewServer(kneotest.WithClock(clock), kneotest.WithFunction("night.job", func(ctx context.Context, in string) (string, error) {
		return in + " done", kneotest.Sleep(ctx, time.Hour)
	}))
	defer srv.Close()
	ctx, runs := context.Background(), srv.Client().Platform.Runs

	created, err := runs.Create(ctx, kneo.RunCreateRequest{Input: "backup", AsyncMode: true, Spec: map[string]any{
		"version": "v1", "agent": map[string]any{"name": "root"},
		"components": map[string]any{"functions": map[string]any{"job": map[string]any{"implementation": "night.job"}}},
		"workflow":   map[string]any{"type": "sequential", "steps": []any{map[string]any{"id": "s", "kind": "function", "ref": "job"}}},
	}})
	if err != nil {
		log.Fatal(err)
	}
	if err := clock.AwaitSleepers(ctx, 1); err != nil {
		log.Fatal(err)
	}
	clock.Advance(time.Hour)
	run, err := runs.WaitForCompletion(ctx, created.RunID)
	fmt.Println(run.OutputText, err)
	// Output: backup done <nil>
}

func ExampleServer_PruneTimedOutRuns() {
	srv := kneotest.NewServer()
	defer srv.Close()
	id := srv.AddRuns(kneotest.PresetRun{Status: kneo.RunRunning, Deadline: time.Now().Add(-time.Minute)})[0]

	fmt.Println(srv.PruneTimedOutRuns(), "timed out")
	run, err := srv.Client().Platform.Runs.Get(context.Background(), id)
	fmt.Println(run.Status, err)
	// Output:
	// 1 timed out
	// timed_out <nil>
}

func ExampleServer_PruneRetention() {
	srv := kneotest.NewServer()
	defer srv.Close()
	srv.AddRuns(kneotest.PresetRun{CreatedAt: time.Now().AddDate(0, -1, 0)}, kneotest.PresetRun{CreatedAt: time.Now()})

	runs, _, _ := srv.PruneRetention(kneotest.Retention{Runs: 7 * 24 * time.Hour})
	fmt.Println(runs, "forgotten")
	// Output: 1 forgotten
}

func ExampleWithoutSockets() {
	srv := kneotest.NewServer(kneotest.WithoutSockets())
	defer srv.Close()
	fmt.Println(srv.Client().Check(context.Background()))
	// Output: <nil>
}

func ExampleWithAPIKey() {
	srv := kneotest.NewServer(kneotest.WithAPIKey("the-key-of-the-fixture"))
	defer srv.Close()
	fmt.Println(srv.APIKey)
	// Output: the-key-of-the-fixture
}

func ExampleWithSkill() {
	srv := kneotest.NewServer(kneotest.WithSkill("invoices", "How to write invoices", ".agents/skills/invoices"))
	defer srv.Close()
	page, err := srv.Client().Agent.Skills.List(context.Background(), kneo.SkillListParams{})
	fmt.Println(page.Items[0].Name, err)
	// Output: invoices <nil>
}

func ExampleWithCredential() {
	srv := kneotest.NewServer(kneotest.WithCredential("OPENAI_API_KEY"))
	defer srv.Close()
	list, err := srv.Client().Platform.Credentials.List(context.Background(), kneo.CredentialListParams{})
	fmt.Println(list.Providers["openai"].Present, err)
	// Output: true <nil>
}
