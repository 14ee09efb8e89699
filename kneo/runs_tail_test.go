package kneo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// traced is a platform with one run that takes a step a second, whose events the trace has when the step has ended.
type traced struct {
	start  time.Time
	steps  int
	late   bool // an event comes late, and has a place before others
	broken func(age time.Duration) func(*http.Request) (*http.Response, error)
}

func (p *traced) RoundTrip(req *http.Request) (*http.Response, error) {
	age := time.Since(p.start)
	if p.broken != nil {
		if answer := p.broken(age); answer != nil {
			return answer(req)
		}
	}
	done := min(int(age/time.Second), p.steps)
	if !strings.HasSuffix(req.URL.Path, "/trace") {
		status, count := "running", 0
		if done == p.steps {
			status, count = "completed", len(p.events(done))
		}
		return says(200, fmt.Sprintf(`{"run_id":"r1","status":%q,"visited_steps":[%s],"trace_event_count":%d}`, status, strings.TrimSuffix(strings.Repeat(`"s",`, done), ","), count))(req)
	}
	events := p.events(done)
	total := len(events)
	offset, _ := strconv.Atoi(req.URL.Query().Get("offset"))
	events = events[min(offset, total):]
	items := make([]string, len(events))
	for i, id := range events {
		items[i] = fmt.Sprintf(`{"type":"run_started","event_id":%q}`, id)
	}
	return says(200, fmt.Sprintf(`{"run_id":"r1","events":[%s],"count":%d,"total":%d,"window":10000,"limit":1000,"offset":%d,"sort_by":"timestamp","sort_order":"asc"}`,
		strings.Join(items, ","), len(items), total, offset))(req)
}

func (p *traced) events(done int) []string {
	var ids []string
	for i := range done {
		ids = append(ids, fmt.Sprintf("e%d-begin", i), fmt.Sprintf("e%d-end", i))
	}
	if p.late && done > 3 {
		ids = slices.Insert(ids, 2, "late")
	}
	return ids
}

func (p *traced) client(t *testing.T) *Client {
	return (&platform{}).client(t, WithHTTPClient(&http.Client{Transport: p}))
}

// tailed collects a tail.
func tailed(ctx context.Context, c *Client, opts ...WaitOption) (ids []string, err error) {
	for event, err := range c.Platform.Runs.TailTrace(ctx, "r1", opts...) {
		if err != nil {
			return ids, err
		}
		ids = append(ids, event.EventID)
	}
	return ids, nil
}

func TestTailGivesEveryEventOnce(t *testing.T) {
	outage := func(age time.Duration) func(*http.Request) (*http.Response, error) {
		if age > 1500*time.Millisecond && age < 4*time.Second {
			return []func(*http.Request) (*http.Response, error){fails(refused), says(503, `{}`), says2(200, `{`, errors.New("reset"))}[int(age/(10*time.Millisecond))%2]
		}
		return nil
	}
	for name, p := range map[string]*traced{"plain": {steps: 6}, "late event": {steps: 6, late: true}, "outage": {steps: 6, broken: outage}, "at once": {steps: 0}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p.start = time.Now()
				got, err := tailed(t.Context(), p.client(t))
				want := p.events(p.steps)
				if name == "late event" {
					slices.Sort(got)
					slices.Sort(want)
				}
				if err != nil || !slices.Equal(got, want) {
					t.Errorf("%v, %v, want %v", got, err, want)
				}
				if took, most := time.Since(p.start), time.Duration(p.steps)*time.Second+time.Second; took > most {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}

func TestTailCanBeTakenUpAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &traced{start: time.Now(), steps: 4}
		var got []string
		for event, err := range p.client(t).Platform.Runs.TailTrace(t.Context(), "r1") {
			if err != nil {
				t.Fatal(err)
			}
			if got = append(got, event.EventID); len(got) == 3 {
				break // as a crash would
			}
		}
		rest, err := tailed(t.Context(), p.client(t), WithTraceOffset(len(got)))
		if got = append(got, rest...); err != nil || !slices.Equal(got, p.events(4)) {
			t.Errorf("%v, %v", got, err)
		}
	})
}

func TestTailEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &traced{start: time.Now(), steps: 100}
		ids, err := tailed(t.Context(), p.client(t), WithWaitTimeout(3500*time.Millisecond))
		var timeout *WaitTimeoutError
		if !errors.As(err, &timeout) || len(ids) != 6 || timeout.Run == nil || time.Since(p.start) != 3500*time.Millisecond {
			t.Errorf("%v, %v after %v", ids, err, time.Since(p.start))
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		var canceled *WaitCanceledError
		if _, err := tailed(ctx, p.client(t)); !errors.As(err, &canceled) {
			t.Errorf("%v", err)
		}
		c := script(says(404, detail("not_found", "x"))).client(t)
		if _, err := tailed(t.Context(), c); !errors.Is(err, ErrNotFound) {
			t.Errorf("%v", err)
		}
		var mistake *ArgumentError
		if _, err := tailed(t.Context(), c, WithTraceOffset(-1)); !errors.As(err, &mistake) {
			t.Errorf("%v", err)
		}
	})
}

func TestWatchGivesEveryTaskOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		p := &platform{answer: func(_ int, req *http.Request) (*http.Response, error) {
			age := int(time.Since(start) / time.Second)
			if age == 3 {
				return fails(refused)(req)
			}
			var tasks []string
			for i := max(0, age-2); i <= age; i++ { // a task a second, each waits for three
				tasks = append(tasks, fmt.Sprintf(`{"id":"c%d"}`, i))
			}
			return says(200, fmt.Sprintf(`{"tasks":[%s],"count":%d,"total":%d,"window":10000,"limit":1000,"offset":0,"sort_by":"id","sort_order":"asc"}`, strings.Join(tasks, ","), len(tasks), len(tasks)))(req)
		}}
		ctx, cancel := context.WithTimeout(t.Context(), 9500*time.Millisecond)
		defer cancel()
		var ids []string
		var last error
		for task, err := range p.client(t).Platform.HumanTasks.Watch(ctx, HumanTaskListParams{Status: TaskPending}) {
			if err != nil {
				last = err
				continue
			}
			ids = append(ids, task.ContinuationID)
		}
		var timeout *WaitTimeoutError
		if want := []string{"c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9"}; !slices.Equal(ids, want) || !errors.As(last, &timeout) {
			t.Errorf("%v, %v", ids, last)
		}
		if _, err := first(script(says(403, detail("forbidden", "x"))).client(t)); !errors.Is(err, ErrForbidden) {
			t.Errorf("%v", err)
		}
	})
}

func first(c *Client) (HumanTask, error) {
	for task, err := range c.Platform.HumanTasks.Watch(context.Background(), HumanTaskListParams{}) {
		return task, err
	}
	return HumanTask{}, nil
}

func TestOnBlocked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		decided := 0
		p := &platform{answer: func(_ int, req *http.Request) (*http.Response, error) {
			if decided == 2 {
				return says(200, runBody)(req)
			}
			return says(200, fmt.Sprintf(`{"run_id":"r1","status":"blocked","continuation_id":"c%d"}`, decided))(req)
		}}
		var tasks []string
		looks := 0
		run, err := p.client(t).Platform.Runs.WaitForCompletion(t.Context(), "r1",
			WithProgress(func(WaitUpdate) {
				if looks++; looks%5 == 0 && len(tasks) > decided {
					decided++ // takes the platform a while
				}
			}),
			WithOnBlocked(func(_ context.Context, run *Run) error {
				tasks = append(tasks, run.ContinuationID)
				return nil
			}))
		if err != nil || run.Status != RunCompleted || !slices.Equal(tasks, []string{"c0", "c1"}) {
			t.Errorf("%+v, %v, %v", run, err, tasks)
		}
		decided = 0
		no := errors.New("I will not decide")
		if _, err := p.client(t).Platform.Runs.WaitForCompletion(t.Context(), "r1", WithOnBlocked(func(context.Context, *Run) error { return no })); !errors.Is(err, no) {
			t.Errorf("%v", err)
		}
	})
}

func TestStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &traced{start: time.Now(), steps: 2, broken: func(age time.Duration) func(*http.Request) (*http.Response, error) {
			if age > time.Second && age < 8*time.Second {
				return says(200, `{"run_id":"r1","status":"running","visited_steps":["s"],"trace_event_count":0}`)
			}
			return nil
		}}
		var stalled, longest time.Duration
		_, err := p.client(t).Platform.Runs.WaitForCompletion(t.Context(), "r1", WithStallAfter(3*time.Second), WithProgress(func(u WaitUpdate) {
			if u.Stalled > 0 && stalled == 0 {
				stalled = u.Elapsed
			}
			longest = max(longest, u.Stalled)
		}))
		if err != nil || stalled < 4*time.Second || stalled > 5*time.Second || longest > 7500*time.Millisecond {
			t.Errorf("%v, stalled at %v for %v", err, stalled, longest)
		}
	})
}
