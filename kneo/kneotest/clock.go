package kneotest

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Clock is a clock that stands still until a test moves it; see [WithClock].
type Clock struct {
	mu     sync.Mutex
	now    time.Time
	alarms []*alarm
	asleep chan struct{} // closed and replaced when somebody has gone to sleep
}

type alarm struct {
	at   time.Time
	ring func()
}

// NewClock returns a clock that shows start.
func NewClock(start time.Time) *Clock {
	return &Clock{now: start, asleep: make(chan struct{})}
}

// Now returns the time that the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock forward by d. Steps and faults that sleep until a time on the way wake in the order of their times, and each
// sees the clock at its own time. They go on in their own goroutines: what they do then may not be finished when Advance returns.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	end := c.now.Add(d)
	for len(c.alarms) > 0 && !c.alarms[0].at.After(end) {
		next := c.alarms[0]
		c.alarms, c.now = c.alarms[1:], next.at
		c.mu.Unlock()
		next.ring()
		c.mu.Lock()
	}
	c.now = end
	c.mu.Unlock()
}

// AwaitSleepers waits until at least n steps or faults sleep by this clock, so that a test does not move it before they sleep. It returns
// the error of ctx if that ends first.
func (c *Clock) AwaitSleepers(ctx context.Context, n int) error {
	for {
		c.mu.Lock()
		enough, more := len(c.alarms) >= n, c.asleep
		c.mu.Unlock()
		if enough {
			return nil
		}
		select {
		case <-more:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// after rings once after d, unless it is stopped.
func (c *Clock) after(d time.Duration, ring func()) (stop func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	mine := &alarm{at: c.now.Add(d), ring: ring}
	i, _ := slices.BinarySearchFunc(c.alarms, mine, func(a, b *alarm) int {
		if a.at.After(b.at) {
			return 1
		}
		return -1 // behind those of the same time
	})
	c.alarms = slices.Insert(c.alarms, i, mine)
	close(c.asleep)
	c.asleep = make(chan struct{})
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.alarms = slices.DeleteFunc(c.alarms, func(a *alarm) bool { return a == mine })
	}
}

// now is the server's time to the microsecond, as the platform has it.
func (s *Server) now() time.Time {
	t := time.Now()
	if s.clock != nil {
		t = s.clock.Now()
	}
	return t.UTC().Truncate(time.Microsecond)
}

// millisecondsSince is how long ago t is, as the platform writes durations.
func (s *Server) millisecondsSince(t time.Time) float64 {
	return float64(s.now().Sub(t).Nanoseconds()) / 1e6
}

// after rings once after d of the server's time, unless it is stopped.
func (s *Server) after(d time.Duration, ring func()) (stop func()) {
	if s.clock != nil {
		return s.clock.after(d, ring)
	}
	timer := time.AfterFunc(d, ring)
	return func() { timer.Stop() }
}

// sleep waits for d of the server's time, or for the end of ctx.
func (s *Server) sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	over := make(chan struct{})
	stop := s.after(d, func() { close(over) })
	defer stop()
	select {
	case <-over:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-s.ctx.Done():
		return http.ErrServerClosed
	}
}

// serverKey is under which the contexts of functions, and of calls that a fault hits, have the server.
type serverKey struct{}

// Sleep sleeps in the time of the server that calls a [Function]: by its [Clock] if it has one. It returns early with an error when the
// step runs out of time or the server is closed.
func Sleep(ctx context.Context, d time.Duration) error {
	s, ok := ctx.Value(serverKey{}).(*Server)
	if !ok {
		panic("kneotest: Sleep with a context that is not one of a Function")
	}
	return s.sleep(ctx, d)
}
