package kneo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// fleet is a platform with many runs and without lists: every run has a status that depends on the time since the start.
type fleet struct {
	start  time.Time
	status func(id string, age time.Duration) string
	broken func(n int, req *http.Request) func(*http.Request) (*http.Response, error) // nil where it is not
	delay  func() time.Duration
}

func (f *fleet) platform() *platform {
	f.start = time.Now()
	return &platform{answer: func(n int, req *http.Request) (*http.Response, error) {
		if f.delay != nil {
			if sleep(req.Context(), f.delay()) != nil {
				return nil, req.Context().Err()
			}
		}
		if f.broken != nil {
			if answer := f.broken(n, req); answer != nil {
				return answer(req)
			}
		}
		id := req.URL.Path[strings.LastIndex(req.URL.Path, "/")+1:]
		if id == "runs" || id == "checkpoints" {
			return says(404, detail("not_found", "no lists"))(req)
		}
		return says(200, fmt.Sprintf(`{"run_id":%q,"status":%q,"input_text":%q}`, id, f.status(id, time.Since(f.start)), strings.Repeat("x", 2*keptText)))(req)
	}}
}

// names returns n ids.
func names(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("r%d", i)
	}
	return ids
}

// waitResult is what a wait gave.
type waitResult struct {
	run *Run
	err error
	at  time.Duration
}

// id of the run that a result is about.
func (r waitResult) id() string {
	var timeout *WaitTimeoutError
	var canceled *WaitCanceledError
	var answer *Error
	switch {
	case r.run != nil:
		return r.run.RunID
	case errors.As(r.err, &timeout):
		return timeout.RunID
	case errors.As(r.err, &canceled):
		return canceled.RunID
	case errors.As(r.err, &answer):
		return answer.Path[strings.LastIndex(answer.Path, "/")+1:]
	}
	return ""
}

func collectAll(ctx context.Context, c *Client, ids []string, opts ...WaitOption) []waitResult {
	start := time.Now()
	var results []waitResult
	for run, err := range c.Platform.Runs.WaitAll(ctx, ids, opts...) {
		results = append(results, waitResult{run, err, time.Since(start)})
	}
	return results
}

// wantEach fails unless each id has exactly one result.
func wantEach(t *testing.T, ids []string, results []waitResult) {
	t.Helper()
	var got []string
	for _, r := range results {
		if (r.run == nil) == (r.err == nil) {
			t.Errorf("a result with %v and %v", r.run, r.err)
		}
		got = append(got, r.id())
	}
	want := slices.Compact(slices.Sorted(slices.Values(ids)))
	if slices.Sort(got); !slices.Equal(got, want) {
		t.Errorf("results for %v, want %v", got, want)
	}
}

// leftBehind counts the goroutines of waits for many runs.
func leftBehind() int {
	stacks := make([]byte, 1<<20)
	n := 0
	for stack := range strings.SplitSeq(string(stacks[:runtime.Stack(stacks, true)]), "\n\n") {
		if strings.Contains(stack, "(*waitAll)") {
			n++
		}
	}
	return n
}

func TestWaitAllFewAreAsOneIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := completesAfter(5 * time.Second)
		results := collectAll(t.Context(), p.client(t), []string{"r1", "r1"})
		wantEach(t, []string{"r1"}, results)
		if late := results[0].at - 5*time.Second; late > 500*time.Millisecond || p.count() > 60 {
			t.Errorf("%v late after %d requests", late, p.count())
		}
	})
}

// ladder is a fleet whose run n ends n seconds after the start, in each of the ways there are.
func ladder() *fleet {
	endings := []string{"completed", "failed", "cancelled", "timed_out", "expired"}
	return &fleet{status: func(id string, age time.Duration) string {
		var n int
		_, _ = fmt.Sscanf(id, "r%d", &n)
		if age < time.Duration(n)*time.Second {
			return "running"
		}
		return endings[n%len(endings)]
	}}
}

func TestWaitAllGivesEachAsItEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, n := range []int{5, 40} { // with 40 it tries lists, which this platform does not have
			p := ladder().platform()
			results := collectAll(t.Context(), p.client(t), names(n))
			wantEach(t, names(n), results)
			for i, r := range results {
				if r.err != nil || r.run.RunID != fmt.Sprintf("r%d", i) {
					t.Errorf("%d: %v, %v", i, r.id(), r.err)
				}
				if late := r.at - time.Duration(i)*time.Second; late < 0 || late > 1100*time.Millisecond {
					t.Errorf("%d: %v late", i, late)
				}
			}
		}
	})
}

