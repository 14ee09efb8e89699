package kneo

import (
	"context"
	"iter"
	"time"
)

// tailPatience is how long a tail goes on looking for events that the run, which has ended, counts and the trace does not have.
const tailPatience = 2 * time.Second

// lookAnyway is how many looks at a run that does not move go by before its trace is read all the same.
const lookAnyway = 10

// WithTraceOffset makes a tail begin after the first n events. A program that counts the events it has handled can thus continue where it
// was after a crash.
func WithTraceOffset(n int) WaitOption {
	return func(o *waitOptions) {
		if n < 0 && o.problem == nil {
			o.problem = argument("WithTraceOffset", "the offset must not be below zero")
		}
		o.offset = n
	}
}

// TailTrace yields the events of a run as they come, from the first one or from that of [WithTraceOffset], until the run has ended and
// all its events have been yielded, each once. The platform shows the events of a step only when the step has ended.
//
// It takes the options of [RunsService.WaitForCompletion], looks at the run at the same pace, and is as patient: it goes on through
// outages, and ends with a [*WaitTimeoutError] at the deadline. It reads the trace when something in the run has changed. After the
// 10,000 events that the platform gives of a trace it ends with a [*WindowError].
func (s *RunsService) TailTrace(ctx context.Context, id string, opts ...WaitOption) iter.Seq2[TraceEvent, error] {
	return func(yield func(TraceEvent, error) bool) {
		o, err := newWaitOptions(opts)
		if err != nil {
			yield(TraceEvent{}, err)
			return
		}
		ctx, cancel := o.limit(ctx)
		defer cancel()
		t := &tail{watch: newWatch(id, o), service: s, offset: o.offset, given: make(map[string]bool), yield: yield}
		ctx, end := s.observeWait(ctx, WaitStart{Method: "TailTrace", Runs: 1, RunIDs: []string{id}})
		err = t.run(ctx)
		end(t.endOf(err))
		if err != nil && !t.stopped {
			yield(TraceEvent{}, err)
		}
	}
}

// tail is one tail of one trace.
type tail struct {
	*watch
	service *RunsService
	offset  int
	given   map[string]bool // ids of the events that were given
	yield   func(TraceEvent, error) bool
	stopped bool // the consumer has had enough
}

func (t *tail) run(ctx context.Context) error {
	var before *Run
	var endedAt time.Time
	for {
		run, err := t.look(ctx, t.service)
		if err != nil && !isOutage(err) {
			return err
		}
		if err == nil {
			over := t.options.over(run)
			if over || before == nil || hasMoved(before, run) || t.polls%lookAnyway == 0 {
				if err = t.read(ctx); t.stopped || err != nil && (ctx.Err() != nil || !isOutage(err)) {
					return t.because(ctx, err)
				}
			}
			if err == nil {
				before = run
			}
			if endedAt.IsZero() && over {
				endedAt = time.Now()
			}
			if over && err == nil && (t.options.offset+len(t.given) >= run.TraceEventCount || time.Since(endedAt) > tailPatience) {
				return nil
			}
			if err == nil {
				if err := t.handleBlocked(ctx, run); err != nil {
					return err
				}
			}
		}
		if sleep(ctx, t.pause(err)) != nil {
			return t.ended(ctx, err)
		}
	}
}

// because returns why a tail ends: the end of its context before any error that this led to.
func (t *tail) because(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return t.ended(ctx, err)
	}
	return err
}

// read gives what the trace has beyond the offset.
func (t *tail) read(ctx context.Context) error {
	for {
		page, err := t.service.Trace(ctx, t.id, TraceParams{Offset: t.offset, Limit: maxPage}, t.calls...)
		if err != nil {
			return err
		}
		again := false
		for _, event := range page.Items {
			if t.given[event.EventID] {
				again = true
				continue
			}
			t.given[event.EventID] = true
			if t.stopped = !t.yield(event, nil); t.stopped {
				return nil
			}
		}
		t.offset += len(page.Items)
		switch {
		case again:
			// An event that came late has a place before those that were given, and moved them.
			t.offset = t.options.offset
			if err := t.reread(ctx); err != nil || t.stopped {
				return err
			}
			return nil
		case !page.HasMore():
			return page.beyondWindow(t.offset)
		}
	}
}

// reread goes through the whole trace again and gives what has not been.
func (t *tail) reread(ctx context.Context) error {
	for event, err := range t.service.TraceAll(ctx, t.id, TraceParams{Offset: t.offset, Limit: maxPage}, t.calls...) {
		if err != nil {
			return err
		}
		t.offset++
		if t.given[event.EventID] {
			continue
		}
		t.given[event.EventID] = true
		if t.stopped = !t.yield(event, nil); t.stopped {
			return nil
		}
	}
	return nil
}
