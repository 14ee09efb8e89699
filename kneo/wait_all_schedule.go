package kneo

import (
	"context"
	"slices"
	"time"
)

const (
	// few is how many runs are looked at one by one, whatever lists might cost.
	few = 8

	// firstLooks is how many runs are looked at as soon as the wait begins, and firstTime how long that may take, whatever share of the
	// platform's time it is: most waits are for no more, and whoever has little time is to learn what had ended before.
	firstLooks = 64
	firstTime  = 500 * time.Millisecond

	// recheck is how long a run goes unseen at least that no list names.
	recheck = 30 * time.Second

	// orderPatience is how long results wait for a look at a run that ended before them.
	orderPatience = 500 * time.Millisecond
)

// begin makes all requests that are due, and returns when the next one may be.
func (w *waitAll) begin(ctx context.Context) time.Time {
	for {
		request, wake := w.next(time.Now())
		if request == nil {
			if len(w.order) > 0 {
				wake = earlier(wake, w.order[0].asked.Add(orderPatience))
			}
			return wake
		}
		request(ctx)
	}
}

// never is when something is due that only an answer can make due.
func never(now time.Time) time.Time { return now.Add(time.Hour) }

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// next returns the request that is due first, or else when there may be one. Lists come before the looks at what they found, so
// that a whole round can be put in the order of the ends, and those before the looks that make sure that nothing is missed.
func (w *waitAll) next(now time.Time) (func(context.Context), time.Time) {
	switch {
	case w.left == 0:
		return nil, never(now)
	case w.freeAt(now).After(now):
		return nil, w.freeAt(now)
	case w.resume.After(now):
		return nil, w.resume
	}
	if w.unseen > 0 && now.Sub(w.start) < firstTime {
		w.unseen--
		a := w.turn()
		return func(ctx context.Context) { w.lookAt(ctx, a) }, now
	}
	if ready := w.share.readyAt(now); ready.After(now) {
		return nil, ready
	}
	request, wake := w.finds.next(now)
	if request != nil {
		return request, now
	}
	if !w.finds.inRound() {
		w.found = slices.DeleteFunc(w.found, func(a *awaited) bool { return a.resolved })
		if request := w.nextFound(); request != nil {
			return request, now
		}
	}
	a, due := w.nextOnRota(now)
	if a == nil {
		return nil, earlier(wake, due)
	}
	accounts := []*share{&w.share}
	if w.finds.working() && !a.looked.IsZero() {
		accounts = append(accounts, &w.spare)
	}
	return func(ctx context.Context) { w.lookAt(ctx, a, accounts...) }, now
}

// freeAt is when there may be one more request, unless an answer comes before.
func (w *waitAll) freeAt(now time.Time) time.Time {
	most := abreast
	if w.failures > 0 {
		most = 1 // is it back?
	}
	if len(w.inFlight) >= maxInFlight {
		return never(now)
	}
	if len(w.inFlight) >= most { // they are in the order of their beginning
		if slow := w.inFlight[len(w.inFlight)-most].Add(maxCharge); slow.After(now) {
			return slow
		}
	}
	return now
}

// enqueue has a run looked at that a list has named.
func (w *waitAll) enqueue(a *awaited, endedAt time.Time) {
	a.named, a.queued, a.endedAt = true, true, endedAt
	at, _ := slices.BinarySearchFunc(w.found, a, func(b, a *awaited) int {
		if b.endedAt.After(a.endedAt) {
			return 1
		}
		return -1
	})
	w.found = slices.Insert(w.found, at, a)
}

// nextFound looks at the run that ended first of those that lists have named, nil if there are none.
func (w *waitAll) nextFound() func(context.Context) {
	for i, a := range w.found {
		if a.looking {
			continue // that look may have been made before the end
		}
		w.found = slices.Delete(w.found, i, i+1)
		a.queued = false
		return func(ctx context.Context) {
			if !a.endedAt.IsZero() && !slices.Contains(w.order, a) { // its last look may have failed just now
				w.order = append(w.order, a)
			}
			w.lookAt(ctx, a, &w.share)
		}
	}
	return nil
}

// nextOnRota returns the run that has gone unseen longest if it is due, and else when it will be.
func (w *waitAll) nextOnRota(now time.Time) (*awaited, time.Time) {
	listing := w.finds.working()
	for range len(w.rota) {
		a := w.rota[0]
		if !a.resolved && !a.looking && !a.queued {
			if due := w.dueAt(a, listing, now); due.After(now) {
				return nil, due
			}
		}
		w.turn()
		if !a.resolved && !a.looking && !a.queued {
			return a, now
		}
	}
	return nil, never(now)
}

// turn returns the first run of the rota, which becomes the last one unless it has its result.
func (w *waitAll) turn() *awaited {
	a := w.rota[0]
	w.rota[0], w.rota = nil, w.rota[1:]
	if !a.resolved {
		w.rota = append(w.rota, a)
	}
	return a
}

// dueAt is when a run has to be looked at though no list names it: at once if it never was, since it may have ended long ago.
func (w *waitAll) dueAt(a *awaited, listing bool, now time.Time) time.Time {
	switch {
	case a.looked.IsZero():
		return now
	case !listing:
		return a.looked.Add(a.pace)
	}
	if due := a.looked.Add(max(recheck, w.options.interval)); due.After(now) {
		return due
	}
	return w.spare.readyAt(now)
}

// release gives the results that need not wait for earlier ones any more.
func (w *waitAll) release() {
	for len(w.order) > 0 {
		first := w.order[0]
		if !first.resolved && first.looking && time.Since(first.asked) < orderPatience {
			return
		}
		w.pass(first)
	}
}

func (w *waitAll) releaseAll() {
	for len(w.order) > 0 {
		w.pass(w.order[0])
	}
}

// pass takes the first run off the order. If it has no result yet it will give it whenever that comes.
func (w *waitAll) pass(first *awaited) {
	w.order[0], w.order = nil, w.order[1:]
	if first.resolved {
		w.ready = append(w.ready, first.outcome)
		first.outcome = verdict{}
	}
}
