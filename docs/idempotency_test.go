package docs_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

func Example_lostAnswer() {
	srv := kneotest.NewServer()
	defer srv.Close()
	srv.Inject(kneotest.Fault{Operation: "CreateRun", Count: 1, Effect: kneotest.ResetAfter()})
	playOn(srv, func(ctx context.Context, client *kneo.Client) error {
		//docs:show
		var info *kneo.Response
		created, err := client.Platform.Runs.Create(ctx, kneo.RunCreateRequest{Input: "hello", Spec: spec, AsyncMode: true},
			kneo.WithResponse(&info))
		if err != nil {
			return err
		}
		fmt.Println(created.Status, "after", info.Attempts, "attempts under one key")
		page, err := client.Platform.Runs.List(ctx, kneo.RunListParams{})
		if err != nil {
			return err
		}
		fmt.Println(page.Total, "run")
		//docs:hide
		return nil
	})
	// Output:
	// running after 2 attempts under one key
	// 1 run
}

func Example_jobKey() {
	srv := kneotest.NewServer()
	defer srv.Close()
	playOn(srv, func(ctx context.Context, client *kneo.Client) error {
		job := struct{ Key, Input string }{"5b1c9c6e-0d5b-4d5c-9d3a-6a8f0f2f7a10", "hello"}
		//docs:show
		// job.Key came from uuid.NewString, and was stored together with the job before anything was sent.
		created, err := client.Platform.Runs.Create(ctx, kneo.RunCreateRequest{Input: job.Input, Spec: spec, AsyncMode: true},
			kneo.WithIdempotencyKey(job.Key))
		if err != nil {
			return err
		}
		run, err := client.Platform.Runs.WaitForCompletion(ctx, created.RunID) // not created.Status, which may be old
		//docs:hide
		if err != nil {
			return err
		}
		again, err := client.Platform.Runs.Create(ctx, kneo.RunCreateRequest{Input: job.Input, Spec: spec, AsyncMode: true},
			kneo.WithIdempotencyKey(job.Key))
		if err != nil {
			return err
		}
		fmt.Println(run.Status, again.Status, again.RunID == created.RunID)
		return nil
	})
	// Output: completed running true
}

func Example_keyMismatch() {
	play(func(ctx context.Context, client *kneo.Client) error {
		job := kneo.WithIdempotencyKey("5b1c9c6e-0d5b-4d5c-9d3a-6a8f0f2f7a10")
		if _, err := client.Platform.Runs.Create(ctx, kneo.RunCreateRequest{Input: "hello", Spec: spec, AsyncMode: true}, job); err != nil {
			return err
		}
		//docs:show
		_, err := client.Platform.Runs.Create(ctx, kneo.RunCreateRequest{Input: "something else", Spec: spec, AsyncMode: true}, job)
		fmt.Println(errors.Is(err, kneo.ErrIdempotencyMismatch))
		//docs:hide
		return nil
	})
	// Output: true
}

func Example_outcome() {
	srv := kneotest.NewServer()
	defer srv.Close()
	srv.Inject(kneotest.Fault{Operation: "CreateRun", Count: 1, Effect: kneotest.ResetAfter()})
	playOn(srv, func(ctx context.Context, client *kneo.Client) error {
		req := kneo.RunCreateRequest{Input: "hello", Spec: spec, AsyncMode: true}
		//docs:show
		created, err := client.Platform.Runs.Create(ctx, req, kneo.WithCallRetry(kneo.RetryPolicy{MaxAttempts: 1}))
		var lost *kneo.NetworkError
		if errors.As(err, &lost) && lost.Outcome == kneo.OutcomeUnknown {
			// There may be a run. The same request with the same key finds it or creates it.
			created, err = client.Platform.Runs.Create(ctx, req, kneo.WithIdempotencyKey(lost.IdempotencyKey))
		}
		//docs:hide
		if err != nil {
			return err
		}
		page, err := client.Platform.Runs.List(ctx, kneo.RunListParams{})
		if err != nil {
			return err
		}
		fmt.Println(created.RunID == page.Items[0].RunID, page.Total)
		return nil
	})
	// Output: true 1
}

func Example_retryPolicy() {
	srv := kneotest.NewServer()
	defer srv.Close()
	//docs:show
	patient := kneo.WithRetryPolicy(kneo.RetryPolicy{MaxAttempts: 12, MaxDelay: 10 * time.Second}) // for NewClient: all its calls
	once := kneo.WithCallRetry(kneo.RetryPolicy{MaxAttempts: 1})                                   // for one call
	//docs:hide
	srv.Inject(kneotest.Fault{Operation: "ListSkills", Effect: kneotest.Answer(http.StatusServiceUnavailable, 0)})
	playOn(srv, func(ctx context.Context, client *kneo.Client) error {
		_, err := client.Agent.Skills.List(ctx, kneo.SkillListParams{}, once)
		fmt.Println(errors.Is(err, kneo.ErrUnavailable), srv.Calls("ListSkills"))
		return nil
	}, patient)
	// Output: true 1
}

func Example_deadline() {
	play(func(ctx context.Context, client *kneo.Client) error {
		id := "no-such-run"
		//docs:show
		ctx, cancel := context.WithTimeout(ctx, 20*time.Second) // the whole call, including retries and pauses
		defer cancel()
		run, err := client.Platform.Runs.Get(ctx, id, kneo.WithCallTimeout(5*time.Second)) // each attempt
		//docs:hide
		fmt.Println(run == nil, errors.Is(err, kneo.ErrNotFound))
		return nil
	})
	// Output: true true
}
