package kneo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kneo-agent/kneo-client-go/profiles"
)

// sim is a platform with the habits and the costs of the real one: it answers one request at a time, and a list takes as long as rows
// match it and are returned.
type sim struct {
	runs []*simRun // in the order of their creation
	byID map[string]*simRun
	skew time.Duration // its clock before ours
	list func() func(*http.Request) (*http.Response, error)
	size int // of the answers, beyond what is needed

	loop                   chan bool
	busy, longest          time.Duration
	looks, lists, requests int
}

type simRun struct {
	id, last       string // status at the end
	created, ended time.Time
	stored         time.Time // from when on the end is to be seen
	gone           time.Time // zero is never
	blocked        time.Time // zero is never
}

func newSim() *sim { return &sim{byID: map[string]*simRun{}, loop: make(chan bool, 1)} }

// add has a run created so long before or after now, which ends after its length.
func (s *sim) add(id string, after, length time.Duration) *simRun {
	created := time.Now().Add(after).UTC().Truncate(time.Microsecond)
	ended := created.Add(length).Truncate(time.Microsecond)
	r := &simRun{id: id, last: "completed", created: created, ended: ended, stored: ended}
	s.runs = append(s.runs, r)
	s.byID[id] = r
	return r
}

func (r *simRun) status(now time.Time) string {
	switch {
	case !now.Before(r.stored):
		return r.last
	case !r.blocked.IsZero() && !now.Before(r.blocked):
		return "blocked"
	}
	return "running"
}

// updated is when it got its status; ends have the same time as their completed_at.
func (r *simRun) updated(now time.Time) time.Time {
	switch r.status(now) {
	case "running":
		return r.created
	case "blocked":
		return r.blocked
	}
	return r.ended
}

