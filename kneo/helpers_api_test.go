package kneo

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestOutput(t *testing.T) {
	type answer struct{ N int }
	good := &Run{RunID: "r1", Status: RunCompleted, OutputText: ` {"N": 3} `}
	if got, err := Output[answer](good); err != nil || got.N != 3 {
		t.Errorf("%+v, %v", got, err)
	}
	var bad *OutputError
	for name, run := range map[string]*Run{
		"not JSON":   {Status: RunCompleted, OutputText: "secret text"},
		"two values": {Status: RunCompleted, OutputText: `{} {}`},
		"nothing":    {Status: RunCompleted},
		"running":    {Status: RunRunning, OutputText: `{"N":1}`},
	} {
		if got, err := Output[answer](run); !errors.As(err, &bad) || got.N != 0 || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	var failed *RunFailedError
	if _, err := Output[answer](&Run{Status: RunFailed, Error: &RunError{Type: "ValueError", Message: "m"}}); !errors.As(err, &failed) || failed.Type != "ValueError" {
		t.Errorf("%v", err)
	}
}

func TestSpans(t *testing.T) {
	at := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	event := func(kind TraceEventType, name string, ms int) TraceEvent {
		e := TraceEvent{Type: kind, Timestamp: at.Add(time.Duration(ms) * time.Millisecond)}
		if isWorkflow(e) {
			e.WorkflowName = name
		} else {
			e.AgentName = name
		}
		return e
	}
	spans := Spans([]TraceEvent{
		event(EventWorkflowStarted, "wf", 0), event(EventRunStarted, "a", 10), event(EventRunCompleted, "a", 30),
		event(EventRunStarted, "a", 40), event(EventRunFailed, "a", 45), event("surprise", "a", 46), event(EventRunStarted, "b", 50),
		event(EventWorkflowCompleted, "wf", 100),
	})
	if len(spans) != 4 {
		t.Fatalf("%+v", spans)
	}
	for i, want := range []time.Duration{100, 20, 5, 0} {
		if got := spans[i].Duration(); got != want*time.Millisecond {
			t.Errorf("span %d: %v", i, got)
		}
	}
	if !spans[2].Failed || spans[1].Failed || spans[3].End != nil {
		t.Errorf("%+v", spans)
	}
}

func TestHumanDecisions(t *testing.T) {
	task := `{"continuation_id":"c1","request":{"id":"q1","type":"selection","options":["yes","no"]},"messages":[]}`
	p := script(says(200, task), says(200, `{"run_id":"r1","status":"blocked","metadata":{"continuation_id":"c2"}}`))
	resumed, err := p.client(t).Platform.HumanTasks.Resume(t.Context(), "c1", Select("yes"))
	if err != nil || resumed.NextContinuationID() != "c2" {
		t.Fatalf("%+v, %v", resumed, err)
	}
	if want := `{"decision":"selected","request_id":"q1","selected_option":"yes"}`; string(p.bodies[1]) != want {
		t.Errorf("sent %s, want %s", p.bodies[1], want)
	}
	p = script(says(200, task))
	var mistake *ArgumentError
	if _, err := p.client(t).Platform.HumanTasks.Resume(t.Context(), "c1", Select("maybe")); !errors.As(err, &mistake) || p.count() != 1 {
		t.Errorf("%v after %d requests", err, p.count())
	}
	p = script(says(404, detail("not_found", "x")))
	if _, err := p.client(t).Platform.HumanTasks.Resume(t.Context(), "c1", Approve()); !errors.Is(err, ErrNotFound) || p.count() != 1 {
		t.Errorf("%v after %d requests", err, p.count())
	}
}

func TestResumeFirstPending(t *testing.T) {
	list := func(tasks string) func(*http.Request) (*http.Response, error) {
		return says(200, `{"tasks":[`+tasks+`],"count":3,"total":3,"window":10000,"limit":1000,"offset":0,"sort_by":"id","sort_order":"asc"}`)
	}
	task := func(id, expires string) string {
		return `{"id":"` + id + `","run_id":"r","expires_at":` + expires + `,"pending_human_request":{"id":"q-` + id + `"}}`
	}
	p := script(list(task("c1", "null")+","+task("c2", "1795472049.5")+","+task("c3", "1795472048.5")), says(200, `{"run_id":"r","status":"completed"}`))
	resumed, err := p.client(t).Platform.HumanTasks.ResumeFirstPending(t.Context(), Approve(), HumanTaskListParams{RunID: "r"})
	if err != nil || resumed == nil || p.requests[1].URL.Path != "/base/v1/human-tasks/c3/resume" || !strings.Contains(string(p.bodies[1]), "q-c3") {
		t.Errorf("%+v, %v, %v", resumed, err, p.requests)
	}
	if q := p.requests[0].URL.Query(); q.Get("status") != "pending" || q.Get("run_id") != "r" {
		t.Errorf("%v", q)
	}
	p = script(says(200, `{"tasks":[],"count":0,"total":0,"window":10000,"limit":1000,"offset":0,"sort_by":"id","sort_order":"asc"}`))
	if resumed, err := p.client(t).Platform.HumanTasks.ResumeFirstPending(t.Context(), Approve(), HumanTaskListParams{}); err != nil || resumed != nil {
		t.Errorf("%+v, %v", resumed, err)
	}
}

func TestSpecHelpers(t *testing.T) {
	invalid := says(200, `{"valid":false,"diagnostics":[{"code":"E_X","severity":"error","message":"m"}]}`)
	valid := says(200, `{"valid":true,"diagnostics":[]}`)
	p := script(invalid)
	checked, err := p.client(t).Agent.Specs.ValidateThenCompile(t.Context(), SpecCompileRequest{})
	if err != nil || checked.OK() || checked.Compilation != nil || p.count() != 1 {
		t.Errorf("%+v, %v", checked, err)
	}
	strict := false
	p = script(valid, says(200, `{"ok":true,"diagnostics":[]}`))
	checked, err = p.client(t).Agent.Specs.ValidateThenCompile(t.Context(), SpecCompileRequest{Strict: &strict, SpecPath: "a.yaml"})
	if err != nil || !checked.OK() || string(p.bodies[1]) != `{"spec_path":"a.yaml","strict":false}` || string(p.bodies[0]) != `{"spec_path":"a.yaml"}` {
		t.Errorf("%+v, %v, %s", checked, err, p.bodies)
	}
	p = script(invalid)
	dry, err := p.client(t).Agent.Specs.DryRun(t.Context(), SpecValidateRequest{})
	if err != nil || dry.OK() || p.count() != 1 {
		t.Errorf("%+v, %v", dry, err)
	}
	p = &platform{answer: func(_ int, req *http.Request) (*http.Response, error) {
		switch {
		case strings.HasSuffix(req.URL.Path, "/explain"):
			return says(200, `{"summary":{"root_agent":"root"}}`)(req)
		case strings.HasSuffix(req.URL.Path, "/policy-report"):
			return says(200, `{"valid":true,"report":{"valid":true,"version":"v1"}}`)(req)
		}
		return valid(req)
	}}
	dry, err = p.client(t).Agent.Specs.DryRun(t.Context(), SpecValidateRequest{})
	if err != nil || !dry.OK() || dry.Explanation.Summary.RootAgent != "root" || p.count() != 3 {
		t.Errorf("%+v, %v", dry, err)
	}
}

// TestOlderCredentials: a section, or an entry, can be a text, and the status missing.
func TestOlderCredentials(t *testing.T) {
	body := `{"inventory":{"providers":{"openai":{"name":"provider:openai","env_var":"K","present":true},"x":{"name":"provider:x","env_var":"X","present":false}},` +
		`"extra":{},"service_tokens":{"KNEO_SERV_API_KEY":"[REDACTED]"}}}`
	inventory, err := script(says(200, body)).client(t).Platform.Credentials.List(t.Context(), CredentialListParams{})
	if err != nil || inventory.Providers["openai"].Status != CredentialPresent || inventory.Providers["x"].Status != CredentialMissing {
		t.Fatalf("%+v, %v", inventory, err)
	}
	if entry, ok := inventory.ServiceTokens["KNEO_SERV_API_KEY"]; !ok || entry.Status != "" {
		t.Errorf("%+v", inventory.ServiceTokens)
	}
	body = `{"inventory":{"providers":{},"extra":{},"service_tokens":"[REDACTED]"}}`
	if inventory, err = script(says(200, body)).client(t).Platform.Credentials.List(t.Context(), CredentialListParams{}); err != nil || inventory.ServiceTokens != nil {
		t.Errorf("%+v, %v", inventory, err)
	}
}

func TestFindBySession(t *testing.T) {
	p := &platform{answer: func(_ int, req *http.Request) (*http.Response, error) {
		switch {
		case strings.HasSuffix(req.URL.Path, "/runs"):
			return says(200, `{"runs":[{"id":"r1","status":"running","session_id":"[REDACTED]","created_at":"2026-11-24T00:00:00Z"},{"id":"r2","status":"running","created_at":"2026-11-24T00:00:01Z"},`+
				`{"id":"r3","status":"running","created_at":"2026-11-24T00:00:02Z"}],"count":3,"total":3,"window":10000,"limit":1000,"offset":0,"sort_by":"created_at","sort_order":"asc"}`)(req)
		case strings.HasSuffix(req.URL.Path, "/r1"):
			return says(200, `{"run_id":"r1","status":"running","session_id":"mine"}`)(req)
		case strings.HasSuffix(req.URL.Path, "/r2"):
			return says(200, `{"run_id":"r2","status":"running","session_id":"another"}`)(req)
		}
		return says(404, detail("not_found", "x"))(req)
	}}
	runs, err := p.client(t).Platform.Runs.FindBySession(t.Context(), "mine")
	if err != nil || len(runs) != 1 || runs[0].RunID != "r1" {
		t.Errorf("%v, %v", runs, err)
	}
	var mistake *ArgumentError
	if _, err := p.client(t).Platform.Runs.FindBySession(t.Context(), ""); !errors.As(err, &mistake) {
		t.Errorf("%v", err)
	}
}
