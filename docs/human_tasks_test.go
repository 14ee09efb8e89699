package docs_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

// release is a workflow in which a person decides.
func release() map[string]any {
	spec := workflow("release", "string.capwords", "human", "html.escape")
	spec["components"].(map[string]any)["humans"] = map[string]any{
		"human": map[string]any{"description": "Ship it?", "request_type": "selection", "options": []any{"ship it", "hold it"}, "timeout_seconds": 3600},
	}
	return spec
}

// waiting makes a run of release that waits for its decision.
func waiting(ctx context.Context, client *kneo.Client) (*kneo.Run, error) {
	return client.Platform.Runs.CreateAndWait(ctx, kneo.RunCreateRequest{Input: "release notes", Spec: release()}, kneo.WithTerminalStatuses(kneo.RunBlocked))
}

func Example_decide() {
	play(func(ctx context.Context, client *kneo.Client) error {
		req := kneo.RunCreateRequest{Input: "release notes", Spec: release()}
		//docs:show
		run, err := client.Platform.Runs.CreateAndWait(ctx, req, kneo.WithTerminalStatuses(kneo.RunBlocked))
		if err != nil {
			return err
		}
		if run.Status == kneo.RunBlocked {
			fmt.Println(run.PendingHumanRequest.Prompt, run.PendingHumanRequest.Options)
			resumed, err := client.Platform.HumanTasks.Resume(ctx, run.ContinuationID, kneo.Select("ship it"))
			if err != nil {
				return err
			}
			fmt.Println(resumed.Status, resumed.OutputText)
		}
		//docs:hide
		return nil
	})
	// Output:
	// Ship it? [ship it hold it]
	// completed ship it
}

func Example_decideInTheMiddle() {
	play(func(ctx context.Context, client *kneo.Client) error {
		req := kneo.RunCreateRequest{Input: "release notes", Spec: release()}
		//docs:show
		run, err := client.Platform.Runs.CreateAndWait(ctx, req,
			kneo.WithOnBlocked(func(ctx context.Context, run *kneo.Run) error {
				_, err := client.Platform.HumanTasks.Resume(ctx, run.ContinuationID, kneo.Select("hold it"))
				return err // an error ends the wait
			}))
		//docs:hide
		if err != nil {
			return err
		}
		fmt.Println(run.Status, run.OutputText)
		return nil
	})
	// Output: completed hold it
}

func Example_inbox() {
	play(func(ctx context.Context, client *kneo.Client) error {
		if _, err := waiting(ctx, client); err != nil {
			return err
		}
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		notify := func(person, prompt string, deadline time.Time) { fmt.Println(prompt, deadline.IsZero()); cancel() }
		//docs:show
		for task, err := range client.Platform.HumanTasks.Watch(ctx, kneo.HumanTaskListParams{}) {
			if errors.Is(err, context.Canceled) {
				break // the program ends
			}
			if err != nil {
				return err
			}
			notify(task.PendingHumanRequest.Assignee, task.PendingHumanRequest.Prompt, task.ExpiresAt)
		}
		//docs:hide
		return nil
	})
	// Output: Ship it? false
}

func Example_decideNext() {
	play(func(ctx context.Context, client *kneo.Client) error {
		if _, err := waiting(ctx, client); err != nil {
			return err
		}
		//docs:show
		for {
			resumed, err := client.Platform.HumanTasks.ResumeFirstPending(ctx, kneo.Select("ship it"), kneo.HumanTaskListParams{})
			switch {
			case errors.Is(err, kneo.ErrNotFound) || errors.Is(err, kneo.ErrConflict):
				continue // somebody else has decided it: take the next one
			case err != nil:
				return err
			case resumed == nil:
				return nil // nothing waits
			}
			fmt.Println("run", resumed.Status)
		}
		//docs:hide
	})
	// Output: run completed
}

func Example_decideMany() {
	play(func(ctx context.Context, client *kneo.Client) error {
		run, err := waiting(ctx, client)
		if err != nil {
			return err
		}
		ids := []string{run.ContinuationID, "long-gone"}
		//docs:show
		for _, result := range client.Platform.HumanTasks.ResumeMany(ctx, ids, kneo.Select("ship it")) {
			switch {
			case errors.Is(result.Err, kneo.ErrNotFound):
				fmt.Println("decided, expired or cancelled meanwhile")
			case result.Err != nil:
				fmt.Println(result.ContinuationID, result.Err)
			default:
				fmt.Println(result.Resumed.Status)
			}
		}
		//docs:hide
		return nil
	})
	// Output:
	// completed
	// decided, expired or cancelled meanwhile
}

func Example_blockedAgain() {
	play(func(ctx context.Context, client *kneo.Client) error {
		run, err := client.Platform.Runs.CreateAndWait(ctx, kneo.RunCreateRequest{Input: "text", Spec: workflow("review", "human", "human", "html.escape")},
			kneo.WithTerminalStatuses(kneo.RunBlocked))
		if err != nil {
			return err
		}
		id := run.ContinuationID
		//docs:show
		for id != "" {
			resumed, err := client.Platform.HumanTasks.Resume(ctx, id, kneo.Approve())
			if err != nil {
				return err
			}
			fmt.Println(resumed.Status)
			id = resumed.NextContinuationID() // empty once the run has ended
		}
		//docs:hide
		return nil
	})
	// Output:
	// blocked
	// completed
}

func Example_tooLate() {
	clock := kneotest.NewClock(time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC))
	srv := kneotest.NewServer(kneotest.WithClock(clock))
	defer srv.Close()
	playOn(srv, func(ctx context.Context, client *kneo.Client) error {
		run, err := waiting(ctx, client)
		if err != nil {
			return err
		}
		id := run.ContinuationID
		clock.Advance(2 * time.Hour)
		//docs:show
		_, err = client.Platform.HumanTasks.Resume(ctx, id, kneo.Select("ship it"))
		var e *kneo.Error
		if errors.Is(err, kneo.ErrHumanTaskExpired) && errors.As(err, &e) {
			fmt.Println("too late: the deadline was", e.Details.ExpiresAt.UTC().Format(time.Kitchen))
		}
		//docs:hide
		if e == nil {
			return err
		}
		return nil
	})
	// Output: too late: the deadline was 1:00PM
}