func TestWaitAllMistakes(t *testing.T) {
	p := script(says(200, runBody))
	runs := p.client(t).Platform.Runs
	for name, seq := range map[string]func(func(*Run, error) bool){
		"an empty id": runs.WaitAll(t.Context(), []string{"r1", ""}),
		"share 0":     runs.WaitAll(t.Context(), names(1), WithServerShare(0)), "share 2": runs.WaitAll(t.Context(), names(1), WithServerShare(2)),
		"timeout": runs.WaitAll(t.Context(), names(1), WithWaitTimeout(0)),
	} {
		n := 0
		for run, err := range seq {
			n++
			var mistake *ArgumentError
			if run != nil || !errors.As(err, &mistake) {
				t.Errorf("%s: %v, %v", name, run, err)
			}
		}
		if n != 1 {
			t.Errorf("%s: %d results", name, n)
		}
	}
	for run, err := range runs.WaitAll(t.Context(), nil) {
		t.Errorf("no ids gave %v, %v", run, err)
	}
	if p.count() != 0 {
		t.Errorf("%d requests", p.count())
	}
}

// TestWaitAllBadIDs: an id that cannot be waited for is its own result, and the others go on.
func TestWaitAllBadIDs(t *testing.T) {
	for _, n := range []int{4, 30} {
		synctest.Test(t, func(t *testing.T) {
			f := ladder()
			f.broken = func(_ int, req *http.Request) func(*http.Request) (*http.Response, error) {
				switch {
				case strings.HasSuffix(req.URL.Path, "/r1"):
					return says(404, detail("not_found", "x"))
				case strings.HasSuffix(req.URL.Path, "/r2"):
					return says(403, detail("forbidden", "x"))
				}
				return nil
			}
			results := collectAll(t.Context(), f.platform().client(t), names(n))
			wantEach(t, names(n), results)
			for _, r := range results {
				bad := r.id() == "r1" && errors.Is(r.err, ErrNotFound) || r.id() == "r2" && errors.Is(r.err, ErrForbidden)
				if bad != (r.err != nil) || bad && r.at > time.Second {
					t.Errorf("%s: %v after %v", r.id(), r.err, r.at)
				}
			}
		})
	}
}

func TestWaitAllEndsWithARefusedKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := ladder()
		f.delay = func() time.Duration { return 5 * time.Millisecond } // so that others are under way
		f.broken = func(int, *http.Request) func(*http.Request) (*http.Response, error) {
			if time.Since(f.start) > 2500*time.Millisecond {
				return says(401, detail("unauthorized", "x"))
			}
			return nil
		}
		results := collectAll(t.Context(), f.platform().client(t), names(20))
		wantEach(t, names(20), results)
		for i, r := range results {
			if unauthorized := errors.Is(r.err, ErrUnauthorized); unauthorized != (i > 2) || r.at > 5*time.Second {
				t.Errorf("%d: %v after %v", i, r.err, r.at)
			}
		}
	})
}

// TestWaitAllDeadlineIsExact: also when a request is under way that does not end.
func TestWaitAllDeadlineIsExact(t *testing.T) {
	for _, n := range []int{3, 60} {
		for _, slow := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				f := ladder()
				f.broken = func(int, *http.Request) func(*http.Request) (*http.Response, error) {
					if slow && time.Since(f.start) > 1500*time.Millisecond {
						return hangs
					}
					return nil
				}
				results := collectAll(t.Context(), f.platform().client(t), names(n), WithWaitTimeout(1900*time.Millisecond))
				wantEach(t, names(n), results)
				for _, r := range results[2:] {
					var timeout *WaitTimeoutError
					if !errors.As(r.err, &timeout) || !errors.Is(r.err, context.DeadlineExceeded) || r.at != 1900*time.Millisecond {
						t.Fatalf("%v after %v", r.err, r.at)
					}
					if timeout.Run == nil || timeout.Run.RunID != timeout.RunID || timeout.Run.Status != RunRunning || len(timeout.Run.InputText) != keptText || timeout.Polls == 0 {
						t.Errorf("%s: last seen %+v", timeout.RunID, timeout.WaitState)
					}
				}
			})
		}
	}
}

func TestWaitAllCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(2500*time.Millisecond, cancel)
		results := collectAll(ctx, ladder().platform().client(t), names(30))
		wantEach(t, names(30), results)
		for _, r := range results[3:] {
			var canceled *WaitCanceledError
			if !errors.As(r.err, &canceled) || !errors.Is(r.err, context.Canceled) || canceled.Run == nil || r.at != 2500*time.Millisecond {
				t.Errorf("%v after %v", r.err, r.at)
			}
		}
	})
}

// TestWaitAllBreak: nothing is sent after the consumer has had enough, and a second range waits again.
func TestWaitAllBreak(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := ladder()
		f.delay = func() time.Duration { return 100 * time.Millisecond }
		p := f.platform()
		seq := p.client(t).Platform.Runs.WaitAll(t.Context(), names(30))
		if p.count() != 0 {
			t.Error("it is not lazy")
		}
		for range 2 {
			for run, err := range seq {
				if err != nil || !run.Status.Terminal() {
					t.Errorf("%v, %v", run, err)
				}
				break
			}
			if n := leftBehind(); n > 0 {
				t.Errorf("%d goroutines left", n)
			}
		}
		sent := p.count()
		if time.Sleep(time.Minute); p.count() != sent {
			t.Error("it goes on")
		}
	})
}

// TestWaitAllOutlastsAnOutage: a platform that is gone for ten seconds, in all the ways there are, and then back.
func TestWaitAllOutlastsAnOutage(t *testing.T) {
	trouble := map[string]func(*http.Request) (*http.Response, error){
		"refused": fails(refused), "500": says(500, `{}`), "503": says(503, detail("store_unavailable", "x"), "Retry-After", "5"), "429": says(429, ``),
		"cut off": says2(200, `{`, io.ErrUnexpectedEOF),
	}
	for name, answer := range trouble {
		for _, n := range []int{3, 30} {
			synctest.Test(t, func(t *testing.T) {
				f, failed := ladder(), new(atomic.Int32)
				f.broken = func(int, *http.Request) func(*http.Request) (*http.Response, error) {
					if age := time.Since(f.start); age > time.Second && age < 11*time.Second {
						failed.Add(1)
						return answer
					}
					return nil
				}
				results := collectAll(t.Context(), f.platform().client(t), names(n), WithWaitTimeout(time.Minute))
				wantEach(t, names(n), results)
				for _, r := range results {
					if r.err != nil {
						t.Errorf("%s: %v", name, r.err)
					}
				}
				if last, times := results[n-1].at, failed.Load(); last > time.Duration(max(n, 11)+5)*time.Second || times == 0 || times > 100 {
					t.Errorf("%s: the last after %v, %d failed requests", name, last, times)
				}
			})
		}
	}
}

// TestWaitAllOneHangs: a look that does not end keeps none of the others waiting.
func TestWaitAllOneHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := ladder()
		f.broken = func(_ int, req *http.Request) func(*http.Request) (*http.Response, error) {
			if strings.HasSuffix(req.URL.Path, "/r0") {
				return hangs
			}
			return nil
		}
		results := collectAll(t.Context(), f.platform().client(t), names(6), WithWaitTimeout(10*time.Second))
		wantEach(t, names(6), results)
		for i, r := range results[:5] {
			if r.err != nil || r.at > time.Duration(i+1)*time.Second+1100*time.Millisecond {
				t.Errorf("%d: %v after %v", i, r.err, r.at)
			}
		}
	})
}

func TestWaitAllOptions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 12
		f := &fleet{status: func(id string, age time.Duration) string {
			switch {
			case id == "r3" && age > 2*time.Second:
				return "blocked"
			case age < 4*time.Second:
				return "running"
			}
			return "completed"
		}}
		var looks, stalled int
		var info *Response
		c := f.platform().client(t)
		results := collectAll(t.Context(), c, names(n), WithPollInterval(time.Second), WithTerminalStatuses(RunBlocked), WithStallAfter(3*time.Second),
			WithCallOptions(WithResponse(&info)), WithProgress(func(u WaitUpdate) {
				looks++
				if u.Run == nil || u.Err != nil || u.Polls == 0 || info == nil || info.StatusCode != 200 {
					t.Errorf("%+v, %+v", u, info)
				}
				if u.Stalled > 0 {
					stalled++
				}
			}))
		wantEach(t, names(n), results)
		if first := results[0]; first.id() != "r3" || first.run.Status != RunBlocked || first.at > 4*time.Second {
			t.Errorf("%s after %v", first.id(), first.at)
		}
		if looks < 4*n || looks > 6*n || stalled == 0 {
			t.Errorf("%d looks, %d of them at runs that stand still", looks, stalled)
		}
	})
}

