package main

import (
	"bytes"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kneo-agent/kneo-client-go/examples/internal/emulator"
	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

func TestMain(m *testing.M) { emulator.Main(m, main) }

// TestBuiltin: the program without arguments.
func TestBuiltin(t *testing.T) {
	srv := emulator.Configure(t)
	out, status := emulator.Run(t)
	want := `agent     root
agent     writer
workflow  article
graph     draft -> review
graph     review -> publish (reviewed)
policy    agent has no guardrails
policy    components.agents.writer has no guardrails
policy    a person decides in review
OK
`
	if out != want || status != 0 {
		t.Errorf("%d: %s", status, out)
	}
	for _, operation := range []string{"ValidateSpec", "ExplainSpec", "GraphSpec", "ReportSpecPolicy"} {
		if n := srv.Calls(operation); n != 1 {
			t.Errorf("%d calls of %s", n, operation)
		}
	}
	if n := srv.Calls("CreateRun") + srv.Calls("RunSpec"); n != 0 {
		t.Errorf("%d runs were made", n)
	}
}

// file writes a spec to a file.
func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "spec.json")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestStatus(t *testing.T) {
	emulator.Configure(t)
	tests := []struct {
		name, spec string
		status     int
		want       []string // how the lines begin
	}{
		{
			"a step with an unknown function", `{"version":"v1","agent":{"name":"r"},"workflow":{"type":"sequential","name":"x","steps":[{"id":"a","kind":"function","ref":"zz"}]}}`,
			1,
			[]string{"workflow.steps[0].ref: E_STEP_FUNCTION_REF: Function component 'zz' "},
		},
		{"no agent", `{"version":"v1"}`, 1, []string{"spec: E_SCHEMA: agent: Field required"}},
		{"an unknown version", `{"version":"v9","agent":{"name":"r"}}`, 1, []string{"spec: invalid_request: Unsupported spec version: v9"}},
		{
			"warnings", `{"version":"v1","agent":{"name":"r","tools":{"include":["t"]}},"tools":{"t":{"description":"x","implementation":"json.dumps"}}}`,
			0,
			[]string{
				"agent.tools.permissions: W_TOOL_POLICY_UNRESTRICTED: ", "workflow: W_HUMAN_APPROVAL_MISSING: ",
				"agent     r", "policy    the tools of agent have no limits", "policy    agent has no guardrails", "OK",
			},
		},
		{"not JSON", `version: v1`, 2, nil},
		{"two values", `{"version":"v1","agent":{"name":"r"}} {}`, 2, nil},
	}
	for _, test := range tests {
		out, status := emulator.Run(t, file(t, test.spec))
		lines := strings.Split(strings.TrimSpace(out), "\n")
		if status != test.status || test.want != nil && len(lines) != len(test.want) {
			t.Errorf("%s: %d: %s", test.name, status, out)
			continue
		}
		for i, want := range test.want {
			if !strings.HasPrefix(lines[i], want) {
				t.Errorf("%s: %q, want %q", test.name, lines[i], want)
			}
		}
	}
}

// TestPolicyReportCounts: a policy report that is not valid makes the spec bad, and its findings are printed.
func TestPolicyReportCounts(t *testing.T) {
	emulator.Configure(t, kneotest.WithFault(kneotest.Fault{Operation: "ReportSpecPolicy", Effect: kneotest.AnswerWith(http.StatusOK, "application/json",
		`{"valid":false,"report":{"valid":false,"diagnostics":[{"code":"E_OWN","severity":"error","message":"two\nlines","path":"agent"}]}}`)}))
	var out bytes.Buffer
	ok, err := run(t.Context(), &out, "")
	if ok || err != nil || !strings.HasSuffix(out.String(), "\nagent: E_OWN: two lines\n") {
		t.Errorf("%v, %v, %s", ok, err, out.String())
	}
}

// TestOlderServer: without graphs the check still works.
func TestOlderServer(t *testing.T) {
	srv := emulator.Configure(t, kneotest.WithVersion("1.0.0"))
	var out bytes.Buffer
	ok, err := run(t.Context(), &out, "")
	if !ok || err != nil || srv.Calls("GraphSpec") != 0 || !strings.Contains(out.String(), "graph     left out: ") || !strings.Contains(out.String(), "needs kneo-serv 1.1.0, and this server is 1.0.0") {
		t.Errorf("%v, %v, %s", ok, err, out.String())
	}
}

// TestCannotTell: an error of the platform says nothing about the spec.
func TestCannotTell(t *testing.T) {
	srv := emulator.Configure(t)
	srv.Inject(kneotest.Fault{Operation: "ExplainSpec", Effect: kneotest.Answer(http.StatusInternalServerError, 0)})
	var out bytes.Buffer
	if ok, err := run(t.Context(), &out, ""); ok || !errors.Is(err, kneo.ErrServer) || strings.Contains(out.String(), "OK") {
		t.Errorf("%v, %v, %s", ok, err, out.String())
	}
}

// TestDigits: numbers are sent as they are written in the file.
func TestDigits(t *testing.T) {
	srv := emulator.Configure(t)
	if _, err := run(t.Context(), new(bytes.Buffer), file(t, `{"version":"v1","agent":{"name":"r"},"x":123456789012345678901234567890}`)); err != nil {
		t.Fatal(err)
	}
	if body := srv.Requests("ValidateSpec")[0].Body; !bytes.Contains(body, []byte("123456789012345678901234567890")) {
		t.Errorf("%s", body)
	}
}
