package kneo

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"slices"
	"time"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// All yields all matching runs. It reads them as you take them, in pages of params.Limit rows (100 if zero, at most 1,000). It skips the
// first params.Offset rows. Every run that existed when the walk began, and matches throughout, is yielded exactly once, however many
// there are and whatever happens to them meanwhile. Some of the runs that are created meanwhile may be yielded too.
//
// The order is that of created_at, oldest first, or newest first if SortOrder says so. Any other SortBy works as long as no more runs
// match than the platform gives at one time, 10,000; otherwise the walk ends with a [*WindowError] before the first run. Runs that change
// during such a walk may come at its end, out of order. Every filter can be used.
//
// This is how it works: the platform gives only the 10,000 rows of a list that were updated last, so neither offsets nor the time of the
// last row lead through a longer list. The walk goes through ranges of created_at for which the platform counts no more rows than that.
// Within each range it goes by time rather than by offset, which changes would shift. Servers before 1.1.0 have no ranges: there, more
// than 10,000 runs end in a [*WindowError].
func (s *RunsService) All(ctx context.Context, params RunListParams, opts ...CallOption) iter.Seq2[RunSummary, error] {
	return rowByRow(ctx, opts, func(ctx context.Context) iter.Seq2[[]RunSummary, error] { return s.allPages(ctx, params, opts) })
}

// allPages is All page by page.
func (s *RunsService) allPages(ctx context.Context, params RunListParams, opts []CallOption) iter.Seq2[[]RunSummary, error] {
	return func(yield func([]RunSummary, error) bool) {
		if err := checkWalk(params.Limit, params.Offset); err != nil {
			yield(nil, err)
			return
		}
		w := &runWalk{service: s, params: params, opts: opts, yield: yield}
		if w.params.Limit == 0 {
			w.params.Limit = defaultPage
		}
		w.skip, w.params.Offset = params.Offset, 0
		var err error
		if params.SortBy == "" || params.SortBy == "created_at" {
			err = w.byTime(ctx)
		} else {
			err = w.bySort(ctx)
		}
		if err != nil && !w.stopped {
			yield(nil, err)
		}
	}
}

// runWalk is one walk. It goes from near to far, which are times of creation, both included: from the oldest to the newest,
// or the other way round.
type runWalk struct {
	service *RunsService
	params  RunListParams
	opts    []CallOption
	yield   func([]RunSummary, error) bool
	skip    int
	stopped bool            // the consumer has had enough
	given   map[string]bool // ids that must not be given again
}

// tick is the difference between two times of the platform.
const tick = time.Microsecond

func (w *runWalk) descending() bool { return w.params.SortOrder == SortDescending }

// page asks for the rows between near and far; a zero time is no bound.
func (w *runWalk) page(ctx context.Context, near, far time.Time, limit int) (*Page[RunSummary], *call, error) {
	params := w.params
	params.SortBy, params.Limit = "created_at", limit
	if params.CreatedAfter, params.CreatedBefore = near, far; w.descending() {
		params.CreatedAfter, params.CreatedBefore = far, near
	} else {
		params.SortOrder = SortAscending
	}
	call := w.service.newCall(gen.OpListRuns, w.opts)
	page, err := w.service.list(ctx, params, call)
	if err == nil && w.ignored(page, near) {
		w.service.client.server.doubt()
		err := errors.New("it has runs from outside of the range that was asked for: the server ignores created_after and created_before, which it has from 1.1.0 on")
		return nil, call, &ProtocolError{Method: call.method, Path: call.path, Host: w.service.client.origin.Host, StatusCode: http.StatusOK, RequestID: call.requestID, Attempts: call.attempts, Err: err, text: err.Error()}
	}
	return page, call, err
}

// ignored reports whether a page begins before it may. A walk on a server that knows no ranges, of whose version nobody had asked or which
// was another one just now, would not end.
func (w *runWalk) ignored(page *Page[RunSummary], near time.Time) bool {
	return !near.IsZero() && len(page.Items) > 0 && !page.Items[0].CreatedAt.IsZero() && w.isBefore(page.Items[0].CreatedAt, near)
}

// give passes the rows of a page on, but for those that have been, and reports whether there may be more.
func (w *runWalk) give(page []RunSummary) bool {
	if len(w.given) > 0 || w.skip > 0 {
		page = slices.DeleteFunc(slices.Clone(page), func(row RunSummary) bool {
			switch {
			case w.given[row.RunID]:
				return true
			case w.skip > 0:
				w.skip--
				return true
			}
			return false
		})
	}
	w.stopped = len(page) > 0 && !w.yield(page, nil)
	return !w.stopped
}

