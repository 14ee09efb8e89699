package kneotest

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Fault is something that goes wrong between a client and the platform, on some calls or on all. Give it to [WithFault] or to
// [Server.Inject]. Effect is required; with all other fields zero, a fault hits every call of every operation.
//
// A call here is a request that arrives: a client that retries once makes two. A call counts for After, Count and Share if Operation and
// Match fit it, whoever sent it and whatever the platform would answer.
type Fault struct {
	// Operation is the id of an operation of the contract, such as "CreateRun". Empty means every operation, and requests that are for
	// none.
	Operation string

	// Match is a further condition; nil means none. It must be safe for concurrent use. It may read the body: whoever comes after it gets
	// the whole body again. The path is that of the contract.
	Match func(*http.Request) bool

	// After is how many of the matching calls pass unharmed first.
	After int

	// Count is how many calls the fault hits before it is over; 0 means no limit.
	Count int

	// Share is the part of the matching calls, after the first ones, that the fault hits, from 0 to 1; 0 means all of them. A hash of
	// Seed and of the number of matching calls so far decides which ones. So a test whose calls come one after another repeats in every
	// detail. With simultaneous calls, the positions in the order of arrival that are hit are the same, but not which call comes at which
	// position.
	Share float64

	// Seed varies which part of the calls is hit. Faults with the same seed hit the same calls.
	Seed uint64

	// Effect is what goes wrong. It is required.
	Effect Effect
}

// Effect is what a [Fault] does to a call: it is middleware around the platform, and around the effects of faults that were injected
// later. [Latency], [Answer], [ResetBefore] and others are ready-made, and you can use any other function of this type. It must be safe
// for concurrent use. The context of the request ends when the client's does, and when the server is closed.
//
// An effect that panics with [http.ErrAbortHandler] breaks the connection, as with any handler; the effects around it then do nothing
// with the answer. An effect that needs an [http.Hijacker] works only over a socket; [ResetBefore] can be called from another effect, and
// works everywhere.
type Effect func(next http.Handler) http.Handler

// Effects combines several effects. The first one is outermost: it sees the request first, and the answer last.
func Effects(effects ...Effect) Effect {
	return func(next http.Handler) http.Handler {
		for _, effect := range slices.Backward(effects) {
			next = effect(next)
		}
		return next
	}
}

// WithFault starts the server with a fault; see [Server.Inject]. It may be given several times.
func WithFault(f Fault) Option {
	return func(s *settings) { s.initialFaults = append(s.initialFaults, f) }
}

// Inject makes the fault happen from now on, until remove is called; calls that it has already hit are not affected by that. Several
// faults may hit a call: the one that was injected first is outermost. Inject panics if the fault can never happen: the contract has no
// such operation, there is no effect, or a number makes no sense.
func (s *Server) Inject(f Fault) (remove func()) {
	f.check()
	mine := &injected{Fault: f}
	s.faults.change(func(all []*injected) []*injected { return append(all, mine) })
	return func() {
		s.faults.change(func(all []*injected) []*injected {
			return slices.DeleteFunc(all, func(other *injected) bool { return other == mine })
		})
	}
}

func (f *Fault) check() {
	if f.Operation != "" {
		mustKnow(f.Operation)
	}
	switch {
	case f.Effect == nil:
		panic("kneotest: a Fault has no Effect, and would do nothing; give it one, such as ResetAfter()")
	case f.After < 0 || f.Count < 0:
		panic(fmt.Sprintf("kneotest: a Fault has After %d and Count %d; neither can be negative", f.After, f.Count))
	case !(f.Share >= 0 && f.Share <= 1): // not a number, too
		panic(fmt.Sprintf("kneotest: a Fault has Share %v; it is a part of the calls, from 0 to 1", f.Share))
	}
}

// injected is a fault at work.
type injected struct {
	Fault
	mu   sync.Mutex
	seen int // calls that fit
	hit  int
}

// hits decides whether the fault hits a call.
func (f *injected) hits(operation string, r *http.Request) bool {
	if f.Operation != "" && f.Operation != operation || f.Match != nil && !f.matches(r) {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	ordinal := f.seen
	f.seen++
	if ordinal < f.After || f.Count > 0 && f.hit >= f.Count || f.Share > 0 && chance(f.Seed, ordinal) >= f.Share {
		return false
	}
	f.hit++
	return true
}

// matches asks the user, who may read the body.
func (f *injected) matches(r *http.Request) bool {
	if body, ok := r.Body.(*takenBody); ok {
		defer body.rewind()
	}
	return f.Match(r)
}

// chance is a number from 0 to below 1 that depends on nothing but its arguments, evenly spread: SplitMix64, written out so
// that no release of Go changes which calls a test loses.
func chance(seed uint64, ordinal int) float64 {
	x := mix(seed) + (uint64(ordinal)+1)*0x9e3779b97f4a7c15 //nolint:gosec // it counts up from 0
	return float64(mix(x)>>11) / (1 << 53)
}

func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// faultList is the faults of a server in the order in which they were injected. Without any, a call pays for one atomic load.
type faultList struct {
	mu  sync.Mutex // of those who change it
	all atomic.Pointer[[]*injected]
}

// change puts in the place of the list what f makes of a copy.
func (l *faultList) change(f func([]*injected) []*injected) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []*injected
	if old := l.all.Load(); old != nil {
		all = slices.Clone(*old)
	}
	all = f(all)
	l.all.Store(&all)
}

