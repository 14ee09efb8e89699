package gen

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"
)

// TestQuery has the rule for optional parameters: what is unset is not sent, and what has a meaning when it is false can be.
func TestQuery(t *testing.T) {
	no := false
	at := time.Date(2026, 1, 2, 3, 4, 5, 678900000, time.FixedZone("", 2*60*60))
	for _, c := range []struct {
		name  string
		build func() (*http.Request, error)
		want  string
	}{
		{"nil", func() (*http.Request, error) { return NewListRunsRequest("http://h", nil) }, ""},
		{"zero", func() (*http.Request, error) { return NewListRunsRequest("http://h", &ListRunsParams{}) }, ""},
		{"false", func() (*http.Request, error) { return NewListRunsRequest("http://h", &ListRunsParams{HasError: &no}) }, "has_error=false"},
		{"scalars", func() (*http.Request, error) {
			return NewListRunsRequest("http://h", &ListRunsParams{Status: RunFailed, Limit: 5, Offset: 10, SortOrder: SortAscending})
		}, "limit=5&offset=10&sort_order=asc&status=failed"},
		{"text", func() (*http.Request, error) { return NewListRunsRequest("http://h", &ListRunsParams{Q: "a&b=c d+é"}) }, "q=a%26b%3Dc+d%2B%C3%A9"},
		{"time", func() (*http.Request, error) {
			return NewListRunsRequest("http://h", &ListRunsParams{CreatedAfter: at})
		}, "created_after=2026-01-02T01%3A04%3A05.678900%2B00%3A00"},
		{"list", func() (*http.Request, error) {
			return NewListCredentialsRequest("http://h", &ListCredentialsParams{Providers: []string{"a,b", "c"}, IncludeServiceTokens: &no})
		}, "include_service_tokens=false&providers=a%2Cb&providers=c"},
		{"one more", func() (*http.Request, error) {
			return NewDiffCheckpointsRequest("http://h", "r", &DiffCheckpointsParams{ToSequence: 2})
		}, "to_sequence=2"},
	} {
		req, err := c.build()
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if req.URL.RawQuery != c.want {
			t.Errorf("%s: query %q, want %q", c.name, req.URL.RawQuery, c.want)
		}
	}
}

func TestIdempotencyKey(t *testing.T) {
	for key, want := range map[string][]string{"": nil, "k1": {"k1"}} {
		req, err := NewContinueRunRequest("http://h", "r", &ContinueRunParams{IdempotencyKey: key})
		if err != nil {
			t.Fatal(err)
		}
		if got := req.Header.Values("Idempotency-Key"); !reflect.DeepEqual(got, want) {
			t.Errorf("key %q: header %q, want %q", key, got, want)
		}
	}
}

// TestPath has the rules for ids: each is one segment whatever is in it, and none can name another path.
func TestPath(t *testing.T) {
	for _, c := range []struct{ server, id, want string }{
		{"http://h", "r1", "http://h/v1/runs/r1"},
		{"http://h/", "r1", "http://h/v1/runs/r1"},
		{"http://h/pre", "r1", "http://h/pre/v1/runs/r1"},
		{"http://h/pre/", "r1", "http://h/pre/v1/runs/r1"},
		{"http://h/a%2Fb", "r1", "http://h/a%2Fb/v1/runs/r1"},
		{"http://h?x=1#y", "r1", "http://h/v1/runs/r1"},
		{"http://h", "a/b", "http://h/v1/runs/a%2Fb"},
		{"http://h", "a/../b", "http://h/v1/runs/a%2F..%2Fb"},
		{"http://h", "../x", "http://h/v1/runs/..%2Fx"},
		{"http://h", "...", "http://h/v1/runs/..."},
		{"http://h", "a:b", "http://h/v1/runs/a:b"},
		{"http://h", "a?b#c%d e", "http://h/v1/runs/a%3Fb%23c%25d%20e"},
	} {
		req, err := NewGetRunRequest(c.server, c.id)
		if err != nil {
			t.Errorf("%s %q: %v", c.server, c.id, err)
		} else if req.URL.String() != c.want {
			t.Errorf("%s %q: %s, want %s", c.server, c.id, req.URL, c.want)
		}
	}
	for _, id := range []string{"", ".", ".."} {
		_, err := NewGetHumanTaskRequest("http://h", id)
		var argument *ArgumentError
		if !errors.As(err, &argument) || argument.Name != "continuation_id" {
			t.Errorf("id %q: %v", id, err)
		}
	}
}

// TestClientKeepsBasePath sends a request through the client rather than only building it.
func TestClientKeepsBasePath(t *testing.T) {
	var got string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.URL.EscapedPath()
		_, _ = io.WriteString(w, `{"run_id":"a/b","status":"running"}`)
	}))
	defer server.Close()
	client, err := NewClientWithResponses(server.URL + "/pre")
	if err != nil {
		t.Fatal(err)
	}
	answer, err := client.GetRunWithResponse(context.Background(), "a/b")
	if err != nil {
		t.Fatal(err)
	}
	if got != "/pre/v1/runs/a%2Fb" || answer.JSON200 == nil || answer.JSON200.RunID != "a/b" {
		t.Errorf("%s, %+v", got, answer.JSON200)
	}
}

