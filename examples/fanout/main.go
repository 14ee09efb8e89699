// Command fanout makes many runs and waits for all of them: on a terminal it shows a live table of how they are, elsewhere a line for
// each as it ends. It exits with status 0 if all of them completed, else 1.
//
//	go run ./examples/fanout [-n 200] [-at-once 8] [-broken 3]
//
// It uses the platform of your profile, file or environment. Without one it starts a platform in its own process.
//
// Look at create, which has no more than a few creates under way, and at [kneo.RunsService.WaitAll] in wait, which looks after
// hundreds of runs without a goroutine or a request for each. table.go draws.
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
	flag.IntVar(&f.n, "n", 200, "how many runs to make")
	flag.IntVar(&f.atOnce, "at-once", 8, "how many creates may be under way at a time")
	flag.IntVar(&f.broken, "broken", 0, "how many of the runs are to fail")
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

// do makes the runs, waits for them and says how they ended. It is an error if one of them did not complete.
func (f *fanout) do(ctx context.Context, client *kneo.Client) error {
	t := newTable(f.out, f.terminal, f.n)
	ids, createErr := f.create(ctx, client, t)
	f.wait(ctx, client, ids, t) // for those that there are, also if others could not be made
	completed := t.summary()
	switch {
	case createErr != nil:
		return fmt.Errorf("%d of %d runs were not made: %w", f.n-len(ids), f.n, createErr)
	case completed < f.n:
		return fmt.Errorf("%d of %d runs did not complete", f.n-completed, f.n)
	}
	return nil
}

// create makes the runs, atOnce at a time. When one cannot be made, after all retries, no more are begun; those under way are let finish,
// since a create that is cut off may have made a run all the same.
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

// wait tells the table of every run as it ends.
func (f *fanout) wait(ctx context.Context, client *kneo.Client, ids []string, t *table) {
	for run, err := range client.Platform.Runs.WaitAll(ctx, ids, kneo.WithWaitTimeout(f.timeout), kneo.WithProgress(t.progress)) {
		t.ended(run, err)
	}
}

// input is what the run i gets: JSON, but for those that are to be broken.
func (f *fanout) input(i int) string {
	if i < f.broken {
		return "broken"
	}
	return fmt.Sprintf(`{"job": %d}`, i)
}

// spec has a step that fails on an input that is no JSON.
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
