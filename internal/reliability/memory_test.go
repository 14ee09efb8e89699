//go:build reliability

package reliability

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/kneo-agent/kneo-client-go/internal/faulttest"
	"github.com/kneo-agent/kneo-client-go/internal/reliability/task"
)

// zeros is so many bytes of JSON text.
func zeros(n int64) io.Reader {
	return io.MultiReader(strings.NewReader(`{"run_id":"r1","status":"completed","output_text":"`), io.LimitReader(endless{}, n), strings.NewReader(`"}`))
}

// endless is one letter for ever.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// bomb is 1 GiB in about 1 MB.
func bomb(t *testing.T) http.Handler {
	t.Helper()
	var small bytes.Buffer
	w := gzip.NewWriter(&small)
	if _, err := io.Copy(w, zeros(1<<30)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(small.Bytes())
	})
}

// large streams so many bytes.
func large(status int, n int64, announced bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if announced {
			w.Header().Set("Content-Length", fmt.Sprint(n+53))
		}
		w.WriteHeader(status)
		_, _ = io.Copy(w, zeros(n))
	})
}

// TestMemory: answers that are larger than any should be. What they cost is the peak of the process above that of one which gets an
// ordinary answer. The race detector needs several times the memory of what it watches, so that it stays out of this one.
func TestMemory(t *testing.T) {
	for _, c := range []struct {
		name      string
		platforms []http.Handler
		most      int // MiB
	}{
		{"bomb-1GiB", []http.Handler{bomb(t)}, 64},
		{"big-plain", []http.Handler{large(200, 512<<20, false), large(200, 512<<20, true)}, 64},
		{"big-error", []http.Handler{large(400, 64<<20, false)}, 8},
	} {
		t.Run(c.name, func(t *testing.T) {
			compareBuilt(t, c.name, false, func(t *testing.T, s *subject) string {
				ordinary := s.get(t, answer(createdBody)).PeakKiB
				var texts []string
				for _, platform := range c.platforms {
					result := s.get(t, platform)
					call := result.History[0]
					more := (result.PeakKiB - ordinary) >> 10
					s.must(t, more <= c.most, "%d MiB more", more)
					s.must(t, call.Outcome != faulttest.OK && len(call.Error) <= 1200, "%s: an error of %d bytes", call.Outcome, len(call.Error))
					what := fmt.Sprintf("an error of %d bytes", len(call.Error))
					if call.Error == "" {
						what = "no error"
					}
					texts = append(texts, fmt.Sprintf("%s, %d MiB more", what, max(0, more)))
				}
				return strings.Join(texts, "; ")
			})
		})
	}
}

func (s *subject) get(t *testing.T, platform http.Handler) *task.Result {
	t.Helper()
	proxy := faulttest.NewServer(t, platform)
	return s.run(t, task.Task{URL: proxy.URL, Ops: []string{"get"}, Keys: keys(1), Timeout: 60})
}
