package kneo_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

// agent is a spec with nothing but an agent; on a platform without a model it repeats its input.
var agent = map[string]any{"version": "v1", "agent": map[string]any{"name": "root"}}

func ExampleNewClient() {
	srv := kneotest.NewServer()
	defer srv.Close()

	client, err := kneo.NewClient(kneo.WithURL(srv.URL), kneo.WithAPIKey(srv.APIKey), kneo.WithUserAgent("report/1.0"))
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	fmt.Println(client.Check(context.Background()))
	// Output: <nil>
}

func ExampleRunsService_CreateAndWait() {
	srv := kneotest.NewServer()
	defer srv.Close()
	client := srv.Client()

	run, err := client.Platform.Runs.CreateAndWait(context.Background(), kneo.RunCreateRequest{Input: "hello world", Spec: agent},
		kneo.WithWaitTimeout(time.Minute))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(run.Status, run.OutputText, run.Err())
	// Output: completed Final answer: hello world <nil>
}

func ExampleRunsService_WaitForCompletion() {
	srv := kneotest.NewServer(kneotest.WithFunction("slow.step", func(ctx context.Context, in string) (string, error) {
		<-ctx.Done() // never ends by itself
		return in, ctx.Err()
	}))
	defer srv.Close()
	client := srv.Client()
	ctx := context.Background()

	created, err := client.Platform.Runs.Create(ctx, kneo.RunCreateRequest{AsyncMode: true, Spec: map[string]any{
		"version": "v1", "agent": map[string]any{"name": "root"},
		"components": map[string]any{"functions": map[string]any{"f": map[string]any{"implementation": "slow.step"}}},
		"workflow":   map[string]any{"type": "sequential", "name": "wf", "steps": []any{map[string]any{"id": "s", "kind": "function", "ref": "f"}}},
	}})
	if err != nil {
		log.Fatal(err)
	}
	_, err = client.Platform.Runs.WaitForCompletion(ctx, created.RunID, kneo.WithWaitTimeout(100*time.Millisecond))
	var timeout *kneo.WaitTimeoutError
	if errors.As(err, &timeout) {
		fmt.Println("it is still", timeout.Run.Status)
	}
	// Output: it is still running
}

func ExampleRunsService_Create_idempotent() {
	srv := kneotest.NewServer()
	defer srv.Close()
	client := srv.Client()

	// A key that is kept with the job finds the run again after a crash.
	job := kneo.WithIdempotencyKey("0b8f2d5c-93a4-4a5c-a6b8-6d8c4f1f1c11")
	req := kneo.RunCreateRequest{Input: "hello world", Spec: agent, AsyncMode: true}
	first, err := client.Platform.Runs.Create(context.Background(), req, job)
	if err != nil {
		log.Fatal(err)
	}
	second, err := client.Platform.Runs.Create(context.Background(), req, job)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(first.RunID == second.RunID)
	// Output: true
}

func ExampleRunsService_Trace() {
	srv := kneotest.NewServer()
	defer srv.Close()
	client := srv.Client()
	ctx := context.Background()

	created, err := client.Platform.Runs.Create(ctx, kneo.RunCreateRequest{Input: "hello world", Spec: agent})
	if err != nil {
		log.Fatal(err)
	}
	page, err := client.Platform.Runs.Trace(ctx, created.RunID, kneo.TraceParams{Limit: 20})
	if err != nil {
		log.Fatal(err)
	}
	for _, event := range page.Items {
		fmt.Println(event.Type, event.AgentName)
	}
	// Output:
	// run_started root
	// run_completed root
}

func ExampleError() {
	srv := kneotest.NewServer(kneotest.WithKey("look", "viewers-key", "viewer"))
	defer srv.Close()
	client := srv.Client(kneo.WithAPIKey("viewers-key"))

	_, err := client.Platform.Runs.Create(context.Background(), kneo.RunCreateRequest{Spec: agent})
	var e *kneo.Error
	if errors.Is(err, kneo.ErrForbidden) && errors.As(err, &e) {
		fmt.Println("the key lacks", e.Details.RequiredScope)
	}
	// Output: the key lacks runs:write
}

func ExampleWithResponse() {
	srv := kneotest.NewServer()
	defer srv.Close()
	client := srv.Client()

	var info *kneo.Response
	if _, err := client.Platform.Health.Healthz(context.Background(), kneo.WithRequestID("req-1"), kneo.WithResponse(&info)); err != nil {
		log.Fatal(err)
	}
	fmt.Println(info.StatusCode, info.RequestID, info.Attempts)
	// Output: 200 req-1 1
}

func ExampleClient_Request() {
	srv := kneotest.NewServer()
	defer srv.Close()
	client := srv.Client()

	var health struct{ Version string }
	if _, err := client.Request(context.Background(), "GET", "/v1/healthz", nil, &health); err != nil {
		log.Fatal(err)
	}
	fmt.Println(health.Version)
	// Output: 1.2.0
}

func ExampleClient_Raw() {
	srv := kneotest.NewServer()
	defer srv.Close()

	result, err := srv.Client().Raw().GetRunWithResponse(context.Background(), "no-such-run")
	if err != nil {
		log.Fatal(err) // nobody answered, or nobody who is the platform
	}
	fmt.Println(result.StatusCode(), result.JSON200 == nil)
	// Output: 404 true
}

func ExampleRunsService_WaitAll() {
	srv := kneotest.NewServer()
	defer srv.Close()
	client := srv.Client()
	ctx := context.Background()

	var ids []string
	for _, seconds := range []string{"0.6", "0.3", "0"} {
		created, err := client.Platform.Runs.Create(ctx, kneo.RunCreateRequest{Input: seconds, AsyncMode: true, Spec: map[string]any{
			"version": "v1", "agent": map[string]any{"name": "root"},
			"components": map[string]any{"functions": map[string]any{"f": map[string]any{"implementation": "kneo_fixture.sleep_input"}}},
			"workflow":   map[string]any{"type": "sequential", "name": "wf", "steps": []any{map[string]any{"id": "s", "kind": "function", "ref": "f"}}},
		}})
		if err != nil {
			log.Fatal(err)
		}
		ids = append(ids, created.RunID)
	}
	for run, err := range client.Platform.Runs.WaitAll(ctx, ids, kneo.WithWaitTimeout(time.Minute)) {
		if err != nil {
			fmt.Println(err) // names the run
			continue
		}
		fmt.Println(run.Status, "after", run.OutputText, "s")
	}
	// Output:
	// completed after 0 s
	// completed after 0.3 s
	// completed after 0.6 s
}

// A key is replaced while the program runs.
func ExampleClient_SetAPIKey() {
	srv := kneotest.NewServer(kneotest.WithKey("next", "the-next-key", "viewer"))
	defer srv.Close()
	client := srv.Client()

	if err := client.SetAPIKey("the-next-key"); err != nil {
		log.Fatal(err)
	}
	_, err := client.Platform.Runs.List(context.Background(), kneo.RunListParams{})
	fmt.Println(err, srv.Requests("ListRuns")[0].Principal)
	// Output: <nil> next
}
