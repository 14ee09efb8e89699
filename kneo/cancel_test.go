package kneo

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func readRun(ctx context.Context, c *Client) error {
	_, err := c.Platform.Runs.Get(ctx, "r1")
	return err
}

func awaitRun(ctx context.Context, c *Client) error {
	_, err := c.Platform.Runs.WaitForCompletion(ctx, "r1")
	return err
}

// TestCancelAnywhere (cancel-anywhere): wherever a call is when its context is cancelled, it is back at that moment, and says why.
func TestCancelAnywhere(t *testing.T) {
	dialing := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		time.Sleep(time.Second) // net/http goes on with a dial that nobody waits for any more
		return nil, errors.New("nobody is there")
	}}
	body := func(req *http.Request) (*http.Response, error) {
		resp, err := says(200, runBody)(req)
		resp.Body, resp.ContentLength = dripping{req.Context()}, -1
		return resp, err
	}
	for name, c := range map[string]struct {
		transport http.RoundTripper
		call      func(context.Context, *Client) error
	}{
		"dial":       {dialing, readRun},
		"header":     {script(hangs), readRun},
		"body":       {script(body), readRun},
		"pause":      {script(says(503, `{}`, "Retry-After", "20")), readRun},
		"poll":       {script(says(200, runningBody)), awaitRun},
		"poll, hung": {script(hangs), awaitRun},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				for i := range 100 {
					client := script(hangs).client(t, WithHTTPClient(&http.Client{Transport: c.transport})) // with a full budget
					ctx, cancel := context.WithCancel(t.Context())
					after := time.Duration(i) * 7 * time.Millisecond // the first one before it is sent
					stop := time.AfterFunc(after, cancel)
					if after == 0 {
						cancel()
					}
					start := time.Now()
					err := c.call(ctx, client)
					if took := time.Since(start); took != after || !errors.Is(err, context.Canceled) {
						t.Errorf("cancelled after %v, back after %v: %v", after, took, err)
					}
					stop.Stop()
					cancel()
				}
				time.Sleep(2 * time.Second) // for the last dial
			})
		})
	}
}

// TestClockJump (clock-jump): a date in Retry-After is held against the date of the answer, whatever the clock here says, and nothing else
// looks at a clock that can jump.
func TestClockJump(t *testing.T) {
	at := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	const year = 365 * 24 * time.Hour
	for _, here := range []time.Duration{0, year, -year} {
		for _, there := range []time.Duration{0, time.Hour, -time.Hour} {
			sent := at.Add(there)
			got, ok := parseRetryAfter(sent.Add(10*time.Second).Format(http.TimeFormat), sent.Format(http.TimeFormat), at.Add(here))
			if !ok || got != 10*time.Second {
				t.Errorf("%v here, %v there: a pause of %v", here, there, got)
			}
		}
	}
}

// TestCauses: whoever gives a cause for the end of a context finds it in the error, and whoever asks what kind of end it was finds that.
func TestCauses(t *testing.T) {
	shutdown := errors.New("shutting down")
	waitAll := func(ctx context.Context, c *Client) (err error) {
		for _, err = range c.Platform.Runs.WaitAll(ctx, []string{"r1"}) {
		}
		return err
	}
	busy := says(503, `{}`, "Retry-After", "20")
	for name, test := range map[string]struct {
		step func(*http.Request) (*http.Response, error)
		call func(context.Context, *Client) error
	}{
		"a call": {hangs, readRun}, "a pause": {busy, readRun}, "a wait": {says(200, runningBody), awaitRun}, "a wait that hangs": {hangs, awaitRun}, "a wait for many": {hangs, waitAll},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				for _, after := range []time.Duration{0, 50 * time.Millisecond} {
					ctx, cancel := context.WithCancelCause(t.Context())
					stop := time.AfterFunc(after, func() { cancel(shutdown) })
					if after == 0 {
						cancel(shutdown)
					}
					if err := test.call(ctx, script(test.step).client(t)); !errors.Is(err, context.Canceled) || !errors.Is(err, shutdown) || errors.Is(err, context.DeadlineExceeded) {
						t.Errorf("cancelled after %v: %v", after, err)
					}
					stop.Stop()
				}
				if name == "a pause" {
					return // one that is longer than the context lasts is not begun
				}
				ctx, cancel := context.WithTimeoutCause(t.Context(), 50*time.Millisecond, shutdown)
				defer cancel()
				if err := test.call(ctx, script(test.step).client(t)); !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, shutdown) || errors.Is(err, context.Canceled) {
					t.Errorf("out of time: %v", err)
				}
			})
		})
	}
}

// TestWhatWasWrongBefore: the error of a call whose context ends says what was wrong before, in a pause and in an attempt.
func TestWhatWasWrongBefore(t *testing.T) {
	refused := &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	for name, test := range map[string]struct {
		p     *platform
		after time.Duration
		text  string
		is    error // of what was wrong, nil if errors.Is is not to find it
	}{
		"refused":                        {script(fails(refused)), time.Second, "context canceled, after dial tcp: connection refused (", syscall.ECONNREFUSED},
		"in the pause after a 503":       {script(says(503, detail("queue_full", "later"), "Retry-After", "20")), time.Second, "context canceled, after status 503: later (", ErrUnavailable},
		"in the attempt after a 503":     {script(says(503, detail("queue_full", "later")), hangs), 10 * time.Second, "context canceled, after status 503: later (", ErrUnavailable},
		"in the attempt after a timeout": {script(hangs), 90 * time.Second, "context canceled, after the attempt took longer than its timeout of 1m0s (", nil},
		"in the first attempt":           {script(hangs), time.Second, "context canceled (", nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(test.after, cancel)
				_, err := test.p.client(t, WithTimeout(time.Minute)).Platform.Runs.Get(ctx, "r1")
				if !strings.Contains(err.Error(), test.text) || !errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || test.is != nil && !errors.Is(err, test.is) {
					t.Error(err)
				}
			})
		})
	}
}

// TestOutcomeOfAnInterruptedCall: a call that was refused for the time being was sent, and has had no effect.
func TestOutcomeOfAnInterruptedCall(t *testing.T) {
	for name, test := range map[string]struct {
		step func(*http.Request) (*http.Response, error)
		want Outcome
	}{
		"refused for now": {says(429, "slow down", "Retry-After", "20"), OutcomeRejected},
		"in trouble":      {says(503, "", "Retry-After", "20"), OutcomeUnknown},
		"not reached":     {fails(refused), OutcomeNotSent},
	} {
		synctest.Test(t, func(t *testing.T) {
			for range 20 { // what is ready at the same time comes in any order
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(time.Second, cancel)
				_, err := script(test.step).client(t).Platform.Runs.Create(ctx, RunCreateRequest{Input: "x"})
				var network *NetworkError
				if !errors.As(err, &network) || network.Outcome != test.want {
					t.Errorf("%s: %v", name, err)
				}
			}
		})
	}
}

// TestHarmlessCalls: of a call that changes nothing no effect is said, whatever its method.
func TestHarmlessCalls(t *testing.T) {
	for _, step := range []func(*http.Request) (*http.Response, error){says(500, detail("internal_error", "x")), says(502, ""), says(200, "{"), fails(syscall.ECONNRESET)} {
		_, err := script(step).client(t, WithRetryPolicy(RetryPolicy{MaxAttempts: 1})).Agent.Specs.Compile(t.Context(), SpecCompileRequest{})
		if err == nil || strings.Contains(err.Error(), "effect") {
			t.Errorf("%v", err)
		}
	}
}
