package kneotest

import (
	"bytes"
	"net/http"
	"strings"
	"time"
)

// outcome is what is remembered of a request with an idempotency key.
type outcome struct {
	fingerprint string
	status      int
	body        []byte
	at          time.Time
	done        chan struct{} // closed when the request has been answered
}

// once runs a handler at most once for a key that succeeds: the same request gets the same bytes again, another one with the
// key is refused, and requests at the same time wait for each other, as they do on the one event loop of the real server.
// Only successes are remembered.
func (s *Server) once(w http.ResponseWriter, r *http.Request, scope, fingerprint string, handle func(http.ResponseWriter)) {
	key := strings.TrimSpace(r.Header.Get("Idempotency-Key"))
	if key == "" {
		handle(w)
		return
	}
	name := scope + " " + key
	for {
		s.mu.Lock()
		earlier := s.outcomes[name]
		if earlier == nil {
			mine := &outcome{fingerprint: fingerprint, done: make(chan struct{})}
			s.outcomes[name] = mine
			s.mu.Unlock()
			s.record(w, name, mine, handle)
			return
		}
		s.mu.Unlock()
		select {
		case <-earlier.done:
		case <-r.Context().Done():
			return
		}
		switch {
		case earlier.status == 0: // it failed, and is forgotten
			continue
		case earlier.fingerprint != fingerprint:
			(&problem{
				status: http.StatusConflict, code: "idempotency_key_conflict",
				message: "Idempotency-Key was already used with a different request payload.", more: map[string]any{"scope": scope},
			}).write(w)
		default:
			writeBody(w, earlier.status, earlier.body)
		}
		return
	}
}

// record answers a request and keeps the answer if it is a success.
func (s *Server) record(w http.ResponseWriter, name string, mine *outcome, handle func(http.ResponseWriter)) {
	rec := &recording{ResponseWriter: w}
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if rec.status/100 == 2 {
			mine.status, mine.body, mine.at = rec.status, rec.body.Bytes(), s.now()
		} else {
			delete(s.outcomes, name)
		}
		close(mine.done)
	}()
	handle(rec)
}

// recording keeps what is written through it.
type recording struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

// WriteHeader keeps the status.
func (r *recording) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

// Write keeps the body.
func (r *recording) Write(b []byte) (int, error) {
	r.body.Write(b)
	return r.ResponseWriter.Write(b)
}
