// Command approval puts a person in the loop: when a run stops at a human task, the program shows the prompt and the options, asks on the
// terminal, and resumes the run with the answer.
//
//	go run ./examples/approval [-answer yes|no]
//
// When the input is not a terminal there is nobody to ask: the answer is then the task's default option, or no.
//
// It uses the platform of your profile, from the file or the environment; without a profile it starts one in its own process.
//
// Look at the two ways to hear of a task. The method release decides in the middle of its own wait, with [kneo.WithOnBlocked]. The
// method discuss has an inbox, [kneo.HumanTasksService.Watch], which also works for runs that other programs created and wait for.
// Both answer in the same way; see person.go.
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
	"sync"

	"github.com/kneo-agent/kneo-client-go/examples/internal/connect"
	"github.com/kneo-agent/kneo-client-go/examples/internal/terminal"
	"github.com/kneo-agent/kneo-client-go/kneo"
)

func main() {
	log.SetFlags(0)
	answer := flag.String("answer", "", "give every task this answer, `yes or no`, and ask nobody")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second ctrl-C ends the program at once
	decide := always(*answer)
	if *answer == "" && terminal.Is(os.Stdin) {
		decide = ask(os.Stdin, os.Stdout)
	}
	err := run(ctx, os.Stdout, decide)
	stop()
	if err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, out io.Writer, decide decider) error {
	client, done, err := connect.Platform(out)
	if err != nil {
		return err
	}
	defer done()
	a := approval{client: client, out: out, decide: decide}
	if err := a.release(ctx); err != nil {
		return err
	}
	fmt.Fprintln(out)
	return a.discuss(ctx)
}

type approval struct {
	client *kneo.Client
	out    io.Writer
	decide decider
}

// release asks in the middle of the wait: the wait calls settle whenever the run blocks, and then carries on.
func (a *approval) release(ctx context.Context) error {
	finished, err := a.client.Platform.Runs.CreateAndWait(ctx, kneo.RunCreateRequest{Input: "release notes", Spec: releaseSpec},
		kneo.WithOnBlocked(func(ctx context.Context, run *kneo.Run) error {
			return a.settle(ctx, run.ContinuationID, run.PendingHumanRequest)
		}))
	return a.report(finished, err)
}

// discuss watches an inbox while it waits. The person has a turn in each of the two rounds of the chat, so the run blocks, resumes and
// blocks again, each time with a new task.
func (a *approval) discuss(ctx context.Context) error {
	created, err := a.client.Platform.Runs.Create(ctx, kneo.RunCreateRequest{Input: "a name for the release", Spec: chatSpec, AsyncMode: true})
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var finished *kneo.Run
	var waitErr error
	var waiting sync.WaitGroup
	waiting.Go(func() {
		defer stop() // no tasks come after the end of the run
		finished, waitErr = a.client.Platform.Runs.WaitForCompletion(ctx, created.RunID)
	})
	// Leave RunID out for an inbox of the whole platform.
	watchErr := a.watch(ctx, kneo.HumanTaskListParams{RunID: created.RunID})
	stop() // if the inbox failed, nobody decides and the run would never end
	waiting.Wait()
	if watchErr != nil {
		return watchErr
	}
	return a.report(finished, waitErr)
}

// watch settles tasks as they appear, until ctx ends.
func (a *approval) watch(ctx context.Context, params kneo.HumanTaskListParams) error {
	for task, err := range a.client.Platform.HumanTasks.Watch(ctx, params) {
		if err == nil {
			err = a.settle(ctx, task.ContinuationID, task.PendingHumanRequest)
		}
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// settle gets a decision and resumes the run with it. Resume returns when the run has ended or reached its next task.
func (a *approval) settle(ctx context.Context, id string, request *kneo.HumanRequest) error {
	show(a.out, request)
	decision, err := a.decide(ctx, request)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.out, "  decided: %s %s\n", decision.Decision, decision.SelectedOption)
	_, err = a.client.Platform.HumanTasks.Resume(ctx, id, decision)
	switch {
	case errors.Is(err, kneo.ErrHumanTaskExpired):
		return err // the task is still there, but nobody can decide it any more
	case errors.Is(err, kneo.ErrNotFound), errors.Is(err, kneo.ErrConflict):
		fmt.Fprintln(a.out, "  somebody else was faster")
		return nil
	}
	return err
}

// report prints how a run ended, or passes on why the wait for it failed.
func (a *approval) report(run *kneo.Run, err error) error {
	if err != nil {
		return err
	}
	fmt.Fprintf(a.out, "run %s %s: %q\n", run.RunID, run.Status, run.OutputText)
	return run.Err()
}

// releaseSpec is a workflow in which a person chooses. Put a step after the person: the platform cannot resume a sequence that ends with one.
var releaseSpec = map[string]any{
	"version": "v1",
	"agent":   map[string]any{"name": "root"},
	"components": map[string]any{
		"functions": map[string]any{"capitalize": map[string]any{"implementation": "string.capwords"}},
		"humans": map[string]any{"owner": map[string]any{
			"description": "Shall this be published?", "request_type": "selection", "options": []any{"yes", "no"}, "default_option": "no",
		}},
	},
	"workflow": map[string]any{"type": "sequential", "name": "release", "steps": []any{
		map[string]any{"id": "draft", "kind": "function", "ref": "capitalize"},
		map[string]any{"id": "gate", "kind": "human", "ref": "owner"},
		map[string]any{"id": "publish", "kind": "function", "ref": "capitalize"},
	}},
}

// chatSpec is a chat of two rounds between an agent and a person.
var chatSpec = map[string]any{
	"version": "v1",
	"agent":   map[string]any{"name": "root"},
	"components": map[string]any{
		"agents": map[string]any{"writer": map[string]any{"name": "writer"}},
		"humans": map[string]any{"editor": map[string]any{"description": "Do you approve of this?"}},
	},
	"workflow": map[string]any{"type": "group-chat", "name": "chat", "rounds": 2, "participants": []any{
		map[string]any{"id": "write", "kind": "agent", "ref": "writer"},
		map[string]any{"id": "edit", "kind": "human", "ref": "editor"},
		map[string]any{"id": "rewrite", "kind": "agent", "ref": "writer"},
	}},
}