// hits returns the faults that hit a call.
func (l *faultList) hits(operation string, r *http.Request) []*injected {
	all := l.all.Load()
	if all == nil {
		return nil
	}
	var hits []*injected
	for _, f := range *all {
		if f.hits(operation, r) {
			hits = append(hits, f)
		}
	}
	return hits
}

// afflict has the platform answer a call, within the effects of the faults that hit it.
func (s *Server) afflict(hits []*injected, platform http.Handler, w http.ResponseWriter, r *http.Request) {
	if len(hits) == 0 {
		platform.ServeHTTP(w, r)
		return
	}
	ctx, cancel := context.WithCancel(context.WithValue(r.Context(), serverKey{}, s))
	defer cancel()
	defer context.AfterFunc(s.ctx, cancel)() // an effect must not outlast the server
	for _, f := range slices.Backward(hits) {
		platform = f.Effect(platform)
	}
	platform.ServeHTTP(w, r.Clone(ctx)) // what is recorded stays as it came, whatever an effect does to its request
}

// pause waits for d within a call, and breaks the call off if that is not to be.
func pause(r *http.Request, d time.Duration) {
	s, ok := r.Context().Value(serverKey{}).(*Server)
	if !ok {
		panic("kneotest: an effect that waits needs the context of the request that its Fault was given")
	}
	if s.sleep(r.Context(), d) != nil {
		panic(http.ErrAbortHandler)
	}
}

// Latency waits for d before the platform sees the call, like a slow network. If the client has gone away by then, or the server was
// closed, the platform never sees it.
func Latency(d time.Duration) Effect {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			pause(r, d)
			next.ServeHTTP(w, r)
		})
	}
}

// Answer refuses the call instead of the platform, which does not see it. The answer has a Retry-After in whole seconds, rounded up,
// unless retryAfter is 0. Its body is a typical one: 500 and 503 are errors of the platform, with the codes internal_error and
// store_unavailable and the id of the request; any other status, such as 429, 502 or 504, is that of a proxy, with a line of plain text
// and no id. Answer panics if no answer can have the status.
func Answer(status int, retryAfter time.Duration) Effect {
	mustBeStatus(status)
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if retryAfter > 0 {
				w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(retryAfter.Seconds()))))
			}
			p := platformProblem(status)
			if p == nil {
				http.Error(w, fmt.Sprintf("%d %s", status, http.StatusText(status)), status)
				return
			}
			if id := r.Header.Get("X-Request-Id"); id != "" {
				w.Header().Set("X-Request-Id", id)
			}
			p.write(w)
		})
	}
}

// platformProblem is the error that the platform itself gives with such a status on its own account, nil if none.
func platformProblem(status int) *problem {
	switch status {
	case http.StatusInternalServerError:
		return internal()
	case http.StatusServiceUnavailable:
		return &problem{status: status, code: "store_unavailable", message: "The backing store is temporarily unavailable."}
	}
	return nil
}

// AnswerWith gives exactly this answer instead of the platform, which does not see the call: for example a proxy's HTML page, or a 200
// without a body. There is no Content-Type if contentType is empty. AnswerWith panics if no answer can have the status.
func AnswerWith(status int, contentType, body string) Effect {
	mustBeStatus(status)
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			a := newAnswer(w)
			a.status = status
			a.header["Content-Type"] = nil // else net/http would guess
			if contentType != "" {
				a.header.Set("Content-Type", contentType)
			}
			a.body.WriteString(body)
			a.send(w)
		})
	}
}

// mustBeStatus panics if no answer can have the status.
func mustBeStatus(status int) {
	if status < 200 || status > 999 {
		panic(fmt.Sprintf("kneotest: %d is not the status of an answer; they begin at 200", status))
	}
}

// ResetBefore resets the connection before the platform sees the call.
func ResetBefore() Effect {
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { reset(w) })
	}
}

// ResetAfter lets the platform do its work, and resets the connection instead of sending the answer.
func ResetAfter() Effect {
	return onAnswer(func(_ *answer, w http.ResponseWriter, _ *http.Request) { reset(w) })
}

