//go:build reliability

package reliability

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kneo-agent/kneo-client-go/internal/casebook"
	"github.com/kneo-agent/kneo-client-go/internal/faulttest"
	"github.com/kneo-agent/kneo-client-go/internal/reliability/task"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

// timed is a handler that keeps when the requests of each call came.
type timed struct {
	mu    sync.Mutex
	times map[string][]time.Time
	next  http.Handler
}

func (h *timed) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	h.times[faulttest.KeyOf(r)] = append(h.times[faulttest.KeyOf(r)], time.Now())
	h.mu.Unlock()
	h.next.ServeHTTP(w, r)
}

// gap returns the mean time between two requests of a call.
func (h *timed) gap() time.Duration {
	var sum time.Duration
	n := 0
	for _, times := range h.times {
		sum += times[len(times)-1].Sub(times[0])
		n += len(times) - 1
	}
	return sum / time.Duration(max(1, n))
}

// TestOutages: all calls begin at once, and none is answered.
func TestOutages(t *testing.T) {
	for _, c := range []struct {
		name    string
		calls   int
		percent int // requests, in percent of the calls
		effect  kneotest.Effect
	}{
		{"outage-200", 200, 110, kneotest.Answer(http.StatusServiceUnavailable, 0)},
		{"outage-2000", 2000, 102, kneotest.Answer(http.StatusServiceUnavailable, 0)},
		{"outage-rst", 200, 110, kneotest.ResetBefore()},
		{"storm-429-ra0", 200, 110, func(http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", "0")
				w.WriteHeader(http.StatusTooManyRequests)
			})
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			compare(t, c.name, func(t *testing.T, s *subject) string {
				handler := &timed{times: map[string][]time.Time{}, next: c.effect(nil)}
				proxy := faulttest.NewServer(t, handler)
				wide := c.calls
				if s.name == casebook.Python {
					wide = min(wide, 200) // of more at once, it does nothing but search its pool for minutes
				}
				h := s.run(t, task.Task{URL: proxy.URL, Ops: []string{"create"}, Keys: keys(c.calls), Wide: wide}).History
				silent, unclear := 0, 0
				for _, call := range h {
					if call.Error == "" {
						silent++
					}
					if call.Outcome == faulttest.Unknown {
						unclear++
					}
				}
				s.must(t, proxy.Requests() <= c.calls*c.percent/100, "%d requests", proxy.Requests())
				s.must(t, silent == 0, "%d errors have no message", silent)
				s.must(t, unclear == c.calls || c.name == "storm-429-ra0", "%d of %d say that the effect is unknown", unclear, c.calls)
				text := fmt.Sprintf("%.2f requests a call, %d errors without a message", float64(proxy.Requests())/float64(c.calls), silent)
				if wide < c.calls {
					text += fmt.Sprintf(" (%d at a time)", wide)
				}
				if c.name == "storm-429-ra0" {
					text += fmt.Sprintf(", %d ms between tries", handler.gap().Milliseconds())
				}
				return text
			})
		})
	}
}

// TestRecovery: an outage of two seconds, in which calls go on, and then calls one after another.
func TestRecovery(t *testing.T) {
	compare(t, "recovery", func(t *testing.T, s *subject) string {
		var begin time.Time
		var once sync.Once
		var down atomic.Int64
		var last atomic.Bool
		proxy := faulttest.NewServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			once.Do(func() { begin = time.Now() })
			if time.Since(begin) < 2*time.Second {
				down.Add(1)
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			last.Store(true)
			answer(createdBody).ServeHTTP(w, r)
		}))
		h := s.run(t, task.Task{URL: proxy.URL, Ops: []string{"get"}, Keys: keys(400), Wide: 4, Pause: 0.03}).History
		// The last of the calls are well after the outage.
		after := h[len(h)-100:]
		s.must(t, last.Load() && after.Count(faulttest.OK) == len(after), "%d of the last %d are ok", after.Count(faulttest.OK), len(after))
		return fmt.Sprintf("%d requests in the outage; after it %d of %d ok", down.Load(), after.Count(faulttest.OK), len(after))
	})
}

// TestRefusalsLeaveRetriesAlone: a refusal is an answer.
func TestRefusalsLeaveRetriesAlone(t *testing.T) {
	compare(t, "budget-4xx", func(t *testing.T, s *subject) string {
		var n atomic.Int64
		proxy := faulttest.NewServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			switch i := n.Add(1); {
			case i <= 500:
				w.WriteHeader(http.StatusUnprocessableEntity)
				fmt.Fprint(w, `{"detail":[]}`)
			case i%5 == 0:
				w.WriteHeader(http.StatusServiceUnavailable)
			default:
				fmt.Fprint(w, createdBody)
			}
		}))
		h := s.run(t, task.Task{URL: proxy.URL, Ops: []string{"create"}, Keys: keys(1000)}).History
		after := h[500:]
		s.must(t, h[:500].Count(faulttest.Failed) == 500 && after.Count(faulttest.OK) == 500, "%d of 500 are ok", after.Count(faulttest.OK))
		return fmt.Sprintf("%d of %d ok after the refusals", after.Count(faulttest.OK), len(after))
	})
}

