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
// With AsyncMode the platform answers at once, with status running: wait for the end with
// [RunsService.WaitForCompletion]. Without it the platform runs the spec first, and answers nobody else meanwhile; a run that
// fails then is an [*Error] without a run id, whose status depends on how the spec failed. Prefer AsyncMode, or
// [RunsService.CreateAndWait].
//
// The same idempotency key gives the same answer again, status included: it may be long out of date, see
// [WithIdempotencyKey]. Ask for the run before you trust it.
//
// SessionID is from server 1.1.0, Skills and Overlays are from 0.8.0; to older ones the request is not sent.
func (s *RunsService) Create(ctx context.Context, req RunCreateRequest, opts ...CallOption) (*RunCreated, error) {
	call := s.newCall(gen.OpCreateRun, opts)
	call.long = !req.AsyncMode
	return do[RunCreated](ctx, call, "", func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.CreateRun(ctx, nil, req)
	})
}

// List returns one page of the runs that match, by default the 100 that were updated last.
//
// The platform ignores filters and sort fields that it does not know the values of. Each row costs it about a thousand times
// what a row that it need not return does: filter rather than page.
//
// Status is a filter of every server, Q from 1.2.0, the others from 1.1.0. Older servers ignore them, or refuse them: the
// request is not sent, and the error is [ErrUnsupported].
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

// Get returns a run as it is now. It has no times; [RunsService.List] and [RunsService.Checkpoints] have them.
func (s *RunsService) Get(ctx context.Context, id string, opts ...CallOption) (*Run, error) {
	return aboutOne[Run](ctx, s.newCall(gen.OpGetRun, opts), id, (*gen.Client).GetRun)
}

// Cancel ends a run. The step at work goes on to its end, whose result is dropped. A run that has ended already is
// returned as it is, without an error: see its status.
func (s *RunsService) Cancel(ctx context.Context, id string, opts ...CallOption) (*Run, error) {
	return aboutOne[Run](ctx, s.newCall(gen.OpCancelRun, opts), id, (*gen.Client).CancelRun)
}

// Continue takes up a failed sequential run at the step that failed, and answers when it has ended or paused. Ask
// [RunsService.Recovery] first whether it can be: of a blocked run, a graph or an orchestration the platform makes a 500 that
// no repetition mends. A run that has ended otherwise, or is running, is [ErrConflict].
//
// The idempotency key is honoured from server 0.8.0 on. The one that every call has by itself older ones ignore; with one of
// [WithIdempotencyKey] the request is not sent to them.
func (s *RunsService) Continue(ctx context.Context, id string, opts ...CallOption) (*RunCreated, error) {
	return do[RunCreated](ctx, s.newCall(gen.OpContinueRun, opts), id, func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.ContinueRun(ctx, id, nil)
	})
}

// Trace returns one page of the events of a run, oldest first by default. Events of a step come when the step has ended.
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

// TraceAll goes through all events of a run that match, lazily, params.Limit at a time (100 if zero, 1,000 at the most). It
// ends with a [*WindowError] if there are more than the platform gives.
func (s *RunsService) TraceAll(ctx context.Context, id string, params TraceParams, opts ...CallOption) iter.Seq2[TraceEvent, error] {
	return walk(ctx, opts, gen.OpGetRunTrace, params.Limit, params.Offset, func(ctx context.Context, limit, offset int) (*Page[TraceEvent], error) {
		params := params // a walk may be gone through by two at once
		params.Limit, params.Offset = limit, offset
		return s.Trace(ctx, id, params, opts...)
	})
}

// Checkpoints returns one page of the checkpoints of a run, by default in their order. For a run that does not exist the
// platform answers with an empty page.
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

// CheckpointsAll goes through all checkpoints of a run that match, lazily, params.Limit at a time (100 if zero, 1,000 at the
// most). It ends with a [*WindowError] if there are more than the platform gives.
func (s *RunsService) CheckpointsAll(ctx context.Context, id string, params CheckpointParams, opts ...CallOption) iter.Seq2[Checkpoint, error] {
	return walk(ctx, opts, gen.OpListCheckpoints, params.Limit, params.Offset, func(ctx context.Context, limit, offset int) (*Page[Checkpoint], error) {
		params := params // a walk may be gone through by two at once
		params.Limit, params.Offset = limit, offset
		return s.Checkpoints(ctx, id, params, opts...)
	})
}

// DiffCheckpoints compares two checkpoints of a run, by default the last two. It lists at most 200 changes; Truncated says
// whether there are more. A run with fewer than two checkpoints, or none at all, is [ErrBadRequest].
func (s *RunsService) DiffCheckpoints(ctx context.Context, id string, params CheckpointDiffParams, opts ...CallOption) (*CheckpointDiff, error) {
	return do[CheckpointDiff](ctx, s.newCall(gen.OpDiffCheckpoints, opts), id, func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.DiffCheckpoints(ctx, id, &params)
	})
}

// Replay returns the history of a run, checkpoint by checkpoint.
func (s *RunsService) Replay(ctx context.Context, id string, opts ...CallOption) (*Replay, error) {
	return aboutOne[Replay](ctx, s.newCall(gen.OpGetRunReplay, opts), id, (*gen.Client).GetRunReplay)
}

// Recovery returns what is needed to decide whether a run can be continued; see ReplayContext.CanContinue.
func (s *RunsService) Recovery(ctx context.Context, id string, opts ...CallOption) (*Recovery, error) {
	return aboutOne[Recovery](ctx, s.newCall(gen.OpGetRunRecovery, opts), id, (*gen.Client).GetRunRecovery)
}

// Graph returns the nodes and edges of a run's workflow, with what has been visited. The platform compiles the spec of the
// run again: a run whose spec is invalid is [ErrBadRequest], one whose imports fail [ErrServer]. From server 1.1.0.
func (s *RunsService) Graph(ctx context.Context, id string, opts ...CallOption) (*RunGraph, error) {
	return aboutOne[RunGraph](ctx, s.newCall(gen.OpGetRunGraph, opts), id, (*gen.Client).GetRunGraph)
}

// PolicyReport returns what the spec of a run lets its agents and tools do. From server 0.3.0.
func (s *RunsService) PolicyReport(ctx context.Context, id string, opts ...CallOption) (*PolicyReport, error) {
	return aboutOne[PolicyReport](ctx, s.newCall(gen.OpGetRunPolicyReport, opts), id, (*gen.Client).GetRunPolicyReport)
}
