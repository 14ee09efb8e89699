package docs_test

import (
	"context"
	"errors"
	"go/types"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

// report is the code under test: it lets the platform make a report.
func report(ctx context.Context, client *kneo.Client, about string) (string, error) {
	run, err := client.Platform.Runs.CreateAndWait(ctx, kneo.RunCreateRequest{Input: about, Spec: workflow("report", "billing.total")},
		kneo.WithWaitTimeout(2*time.Hour))
	if err != nil {
		return "", err
	}
	return run.OutputText, run.Err()
}

func TestReport(t *testing.T) {
	srv := kneotest.NewServer(kneotest.WithCleanup(t),
		kneotest.WithFunction("billing.total", func(_ context.Context, input string) (string, error) {
			return "the total of " + input + " is 7", nil
		}))
	text, err := report(t.Context(), srv.Client(), "may")
	if err != nil || text != "the total of may is 7" {
		t.Errorf("%q, %v", text, err)
	}
}

func TestReportThatFails(t *testing.T) {
	srv := kneotest.NewServer(kneotest.WithCleanup(t), kneotest.WithScript(func(kneo.RunCreateRequest) *kneotest.Script {
		return &kneotest.Script{Steps: []kneotest.ScriptStep{
			{ID: "fetch", Takes: 10 * time.Millisecond},
			{ID: "sum", Err: &kneotest.StepError{Type: "ValueError", Message: "no rows"}},
		}}
	}))
	_, err := report(t.Context(), srv.Client(), "may")
	var failed *kneo.RunFailedError
	if !errors.As(err, &failed) || failed.Type != "ValueError" {
		t.Error(err)
	}
}

func TestReportWhenAnAnswerIsLost(t *testing.T) {
	srv := kneotest.NewServer(kneotest.WithCleanup(t), kneotest.WithScript(func(kneo.RunCreateRequest) *kneotest.Script {
		return &kneotest.Script{Steps: []kneotest.ScriptStep{{Output: "done"}}}
	}))
	srv.Inject(kneotest.Fault{Operation: "CreateRun", Count: 1, Effect: kneotest.ResetAfter()})
	srv.Inject(kneotest.Fault{Operation: "GetRun", Count: 2, Effect: kneotest.Answer(http.StatusServiceUnavailable, 0)})

	if _, err := report(t.Context(), srv.Client(), "may"); err != nil {
		t.Fatal(err)
	}
	creates := srv.Requests("CreateRun")
	if len(creates) != 2 || creates[0].IdempotencyKey != creates[1].IdempotencyKey {
		t.Errorf("not repeated, or with another key: %+v", creates)
	}
}

func TestReportThatTakesAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := kneotest.NewServer(kneotest.WithCleanup(t), kneotest.WithoutSockets(),
			kneotest.WithScript(func(kneo.RunCreateRequest) *kneotest.Script {
				return &kneotest.Script{Steps: []kneotest.ScriptStep{{Takes: time.Hour, Output: "done"}}}
			}))
		start := time.Now()
		text, err := report(t.Context(), srv.Client(), "may")
		if err != nil || text != "done" || time.Since(start) > time.Hour+5*time.Second {
			t.Errorf("%q after %v, %v", text, time.Since(start), err)
		}
	})
}

func TestDecisionThatNobodyMakes(t *testing.T) {
	clock := kneotest.NewClock(time.Now())
	srv := kneotest.NewServer(kneotest.WithCleanup(t), kneotest.WithClock(clock), kneotest.WithScript(func(kneo.RunCreateRequest) *kneotest.Script {
		gate := &kneotest.HumanGate{Title: "Ship it?", Timeout: time.Hour, OnTimeout: kneo.OnTimeoutFail}
		return &kneotest.Script{Steps: []kneotest.ScriptStep{{Human: gate}, {Output: "shipped"}}}
	}))
	runs := srv.Client().Platform.Runs
	run, err := runs.CreateAndWait(t.Context(), kneo.RunCreateRequest{}, kneo.WithTerminalStatuses(kneo.RunBlocked))
	if err != nil {
		t.Fatal(err)
	}
	clock.Advance(2 * time.Hour)
	srv.PruneExpiredHumanTasks() // on a real server an operator's command
	if run, err = runs.Get(t.Context(), run.RunID); err != nil || run.Status != kneo.RunExpired {
		t.Errorf("%+v, %v", run, err)
	}
}

func TestReportWithAKeyThatMayOnlyLook(t *testing.T) {
	srv := kneotest.NewServer(kneotest.WithCleanup(t), kneotest.WithKey("dashboard", "dashboard-key", "viewer"))
	if _, err := report(t.Context(), srv.Client(kneo.WithAPIKey("dashboard-key")), "may"); !errors.Is(err, kneo.ErrForbidden) {
		t.Error(err)
	}
}

func TestOnAnOlderServer(t *testing.T) {
	srv := kneotest.NewServer(kneotest.WithCleanup(t), kneotest.WithVersion("0.9.0"))
	_, err := srv.Client().Platform.Runs.FindBySession(t.Context(), "may")
	if !errors.Is(err, kneo.ErrUnsupported) {
		t.Error(err)
	}
}

// waiter is all that this program needs of the client. *kneo.RunsService implements it.
type waiter interface {
	WaitForCompletion(ctx context.Context, id string, opts ...kneo.WaitOption) (*kneo.Run, error)
}

var _ waiter = (*kneo.RunsService)(nil)

// TestTestingHasAll: every option, effect and method of package kneotest has a row in testing.md.
func TestTestingHasAll(t *testing.T) {
	text, err := os.ReadFile("testing.md")
	if err != nil {
		t.Fatal(err)
	}
	scope := loadAPI(t).packages["kneotest"].Scope()
	var names []string
	for _, name := range scope.Names() {
		f, ok := scope.Lookup(name).(*types.Func)
		if !ok || !f.Exported() {
			continue
		}
		switch result := types.TypeString(f.Signature().Results().At(0).Type(), func(*types.Package) string { return "" }); result {
		case "Option", "Effect":
			names = append(names, "kneotest."+name)
		}
	}
	for _, method := range membersOf(scope.Lookup("Server").Type()) {
		if _, ok := method.(*types.Func); ok {
			names = append(names, "srv."+method.Name())
		}
	}
	if len(names) < 25 {
		t.Fatalf("only %d names", len(names))
	}
	for _, name := range names {
		if !strings.Contains(string(text), "`"+name+"`") {
			t.Errorf("testing.md does not tell of `%s`", name)
		}
	}
}
