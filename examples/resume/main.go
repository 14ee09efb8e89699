// Command resume follows a run across crashes of its own. All that another process needs to carry on is the id of the run and how many
// events of its trace have been handled. The program keeps both in a small file, and before that the idempotency key of the create, so
// that a crash between the create and its answer does not lead to a second run.
//
//	go run ./examples/resume [-state FILE]
//
// It uses the platform of your profile, from the file or the environment: interrupt it, start it again, and it resumes with the next
// event. Without a profile it starts a platform in its own process, and acts out a crash and the start after it.
//
// Look at what state.go keeps, at the two saves in begin, one before the create and one after it, and at [kneo.WithTraceOffset] in follow.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/kneo-agent/kneo-client-go/examples/internal/connect"
	"github.com/kneo-agent/kneo-client-go/examples/internal/demo"
	"github.com/kneo-agent/kneo-client-go/kneo"
)

func main() {
	log.SetFlags(0)
	path := flag.String("state", "resume-state.json", "where to keep the run's id and the number of events, on a platform of yours")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second ctrl-C ends the program at once
	err := run(ctx, os.Stdout, *path)
	stop()
	if err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, out io.Writer, path string) error {
	client, done, err := connect.Platform(out)
	if err != nil {
		return err
	}
	defer done()
	if connect.Configured() {
		return follow(ctx, out, client, path, nil)
	}
	return demonstrate(ctx, out, client)
}

// errCrash stands for whatever ends a process before its time.
var errCrash = errors.New("this process has crashed")

// demonstrate crashes after two events, and goes on as another process would: with the file and nothing else.
func demonstrate(ctx context.Context, out io.Writer, client *kneo.Client) (err error) {
	folder, err := os.MkdirTemp("", "resume-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	path := filepath.Join(folder, "state.json")
	err = follow(ctx, out, client, path, func(s state) error {
		if s.Events == 2 {
			return errCrash
		}
		return nil
	})
	if !errors.Is(err, errCrash) {
		return err
	}
	fmt.Fprintf(out, "crash:  %v\n", err)
	return follow(ctx, out, client, path, nil)
}

// follow handles the events of the run in the file, or of a new one, from where the file says, until the run has ended. The
// function after, if there is one, is called when an event has been handled; its error ends the program.
func follow(ctx context.Context, out io.Writer, client *kneo.Client, path string, after func(state) error) error {
	s, err := begin(ctx, out, client, path)
	if err != nil {
		return err
	}
	for event, err := range client.Platform.Runs.TailTrace(ctx, s.RunID, kneo.WithTraceOffset(s.Events), kneo.WithWaitTimeout(time.Minute)) {
		if err != nil {
			return err
		}
		s.Events++
		fmt.Fprintf(out, "event:  %d %s %s\n", s.Events, event.Type, event.AgentName)
		// After the event is handled: a crash in between has it handled twice, the other order would have it handled never.
		if err := s.save(path); err != nil {
			return err
		}
		if after != nil {
			if err := after(s); err != nil {
				return err
			}
		}
	}
	// The run has ended, perhaps long ago: this asks once.
	finished, err := client.Platform.Runs.WaitForCompletion(ctx, s.RunID)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "output: %s\n", finished.OutputText)
	return errors.Join(finished.Err(), os.Remove(path))
}

// begin returns the state in the file. If there is none it creates a run: it keeps the key before, and the id after.
func begin(ctx context.Context, out io.Writer, client *kneo.Client, path string) (state, error) {
	s, err := load(path)
	if err != nil || s.RunID != "" {
		fmt.Fprintf(out, "resume: %s, %d events are handled\n", s.RunID, s.Events)
		return s, err
	}
	if s.Key == "" {
		s.Key = rand.Text()
		if err := s.save(path); err != nil {
			return s, err
		}
	}
	created, err := client.Platform.Runs.Create(ctx, kneo.RunCreateRequest{
		Input: demo.Sleep(time.Second / 2), Spec: demo.Workflow("resume", "writer", "sleep", "editor", "sleep"), AsyncMode: true,
	}, kneo.WithIdempotencyKey(s.Key))
	if err != nil {
		return s, err
	}
	fmt.Fprintf(out, "new:    %s\n", created.RunID)
	s.RunID = created.RunID
	return s, s.save(path)
}
