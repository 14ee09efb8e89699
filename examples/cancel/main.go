// Command cancel cancels its run when it is interrupted: ctrl-C ends the wait and then cancels the run, which would otherwise carry on
// without anybody waiting for it. A second ctrl-C quits at once and leaves the run alone.
//
//	go run ./examples/cancel         # interrupts itself, and exits with status 0
//	go run ./examples/cancel -wait   # waits for your ctrl-C, and then exits with status 130
//
// It uses the platform of your profile, from the file or the environment; without a profile it starts one in its own process.
//
// Look at do and cancel: once the signal has cancelled the context, no call can use it any more, so cancelling the run takes a fresh one,
// with a deadline.
package main

import (
	"context"
	"errors"
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
	wait := flag.Bool("wait", false, "wait for your ctrl-C instead of interrupting yourself")
	flag.Parse()
	interrupt := interruptSelf
	if *wait {
		interrupt = func() error { return nil }
	}
	err := run(context.Background(), os.Stdout, interrupt)
	switch interrupted := errors.Is(err, errInterrupted); {
	case interrupted && *wait:
		os.Exit(130) // what shells expect
	case interrupted, err == nil && *wait:
	case err == nil:
		log.Fatal("the run completed before the program could interrupt itself")
	default:
		log.Fatal(err)
	}
}

// errInterrupted means that the program was interrupted and has cleaned up.
var errInterrupted = errors.New("interrupted")

// interruptSelf does what ctrl-C does. It does not work on Windows.
func interruptSelf() error {
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		return err
	}
	return self.Signal(os.Interrupt)
}

// run creates a run and waits for it. It calls interrupt once, when the wait has begun.
func run(ctx context.Context, out io.Writer, interrupt func() error) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	client, done, err := connect.Platform(out)
	if err != nil {
		return err
	}
	defer done()
	return do(ctx, stop, client, out, interrupt)
}

const (
	// createTimeout and cancelTimeout bound the two calls that an interruption does not.
	createTimeout = 30 * time.Second
	cancelTimeout = 10 * time.Second
)

// do waits for a run, and cancels it if ctx is cancelled first. It then calls stop, so that the next ctrl-C ends the program.
func do(ctx context.Context, stop func(), client *kneo.Client, out io.Writer, interrupt func() error) error {
	created, err := create(ctx, client)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "run %s is %s\n", created.RunID, created.Status)

	var interruptErr error
	looked := false
	finished, err := client.Platform.Runs.WaitForCompletion(ctx, created.RunID, kneo.WithProgress(func(u kneo.WaitUpdate) {
		if u.Run != nil && !looked {
			looked = true
			interruptErr = interrupt()
		}
	}))
	if err == nil {
		fmt.Fprintf(out, "run %s %s: %q\n", finished.RunID, finished.Status, finished.OutputText)
		return errors.Join(interruptErr, finished.Err())
	}
	if ctx.Err() == nil {
		return err // the wait failed by itself
	}
	stop()
	fmt.Fprintln(out, "interrupted; cancelling the run (ctrl-C again quits at once and leaves it running)")
	return cancel(ctx, client, out, created.RunID)
}

// create creates a run that takes a while. An interruption does not cut it off: it is short, and without its answer nobody would know which
// run to cancel.
func create(ctx context.Context, client *kneo.Client) (*kneo.RunCreated, error) {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), createTimeout)
	defer stop()
	return client.Platform.Runs.Create(ctx, kneo.RunCreateRequest{
		Input: demo.Sleep(2 * time.Second), Spec: demo.Workflow("cancel", "sleep", "writer", "sleep", "sleep", "sleep", "sleep"), AsyncMode: true,
	})
}

// cancel cancels the run on the platform. The step that is running there finishes, and its result is dropped.
func cancel(ctx context.Context, client *kneo.Client, out io.Writer, id string) error {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), cancelTimeout)
	defer stop()
	cancelled, err := client.Platform.Runs.Cancel(ctx, id)
	if err != nil {
		return fmt.Errorf("run %s may still be running, since it could not be cancelled: %w", id, err)
	}
	if cancelled.CancelOutcome() == kneo.CancelledTooLate {
		fmt.Fprint(out, "too late: ")
	}
	fmt.Fprintf(out, "run %s is %s\n", id, cancelled.Status)
	return errInterrupted
}
