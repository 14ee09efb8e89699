// Command progress shows how a run goes on while it waits for it: on a terminal in one line that refreshes, elsewhere, say in
// the log of a build, in a line for each change.
//
//	go run ./examples/progress
//
// It uses the platform of your profile, file or environment. Without one it starts a platform in its own process.
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
	"github.com/kneo-agent/kneo-client-go/kneo"
)

func main() {
	log.SetFlags(0)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Stdout, isTerminal(os.Stdout))
	stop()
	if err != nil {
		log.Fatal(err)
	}
}

// isTerminal reports whether somebody sees f as it is written. The null device passes for a terminal too, and does not mind.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func run(ctx context.Context, out io.Writer, terminal bool) error {
	client, done, err := connect.Platform(out)
	if err != nil {
		return err
	}
	defer done()
	line := &progress{out: out, terminal: terminal, steps: len(steps)}
	finished, err := client.Platform.Runs.CreateAndWait(ctx, kneo.RunCreateRequest{Input: input, Spec: spec},
		kneo.WithWaitTimeout(time.Minute), kneo.WithStallAfter(10*time.Second), kneo.WithProgress(line.update))
	line.end()
	if err != nil {
		return err
	}
	if err := finished.Err(); err != nil {
		return err
	}
	fmt.Fprintf(out, "output: %s\n", finished.OutputText)
	return nil
}

// input has the first step sleep, in Python and in the emulator alike.
const input = "import time; time.sleep(1)\nfor _x in _it: pass"

var steps = []any{
	map[string]any{"id": "sleep", "kind": "function", "ref": "sleep"},
	map[string]any{"id": "write", "kind": "agent", "ref": "writer"},
}

// spec is a workflow that needs no model and no network: a step that takes a second, and an agent.
var spec = map[string]any{
	"version": "v1",
	"agent":   map[string]any{"name": "root"},
	"components": map[string]any{
		"functions": map[string]any{"sleep": map[string]any{"implementation": "timeit.timeit"}},
		"agents":    map[string]any{"writer": map[string]any{"name": "writer"}},
	},
	"workflow": map[string]any{"type": "sequential", "name": "progress", "steps": steps},
}