// giveAll passes on what a sequence of pages has, and remembers it for the rest of the walk if that is asked for.
func (w *runWalk) giveAll(pages iter.Seq2[[]RunSummary, error], remember bool) error {
	for page, err := range pages {
		if err != nil {
			return err
		}
		if !w.give(page) {
			return nil
		}
		if remember {
			for _, row := range page {
				w.given[row.RunID] = true
			}
		}
	}
	return nil
}

// byTime walks in the order of creation.
func (w *runWalk) byTime(ctx context.Context) error {
	near, far := w.params.CreatedAfter, w.params.CreatedBefore
	if w.descending() {
		near, far = far, near
	}
	end := far // of the range that is walked
	for first := true; ; first = false {
		page, call, err := w.page(ctx, near, end, w.params.Limit)
		if err != nil {
			return err
		}
		if first {
			if near.IsZero() && far.IsZero() && !w.isLast(page) && !w.ranged(ctx) {
				return w.byOffset(ctx)
			}
			w.bound(call, &near, &far)
			end = far
		}
		if page.Total > page.reach() {
			if near, end, err = w.narrow(ctx, near, far, page.Total, page.reach()); err != nil {
				return err
			}
			continue
		}
		more, err := w.rows(ctx, page, &near)
		switch {
		case err != nil || w.stopped:
			return err
		case !more && end.Equal(far):
			return nil
		case !more:
			near, end, w.given = w.after(end), far, nil
		}
	}
}

// ranged reports whether the server can list the runs of a range of time. If that cannot be told, the next page is the one to fail.
func (w *runWalk) ranged(ctx context.Context) bool {
	has, err := w.service.client.serverHas(ctx, gen.OpListRuns, "created_after")
	return has || err != nil
}

// byOffset walks in the order of creation on a server before 1.1.0, which cannot list the runs of a range of time: from offset to offset,
// as far as that leads. What is made meanwhile comes at the end, or moves what was given already.
func (w *runWalk) byOffset(ctx context.Context) error {
	w.params.SortBy = "created_at"
	if w.params.SortOrder == "" {
		w.params.SortOrder = SortAscending
	}
	w.given = make(map[string]bool)
	return w.giveAll(pages(gen.OpListRuns, w.params.Limit, 0, func(limit, offset int) (*Page[RunSummary], error) {
		params := w.params
		params.Limit, params.Offset = limit, offset
		return w.service.List(ctx, params, w.opts...)
	}), true)
}

// dateSlack is how much older than the answer its header Date may be. The platform takes a second's time for the header when it is free
// to, and a synchronous run keeps it from being free.
const dateSlack = 10 * time.Minute

// bound keeps runs that are made much later than now out of the walk, by the clock of the platform: else there might be no end.
func (w *runWalk) bound(call *call, near, far *time.Time) {
	newest := far
	if w.descending() {
		newest = near
	}
	if at, err := http.ParseTime(call.last.resp.Header.Get("Date")); newest.IsZero() && err == nil {
		*newest = at.Add(dateSlack)
	}
}

// rows gives the rows of a page, moves near to where the next page begins, and reports whether there is one in the range.
func (w *runWalk) rows(ctx context.Context, page *Page[RunSummary], near *time.Time) (more bool, err error) {
	if !w.give(page.Items) {
		return false, nil
	}
	if w.isLast(page) {
		return false, page.complete(gen.OpListRuns, 0)
	}
	n := len(page.Items)
	first, last := page.Items[0].CreatedAt, page.Items[n-1].CreatedAt
	if last.IsZero() || !near.IsZero() && w.isBefore(last, *near) {
		return false, brokenList(gen.OpListRuns, errors.New("its last row has no created_at, or one from before the page: with that the walk would not end"))
	}
	if first.Equal(last) {
		// As many rows as a page has, or more, were made at the same time: only their ids tell them apart.
		w.remember(page.Items, last)
		if err := w.ties(ctx, last); err != nil || w.stopped {
			return false, err
		}
		*near, w.given = w.after(last), nil
		return true, nil
	}
	if !last.Equal(*near) {
		w.given = nil
	}
	*near = last
	w.remember(page.Items, last)
	return true, nil
}

