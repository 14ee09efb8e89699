package kneo

import (
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// weather is what a platform does to requests at random: it answers late, or not at all, or with what passes.
type weather struct {
	mu     sync.Mutex
	rand   *rand.Rand
	faults float64 // of the requests
	late   time.Duration
}

func newWeather(seed uint64) *weather {
	r := rand.New(rand.NewPCG(seed, 1))
	return &weather{rand: r, faults: r.Float64() * 0.6, late: time.Duration(r.IntN(500)) * time.Millisecond}
}

// strikes waits, and returns what a request suffers, nil if nothing.
func (w *weather) strikes(req *http.Request) func(*http.Request) (*http.Response, error) {
	w.mu.Lock()
	fault, wait, kind := w.rand.Float64() < w.faults, time.Duration(w.rand.Float64()*float64(w.late)), w.rand.IntN(5)
	w.mu.Unlock()
	if err := sleep(req.Context(), wait); err != nil {
		return fails(err)
	}
	if !fault {
		return nil
	}
	return []func(*http.Request) (*http.Response, error){fails(refused), says(500, ``), says(429, ``), says2(200, `{`, &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}), hangs}[kind]
}

// TestWaitProperty: whatever the statuses, the faults and the times, a wait gives the run once it has ended and not before, or a timeout at its
// deadline to the nanosecond, and leaves nothing behind.
func TestWaitProperty(t *testing.T) {
	const limit = 30 * time.Second
	ended, late := 0, 0
	for seed := range uint64(150) {
		synctest.Test(t, func(t *testing.T) {
			w := newWeather(seed)
			length := time.Duration(w.rand.Float64() * float64(40*time.Second))
			between := []string{"running", "blocked", "dreaming"}
			last := []RunStatus{RunCompleted, RunFailed, RunCancelled, RunTimedOut, RunExpired}[w.rand.IntN(5)]
			calm := lives(func(age time.Duration) string {
				if age >= length {
					return string(last)
				}
				return between[int(age/time.Second)%3]
			})
			p := &platform{answer: func(n int, req *http.Request) (*http.Response, error) {
				if struck := w.strikes(req); struck != nil {
					return struck(req)
				}
				return calm.answer(n, req)
			}}
			start := time.Now()
			run, err := p.client(t).Platform.Runs.WaitForCompletion(t.Context(), "r1", WithWaitTimeout(limit), WithCallOptions(WithCallTimeout(2*time.Second)))
			took := time.Since(start)
			var timeout *WaitTimeoutError
			switch {
			case err == nil && (run.Status != last || took < length || took > limit):
				t.Errorf("seed %d: %s after %v, wants %s after %v", seed, run.Status, took, last, length)
			case err == nil:
				ended++
			case !errors.As(err, &timeout) || took != limit || timeout.Run != nil && timeout.Run.Status == last && last.Terminal():
				t.Errorf("seed %d: %v after %v", seed, err, took)
			default:
				late++
			}
			if n := leftBehind(); n > 0 {
				t.Errorf("seed %d: %d goroutines left", seed, n)
			}
		})
	}
	if ended < 30 || late < 10 {
		t.Errorf("%d ended and %d were late: the seeds show too little", ended, late)
	}
}

// TestTailProperty: whatever the faults and the times, a tail gives every event once and in order, wherever it is begun, and leaves nothing behind.
func TestTailProperty(t *testing.T) {
	for seed := range uint64(80) {
		synctest.Test(t, func(t *testing.T) {
			w := newWeather(seed)
			p := &traced{start: time.Now(), steps: w.rand.IntN(8)}
			front := &platform{answer: func(_ int, req *http.Request) (*http.Response, error) {
				if struck := w.strikes(req); struck != nil {
					return struck(req)
				}
				return p.RoundTrip(req)
			}}
			from := w.rand.IntN(len(p.events(p.steps)) + 1)
			got, err := tailed(t.Context(), front.client(t), WithTraceOffset(from), WithWaitTimeout(10*time.Minute), WithCallOptions(WithCallTimeout(2*time.Second)))
			if want := p.events(p.steps)[from:]; err != nil || !slices.Equal(got, want) {
				t.Errorf("seed %d: %v, %v, want %v", seed, got, err, want)
			}
			if n := leftBehind(); n > 0 {
				t.Errorf("seed %d: %d goroutines left", seed, n)
			}
		})
	}
}
