package kneo

import (
	"context"
	"iter"
	"net/http"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// RunsService creates runs, looks at them and steers them.
type RunsService struct{ service }

// Create starts a run of the spec in the request.
//
// With AsyncMode the platform answers at once, with status running: wait for the end with [RunsService.WaitForCompletion]. An
// invalid spec is then a run that fails. Without AsyncMode the platform runs the spec first, and answers nobody else meanwhile; a
// run that fails is then an [*Error] without a run id, whose status depends on how it failed. Prefer AsyncMode, or
// [RunsService.CreateAndWait].
//
// The same idempotency key gives the same answer again, status included, which may be long out of date: get the run before you
// trust it. See [WithIdempotencyKey].
//
// A run that the policy of its environment forbids is [ErrForbidden], with Details.Diagnostics, from server 0.9.0. SessionID is from
// server 1.1.0, Skills and Overlays are from 0.8.0; to older ones a request with these is not sent.
func (s *RunsService) Create(ctx context.Context, req RunCreateRequest, opts ...CallOption) (*RunCreated, error) {
	call := s.newCall(gen.OpCreateRun, opts)
	call.long = !req.AsyncMode
	return do[RunCreated](ctx, call, "", func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.CreateRun(ctx, nil, req)
	})
}

// List returns one page of the runs that match, by default the 100 that were updated last.
//
// A status that does not exist finds nothing, and an unknown SortBy leaves the rows unsorted; neither is an error. A row that is
// returned costs the platform about 2.5 ms, in which it answers nobody else, one that matches and is not returned a small part of
// that, and one that a filter leaves out next to nothing: filter rather than page.
//
// Every server filters by Status, Q needs 1.2.0, the others 1.1.0. Older servers ignore or refuse them: the request is not sent, and
// the error is [ErrUnsupported].
func (s *RunsService) List(ctx context.Context, params RunListParams, opts ...CallOption) (*Page[RunSummary], error) {
	return s.list(ctx, params, s.newCall(gen.OpListRuns, opts))
}

func (s *RunsService) list(ctx context.Context, params RunListParams, call *call) (*Page[RunSummary], error) {
	list, err := do[gen.RunList](ctx, call, "", func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.ListRuns(ctx, &params)
	})
	if err != nil {
		return nil, err
	}
	return &Page[RunSummary]{
		Items: list.Runs, Total: list.Total, Limit: list.Limit, Offset: list.Offset, Window: list.Window,
		SortBy: list.SortBy, SortOrder: string(list.SortOrder),
	}, nil
}

// Get returns a run as it is now, or [ErrNotFound]. It has no times; [RunsService.List] and [RunsService.Checkpoints] have them.
func (s *RunsService) Get(ctx context.Context, id string, opts ...CallOption) (*Run, error) {
	return aboutOne[Run](ctx, s.newCall(gen.OpGetRun, opts), id, (*gen.Client).GetRun)
}

// Cancel ends a run, and returns it. The step at work goes on to its end on the server, and its result is dropped. A run that had
// ended already is returned as it is, without an error; [gen.Run.CancelOutcome] tells the two apart.
func (s *RunsService) Cancel(ctx context.Context, id string, opts ...CallOption) (*Run, error) {
	return aboutOne[Run](ctx, s.newCall(gen.OpCancelRun, opts), id, (*gen.Client).CancelRun)
}

// Continue takes up a failed sequential run at the step that failed, and answers when it has ended or paused. Ask
// [RunsService.Recovery] first whether that can work: to a blocked run, a graph or an orchestration the platform answers with a 500
// that no repetition mends. A run that has ended in another way, or is running, is [ErrConflict]. If the step fails again, its error
// is returned. A run that completes after that keeps its old Error.
//
// The platform honours the idempotency key from server 0.8.0 on. Older ones ignore the one that every call has by itself; with one of
// [WithIdempotencyKey] the request is not sent to them.
func (s *RunsService) Continue(ctx context.Context, id string, opts ...CallOption) (*RunCreated, error) {
	return do[RunCreated](ctx, s.newCall(gen.OpContinueRun, opts), id, func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.ContinueRun(ctx, id, nil)
	})
}

// Trace returns one page of the events of a run, by default the 100 oldest, oldest first. The platform shows the events of a step
// when the step has ended.
func (s *RunsService) Trace(ctx context.Context, id string, params TraceParams, opts ...CallOption) (*Page[TraceEvent], error) {
	list, err := do[gen.TraceList](ctx, s.newCall(gen.OpGetRunTrace, opts), id, func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.GetRunTrace(ctx, id, &params)
	})
	if err != nil {
		return nil, err
	}
	return &Page[TraceEvent]{
		Items: list.Events, Total: list.Total, Limit: list.Limit, Offset: list.Offset, Window: list.Window,
		SortBy: list.SortBy, SortOrder: string(list.SortOrder), Complete: list.Complete, Dropped: list.Dropped,
	}, nil
}

