package kneo

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// lives is a platform on which run r1 has a status that depends on the time since the start.
func lives(status func(time.Duration) string) *platform {
	start := time.Now()
	return &platform{answer: func(_ int, req *http.Request) (*http.Response, error) {
		return says(200, fmt.Sprintf(`{"run_id":"r1","status":%q}`, status(time.Since(start))))(req)
	}}
}

// completesAfter is the simplest such life.
func completesAfter(d time.Duration) *platform {
	return lives(func(age time.Duration) string {
		if age < d {
			return "running"
		}
		return "completed"
	})
}

// TestWaitIsPromptAndFrugal: the end is noticed within 60 ms or a tenth of the run's time, a second at most, with few looks.
func TestWaitIsPromptAndFrugal(t *testing.T) {
	for _, length := range []time.Duration{50 * time.Millisecond, 200 * time.Millisecond, time.Second, 5 * time.Second, 20 * time.Second, time.Minute} {
		t.Run(length.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := completesAfter(length)
				start := time.Now()
				run, err := p.client(t).Platform.Runs.WaitForCompletion(t.Context(), "r1")
				if err != nil || run.Status != RunCompleted {
					t.Fatalf("%+v, %v", run, err)
				}
				allowed := min(max(60*time.Millisecond, length/10), time.Second)
				if late := time.Since(start) - length; late > allowed {
					t.Errorf("noticed %v late, %v allowed", late, allowed)
				}
				if length == 5*time.Second && p.count() > 60 {
					t.Errorf("%d looks", p.count())
				}
			})
		})
	}
}

func TestWaitEndsAtEachTerminalStatus(t *testing.T) {
	for _, status := range []RunStatus{RunCompleted, RunFailed, RunCancelled, RunTimedOut, RunExpired} {
		run, err := script(says(200, fmt.Sprintf(`{"run_id":"r1","status":%q}`, status))).client(t).Platform.Runs.WaitForCompletion(t.Context(), "r1")
		if err != nil || run.Status != status {
			t.Errorf("%s: %+v, %v", status, run, err)
		}
	}
}

func TestWaitGoesOnWhileBlockedOrUnknown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := lives(func(age time.Duration) string {
			return []string{"running", "blocked", "dreaming", "completed"}[min(int(age/time.Second), 3)]
		})
		seen := map[RunStatus]bool{}
		c := p.client(t)
		run, err := c.Platform.Runs.WaitForCompletion(t.Context(), "r1", WithProgress(func(u WaitUpdate) { seen[u.Run.Status] = true }))
		if err != nil || run.Status != RunCompleted || !seen[RunBlocked] || !seen["dreaming"] {
			t.Errorf("%+v, %v, %v", run, err, seen)
		}
		p = lives(func(time.Duration) string { return "blocked" })
		run, err = p.client(t).Platform.Runs.WaitForCompletion(t.Context(), "r1", WithTerminalStatuses(RunBlocked))
		if err != nil || run.Status != RunBlocked {
			t.Errorf("%+v, %v", run, err)
		}
		// What is given is added to the five: a wait for blocked must not miss the end.
		run, err = completesAfter(time.Second).client(t).Platform.Runs.WaitForCompletion(t.Context(), "r1", WithTerminalStatuses(RunBlocked))
		if err != nil || run.Status != RunCompleted {
			t.Errorf("%+v, %v", run, err)
		}
	})
}

func TestWaitDeadlineIsExact(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limits := map[string]func() (context.Context, context.CancelFunc, []WaitOption){
			"option": func() (context.Context, context.CancelFunc, []WaitOption) {
				return context.Background(), func() {}, []WaitOption{WithWaitTimeout(time.Second)}
			},
			"context": func() (context.Context, context.CancelFunc, []WaitOption) {
				ctx, cancel := context.WithTimeout(context.Background(), time.Second)
				return ctx, cancel, nil
			},
		}
		slow := &platform{answer: func(n int, req *http.Request) (*http.Response, error) {
			if n < 2 {
				return says(200, runningBody)(req)
			}
			return hangs(req)
		}}
		for name, limit := range limits {
			for kind, p := range map[string]*platform{"pause": completesAfter(time.Hour), "request": slow} {
				p.requests = nil
				ctx, cancel, opts := limit()
				start := time.Now()
				_, err := p.client(t).Platform.Runs.WaitForCompletion(ctx, "r1", opts...)
				cancel()
				var timeout *WaitTimeoutError
				if !errors.As(err, &timeout) || !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
					t.Errorf("%s in a %s: %v after %v", name, kind, err, time.Since(start))
					continue
				}
				if timeout.Run == nil || timeout.Run.Status != RunRunning || timeout.RunID != "r1" || timeout.Polls < 2 {
					t.Errorf("%s in a %s: %+v", name, kind, timeout.WaitState)
				}
			}
		}
	})
}

func TestWaitCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(1500*time.Millisecond, cancel)
		start := time.Now()
		_, err := completesAfter(time.Hour).client(t).Platform.Runs.WaitForCompletion(ctx, "r1")
		var canceled *WaitCanceledError
		if !errors.As(err, &canceled) || !errors.Is(err, context.Canceled) || canceled.Run == nil || time.Since(start) != 1500*time.Millisecond {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

// TestWaitOutlastsAnOutage: a platform that is gone for ten seconds, in all the ways there are, and then back.
func TestWaitOutlastsAnOutage(t *testing.T) {
	trouble := map[string]func(*http.Request) (*http.Response, error){
		"refused": fails(refused), "500": says(500, `{}`), "502": says(502, `<html>`, "Content-Type", "text/html"),
		"503": says(503, detail("store_unavailable", "x"), "Retry-After", "5"), "429": says(429, ``), "cut off": says2(200, `{`, io.ErrUnexpectedEOF),
	}
	for name, broken := range trouble {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				p := &platform{answer: func(_ int, req *http.Request) (*http.Response, error) {
					switch age := time.Since(start); {
					case age > time.Second && age < 11*time.Second:
						return broken(req)
					case age < 12*time.Second:
						return says(200, runningBody)(req)
					}
					return says(200, runBody)(req)
				}}
				failed := 0
				run, err := p.client(t).Platform.Runs.WaitForCompletion(t.Context(), "r1", WithWaitTimeout(time.Minute), WithProgress(func(u WaitUpdate) {
					if u.Err != nil {
						failed++
						if u.Run == nil || u.Run.Status != RunRunning {
							t.Errorf("the last run seen is lost: %+v", u)
						}
					}
				}))
				if err != nil || run.Status != RunCompleted || failed == 0 || failed > 40 {
					t.Errorf("%+v, %v, %d failed looks", run, err, failed)
				}
			})
		})
	}
}

func TestWaitEndsAtOnceOnWhatDoesNotPass(t *testing.T) {
	for _, status := range []int{400, 401, 403, 404, 422} {
		p := script(says(status, detail("x", "y")))
		_, err := p.client(t).Platform.Runs.WaitForCompletion(t.Context(), "r1")
		var answer *Error
		if !errors.As(err, &answer) || answer.StatusCode != status || p.count() != 1 {
			t.Errorf("%d: %v after %d requests", status, err, p.count())
		}
	}
	for _, broken := range []error{x509.UnknownAuthorityError{}, &net.OpError{Op: "remote error", Err: errors.New("tls: certificate required")}} {
		p := script(fails(broken))
		_, err := p.client(t).Platform.Runs.WaitForCompletion(t.Context(), "r1", WithWaitTimeout(time.Second))
		var network *NetworkError
		if !errors.As(err, &network) || p.count() != 1 {
			t.Errorf("%v: %v after %d requests", broken, err, p.count())
		}
	}
	_, err := script(says(200, `{"run_id":"r1","status":""}`)).client(t).Platform.Runs.WaitForCompletion(t.Context(), "r1")
	var protocol *ProtocolError
	if !errors.As(err, &protocol) {
		t.Errorf("empty status: %v", err)
	}
}

func TestWaitInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := completesAfter(10 * time.Second)
		if _, err := p.client(t).Platform.Runs.WaitForCompletion(t.Context(), "r1", WithPollInterval(2*time.Second)); err != nil || p.count() != 6 {
			t.Errorf("%v after %d looks", err, p.count())
		}
		for _, silly := range []time.Duration{0, -time.Second, 5} {
			p = completesAfter(time.Second)
			if _, err := p.client(t).Platform.Runs.WaitForCompletion(t.Context(), "r1", WithPollInterval(silly)); err != nil || p.count() > 11 {
				t.Errorf("interval %v: %v after %d looks", silly, err, p.count())
			}
		}
	})
	_, err := completesAfter(0).client(t).Platform.Runs.WaitForCompletion(t.Context(), "r1", WithWaitTimeout(0))
	var mistake *ArgumentError
	if !errors.As(err, &mistake) {
		t.Errorf("a timeout of zero: %v", err)
	}
}

func TestCreateAndWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &platform{answer: func(n int, req *http.Request) (*http.Response, error) {
			switch {
			case n == 0:
				return fails(io.ErrUnexpectedEOF)(req) // the run is made, its answer lost
			case req.Method == http.MethodPost:
				return says(202, createdBody)(req)
			}
			return says(200, runBody)(req)
		}}
		run, err := p.client(t).Platform.Runs.CreateAndWait(t.Context(), RunCreateRequest{Input: "x"}, WithWaitTimeout(time.Minute))
		if err != nil || run.Status != RunCompleted {
			t.Fatalf("%+v, %v", run, err)
		}
		if p.requests[0].Header.Get("Idempotency-Key") != p.requests[1].Header.Get("Idempotency-Key") {
			t.Error("the second create had another key")
		}
		if want := `{"async_mode":true,"input":"x"}`; string(p.bodies[0]) != want {
			t.Errorf("sent %s, want %s", p.bodies[0], want)
		}
	})
}
