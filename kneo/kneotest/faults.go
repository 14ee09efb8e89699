package kneotest

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// Fault is something that goes wrong between client and platform, for some of the calls.
type Fault struct {
	Operation string                   // the contract's id of an operation, such as CreateRun; empty for all
	Match     func(*http.Request) bool // a further condition; nil for none
	After     int                      // calls of those that go well first
	Count     int                      // calls that it hits; 0 is all from then on
	Share     float64                  // of the calls, between 0 and 1; 0 is all of them

	// Seed decides together with the number of a call whether the call is among the Share, so that a test does the same each time.
	Seed uint64

	Effect Effect
}

// Effect is what goes wrong: a handler around the platform's, or in its place.
type Effect func(platform http.Handler) http.Handler

// Effects is all of the effects at once; the first is the outermost.
func Effects(effects ...Effect) Effect {
	return func(platform http.Handler) http.Handler {
		for _, effect := range slices.Backward(effects) {
			platform = effect(platform)
		}
		return platform
	}
}

// Latency has a call wait before it comes to the platform.
func Latency(d time.Duration) Effect {
	return func(platform http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if Sleep(r.Context(), d) == nil {
				platform.ServeHTTP(w, r)
				return
			}
			reset(w) // nobody waits any more
		})
	}
}

// Answer answers in the place of the platform, which the call does not come to, with an error of a status such as 429 or 503 in the
// platform's form. A retryAfter of a second or more becomes a Retry-After header, in whole seconds.
func Answer(status int, retryAfter time.Duration) Effect {
	p := &problem{status: status, code: "fault", message: "The test wants this call to fail."}
	switch status {
	case http.StatusTooManyRequests:
		p.code = "rate_limited"
	case http.StatusServiceUnavailable:
		p.code = "store_unavailable"
	case http.StatusInternalServerError:
		p.code = "internal_error"
	}
	if seconds := int(retryAfter / time.Second); seconds > 0 {
		p.header = http.Header{"Retry-After": {strconv.Itoa(seconds)}}
	}
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { p.write(w) })
	}
}

// AnswerWith answers in the place of the platform, which the call does not come to, with anything: the HTML of a proxy, nothing at all.
func AnswerWith(status int, contentType, body string) Effect {
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			send(w, status, []byte(body))
		})
	}
}

// ResetBefore resets the connection before a call comes to the platform: it has no effect.
func ResetBefore() Effect {
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { reset(w) })
	}
}

// ResetAfter resets the connection when the platform has answered: the call has its effect, and the client does not hear of it.
func ResetAfter() Effect {
	return withAnswer(func(w http.ResponseWriter, _ *http.Request, _ *kept) { reset(w) })
}