// TestAnswers has what ClientWithResponses makes of answers that are not what the contract promises.
func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		name, contentType, body string
		status                  int
		ok, failed, decoded     bool // JSON200, an error, JSONDefault
	}{
		{"an answer", "application/json", `{"run_id":"r","status":"running"}`, 200, true, false, false},
		{"an answer of another type", "text/plain", `{"run_id":"r","status":"running"}`, 200, true, false, false},
		{"a page of a proxy", "text/html", `<html>`, 200, false, true, false},
		{"nothing", "application/json", ``, 200, false, true, false},
		{"null", "application/json", `null`, 200, false, true, false},
		{"two values", "application/json", `{"run_id":"r"}{}`, 200, false, true, false},
		{"an error", "application/json", `{"detail":"Not Found"}`, 404, false, false, true},
		{"an error of a proxy", "text/html", `<html>`, 502, false, false, false},
	} {
		answer, err := ParseGetRunResult(&http.Response{
			StatusCode: c.status, Header: http.Header{"Content-Type": {c.contentType}}, Body: io.NopCloser(strings.NewReader(c.body)),
		})
		if (err != nil) != c.failed {
			t.Errorf("%s: error %v", c.name, err)
		}
		if err != nil {
			continue
		}
		if (answer.JSON200 != nil) != c.ok || (answer.JSONDefault != nil) != c.decoded || string(answer.Body) != c.body {
			t.Errorf("%s: %+v", c.name, answer)
		}
	}
}

