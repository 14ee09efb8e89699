package kneo

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	// abreast is how many requests a wait for many runs makes at a time. The platform answers one after another; a second one hides
	// the distance to it, and more would only have everybody else wait for longer.
	abreast = 2

	// maxInFlight is how many may be under way: those that take more than a second, and hang, hold up no other ones.
	maxInFlight = 8
)

// WaitAll waits until all of the runs have ended, and yields each run when it ends, as it then is. No request is made before the range
// begins; breaking out of the range ends the wait, and ranging again waits again. An id that is given twice yields one result.
//
// Each id yields one result: its run, or an error for this run alone. A run that ends as failed, cancelled, timed_out or expired is not
// an error of the wait; [gen.Run.Err] turns it into one. An id that cannot be waited for, such as that of a run that does not exist,
// yields the [*Error] of the platform, and the wait for the others goes on. Only [ErrUnauthorized] ends the wait for all of them, each
// with that error. When the time of [WithWaitTimeout] or of ctx is up, each run that has not ended yields its own [*WaitTimeoutError];
// when ctx is cancelled, its own [*WaitCanceledError]. These have the run as it was last seen, without its Metadata and with only the
// first kilobyte of each text, so that many thousands of runs do not fill the memory; Run is nil, and Polls 0, if there was no time for a
// look at it. Without ids, WaitAll yields nothing. An empty id, and options that make no sense, yield one [*ArgumentError], before
// anything is sent.
//
// Runs come in the order in which they ended, as far as the platform says when that was. Runs that had ended before the wait began come
// in any order, and so may runs that end within one round of looks.
//
// If there are only a few runs, WaitAll looks at them one by one, at the pace of [RunsService.WaitForCompletion]. If there are more, it
// asks the platform, at most 0.75 seconds apart, for lists of the runs that have ended since it last asked and were created in the same
// range of time; it then looks at each run that a list names. To learn that range, it reads the first checkpoints of some of the runs.
// Lists are only a hint: WaitAll also looks at all runs in turn. It looks at up to 64 of them at the very beginning, at the others as far
// as the share of the platform's time that [WithServerShare] sets allows, and at each again after half a minute at the earliest. So it
// takes some seconds to learn of hundreds of runs that they had ended before the wait began. It uses only the platform's clock. Servers
// before 1.1.0 have no such lists.
//
// The options mean what they mean for one run, with these differences. [WithPollInterval] is the time between two rounds of looks.
// [WithProgress] reports each look at a run, but no lists. An error from the function of [WithOnBlocked] is yielded together with its run,
// and the wait for the others goes on. All functions are called in the goroutine of the range, one at a time. The wait goes on through
// outages.
func (s *RunsService) WaitAll(ctx context.Context, ids []string, opts ...WaitOption) iter.Seq2[*Run, error] {
	ids = slices.Clone(ids)
	return func(yield func(*Run, error) bool) {
		o, err := newWaitOptions(opts)
		if err == nil {
			err = checkIDs(ids)
		}
		if err != nil {
			yield(nil, err)
			return
		}
		ctx, cancel := o.limit(ctx)
		w := newWaitAll(s, ids, o)
		ctx, end := s.observeWait(ctx, WaitStart{Method: "WaitAll", Runs: len(w.all), RunIDs: w.ids()})
		defer func() { end(w.endOf()) }()
		defer w.drain() // after cancel: nothing of the wait is left behind
		defer cancel()
		w.run(ctx, yield)
	}
}

func checkIDs(ids []string) error {
	if slices.Contains(ids, "") {
		return argument("ids", "one is empty")
	}
	return nil
}

// waitAll is one wait for many runs. Its fields belong to the goroutine of the range; requests are made in others, which give
// what they bring to done.
type waitAll struct {
	service *RunsService
	options *waitOptions
	start   time.Time

	all    []*awaited          // in the order of the input
	byID   map[string]*awaited // those, by id
	left   int                 // how many have no result yet
	unseen int                 // how many are to be looked at before anything else is done, if there is time
	over   int                 // how many have ended

	rota  []*awaited // those without a result, the longest unseen first
	found []*awaited // those that a list says to have ended or blocked
	order []*awaited // those of them that are being looked at, in the order of their ends
	ready []verdict  // results that are to be given
	finds finder     // the lists
	speed speed      // of the platform
	share share      // of its time
	spare share      // what of that goes to runs that no list names

	requests sync.WaitGroup
	inFlight []time.Time  // since when each is under way
	done     chan brought // what the requests brought
	failures int          // of looks, in a row
	resume   time.Time    // until when the platform, which is out, is left alone
}