func (s *sim) RoundTrip(req *http.Request) (*http.Response, error) {
	select {
	case s.loop <- true:
		defer func() { <-s.loop }()
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
	s.requests++
	answer, cost := s.answer(req)
	s.busy, s.longest = s.busy+cost, max(s.longest, cost)
	if sleep(req.Context(), cost) != nil {
		return nil, req.Context().Err()
	}
	return answer(req)
}

func (s *sim) answer(req *http.Request) (func(*http.Request) (*http.Response, error), time.Duration) {
	date := time.Now().Add(s.skew).UTC().Format(http.TimeFormat)
	if strings.HasSuffix(req.URL.Path, "/v1/healthz") {
		return says(200, `{"ok":true,"version":"1.2.0"}`, "Date", date), time.Millisecond
	}
	path := strings.Split(strings.TrimPrefix(req.URL.Path, "/base/v1/runs"), "/")
	if len(path) == 1 {
		s.lists++
		if s.list != nil {
			return s.list(), listCost
		}
		body, cost := s.page(req)
		return says(200, body, "Date", date), cost
	}
	r := s.byID[path[1]]
	if r == nil || !r.gone.IsZero() && time.Now().After(r.gone) {
		return says(404, detail("not_found", "no such run"), "Date", date), lookCost
	}
	if len(path) == 3 {
		body := fmt.Sprintf(`{"run_id":%q,"checkpoints":[{"id":"c","run_id":%q,"type":"run_started","sequence":1,"created_at":%q}],"count":1,"total":1}`, r.id, r.id, s.wire(r.created))
		return says(200, body, "Date", date), lookCost
	}
	s.looks++
	body := fmt.Sprintf(`{"run_id":%q,"status":%q,"continuation_id":"t","metadata":{"spec":{"text":%q}}}`, r.id, r.status(time.Now()), strings.Repeat("x", s.size))
	return says(200, body, "Date", date), lookCost
}

func (s *sim) wire(t time.Time) string { return t.Add(s.skew).Format(time.RFC3339Nano) }

func (s *sim) page(req *http.Request) (string, time.Duration) {
	q, now := req.URL.Query(), time.Now()
	after, _ := time.Parse(time.RFC3339Nano, q.Get("created_after"))
	before, _ := time.Parse(time.RFC3339Nano, q.Get("created_before"))
	var match []*simRun
	for _, r := range s.runs {
		at := r.created.Add(s.skew)
		if now.Before(r.created) || !r.gone.IsZero() && now.After(r.gone) || at.Before(after) || at.After(before) || r.status(now) != q.Get("status") {
			continue
		}
		match = append(match, r)
	}
	slices.SortStableFunc(match, func(a, b *simRun) int {
		if q.Get("sort_order") == "desc" {
			a, b = b, a
		}
		return cmp.Or(a.updated(now).Compare(b.updated(now)), strings.Compare(a.id, b.id))
	})
	total := len(match)
	offset, _ := strconv.Atoi(q.Get("offset"))
	limit, _ := strconv.Atoi(q.Get("limit"))
	match = match[min(offset, total):min(offset+limit, total)]
	rows := make([]string, len(match))
	for i, r := range match {
		completed := "null"
		if now.After(r.stored) {
			completed = `"` + s.wire(r.ended) + `"`
		}
		rows[i] = fmt.Sprintf(`{"id":%q,"status":%q,"created_at":%q,"updated_at":%q,"completed_at":%s,"continuation_id":"t"}`, r.id, q.Get("status"), s.wire(r.created), s.wire(r.updated(now)), completed)
	}
	cost := listCost + time.Duration(total)*matchCost + time.Duration(len(rows))*rowCost
	return fmt.Sprintf(`{"runs":[%s],"count":%d,"total":%d,"window":10000,"limit":%d,"offset":%d}`, strings.Join(rows, ","), len(rows), total, limit, offset), cost
}

func (s *sim) client(t *testing.T) *Client {
	t.Helper()
	c, err := NewClient(WithResolvedProfile(profiles.Profile{Name: "test", URL: "https://kneo.test/base", APIKey: profiles.NewSecret(testKey)}), WithHTTPClient(&http.Client{Transport: s}))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// queue adds n runs, created 20 ms apart up to now, for so many workers, which take 1 to 20 s each.
func (s *sim) queue(r *rand.Rand, n, workers int) []string {
	free := make([]time.Time, workers)
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("q%d", i)
		run := s.add(ids[i], time.Duration(i-n)*20*time.Millisecond, 0)
		slices.SortFunc(free, time.Time.Compare)
		if free[0].Before(run.created) {
			free[0] = run.created
		}
		free[0] = free[0].Add(time.Second + time.Duration(r.Float64()*float64(19*time.Second)))
		run.ended = free[0].UTC().Truncate(time.Microsecond)
		run.stored = run.ended
	}
	return ids
}

// measure waits for runs, and returns how late their ends were noticed: on the average, at the most, and how far out of order.
func (s *sim) measure(t *testing.T, ids []string, opts ...WaitOption) (mean, worst, disorder time.Duration) {
	t.Helper()
	begun, n := time.Now(), 0
	var sum time.Duration
	var last time.Time
	results := collectAll(t.Context(), s.client(t), ids, opts...)
	wantEach(t, ids, results)
	for _, r := range results {
		run := s.byID[r.id()]
		if r.err != nil || run == nil || string(r.run.Status) != run.last {
			t.Fatalf("%s: %+v, %v", r.id(), r.run, r.err)
		}
		if run.ended.Before(begun) {
			continue
		}
		late := begun.Add(r.at).Sub(run.ended)
		sum, worst, n = sum+late, max(worst, late), n+1
		disorder = max(disorder, last.Sub(run.ended))
		if run.ended.After(last) {
			last = run.ended
		}
	}
	return sum / time.Duration(max(n, 1)), worst, disorder
}

// TestWaitAllCostsLittle: what 200 runs cost the platform is a third of what looks at each of them once a second do, which is one look
// for each run and second, and no request keeps it from others for long.
func TestWaitAllCostsLittle(t *testing.T) {
	for _, n := range []int{200, 1000} {
		synctest.Test(t, func(t *testing.T) {
			s := newSim()
			ids := s.queue(rand.New(rand.NewPCG(1, 1)), n, 64)
			var polled time.Duration
			for _, r := range s.runs {
				polled += time.Duration(max(0, time.Until(r.ended).Seconds())+1) * lookCost
			}
			mean, worst, disorder := s.measure(t, ids)
			t.Logf("%d runs: mean %v, worst %v, disorder %v late; busy %v of %v polled, %d looks, %d lists, longest %v", n, mean, worst, disorder, s.busy, polled, s.looks, s.lists, s.longest)
			if mean > 500*time.Millisecond || worst > 4*time.Second || disorder > time.Second {
				t.Errorf("%d runs: ends noticed %v late, %v at the worst, %v out of order", n, mean, worst, disorder)
			}
			if s.busy > polled/3 || s.longest > 60*time.Millisecond {
				t.Errorf("%d runs: they took %v, polling %v; the longest request %v", n, s.busy, polled, s.longest)
			}
		})
	}
}

// TestWaitAllInACrowd: thousands of runs of others, created and ended at the same times.
func TestWaitAllInACrowd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, r := newSim(), rand.New(rand.NewPCG(2, 1))
		for i := range 6000 {
			s.add(fmt.Sprintf("other%d", i), time.Duration(i-4000)*5*time.Millisecond, time.Duration(r.IntN(20000))*time.Millisecond)
		}
		ids := s.queue(r, 100, 64)
		begun := time.Now()
		mean, worst, _ := s.measure(t, ids)
		t.Logf("mean %v, worst %v late, %d looks, %d lists, busy %v of %v, longest %v", mean, worst, s.looks, s.lists, s.busy, time.Since(begun), s.longest)
		if mean > 1500*time.Millisecond || worst > 10*time.Second {
			t.Errorf("ends noticed %v late, %v at the worst", mean, worst)
		}
		if part := s.busy.Seconds() / time.Since(begun).Seconds(); part > defaultShare*1.2 {
			t.Errorf("it took %.2f of the time", part)
		}
	})
}

