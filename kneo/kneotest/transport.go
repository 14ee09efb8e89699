package kneotest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"syscall"
)

// Transport returns a transport that hands requests to the server without a socket, whatever their host. In a testing/synctest
// bubble it lets the clock of the bubble drive client and server alike.
func (s *Server) Transport() http.RoundTripper { return transport{s} }

type transport struct{ server *Server }

// RoundTrip has the request answered, or ends with its context.
func (t transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		defer req.Body.Close()
	}
	// The handler gets a copy: it goes on when the context ends, and the request is the caller's again then.
	ctx, cancel := context.WithCancel(req.Context())
	inbound := req.Clone(ctx)
	inbound.RequestURI = req.URL.RequestURI()
	inbound.Body = http.NoBody
	if req.Body != nil {
		content, err := io.ReadAll(req.Body)
		if err != nil {
			cancel()
			return nil, err
		}
		inbound.Body = io.NopCloser(bytes.NewReader(content))
	}
	w := &answer{request: req, header: http.Header{}, given: make(chan struct{})}
	go func() {
		defer cancel()
		defer w.finish()
		t.server.handler.ServeHTTP(w, inbound)
	}()
	select {
	case <-w.given:
		return w.response, w.err
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
}

// answer is an answer on its way to a client in the same process: in one piece, unless the handler flushes it.
type answer struct {
	request *http.Request
	header  http.Header
	status  int
	buffer  bytes.Buffer
	stream  *io.PipeWriter // after a flush

	once     sync.Once
	given    chan struct{} // closed when one of these is there
	response *http.Response
	err      error
}

// Header returns the header of the answer.
func (a *answer) Header() http.Header { return a.header }

// WriteHeader sets the status.
func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

// Write writes a piece of the body.
func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	if a.stream != nil {
		return a.stream.Write(b)
	}
	return a.buffer.Write(b)
}

// Flush gives the client the header, and has it wait for the rest of the body.
func (a *answer) Flush() {
	if a.stream != nil {
		return
	}
	r, w := io.Pipe()
	a.stream = w
	a.give(struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(a.buffer.Bytes()), r), r})
}

func (a *answer) give(body io.ReadCloser) {
	a.WriteHeader(http.StatusOK)
	length := int64(a.buffer.Len())
	if a.stream != nil {
		length = -1
	}
	if declared, err := strconv.ParseInt(a.header.Get("Content-Length"), 10, 64); err == nil {
		length = declared
	}
	a.once.Do(func() {
		a.response = &http.Response{
			Status: strconv.Itoa(a.status) + " " + http.StatusText(a.status), StatusCode: a.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
			Header: a.header, Body: body, ContentLength: length, Request: a.request,
		}
		close(a.given)
	})
}

// reset breaks the connection off, as far as there is one.
func (a *answer) reset() { a.breakOff(&net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}) }

func (a *answer) breakOff(err error) {
	if a.stream != nil {
		_ = a.stream.CloseWithError(err) // never fails
		return
	}
	a.once.Do(func() {
		a.err = err
		close(a.given)
	})
}

// finish gives the client what is left when the handler is done, or has given up.
func (a *answer) finish() {
	switch reason := recover(); {
	case reason == nil:
	case errors.Is(asError(reason), http.ErrAbortHandler):
		a.Flush()
		a.breakOff(io.ErrUnexpectedEOF)
		return
	default:
		panic(reason)
	}
	if a.stream != nil {
		_ = a.stream.Close() // never fails
		return
	}
	a.give(io.NopCloser(bytes.NewReader(a.buffer.Bytes())))
}

func asError(reason any) error {
	err, _ := reason.(error)
	return err
}