// awaited is one run that is waited for.
type awaited struct {
	watch
	looked   time.Time     // when it was last looked at
	looking  bool          // a look is under way
	asked    time.Time     // since when
	named    bool          // a list has named it since it was last looked at with success
	queued   bool          // for that it is in found
	listed   bool          // a list has said that it has ended
	endedAt  time.Time     // when, by the clock of the platform
	pace     time.Duration // until the next look, without lists
	lastErr  error         // of the last look
	resolved bool          // it has its result
	outcome  verdict       // kept while that has to wait for earlier ones
}

// verdict is the result of a run.
type verdict struct {
	run *Run
	err error
}

func newWaitAll(s *RunsService, ids []string, o *waitOptions) *waitAll {
	w := &waitAll{service: s, options: o, start: time.Now(), byID: make(map[string]*awaited, len(ids)), done: make(chan brought, maxInFlight)}
	template := newWatch("", o)
	for _, id := range ids {
		if w.byID[id] != nil {
			continue
		}
		a := &awaited{watch: *template}
		a.id = id
		w.byID[id] = a
		w.all = append(w.all, a)
	}
	w.rota, w.left, w.unseen = slices.Clone(w.all), len(w.all), min(len(w.all), firstLooks)
	w.share = newShare(cmp.Or(o.share, defaultShare), burst, w.start)
	w.spare = newShare(w.share.part*sparePart(w.left), 0, w.start)
	if w.finds = newFinder(w); w.finds.listing() {
		slices.Reverse(w.rota) // the oldest are likely to end first: their lists may be quicker than their turns
	}
	return w
}

// ids are those of all runs, each once.
func (w *waitAll) ids() []string {
	ids := make([]string, len(w.all))
	for i, a := range w.all {
		ids[i] = a.id
	}
	return ids
}

// run is the wait: it begins what is due, takes what has been brought, and gives what there is to give.
func (w *waitAll) run(ctx context.Context, yield func(*Run, error) bool) {
	for {
		wake := w.begin(ctx)
		w.release()
		for _, result := range w.ready {
			if !yield(result.run, result.err) {
				return
			}
		}
		if given := len(w.ready); given > 0 {
			w.ready = w.ready[:0]
			continue // the consumer has taken its time
		}
		if w.left == 0 && len(w.order) == 0 {
			return
		}
		if !w.await(ctx, wake) {
			w.giveUp(ctx, yield)
			return
		}
	}
}

// await waits for the next thing to happen. It is false when ctx has ended.
func (w *waitAll) await(ctx context.Context, wake time.Time) bool {
	timer := time.NewTimer(max(0, time.Until(wake)))
	defer timer.Stop()
	select {
	case b := <-w.done:
		b.take()
	case <-timer.C:
	case <-ctx.Done():
	}
	for {
		select {
		case b := <-w.done: // before the end: a run that has ended must not be called one that has not
			b.take()
			continue
		default:
		}
		return ctx.Err() == nil
	}
}

// giveUp gives every run that has no result the error of a wait whose context has ended.
func (w *waitAll) giveUp(ctx context.Context, yield func(*Run, error) bool) {
	w.releaseAll()
	for _, result := range w.ready {
		if !yield(result.run, result.err) {
			return
		}
	}
	for _, a := range w.all {
		if !a.resolved && !yield(nil, a.ended(ctx, a.lastErr)) {
			return
		}
	}
}

