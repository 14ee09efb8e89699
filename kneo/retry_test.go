package kneo

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

var refused = &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}

func get(c *Client) error {
	_, err := c.Platform.Runs.Get(context.Background(), "r1")
	return err
}

func create(c *Client) error {
	_, err := c.Platform.Runs.Create(context.Background(), RunCreateRequest{Input: "x", AsyncMode: true})
	return err
}

// TestWhatIsRepeated is the table of the retry decision: what comes first, and how many requests that makes when the platform
// recovers after it.
func TestWhatIsRepeated(t *testing.T) {
	inProgress := says(409, detail("idempotency_key_in_progress", "busy"), "Retry-After", "1")
	tests := []struct {
		name  string
		first func(*http.Request) (*http.Response, error)
		call  func(*Client) error
		good  string
		want  int
	}{
		{"GET 429", says(429, `{}`), get, runBody, 2},
		{"GET 500", says(500, detail("internal_error", "x")), get, runBody, 1},
		{"GET 501", says(501, `{}`), get, runBody, 1},
		{"GET 502 HTML", says(502, `<html>`, "Content-Type", "text/html"), get, runBody, 2},
		{"GET 503", says(503, detail("store_unavailable", "x"), "Retry-After", "5"), get, runBody, 2},
		{"GET 504", says(504, ``), get, runBody, 2},
		{"GET 404", says(404, detail("not_found", "x")), get, runBody, 1},
		{"GET 408", says(408, `{}`), get, runBody, 1},
		{"GET refused", fails(refused), get, runBody, 2},
		{"GET reset", fails(syscall.ECONNRESET), get, runBody, 2},
		{"GET no such host", fails(&net.DNSError{Err: "no such host", IsNotFound: true}), get, runBody, 2},
		{"GET wrong certificate", fails(x509.UnknownAuthorityError{}), get, runBody, 1},
		{"POST 500", says(500, detail("internal_error", "x")), create, createdBody, 1},
		{"POST 503", says(503, detail("queue_full", "x")), create, createdBody, 2},
		{"POST 409 conflict", says(409, detail("idempotency_key_conflict", "x")), create, createdBody, 1},
		{"POST 409 in progress", inProgress, create, createdBody, 2},
		{"GET 409 in progress", inProgress, get, runBody, 1},
		{"POST 422", says(422, `{"detail":[]}`), create, createdBody, 1},
		{"POST reset", fails(syscall.ECONNRESET), create, createdBody, 2},
		{"POST cut off", says2(200, `{"run_id":`, io.ErrUnexpectedEOF), create, createdBody, 2},
		{"GET 400 cut off", says2(400, `{"detail":`, io.ErrUnexpectedEOF), get, runBody, 1},
		{"GET 400 without what it says", says2(400, ``, io.ErrUnexpectedEOF), get, runBody, 2},
		{"POST 409 cut off", says2(409, `{"detail":{"error":"idempotency_key_in`, io.ErrUnexpectedEOF), create, createdBody, 2},
		{"GET TLS alert", fails(&net.OpError{Op: "remote error", Err: errors.New("tls: certificate required")}), get, runBody, 1},
		{"probe 503", says(503, detail("not_ready", "x")), func(c *Client) error {
			_, err := c.Platform.Health.Readyz(context.Background())
			return err
		}, `{"ok":true,"version":"1.2.0"}`, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := script(test.first, says(200, test.good))
				err := test.call(p.client(t))
				if p.count() != test.want {
					t.Errorf("%d requests, want %d", p.count(), test.want)
				}
				if (err == nil) != (test.want > 1) {
					t.Errorf("error %v after %d requests", err, p.count())
				}
			})
		})
	}
}

// TestInProgressUsesUpNoAttempts: a call that has waited for another request with its key outlasts trouble after that.
func TestInProgressUsesUpNoAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var steps []func(*http.Request) (*http.Response, error)
		for range 20 {
			steps = append(steps, says(409, detail("idempotency_key_in_progress", "busy"), "Retry-After", "1"))
		}
		for range defaultRetryPolicy.MaxAttempts - 1 {
			steps = append(steps, fails(syscall.ECONNRESET))
		}
		p := script(append(steps, says(202, createdBody))...)
		if err := create(p.client(t)); err != nil || p.count() != len(steps)+1 {
			t.Errorf("%v after %d requests", err, p.count())
		}
	})
}

