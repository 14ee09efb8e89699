package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

// played is what there is to see of the run of a story.
type played struct {
	graph  *kneo.RunGraph
	run    *kneo.Run
	events []kneo.TraceEvent
	now    time.Time
}

// player plays a story on a platform in this process, whose clock stands still but while something is slow.
type player struct {
	story  story
	clock  *kneotest.Clock
	sleeps chan nap
	calls  map[string]int // of functions
	slow   int
}

// nap is something slow that begins now.
type nap struct {
	takes  time.Duration
	alarms int // that the clock has while it goes on
}

// play is deterministic: only one thing is slow at a time, and the clock moves on by just as long as that takes.
func play(ctx context.Context, s story) (*played, error) {
	p := &player{
		story: s, sleeps: make(chan nap), calls: map[string]int{},
		clock: kneotest.NewClock(time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)),
	}
	spec, options, err := p.prepare()
	if err != nil {
		return nil, fmt.Errorf("spec of %s: %w", s.Name, err)
	}
	srv := kneotest.NewServer(options...)
	defer srv.Close()
	client := srv.Client()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go p.turn(ctx)

	created, err := client.Platform.Runs.Create(ctx, kneo.RunCreateRequest{Input: s.input, Spec: spec, AsyncMode: true})
	if err != nil {
		return nil, err
	}
	blocked := kneo.WithTerminalStatuses(kneo.RunBlocked)
	run, err := client.Platform.Runs.WaitForCompletion(ctx, created.RunID, blocked)
	for _, after := range s.answers {
		if err != nil {
			break
		}
		p.clock.Advance(after)
		if _, err = client.Platform.HumanTasks.Resume(ctx, run.ContinuationID, kneo.Approve()); err == nil {
			run, err = client.Platform.Runs.WaitForCompletion(ctx, created.RunID, blocked)
		}
	}
	if err != nil {
		return nil, err
	}
	p.clock.Advance(s.since)
	if string(run.Status) != s.status {
		return nil, fmt.Errorf("%s is %s, not %s: %w", s.Name, run.Status, s.status, run.Err())
	}
	return p.see(ctx, client, run)
}

// see asks for all that is drawn, and makes the ids alike from one playing to the next.
func (p *player) see(ctx context.Context, client *kneo.Client, run *kneo.Run) (*played, error) {
	graph, err := client.Platform.Runs.Graph(ctx, run.RunID)
	if err != nil {
		return nil, err
	}
	seen := &played{graph: graph, run: run, now: p.clock.Now()}
	for event, err := range client.Platform.Runs.TraceAll(ctx, run.RunID, kneo.TraceParams{}) {
		if err != nil {
			return nil, err
		}
		event.RunID, event.EventID = runID, fmt.Sprintf("00000000-0000-4000-8000-%012d", len(seen.events)+2)
		event.Metadata.ContinuationID = ""
		seen.events = append(seen.events, event)
	}
	graph.RunID, run.RunID = runID, runID
	return seen, nil
}

const runID = "00000000-0000-4000-8000-000000000001"

// turn moves the clock on, by what is slow.
func (p *player) turn(ctx context.Context) {
	for {
		select {
		case n := <-p.sleeps:
			if p.clock.AwaitSleepers(ctx, n.alarms) == nil {
				p.clock.Advance(n.takes)
			}
		case <-ctx.Done():
			return
		}
	}
}

// prepare makes the spec of the story one of the platform's, in which agents have a tool to be slow with, and the functions for it.
func (p *player) prepare() (spec map[string]any, options []kneotest.Option, err error) {
	if err := json.Unmarshal([]byte(p.story.spec), &spec); err != nil {
		return nil, nil, err
	}
	spec["version"], spec["agent"] = "v1", map[string]any{"name": "root"}
	spec["tools"] = map[string]any{"web_search": map[string]any{"description": "search", "parameters": map[string]any{"type": "object"}, "implementation": "pictures.search"}}
	components := spec["components"].(map[string]any)
	agents, _ := components["agents"].(map[string]any)
	for _, a := range agents {
		agent := a.(map[string]any)
		agent["strategy"], agent["model"] = "react", "any"
		agent["tools"] = map[string]any{"include": []any{"web_search"}, "permissions": map[string]any{}}
	}
	options = append(options, kneotest.WithClock(p.clock), kneotest.WithFunction("pictures.search", p.function("search")))
	functions, _ := components["functions"].(map[string]any)
	for _, f := range functions {
		implementation := f.(map[string]any)["implementation"].(string)
		options = append(options, kneotest.WithFunction(implementation, p.function(strings.TrimPrefix(implementation, "pictures."))))
	}
	return spec, options, nil
}

// function is a function of the story: it takes its time, and then says or fails with what is due.
func (p *player) function(name string) kneotest.Function {
	return func(ctx context.Context, input string) (string, error) {
		if p.slow == len(p.story.pace) {
			return "", fmt.Errorf("the pace of %s has nothing for call %d, of %s", p.story.Name, p.slow+1, name)
		}
		begins := nap{takes: p.story.pace[p.slow], alarms: 1}
		if name == p.story.limited {
			begins.alarms = 2
		}
		p.slow++
		p.calls[name]++
		select {
		case p.sleeps <- begins:
		case <-ctx.Done():
			return "", ctx.Err()
		}
		if err := kneotest.Sleep(ctx, begins.takes); err != nil {
			return "", err
		}
		if message := p.story.errors[name]; message != "" {
			return "", &kneotest.StepError{Type: "ValueError", Message: message}
		}
		if name == "search" {
			return "search done, nothing new", nil
		}
		if said, ok := p.story.says[name+" "+strconv.Itoa(p.calls[name])]; ok {
			return said, nil
		}
		if said, ok := p.story.says[name]; ok {
			return said, nil
		}
		return input, nil
	}
}
