package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"
)

// runID is the run that the stub knows.
const runID = "00000000-0000-4000-8000-000000000006"

// stub answers as a real server once did, from memory: what is measured are the clients.
type stub struct {
	run, created, trace []byte
	rows                [][]byte // of lists of runs, in the order of their creation
	first               time.Time
	total               int
	latency             time.Duration
	pages               sync.Map // that have been made, by their bounds
}

// newStub reads the recorded answers of the repository. There are total runs, made a second apart, which look like those that were recorded.
func newStub(total int, latency time.Duration) (*stub, error) {
	s := &stub{total: total, latency: latency, first: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	var err error
	read := func(name string) (body []byte) {
		if err == nil {
			body, err = recorded(name)
		}
		return body
	}
	s.run, s.created, s.trace = read("workflow-run"), read("workflow-create"), read("workflow-run-trace")
	var list struct{ Runs []map[string]json.RawMessage }
	if body := read("runs"); err == nil {
		err = json.Unmarshal(body, &list)
	}
	if err != nil {
		return nil, err
	}
	if s.trace, err = lengthened(s.trace); err != nil {
		return nil, err
	}
	for _, row := range list.Runs {
		row["id"], row["created_at"] = json.RawMessage(`"%08d-0000-4000-8000-000000000000"`), json.RawMessage(`"%s"`)
		for name, value := range row { // what follows is a format
			if name != "id" && name != "created_at" {
				row[name] = bytes.ReplaceAll(value, []byte("%"), []byte("%%"))
			}
		}
		text, err := json.Marshal(row)
		if err != nil {
			return nil, err
		}
		s.rows = append(s.rows, text)
	}
	return s, nil
}

// lengthened makes a page of 100 events of a trace with a few.
func lengthened(trace []byte) ([]byte, error) {
	var list map[string]json.RawMessage
	var events []map[string]any
	if err := json.Unmarshal(trace, &list); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(list["events"], &events); err != nil {
		return nil, err
	}
	var long []json.RawMessage
	for i := range 100 {
		one := events[i%len(events)]
		one["event_id"] = fmt.Sprintf("%08d-0000-4000-8000-000000000000", i)
		text, err := json.Marshal(one)
		if err != nil {
			return nil, err
		}
		long = append(long, text)
	}
	var err error
	if list["events"], err = json.Marshal(long); err != nil {
		return nil, err
	}
	list["count"], list["total"] = json.RawMessage("100"), json.RawMessage("100")
	return json.Marshal(list)
}

// recorded returns the body of a recorded answer, as compact as the server has it.
func recorded(name string) ([]byte, error) {
	text, err := os.ReadFile(filepath.Join("..", "testdata", "exchanges", name+".json")) //nolint:gosec // names of ours
	if err != nil {
		return nil, err
	}
	var exchange struct{ Body json.RawMessage }
	if err := json.Unmarshal(text, &exchange); err != nil {
		return nil, err
	}
	var body bytes.Buffer
	err = json.Compact(&body, exchange.Body)
	return body.Bytes(), err
}

func (s *stub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	body := s.answer(r)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	if id := r.Header.Get("X-Request-Id"); id != "" {
		w.Header().Set("X-Request-Id", id)
	}
	_, _ = w.Write(body)
}

func (s *stub) answer(r *http.Request) []byte {
	switch {
	case r.URL.Path == "/v1/healthz":
		return []byte(`{"ok":true,"service":"stub","version":"1.2.0","metadata":{"status":"healthy"}}`)
	case r.Method == http.MethodPost:
		return s.created // with 200, and not 202, which one of the clients takes for an error
	case r.URL.Path == "/v1/runs":
		time.Sleep(s.latency)
		return s.list(r)
	case r.URL.Path == "/v1/runs/"+runID+"/trace":
		return s.trace
	}
	return s.run
}

// bounds are those of a page of runs.
type bounds struct{ begin, end, offset, limit int }

// list returns a page of runs: by offset, or of those made since a time.
func (s *stub) list(r *http.Request) []byte {
	q := r.URL.Query()
	var at bounds
	at.limit, _ = strconv.Atoi(q.Get("limit"))
	at.offset, _ = strconv.Atoi(q.Get("offset"))
	at.end = s.total
	if after, err := time.Parse(time.RFC3339Nano, q.Get("created_after")); err == nil {
		at.begin = max(0, int((after.Sub(s.first)+time.Second-1)/time.Second))
	}
	if before, err := time.Parse(time.RFC3339Nano, q.Get("created_before")); err == nil {
		at.end = max(at.begin, min(s.total, int(before.Sub(s.first)/time.Second)+1))
	}
	if page, ok := s.pages.Load(at); ok {
		return page.([]byte)
	}
	page := s.page(at)
	if s.total <= walkRows { // or it would fill the memory
		s.pages.Store(at, page)
	}
	return page
}

func (s *stub) page(at bounds) []byte {
	var b bytes.Buffer
	b.WriteString(`{"runs":[`)
	begin, end := at.begin+at.offset, min(at.begin+at.offset+at.limit, at.end)
	for i := begin; i < end; i++ {
		if i > begin {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, string(s.rows[i%len(s.rows)]), s.first.Add(time.Duration(i)*time.Second).Format(`2006-01-02T15:04:05+00:00`), i)
	}
	fmt.Fprintf(&b, `],"count":%d,"total":%d,"window":10000,"limit":%d,"offset":%d,"sort_by":"created_at","sort_order":"asc"}`,
		max(0, end-begin), at.end-at.begin, at.limit, at.offset)
	return b.Bytes()
}

// serve answers on a free port of loopback until the program ends, and prints where.
func (s *stub) serve() error {
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it is quick, or fails
	if err != nil {
		return err
	}
	fmt.Println("http://" + listener.Addr().String())
	return http.Serve(listener, s) //nolint:gosec // of the benchmark, on loopback
}

// RoundTrip makes a stub a transport, for calls without a connection.
func (s *stub) RoundTrip(r *http.Request) (*http.Response, error) {
	body := s.answer(r)
	return &http.Response{
		StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r, ContentLength: int64(len(body)),
		Header: http.Header{"Content-Type": {"application/json"}, "X-Request-Id": r.Header["X-Request-Id"]}, Body: io.NopCloser(bytes.NewReader(body)),
	}, nil
}