// TestPatienceBeginsWhenThePlatformIsGone: a synchronous create whose platform is restarted after it has run for long looks for the new one as long
// as any other call does.
func TestPatienceBeginsWhenThePlatformIsGone(t *testing.T) {
	breaks := func(req *http.Request) (*http.Response, error) {
		time.Sleep(time.Minute)
		return nil, syscall.ECONNRESET
	}
	for name, last := range map[string]error{"it comes back": nil, "it does not": refused} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := script(breaks, fails(refused), fails(refused), fails(refused), fails(refused), fails(refused), func(req *http.Request) (*http.Response, error) {
					if last != nil {
						return nil, last
					}
					return says(202, createdBody)(req)
				})
				c, begun := p.client(t, WithRetryPolicy(RetryPolicy{MaxAttempts: 100})), time.Now()
				_, err := c.Platform.Runs.Create(t.Context(), RunCreateRequest{Input: "x"})
				// It is gone a pause before it is looked for.
				if took := time.Since(begun) - time.Minute; (err == nil) != (last == nil) || took > connectPatience+time.Second || last != nil && took < connectPatience-2*time.Second {
					t.Errorf("%v after %v and %d requests", err, took, p.count())
				}
			})
		})
	}
}

// TestCookiesOfEachAttempt: an attempt carries the cookies that the jar has by then, once, beside those of the call.
func TestCookiesOfEachAttempt(t *testing.T) {
	for own, want := range map[string][]string{"": {"lb=1", "lb=2", "lb=2"}, "own=0": {"own=0; lb=1", "own=0; lb=2", "own=0; lb=2"}} {
		synctest.Test(t, func(t *testing.T) {
			jar, err := cookiejar.New(nil)
			if err != nil {
				t.Fatal(err)
			}
			jar.SetCookies(&url.URL{Scheme: "https", Host: "kneo.test", Path: "/"}, []*http.Cookie{{Name: "lb", Value: "1"}})
			p := script(says(503, `{}`, "Set-Cookie", "lb=2; Path=/"), fails(syscall.ECONNRESET), says(200, runBody))
			c := p.client(t, WithHTTPClient(&http.Client{Transport: p, Jar: jar}))
			var opts []CallOption
			if own != "" {
				opts = append(opts, WithHeader("Cookie", own))
			}
			if _, err := c.Platform.Runs.Get(t.Context(), "r1", opts...); err != nil {
				t.Fatal(err)
			}
			for i, req := range p.requests {
				if got := req.Header["Cookie"]; len(got) != 1 || got[0] != want[i] {
					t.Errorf("attempt %d has the cookies %q, want %s", i+1, got, want[i])
				}
			}
		})
	}
}

// says2 is an answer whose body breaks off.
func says2(status int, body string, end error) func(*http.Request) (*http.Response, error) {
	return func(req *http.Request) (*http.Response, error) {
		resp, _ := says(status, body)(req)
		resp.Body = io.NopCloser(io.MultiReader(resp.Body, errReader{end}))
		resp.ContentLength = -1
		return resp, nil
	}
}

type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) { return 0, r.err }

func TestOneKeyAndOneRequestIDForAllAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := script(says(503, `{}`), fails(syscall.ECONNRESET), says(202, createdBody))
		c := p.client(t)
		var info *Response
		if _, err := c.Platform.Runs.Create(t.Context(), RunCreateRequest{Input: "x", AsyncMode: true}, WithResponse(&info)); err != nil {
			t.Fatal(err)
		}
		first := p.requests[0].Header
		for i, req := range p.requests {
			if req.Header.Get("Idempotency-Key") != first.Get("Idempotency-Key") || req.Header.Get("X-Request-Id") != first.Get("X-Request-Id") {
				t.Errorf("attempt %d has another key or id", i+1)
			}
			if string(p.bodies[i]) != string(p.bodies[0]) {
				t.Errorf("attempt %d sent %q", i+1, p.bodies[i])
			}
		}
		if info.Attempts != 3 || info.IdempotencyKey != first.Get("Idempotency-Key") || info.StatusCode != 202 {
			t.Errorf("response %+v", info)
		}
	})
}

func TestAttemptsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := script(says(503, detail("store_unavailable", "down")))
		err := get(p.client(t))
		var answer *Error
		if !errors.As(err, &answer) || answer.Attempts != 8 || p.count() != 8 || !errors.Is(err, ErrUnavailable) {
			t.Errorf("%d requests, error %v", p.count(), err)
		}
		p = script(says(503, `{}`))
		c := p.client(t, WithRetryPolicy(RetryPolicy{MaxAttempts: 1}))
		if err := get(c); err == nil || p.count() != 1 {
			t.Errorf("%d requests with retries off, error %v", p.count(), err)
		}
		p = script(says(503, `{}`))
		if _, err := p.client(t).Platform.Runs.Get(t.Context(), "r1", WithCallRetry(RetryPolicy{MaxAttempts: 3})); err == nil || p.count() != 3 {
			t.Errorf("%d requests with three attempts, error %v", p.count(), err)
		}
	})
}