// TestWaitAllBlocked: each task of each run is handled once, and an error ends the wait for its run alone.
func TestWaitAllBlocked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mistake := errors.New("no decision")
		tasks := map[string]int{}
		p := &platform{}
		start := time.Now()
		p.answer = func(_ int, req *http.Request) (*http.Response, error) {
			id := req.URL.Path[strings.LastIndex(req.URL.Path, "/")+1:]
			status, task := "blocked", int(time.Since(start)/(2*time.Second))
			if task == 3 {
				status = "completed"
			}
			return says(200, fmt.Sprintf(`{"run_id":%q,"status":%q,"continuation_id":"t%d"}`, id, status, min(task, 2)))(req)
		}
		results := collectAll(t.Context(), p.client(t), names(3), WithOnBlocked(func(_ context.Context, run *Run) error {
			tasks[run.RunID+run.ContinuationID]++
			if run.RunID == "r1" && run.ContinuationID == "t1" {
				return mistake
			}
			return nil
		}))
		if len(results) != 3 || results[0].err != mistake || results[0].run == nil || results[0].run.RunID != "r1" || results[1].err != nil || results[2].err != nil {
			t.Errorf("%+v", results)
		}
		if len(tasks) != 8 {
			t.Errorf("%v", tasks)
		}
		for task, n := range tasks {
			if n != 1 {
				t.Errorf("%s was handled %d times", task, n)
			}
		}
	})
}

// TestWaitAllTakesItsShare: however slow the platform is, the time that it spends on the wait is a part of all time.
func TestWaitAllTakesItsShare(t *testing.T) {
	for _, part := range []float64{0.05, 0.2, 1} {
		for _, slow := range []time.Duration{20 * time.Millisecond, 300 * time.Millisecond} {
			synctest.Test(t, func(t *testing.T) {
				turn := make(chan bool, 1) // one request at a time
				var busy time.Duration
				p := &platform{answer: func(_ int, req *http.Request) (*http.Response, error) {
					turn <- true
					defer func() { <-turn }()
					busy += slow
					id := req.URL.Path[strings.LastIndex(req.URL.Path, "/")+1:]
					if err := sleep(req.Context(), slow); err != nil || id == "runs" || id == "checkpoints" {
						return says(404, `{}`)(req)
					}
					return says(200, fmt.Sprintf(`{"run_id":%q,"status":"running"}`, id))(req)
				}}
				collectAll(t.Context(), p.client(t), names(200), WithServerShare(part), WithWaitTimeout(time.Minute))
				if got := busy.Seconds() / 60; got > 1.3*part+0.05 || got < 0.5*part {
					t.Errorf("%v: %.3f of the time, %.3f allowed", slow, got, part)
				}
			})
		}
	}
}

// TestWaitAllInLittleTime: of runs that had ended before the wait began as many are found as there is time for looks, and the others are
// said not to have been looked at.
func TestWaitAllInLittleTime(t *testing.T) {
	for runs, least := range map[int]int{2: 2, 9: 9, 50: 50, 258: 64} {
		synctest.Test(t, func(t *testing.T) {
			p := &platform{answer: func(_ int, req *http.Request) (*http.Response, error) {
				id := req.URL.Path[strings.LastIndex(req.URL.Path, "/")+1:]
				if err := sleep(req.Context(), 7*time.Millisecond); err != nil || id == "runs" || id == "checkpoints" {
					return says(404, `{}`)(req)
				}
				return says(200, fmt.Sprintf(`{"run_id":%q,"status":"completed"}`, id))(req)
			}}
			ended := 0
			for _, r := range collectAll(t.Context(), p.client(t), names(runs), WithWaitTimeout(time.Second)) {
				var late *WaitTimeoutError
				switch {
				case r.err == nil:
					ended++
				case !errors.As(r.err, &late) || late.Run != nil || late.Polls != 0 || !strings.HasSuffix(late.Error(), "time is up after 1s, before a look was answered"):
					t.Error(r.err)
				}
			}
			if ended < least {
				t.Errorf("%d of %d", ended, runs)
			}
		})
	}
}

