package kneo

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// recordedServer plays a server of some version from what a real one has answered.
type recordedServer struct {
	version version
	text    string
	answers map[string]recordedAnswer // by name
}

type recordedAnswer struct {
	Name   string
	Status int
	Body   json.RawMessage
}

// recordedServers are all published versions; make record has asked them.
func recordedServers(t *testing.T) (all []*recordedServer) {
	t.Helper()
	files, err := filepath.Glob("../testdata/versions/*.jsonl")
	if err != nil || len(files) < 14 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		s := &recordedServer{text: strings.TrimSuffix(filepath.Base(file), ".jsonl"), answers: map[string]recordedAnswer{}}
		s.version = mustParse(s.text)
		for lines := bufio.NewScanner(bytes.NewReader(content)); lines.Scan(); {
			var a recordedAnswer
			if err := json.Unmarshal(lines.Bytes(), &a); err != nil {
				t.Fatal(err)
			}
			s.answers[a.Name] = a
		}
		all = append(all, s)
	}
	return all
}

// from reports whether the server is of a version or a later one.
func (s *recordedServer) from(since string) bool { return !s.version.before(mustParse(since)) }

// client is a client that gets one of the answers, whatever it asks.
func (s *recordedServer) client(t *testing.T, name string) *Client {
	t.Helper()
	a, ok := s.answers[name]
	if !ok {
		t.Fatalf("no answer %q", name)
	}
	step := says(a.Status, string(a.Body))
	return (&platform{answer: func(_ int, req *http.Request) (*http.Response, error) { return step(req) }}).client(t, WithServerVersion(s.text))
}

// id is what an answer says of which run, or which task, it is about.
func (s *recordedServer) id(t *testing.T, name, field string) string {
	t.Helper()
	members := map[string]json.RawMessage{}
	var id string
	if err := errors.Join(json.Unmarshal(s.answers[name].Body, &members), json.Unmarshal(members[field], &id)); err != nil {
		t.Fatal(err)
	}
	return id
}

// TestEveryVersionIsRead reads the answers of every published server: what an old one leaves out is absent and not zero, and
// what it says otherwise means the same.
func TestEveryVersionIsRead(t *testing.T) {
	for _, s := range recordedServers(t) {
		t.Run(s.text, func(t *testing.T) {
			ctx := t.Context()
			if v, err := s.client(t, "healthz").ServerVersion(ctx); err != nil || v != s.text {
				t.Errorf("version %q, %v", v, err)
			}

			// 200 and 202 are both a success, and the status of the run is what counts.
			created, err := s.client(t, "create").Platform.Runs.Create(ctx, RunCreateRequest{AsyncMode: true})
			if err != nil || created.Status != RunRunning || created.RunID == "" || (s.answers["create"].Status == http.StatusAccepted) != s.from("0.11.0") {
				t.Errorf("create: %d %+v, %v", s.answers["create"].Status, created, err)
			}

			run, err := s.client(t, "run").Platform.Runs.Get(ctx, s.id(t, "run", "run_id"))
			if err != nil || run.Status != RunCompleted || run.OutputText != "Hello World" || run.Usage != nil || run.TraceEventCount != 2 || run.CurrentStepIndex != nil {
				t.Errorf("run: %+v, %v", run, err)
			}
			blocked, err := s.client(t, "run-blocked").Platform.Runs.Get(ctx, s.id(t, "run-blocked", "run_id"))
			if err != nil || blocked.Status != RunBlocked || blocked.PendingHumanRequest == nil || (blocked.PendingHumanRequest.Type == RequestSelection) != s.from("0.7.0") {
				t.Errorf("blocked run: %+v, %v", blocked, err)
			}

			runs, err := s.client(t, "runs").Platform.Runs.List(ctx, RunListParams{})
			if err != nil || len(runs.Items) != 2 || runs.Total != 2 || (runs.Window != nil) != s.from("0.9.0") || runs.HasMore() {
				t.Fatalf("runs: %+v, %v", runs, err)
			}
			// Before 0.9.0 a row has the events themselves, and no count of them.
			row := runs.Items[0]
			if events := !s.from("0.9.0"); row.RunID == "" || row.Status != RunCompleted || row.CreatedAt.IsZero() || (len(row.TraceEvents) > 0) != events || (row.TraceEventCount == 0) != events {
				t.Errorf("row: %+v", row)
			}
			walked := 0
			for _, err := range s.client(t, "runs").Platform.Runs.All(ctx, RunListParams{}) {
				if walked++; err != nil {
					t.Error(err)
				}
			}
			if walked != 2 {
				t.Errorf("a walk gave %d runs", walked)
			}

			trace, err := s.client(t, "trace").Platform.Runs.Trace(ctx, run.RunID, TraceParams{})
			if err != nil || len(trace.Items) != 2 || (trace.Complete != nil) != s.from("1.2.0") || (trace.Dropped != nil) != s.from("1.2.0") || (trace.Window != nil) != s.from("0.9.0") {
				t.Errorf("trace: %+v, %v", trace, err)
			}

			tasks, err := s.client(t, "human-tasks").Platform.HumanTasks.List(ctx, HumanTaskListParams{})
			if err != nil || len(tasks.Items) != 1 || tasks.Items[0].ContinuationID == "" || tasks.Items[0].RunID != blocked.RunID || tasks.Items[0].ExpiresAt.IsZero() {
				t.Errorf("tasks: %+v, %v", tasks, err)
			}
			task, err := s.client(t, "human-task").Platform.HumanTasks.Get(ctx, s.id(t, "human-task", "continuation_id"))
			if err != nil || task.Request == nil || (task.Messages != nil) != s.from("0.7.0") {
				t.Errorf("task: %+v, %v", task, err)
			}

			events, err := s.client(t, "audit-events").Platform.Audit.List(ctx, AuditListParams{})
			if err != nil || len(events.Items) < 2 || (events.Total > 0) != s.from("0.6.0") || (events.SortBy != "") != s.from("0.6.0") || events.Items[0].CreatedAt.IsZero() {
				t.Errorf("audit: %+v, %v", events, err)
			}
			s.readCredentials(t)
			s.readErrors(t)
		})
	}
}

