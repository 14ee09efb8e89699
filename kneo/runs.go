package kneo

import (
	"context"
	"iter"
	"net/http"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// RunsService creates, reads and controls runs.
type RunsService struct{ service }

// Create starts a run of the spec in the request.
//
// With AsyncMode the platform answers at once, with status running: wait for the end with [RunsService.WaitForCompletion]. With an
// invalid spec, the run then fails. Without AsyncMode the platform runs the spec first, and answers nobody else in the meantime; a run
// that fails is then an [*Error] without a run id, whose status depends on how the run failed. Prefer AsyncMode, or
// [RunsService.CreateAndWait].
//
// The same idempotency key returns the same answer again, including its status, which may be long out of date: get the run before you
// trust it. See [WithIdempotencyKey].
//
// From server 0.9.0 on, a run that the policy of its environment forbids is [ErrForbidden], with Details.Diagnostics. SessionID needs
// server 1.1.0, Skills and Overlays need 0.8.0; a request that has them is not sent to older servers.
func (s *RunsService) Create(ctx context.Context, req RunCreateRequest, opts ...CallOption) (*RunCreated, error) {
	call := s.newCall(gen.OpCreateRun, opts)
	call.long = !req.AsyncMode
	return do[RunCreated](ctx, call, "", func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.CreateRun(ctx, nil, req)
	})
}

// List returns one page of the matching runs, by default the 100 that were updated last.
//
// A status that does not exist finds nothing, and an unknown SortBy leaves the rows unsorted; neither is an error. A returned row costs
// the platform about 2.5 ms, during which it answers nobody else. A row that matches but is not returned costs a small part of that, and
// a row that a filter leaves out costs next to nothing: filter rather than page.
//
// Every server can filter by Status; Q needs 1.2.0, the other filters 1.1.0. Older servers ignore or refuse them, so the request is not
// sent to them, and the error is [ErrUnsupported].
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

// Get returns a run as it is now, or [ErrNotFound]. A [Run] has no times; the rows of [RunsService.List] and [RunsService.Checkpoints]
// have them.
func (s *RunsService) Get(ctx context.Context, id string, opts ...CallOption) (*Run, error) {
	return aboutOne[Run](ctx, s.newCall(gen.OpGetRun, opts), id, (*gen.Client).GetRun)
}

// Cancel ends a run, and returns it. The step that is executing runs to its end on the server, and its result is dropped. A run that had
// already ended is returned as it is, without an error; [gen.Run.CancelOutcome] tells the two apart.
func (s *RunsService) Cancel(ctx context.Context, id string, opts ...CallOption) (*Run, error) {
	return aboutOne[Run](ctx, s.newCall(gen.OpCancelRun, opts), id, (*gen.Client).CancelRun)
}

// Continue resumes a failed sequential run at the step that failed, and returns when the run has ended or paused. Ask
// [RunsService.Recovery] first whether that can work: for a blocked run, a graph or an orchestration the platform always answers 500, and
// repeating the call does not help. A run that has ended in another way, or is running, is [ErrConflict]. If the step fails again, its
// error is returned. A run that completes in this way keeps its old Error.
//
// The platform honours the idempotency key from server 0.8.0 on. Older servers ignore the key that every call gets automatically; a call
// with a key from [WithIdempotencyKey] is not sent to them.
func (s *RunsService) Continue(ctx context.Context, id string, opts ...CallOption) (*RunCreated, error) {
	return do[RunCreated](ctx, s.newCall(gen.OpContinueRun, opts), id, func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.ContinueRun(ctx, id, nil)
	})
}

// Trace returns one page of the events of a run, by default the 100 oldest, oldest first. The platform shows the events of a step only
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

// TraceAll yields all matching events of a run. It reads them as you take them, in pages of params.Limit events (100 if zero, at most
// 1,000). It ends with a [*WindowError] if there are more events than the platform gives, 10,000. To follow a run that has not ended, use
// [RunsService.TailTrace].
func (s *RunsService) TraceAll(ctx context.Context, id string, params TraceParams, opts ...CallOption) iter.Seq2[TraceEvent, error] {
	return walk(ctx, opts, gen.OpGetRunTrace, params.Limit, params.Offset, func(ctx context.Context, limit, offset int) (*Page[TraceEvent], error) {
		params := params // a walk may be gone through by two at once
		params.Limit, params.Offset = limit, offset
		return s.Trace(ctx, id, params, opts...)
	})
}

// Checkpoints returns one page of the checkpoints of a run, by default the first 100, in order. For a run that does not exist the
// platform returns an empty page.
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

// CheckpointsAll yields all matching checkpoints of a run. It reads them as you take them, in pages of params.Limit checkpoints (100 if
// zero, at most 1,000). It ends with a [*WindowError] if there are more than the platform gives, 10,000.
func (s *RunsService) CheckpointsAll(ctx context.Context, id string, params CheckpointParams, opts ...CallOption) iter.Seq2[Checkpoint, error] {
	return walk(ctx, opts, gen.OpListCheckpoints, params.Limit, params.Offset, func(ctx context.Context, limit, offset int) (*Page[Checkpoint], error) {
		params := params // a walk may be gone through by two at once
		params.Limit, params.Offset = limit, offset
		return s.Checkpoints(ctx, id, params, opts...)
	})
}

// DiffCheckpoints compares two checkpoints of a run, by default the last two. It lists at most 200 changes; Truncated says whether there
// are more. A run with fewer than two checkpoints is [ErrBadRequest], and so is a run that does not exist.
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

// Graph returns the nodes and edges of the workflow of a run, and says which have been visited; agents and orchestrations have no nodes.
// The platform compiles the spec of the run again: a run whose spec is invalid is [ErrBadRequest], and one whose code cannot be imported
// is [ErrServer]. From server 1.1.0.
func (s *RunsService) Graph(ctx context.Context, id string, opts ...CallOption) (*RunGraph, error) {
	return aboutOne[RunGraph](ctx, s.newCall(gen.OpGetRunGraph, opts), id, (*gen.Client).GetRunGraph)
}

// PolicyReport says what the spec of a run lets its agents and tools do. From server 0.3.0.
func (s *RunsService) PolicyReport(ctx context.Context, id string, opts ...CallOption) (*PolicyReport, error) {
	return aboutOne[PolicyReport](ctx, s.newCall(gen.OpGetRunPolicyReport, opts), id, (*gen.Client).GetRunPolicyReport)
}
