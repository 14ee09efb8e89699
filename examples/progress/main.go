// Command progress shows how a run is coming along while it waits for it: on a terminal in one line that refreshes, elsewhere, say in
// the log of a build, in a line for each change.
//
//	go run ./examples/progress
//
// It uses the platform of your profile, from the file or the environment; without a profile it starts one in its own process.
//
// Look at [kneo.WithProgress] and [kneo.WithStallAfter] in follow, and at progress.go for what they report.
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
	"github.com/kneo-agent/kneo-client-go/examples/internal/demo"
	"github.com/kneo-agent/kneo-client-go/examples/internal/terminal"
	"github.com/kneo-agent/kneo-client-go/kneo"
)

func main() {
	log.SetFlags(0)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second ctrl-C ends the program at once
	err := run(ctx, os.Stdout, terminal.Is(os.Stdout))
	stop()
	if err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, out io.Writer, terminal bool) error {
	client, done, err := connect.Platform(out)
	if err != nil {
		return err
	}
	defer done()
	return follow(ctx, client, out, terminal)
}

func follow(ctx context.Context, client *kneo.Client, out io.Writer, terminal bool) error {
	steps := []string{"writer", "sleep", "editor"}
	line := &progress{out: out, terminal: terminal, steps: len(steps)}
	finished, err := client.Platform.Runs.CreateAndWait(ctx,
		kneo.RunCreateRequest{Input: demo.Sleep(time.Second), Spec: demo.Workflow("progress", steps...)},
		kneo.WithWaitTimeout(time.Minute), kneo.WithStallAfter(10*time.Second), kneo.WithProgress(line.update))
	line.end()
	if err != nil {
		return err
	}
	if err := finished.Err(); err != nil {
		return err
	}
	fmt.Fprintf(out, "output: %q\n", finished.OutputText)
	return nil
}
