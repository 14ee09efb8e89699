package kneotest_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

// TestTransportIsLikeNetHTTP: what a handler does comes to the same over a socket and without.
func TestTransportIsLikeNetHTTP(t *testing.T) {
	for name, test := range map[string]struct {
		method string
		handle func(http.ResponseWriter)
		want   string // status, length, type, body, error
	}{
		"nothing":      {"GET", func(http.ResponseWriter) {}, `200 0 "" "" <nil>`},
		"no status":    {"GET", func(w http.ResponseWriter) { _, _ = io.WriteString(w, "<html>") }, `200 6 "text/html; charset=utf-8" "<html>" <nil>`},
		"status first": {"GET", func(w http.ResponseWriter) { w.WriteHeader(404); _, _ = io.WriteString(w, "<html>") }, `404 6 "text/html; charset=utf-8" "<html>" <nil>`},
		"early hints":  {"GET", func(w http.ResponseWriter) { w.WriteHeader(103); w.WriteHeader(404) }, `404 0 "" "" <nil>`},
		"late header":  {"GET", func(w http.ResponseWriter) { w.WriteHeader(404); w.Header().Set("Content-Type", "late") }, `404 0 "" "" <nil>`},
		"too little": {"GET", func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "9")
			_, _ = io.WriteString(w, "four")
		}, `200 9 "text/plain; charset=utf-8" "four" unexpected EOF`},
		"too much": {"GET", func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "4")
			_, _ = io.WriteString(w, "four")
			if _, err := io.WriteString(w, "five"); !errors.Is(err, http.ErrContentLength) {
				panic(err)
			}
		}, `200 4 "text/plain; charset=utf-8" "four" <nil>`},
		"in parts": {"GET", func(w http.ResponseWriter) {
			w.WriteHeader(201)
			_ = http.NewResponseController(w).Flush()
			w.Header().Set("Content-Length", "9")
			_, _ = io.WriteString(w, "four")
		}, `201 -1 "" "four" <nil>`},
		"head": {"HEAD", func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "4")
			_, _ = io.WriteString(w, "four")
		}, `200 4 "text/plain; charset=utf-8" "" <nil>`},
		"no content": {"GET", func(w http.ResponseWriter) { w.WriteHeader(204); _, _ = io.WriteString(w, "four") }, `204 0 "" "" <nil>`},
		"broken off": {"GET", func(w http.ResponseWriter) {
			_, _ = io.WriteString(w, "four")
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}, `200 -1 "text/plain; charset=utf-8" "four" unexpected EOF`},
	} {
		t.Run(name, func(t *testing.T) {
			everywhere(t, func(t *testing.T, opts ...kneotest.Option) {
				srv := kneotest.NewServer(append(opts, kneotest.WithFault(kneotest.Fault{Effect: func(http.Handler) http.Handler {
					return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { test.handle(w) })
				}}))...)
				resp, body, err := ask(t, srv, test.method, "/v1/livez", "")
				if resp == nil {
					t.Fatal(err)
				}
				if got := fmt.Sprintf("%d %d %q %q %v", resp.StatusCode, resp.ContentLength, resp.Header.Get("Content-Type"), body, err); got != test.want {
					t.Errorf("%s, want %s", got, test.want)
				}
			})
		})
	}
}
