package kneo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestLogSaysWhy: the log says why something failed as far as this side knows it, and never in words that quote what was sent or answered.
func TestLogSaysWhy(t *testing.T) {
	const (
		body   = "BODY-TEXT-0815" // is in all answers, paths and errors of others
		number = "8150815081508150815"
		untold = "details withheld: see the error that the call returned"
	)
	read := func(ctx context.Context, c *Client) error { _, err := c.Platform.Runs.Get(ctx, body); return err }
	decode := func(out any) func(context.Context, *Client) error {
		return func(ctx context.Context, c *Client) error {
			_, err := c.Request(ctx, "GET", "/v1/"+body+"?q="+body, nil, out)
			return err
		}
	}
	wait := func(opts ...WaitOption) func(context.Context, *Client) error {
		return func(ctx context.Context, c *Client) error {
			_, err := c.Platform.Runs.WaitForCompletion(ctx, "r1", opts...)
			return err
		}
	}
	broken := errors.New("the proxy says " + body)
	tests := []struct {
		name string
		step func(*http.Request) (*http.Response, error)
		call func(context.Context, *Client) error
		want string // of the record of the call or the wait, which is the last one
	}{
		{"a code", says(404, detail("not_found", body)), read, "not_found"},
		{"no code", says(422, `{"detail":[{"loc":["`+body+`"],"msg":"`+body+`","type":"`+body+`"}]}`), read, "Unprocessable Entity"},
		{"a code of nobody's", says(404, detail(body, body)), read, "Not Found"},
		{"a page", says(502, "<html>"+body), read, "Bad Gateway"},
		{"text", says(200, body), read, "an object is due, the body is not JSON"},
		{"another type", says(200, body, "Content-Type", "text/html"), read, "it is not JSON"},
		{"an answer about something else", says(200, `{"run_id":"`+body+`2","status":"completed"}`), read, "it is about another run_id than the one asked for"},
		{"names of nobody's", says(200, `{"metadata":{"caller_metadata":{"`+body+`":!`), read, "metadata.caller_metadata: a value is due, it is not JSON"},
		{"a type of the user's", says(200, `{"A":"`+body+`"}`), decode(new(struct{ A netip.Addr })), untold},
		{"a number", says(200, `{"A":`+number+`}`), decode(new(struct{ A int8 })), untold},
		{"a redirect", says(302, body, "Location", "https://login.test/"+body), read, "it redirects to login.test, which is not followed"},
		{"too large", says(200, `"`+body+strings.Repeat(" ", 100)+`"`), read, "the body is larger than 100 bytes"},
		{"cut off", says2(200, body, io.ErrUnexpectedEOF), read, "unexpected EOF"},
		{"a broken answer", says2(200, body, broken), read, untold},
		{"a broken refusal", says2(403, body, broken), read, "Forbidden"},
		{"refused", fails(refused), read, refused.Error()},
		{"no such host", fails(&net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "kneo.test"}}), read, "dial tcp: lookup kneo.test: no such host"},
		{"closed when idle", fails(errors.New("http: server closed idle connection")), read, "http: server closed idle connection"},
		{"no HTTP", fails(fmt.Errorf("malformed HTTP response %q", body)), read, untold},
		{"no HTTPS", fails(http.ErrSchemeMismatch), read, "http: server gave HTTP response to HTTPS client"},
		{"out of time", fails(os.ErrDeadlineExceeded), read, "i/o timeout"},
		{"a wait of no run", fails(broken), func(ctx context.Context, c *Client) error {
			_, err := c.Platform.Runs.WaitForCompletion(ctx, "..")
			return err
		}, "run_id makes no sense"},
		{"a wait that is too long", says(200, `{"run_id":"r1","status":"`+body+`"}`), wait(WithWaitTimeout(time.Second)), "context deadline exceeded"},
		{"a wait that is cancelled", says(200, runningBody), func(ctx context.Context, c *Client) error {
			ctx, cancel := context.WithCancelCause(ctx)
			time.AfterFunc(time.Second, func() { cancel(broken) })
			_, err := c.Platform.Runs.WaitForCompletion(ctx, "r1")
			return err
		}, "context canceled"},
		{"a function that fails", says(200, `{"run_id":"r1","status":"blocked","continuation_id":"c1"}`), wait(WithOnBlocked(func(context.Context, *Run) error { return broken })), untold},
		{"a function that runs out of time", says(200, `{"run_id":"r1","status":"blocked","continuation_id":"c1"}`), wait(WithOnBlocked(func(context.Context, *Run) error {
			return fmt.Errorf("deciding %s: %w", body, context.DeadlineExceeded)
		})), "context deadline exceeded"},
		{"a transport that times out in its own way", fails(ownTimeout{body}), read, "time ran out"},
		{"a transport that tells more than the network", fails(fmt.Errorf("posting %s: %w", body, io.EOF)), read, "EOF"},
		{"a transport that has run out of time", fails(fmt.Errorf("posting %s: %w", body, os.ErrDeadlineExceeded)), read, "i/o timeout"},
		{"a context that ends for a reason of the user's", hangs, func(ctx context.Context, c *Client) error {
			ctx, cancel := context.WithCancelCause(ctx)
			time.AfterFunc(time.Second, func() { cancel(broken) })
			return read(ctx, c)
		}, "context canceled"},
		{"a call whose context ends between two attempts", says(503, detail("queue_full", body), "Retry-After", "1"), func(ctx context.Context, c *Client) error {
			ctx, cancel := context.WithCancelCause(ctx)
			time.AfterFunc(500*time.Millisecond, func() { cancel(broken) })
			_, err := c.Platform.Runs.Get(ctx, body)
			return err
		}, "the context ended, after status 503"},
		{"a version that cannot be learned", says(403, detail("forbidden", body)), func(ctx context.Context, c *Client) error {
			c.server.told = false
			c.server.doubt()
			_, err := c.Platform.Runs.List(ctx, RunListParams{Q: body})
			return err
		}, "the filter q needs kneo-serv 1.2.0, and the version could not be learned: forbidden"},
		{"an old server", fails(broken), func(ctx context.Context, c *Client) error {
			_, err := c.Platform.Runs.List(ctx, RunListParams{Q: body})
			return err
		}, "the filter q needs kneo-serv 1.2.0"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var out strings.Builder
				c := script(test.step).client(t, WithLogger(logTo(&out)), WithServerVersion("0.6.0"), WithMaxResponseBytes(100),
					WithRetryPolicy(RetryPolicy{MaxAttempts: 2, BaseDelay: 1, MaxDelay: 1}))
				err := test.call(t.Context(), c)
				records := strings.Split(strings.TrimSpace(out.String()), "\n")
				if last := records[len(records)-1]; err == nil || !strings.Contains(last, "error="+logged(test.want)) {
					t.Errorf("of %v is logged\n%s\nwant %s", err, out.String(), test.want)
				}
				if strings.Contains(out.String(), body) || strings.Contains(out.String(), number) {
					t.Errorf("logged\n%s", out.String())
				}
			})
		})
	}
}

// ownTimeout is an error of a transport that only says of itself that time ran out.
type ownTimeout struct{ text string }

func (e ownTimeout) Error() string { return e.text }
func (ownTimeout) Timeout() bool   { return true }

// logged is how a text begins in a record.
func logged(text string) string {
	if strings.Contains(text, " ") {
		return `"` + text
	}
	return text
}
