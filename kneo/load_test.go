package kneo

import (
	"errors"
	"fmt"
	"hash/fnv"
	"net"
	"net/http"
	"os"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// perID groups what a scripted platform got by the call that it belongs to.
func (p *platform) perID() map[string][]time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	calls := map[string][]time.Time{}
	for i, req := range p.requests {
		id := req.Header.Get("X-Request-Id")
		calls[id] = append(calls[id], p.times[i])
	}
	return calls
}

// atOnce makes n calls at the same time and returns their errors.
func atOnce(n int, call func() error) []error {
	errs := make([]error, n)
	var done sync.WaitGroup
	for i := range n {
		done.Go(func() { errs[i] = call() })
	}
	done.Wait()
	return errs
}

// outcomeOf is what a failed call says of its effect.
func outcomeOf(err error) Outcome {
	var network *NetworkError
	if errors.As(err, &network) {
		return network.Outcome
	}
	var answer *Error
	if errors.As(err, &answer) {
		return answer.Outcome()
	}
	return OutcomeRejected
}

// TestOutage: however many calls meet a platform that is down, they add little to what it has to bear, each of them is tried at least
// once, and each says what became of it.
func TestOutage(t *testing.T) {
	unavailable := says(503, `{}`)
	reset := fails(fmt.Errorf("read: %w", syscall.ECONNRESET))
	for name, c := range map[string]struct {
		calls   int
		most    int // requests
		answer  func(*http.Request) (*http.Response, error)
		matches error
	}{
		"outage-200":  {200, 220, unavailable, ErrUnavailable},
		"outage-2000": {2000, 2040, unavailable, ErrUnavailable},
		"outage-rst":  {200, 220, reset, syscall.ECONNRESET},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := script(c.answer)
				client := p.client(t)
				for _, err := range atOnce(c.calls, func() error { return create(client) }) {
					if !errors.Is(err, c.matches) || err.Error() == "" {
						t.Fatalf("%v", err)
					}
					if outcomeOf(err) != OutcomeUnknown {
						t.Fatalf("it could have taken effect, which this does not say: %v", err)
					}
				}
				if tried := len(p.perID()); p.count() > c.most || tried != c.calls {
					t.Errorf("%d requests of %d calls, want %d of %d at the most", p.count(), tried, c.most, c.calls)
				}
			})
		})
	}
}

// TestStorm: a proxy that says 429 and "at once" is not taken at its word. Twenty storms, so that chance does not decide.
func TestStorm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var pauses time.Duration
		var retries int
		for range 20 {
			p := script(says(429, `{}`, "Retry-After", "0"))
			client := p.client(t)
			for _, err := range atOnce(200, func() error { return create(client) }) {
				if !errors.Is(err, ErrRateLimited) {
					t.Fatal(err)
				}
			}
			if p.count() > 220 {
				t.Errorf("%d requests of 200 calls", p.count())
			}
			for _, times := range p.perID() {
				pauses += times[len(times)-1].Sub(times[0])
				retries += len(times) - 1
			}
		}
		if retries == 0 || pauses/time.Duration(retries) < 20*time.Millisecond {
			t.Errorf("%d retries after %v in all", retries, pauses)
		}
	})
}

// TestRecovery: the first call after an outage is answered, and 140 answers later all retries are there again.
func TestRecovery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := script(says(503, `{}`))
		client := p.client(t)
		for begin := time.Now(); time.Since(begin) < 2*time.Second; {
			_ = atOnce(20, func() error { return get(client) }) // they use all retries up
			time.Sleep(10 * time.Millisecond)
		}
		p.answer = func(_ int, req *http.Request) (*http.Response, error) { return says(200, runBody)(req) }
		for i := range 140 {
			if err := get(client); err != nil {
				t.Fatalf("call %d after the outage: %v", i, err)
			}
		}
		before := p.count()
		p.answer = func(_ int, req *http.Request) (*http.Response, error) { return says(503, `{}`)(req) }
		for range 100 {
			_ = get(client)
		}
		if extra := p.count() - before - 100; extra != budgetSize/retryCost {
			t.Errorf("%d retries, want %d", extra, budgetSize/retryCost)
		}
	})
}