// TraceAll goes through all events of a run that match, a page at a time as they are taken, of params.Limit events each (100 if
// zero, 1,000 at the most). It ends with a [*WindowError] if there are more than the platform gives, 10,000. To follow a run that goes
// on, use [RunsService.TailTrace].
func (s *RunsService) TraceAll(ctx context.Context, id string, params TraceParams, opts ...CallOption) iter.Seq2[TraceEvent, error] {
	return walk(ctx, opts, gen.OpGetRunTrace, params.Limit, params.Offset, func(ctx context.Context, limit, offset int) (*Page[TraceEvent], error) {
		params := params // a walk may be gone through by two at once
		params.Limit, params.Offset = limit, offset
		return s.Trace(ctx, id, params, opts...)
	})
}

// Checkpoints returns one page of the checkpoints of a run, by default the first 100, in their order. For a run that does not exist
// the platform answers with an empty page.
func (s *RunsService) Checkpoints(ctx context.Context, id string, params CheckpointParams, opts ...CallOption) (*Page[Checkpoint], error) {
	list, err := do[gen.CheckpointList](ctx, s.newCall(gen.OpListCheckpoints, opts), id, func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.ListCheckpoints(ctx, id, &params)
	})
	if err != nil {
		return nil, err
	}
	return &Page[Checkpoint]{
		Items: list.Checkpoints, Total: list.Total, Limit: list.Limit, Offset: list.Offset, Window: list.Window,
		SortBy: list.SortBy, SortOrder: string(list.SortOrder),
	}, nil
}

// CheckpointsAll goes through all checkpoints of a run that match, a page at a time as they are taken, of params.Limit checkpoints
// each (100 if zero, 1,000 at the most). It ends with a [*WindowError] if there are more than the platform gives, 10,000.
func (s *RunsService) CheckpointsAll(ctx context.Context, id string, params CheckpointParams, opts ...CallOption) iter.Seq2[Checkpoint, error] {
	return walk(ctx, opts, gen.OpListCheckpoints, params.Limit, params.Offset, func(ctx context.Context, limit, offset int) (*Page[Checkpoint], error) {
		params := params // a walk may be gone through by two at once
		params.Limit, params.Offset = limit, offset
		return s.Checkpoints(ctx, id, params, opts...)
	})
}

// DiffCheckpoints compares two checkpoints of a run, by default the last two. It lists at most 200 changes; Truncated says whether
// there are more. A run with fewer than two checkpoints is [ErrBadRequest], and so is one that does not exist.
func (s *RunsService) DiffCheckpoints(ctx context.Context, id string, params CheckpointDiffParams, opts ...CallOption) (*CheckpointDiff, error) {
	return do[CheckpointDiff](ctx, s.newCall(gen.OpDiffCheckpoints, opts), id, func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.DiffCheckpoints(ctx, id, &params)
	})
}

// Replay returns the history of a run, checkpoint by checkpoint. It runs nothing.
func (s *RunsService) Replay(ctx context.Context, id string, opts ...CallOption) (*Replay, error) {
	return aboutOne[Replay](ctx, s.newCall(gen.OpGetRunReplay, opts), id, (*gen.Client).GetRunReplay)
}

// Recovery returns what is needed to decide whether a run can be continued; see CanContinue of its [ReplayContext].
func (s *RunsService) Recovery(ctx context.Context, id string, opts ...CallOption) (*Recovery, error) {
	return aboutOne[Recovery](ctx, s.newCall(gen.OpGetRunRecovery, opts), id, (*gen.Client).GetRunRecovery)
}

// Graph returns the nodes and edges of the workflow of a run, with those that have been visited; an agent and an orchestration have
// none. The platform compiles the spec of the run again: a run whose spec is invalid is [ErrBadRequest], one whose code cannot be
// imported [ErrServer]. From server 1.1.0.
func (s *RunsService) Graph(ctx context.Context, id string, opts ...CallOption) (*RunGraph, error) {
	return aboutOne[RunGraph](ctx, s.newCall(gen.OpGetRunGraph, opts), id, (*gen.Client).GetRunGraph)
}

// PolicyReport says what the spec of a run lets its agents and tools do. From server 0.3.0.
func (s *RunsService) PolicyReport(ctx context.Context, id string, opts ...CallOption) (*PolicyReport, error) {
	return aboutOne[PolicyReport](ctx, s.newCall(gen.OpGetRunPolicyReport, opts), id, (*gen.Client).GetRunPolicyReport)
}
