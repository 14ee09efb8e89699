// Command tail follows the trace of a run as it happens, then prints how long things took and how the run ended. The exit status is 0 only
// if the run completed.
//
//	go run ./examples/tail [-offset N] [RUN_ID]
//
// Without a RUN_ID it creates a run that takes a second.
//
// It uses the platform of your profile, from the file or the environment; without a profile it starts one in its own process.
//
// Look at [kneo.RunsService.TailTrace] in follow: it yields each event once, survives restarts of the platform, and ends with the run. The
// platform publishes the events of a step when the step has ended, not before.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"time"

	"github.com/kneo-agent/kneo-client-go/examples/internal/connect"
	"github.com/kneo-agent/kneo-client-go/examples/internal/demo"
	"github.com/kneo-agent/kneo-client-go/kneo"
)

func main() {
	log.SetFlags(0)
	offset := flag.Int("offset", 0, "skip the first `N` events")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second ctrl-C ends the program at once
	err := run(ctx, os.Stdout, flag.Arg(0), *offset)
	stop()
	if err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, out io.Writer, id string, offset int) error {
	client, done, err := connect.Platform(out)
	if err != nil {
		return err
	}
	defer done()
	if id == "" {
		created, err := client.Platform.Runs.Create(ctx, kneo.RunCreateRequest{
			Input: demo.Sleep(time.Second / 2), Spec: demo.Workflow("tail", "writer", "sleep", "editor", "sleep"), AsyncMode: true,
		})
		if err != nil {
			return err
		}
		id = created.RunID
		fmt.Fprintf(out, "run %s\n", id)
	}
	return follow(ctx, client, out, id, offset)
}

func follow(ctx context.Context, client *kneo.Client, out io.Writer, id string, offset int) error {
	var events []kneo.TraceEvent
	// A run may wait for a person for days, so a blocked run ends the tail as well.
	for event, err := range client.Platform.Runs.TailTrace(ctx, id, kneo.WithTraceOffset(offset), kneo.WithTerminalStatuses(kneo.RunBlocked)) {
		if err != nil {
			return err
		}
		events = append(events, event)
		show(out, offset+len(events), event)
	}
	for _, span := range kneo.Spans(events) {
		if span.End != nil {
			fmt.Fprintf(out, "took    %8v  %s\n", span.Duration().Round(time.Millisecond), span.Name)
		}
	}
	finished, err := client.Platform.Runs.Get(ctx, id)
	if err != nil {
		return err
	}
	if finished.Status == kneo.RunBlocked {
		return fmt.Errorf("run %s waits for a person, at the human task %s", id, finished.ContinuationID)
	}
	fmt.Fprintf(out, "%s: %q\n", finished.Status, finished.OutputText)
	return finished.Err()
}

// show prints an event, without the previews of its input and output: they may hold private data.
func show(out io.Writer, n int, event kneo.TraceEvent) {
	fmt.Fprintf(out, "%4d  %s  %s", n, event.Timestamp.Local().Format("15:04:05.000"), event.Type)
	for _, name := range []string{event.WorkflowName, event.AgentName, event.StepID} {
		if name != "" {
			fmt.Fprintf(out, " %s", name)
		}
	}
	if event.Error != "" {
		fmt.Fprintf(out, ": %q", event.Error)
	}
	fmt.Fprintln(out)
}