// ask makes a request in a goroutine of its own, and has then called in the goroutine of the range. Cost is what the request costs
// the platform by its habits, and the accounts are those that pay for it.
func (w *waitAll) ask(request func() (then func(), cost time.Duration), accounts ...*share) {
	begun := time.Now()
	w.inFlight = append(w.inFlight, begun)
	var then func()
	var cost time.Duration
	inGoroutine(w.requests.Go, func() { then, cost = request() }, func(panicked any) {
		took := time.Since(begun)
		w.done <- brought{panicked, func() {
			cost = w.speed.charge(cost, took)
			for _, account := range accounts {
				account.spend(cost)
			}
			at := slices.Index(w.inFlight, begun)
			w.inFlight = slices.Delete(w.inFlight, at, at+1)
			then()
		}}
	})
}

// brought is what a request has brought.
type brought struct {
	panicked any
	then     func()
}

// take takes it, in the goroutine of the range.
func (b brought) take() {
	raise(b.panicked)
	b.then()
}

// drain waits for the requests that are under way. Nobody wants any more what they bring, but a panic must not be lost.
func (w *waitAll) drain() {
	w.requests.Wait()
	for {
		select {
		case b := <-w.done:
			raise(b.panicked)
		default:
			return
		}
	}
}

// lookAt looks at a run.
func (w *waitAll) lookAt(ctx context.Context, a *awaited, accounts ...*share) {
	a.looking, a.asked = true, time.Now()
	w.ask(func() (func(), time.Duration) {
		run, info, err := w.get(ctx, a)
		return func() {
			a.looking, a.looked = false, time.Now()
			a.pace = w.options.pace(time.Since(w.start), lastLook)
			if info != nil {
				*info.wanted = info.got
			}
			if err == nil || ctx.Err() == nil {
				w.took(ctx, a, run, err)
			}
		}, lookCost
	}, accounts...)
}

// took takes what a look at a run brought.
func (w *waitAll) took(ctx context.Context, a *awaited, run *Run, err error) {
	if a.resolved {
		return // with all others, since the key was refused
	}
	if err != nil && !isOutage(err) {
		w.refused(a, err)
		return
	}
	a.saw(run, err)
	a.lastErr = err
	if err != nil {
		w.failures++
		w.resume = time.Now().Add(outagePause(err, w.failures))
		if a.named && !a.queued {
			w.enqueue(a, a.endedAt)
		}
		return
	}
	w.failures = 0
	w.finds.checked(a, run)
	if w.options.over(run) {
		w.over++
		w.resolve(a, verdict{run: run})
		return
	}
	if !a.queued { // else a list has named it while this look was under way
		a.named, a.listed = false, false
	}
	if err := a.handleBlocked(ctx, run); err != nil {
		w.resolve(a, verdict{run: run, err: err})
		return
	}
	a.run = small(run)
}

// refused ends the wait for a run that cannot be waited for, and for all of them if it is the key that is refused.
func (w *waitAll) refused(a *awaited, err error) {
	w.resolve(a, verdict{err: err})
	var answer *Error
	if !errors.As(err, &answer) || answer.StatusCode != http.StatusUnauthorized {
		return
	}
	for _, other := range w.all {
		if !other.resolved {
			named := *answer
			named.Path = strings.Replace(named.Path, url.PathEscape(a.id), url.PathEscape(other.id), 1)
			w.resolve(other, verdict{err: &named})
		}
	}
}

// resolve gives a run its result. That of a run that a list has named waits for those that ended before it.
func (w *waitAll) resolve(a *awaited, result verdict) {
	a.resolved, a.queued, a.run = true, false, nil
	w.left--
	if slices.Contains(w.order, a) {
		a.outcome = result
		return
	}
	w.ready = append(w.ready, result)
}

// keptText is how much of the texts of a run that goes on is kept, and its metadata, which has the whole spec, is not.
const keptText = 1 << 10

// small is what is kept of a run that goes on.
func small(run *Run) *Run {
	kept := *run
	kept.Metadata = RunMetadata{}
	kept.InputText, kept.OutputText = beginning(kept.InputText), beginning(kept.OutputText)
	return &kept
}

// beginning is a copy of as much of a text as is kept.
func beginning(text string) string {
	if len(text) <= keptText {
		return text
	}
	return strings.ToValidUTF8(strings.Clone(text[:keptText]), "")
}
