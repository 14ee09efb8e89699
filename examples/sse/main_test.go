package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kneo-agent/kneo-client-go/examples/internal/demo"
	"github.com/kneo-agent/kneo-client-go/examples/internal/emulator"
	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

func TestMain(m *testing.M) { emulator.Main(m, main) }

// TestDemonstration: the first connection gets two events and the second one the rest, each once.
func TestDemonstration(t *testing.T) {
	srv := emulator.Configure(t)
	var out bytes.Buffer
	if err := run(t.Context(), &out, ""); err != nil {
		t.Fatal(err)
	}
	want := regexp.MustCompile(`^ 1  trace  {"type":"workflow_started",.*
 2  trace  {"type":"run_started",.*"agent":"writer"}
the connection is lost; the next one resumes after event 2
 3  trace  {"type":"run_completed",.*"agent":"writer"}
 4  trace  {"type":"run_started",.*"agent":"editor"}
 5  trace  {"type":"run_completed",.*"agent":"editor"}
 6  trace  {"type":"workflow_completed",.*
    end    {"status":"completed"}
the stream has ended
$`)
	if !want.MatchString(out.String()) || strings.Contains(out.String(), "time.sleep") {
		t.Error(out.String())
	}
	var offsets []string
	for _, request := range srv.Requests("GetRunTrace") {
		offsets = append(offsets, request.Query.Get("offset"))
	}
	if !slices.Contains(offsets, "2") {
		t.Errorf("no connection has gone on after event 2: %q", offsets)
	}
}

// asked returns a bridge to a platform with a run, and what the bridge logs.
func asked(t *testing.T, sleep time.Duration, opts ...kneotest.Option) (srv *kneotest.Server, b *bridge, id string, logged *bytes.Buffer) {
	t.Helper()
	srv, logged = emulator.InProcess(t, opts...), new(bytes.Buffer)
	b = &bridge{client: srv.Client(), heartbeat: 15 * time.Second, log: log.New(logged, "", 0)}
	created, err := b.client.Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{
		Input: demo.Sleep(sleep), Spec: demo.Workflow("sse", "writer", "sleep"), AsyncMode: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	return srv, b, created.RunID, logged
}

// get makes a request, and returns when the answer is complete.
func get(ctx context.Context, b *bridge, id, lastEventID string) *httptest.ResponseRecorder {
	request := httptest.NewRequestWithContext(ctx, http.MethodGet, "/runs/"+id+"/events", nil)
	request.Header.Set("Last-Event-ID", lastEventID)
	answer := httptest.NewRecorder()
	b.handler().ServeHTTP(answer, request)
	return answer
}

// TestHeartbeat: the stream is not silent for a minute in which nothing happens.
func TestHeartbeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, b, id, logged := asked(t, time.Minute)
		answer := get(t.Context(), b, id, "3")
		body := answer.Body.String()
		if n := strings.Count(body, ": still here\n\n"); n < 3 || n > 4 {
			t.Errorf("%d heartbeats", n)
		}
		rest := strings.ReplaceAll(body, ": still here\n\n", "")
		if !regexp.MustCompile(`^retry: 1000\n\nid: 4\nevent: trace\ndata: {"type":"workflow_completed",.*}\n\nevent: end\ndata: {"status":"completed"}\n\n$`).MatchString(rest) {
			t.Errorf("%q", rest)
		}
		header := answer.Result().Header
		if header.Get("Content-Type") != "text/event-stream" || header.Get("Cache-Control") != "no-store" || logged.Len() > 0 {
			t.Errorf("%v, %s", header, logged)
		}
	})
}

// TestClientGoes: when the client has gone, the platform is left alone.
func TestClientGoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, b, id, logged := asked(t, time.Hour)
		ctx, leave := context.WithCancel(t.Context())
		began := time.Now()
		time.AfterFunc(10*time.Second, leave)
		body := get(ctx, b, id, "").Body.String()
		calls := srv.Calls("")
		time.Sleep(time.Minute)
		if time.Since(began) != 70*time.Second || srv.Calls("") != calls || calls < 10 {
			t.Errorf("after %v and %d calls there were %d", time.Since(began), calls, srv.Calls(""))
		}
		if strings.Contains(body, "event: end") || !strings.Contains(body, "id: 3\n") || logged.Len() > 0 {
			t.Errorf("%q, %s", body, logged)
		}
	})
}

// stuck is a client that stops reading after n bytes.
type stuck struct {
	*httptest.ResponseRecorder
	n        int
	deadline time.Time
}

func (s *stuck) SetWriteDeadline(deadline time.Time) error {
	s.deadline = deadline
	return nil
}