// TestWaitAllOnAnotherClock: the clock of the platform is an hour off.
func TestWaitAllOnAnotherClock(t *testing.T) {
	for _, skew := range []time.Duration{-time.Hour, time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			s := newSim()
			s.skew = skew
			mean, worst, _ := s.measure(t, s.queue(rand.New(rand.NewPCG(3, 1)), 100, 64))
			if mean > 500*time.Millisecond || worst > 2*time.Second || s.looks > 250 {
				t.Errorf("ends noticed %v late, %v at the worst, after %d looks", mean, worst, s.looks)
			}
		})
	}
}

// TestWaitAllListsAreOnlyAHint: nothing is missed whatever is wrong with the lists.
func TestWaitAllListsAreOnlyAHint(t *testing.T) {
	const n = 60
	r := rand.New(rand.NewPCG(4, 1))
	for name, c := range map[string]struct {
		change func(s *sim, ids []string)
		worst  time.Duration
	}{
		"ends stored in another order": {func(s *sim, _ []string) {
			for _, run := range s.runs {
				run.stored = run.ended.Add(time.Duration(r.IntN(300)) * time.Millisecond)
			}
		}, 3 * time.Second},
		"others pruned": {func(s *sim, _ []string) {
			for i := range 100 {
				s.add(fmt.Sprintf("other%d", i), -time.Second, time.Duration(i)*30*time.Millisecond).gone = time.Now().Add(time.Duration(r.IntN(20)) * time.Second)
			}
		}, 35 * time.Second},
		"failed, cancelled, timed out": {func(s *sim, _ []string) {
			for i, run := range s.runs {
				run.last = []string{"completed", "failed", "cancelled", "timed_out", "expired"}[i%5]
			}
		}, 6 * time.Second},
		"shuffled": {func(_ *sim, ids []string) { r.Shuffle(n, func(i, j int) { ids[i], ids[j] = ids[j], ids[i] }) }, 3 * time.Second},
		"two days": {func(s *sim, _ []string) {
			for i, run := range s.runs {
				if i%2 == 0 {
					run.created = run.created.Add(-48 * time.Hour)
				}
			}
		}, 6 * time.Second},
		"lists fail": {func(s *sim, _ []string) {
			s.list = func() func(*http.Request) (*http.Response, error) {
				return says(503, detail("store_unavailable", "x"), "Retry-After", "5")
			}
		}, 8 * time.Second},
		"lists refused": {func(s *sim, _ []string) {
			s.list = func() func(*http.Request) (*http.Response, error) { return says(422, detail("x", "x")) }
		}, 3 * time.Second},
		"lists empty": {func(s *sim, _ []string) {
			s.list = func() func(*http.Request) (*http.Response, error) {
				return says(200, `{"runs":[],"total":0,"window":10000}`)
			}
		}, 35 * time.Second},
		"lists of nonsense": {func(s *sim, _ []string) {
			s.list = func() func(*http.Request) (*http.Response, error) {
				return says(200, `{"runs":[{"id":"other","status":"completed"},{"id":"q3","status":"completed"}],"total":500,"window":10000}`)
			}
		}, 35 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSim()
				ids := s.queue(r, n, 30)
				c.change(s, ids)
				mean, worst, _ := s.measure(t, ids)
				t.Logf("mean %v, worst %v, %d looks, %d lists", mean, worst, s.looks, s.lists)
				if worst > c.worst {
					t.Errorf("noticed %v late, %v at the worst", mean, worst)
				}
			})
		})
	}
}

