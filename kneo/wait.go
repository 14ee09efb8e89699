package kneo

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"
)

const (
	// The default pace of a wait: the first looks come this close together, the later ones after this share of the time that
	// has gone by, at most a second apart.
	firstLook  = 40 * time.Millisecond
	lookShare  = 0.09
	lastLook   = time.Second
	waitJitter = 0.2

	// minPollInterval is the shortest interval that can be asked for; shorter ones are mistaken units more often than wishes.
	minPollInterval = 100 * time.Millisecond

	// maxOutagePause is how far apart the looks get while the platform does not answer.
	maxOutagePause = 2 * time.Second
)

// A WaitOption changes how a wait works.
type WaitOption func(*waitOptions)

type waitOptions struct {
	interval time.Duration // 0 is the adaptive pace
	timeout  time.Duration // 0 is none
	statuses []RunStatus
	progress []func(WaitUpdate)
	calls    []CallOption
	blocked  func(context.Context, *Run) error
	stall    time.Duration // 0 is never
	offset   int           // of a tail
	share    float64       // of the platform's time, for a wait for many runs; 0 is the default
	problem  error
}

func newWaitOptions(opts []WaitOption) (*waitOptions, error) {
	o := new(waitOptions)
	for _, opt := range opts {
		if opt != nil {
			opt(o)
		}
	}
	return o, o.problem
}

// WithPollInterval makes a wait look at fixed intervals, instead of the adaptive pace. An interval of less than 100 ms, even zero or a
// negative one, counts as 100 ms.
func WithPollInterval(d time.Duration) WaitOption {
	return func(o *waitOptions) { o.interval = max(d, minPollInterval) }
}

// WithWaitTimeout limits the whole wait, including its requests. When the time is up, the wait fails with a [*WaitTimeoutError], as it
// does at the deadline of the context. Without either, a wait lasts until its run ends.
func WithWaitTimeout(d time.Duration) WaitOption {
	return func(o *waitOptions) {
		if d <= 0 && o.problem == nil {
			o.problem = argument("WithWaitTimeout", "the timeout must be above zero; leave it out to wait as long as the context allows")
		}
		o.timeout = d
	}
}

// WithTerminalStatuses adds statuses that end the wait, such as [RunBlocked] for a program that decides human tasks. The five final
// statuses (completed, failed, cancelled, timed_out, expired) always end it, so that no wait can miss the end of its run.
func WithTerminalStatuses(statuses ...RunStatus) WaitOption {
	return func(o *waitOptions) { o.statuses = append(o.statuses, statuses...) }
}

// WithProgress calls f after each look at a run, even one that failed. It is called in the goroutine of the wait: a slow f slows the wait
// down.
func WithProgress(f func(WaitUpdate)) WaitOption {
	return func(o *waitOptions) {
		if f != nil {
			o.progress = append(o.progress, f)
		}
	}
}

// WithCallOptions sets options for the requests of the wait. A look that fails is followed by the next look and is not retried by itself,
// whatever [WithCallRetry] says.
func WithCallOptions(opts ...CallOption) WaitOption {
	return func(o *waitOptions) { o.calls = append(o.calls, opts...) }
}

// WithOnBlocked calls f when the run is found blocked, so that a program can decide the human task during the wait, by calling
// [HumanTasksService.Resume] with run.ContinuationID. It is called once for each task, so again when the run blocks again, in the
// goroutine of the wait and with its context. The wait goes on when f returns nil. An error ends the wait and is returned unchanged.
func WithOnBlocked(f func(ctx context.Context, run *Run) error) WaitOption {
	return func(o *waitOptions) { o.blocked = f }
}

// WithStallAfter reports to [WithProgress] that nothing in the run has changed for d: not its status, the steps done, nor the current
// step. It does not end the wait. A run whose server died may stay running forever.
func WithStallAfter(d time.Duration) WaitOption {
	return func(o *waitOptions) {
		if d <= 0 && o.problem == nil {
			o.problem = argument("WithStallAfter", "the time must be above zero")
		}
		o.stall = d
	}
}

// WaitUpdate is what a wait reports about each look at its run.
type WaitUpdate struct {
	Run     *Run          // as last seen, nil if no look has succeeded yet
	Polls   int           // looks so far
	Elapsed time.Duration // since the wait began
	Err     error         // why this look failed; the wait goes on

	Stalled time.Duration // how long nothing has changed, 0 until that is as long as [WithStallAfter] says
}

