// Command fanout creates many runs and waits for all of them. On a terminal it shows a live table of their statuses; elsewhere it prints
// a line for each run that ends. The exit status is 0 if all runs completed, and 1 otherwise.
//
//	go run ./examples/fanout [-n 200] [-at-once 8] [-broken 3]
//
// It uses the platform of your profile, from the file or the environment; without a profile it starts one in its own process.
//
// Look at create, which bounds the number of creates in flight, and at wait: [kneo.RunsService.WaitAll] follows hundreds of runs without
// a goroutine for each, and at a bounded cost to the platform. The drawing is in table.go.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"sync"
	"time"

	"github.com/kneo-agent/kneo-client-go/examples/internal/connect"
	"github.com/kneo-agent/kneo-client-go/examples/internal/terminal"
	"github.com/kneo-agent/kneo-client-go/kneo"
)

func main() {
	log.SetFlags(0)
	f := fanout{out: os.Stdout, terminal: terminal.Is(os.Stdout)}
	flag.IntVar(&f.n, "n", 200, "how many runs to create")
	flag.IntVar(&f.atOnce, "at-once", 8, "how many creates may be in flight at a time")
	flag.IntVar(&f.broken, "broken", 0, "how many of the runs should fail")
	flag.DurationVar(&f.timeout, "timeout", 5*time.Minute, "how long to wait")
	flag.Parse()
	if f.n < 1 || f.atOnce < 1 {
		log.Fatal("-n and -at-once must be at least 1")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second ctrl-C ends the program at once
	err := f.run(ctx)
	stop()
	if err != nil {
		log.Fatal(err)
	}
}

type fanout struct {
	out       io.Writer
	terminal  bool
	n, atOnce int
	broken    int
	timeout   time.Duration
}

func (f *fanout) run(ctx context.Context) error {
	client, done, err := connect.Platform(f.out)
	if err != nil {
		return err
	}
	defer done()
	return f.do(ctx, client)
}

// do creates the runs, waits for them and prints how they ended. It returns an error unless all of them completed.
func (f *fanout) do(ctx context.Context, client *kneo.Client) error {
	t := newTable(f.out, f.terminal, f.n)
	ids, createErr := f.create(ctx, client, t)
	f.wait(ctx, client, ids, t) // even if some could not be created
	completed := t.summary()
	switch {
	case createErr != nil:
		return fmt.Errorf("%d of %d runs were not created: %w", f.n-len(ids), f.n, createErr)
	case completed < f.n:
		return fmt.Errorf("%d of %d runs did not complete", f.n-completed, f.n)
	}
	return nil
}

// create creates the runs, atOnce at a time. After the first failure, which has been retried already, it starts no more creates, but lets
// those in flight finish: cutting one off might leave a run that nobody knows of.
func (f *fanout) create(ctx context.Context, client *kneo.Client, t *table) (ids []string, err error) {
	var mu sync.Mutex // for ids and err
	var creating sync.WaitGroup
	places := make(chan struct{}, f.atOnce)
	for i := range f.n {
		places <- struct{}{}
		mu.Lock()
		failed := err != nil
		mu.Unlock()
		if failed {
			break
		}
		creating.Go(func() {
			defer func() { <-places }()
			created, createErr := client.Platform.Runs.Create(ctx, kneo.RunCreateRequest{Input: f.input(i), Spec: spec, AsyncMode: true})
			mu.Lock()
			defer mu.Unlock()
			if createErr != nil {
				if err == nil {
					err = createErr
				}
				return
			}
			ids = append(ids, created.RunID)
			t.created(created.RunID)
		})
	}
	creating.Wait()
	return ids, err
}

// wait reports every run to the table as it ends.
func (f *fanout) wait(ctx context.Context, client *kneo.Client, ids []string, t *table) {
	for run, err := range client.Platform.Runs.WaitAll(ctx, ids, kneo.WithWaitTimeout(f.timeout), kneo.WithProgress(t.progress)) {
		t.result(run, err)
	}
}

// input is the input of run i: JSON, except for the first few, which are to fail.
func (f *fanout) input(i int) string {
	if i < f.broken {
		return "broken"
	}
	return fmt.Sprintf(`{"job": %d}`, i)
}

// spec has one step, which fails unless its input is JSON.
var spec = map[string]any{
	"version": "v1",
	"agent":   map[string]any{"name": "root"},
	"components": map[string]any{"functions": map[string]any{
		"check": map[string]any{"implementation": "json.loads"},
	}},
	"workflow": map[string]any{"type": "sequential", "name": "fanout", "steps": []any{
		map[string]any{"id": "check", "kind": "function", "ref": "check"},
	}},
}