// TestHalfAnswered: where every second attempt fails, the client does not make it worse.
func TestHalfAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const calls = 5000
		p := &platform{answer: func(n int, req *http.Request) (*http.Response, error) {
			hash := fnv.New32a()
			_, _ = fmt.Fprint(hash, "half", n)
			if hash.Sum32()>>8&1 == 0 {
				return says(503, `{}`)(req)
			}
			return says(200, runBody)(req)
		}}
		client, answered := p.client(t), 0
		for range calls {
			if get(client) == nil {
				answered++
			}
		}
		if p.count() > calls*125/100 || answered < calls/2 {
			t.Errorf("%d requests for %d calls, %d of them answered", p.count(), calls, answered)
		}
	})
}

// TestJitter: pauses are spread evenly, and so is a crowd of clients whose calls failed at the same moment.
func TestJitter(t *testing.T) {
	policy := RetryPolicy{BaseDelay: 100 * time.Millisecond, MaxDelay: 2 * time.Second}.withDefaults()
	const delays, bins = 10_000, 16
	var counts [bins]int
	for range delays {
		counts[int(backoff(policy, 20)*bins/policy.MaxDelay)]++
	}
	chi := 0.0
	for _, n := range counts {
		d := float64(n) - delays/bins
		chi += d * d / (delays / bins)
	}
	// 15 degrees of freedom: an even spread exceeds 56 once in a million times.
	if chi > 56 {
		t.Errorf("the pauses are not spread evenly: chi squared is %.1f, counts %v", chi, counts)
	}
	if peak := herd(policy); peak > 170 {
		t.Errorf("%d retries within 10 ms of 1,000 clients that failed at once", peak)
	}
}

// herd lets 1,000 clients fail at once at a platform that then answers 10 requests in 10 ms, and returns the largest number of retries
// in 10 ms, on the average of 20 rounds.
func herd(policy RetryPolicy) int {
	const clients, slot, capacity, rounds = 1000, 10 * time.Millisecond, 10, 20
	peaks := 0
	for range rounds {
		due := map[int][]int{} // attempts made, by the slot of the next one
		for range clients {
			first := int(backoff(policy, 1) / slot)
			due[first] = append(due[first], 1)
		}
		peak := 0
		for now, left := 0, clients; left > 0; now++ {
			peak = max(peak, len(due[now]))
			for i, attempts := range due[now] {
				if i < capacity {
					left--
					continue
				}
				next := now + int(backoff(policy, attempts+1)/slot)
				due[max(next, now+1)] = append(due[max(next, now+1)], attempts+1)
			}
			delete(due, now)
		}
		peaks += peak
	}
	return peaks / rounds
}

// TestRestart: a platform that is away for a second, with nobody listening, is outlasted by all calls, those that it broke off included.
func TestRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const callers = 16
		begin := time.Now()
		refused := &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
		p := &platform{answer: func(n int, req *http.Request) (*http.Response, error) {
			switch age := time.Since(begin); {
			case n < callers:
				return nil, fmt.Errorf("read: %w", syscall.ECONNRESET)
			case age < 2500*time.Millisecond:
				return nil, refused
			}
			return says(200, runBody)(req)
		}}
		client := p.client(t)
		for _, err := range atOnce(callers, func() error { return errors.Join(create(client), create(client)) }) {
			if err != nil {
				t.Error(err)
			}
		}
		// The budget is as it was but for the broken ones, which have been paid back.
		p.answer = func(_ int, req *http.Request) (*http.Response, error) { return says(503, `{}`)(req) }
		before := p.count()
		for range 100 {
			_ = get(client)
		}
		if extra := p.count() - before - 100; extra < 1 {
			t.Errorf("%d retries are left", extra)
		}
	})
}