// WaitForCompletion waits until a run has ended, and returns it as it then is. It does not matter who created the run, or when: to go on
// waiting after a restart, wait for the same id again.
//
// A run that ends as failed, cancelled, timed_out or expired is not an error of the wait; [gen.Run.Err] turns it into one. While a run is
// blocked the wait goes on, unless [WithTerminalStatuses] says otherwise, because somebody may resume the run. It also goes on while the
// run has a status that the library does not know.
//
// By default looks are 40 ms apart at first; the pauses then grow in proportion to the time gone by, up to a second. The wait goes on
// through refused and broken connections, 429 and statuses of 500 or above; every other error ends it at once. It ends with a
// [*WaitTimeoutError] at the deadline of the context or of [WithWaitTimeout], and with a [*WaitCanceledError] when the context is
// cancelled. Both have the run as it was last seen.
func (s *RunsService) WaitForCompletion(ctx context.Context, id string, opts ...WaitOption) (*Run, error) {
	o, err := newWaitOptions(opts)
	if err != nil {
		return nil, err
	}
	ctx, cancel := o.limit(ctx)
	defer cancel()
	w := newWatch(id, o)
	ctx, end := s.observeWait(ctx, WaitStart{Method: "WaitForCompletion", Runs: 1, RunIDs: []string{id}})
	run, err := w.wait(ctx, s)
	end(w.endOf(err))
	return run, err
}

// CreateAndWait creates a run and waits until it has ended, as [RunsService.WaitForCompletion] does. The run is created in async mode,
// whatever the request says: during a synchronous run the platform answers nobody else, and if its answer were lost, so would be the run.
// The timeout of the wait includes the creation.
//
// A create whose answer is lost is repeated with the same idempotency key, so that there is only one run; [WithCallOptions] can set that
// key. When the time is up, the error has the id of the run, unless it comes from the create call itself.
func (s *RunsService) CreateAndWait(ctx context.Context, req RunCreateRequest, opts ...WaitOption) (*Run, error) {
	o, err := newWaitOptions(opts)
	if err != nil {
		return nil, err
	}
	ctx, cancel := o.limit(ctx)
	defer cancel()
	w := newWatch("", o)
	ctx, end := s.observeWait(ctx, WaitStart{Method: "CreateAndWait", Runs: 1})
	run, err := w.createAndWait(ctx, s, req)
	end(w.endOf(err))
	return run, err
}

func (w *watch) createAndWait(ctx context.Context, s *RunsService, req RunCreateRequest) (*Run, error) {
	req.AsyncMode = true
	created, err := s.Create(ctx, req, w.options.calls...)
	if err != nil {
		return nil, err
	}
	w.id, w.start, w.moved = created.RunID, time.Now(), time.Now()
	return w.wait(ctx, s)
}

// limit puts the timeout of the wait on ctx.
func (o *waitOptions) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	if o.timeout > 0 {
		return context.WithTimeout(ctx, o.timeout)
	}
	return context.WithCancel(ctx)
}

// wait looks at the run until it has ended.
func (w *watch) wait(ctx context.Context, s *RunsService) (*Run, error) {
	for {
		run, err := w.look(ctx, s)
		if err != nil && !isOutage(err) {
			return nil, err
		}
		if err == nil && w.options.over(run) {
			return run, nil
		}
		if err == nil {
			if err := w.handleBlocked(ctx, run); err != nil {
				return nil, err
			}
		}
		if sleep(ctx, w.pause(err)) != nil {
			return nil, w.ended(ctx, err)
		}
	}
}

// over reports whether a run has a status that ends the wait.
func (o *waitOptions) over(run *Run) bool {
	return run.Status.Terminal() || slices.Contains(o.statuses, run.Status)
}

// isOutage reports whether a look failed for a reason that passes: no connection, half an answer, a server in trouble.
func isOutage(err error) bool {
	var answer *Error
	var network *NetworkError
	var timeout *WaitTimeoutError
	var canceled *WaitCanceledError
	var unlearned *unlearnedError
	switch {
	case errors.As(err, &unlearned): // it was not sent: what counts is why the version could not be learned
		return isOutage(unlearned.err)
	case errors.As(err, &timeout) || errors.As(err, &canceled):
		return false
	case errors.As(err, &answer):
		return answer.StatusCode >= http.StatusInternalServerError || answer.StatusCode == http.StatusTooManyRequests
	case errors.As(err, &network):
		return !isTLSFailure(err) && !isTLSAlert(err) && !isProxyRefusal(err)
	}
	return isNetFailure(err)
}