func (s *stuck) Write(b []byte) (int, error) {
	if s.n -= len(b); s.n >= 0 {
		return s.ResponseRecorder.Write(b)
	}
	time.Sleep(time.Until(s.deadline))
	return 0, context.DeadlineExceeded
}

// TestStuck: a client that has stopped reading is given up after a while.
func TestStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, b, id, _ := asked(t, time.Hour)
		began := time.Now()
		w := &stuck{ResponseRecorder: httptest.NewRecorder(), n: 20}
		b.handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/runs/"+id+"/events", nil))
		calls := srv.Calls("")
		time.Sleep(time.Minute)
		if took := time.Since(began) - time.Minute; took < writeTimeout || took > 2*writeTimeout || srv.Calls("") != calls {
			t.Errorf("it took %v, and then there were %d calls", took, srv.Calls("")-calls)
		}
	})
}

func TestRefusals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, b, id, logged := asked(t, time.Second)
		for _, test := range []struct {
			id, lastEventID string
			status          int
		}{{"no-such-run", "", 404}, {id, "x", 400}, {id, "-1", 400}} {
			if answer := get(t.Context(), b, test.id, test.lastEventID); answer.Code != test.status || strings.Contains(answer.Body.String(), "event:") {
				t.Errorf("%+v: %d, %s", test, answer.Code, answer.Body)
			}
		}
		if logged.Len() > 0 {
			t.Errorf("%s", logged)
		}
		srv.Inject(kneotest.Fault{Operation: "GetRun", Effect: kneotest.Answer(http.StatusInternalServerError, 0)})
		answer := get(t.Context(), b, id, "")
		if answer.Code != http.StatusBadGateway || answer.Body.String() != "the platform does not answer\n" || !strings.Contains(logged.String(), "internal_error") {
			t.Errorf("%d, %s, logged: %s", answer.Code, answer.Body, logged)
		}
	})
}

// TestFailedRun: the last event says how the run ended, and why.
func TestFailedRun(t *testing.T) {
	fails := kneotest.WithScript(func(kneo.RunCreateRequest) *kneotest.Script {
		return &kneotest.Script{Steps: []kneotest.ScriptStep{{Err: &kneotest.StepError{Type: "ValueError", Message: "no\ngood"}}}}
	})
	synctest.Test(t, func(t *testing.T) {
		_, b, id, _ := asked(t, 0, fails)
		if body := get(t.Context(), b, id, "").Body.String(); !strings.HasSuffix(body, "event: end\ndata: {\"status\":\"failed\",\"error\":\"no\\ngood\"}\n\n") {
			t.Errorf("%q", body)
		}
	})
}

// TestGivesUp: when the tail fails, the client is told not to reconnect, and the log says why.
func TestGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, b, id, logged := asked(t, time.Hour)
		srv.Inject(kneotest.Fault{Operation: "GetRunTrace", Effect: kneotest.Answer(http.StatusForbidden, 0)})
		body := get(t.Context(), b, id, "").Body.String()
		if !strings.HasSuffix(body, "event: end\ndata: {\"error\":\"the trace cannot be followed any further\"}\n\n") || !strings.Contains(logged.String(), "403") {
			t.Errorf("%q, logged: %s", body, logged)
		}
	})
}

// TestServer: with -addr there is a page, and ctrl-C ends the server even while a stream is open.
func TestServer(t *testing.T) {
	emulator.Configure(t)
	ctx, interrupt := context.WithCancel(t.Context())
	said, saying := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, saying, "localhost:0") }()
	line := make([]byte, 1000)
	n, err := said.Read(line)
	match := regexp.MustCompile(`^look at (http://\S+/)\?run=(\S+)\n$`).FindSubmatch(line[:n])
	if err != nil || match == nil {
		t.Fatalf("%v, %q", err, line[:n])
	}
	base, id := string(match[1]), string(match[2])
	answer, err := http.Get(base + "?run=" + id)
	if err != nil {
		t.Fatal(err)
	}
	page, err := io.ReadAll(answer.Body)
	answer.Body.Close()
	if err != nil || answer.StatusCode != http.StatusOK || !bytes.Contains(page, []byte(`new EventSource("runs/" + `)) {
		t.Errorf("%v, %d, %s", err, answer.StatusCode, page)
	}
	b := &browser{url: base + "runs/" + id + "/events", show: func(_, event, _ string) {
		if event == "trace" {
			interrupt()
		}
	}}
	if err := b.connect(t.Context(), 0); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("the stream: %v", err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestAddressInUse(t *testing.T) {
	srv := emulator.Configure(t)
	if err := run(t.Context(), io.Discard, strings.TrimPrefix(srv.URL, "http://")); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("%v", err)
	}
}
