// Command idempotent is a job that makes exactly one run, however often it is started and wherever it is killed: it derives the idempotency
// key of its create from its own name.
//
//	go run ./examples/idempotent [-job NAME]
//
// With a name it does that job, such as -job report-2026-11-25: start it again, also on another machine, and it goes on with the same run.
// Without one it demonstrates itself: it starts the job as a process, kills that at the worst moment, when the platform has made the run and
// the job has not heard of it, starts the job again, and counts the runs. See kill.go for that.
//
// It uses the platform of your profile, file or environment. Without one it starts a platform in its own process.
//
// Look at do. The other way, a random key that is kept in a file before it is sent, is in examples/resume.
package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"flag"
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
	job := flag.String("job", "", "the `name` of the job to do")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second ctrl-C ends the program at once
	err := run(ctx, os.Stdout, *job)
	stop()
	if err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, out io.Writer, job string) error {
	client, done, err := connect.Platform(out)
	if err != nil {
		return err
	}
	defer done()
	if job != "" {
		return do(ctx, client, out, job)
	}
	return demonstrate(ctx, client, out, "example-"+rand.Text())
}

// do is the job. What it must not do is to put anything into the request that differs from one start to the next, such as the time: the same key
// with another request is an error, [kneo.ErrIdempotencyMismatch].
func do(ctx context.Context, client *kneo.Client, out io.Writer, job string) error {
	created, err := client.Platform.Runs.Create(ctx,
		kneo.RunCreateRequest{Input: "the input of " + job, Spec: spec, SessionID: job, AsyncMode: true},
		kneo.WithIdempotencyKey(key(job)))
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "job %d: the run is %s\n", os.Getpid(), created.RunID)
	// What the platform answers to a repeated create is what it answered to the first one, long ago perhaps. The run itself knows how it is.
	finished, err := client.Platform.Runs.WaitForCompletion(ctx, created.RunID, kneo.WithWaitTimeout(time.Minute))
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "job %d: %s: %q\n", os.Getpid(), finished.Status, finished.OutputText)
	return finished.Err()
}

// key is the same whenever and wherever the job is started. Whoever may use the platform and guesses it can take it first; hash a secret of your
// own with the name if that is to be feared.
func key(job string) string {
	sum := sha256.Sum256([]byte("kneo-client-go/examples/idempotent\x00" + job))
	return hex.EncodeToString(sum[:])
}

var spec = map[string]any{"version": "v1", "agent": map[string]any{"name": "root"}}
