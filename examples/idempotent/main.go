// Command idempotent is a job that creates exactly one run, no matter how often it is started or when it is killed: it derives the
// idempotency key of its create from its own name.
//
//	go run ./examples/idempotent [-job NAME]
//
// With a name, such as -job report-2026-11-25, it does that job. Start it again, on any machine, and it picks up the same run. Without a
// name it demonstrates this: it starts the job as a process of its own, kills that process at the worst moment, when the platform has
// created the run but the job has not heard of it, starts the job again, and counts the runs; see kill.go.
//
// It uses the platform of your profile, from the file or the environment; without a profile it starts one in its own process.
//
// Look at do, and at key. For the other way, a random key that is stored before it is sent, see examples/resume.
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
	job := flag.String("job", "", "do the job of this `name`")
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

// do is the job. Its request must be the same at every start, so there is no time in it, for example: the platform refuses the same key
// with a different request, as [kneo.ErrIdempotencyMismatch].
func do(ctx context.Context, client *kneo.Client, out io.Writer, job string) error {
	created, err := client.Platform.Runs.Create(ctx,
		kneo.RunCreateRequest{Input: "the input of " + job, Spec: spec, SessionID: job, AsyncMode: true},
		kneo.WithIdempotencyKey(key(job)))
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "job %d: the run is %s\n", os.Getpid(), created.RunID)
	// A repeated create gets the answer of the first one, which may be long out of date. Ask for the run itself.
	finished, err := client.Platform.Runs.WaitForCompletion(ctx, created.RunID, kneo.WithWaitTimeout(time.Minute))
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "job %d: %s: %q\n", os.Getpid(), finished.Status, finished.OutputText)
	return finished.Err()
}

// key is the same wherever and whenever the job starts. Keys are not tied to an API key: anybody who may use the platform and guesses yours
// can use it first. If that worries you, hash a secret along with the name.
func key(job string) string {
	sum := sha256.Sum256([]byte("kneo-client-go/examples/idempotent\x00" + job))
	return hex.EncodeToString(sum[:])
}

var spec = map[string]any{"version": "v1", "agent": map[string]any{"name": "root"}}
