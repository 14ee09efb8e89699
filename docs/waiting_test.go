package docs_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

// scripted has runs do what their input says.
func scripted() kneotest.Option {
	return kneotest.WithScript(func(req kneo.RunCreateRequest) *kneotest.Script {
		switch req.Input {
		case "fail":
			return &kneotest.Script{Steps: []kneotest.ScriptStep{{ID: "fetch"}, {ID: "check", Err: &kneotest.StepError{Type: "ValueError", Message: "no rows"}}}}
		case "for ever":
			return &kneotest.Script{Steps: []kneotest.ScriptStep{{Takes: 365 * 24 * time.Hour}}}
		case "slow":
			return &kneotest.Script{Steps: []kneotest.ScriptStep{{ID: "fetch"}, {ID: "sum", Takes: 150 * time.Millisecond}}}
		}
		return nil
	})
}

func Example_createAndWait() {
	play(func(ctx context.Context, client *kneo.Client) error {
		//docs:show
		run, err := client.Platform.Runs.CreateAndWait(ctx, kneo.RunCreateRequest{Input: "hello", Spec: spec}, kneo.WithWaitTimeout(10*time.Minute))
		if err != nil {
			return err
		}
		fmt.Println(run.Status, run.OutputText)
		//docs:hide
		return nil
	})
	// Output: completed Final answer: hello
}

func Example_runFailed() {
	play(func(ctx context.Context, client *kneo.Client) error {
		req := kneo.RunCreateRequest{Input: "fail"}
		//docs:show
		run, err := client.Platform.Runs.CreateAndWait(ctx, req)
		if err != nil {
			return err // the wait failed
		}
		var failed *kneo.RunFailedError
		if errors.As(run.Err(), &failed) { // the run failed
			fmt.Println(failed.Status, failed.Type, failed.Message)
			fmt.Println("after", run.VisitedSteps)
		}
		//docs:hide
		return nil
	}, scripted())
	// Output:
	// failed ValueError no rows
	// after [fetch]
}

func Example_output() {
	play(func(ctx context.Context, client *kneo.Client) error {
		run := &kneo.Run{RunID: "r1", Status: kneo.RunCompleted, OutputText: `{"total": 7}`}
		//docs:show
		type report struct{ Total int }
		result, err := kneo.Output[report](run) // if the run did not complete, err is that of run.Err
		//docs:hide
		fmt.Println(result.Total)
		return err
	})
	// Output: 7
}

func Example_timeout() {
	play(func(ctx context.Context, client *kneo.Client) error {
		created, err := client.Platform.Runs.Create(ctx, kneo.RunCreateRequest{Input: "for ever", AsyncMode: true})
		if err != nil {
			return err
		}
		id := created.RunID
		//docs:show
		run, err := client.Platform.Runs.WaitForCompletion(ctx, id, kneo.WithWaitTimeout(100*time.Millisecond))
		var timeout *kneo.WaitTimeoutError
		if errors.As(err, &timeout) {
			// The run goes on. Wait again, or end it:
			run, err = client.Platform.Runs.Cancel(ctx, timeout.RunID)
		}
		if err != nil {
			return err
		}
		fmt.Println(run.CancelOutcome())
		//docs:hide
		return nil
	}, scripted())
	// Output: cancelled
}

func Example_progress() {
	play(func(ctx context.Context, client *kneo.Client) error {
		req := kneo.RunCreateRequest{Input: "slow"}
		done := 0
		//docs:show
		run, err := client.Platform.Runs.CreateAndWait(ctx, req,
			kneo.WithStallAfter(5*time.Minute),
			kneo.WithProgress(func(u kneo.WaitUpdate) {
				switch {
				case u.Err != nil:
					fmt.Println("no answer, still trying:", u.Err)
				case u.Stalled > 0:
					fmt.Println("nothing has moved for", u.Stalled)
				case len(u.Run.VisitedSteps) > done:
					done = len(u.Run.VisitedSteps)
					fmt.Println(u.Run.Status, u.Run.VisitedSteps)
				}
			}))
		//docs:hide
		if err != nil {
			return err
		}
		return run.Err()
	}, scripted())
	// Output:
	// running [fetch]
	// completed [fetch sum]
}

func Example_waitAll() {
	play(func(ctx context.Context, client *kneo.Client) error {
		//docs:show
		var ids []string
		for _, input := range []string{"slow", "fail", "hello"} {
			created, err := client.Platform.Runs.Create(ctx, kneo.RunCreateRequest{Input: input, Spec: spec, AsyncMode: true})
			if err != nil {
				return err
			}
			ids = append(ids, created.RunID)
		}
		ended := map[kneo.RunStatus]int{}
		for run, err := range client.Platform.Runs.WaitAll(ctx, ids, kneo.WithWaitTimeout(time.Hour)) {
			if err != nil {
				fmt.Println(err) // names the run; the wait for the others goes on
				continue
			}
			ended[run.Status]++
		}
		fmt.Println(ended)
		//docs:hide
		return nil
	}, scripted())
	// Output: map[completed:2 failed:1]
}

func Example_tail() {
	play(func(ctx context.Context, client *kneo.Client) error {
		created, err := client.Platform.Runs.Create(ctx, kneo.RunCreateRequest{Input: "slow", AsyncMode: true})
		if err != nil {
			return err
		}
		id := created.RunID
		//docs:show
		for event, err := range client.Platform.Runs.TailTrace(ctx, id) {
			if err != nil {
				return err
			}
			fmt.Println(event.Type, event.WorkflowName)
		}
		//docs:hide
		return nil
	}, kneotest.WithFunction("string.capwords", func(_ context.Context, in string) (string, error) { return in, nil }), scripted())
	// Output:
	// workflow_started script
	// workflow_completed script
}

func Example_tailFrom() {
	play(func(ctx context.Context, client *kneo.Client) error {
		created, err := client.Platform.Runs.Create(ctx, kneo.RunCreateRequest{Input: "hello", Spec: spec, AsyncMode: true})
		if err != nil {
			return err
		}
		id, handled := created.RunID, 1
		handle := func(event kneo.TraceEvent) { fmt.Println(event.Type) }
		//docs:show
		// handled is how many events the program has handled so far; it was saved across the restart.
		for event, err := range client.Platform.Runs.TailTrace(ctx, id, kneo.WithTraceOffset(handled)) {
			if err != nil {
				return err
			}
			handle(event)
			handled++
		}
		//docs:hide
		return nil
	})
	// Output: run_completed
}
