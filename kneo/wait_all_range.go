package kneo

import (
	"context"
	"slices"
	"time"
)

const (
	// maxSamples is of how many runs it is asked when they were created.
	maxSamples = 16

	// leastMargin is more than what lies between the creation of a run and its first checkpoint.
	leastMargin = 500 * time.Millisecond

	// missPause is how far apart runs are asked for that the lists have missed.
	missPause = 5 * time.Second
)

// ranges finds out when the runs were created. The runs themselves do not say, but their first checkpoints do, by the clock
// of the platform; a few of them do for all.
type ranges struct {
	ids    []string // to be asked for
	asking int
	times  []time.Time
	known  bool // the range has been found, unless times is empty
	missed time.Time
}

// newRanges takes runs evenly from the input, which most often is in the order of their creation.
func newRanges(all []*awaited) ranges {
	var r ranges
	n := min(maxSamples, max(3, len(all)/4), len(all))
	for i := range n {
		r.ids = append(r.ids, all[i*(len(all)-1)/max(n-1, 1)].id)
	}
	return r
}

func (r *ranges) next() (string, bool) {
	if len(r.ids) == 0 {
		return "", false
	}
	id := r.ids[0]
	r.ids = r.ids[1:]
	return id, true
}

// sample asks when a run was created.
func (f *finder) sample(ctx context.Context, id string) {
	f.ranges.asking++
	f.request(func() (func(), time.Duration, error) {
		page, err := f.wait.service.Checkpoints(ctx, id, CheckpointParams{Limit: 1}, append(f.wait.options.once(), withoutResponse)...)
		if err != nil && !isOutage(err) {
			page, err = new(Page[Checkpoint]), nil // there is no such run, most likely; its own look will tell
		}
		return func() {
			f.ranges.asking--
			f.sampled(page.Items)
		}, lookCost, err
	}, func() {
		f.ranges.asking--
		f.ranges.ids = append(f.ranges.ids, id)
	})
}

func (f *finder) sampled(checkpoints []Checkpoint) {
	for i := range checkpoints {
		if at := checkpoints[i].CreatedAt; !at.IsZero() {
			f.ranges.times = append(f.ranges.times, at)
		}
	}
	switch r := &f.ranges; {
	case r.known:
		f.widen()
	case len(r.ids) == 0 && r.asking == 0:
		r.known = true
		f.cover()
	}
}

// cover makes the feeds of the range in which the runs were created, with a margin on both sides since not all were asked for.
// Completed runs have several, which are to have about the same number of our runs each.
func (f *finder) cover() {
	times := f.ranges.times
	if len(times) == 0 {
		return // nothing is known: then there are no feeds, and no lists
	}
	slices.SortFunc(times, time.Time.Compare)
	from, to := margins(times)
	f.ranges.times = []time.Time{from, to}
	pieces := (len(f.wait.all) + piece - 1) / piece
	after := from
	for i := 1; i < pieces; i++ {
		if end := quantile(times, float64(i)/float64(pieces)); end.After(after) {
			f.feeds = append(f.feeds, newFeed(RunCompleted, after, end))
			after = end.Add(tick)
		}
	}
	f.feeds = append(f.feeds, newFeed(RunCompleted, after, to))
	f.feeds = append(f.feeds, f.others(from, to)...)
}

// others returns the feeds of the statuses other than completed that matter to the wait.
func (f *finder) others(after, before time.Time) []*feed {
	statuses := []RunStatus{RunFailed, RunCancelled, RunTimedOut, RunExpired}
	for _, status := range f.wait.options.statuses {
		if status != RunCompleted && status != RunRunning && !slices.Contains(statuses, status) {
			statuses = append(statuses, status)
		}
	}
	if f.wait.options.blocked != nil && !slices.Contains(statuses, RunBlocked) {
		statuses = append(statuses, RunBlocked)
	}
	feeds := make([]*feed, len(statuses))
	for i, status := range statuses {
		feeds[i] = newFeed(status, after, before)
	}
	return feeds
}

func margins(sorted []time.Time) (from, to time.Time) {
	from, to = sorted[0], sorted[len(sorted)-1]
	margin := to.Sub(from)/8 + leastMargin
	return from.Add(-margin).Truncate(tick), to.Add(margin).Truncate(tick)
}

// quantile returns the time before which a part of the times is.
func quantile(sorted []time.Time, part float64) time.Time {
	at := part * float64(len(sorted)-1)
	i := min(int(at), len(sorted)-2)
	if i < 0 {
		return sorted[0]
	}
	between := float64(sorted[i+1].Sub(sorted[i])) * (at - float64(i))
	return sorted[i].Add(time.Duration(between)).Truncate(tick)
}

// checked takes note of a look. A run that has been found to have ended by a look alone may have been created outside the range.
func (f *finder) checked(a *awaited, run *Run) {
	now := time.Now()
	if !run.Status.Terminal() || a.listed || a.polls < 2 || !f.listing() || !f.ranges.known || now.Sub(f.ranges.missed) < missPause {
		return
	}
	f.ranges.missed = now
	f.ranges.ids = append(f.ranges.ids, a.id)
}

// widen has the feeds reach to where a run that they missed was created. The first two times are where they reach.
func (f *finder) widen() {
	r := &f.ranges
	if len(r.times) < 3 {
		return
	}
	from, to := r.times[0], r.times[1]
	for _, at := range r.times[2:] {
		switch {
		case at.Before(from):
			start := at.Add(-leastMargin - to.Sub(from)/8).Truncate(tick)
			f.reach(start, from.Add(-tick))
			from = start
		case at.After(to):
			end := at.Add(leastMargin + to.Sub(from)/8).Truncate(tick)
			f.reach(to.Add(tick), end)
			to = end
		}
	}
	r.times = []time.Time{from, to}
}

func (f *finder) reach(after, before time.Time) {
	f.feeds = append(f.feeds, newFeed(RunCompleted, after, before))
	f.feeds = append(f.feeds, f.others(after, before)...)
}
