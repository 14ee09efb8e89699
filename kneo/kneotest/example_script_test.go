package kneotest_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
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

// The answer to a create is lost; the client asks again under its key, and there is one run.
func ExampleWithFault() {
	srv := kneotest.NewServer(kneotest.WithFault(kneotest.Fault{Operation: "CreateRun", Count: 1, Effect: kneotest.ResetAfter()}))
	defer srv.Close()
	ctx, c := context.Background(), srv.Client()

	if _, err := c.Platform.Runs.Create(ctx, kneo.RunCreateRequest{Input: "hi", Spec: root}); err != nil {
		log.Fatal(err)
	}
	page, err := c.Platform.Runs.List(ctx, kneo.RunListParams{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(srv.Calls("CreateRun"), "calls,", page.Total, "run")
	// Output: 2 calls, 1 run
}

func ExampleServer_Inject() {
	srv := kneotest.NewServer()
	defer srv.Close()
	c := srv.Client(kneo.WithRetryPolicy(kneo.RetryPolicy{MaxAttempts: 1}))

	remove := srv.Inject(kneotest.Fault{Effect: kneotest.Answer(http.StatusServiceUnavailable, 5*time.Second)})
	_, err := c.Platform.Runs.List(context.Background(), kneo.RunListParams{})
	fmt.Println(errors.Is(err, kneo.ErrUnavailable))
	remove()
	_, err = c.Platform.Runs.List(context.Background(), kneo.RunListParams{})
	fmt.Println(err)
	// Output:
	// true
	// <nil>
}

// A third of the calls are slow, and of those every body comes by half.
func ExampleEffects() {
	srv := kneotest.NewServer(kneotest.WithFault(kneotest.Fault{
		Share: 0.33, Seed: 1, Effect: kneotest.Effects(kneotest.Latency(5*time.Millisecond), kneotest.HalfBody()),
	}))
	defer srv.Close()
	for range 10 {
		if _, err := srv.Client().Platform.Runs.List(context.Background(), kneo.RunListParams{}); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Println(srv.Calls("ListRuns") > 10)
	// Output: true
}

func ExampleServer_Requests() {
	srv := kneotest.NewServer()
	defer srv.Close()
	if _, err := srv.Client().Platform.Runs.Create(context.Background(), kneo.RunCreateRequest{Input: "hi", Spec: root}, kneo.WithIdempotencyKey("order-7")); err != nil {
		log.Fatal(err)
	}
	for _, r := range srv.Requests("CreateRun") {
		fmt.Println(r.Method, r.Path, r.Status, r.IdempotencyKey)
	}
	// Output: POST /v1/runs 200 order-7
}

func ExampleWithoutSockets() {
	srv := kneotest.NewServer(kneotest.WithoutSockets())
	defer srv.Close()
	client, err := kneo.NewClient(kneo.WithURL(srv.URL), kneo.WithAPIKey(srv.APIKey), kneo.WithHTTPClient(&http.Client{Transport: srv.Transport()}))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(client.Check(context.Background()))
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

// at collects what a *testing.T would do at the end of its test.
type at struct{ end []func() }

func (t *at) Cleanup(f func()) { t.end = append(t.end, f) }

// In a test, t is the *testing.T.
func ExampleWithCleanup() {
	t := new(at)
	srv := kneotest.NewServer(kneotest.WithCleanup(t))
	c := srv.Client(kneo.WithRetryPolicy(kneo.RetryPolicy{MaxAttempts: 1}))

	_, err := c.Platform.Health.Livez(context.Background())
	fmt.Println(err)
	t.end[0]() // which closes the server
	_, err = c.Platform.Health.Livez(context.Background())
	fmt.Println(err != nil)
	// Output:
	// <nil>
	// true
}
