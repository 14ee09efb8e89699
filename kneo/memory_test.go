package kneo

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
)

// allocated is how much this process has ever allocated. What a call adds to it is the most by which it can have made the process grow.
func allocated() uint64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.TotalAlloc
}

// bomb is a body of gzip that unpacks to parts·16 MiB of white space.
func bomb(parts int) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	blank := bytes.Repeat([]byte{' '}, 1<<20)
	for range 16 {
		_, _ = w.Write(blank)
	}
	_ = w.Close()
	return bytes.Repeat(b.Bytes(), parts)
}

// endless writes n bytes of white space, or as many as the other side takes.
func endless(w io.Writer, n int) {
	blank := bytes.Repeat([]byte{' '}, 1<<16)
	for sent := 0; sent < n; sent += len(blank) {
		if _, err := w.Write(blank); err != nil {
			return
		}
	}
}

// greedily checks that a call ends in a *BodyTooLargeError, has not been repeated, and has not taken much memory on the way.
func greedily(t *testing.T, c *Client, most uint64) {
	t.Helper()
	calls := map[string]func() error{
		"typed": func() error { return get(c) },
		"raw": func() error {
			_, err := c.Raw().GetRunWithResponse(t.Context(), "r1")
			return err
		},
		"request": func() error {
			var out []byte
			_, err := c.Request(t.Context(), "GET", "/v1/runs/r1", nil, &out)
			return err
		},
	}
	for name, call := range calls {
		before := allocated()
		err := call()
		used := allocated() - before
		var tooLarge *BodyTooLargeError
		var protocol *ProtocolError
		if !errors.As(err, &tooLarge) || tooLarge.Limit != defaultMaxBody || !errors.As(err, &protocol) || protocol.Attempts != 1 {
			t.Errorf("%s: %v", name, err)
		}
		if used > most {
			t.Errorf("%s: %d MiB were allocated", name, used>>20)
		}
	}
}

// TestBomb1GiB (bomb-1GiB): what a small answer unpacks to is limited too.
func TestBomb1GiB(t *testing.T) {
	content := bomb(64)
	if len(content) > 2<<20 {
		t.Fatalf("a bomb of %d bytes", len(content))
	}
	srv := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(content)
	}), nil)
	greedily(t, connect(t, srv.URL), 64<<20)
}

// counting is a transport that counts the bytes which are read of bodies.
type counting struct {
	http.RoundTripper
	read atomic.Int64
}

func (c *counting) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := c.RoundTripper.RoundTrip(req)
	if err == nil {
		resp.Body = &countedBody{resp.Body, &c.read}
	}
	return resp, err
}

type countedBody struct {
	io.ReadCloser
	read *atomic.Int64
}

func (b *countedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.read.Add(int64(n))
	return n, err
}

// TestBigPlain (big-plain): of an answer that says how large it is, and is too large, nothing is read; of one that does not, no more
// than the limit.
func TestBigPlain(t *testing.T) {
	const size = 512 << 20
	for name, length := range map[string]string{"with Content-Length": strconv.Itoa(size), "without": ""} {
		t.Run(name, func(t *testing.T) {
			srv := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				if length != "" {
					w.Header().Set("Content-Length", length)
				}
				endless(w, size)
			}), nil)
			transport := &http.Transport{DisableKeepAlives: true}
			count := &counting{RoundTripper: transport}
			greedily(t, connect(t, srv.URL, WithHTTPClient(&http.Client{Transport: count})), 64<<20)
			if read := count.read.Load(); length != "" && read != 0 || read > 3*(defaultMaxBody+1) {
				t.Errorf("%d bytes were read", read)
			}
		})
	}
}

// TestBigError (big-error): of an error's message a line is shown, and its body is cut.
func TestBigError(t *testing.T) {
	const size = 64 << 20
	for name, begin := range map[string]string{
		"message": `{"detail":{"error":"x","message":"`, "detail": `{"detail":"`, "text": "", "HTML": "<html>", "scope": `{"detail":{"error":"forbidden","required_scope":"`,
	} {
		t.Run(name, func(t *testing.T) {
			srv := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(http.StatusForbidden)
				_, _ = io.WriteString(w, begin)
				junk := []byte(strings.Repeat("m", 1<<16))
				for sent := 0; sent < size; sent += len(junk) {
					if _, err := w.Write(junk); err != nil {
						return
					}
				}
			}), nil)
			c := connect(t, srv.URL)
			before := allocated()
			err := get(c)
			used := allocated() - before
			var e *Error
			if !errors.As(err, &e) || len(e.Body) != maxErrorBody || e.Attempts != 1 || used > 8<<20 {
				t.Errorf("%.300v after %d bytes", err, used)
			}
			oneLine(t, err)
		})
	}
}

// TestHollowAnswers: rows of two bytes, of which the largest body has millions and gzip a few kilobytes, do not each take what a row takes.
func TestHollowAnswers(t *testing.T) {
	flood := func(begin, part, end string) string {
		return begin + strings.Repeat(part, (defaultMaxBody-len(begin)-len(end))/len(part)) + end
	}
	names := func() string {
		var b strings.Builder
		for b.WriteString(`{"run_id":"r1","status":"running","metadata":{"x":0`); b.Len() < defaultMaxBody-20; {
			b.WriteString(`,"` + strconv.FormatInt(int64(b.Len()), 36) + `":0`)
		}
		return b.String() + "}}"
	}
	read := func(c *Client) error { _, err := c.Platform.Runs.Get(t.Context(), "r1"); return err }
	for name, test := range map[string]struct {
		body string
		call func(*Client) error
	}{
		"rows": {flood(`{"total":1,"runs":[{}`, `,{}`, `]}`), func(c *Client) error { _, err := c.Platform.Runs.List(t.Context(), RunListParams{}); return err }},
		"rows of null": {flood(`{"run_id":"r1","total":1,"events":[null`, `,null`, `]}`), func(c *Client) error {
			_, err := c.Platform.Runs.Trace(t.Context(), "r1", TraceParams{})
			return err
		}},
		"raw":             {flood(`{"total":1,"runs":[{}`, `,{}`, `]}`), func(c *Client) error { _, err := c.Raw().ListRunsWithResponse(t.Context(), nil); return err }},
		"rows below":      {flood(`{"run_id":"r1","status":"running","metadata":{"trace":{"events":[{}`, `,{}`, `]}}}`), read},
		"names of nobody": {names(), read},
	} {
		t.Run(name, func(t *testing.T) {
			c := script(says(200, test.body)).client(t)
			before := allocated()
			err := test.call(c)
			if used := allocated() - before; err == nil || !strings.Contains(err.Error(), "far more values than") || used > 512<<20 {
				t.Errorf("%v, and %d MiB were allocated", err, used>>20)
			}
		})
	}
}