func TestRetryAfter(t *testing.T) {
	date := func(d time.Duration) func() string {
		return func() string { return time.Now().Add(d).UTC().Format(http.TimeFormat) }
	}
	is := func(s string) func() string { return func() string { return s } }
	tests := []struct {
		name         string
		value, date  func() string
		count        int
		least, after time.Duration // the pause at least, and what the error of a call that gives up says
	}{
		{"a second", is("1"), is(""), 2, time.Second, 0},
		{"the cap", is("30"), is(""), 2, 30 * time.Second, 0},
		{"above the cap", is("31"), is(""), 1, 0, 31 * time.Second},
		{"an hour", is("3600"), is(""), 1, 0, time.Hour},
		{"what overflows a duration", is("9223372037"), is(""), 1, 0, 999_999_999 * time.Second},
		{"what overflows an integer", is("99999999999999999999999"), is(""), 1, 0, 999_999_999 * time.Second},
		{"zero", is("0"), is(""), 2, 0, 0},
		{"below zero", is("-5"), is(""), 2, 0, 0},
		{"an exponent", is("1e20"), is(""), 2, 0, 0},
		{"a list", is("2, 5"), is(""), 2, 0, 0},
		{"junk", is("soon"), is(""), 2, 0, 0},
		{"the past", date(-time.Hour), is(""), 2, 0, 0},
		{"a date", date(10 * time.Second), is(""), 2, 9 * time.Second, 0},
		{"a date by another clock", date(time.Hour), date(time.Hour - 3*time.Second), 2, 3 * time.Second, 0},
		{"a far date", is("Tue, 01 Jan 2099 00:00:00 GMT"), is(""), 1, 0, -1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := script(says(503, `{}`, "Retry-After", test.value(), "Date", test.date()), says(200, runBody))
				err := get(p.client(t))
				if p.count() != test.count {
					t.Fatalf("%d requests, want %d", p.count(), test.count)
				}
				if test.count == 2 {
					if pause := p.times[1].Sub(p.times[0]); pause < test.least || pause > test.least+test.least/2+time.Second {
						t.Errorf("pause of %v", pause)
					}
					return
				}
				var answer *Error
				if !errors.As(err, &answer) || test.after > 0 && answer.RetryAfter != test.after || answer.RetryAfter <= 0 {
					t.Errorf("error %v", err)
				}
			})
		})
	}
}

func TestRetryAfterBeyondTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := script(says(503, `{}`, "Retry-After", "20"))
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		start := time.Now()
		_, err := p.client(t).Platform.Runs.Get(ctx, "r1")
		var answer *Error
		if !errors.As(err, &answer) || answer.RetryAfter != 20*time.Second || time.Since(start) != 0 || p.count() != 1 {
			t.Errorf("%v after %v and %d requests", err, time.Since(start), p.count())
		}
	})
}

// TestInProgressIsFollowedUp: while another request with the key is at work, giving up would lose its run.
func TestInProgressIsFollowedUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		busy := says(409, detail("idempotency_key_in_progress", "busy"), "Retry-After", "1")
		p := &platform{answer: func(n int, req *http.Request) (*http.Response, error) {
			if n < 20 {
				return busy(req)
			}
			return says(200, createdBody)(req)
		}}
		if err := create(p.client(t)); err != nil || p.count() != 21 {
			t.Errorf("%d requests, error %v", p.count(), err)
		}
		p = script(busy)
		start := time.Now()
		err := create(p.client(t))
		if !errors.Is(err, ErrConflict) || time.Since(start) < lockPatience || time.Since(start) > lockPatience+2*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		// After a crash many keys may be locked: that one waits takes nothing from the others.
		start = time.Now()
		p.answer = func(_ int, req *http.Request) (*http.Response, error) {
			if time.Since(start) < 300*time.Second {
				return busy(req)
			}
			return says(200, createdBody)(req)
		}
		client := p.client(t)
		for _, err := range atOnce(20, func() error { return create(client) }) {
			if err != nil {
				t.Error(err)
			}
		}
	})
}

// TestContextEndsAPause, and what was answered before the pause is not lost.
func TestContextEndsAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := script(says(503, detail("store_unavailable", "down"), "Retry-After", "5"))
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(2*time.Second, cancel)
		start := time.Now()
		_, err := p.client(t).Platform.Runs.Get(ctx, "r1")
		var network *NetworkError
		var answer *Error
		if !errors.Is(err, context.Canceled) || !errors.As(err, &network) || !errors.As(err, &answer) || !errors.Is(err, ErrUnavailable) {
			t.Errorf("error %v", err)
		}
		if time.Since(start) != 2*time.Second {
			t.Errorf("after %v", time.Since(start))
		}
	})
}

func TestContextEndsARequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := script(hangs)
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		start := time.Now()
		_, err := p.client(t).Platform.Runs.Get(ctx, "r1")
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 3*time.Second || p.count() != 1 {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

func TestContextThatHasEnded(t *testing.T) {
	p := script(says(200, runBody))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := p.client(t).Platform.Runs.Get(ctx, "r1")
	var network *NetworkError
	if !errors.Is(err, context.Canceled) || !errors.As(err, &network) || network.Outcome != OutcomeNotSent || p.count() != 0 {
		t.Errorf("%v after %d requests", err, p.count())
	}
}

func TestAttemptTimeoutCoversTheBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := script(func(req *http.Request) (*http.Response, error) {
			resp, _ := says(200, "")(req)
			resp.Body, resp.ContentLength = dripping{req.Context()}, -1
			return resp, nil
		})
		start := time.Now()
		_, err := p.client(t).Platform.Runs.Get(t.Context(), "r1", WithCallTimeout(2*time.Second), WithCallRetry(RetryPolicy{MaxAttempts: 1}))
		var network *NetworkError
		if !errors.As(err, &network) || !errors.Is(err, context.DeadlineExceeded) || !network.Timeout() || time.Since(start) > 2*time.Second+300*time.Millisecond {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

// TestDefaultTimeoutSparesSynchronousRuns: a run may take longer than any default.
func TestDefaultTimeoutSparesSynchronousRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := func(req *http.Request) (*http.Response, error) {
			if err := sleep(req.Context(), time.Hour); err != nil {
				return nil, err
			}
			return says(200, `{"run_id":"r1","status":"completed"}`)(req)
		}
		p := script(slow)
		if _, err := p.client(t).Platform.Runs.Create(t.Context(), RunCreateRequest{Input: "x"}); err != nil || p.count() != 1 {
			t.Errorf("synchronous create: %v after %d requests", err, p.count())
		}
		p = script(slow)
		once := WithCallRetry(RetryPolicy{MaxAttempts: 1})
		for name, c := range map[string]*Client{"async": p.client(t), "explicit": p.client(t, WithTimeout(5*time.Second))} {
			_, err := c.Platform.Runs.Create(t.Context(), RunCreateRequest{Input: "x", AsyncMode: name == "async"}, once)
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s create: %v", name, err)
			}
		}
	})
}

// TestDeadHostIsGivenUp: a host that swallows packets costs the dial timeout each time.
func TestDeadHostIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := script(func(*http.Request) (*http.Response, error) {
			time.Sleep(dialTimeout)
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &timeoutError{}}
		})
		start := time.Now()
		err := get(p.client(t))
		var network *NetworkError
		if !errors.As(err, &network) || network.Outcome != OutcomeNotSent || network.Attempts < 2 || time.Since(start) > 10*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

type timeoutError struct{}

func (*timeoutError) Error() string   { return "i/o timeout" }
func (*timeoutError) Timeout() bool   { return true }
func (*timeoutError) Temporary() bool { return true }

// TestBudget: an outage costs little more than one request a call, refusals count as health, and one failure in five costs nobody anything.
func TestBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := script(says(503, `{}`))
		c := p.client(t)
		for range 200 {
			_ = get(c)
		}
		if p.count() > 220 {
			t.Errorf("%d requests for 200 calls in an outage", p.count())
		}
		refusing := true
		p.answer = func(n int, req *http.Request) (*http.Response, error) {
			switch {
			case refusing:
				return says(422, `{"detail":[]}`)(req)
			case n%5 == 0:
				return says(503, `{}`)(req)
			}
			return says(200, runBody)(req)
		}
		for range 140 {
			_ = get(c)
		}
		refusing = false
		for i := range 5000 {
			if err := get(c); err != nil {
				t.Fatalf("call %d: %v", i, err)
			}
		}
	})
}

func TestBackoffIsBounded(t *testing.T) {
	p := defaultRetryPolicy
	for attempts := 1; attempts < 200; attempts++ {
		bound := min(p.MaxDelay, p.BaseDelay<<min(attempts-1, 20))
		for range 50 {
			if d := backoff(p, attempts); d < 0 || d >= bound {
				t.Fatalf("pause of %v after %d attempts, bound %v", d, attempts, bound)
			}
		}
	}
}

// TestProxyThatWantsAPassword is asked once, and ends a wait: nobody gives it one.
func TestProxyThatWantsAPassword(t *testing.T) {
	var asked atomic.Int32
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusProxyAuthRequired)
	}))
	defer proxy.Close()
	at, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	transport := NewTransport()
	transport.Proxy = http.ProxyURL(at)
	_, err = (&platform{}).client(t, WithHTTPClient(&http.Client{Transport: transport})).Platform.Runs.WaitForCompletion(t.Context(), "r1")
	var network *NetworkError
	if !errors.As(err, &network) || asked.Load() != 1 || network.Outcome != OutcomeNotSent || !strings.Contains(err.Error(), "Proxy Authentication Required") {
		t.Errorf("%v after %d requests", err, asked.Load())
	}
}
