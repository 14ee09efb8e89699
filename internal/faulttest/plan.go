// Package faulttest breaks what lies between a client and a platform, in ways that repeat, and checks what the client says of its calls
// against what the platform holds.
package faulttest

import (
	"fmt"
	"hash/fnv"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

// Plan is an effect that hits part of the attempts of every call. Which ones depends on nothing but its seed, the key of the call and
// the number of the attempt, so that it hits the same ones in every run of a test, however the calls fall out in time.
type Plan struct {
	Seed  uint64
	Parts []Part
}

// Part is an effect and the percentage of the attempts that it hits.
type Part struct {
	Percent int
	Effect  kneotest.Effect
}

// Effect returns the plan as one effect, for a [Proxy] or for a [kneotest.Fault].
func (p Plan) Effect() kneotest.Effect {
	var mu sync.Mutex
	attempts := map[string]int{}
	return func(platform http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			key := KeyOf(r)
			mu.Lock()
			attempts[key]++
			n := attempts[key]
			mu.Unlock()
			p.decide(key, n)(platform).ServeHTTP(w, r)
		})
	}
}

// InOrder returns the plan as an effect that takes one request after another for an attempt, whoever it is of: it remembers nothing, and
// can go on for ever.
func (p Plan) InOrder() kneotest.Effect {
	var n atomic.Int64
	return func(platform http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			p.decide("", int(n.Add(1)))(platform).ServeHTTP(w, r)
		})
	}
}

// decide chooses what happens to an attempt.
func (p Plan) decide(key string, attempt int) kneotest.Effect {
	hash := fnv.New64a()
	_, _ = fmt.Fprintf(hash, "%d/%s/%d", p.Seed, key, attempt)
	// FNV changes little in its high bits for a change at the end of a text: spread it.
	percent := int(spread(hash.Sum64()) % 100)
	for _, part := range p.Parts {
		if percent < part.Percent {
			return part.Effect
		}
		percent -= part.Percent
	}
	return kneotest.Effects()
}

// spread is the last step of MurmurHash3.
func spread(x uint64) uint64 {
	x = (x ^ x>>33) * 0xff51afd7ed558ccd
	x = (x ^ x>>33) * 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}

// KeyOf returns what all attempts of a call have in common: its idempotency key, or else its request id.
func KeyOf(r *http.Request) string {
	if key := r.Header.Get("Idempotency-Key"); key != "" {
		return key
	}
	return r.Header.Get("X-Request-Id")
}

// WrongLength has the platform do its work, and gives the client an answer whose Content-Length is that of a longer body.
func WrongLength(platform http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		platform.ServeHTTP(&longer{ResponseWriter: w}, r)
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})
}

// longer announces a hundred bytes more than come.
type longer struct {
	http.ResponseWriter
	begun bool
}

// WriteHeader sends the header, with the wrong length.
func (l *longer) WriteHeader(status int) {
	l.begun = true
	if length, err := strconv.Atoi(l.Header().Get("Content-Length")); err == nil {
		l.Header().Set("Content-Length", strconv.Itoa(length+100))
	}
	l.ResponseWriter.WriteHeader(status)
}

// Write sends part of the body.
func (l *longer) Write(b []byte) (int, error) {
	if !l.begun {
		l.WriteHeader(http.StatusOK)
	}
	return l.ResponseWriter.Write(b)
}

// Unwrap leads to the connection.
func (l *longer) Unwrap() http.ResponseWriter { return l.ResponseWriter }