// watch is one wait for one run.
type watch struct {
	id       string
	options  *waitOptions
	calls    []CallOption // of a look, which is not repeated by itself
	start    time.Time
	run      *Run
	polls    int
	failures int    // in a row
	handled  string // the task that was handled last
	moved    time.Time
}

func newWatch(id string, o *waitOptions) *watch {
	return &watch{id: id, options: o, calls: o.once(), start: time.Now(), moved: time.Now()}
}

// once returns the options of a request that is not repeated by itself.
func (o *waitOptions) once() []CallOption {
	return append(slices.Clip(o.calls), WithCallRetry(RetryPolicy{MaxAttempts: 1}))
}

// look looks at the run once. An error that is an outage has been told to the progress functions; any other ends the wait.
func (w *watch) look(ctx context.Context, s *RunsService) (*Run, error) {
	run, err := s.Get(ctx, w.id, w.calls...)
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, w.ended(ctx, err)
	case err != nil && !isOutage(err):
		return nil, err
	}
	w.saw(run, err)
	return run, err
}

// handleBlocked has a task decided that has not been.
func (w *watch) handleBlocked(ctx context.Context, run *Run) error {
	if w.options.blocked == nil || run.Status != RunBlocked || run.ContinuationID == w.handled {
		return nil
	}
	w.handled = run.ContinuationID
	return w.options.blocked(ctx, run)
}

// saw takes note of a look and tells the progress functions.
func (w *watch) saw(run *Run, err error) {
	w.polls++
	w.failures++
	if err == nil {
		if w.run == nil || hasMoved(w.run, run) {
			w.moved = time.Now()
		}
		w.run, w.failures = run, 0
	}
	update := WaitUpdate{Run: w.run, Polls: w.polls, Elapsed: time.Since(w.start), Err: err}
	if still := time.Since(w.moved); w.options.stall > 0 && still >= w.options.stall {
		update.Stalled = still
	}
	for _, f := range w.options.progress {
		f(update)
	}
}

// hasMoved reports whether anything has happened between two looks at a run.
func hasMoved(before, after *Run) bool {
	return before.Status != after.Status || len(before.VisitedSteps) != len(after.VisitedSteps) || len(before.VisitedNodes) != len(after.VisitedNodes) ||
		before.CurrentNodeID != after.CurrentNodeID || before.TraceEventCount != after.TraceEventCount || before.ContinuationID != after.ContinuationID
}

// pause returns how long to wait before the next look.
func (w *watch) pause(err error) time.Duration {
	pause := w.options.pace(time.Since(w.start), lastLook)
	if err == nil {
		return pause
	}
	return max(pause, outagePause(err, w.failures))
}

// pace returns how far apart looks are when a wait has gone on for age; longest is how far they get, unless an interval was
// asked for.
func (o *waitOptions) pace(age, longest time.Duration) time.Duration {
	if o.interval > 0 {
		return o.interval
	}
	pause := min(max(firstLook, time.Duration(float64(age)*lookShare)), longest)
	return pause - time.Duration(rand.Float64()*waitJitter*float64(pause)) //nolint:gosec // spreads load, guards nothing
}

// outagePause returns how long to leave a platform alone that has failed to answer so many times in a row.
func outagePause(err error, failures int) time.Duration {
	var answer *Error
	if errors.As(err, &answer) && answer.RetryAfter > 0 {
		return min(answer.RetryAfter, defaultRetryPolicy.MaxRetryAfter)
	}
	return backoff(RetryPolicy{BaseDelay: 2 * minPollInterval, MaxDelay: maxOutagePause}, failures)
}

// ended makes the error of a wait whose context has ended.
func (w *watch) ended(ctx context.Context, last error) error {
	state := WaitState{RunID: w.id, Run: w.run, Polls: w.polls, Elapsed: time.Since(w.start), LastErr: last, Err: whyEnded(ctx)}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return &WaitTimeoutError{state}
	}
	return &WaitCanceledError{state}
}

// sleep waits for d or for the end of ctx, whose error it returns.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