// isLast reports whether no page follows. That a page has fewer rows than were asked for does not say so: some proxies cap them.
func (w *runWalk) isLast(page *Page[RunSummary]) bool {
	n := len(page.Items)
	return n == 0 || n < w.params.Limit && n >= page.Total
}

// remember keeps the ids of the rows made at a time, which the next page has again.
func (w *runWalk) remember(rows []RunSummary, at time.Time) {
	if w.given == nil {
		w.given = make(map[string]bool)
	}
	for _, row := range rows {
		if row.CreatedAt.Equal(at) {
			w.given[row.RunID] = true
		}
	}
}

// ties gives the rows made at one time, in the order of their ids, which nothing changes.
func (w *runWalk) ties(ctx context.Context, at time.Time) error {
	params := w.params
	params.CreatedAfter, params.CreatedBefore, params.SortBy, params.SortOrder = at, at, "id", SortAscending
	return w.giveAll(pages(gen.OpListRuns, maxPage, 0, func(limit, offset int) (*Page[RunSummary], error) {
		params.Limit, params.Offset = limit, offset
		return w.service.List(ctx, params, w.opts...)
	}), false)
}

// isBefore reports whether a walk comes by a time earlier than by another one, and by more than the platform's times are exact.
func (w *runWalk) isBefore(t, other time.Time) bool {
	if w.descending() {
		return t.Sub(other) > tick
	}
	return other.Sub(t) > tick
}

// after returns the next time in the direction of the walk.
func (w *runWalk) after(t time.Time) time.Time {
	if w.descending() {
		return t.Add(-tick)
	}
	return t.Add(tick)
}

// narrow finds an end before far such that between near and it there are some rows, and no more than the platform gives. Near
// may move towards it, over times at which there are none.
func (w *runWalk) narrow(ctx context.Context, near, far time.Time, total, reach int) (newNear, end time.Time, err error) {
	low, high := w.concrete(near), w.concreteFar(far)
	near = low
	const fine = 6 // how often a good end is bettered, so that the ranges do not get many
	for found := 0; found < fine; {
		distance := high.Sub(low)
		if distance.Abs() < tick {
			if found > 0 {
				break
			}
			return near, end, &WindowError{Total: total, Window: reach}
		}
		middle := low.Add(distance / 2).Truncate(tick)
		page, _, err := w.page(ctx, near, middle, 1)
		switch {
		case err != nil:
			return near, end, err
		case page.Total > reach:
			high = w.before(middle, low)
		case page.Total == 0:
			low = w.after(middle)
			near = low
		default:
			low, end, found = w.after(middle), middle, found+1
			if page.Total > reach/2 {
				found = fine
			}
		}
	}
	return near, end, nil
}

// before returns the time before t in the direction of the walk, but not one before low.
func (w *runWalk) before(t, low time.Time) time.Time {
	if t.Equal(low) {
		return low
	}
	if w.descending() {
		return t.Add(tick)
	}
	return t.Add(-tick)
}

// concrete returns a near that is no bound as a time at which there was no platform yet, or is no run yet.
func (w *runWalk) concrete(near time.Time) time.Time {
	switch {
	case !near.IsZero():
		return near
	case w.descending():
		return time.Now().Add(24 * time.Hour).Truncate(tick)
	}
	return time.Unix(0, 0).UTC()
}

func (w *runWalk) concreteFar(far time.Time) time.Time {
	switch {
	case !far.IsZero():
		return far
	case w.descending():
		return time.Unix(0, 0).UTC()
	}
	return time.Now().Add(24 * time.Hour).Truncate(tick)
}

// bySort walks in another order, by offsets, and gives at the end what changes have moved out of its way.
func (w *runWalk) bySort(ctx context.Context) error {
	w.given = make(map[string]bool)
	matched := -1
	err := w.giveAll(pages(gen.OpListRuns, w.params.Limit, 0, func(limit, offset int) (*Page[RunSummary], error) {
		params := w.params
		params.Limit, params.Offset = limit, offset
		page, err := w.service.List(ctx, params, w.opts...)
		if err == nil && matched < 0 {
			if matched = page.Total; page.Total > page.reach() {
				return nil, &WindowError{Total: page.Total, Window: page.reach(), SortBy: params.SortBy}
			}
		}
		return page, err
	}), true)
	if err != nil || w.stopped || len(w.given) >= matched {
		return err
	}
	rest := w.params
	rest.SortBy, rest.SortOrder = "", ""
	return w.giveAll(w.service.allPages(ctx, rest, w.opts), false)
}
