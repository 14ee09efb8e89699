// Command cancel cancels its run when it is interrupted: ctrl-C ends the wait, and then the run on the platform, which would go on else. A
// second ctrl-C ends the program at once, and leaves the run as it is.
//
//	go run ./examples/cancel         # sends itself the signal, and exits with status 0 when the run is cancelled
//	go run ./examples/cancel -wait   # waits for your ctrl-C, and exits with status 130 after it
//
// It uses the platform of your profile, file or environment. Without one it starts a platform in its own process.
//
// Look at do: the context that the signal cancels is of no use any more for telling the platform, so that cancelling gets one of its own,
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
	wait := flag.Bool("wait", false, "wait for your ctrl-C instead of playing it")
	flag.Parse()
	interrupt := interruptSelf
	if *wait {
		interrupt = func() error { return nil }
	}
	err := run(context.Background(), os.Stdout, interrupt)
	switch interrupted := errors.Is(err, errInterrupted); {
	case interrupted && *wait:
		os.Exit(130) // what shells take for it
	case interrupted, err == nil && *wait:
	case err == nil:
		log.Fatal("the signal that the program has sent itself did not interrupt it")
	default:
		log.Fatal(err)
	}
}

// errInterrupted means that the run was cancelled, as was asked for.
var errInterrupted = errors.New("interrupted")

// interruptSelf is what ctrl-C does. Windows has no such signal.
func interruptSelf() error {
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		return err
	}
	return self.Signal(os.Interrupt)
}

// run makes a run, and calls interrupt when it has seen it at work.
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
	// createTimeout and cancelTimeout limit what an interruption does not.
	createTimeout = 30 * time.Second
	cancelTimeout = 10 * time.Second
)

// do waits for a run, and cancels it when ctx ends. From then on, after a call of stop, ctrl-C ends the program.
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
		return err // nobody has interrupted it
	}
	stop()
	fmt.Fprintln(out, "interrupted; cancelling the run (ctrl-C again quits at once, and lets it go on)")
	return cancel(ctx, client, out, created.RunID)
}

// create makes a run that takes its time. It is not interrupted: it is short, and if it were cut off nobody would know which run to cancel.
func create(ctx context.Context, client *kneo.Client) (*kneo.RunCreated, error) {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), createTimeout)
	defer stop()
	return client.Platform.Runs.Create(ctx, kneo.RunCreateRequest{
		Input: demo.Sleep(2 * time.Second), Spec: demo.Workflow("cancel", "sleep", "writer", "sleep", "sleep", "sleep", "sleep"), AsyncMode: true,
	})
}

// cancel ends the run on the platform. The step at work there goes on to its end; none comes after it.
func cancel(ctx context.Context, client *kneo.Client, out io.Writer, id string) error {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), cancelTimeout)
	defer stop()
	cancelled, err := client.Platform.Runs.Cancel(ctx, id)
	if err != nil {
		return fmt.Errorf("run %s may go on, since it could not be cancelled: %w", id, err)
	}
	if cancelled.CancelOutcome() == kneo.CancelledTooLate {
		fmt.Fprint(out, "too late: ")
	}
	fmt.Fprintf(out, "run %s is %s\n", id, cancelled.Status)
	return errInterrupted
}
