package kneotest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"syscall"
)

// Transport returns a transport that hands requests to the server without a socket, whatever their host. In a testing/synctest bubble, if
// the server was created in the bubble, the clock of the bubble drives both client and server. Once the server is closed, requests fail
// like those to a port where nobody listens.
func (s *Server) Transport() http.RoundTripper { return transport{s} }

type transport struct{ server *Server }

// RoundTrip has the request answered, or ends with its context. The answer is there when the handler flushes or returns.
func (t transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		defer req.Body.Close()
	}
	ctx, cancel := context.WithCancel(req.Context())
	x := newExchange(req, cancel)
	if !t.server.traffic.start(func() { x.serve(t.server.handler, inbound(ctx, req)) }) {
		cancel()
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	}
	select {
	case <-x.sent:
		return x.answer, x.failure
	case <-req.Context().Done():
		return nil, context.Cause(req.Context())
	}
}

// inbound is a request as the handler gets it. It is a copy: the handler goes on when the context ends, and the request is the
// caller's again then.
func inbound(ctx context.Context, req *http.Request) *http.Request {
	in := req.Clone(ctx)
	in.RequestURI = req.URL.RequestURI()
	if in.Host == "" {
		in.Host = req.URL.Host
	}
	switch {
	case in.Body == nil:
		in.Body = http.NoBody
	case in.Body != http.NoBody && in.ContentLength == 0:
		in.ContentLength = -1 // to a client 0 means that it does not know, to a server that there is none
	}
	return in
}

// traffic is what is going on without sockets. A WaitGroup alone would not do: nothing may be added to one that is waited for.
type traffic struct {
	mu     sync.Mutex
	closed bool
	work   sync.WaitGroup
}

// start runs f in a goroutine of its own, unless the server is closed.
func (t *traffic) start(f func()) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.closed {
		t.work.Go(f)
	}
	return !t.closed
}

// close lets nothing new begin and waits for what has begun.
func (t *traffic) close() {
	t.mu.Lock()
	t.closed = true
	t.mu.Unlock()
	t.work.Wait()
}

// exchange is a request and its answer on the way without a socket. To the handler it is the ResponseWriter, and it does what
// net/http's does: a handler that breaks off breaks the connection, one that writes less than it promised as well.
type exchange struct {
	request *http.Request
	cancel  context.CancelFunc // of the handler's context
	header  http.Header
	status  int
	sealed  http.Header // the header as it was when the status was set
	written int64
	limit   int64 // as declared by Content-Length, else -1
	isReset bool
	body    stream

	// Set before sent is closed.
	sent    chan struct{}
	answer  *http.Response
	failure error
}

func newExchange(req *http.Request, cancel context.CancelFunc) *exchange {
	x := &exchange{request: req, cancel: cancel, header: http.Header{}, limit: -1, sent: make(chan struct{})}
	x.body.more.L = &x.body.mu
	return x
}

// errReset is what a client's read gives when the other side has reset the connection.
func errReset() error {
	return &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
}

// serve has the handler answer, and ends the answer as the handler has ended.
func (x *exchange) serve(handler http.Handler, in *http.Request) {
	defer x.cancel()
	// The caller may go while the body is on its way.
	defer context.AfterFunc(x.request.Context(), func() { x.body.end(context.Cause(x.request.Context())) })()
	defer func() {
		switch v := recover(); v {
		case nil:
			x.finish()
		case http.ErrAbortHandler:
			x.breakOff()
		default:
			panic(v) // a bug, to be seen
		}
	}()
	handler.ServeHTTP(x, in)
}

func (x *exchange) finish() {
	if x.status == 0 {
		x.WriteHeader(http.StatusOK)
	}
	if x.written < x.limit && !x.bodiless() {
		x.Flush()
		x.body.end(x.reason(io.ErrUnexpectedEOF))
		return
	}
	x.body.end(io.EOF)
	x.send(x.written)
}

// bodiless reports whether HTTP has the answer be without a body.
func (x *exchange) bodiless() bool {
	return x.request.Method == http.MethodHead || x.status == http.StatusNoContent || x.status == http.StatusNotModified
}

// breakOff ends the exchange as a connection that breaks.
func (x *exchange) breakOff() {
	before, within := io.EOF, io.ErrUnexpectedEOF
	if x.isReset {
		before, within = errReset(), errReset()
	}
	x.body.end(x.reason(within))
	select {
	case <-x.sent:
	default:
		x.failure = before
		close(x.sent)
	}
}

// reason is what the caller is told of a body that ends too early: that its own context has ended, if so, else err.
func (x *exchange) reason(err error) error {
	if ctx := x.request.Context(); ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// send gives the caller the answer, unless it has it. The length counts if none is declared; -1 if it is not known.
func (x *exchange) send(length int64) {
	if x.answer != nil {
		return
	}
	if x.limit >= 0 {
		length = x.limit
	}
	x.answer = &http.Response{
		Status: strconv.Itoa(x.status) + " " + http.StatusText(x.status), StatusCode: x.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: x.sealed, ContentLength: length, Body: received{x}, Request: x.request,
	}
	close(x.sent)
}

// Header returns the header of the answer.
func (x *exchange) Header() http.Header { return x.header }

// WriteHeader sets the status. From then on the header stays as it is.
func (x *exchange) WriteHeader(status int) {
	if x.status != 0 || status < http.StatusOK {
		return
	}
	x.status, x.sealed = status, x.header.Clone()
	if n, err := strconv.ParseInt(x.header.Get("Content-Length"), 10, 64); err == nil {
		x.limit = n
	}
}

// Write adds to the body.
func (x *exchange) Write(b []byte) (int, error) {
	x.WriteHeader(http.StatusOK)
	if x.limit >= 0 && x.written+int64(len(b)) > x.limit {
		return 0, http.ErrContentLength
	}
	if _, typed := x.sealed["Content-Type"]; !typed && x.answer == nil && x.status != http.StatusNoContent {
		x.sealed.Set("Content-Type", http.DetectContentType(b))
	}
	if x.bodiless() {
		return len(b), nil
	}
	n, err := x.body.write(b)
	x.written += int64(n)
	return n, err
}

// Flush lets the caller have the status, the header, and what has been written.
func (x *exchange) Flush() {
	x.WriteHeader(http.StatusOK)
	x.send(-1)
}

// received is the body of an answer.
type received struct{ *exchange }

// Read waits for the next bytes.
func (r received) Read(p []byte) (int, error) { return r.body.read(p) }

// Close ends the context of a handler that is still at work, as closing a connection does.
func (r received) Close() error {
	r.body.close()
	r.cancel()
	return nil
}

// stream is a pipe whose writer never waits for its reader, as little answers over a socket do not.
type stream struct {
	mu     sync.Mutex
	more   sync.Cond
	buf    bytes.Buffer
	err    error // comes after what is in buf
	closed bool
}

var errGone = errors.New("kneotest: the client has gone")

func (s *stream) write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.err != nil {
		return 0, errGone
	}
	s.more.Signal()
	return s.buf.Write(b)
}

// end has reads give err when they have given everything that has been written. Only the first counts.
func (s *stream) end(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err = err
	}
	s.more.Broadcast()
}

func (s *stream) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.more.Broadcast()
}

func (s *stream) read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.buf.Len() == 0 && s.err == nil && !s.closed {
		s.more.Wait()
	}
	switch {
	case s.closed:
		return 0, http.ErrBodyReadAfterClose
	case s.buf.Len() > 0:
		return s.buf.Read(p)
	}
	return 0, s.err
}
