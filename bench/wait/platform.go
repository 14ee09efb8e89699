package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/profiles"
)

// platform is a platform whose runs take as long as they are told to, and which knows when they really ended.
type platform interface {
	name() string
	profile() profiles.Profile
	// step returns the function of a run's only step, and the input that has it take d. A gated run first waits for open.
	step(number int, d time.Duration, gated bool) (implementation, input string)
	// open lets the gated runs go.
	open(ctx context.Context) error
	// ends returns when each run ended, by the clock of this machine.
	ends(ctx context.Context, runs []run) ([]time.Time, error)
	close() error
}

// starter starts a platform.
type starter func(context.Context) (platform, error)

// run is a run that was made here.
type run struct {
	number int
	id     string
}

// ids returns the ids of runs.
func ids(runs []run) []string {
	list := make([]string, len(runs))
	for i, r := range runs {
		list[i] = r.id
	}
	return list
}

// session is a platform and a client of it that counts what it sends.
type session struct {
	platform
	*kneo.Client
	transport *counter
	numbers   atomic.Int64
}

func newSession(p platform) (*session, error) {
	transport := newCounter()
	client, err := kneo.NewClient(kneo.WithResolvedProfile(p.profile()), kneo.WithHTTPClient(&http.Client{Transport: transport}))
	if err != nil {
		return nil, err
	}
	return &session{platform: p, Client: client, transport: transport}, nil
}

// create makes one run.
func (s *session) create(ctx context.Context, d time.Duration, gated bool) (run, error) {
	number := int(s.numbers.Add(1))
	implementation, input := s.step(number, d, gated)
	created, err := s.Platform.Runs.Create(ctx, kneo.RunCreateRequest{Input: input, AsyncMode: true, Spec: map[string]any{
		"version": "v1", "agent": map[string]any{"name": "root"},
		"components": map[string]any{"functions": map[string]any{"sleep": map[string]any{"implementation": implementation}}},
		"workflow": map[string]any{"type": "sequential", "name": "bench", "steps": []any{
			map[string]any{"id": "sleep", "kind": "function", "ref": "sleep"},
		}},
	}})
	if err != nil {
		return run{}, err
	}
	return run{number, created.RunID}, nil
}

// withRuns starts a platform, makes gated runs of these lengths on it, and ends it when f is done with them.
func withRuns(ctx context.Context, start starter, lengths []time.Duration, f func(*session, []run) error) error {
	p, err := start(ctx)
	if err != nil {
		return err
	}
	err = func() error {
		s, err := newSession(p)
		if err != nil {
			return err
		}
		runs, err := s.createAll(ctx, lengths)
		if err != nil {
			return err
		}
		return f(s, runs)
	}()
	return errors.Join(err, p.close())
}

// creators is how many runs are made at once. The real server makes one after another whatever is asked.
const creators = 4

// createAll makes gated runs of these lengths, in this order as far as their being made at once allows.
func (s *session) createAll(ctx context.Context, lengths []time.Duration) ([]run, error) {
	runs := make([]run, len(lengths))
	errs := make([]error, creators)
	var next atomic.Int64
	var wg sync.WaitGroup
	for c := range creators {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(runs) && errs[c] == nil; i = int(next.Add(1)) - 1 {
				runs[i], errs[c] = s.create(ctx, lengths[i], true)
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, fmt.Errorf("making %d runs: %w", len(runs), err)
		}
	}
	return runs, nil
}
