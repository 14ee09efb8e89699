package kneotest

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kneo-agent/kneo-client-go/gen"
)

const (
	// maxRequests is how many requests are kept.
	maxRequests = 10_000
	// maxTold is how many are told when a test has failed.
	maxTold = 50
)

// Request is a request that a [Server] got; see [Server.Requests].
type Request struct {
	Operation      string // of the contract, such as "CreateRun"; empty if the request is for none
	Method         string
	Path           string // decoded
	Query          url.Values
	Header         http.Header // without the key, whichever header it came in
	Body           []byte      // at most 1 MiB, nil if it claims to be larger: then the platform does not read it either
	RequestID      string      // X-Request-ID, as it came
	IdempotencyKey string      // which all attempts of a call share
	Principal      string      // name of the key's owner, "admin" for the server's own; empty if there is no key or nobody has it
	Status         int         // of the answer; 0 if there was none, or none yet
	Fault          bool        // a fault had a hand in it; see [Fault]
	At             time.Time   // when it had arrived
}

// Requests returns the requests that the server got, oldest first; if operations are given, only those for them. Requests that a fault
// kept from the platform are included, requests that net/http refuses are not. The server keeps the latest 10,000, each with its body.
// Requests panics if the contract has no such operation.
func (s *Server) Requests(operation ...string) []Request {
	for _, id := range operation {
		mustKnow(id)
	}
	var all []Request
	for _, c := range s.requests.list() {
		if len(operation) == 0 || slices.Contains(operation, c.operation) {
			all = append(all, s.present(c))
		}
	}
	return all
}

// Calls returns how many requests the server got for an operation, or in all if operation is empty. It panics if the contract has no such
// operation.
func (s *Server) Calls(operation string) int {
	if operation != "" {
		mustKnow(operation)
	}
	s.requests.mu.Lock()
	defer s.requests.mu.Unlock()
	if operation == "" {
		return s.requests.total
	}
	return s.requests.counts[operation]
}

// ResetRequests forgets the requests so far, for [Server.Requests] and [Server.Calls].
func (s *Server) ResetRequests() {
	s.requests.mu.Lock()
	defer s.requests.mu.Unlock()
	s.requests.kept, s.requests.oldest, s.requests.total, s.requests.counts = nil, 0, 0, nil
}

// mustKnow panics if the contract has no such operation: the test that names it would not check what it means to.
func mustKnow(operation string) {
	if !slices.ContainsFunc(gen.Operations, func(op gen.Operation) bool { return op.ID == operation }) {
		panic(fmt.Sprintf("kneotest: the contract has no operation %q; their names are in gen.Operations", operation))
	}
}

// present copies what is kept of a request for who asks for it.
func (s *Server) present(c *call) Request {
	query, _ := url.ParseQuery(c.query)
	r := Request{
		Operation: c.operation, Method: c.method, Path: c.path, Query: query, Header: c.header.Clone(), Body: bytes.Clone(c.body),
		RequestID: c.header.Get("X-Request-Id"), IdempotencyKey: c.header.Get("Idempotency-Key"),
		Principal: s.keys[presentedKey(c.header)].name, Status: int(c.status.Load()), Fault: c.fault, At: c.at,
	}
	r.Header.Del("Authorization")
	r.Header.Del("X-Kneo-Api-Key")
	return r
}

// call is what is kept of a request. Nothing of it changes but the status, and it holds on to nothing of the connection.
type call struct {
	operation, method, path, query string
	header                         http.Header
	body                           []byte
	fault                          bool
	at                             time.Time
	status                         atomic.Int32
}

// requestLog keeps the latest calls and counts all.
type requestLog struct {
	mu     sync.Mutex
	kept   []*call // a ring once it is full
	oldest int
	total  int
	counts map[string]int
}

func (l *requestLog) add(c *call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.counts == nil {
		l.counts = map[string]int{}
	}
	l.total++
	l.counts[c.operation]++
	if len(l.kept) < maxRequests {
		l.kept = append(l.kept, c)
		return
	}
	l.kept[l.oldest] = c
	l.oldest = (l.oldest + 1) % maxRequests
}

// list returns the calls that are kept, oldest first.
func (l *requestLog) list() []*call {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Concat(l.kept[l.oldest:], l.kept[:l.oldest])
}

