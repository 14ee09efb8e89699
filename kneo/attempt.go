package kneo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/kneo-agent/kneo-client-go/internal/wire"
)

const (
	// defaultMaxBody is what an answer may have at the most; see [WithMaxResponseBytes].
	defaultMaxBody = 16 << 20
	// maxErrorBody is what is read of an error's body. The platform's own can echo a whole request, at most 1 MiB.
	maxErrorBody = 1 << 20
	// maxProbeBody is what is read of the answer to a probe, which has a kilobyte or two.
	maxProbeBody = 1 << 20
)

// attemptTimeoutError is the cause of a context that ended because the attempt took too long. To errors.Is it is a
// context.DeadlineExceeded too; whether the caller's context has ended the caller can see there.
type attemptTimeoutError struct{ timeout time.Duration }

func (e *attemptTimeoutError) Error() string {
	return fmt.Sprintf("the attempt took longer than its timeout of %v", e.timeout)
}

func (*attemptTimeoutError) Unwrap() error { return context.DeadlineExceeded }

// errNoAnswer is the error of an attempt whose transport, one of the user's, returned neither an answer nor an error, which
// http.RoundTripper forbids.
var errNoAnswer = errors.New("the transport of the HTTP client brought neither an answer nor an error")

// sendAttempt makes one attempt: it sends a copy of the request and reads the whole answer, both within the timeout of the call and that of the
// user's http.Client, 0 for none.
func sendAttempt(next doer, maxBody int64, clientTimeout time.Duration) doer {
	return func(req *http.Request) (*http.Response, error) {
		call := callFrom(req.Context())
		ctx, cancel := req.Context(), context.CancelFunc(func() {})
		if timeout := shorter(call.timeout, clientTimeout); timeout > 0 {
			ctx, cancel = context.WithTimeoutCause(ctx, timeout, &attemptTimeoutError{timeout})
		}
		defer cancel()
		var conn connTrace
		resp, err := next(req.WithContext(conn.watch(ctx)))
		call.attempts += max(1, int(conn.taken.Load()))
		if err == nil && resp == nil {
			err = errNoAnswer
		}
		if err != nil {
			return nil, &attemptError{err: cause(ctx, err), sent: conn.maybeSent(err), stale: conn.stale()}
		}
		body, err := readBody(resp, call.bodyLimit(maxBody))
		if err != nil {
			return nil, &attemptError{err: cause(ctx, err), sent: true, status: resp.StatusCode, header: resp.Header}
		}
		resp.Request = req // what was sent has the key
		resp.Body = wire.NewBody(body)
		if _, err := url.Parse(resp.Header.Get("Location")); err != nil {
			// http.Client would make an error of it, quoting all of it, before it asks whether to follow.
			resp.Header.Del("Location")
		}
		return resp, nil
	}
}

// shorter returns the shorter of two timeouts, of which 0 is none.
func shorter(a, b time.Duration) time.Duration {
	if a <= 0 || b > 0 && b < a {
		return b
	}
	return a
}

// bodyLimit is what a successful answer to the call may have at the most, given what any may have.
func (call *call) bodyLimit(limit int64) int64 {
	if call.op != nil && call.op.Probe {
		return min(limit, maxProbeBody)
	}
	return limit
}

// attemptError is why an attempt brought no whole answer.
type attemptError struct {
	err    error
	sent   bool        // a connection was there: the platform may have got the request
	stale  bool        // the connection had been used before and died without a byte of answer
	status int         // 0 when not even the headers came
	header http.Header // nil likewise
}

func (e *attemptError) Error() string { return e.err.Error() }
func (e *attemptError) Unwrap() error { return e.err }

// cause puts the reason for which ctx ended in the place of the error that this led to in net/http.
func cause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return whyEnded(ctx)
	}
	return err
}

// connTrace watches what net/http does below one attempt: it may take several connections one after another, when one that
// has been idle turns out to be dead and the request may be repeated by its method or by its idempotency key. A transport of the user's
// may send a request to several places at once, and go on after it has returned.
type connTrace struct {
	httptrace.ClientTrace
	sought   atomic.Bool // the transport is one that reports here
	taken    atomic.Int64
	reused   atomic.Bool
	answered atomic.Bool
}

func (t *connTrace) watch(ctx context.Context) context.Context {
	t.GetConn = func(string) { t.sought.Store(true) }
	t.GotConn = func(info httptrace.GotConnInfo) {
		t.taken.Add(1)
		t.reused.Store(info.Reused)
	}
	t.GotFirstResponseByte = func() { t.answered.Store(true) }
	return httptrace.WithClientTrace(ctx, &t.ClientTrace)
}

// maybeSent reports whether the platform may have got the request, which then brought err.
func (t *connTrace) maybeSent(err error) bool {
	if t.sought.Load() {
		return t.taken.Load() > 0
	}
	// A transport of the user's that is not net/http's.
	return !isDialFailure(err)
}

func (t *connTrace) stale() bool { return t.reused.Load() && !t.answered.Load() }

// bodyOf returns the bytes of an answer that came through the chain.
func bodyOf(resp *http.Response) []byte {
	if resp == nil {
		return nil
	}
	if body, ok := resp.Body.(*wire.Body); ok {
		return body.Bytes()
	}
	return nil
}

// readBody reads the body up to its limit and closes it. The body of an error is cut at its limit; one of a success that is
// larger is an error, told from its Content-Length before a byte of it is read, if it has one.
func readBody(resp *http.Response, limit int64) ([]byte, error) {
	if resp.Body == nil { // http.Client allows it, and transports that tests make do without
		return nil, nil
	}
	defer resp.Body.Close()
	failed := resp.StatusCode >= http.StatusBadRequest
	if failed {
		limit = min(limit, maxErrorBody)
	}
	if !failed && resp.ContentLength > limit {
		return nil, &BodyTooLargeError{Limit: limit}
	}
	limit = min(limit, math.MaxInt64-1)
	body, err := readUpTo(resp.Body, limit+1, resp.ContentLength)
	over := int64(len(body)) > limit
	switch {
	case over && failed:
		return body[:limit], nil
	case over:
		return nil, &BodyTooLargeError{Limit: limit}
	case err != nil && failed && len(body) > 0 && resp.StatusCode != http.StatusConflict && !isTimeout(err):
		// Half an error message is better than none. But a conflict can be a request that is still at work, which its code tells.
		return body, nil
	}
	return body, err
}

// readUpTo reads r to its end, or up to limit bytes; size is what r is said to have, below zero if that is not known. A
// bytes.Buffer would do, if it did not take up to twice the limit.
func readUpTo(r io.Reader, limit, size int64) ([]byte, error) {
	if size < 0 {
		size = 511
	}
	buf := make([]byte, 0, min(limit, min(size, defaultMaxBody)+1)) // one more for the read that finds the end; a Content-Length need not be true
	for int64(len(buf)) < limit {
		if len(buf) == cap(buf) {
			buf = append(make([]byte, 0, min(limit, 2*int64(cap(buf)))), buf...)
		}
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		switch {
		case err == io.EOF:
			return buf, nil
		case err != nil:
			return buf, err
		}
	}
	return buf, nil
}

func isTimeout(err error) bool {
	var timeout interface{ Timeout() bool }
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) || errors.As(err, &timeout) && timeout.Timeout()
}
