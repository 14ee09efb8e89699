// Command tail follows the trace of a run as it happens, then says how the run ended and what took how long. It exits with status 0 only
// if the run completed.
//
//	go run ./examples/tail [-offset N] [RUN_ID]
//
// It uses the platform of your profile, file or environment. Without one it starts a platform in its own process. Without a RUN_ID it makes
// a run of a few seconds.
//
// Look at [kneo.RunsService.TailTrace] in follow: it outlasts restarts of the platform, gives each event once, and ends with the run. The
// platform shows the events of a step when the step has ended.
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
	offset := flag.Int("offset", 0, "pass over the first `N` events")
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
	// A run that waits for a person may do so for days, so that being blocked ends the tail as well.
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

// show prints an event, but for the previews of its input and its output: they may have in them what is nobody's business.
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