// TestWaitAllReadsARangeOnceMore: when nothing in a range can end any more it is read again before it is given up, for what ended
// between its last list and that.
func TestWaitAllReadsARangeOnceMore(t *testing.T) {
	w := newWaitAll(nil, names(20), &waitOptions{})
	f := &w.finds
	d := newFeed(RunCompleted, time.Unix(1, 0), time.Unix(2, 0))
	d.fresh, d.asks = false, RunRunning
	f.feeds = []*feed{d}
	none := &Page[RunSummary]{}
	f.took(d, none, 1, time.Time{})
	f.took(d, none, 1, time.Time{})
	if len(f.feeds) != 1 || !d.due || d.params().Status != RunCompleted {
		t.Fatalf("it is not read again: %+v", d)
	}
	f.took(d, &Page[RunSummary]{Items: []RunSummary{{RunID: "r7", CompletedAt: time.Unix(3, 0)}}, Total: 1}, 16, time.Time{})
	if len(f.feeds) != 0 || len(w.found) != 1 || w.found[0].id != "r7" {
		t.Errorf("%d feeds, %d found", len(f.feeds), len(w.found))
	}
}

// TestWaitAllFindsBlocked: the lists name runs that block too, when somebody wants to know.
func TestWaitAllFindsBlocked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSim()
		ids := s.queue(rand.New(rand.NewPCG(5, 1)), 60, 60)
		for i, run := range s.runs {
			run.ended, run.stored = run.ended.Add(20*time.Second), run.stored.Add(20*time.Second)
			run.blocked = time.Now().Add(time.Duration(5+i) * 200 * time.Millisecond)
		}
		handled := map[string]int{}
		_, worst, _ := s.measure(t, ids, WithOnBlocked(func(_ context.Context, run *Run) error {
			handled[run.RunID]++
			if late := time.Since(s.byID[run.RunID].blocked); late > 2*time.Second {
				t.Errorf("%s was handled %v late", run.RunID, late)
			}
			return nil
		}))
		if len(handled) != 60 || worst > 3*time.Second {
			t.Errorf("%d handled, noticed %v late", len(handled), worst)
		}
	})
}

