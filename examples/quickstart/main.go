// Command quickstart creates a run, waits for it and shows its trace.
//
//	go run ./examples/quickstart [INPUT]
//
// It uses the platform of your profile, from the file or the environment; without a profile it starts one in its own process.
//
// Look at run, from top to bottom: it checks the connection, creates the run, waits, and reads the trace.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"time"

	"github.com/kneo-agent/kneo-client-go/examples/internal/connect"
	"github.com/kneo-agent/kneo-client-go/kneo"
)

func main() {
	log.SetFlags(0)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second ctrl-C ends the program at once
	input := "hello world"
	if len(os.Args) > 1 {
		input = os.Args[1]
	}
	err := run(ctx, os.Stdout, input)
	stop()
	if err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, out io.Writer, input string) error {
	client, done, err := connect.Platform(out)
	if err != nil {
		return err
	}
	defer done()

	if err := client.Check(ctx); err != nil {
		return err
	}
	version, err := client.ServerVersion(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "platform: %s, server %s, profile %q: ready, and the key is good\n", client.Profile().URL, version, client.Profile().Name)

	created, err := client.Platform.Runs.Create(ctx, kneo.RunCreateRequest{Input: input, Spec: spec, AsyncMode: true})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "run:      %s is %s\n", created.RunID, created.Status)

	finished, err := client.Platform.Runs.WaitForCompletion(ctx, created.RunID,
		kneo.WithWaitTimeout(time.Minute),
		kneo.WithProgress(func(u kneo.WaitUpdate) {
			if u.Err != nil {
				fmt.Fprintf(out, "waiting:  %v, still trying: %v\n", u.Elapsed.Round(time.Millisecond), u.Err)
				return
			}
			fmt.Fprintf(out, "waiting:  %v, %s, steps done: %v\n", u.Elapsed.Round(time.Millisecond), u.Run.Status, u.Run.VisitedSteps)
		}))
	if err != nil {
		return err
	}
	if err := finished.Err(); err != nil {
		return err
	}
	fmt.Fprintf(out, "output:   %s\n", finished.OutputText)

	trace, err := client.Platform.Runs.Trace(ctx, created.RunID, kneo.TraceParams{Limit: 20})
	if err != nil {
		return err
	}
	for _, event := range trace.Items {
		fmt.Fprintf(out, "trace:    %s %s %s\n", event.Timestamp.Format(time.TimeOnly), event.Type, event.WorkflowName)
	}
	return nil
}

// spec is a workflow of two steps that needs no model and no network.
var spec = map[string]any{
	"version": "v1",
	"agent":   map[string]any{"name": "root"},
	"components": map[string]any{"functions": map[string]any{
		"capitalize": map[string]any{"implementation": "string.capwords"},
		"escape":     map[string]any{"implementation": "html.escape"},
	}},
	"workflow": map[string]any{"type": "sequential", "name": "quickstart", "steps": []any{
		map[string]any{"id": "capitalize", "kind": "function", "ref": "capitalize"},
		map[string]any{"id": "escape", "kind": "function", "ref": "escape"},
	}},
}