// readCredentials: before 0.9.0 there is a text in the place of all service tokens, in 0.9.0 of some, and before 1.2.0 no status.
func (s *recordedServer) readCredentials(t *testing.T) {
	t.Helper()
	inventory, err := s.client(t, "credentials").Platform.Credentials.List(t.Context(), CredentialListParams{})
	if err != nil || len(inventory.Providers) != 5 || len(inventory.Extra) != 1 {
		t.Fatalf("credentials: %+v, %v", inventory, err)
	}
	if e := inventory.Extra["FOO"]; e.Present || e.Status != CredentialMissing || e.Name != "extra:FOO" {
		t.Errorf("%+v", e)
	}
	admin, has := inventory.ServiceTokens["KNEO_SERV_ADMIN_API_KEY"]
	switch {
	case !s.from("0.9.0"):
		if inventory.ServiceTokens != nil {
			t.Errorf("service tokens %+v", inventory.ServiceTokens)
		}
	case !s.from("0.10.0"):
		if other := inventory.ServiceTokens["KNEO_SERV_API_KEYS"]; !has || admin != (CredentialEntry{}) || other.Status != CredentialMissing {
			t.Errorf("service tokens %+v", inventory.ServiceTokens)
		}
	case !admin.Present || admin.Status != CredentialPresent:
		t.Errorf("%+v", admin)
	}
}

// readErrors: names of Python classes, as they were codes up to 0.5.0, are none, and the status says which error it is.
func (s *recordedServer) readErrors(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	code := func(code ErrorCode) ErrorCode {
		if s.from("0.6.0") {
			return code
		}
		return ""
	}
	_, notFound := s.client(t, "not-found").Platform.Runs.Get(ctx, "none")
	_, noSpec := s.client(t, "no-spec").Platform.Runs.Create(ctx, RunCreateRequest{})
	_, finished := s.client(t, "continue-finished").Platform.Runs.Continue(ctx, "r")
	_, unknown := s.client(t, "unknown-field").Platform.Runs.Create(ctx, RunCreateRequest{})
	conflict, conflictCode := ErrServer, code(CodeInternalError)
	if s.from("0.9.0") {
		conflict, conflictCode = ErrConflict, CodeRunStateConflict
	}
	for name, test := range map[string]struct {
		err, sentinel error
		code          ErrorCode
	}{
		"not found": {notFound, ErrNotFound, code(CodeNotFound)},
		"no spec":   {noSpec, ErrBadRequest, code(CodeInvalidRequest)},
		"finished":  {finished, conflict, conflictCode},
		"unknown":   {unknown, ErrValidation, ""},
	} {
		var e *Error
		if !errors.As(test.err, &e) || !errors.Is(e, test.sentinel) || e.Code != test.code || e.Message == "" || e.Attempts != 1 || errors.Is(e, ErrUnsupported) {
			t.Errorf("%s: %v", name, test.err)
		}
	}
	var e *Error
	if !errors.As(unknown, &e) || len(e.Details.Fields) != 1 || e.Details.Fields[0].Path != "body.surprise" {
		t.Errorf("%v", unknown)
	}
	// A server that is sent what it lacks answers with a text, which is told from a thing that is not found.
	for name, since := range map[string]string{"preview": "1.2.0", "skills": "0.8.0"} {
		method, path := "POST", "/v1/policies/environment/dev/preview"
		if name == "skills" {
			method, path = "GET", "/v1/skills"
		}
		c := s.client(t, name)
		c.server.unchecked = true
		if _, err := c.Request(ctx, method, path, nil, nil); errors.Is(err, ErrUnsupported) == s.from(since) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