// TestWaitAllProperty: whatever the statuses, the faults and the times, each run has one result, and a right one, by the deadline.
func TestWaitAllProperty(t *testing.T) {
	for seed := range uint64(60) {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 1))
			n := 1 + r.IntN(40)
			lengths, missing := map[string]time.Duration{}, map[string]bool{}
			for _, id := range names(n) {
				lengths[id] = time.Duration(r.Float64() * float64(40*time.Second))
				missing[id] = r.IntN(10) == 0
			}
			between := []string{"running", "blocked", "dreaming"}
			f := &fleet{status: func(id string, age time.Duration) string {
				if age >= lengths[id] {
					return "completed"
				}
				return between[(int(age/time.Second)+len(id))%3]
			}}
			faults, latency := r.Float64()*0.6, time.Duration(r.IntN(500))*time.Millisecond
			calm := rand.New(rand.NewPCG(seed, 2))
			p := f.platform()
			inner := p.answer
			p.answer = func(k int, req *http.Request) (*http.Response, error) {
				p.mu.Lock()
				fault, wait, kind := calm.Float64() < faults, time.Duration(calm.Float64()*float64(latency)), calm.IntN(4)
				p.mu.Unlock()
				if sleep(req.Context(), wait) != nil {
					return nil, req.Context().Err()
				}
				id := req.URL.Path[strings.LastIndex(req.URL.Path, "/")+1:]
				switch {
				case fault:
					return []func(*http.Request) (*http.Response, error){fails(refused), says(500, ``), says(429, ``), hangs}[kind](req)
				case missing[id]:
					return says(404, detail("not_found", "x"))(req)
				}
				return inner(k, req)
			}
			results := collectAll(t.Context(), p.client(t), names(n), WithWaitTimeout(25*time.Second), WithServerShare(1), WithCallOptions(WithCallTimeout(2*time.Second)))
			if n := leftBehind(); n > 0 {
				t.Errorf("seed %d: %d goroutines left", seed, n)
			}
			wantEach(t, names(n), results)
			for _, r := range results {
				id := r.id()
				var timeout *WaitTimeoutError
				switch {
				case r.at > 25*time.Second:
					t.Errorf("seed %d: %s after %v", seed, id, r.at)
				case r.run != nil && (r.at < lengths[id] || missing[id]), errors.Is(r.err, ErrNotFound) && !missing[id]:
					t.Errorf("seed %d: %s: %v, %v after %v", seed, id, r.run, r.err, r.at)
				case errors.As(r.err, &timeout) && r.at != 25*time.Second:
					t.Errorf("seed %d: %s timed out after %v", seed, id, r.at)
				}
			}
		})
	}
}

// TestOptionsAreUsedAtOnce: the looks of a wait for many runs share their options, and so may the calls of a program. It is for the race detector.
func TestOptionsAreUsedAtOnce(t *testing.T) {
	p := &platform{answer: func(_ int, req *http.Request) (*http.Response, error) {
		return says(200, `{"run_id":"`+path.Base(req.URL.Path)+`","status":"completed"}`)(req)
	}}
	opts := WithCallOptions(WithIdempotencyKey(" k "), WithRequestID("r"), WithHeader("X-A", "b"), WithCallTimeout(time.Minute), WithCallRetry(RetryPolicy{}), WithoutReadAhead())
	for _, err := range p.client(t).Platform.Runs.WaitAll(t.Context(), []string{"a", "b", "c", "d", "e", "f"}, opts) {
		if err != nil {
			t.Error(err)
		}
	}
}

// TestListsThatDoNotWorkStayOff: an answer to a list that was under way when another one was refused does not have lists made again, of which that one
// would be waited for without end.
func TestListsThatDoNotWorkStayOff(t *testing.T) {
	w := &waitAll{all: make([]*awaited, 100), left: 100}
	w.finds = finder{wait: w, off: true}
	if w.finds.weigh(&Page[RunSummary]{Total: 1}); w.finds.listing() {
		t.Error("lists are made again")
	}
}