// HalfBody breaks the connection off in the middle of the body.
func HalfBody() Effect {
	return withAnswer(func(w http.ResponseWriter, _ *http.Request, a *kept) {
		body := a.body.Bytes()
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.WriteHeader(a.status)
		_, _ = w.Write(body[:len(body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})
}

// slowPieces is in how many pieces a slow body comes.
const slowPieces = 10

// SlowBody sends the header at once, and the body piece by piece over d.
func SlowBody(d time.Duration) Effect {
	return withAnswer(func(w http.ResponseWriter, r *http.Request, a *kept) {
		body := a.body.Bytes()
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.WriteHeader(a.status)
		control := http.NewResponseController(w)
		_ = control.Flush()
		for piece := range slices.Chunk(body, max(1, (len(body)+slowPieces-1)/slowPieces)) {
			if Sleep(r.Context(), d/slowPieces) != nil {
				panic(http.ErrAbortHandler)
			}
			_, _ = w.Write(piece)
			_ = control.Flush()
		}
	})
}

// ContentType answers what the platform does under another type of content.
func ContentType(mediaType string) Effect {
	return withAnswer(func(w http.ResponseWriter, _ *http.Request, a *kept) {
		w.Header().Set("Content-Type", mediaType)
		send(w, a.status, a.body.Bytes())
	})
}

// Garbage answers with the status and the header of the platform, and a body that is no JSON.
func Garbage() Effect {
	return withAnswer(func(w http.ResponseWriter, _ *http.Request, a *kept) { send(w, a.status, []byte("\x00}garbage{")) })
}

// kept is an answer of the platform that is not sent, or not as it is.
type kept struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header returns the header of the answer.
func (k *kept) Header() http.Header { return k.header }

// WriteHeader keeps the status.
func (k *kept) WriteHeader(status int) { k.status = status }

// Write keeps the body.
func (k *kept) Write(b []byte) (int, error) { return k.body.Write(b) }

// withAnswer has the platform answer and gives f what it said.
func withAnswer(f func(w http.ResponseWriter, r *http.Request, a *kept)) Effect {
	return func(platform http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			a := &kept{header: w.Header(), status: http.StatusOK}
			platform.ServeHTTP(a, r)
			f(w, r, a)
		})
	}
}

func send(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// reset resets the connection of an answer.
func reset(w http.ResponseWriter) {
	for inner := w; ; {
		if a, ok := inner.(interface{ reset() }); ok {
			a.reset()
			return
		}
		wrapper, ok := inner.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			break
		}
		inner = wrapper.Unwrap()
	}
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // behind a server that does not know how: at least nothing is answered
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // with it the close below is a reset
	}
	_ = conn.Close()
}

// WithFault is [Server.Inject] from the start.
func WithFault(f Fault) Option {
	f.check()
	return func(s *settings) { s.faults = append(s.faults, f) }
}

// Inject adds a fault, and returns what removes it. Where several hit a call, the one that was added first is the outermost. It panics
// on an operation that there is not.
func (s *Server) Inject(f Fault) (remove func()) {
	f.check()
	mine := &injected{Fault: f}
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.all = append(s.faults.all, mine)
	return func() {
		s.faults.mu.Lock()
		defer s.faults.mu.Unlock()
		s.faults.all = slices.DeleteFunc(slices.Clone(s.faults.all), func(other *injected) bool { return other == mine })
	}
}

func (f Fault) check() {
	known := func(op gen.Operation) bool { return op.ID == f.Operation }
	switch {
	case f.Operation != "" && !slices.ContainsFunc(gen.Operations, known):
		panic(fmt.Sprintf("kneotest: a fault of operation %q, which the contract does not have; they are named as the methods of gen.Client, such as CreateRun", f.Operation))
	case f.Effect == nil:
		panic("kneotest: a fault without an effect")
	case f.Share < 0 || f.Share > 1:
		panic(fmt.Sprintf("kneotest: a fault for the share %v of the calls, which is not between 0 and 1", f.Share))
	}
}

// faults are those of a server.
type faults struct {
	mu  sync.Mutex
	all []*injected
}

type injected struct {
	Fault
	calls, hits int
}

// hitting returns the effects that a call suffers.
func (f *faults) hitting(operation string, r *http.Request) []Effect {
	f.mu.Lock()
	defer f.mu.Unlock()
	var effects []Effect
	for _, fault := range f.all {
		if fault.hit(operation, r) {
			effects = append(effects, fault.Effect)
		}
	}
	return effects
}

func (f *injected) hit(operation string, r *http.Request) bool {
	if f.Operation != "" && f.Operation != operation || f.Match != nil && !f.Match(r) {
		return false
	}
	f.calls++
	if f.calls <= f.After || f.Count > 0 && f.hits >= f.Count || f.Share > 0 && fraction(f.Seed, f.calls) >= f.Share {
		return false
	}
	f.hits++
	return true
}

// fraction is a number from 0 to 1 that only depends on the seed and the number of the call, by the mixing function of splitmix64.
func fraction(seed uint64, call int) float64 {
	z := seed + uint64(call)*0x9e3779b97f4a7c15 //nolint:gosec // calls are counted from 1
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return float64((z^z>>31)>>11) / (1 << 53)
}