// TestWaitAllWithListsProperty: whatever the lists show and whatever fails, each run has one result, and a right one, by the deadline.
func TestWaitAllWithListsProperty(t *testing.T) {
	const limit = 30 * time.Second
	for seed := range uint64(30) {
		synctest.Test(t, func(t *testing.T) {
			s, r := newSim(), rand.New(rand.NewPCG(seed, 3))
			ids := s.queue(r, 9+r.IntN(120), 1+r.IntN(64))
			for range r.IntN(400) {
				s.add(fmt.Sprintf("other%d", len(s.runs)), -time.Duration(r.IntN(5000))*time.Millisecond, time.Duration(r.IntN(20000))*time.Millisecond)
			}
			for _, run := range s.runs {
				switch r.IntN(8) {
				case 0:
					run.last = []string{"failed", "cancelled", "timed_out", "expired"}[r.IntN(4)]
				case 1:
					run.stored = run.ended.Add(time.Duration(r.IntN(3000)) * time.Millisecond)
				case 2:
					run.gone = time.Now().Add(time.Duration(r.Float64() * float64(limit)))
				case 3:
					run.blocked = run.created.Add(time.Second)
				}
			}
			faults := r.Float64() * 0.5
			var mu sync.Mutex
			c := (&platform{}).client(t, WithHTTPClient(&http.Client{Transport: doer(func(req *http.Request) (*http.Response, error) {
				mu.Lock()
				fault, kind := r.Float64() < faults, r.IntN(4)
				mu.Unlock()
				if fault {
					return []func(*http.Request) (*http.Response, error){fails(refused), says(500, ``), says(503, `{}`, "Retry-After", "1"), hangs}[kind](req)
				}
				return s.RoundTrip(req)
			})}))
			begun := time.Now()
			results := collectAll(t.Context(), c, ids, WithWaitTimeout(limit), WithCallOptions(WithCallTimeout(2*time.Second)))
			if n := leftBehind(); n > 0 {
				t.Errorf("seed %d: %d goroutines left", seed, n)
			}
			wantEach(t, ids, results)
			for _, got := range results {
				run, at := s.byID[got.id()], begun.Add(got.at)
				var timeout *WaitTimeoutError
				switch {
				case got.run != nil && (at.Before(run.stored) || string(got.run.Status) != run.last),
					errors.Is(got.err, ErrNotFound) && (run.gone.IsZero() || at.Before(run.gone)),
					errors.As(got.err, &timeout) && got.at != limit, got.at > limit:
					t.Errorf("seed %d: %s: %+v, %v after %v; it is %+v", seed, got.id(), got.run, got.err, got.at, run)
				}
			}
		})
	}
}

// TestWaitAllInLittleMemory: ten thousand runs with large bodies.
func TestWaitAllInLittleMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSim()
		s.size = 2 << 10
		s.list = func() func(*http.Request) (*http.Response, error) { return says(422, detail("x", "x")) } // so that all are looked at soon
		ids := make([]string, 10_000)
		for i := range ids {
			ids[i] = fmt.Sprintf("run-%032d", i)
			s.add(ids[i], time.Duration(i-10_000)*time.Millisecond, 1000*time.Hour)
		}
		c, before := s.client(t), heap()
		var most uint64
		looks := 0
		results := collectAll(t.Context(), c, ids, WithWaitTimeout(35*time.Second), WithServerShare(1), WithProgress(func(WaitUpdate) {
			if looks++; looks%4000 == 0 {
				most = max(most, heap()-before)
			}
		}))
		wantEach(t, ids, results)
		t.Logf("%d looks, %d MiB", looks, most>>20)
		if looks < 4000 || most > 16<<20 {
			t.Errorf("%d MiB after %d looks", most>>20, looks)
		}
	})
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
