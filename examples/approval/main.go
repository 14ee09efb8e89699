// Command approval puts a person into the loop: runs stop at a human task, the program shows its prompt and its options, asks on the
// terminal, and resumes the run with the answer.
//
//	go run ./examples/approval [-answer yes|no]
//
// It uses the platform of your profile, file or environment. Without one it starts a platform in its own process. Where nobody can be
// asked, since the input is no terminal, the answer is the task's default option, else no.
//
// Look at the two ways to meet a task: release decides in the middle of its own wait, with [kneo.WithOnBlocked]; discuss has an inbox
// beside the wait, [kneo.HumanTasksService.Watch], as a program would that decides the tasks of runs that others wait for.
// Answering, in person.go, is the same for both.
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

// release asks in the middle of the wait for a run: the wait calls settle whenever the run blocks, and then goes on.
func (a *approval) release(ctx context.Context) error {
	finished, err := a.client.Platform.Runs.CreateAndWait(ctx, kneo.RunCreateRequest{Input: "release notes", Spec: releaseSpec},
		kneo.WithOnBlocked(func(ctx context.Context, run *kneo.Run) error {
			return a.settle(ctx, run.ContinuationID, run.PendingHumanRequest)
		}))
	return a.report(finished, err)
}

// discuss has an inbox beside the wait. The chat has two rounds with a turn of the person in each, so that the run blocks, goes on and
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
		defer stop() // when the run has ended no more tasks come
		finished, waitErr = a.client.Platform.Runs.WaitForCompletion(ctx, created.RunID)
	})
	// Without RunID the inbox is that of the whole platform.
	watchErr := a.watch(ctx, kneo.HumanTaskListParams{RunID: created.RunID})
	stop() // when the inbox has failed nobody decides, and there is nothing to wait for
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

// settle has a task decided and resumes its run, which goes on to its end or to the next task before Resume returns.
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
		return err // the task stays, but nobody can decide it any more
	case errors.Is(err, kneo.ErrNotFound), errors.Is(err, kneo.ErrConflict):
		fmt.Fprintln(a.out, "  somebody else was faster")
		return nil
	}
	return err
}

// report tells the end of a run, or why it could not be waited for.
func (a *approval) report(run *kneo.Run, err error) error {
	if err != nil {
		return err
	}
	fmt.Fprintf(a.out, "run %s %s: %q\n", run.RunID, run.Status, run.OutputText)
	return run.Err()
}

// releaseSpec is a workflow in which a person chooses. The platform does not let a person have the last step.
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

// chatSpec is a talk of two rounds between an agent and a person.
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
