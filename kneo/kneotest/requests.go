package kneotest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// maxRequests is how many requests a server remembers.
const maxRequests = 10_000

// Request is a request that the server got.
type Request struct {
	Operation      string // the contract's id, empty for what it does not have
	Method, Path   string
	Query          url.Values
	Header         http.Header // without the key
	Body           []byte
	RequestID      string // that the client chose
	IdempotencyKey string
	Principal      string // whose key it came with; empty if nobody's
	Status         int    // of the answer, 0 if there was none
	Fault          bool   // a [Fault] hit it
	At             time.Time
}

// String is the request in a line.
func (r Request) String() string {
	line := fmt.Sprintf("%s %s", r.Method, r.Path)
	if len(r.Query) > 0 {
		line += "?" + r.Query.Encode()
	}
	if line += fmt.Sprintf(" -> %d", r.Status); r.Status == 0 {
		line += " (no answer)"
	}
	if r.Fault {
		line += " (fault)"
	}
	if r.RequestID != "" {
		line += " request " + r.RequestID
	}
	if r.IdempotencyKey != "" {
		line += " key " + r.IdempotencyKey
	}
	return line
}

// Requests returns the requests that the server got, the oldest first, of the operations alone if any are named. It remembers the
// last 10,000.
func (s *Server) Requests(operations ...string) []Request {
	s.requests.mu.Lock()
	calls := append(slices.Clone(s.requests.ring[s.requests.next:]), s.requests.ring[:s.requests.next]...)
	s.requests.mu.Unlock()
	var list []Request
	for _, c := range calls {
		if c != nil && (operations == nil || slices.Contains(operations, c.operation)) {
			list = append(list, c.request(s))
		}
	}
	return list
}

// Calls counts the requests of an operation, and all if it is empty, however long ago they were.
func (s *Server) Calls(operation string) int {
	s.requests.mu.Lock()
	defer s.requests.mu.Unlock()
	return s.requests.counts[operation]
}

// ResetRequests forgets the requests, and counts from zero again.
func (s *Server) ResetRequests() {
	s.requests.mu.Lock()
	defer s.requests.mu.Unlock()
	s.requests.ring, s.requests.next, s.requests.counts = nil, 0, nil
}

// requests are those that a server got.
type requests struct {
	mu     sync.Mutex
	ring   []*call // the latest, from next on round and round once it is full
	next   int
	counts map[string]int
}

func (q *requests) add(c *call) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.counts == nil {
		q.counts = map[string]int{}
	}
	q.counts[""]++
	if c.operation != "" {
		q.counts[c.operation]++
	}
	if len(q.ring) < maxRequests {
		q.ring = append(q.ring, c)
		return
	}
	q.ring[q.next] = c
	q.next = (q.next + 1) % maxRequests
}

// call is a request as it is remembered: what belongs to it, nothing copied.
type call struct {
	http.ResponseWriter

	operation string
	method    string
	url       url.URL
	header    http.Header
	body      []byte
	status    atomic.Int32
	fault     bool
	at        time.Time
}

// WriteHeader notes the status.
func (c *call) WriteHeader(status int) {
	c.status.CompareAndSwap(0, int32(status)) //nolint:gosec // a status has three digits
	c.ResponseWriter.WriteHeader(status)
}

// Write writes a piece of the body.
func (c *call) Write(b []byte) (int, error) {
	c.status.CompareAndSwap(0, http.StatusOK)
	return c.ResponseWriter.Write(b)
}

// Unwrap is for [http.ResponseController].
func (c *call) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// request is the call as it is handed out.
func (c *call) request(s *Server) Request {
	header := c.header.Clone()
	principal := s.keys[presentedKey(header)].name
	header.Del("Authorization")
	header.Del("X-Kneo-Api-Key")
	return Request{
		Operation: c.operation, Method: c.method, Path: c.url.Path, Query: c.url.Query(), Header: header, Body: slices.Clone(c.body),
		RequestID: header.Get("X-Request-Id"), IdempotencyKey: header.Get("Idempotency-Key"), Principal: principal,
		Status: int(c.status.Load()), Fault: c.fault, At: c.at,
	}
}

// content is the body of a request, read before anything is done with it.
type content struct {
	bytes.Reader

	all []byte
	err error
}

// Close does nothing: it has been read.
func (*content) Close() error { return nil }

// readContent reads a body, of one that is too large as much as shows that.
func readContent(r *http.Request) *content {
	c := new(content)
	if r.ContentLength <= maxBody && r.Body != nil && r.Body != http.NoBody {
		c.all, c.err = io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	}
	c.Reset(c.all)
	return c
}

// remember keeps a request, has it suffer its faults, and hands it on.
func (s *Server) remember(platform http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := readContent(r)
		c := &call{ResponseWriter: w, method: r.Method, url: *r.URL, header: r.Header, body: body.all, at: s.now()}
		if op := gen.FindOperation(r.Method, strings.TrimPrefix(r.URL.EscapedPath(), mount)); op != nil {
			c.operation = op.ID
		}
		r.Body = body
		effects := s.faults.hitting(c.operation, r)
		c.fault = effects != nil
		s.requests.add(c)
		if effects == nil {
			platform.ServeHTTP(c, r)
			return
		}
		r = r.WithContext(context.WithValue(r.Context(), serverKey{}, s)) // for those that sleep
		Effects(effects...)(platform).ServeHTTP(c, r)
	})
}

// reportLines is how many requests a test that has failed is told of.
const reportLines = 50

// reporter is what a test that has failed tells of itself.
type reporter interface {
	Failed() bool
	Logf(format string, args ...any)
}

// report tells a test that has failed what was called.
func (s *Server) report(t reporter) {
	if !t.Failed() {
		return
	}
	all := s.Requests()
	latest := all[max(0, len(all)-reportLines):]
	lines := make([]string, len(latest))
	for i, r := range latest {
		lines[i] = "\n\t" + r.String()
	}
	t.Logf("kneotest: the last %d of %d requests:%s", len(latest), s.Calls(""), strings.Join(lines, ""))
}
