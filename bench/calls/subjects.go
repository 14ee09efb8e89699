package main

import (
	"context"
	"fmt"
	"net/http"

	"github.com/kneo-agent/kneo-client-go/gen"
	"github.com/kneo-agent/kneo-client-go/kneo"
)

const (
	apiKey = "kneo_bench"

	// The rows of a large page, and of a walk.
	pageRows = 1000
	walkRows = 10_000
)

// subject is a client that is measured.
type subject interface {
	get(ctx context.Context) error    // GET of a run
	create(ctx context.Context) error // POST of one
	trace(ctx context.Context) error  // a page of 100 events
	list(ctx context.Context) error   // a page of 1,000 runs
	walk(ctx context.Context) error   // 10,000 runs, page by page
}

// operations are the calls, in the order of the tables.
var operations = []string{"get", "create", "trace", "list", "walk"}

func do(ctx context.Context, s subject, operation string) error {
	switch operation {
	case "get":
		return s.get(ctx)
	case "create":
		return s.create(ctx)
	case "trace":
		return s.trace(ctx)
	case "list":
		return s.list(ctx)
	case "walk":
		return s.walk(ctx)
	}
	return fmt.Errorf("there is no operation %q", operation)
}

// names are those of the subjects, in the order of the tables. The first is what all others are compared with.
var names = []string{"net/http", "kneo", "kneo raw", "go-retryablehttp", "godo", "go-github", "azcore", "hcloud-go", "openai-go"}

// newSubject makes a client of a kind, for a stub at an address, through a transport.
func newSubject(name, address string, transport http.RoundTripper) (subject, error) {
	hc := &http.Client{Transport: transport}
	switch name {
	case "kneo", "kneo raw":
		client, err := kneo.NewClient(kneo.WithURL(address), kneo.WithAPIKey(apiKey), kneo.WithHTTPClient(hc))
		if name == "kneo" {
			return wrapped{client}, err
		}
		return raw{client}, err
	}
	for _, other := range others {
		if other.name == name {
			call, err := other.make(address, hc)
			return byCaller(call), err
		}
	}
	return nil, fmt.Errorf("there is no client %q", name)
}

var spec = map[string]any{"version": "v1", "agent": map[string]any{"name": "root"}}

// wrapped is package kneo.
type wrapped struct{ *kneo.Client }

func (s wrapped) get(ctx context.Context) error {
	_, err := s.Platform.Runs.Get(ctx, runID)
	return err
}

func (s wrapped) create(ctx context.Context) error {
	_, err := s.Platform.Runs.Create(ctx, kneo.RunCreateRequest{Input: "hello", Spec: spec, AsyncMode: true})
	return err
}

func (s wrapped) trace(ctx context.Context) error {
	_, err := s.Platform.Runs.Trace(ctx, runID, kneo.TraceParams{})
	return err
}

func (s wrapped) list(ctx context.Context) error {
	_, err := s.Platform.Runs.List(ctx, kneo.RunListParams{Limit: pageRows})
	return err
}

func (s wrapped) walk(ctx context.Context) error {
	n := 0
	for _, err := range s.Platform.Runs.All(ctx, kneo.RunListParams{Limit: pageRows}) {
		if err != nil {
			return err
		}
		n++
	}
	return whole(n)
}

// whole reports a walk that has not found everything.
func whole(n int) error {
	if n != walkRows {
		return fmt.Errorf("the walk found %d runs", n)
	}
	return nil
}

// raw is the generated client.
type raw struct{ *kneo.Client }

func (s raw) get(ctx context.Context) error {
	_, err := s.Raw().GetRunWithResponse(ctx, runID)
	return err
}

func (s raw) create(ctx context.Context) error {
	_, err := s.Raw().CreateRunWithResponse(ctx, nil, gen.RunCreateRequest{Input: "hello", Spec: spec, AsyncMode: true})
	return err
}

func (s raw) trace(ctx context.Context) error {
	_, err := s.Raw().GetRunTraceWithResponse(ctx, runID, nil)
	return err
}

func (s raw) list(ctx context.Context) error {
	_, err := s.Raw().ListRunsWithResponse(ctx, &gen.ListRunsParams{Limit: pageRows})
	return err
}

func (s raw) walk(ctx context.Context) error {
	n := 0
	for n < walkRows {
		page, err := s.Raw().ListRunsWithResponse(ctx, &gen.ListRunsParams{Limit: pageRows, Offset: n})
		if err != nil {
			return err
		}
		n += len(page.JSON200.Runs)
	}
	return whole(n)
}

// caller makes a call and reads its answer; a body of nil is none.
type caller func(ctx context.Context, method, path string, body, out any) error

// byCaller is the subject that a client makes which knows nothing of the platform. What it reads is typed by hand.
type byCaller caller

func (call byCaller) get(ctx context.Context) error {
	return call(ctx, http.MethodGet, "/v1/runs/"+runID, nil, new(run))
}

func (call byCaller) create(ctx context.Context) error {
	return call(ctx, http.MethodPost, "/v1/runs", createRequest{Input: "hello", Spec: spec, AsyncMode: true}, new(created))
}

func (call byCaller) trace(ctx context.Context) error {
	return call(ctx, http.MethodGet, "/v1/runs/"+runID+"/trace", nil, new(traceList))
}

func (call byCaller) list(ctx context.Context) error {
	return call(ctx, http.MethodGet, fmt.Sprintf("/v1/runs?limit=%d", pageRows), nil, new(runList))
}

func (call byCaller) walk(ctx context.Context) error {
	n := 0
	for n < walkRows {
		var page runList
		if err := call(ctx, http.MethodGet, fmt.Sprintf("/v1/runs?limit=%d&offset=%d", pageRows, n), nil, &page); err != nil {
			return err
		}
		n += len(page.Runs)
	}
	return whole(n)
}
