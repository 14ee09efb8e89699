//go:build reliability

package reliability

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kneo-agent/kneo-client-go/internal/faulttest"
	"github.com/kneo-agent/kneo-client-go/internal/reliability/task"
)

// drip writes a text byte by byte, over 20 seconds in all.
func drip(conn net.Conn, text string) {
	for i := range text {
		if _, err := conn.Write([]byte{text[i]}); err != nil {
			return
		}
		time.Sleep(20 * time.Second / time.Duration(len(text)))
	}
}

// raw is a handler that answers by its own hand.
func raw(reply func(conn net.Conn)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		defer func() { _ = conn.Close() }()
		reply(conn)
	})
}

const header = "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"

// slow is platforms that do not come to an end, by case.
var slow = map[string]http.Handler{
	"drip-body": raw(func(conn net.Conn) {
		fmt.Fprintf(conn, header, "200 OK", len(createdBody))
		drip(conn, createdBody)
	}),
	"drip-headers": raw(func(conn net.Conn) { drip(conn, fmt.Sprintf(header, "200 OK", len(createdBody))+createdBody) }),
	"hang":         http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { sleep(r.Context(), 25*time.Second) }),
	"drip-503": raw(func(conn net.Conn) {
		text := strings.Repeat(" ", 80)
		fmt.Fprintf(conn, header, "503 Service Unavailable", len(text))
		drip(conn, text)
	}),
}

// TestSlow: two seconds for an attempt, five for the call.
func TestSlow(t *testing.T) {
	for name, platform := range slow {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			compare(t, name, func(t *testing.T, s *subject) string {
				t.Parallel()
				proxy := faulttest.NewServer(t, platform)
				c := s.run(t, task.Task{URL: proxy.URL, Ops: []string{"get"}, Keys: keys(1), Timeout: 2, Deadline: 5}).History[0]
				took := c.End - c.Begin
				s.must(t, c.Outcome != faulttest.OK && took <= 5.05, "%s after %.2f s", c.Outcome, took)
				return fmt.Sprintf("%s after %.2f s, %s", c.Outcome, took, times(proxy.Requests()))
			})
		})
	}
}

// TestPollDeadline: a wait of one second.
func TestPollDeadline(t *testing.T) {
	t.Parallel()
	compare(t, "poll-deadline", func(t *testing.T, s *subject) string {
		t.Parallel()
		var texts []string
		for _, name := range []string{"hang", "drip-body"} {
			proxy := faulttest.NewServer(t, slow[name])
			c := s.run(t, task.Task{URL: proxy.URL, Ops: []string{"wait"}, Keys: keys(1), Deadline: 1}).History[0]
			took := c.End - c.Begin
			s.must(t, c.Outcome != faulttest.OK && took <= 1.05, "%s: %s after %.2f s", name, c.Outcome, took)
			texts = append(texts, fmt.Sprintf("%s: %s after %.2f s", name, c.Outcome, took))
		}
		return strings.Join(texts, "; ")
	})
}

func TestPollOutage(t *testing.T) {
	t.Parallel()
	compare(t, "poll-outage", func(t *testing.T, s *subject) string {
		t.Parallel()
		begin := time.Now()
		proxy := faulttest.NewServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if time.Since(begin) < 3*time.Second {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			answer(createdBody).ServeHTTP(w, r)
		}))
		c := s.run(t, task.Task{URL: proxy.URL, Ops: []string{"wait"}, Keys: keys(1), Deadline: 10}).History[0]
		s.must(t, c.Outcome == faulttest.OK, "%s", c.Error)
		return fmt.Sprintf("%s after %.1f s", c.Outcome, c.End-c.Begin)
	})
}

func TestPollRate(t *testing.T) {
	t.Parallel()
	compare(t, "poll-rate", func(t *testing.T, s *subject) string {
		t.Parallel()
		var n atomic.Int64
		proxy := faulttest.NewServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			n.Add(1)
			answer(`{"run_id":"r1","status":"running"}`).ServeHTTP(w, r)
		}))
		s.run(t, task.Task{URL: proxy.URL, Ops: []string{"wait"}, Keys: keys(1), Deadline: 1, Interval: -1})
		s.must(t, n.Load() <= 11, "%d requests", n.Load())
		return times(int(n.Load()))
	})
}
