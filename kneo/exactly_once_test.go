package kneo_test

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

// lossy is a proxy that loses one request in five: before it has its effect, after it, or half way through the answer. What it
// does to an attempt depends on nothing but key and number, so that every run of the test is the same.
type lossy struct {
	platform http.Handler
	requests atomic.Int64
	mu       sync.Mutex
	tries    map[string]int
}

func (l *lossy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.requests.Add(1)
	key := r.Header.Get("Idempotency-Key")
	l.mu.Lock()
	l.tries[key]++
	attempt := l.tries[key]
	l.mu.Unlock()
	hash := sha256.Sum256(fmt.Appendf(nil, "%s/%d", key, attempt))
	switch binary.BigEndian.Uint32(hash[:]) % 20 {
	case 0, 1:
		reset(w)
	case 2:
		l.platform.ServeHTTP(httptest.NewRecorder(), r)
		reset(w)
	case 3:
		answer := httptest.NewRecorder()
		l.platform.ServeHTTP(answer, r)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(answer.Body.Len()))
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes()[:answer.Body.Len()/2])
		reset(w)
	default:
		l.platform.ServeHTTP(w, r)
	}
}

// reset breaks the connection off.
func reset(w http.ResponseWriter) {
	conn, buffered, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	_ = buffered.Flush()
	_ = conn.(*net.TCPConn).SetLinger(0)
	_ = conn.Close()
}

// TestExactlyOnce: however many answers get lost, every create that returns has one run, there are no others, and the client
// knows how many requests it has made.
func TestExactlyOnce(t *testing.T) {
	const workers, each = 32, 50
	srv := kneotest.NewServer(kneotest.WithCleanup(t))
	proxy := &lossy{platform: srv, tries: map[string]int{}}
	front := httptest.NewServer(proxy)
	defer front.Close()
	client := srv.Client(kneo.WithURL(front.URL))
	var attempts atomic.Int64
	var ids sync.Map
	var done sync.WaitGroup
	for w := range workers {
		done.Go(func() {
			for i := range each {
				var info *kneo.Response
				run, err := client.Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{Input: fmt.Sprint(w, i), Spec: agent, AsyncMode: true},
					kneo.WithIdempotencyKey(fmt.Sprintf("create-%d-%d", w, i)), kneo.WithResponse(&info))
				attempts.Add(int64(info.Attempts))
				if err != nil {
					t.Error(err)
					continue
				}
				if _, twice := ids.LoadOrStore(run.RunID, true); twice {
					t.Errorf("two creates gave run %s", run.RunID)
				}
			}
		})
	}
	done.Wait()
	runs := 0
	for run, err := range srv.Client().Platform.Runs.All(t.Context(), kneo.RunListParams{Limit: 1000}) {
		if err != nil {
			t.Fatal(err)
		}
		if _, known := ids.Load(run.RunID); !known {
			t.Errorf("nobody knows of run %s", run.RunID)
		}
		runs++
	}
	if sent := proxy.requests.Load(); runs != workers*each || sent != attempts.Load() || sent > workers*each*130/100 {
		t.Errorf("%d runs for %d creates, in %d requests of which the client knows %d", runs, workers*each, sent, attempts.Load())
	}
}