// HalfBody lets the platform do its work, and sends the client the header of the answer, with the Content-Length of the whole body, and
// half the body. Then the connection ends.
func HalfBody() Effect {
	return onAnswer(func(a *answer, w http.ResponseWriter, _ *http.Request) {
		whole := a.body.Bytes()
		a.sendHeader(w, max(1, len(whole))) // of an empty body, too, something is missing
		_, _ = w.Write(whole[:len(whole)/2])
		flush(w)
		panic(http.ErrAbortHandler)
	})
}

// slowParts is how many pieces a slow body comes in, if it has as many bytes.
const slowParts = 10

// SlowBody sends the client the header of the answer at once, and the body in ten pieces over d.
func SlowBody(d time.Duration) Effect {
	return onAnswer(func(a *answer, w http.ResponseWriter, r *http.Request) {
		whole := a.body.Bytes()
		a.sendHeader(w, len(whole))
		flush(w)
		parts := min(slowParts, len(whole))
		for i := range parts {
			pause(r, d/time.Duration(parts))
			_, _ = w.Write(whole[len(whole)*i/parts : len(whole)*(i+1)/parts])
			flush(w)
		}
	})
}

// ContentType sends the client the answer with another Content-Type, or with none if contentType is empty.
func ContentType(contentType string) Effect {
	return onAnswer(func(a *answer, w http.ResponseWriter, _ *http.Request) {
		a.header["Content-Type"] = nil
		if contentType != "" {
			a.header.Set("Content-Type", contentType)
		}
		a.send(w)
	})
}

// Garbage sends the client the status and the header of the answer, and a body of the same length that is not JSON.
func Garbage() Effect {
	const garbage = "<garbage>"
	return onAnswer(func(a *answer, w http.ResponseWriter, _ *http.Request) {
		n := max(a.body.Len(), len(garbage))
		a.body.Reset()
		a.body.WriteString(strings.Repeat(garbage, n/len(garbage)+1)[:n])
		a.send(w)
	})
}

// onAnswer is an effect that has the platform answer and then does something with the answer.
func onAnswer(f func(*answer, http.ResponseWriter, *http.Request)) Effect {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			a := newAnswer(w)
			next.ServeHTTP(a, r)
			f(a, w, r)
		})
	}
}

// answer is one that has not been sent yet.
type answer struct {
	outer  http.ResponseWriter
	header http.Header
	status int
	body   bytes.Buffer
}

// newAnswer begins with what the effects around have set already.
func newAnswer(w http.ResponseWriter) *answer {
	return &answer{outer: w, header: w.Header().Clone()}
}

// Header returns the header.
func (a *answer) Header() http.Header { return a.header }

// WriteHeader keeps the status.
func (a *answer) WriteHeader(status int) {
	if a.status == 0 && status >= http.StatusOK {
		a.status = status
	}
}

// Write keeps the body.
func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(b)
}

// Flush does nothing: it hides that of the connection, which must not see the answer yet.
func (a *answer) Flush() {}

// Unwrap leads to the connection, for effects within that reset it.
func (a *answer) Unwrap() http.ResponseWriter { return a.outer }

// sendHeader sends status and header, with the given Content-Length.
func (a *answer) sendHeader(w http.ResponseWriter, length int) {
	a.WriteHeader(http.StatusOK)
	clear(w.Header()) // what has been taken out of a copy is gone
	maps.Copy(w.Header(), a.header)
	w.Header().Set("Content-Length", strconv.Itoa(length))
	w.WriteHeader(a.status)
}

// send sends all of it.
func (a *answer) send(w http.ResponseWriter) {
	a.sendHeader(w, a.body.Len())
	_, _ = w.Write(a.body.Bytes())
}

func flush(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() }

// reset resets the connection, and ends the handler. It finds the connection behind any number of writers; if that cannot be
// reset, as under HTTP/2, it is broken off.
func reset(w http.ResponseWriter) {
	if x, ok := innermost(w).(*exchange); ok {
		x.isReset = true
	} else if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		resetConn(conn)
	}
	panic(http.ErrAbortHandler)
}

// resetConn closes a connection so that the other side gets an RST in the place of a FIN.
func resetConn(conn net.Conn) {
	raw := conn
	if secure, ok := conn.(interface{ NetConn() net.Conn }); ok {
		raw = secure.NetConn() // TLS would say goodbye
	}
	if tcp, ok := raw.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = raw.Close()
}

// innermost returns the writer behind all those that wrap it.
func innermost(w http.ResponseWriter) http.ResponseWriter {
	for {
		u, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return w
		}
		w = u.Unwrap()
	}
}