func TestPartialOutages(t *testing.T) {
	for _, c := range []struct {
		name       string
		percent    int
		ok         int
		amplifying int // requests, in percent of the calls
	}{{"partial-20", 20, 5000, 130}, {"partial-50", 50, 0, 125}} {
		t.Run(c.name, func(t *testing.T) {
			compare(t, c.name, func(t *testing.T, s *subject) string {
				plan := faulttest.Plan{Seed: 5, Parts: []faulttest.Part{{Percent: c.percent, Effect: kneotest.Answer(http.StatusServiceUnavailable, 0)}}}
				proxy := faulttest.NewServer(t, plan.Effect()(answer(createdBody)))
				h := s.run(t, task.Task{URL: proxy.URL, Ops: []string{"create"}, Keys: keys(5000), Wide: 32}).History
				s.must(t, h.Count(faulttest.OK) >= c.ok, "%d of %d are ok", h.Count(faulttest.OK), len(h))
				s.must(t, proxy.Requests() <= len(h)*c.amplifying/100, "%d requests", proxy.Requests())
				return fmt.Sprintf("%d of %d ok, %.2f requests a call", h.Count(faulttest.OK), len(h), float64(proxy.Requests())/float64(len(h)))
			})
		})
	}
}

// answer is a handler that always says the same, but for the id of the run that it was asked for.
func answer(body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if id := strings.TrimPrefix(r.URL.Path, "/v1/runs/"); r.Method == http.MethodGet {
			fmt.Fprint(w, strings.Replace(body, `"r1"`, strconv.Quote(id), 1))
			return
		}
		fmt.Fprint(w, body)
	})
}

func TestPool(t *testing.T) {
	compare(t, "pool", func(t *testing.T, s *subject) string {
		var n atomic.Int64
		proxy := faulttest.NewServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(5 * time.Millisecond)
			if n.Add(1)%16 == 0 {
				w.WriteHeader(http.StatusInternalServerError)
				return
			}
			answer(createdBody).ServeHTTP(w, r)
		}))
		h := s.run(t, task.Task{URL: proxy.URL, Ops: []string{"get"}, Keys: keys(320), Wide: 16}).History
		s.must(t, proxy.Connections() <= 20 && h.Count(faulttest.OK) >= 300, "%d connections, %d ok", proxy.Connections(), h.Count(faulttest.OK))
		return fmt.Sprintf("%d connections for %d calls, %d of which failed", proxy.Connections(), len(h), len(h)-h.Count(faulttest.OK))
	})
}

// TestIdleStale: the server closes idle connections after 5 seconds, and the calls are further apart than that.
func TestIdleStale(t *testing.T) {
	t.Parallel()
	compare(t, "idle-stale", func(t *testing.T, s *subject) string {
		t.Parallel()
		proxy := faulttest.NewServer(t, answer(createdBody))
		h := s.run(t, task.Task{URL: proxy.URL, Ops: []string{"create"}, Keys: keys(20), Wide: 4, Pause: 6}).History
		s.must(t, h.Count(faulttest.OK) == 20 && proxy.Requests() == 20, "%d ok in %d requests", h.Count(faulttest.OK), proxy.Requests())
		return fmt.Sprintf("%d of %d ok in %d requests", h.Count(faulttest.OK), len(h), proxy.Requests())
	})
}

// TestWireCountStale: connections that die as they are used again, which nobody can know before.
func TestWireCountStale(t *testing.T) {
	compare(t, "wire-count", func(t *testing.T, s *subject) string {
		proxy := faulttest.NewServer(t, diesWhenUsedAgain(answer(createdBody)))
		h := s.run(t, task.Task{URL: proxy.URL, Ops: []string{"create"}, Keys: keys(40)}).History
		s.must(t, h.Count(faulttest.OK) == 40 && h.Attempts() == proxy.Requests() && proxy.Requests() > 60, "%d ok, %d of %d requests known", h.Count(faulttest.OK), h.Attempts(), proxy.Requests())
		if s.name == casebook.Ours {
			return fmt.Sprintf("%d of %d requests known with stale connections", h.Attempts(), proxy.Requests())
		}
		return fmt.Sprintf("%d of %d ok with stale connections, in %d requests", h.Count(faulttest.OK), len(h), proxy.Requests())
	})
}

// diesWhenUsedAgain answers one request on every connection and breaks it off at the next.
func diesWhenUsedAgain(next http.Handler) http.Handler {
	var mu sync.Mutex
	seen := map[string]bool{}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		again := seen[r.RemoteAddr]
		seen[r.RemoteAddr] = true
		mu.Unlock()
		if again {
			panic(http.ErrAbortHandler)
		}
		next.ServeHTTP(w, r)
	})
}