// TestOpenObject reads an object that the platform leaves open and writes it again: nothing may be lost, both forms of time
// must be read, and numbers must keep their digits.
func TestOpenObject(t *testing.T) {
	const in = `{"id":"r1","status":"dreaming","deadline_at":1795469109.5,"created_at":"2026-11-23T21:15:03.918354+00:00",` +
		`"updated_at":1795469109,"completed_at":null,"error":{"message":"m","type":"t","code":7},"mood":{"n":123456789012345678901234567890}}`
	var run RunSummary
	if err := json.Unmarshal([]byte(in), &run); err != nil {
		t.Fatal(err)
	}
	created := time.Date(2026, 11, 23, 21, 15, 3, 918354000, time.UTC)
	deadline := time.UnixMilli(1795469109500)
	if run.RunID != "r1" || run.Status != "dreaming" || !run.CreatedAt.Equal(created) || !run.DeadlineAt.Equal(deadline) ||
		!run.UpdatedAt.Equal(time.Unix(1795469109, 0)) || !run.CompletedAt.IsZero() {
		t.Errorf("read as %+v", run)
	}
	if got := string(run.AdditionalProperties["mood"]); got != `{"n":123456789012345678901234567890}` || len(run.AdditionalProperties) != 1 {
		t.Errorf("kept %q", run.AdditionalProperties)
	}
	if got := string(run.Error.AdditionalProperties["code"]); got != "7" {
		t.Errorf("the error kept %q", run.Error.AdditionalProperties)
	}

	out, err := json.Marshal(run)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"id":"r1"`, `"status":"dreaming"`, `"deadline_at":1795469109.5`, `"created_at":"2026-11-23T21:15:03.918354Z"`,
		`"mood":{"n":123456789012345678901234567890}`, `"code":7`,
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("no %s in %s", want, out)
		}
	}
	if strings.Contains(string(out), "completed_at") {
		t.Errorf("a time that is not set was written: %s", out)
	}
	var again RunSummary
	if err := json.Unmarshal(out, &again); err != nil {
		t.Fatal(err)
	}
	if again.DeadlineAt.IsZero() || len(again.AdditionalProperties) != 1 {
		t.Errorf("read again as %+v", again)
	}
}

// TestNullObject covers the null that the platform puts in the place of objects.
func TestNullObject(t *testing.T) {
	var run Run
	if err := json.Unmarshal([]byte(`{"run_id":"r","status":"running","error":null,"usage":null,"metadata":null,"visited_steps":null}`), &run); err != nil {
		t.Fatal(err)
	}
	if run.Error != nil || run.Usage != nil || run.VisitedSteps != nil || run.Metadata.AdditionalProperties != nil {
		t.Errorf("%+v", run)
	}
}

// TestClosedObject reads a field that a closed object should not have: a newer server must not break an older client.
func TestClosedObject(t *testing.T) {
	var entry CredentialEntry
	if err := json.Unmarshal([]byte(`{"name":"n","present":true,"novel":1}`), &entry); err != nil {
		t.Fatal(err)
	}
	if entry.Name != "n" || !entry.Present {
		t.Errorf("%+v", entry)
	}
}

// TestRequestBodies has the rule for what is sent: servers refuse fields that they do not know, null or not, so what is unset
// must be left out, and what is true by default must be sendable as false.
func TestRequestBodies(t *testing.T) {
	no := false
	for _, c := range []struct {
		body any
		want string
	}{
		{RunCreateRequest{}, `{"input":""}`},
		{RunCreateRequest{Input: "x", Overlays: []string{}, Metadata: map[string]any{}}, `{"input":"x"}`},
		{RunCreateRequest{Target: "agent", AsyncMode: true, Skills: &SkillsOverlay{Add: []string{"s"}}}, `{"async_mode":true,"input":"","skills":{"add":["s"]},"target":"agent"}`},
		{EnvironmentPolicyRequest{}, `{}`},
		{EnvironmentPolicyRequest{Enabled: &no}, `{"enabled":false}`},
		{SpecCompileRequest{Strict: &no}, `{"strict":false}`},
		{SpecExplainRequest{}, `{}`},
		{HumanResumeRequest{RequestID: "q", Decision: DecisionApproved}, `{"decision":"approved","request_id":"q"}`},
	} {
		got, err := json.Marshal(c.body)
		if err != nil || string(got) != c.want {
			t.Errorf("%+v: %s, %v, want %s", c.body, got, err, c.want)
		}
	}
}

// TestBodyLength: a request says how long its body is, and can have it again, so that it is not sent in chunks and net/http can repeat it.
func TestBodyLength(t *testing.T) {
	const want = `{"input":"x"}`
	req, err := NewCreateRunRequest("http://h", nil, RunCreateRequest{Input: "x"})
	if err != nil {
		t.Fatal(err)
	}
	again, err := req.GetBody()
	if err != nil {
		t.Fatal(err)
	}
	first, _ := io.ReadAll(req.Body)
	second, _ := io.ReadAll(again)
	if string(first) != want || string(second) != want || req.ContentLength != int64(len(want)) {
		t.Errorf("%q, %q, %d bytes", first, second, req.ContentLength)
	}
	req, err = NewCreateRunRequestWithBody("http://h", nil, "application/json", strings.NewReader(want))
	if err != nil || req.ContentLength != int64(len(want)) {
		t.Errorf("%d bytes, %v", req.ContentLength, err)
	}
}

func TestTerminal(t *testing.T) {
	terminal := map[RunStatus]bool{
		RunRunning: false, RunBlocked: false, RunMaxIterations: false, "novel": false, "": false,
		RunCompleted: true, RunFailed: true, RunCancelled: true, RunTimedOut: true, RunExpired: true,
	}
	for status, want := range terminal {
		if status.Terminal() != want {
			t.Errorf("%q: %t", status, !want)
		}
	}
}

func TestRunErr(t *testing.T) {
	old := &RunError{Type: "ValueError", Message: "no such luck"}
	for _, c := range []struct {
		run  Run
		want string
	}{
		{Run{RunID: "r", Status: RunRunning, Error: old}, ""},
		{Run{RunID: "r", Status: RunBlocked}, ""},
		{Run{RunID: "r", Status: RunCompleted, Error: old}, ""},
		{Run{RunID: "r", Status: RunFailed, Error: old}, "kneo: run r failed: ValueError: no such luck"},
		{Run{RunID: "r", Status: RunCancelled}, "kneo: run r cancelled"},
	} {
		err := c.run.Err()
		if c.want == "" {
			if err != nil {
				t.Errorf("%s: %v", c.run.Status, err)
			}
			continue
		}
		var failed *RunFailedError
		if !errors.As(err, &failed) || failed.RunID != "r" || failed.Status != c.run.Status || err.Error() != c.want {
			t.Errorf("%s: %v, want %s", c.run.Status, err, c.want)
		}
	}
}

// TestOperations ties the table to the client: each has the operations that the other has.
func TestOperations(t *testing.T) {
	client := reflect.TypeFor[*ClientWithResponses]()
	methods := 0
	for i := range client.NumMethod() {
		if name := client.Method(i).Name; strings.HasSuffix(name, "WithResponse") && !strings.HasSuffix(name, "WithBodyWithResponse") {
			methods++
		}
	}
	if methods != len(Operations) {
		t.Errorf("%d operations in the table, %d in the client", len(Operations), methods)
	}
	for _, op := range Operations {
		if _, ok := client.MethodByName(op.ID + "WithResponse"); !ok {
			t.Errorf("the client has no method for %s", op.ID)
		}
	}
	if OpCreateRun.Method != "POST" || OpCreateRun.Path != "/v1/runs" || !OpCreateRun.Deduplicated || !OpCreateRun.Runs ||
		!reflect.DeepEqual(OpCreateRun.Status, []int{200, 202}) {
		t.Errorf("%+v", *OpCreateRun)
	}
}