// front is where requests come in: it records them and lets the faults have them, before the platform sees anything.
func (s *Server) front(platform http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.URL.Path = strings.TrimPrefix(r.URL.Path, mount)
		r.URL.RawPath = strings.TrimPrefix(r.URL.RawPath, mount)
		c := &call{method: r.Method, path: r.URL.Path, query: r.URL.RawQuery, header: r.Header, at: s.now()}
		if op := gen.FindOperation(r.Method, r.URL.EscapedPath()); op != nil {
			c.operation = op.ID
		}
		c.body = takeBody(r)
		hits := s.faults.hits(c.operation, r)
		c.fault = hits != nil
		s.requests.add(c)
		s.afflict(hits, platform, &watched{w, &c.status}, r)
	})
}

// maxDrained is how much of a body that is too large is read for the sake of the connection.
const maxDrained = 64 << 20

// takeBody reads the body of a request, so that it can be kept, and puts it back.
func takeBody(r *http.Request) []byte {
	if r.ContentLength == 0 {
		return nil
	}
	// What is too large is read all the same: net/http would break off a connection on which the client is still sending.
	defer io.Copy(io.Discard, io.LimitReader(r.Body, maxDrained)) //nolint:errcheck // it is of no interest
	if r.ContentLength > maxBody {
		return nil
	}
	all, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	body := &takenBody{all: all, err: err}
	body.rewind()
	r.Body = body
	return all[:min(len(all), maxBody)]
}

// takenBody is a body that has been read.
type takenBody struct {
	all  []byte
	err  error // in the place of the end
	left *bytes.Reader
}

func (b *takenBody) rewind() { b.left = bytes.NewReader(b.all) }

// Read reads it once more.
func (b *takenBody) Read(p []byte) (int, error) {
	n, err := b.left.Read(p)
	if err != nil && b.err != nil {
		err = b.err
	}
	return n, err
}

// Close does nothing: net/http closes what it has made.
func (*takenBody) Close() error { return nil }

// allOf returns a whole body, up to a byte more than may be, without a copy if it has been read already.
func allOf(body io.Reader) ([]byte, error) {
	if taken, ok := body.(*takenBody); ok {
		return taken.all, taken.err
	}
	return io.ReadAll(io.LimitReader(body, maxBody+1))
}

// watched is a ResponseWriter that notes the status.
type watched struct {
	http.ResponseWriter
	status *atomic.Int32
}

// WriteHeader notes the status, unless another has been sent or a further one will be.
func (w *watched) WriteHeader(status int) {
	if status >= http.StatusOK {
		w.status.CompareAndSwap(0, int32(status)) //nolint:gosec // three digits
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write writes the body.
func (w *watched) Write(b []byte) (int, error) {
	w.status.CompareAndSwap(0, http.StatusOK)
	return w.ResponseWriter.Write(b)
}

// Unwrap is for [http.ResponseController].
func (w *watched) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Flush is for effects that ask for an [http.Flusher].
func (w *watched) Flush() {
	w.status.CompareAndSwap(0, http.StatusOK)
	_ = http.NewResponseController(w.ResponseWriter).Flush()
}

// Hijack is for effects that ask for an [http.Hijacker]. It fails without sockets.
func (w *watched) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return http.NewResponseController(w.ResponseWriter).Hijack()
}

// reporter is what a test has beside its cleanup.
type reporter interface {
	Failed() bool
	Logf(format string, args ...any)
}

// end closes the server at the end of a test, and tells what was asked of it if the test has failed.
func (s *Server) end() {
	s.Close()
	if s.report != nil && s.report.Failed() {
		s.report.Logf("%s", s.story())
	}
}

// story is the latest requests, one a line.
func (s *Server) story() string {
	calls := s.requests.list()
	latest := calls[max(0, len(calls)-maxTold):]
	var b strings.Builder
	fmt.Fprintf(&b, "kneotest: the last %d of %d requests:", len(latest), s.Calls(""))
	for _, c := range latest {
		fmt.Fprintf(&b, "\n\t%s", c)
	}
	return b.String()
}

// String is the request in a line, without anything that is secret.
func (c *call) String() string {
	line := fmt.Sprintf("%s %s %s", c.at.Format("15:04:05.000"), c.method, (&url.URL{Path: c.path}).EscapedPath())
	if status := c.status.Load(); status != 0 {
		line += fmt.Sprintf(" %d", status)
	} else {
		line += " no answer"
	}
	if id := c.header.Get("X-Request-Id"); id != "" {
		line += " request " + short(id, 36)
	}
	if key := c.header.Get("Idempotency-Key"); key != "" {
		line += " key " + short(key, 12)
	}
	if c.fault {
		line += " fault"
	}
	return line
}

// short cuts a text that is longer than n.
func short(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return text[:n] + "..."
}
