package main

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"regexp"
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

// all is what the example prints about the run that it creates.
var all = regexp.MustCompile(`^run \S+
   1  \S+  workflow_started tail
   2  \S+  run_started writer
   3  \S+  run_completed writer
   4  \S+  run_started editor
   5  \S+  run_completed editor
   6  \S+  workflow_completed tail
took    +\S+s  tail
took    +\S+s  writer
took    +\S+s  editor
completed: "\d\.\d+"
$`)

func TestRun(t *testing.T) {
	emulator.Configure(t)
	var out bytes.Buffer
	if err := run(t.Context(), &out, "", 0); err != nil || !all.MatchString(out.String()) {
		t.Errorf("%v, %s", err, out.String())
	}
}

// timed records when each type of event was written.
type timed struct {
	began time.Time
	at    map[string]time.Duration
}

func (w *timed) Write(b []byte) (int, error) {
	if fields := strings.Fields(string(b)); len(fields) > 2 {
		w.at[fields[2]] = time.Since(w.began)
	}
	return len(b), nil
}

// TestAsItHappens: events appear while a long step is still running, and the last ones when it has ended.
func TestAsItHappens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := emulator.InProcess(t).Client()
		created, err := client.Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{
			Input: demo.Sleep(time.Minute), Spec: demo.Workflow("tail", "writer", "sleep"), AsyncMode: true,
		})
		if err != nil {
			t.Fatal(err)
		}
		out := &timed{began: time.Now(), at: map[string]time.Duration{}}
		if err := follow(t.Context(), client, out, created.RunID, 1); err != nil {
			t.Fatal(err)
		}
		if len(out.at) == 0 || out.at["run_completed"] > 5*time.Second || out.at["workflow_completed"] < time.Minute {
			t.Errorf("%v", out.at)
		}
	})
}

// TestOffset: events before the offset are not shown, and the others keep their numbers.
func TestOffset(t *testing.T) {
	srv := emulator.Configure(t)
	created, err := srv.Client().Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{Input: "x", Spec: demo.Workflow("tail", "writer"), AsyncMode: true})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := run(t.Context(), &out, created.RunID, 3); err != nil || !strings.HasPrefix(out.String(), "   4  ") || srv.Calls("CreateRun") != 1 {
		t.Errorf("%v, %s", err, out.String())
	}
}

// TestEnds: a run that fails is an error, and so is one that waits for a person.
func TestEnds(t *testing.T) {
	fails := kneotest.ScriptStep{Err: &kneotest.StepError{Type: "ValueError", Message: "no good"}}
	for want, step := range map[string]kneotest.ScriptStep{"ValueError: no good": fails, "waits for a person": {Human: &kneotest.HumanGate{}}} {
		script := kneotest.WithScript(func(kneo.RunCreateRequest) *kneotest.Script {
			return &kneotest.Script{Steps: []kneotest.ScriptStep{step, {}}}
		})
		synctest.Test(t, func(t *testing.T) {
			client := emulator.InProcess(t, script).Client()
			created, err := client.Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{AsyncMode: true})
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			if err := follow(t.Context(), client, &out, created.RunID, 0); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(out.String(), "workflow_started") {
				t.Errorf("%v, %s", err, out.String())
			}
		})
	}
}

// TestOutage: half a minute without the platform loses no events.
func TestOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := emulator.InProcess(t)
		client := srv.Client()
		created, err := client.Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{
			Input: demo.Sleep(10 * time.Second), Spec: demo.Workflow("tail", "sleep", "writer"), AsyncMode: true,
		})
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(30*time.Second, srv.Inject(kneotest.Fault{Effect: kneotest.Answer(http.StatusServiceUnavailable, 0)}))
		var out bytes.Buffer
		if err := follow(t.Context(), client, &out, created.RunID, 0); err != nil || !strings.Contains(out.String(), "   4  ") || strings.Count(out.String(), "run_") != 2 {
			t.Errorf("%v, %s", err, out.String())
		}
	})
}

func TestNoSuchRun(t *testing.T) {
	emulator.Configure(t)
	if err := run(t.Context(), io.Discard, "no-such-run", 0); !errors.Is(err, kneo.ErrNotFound) {
		t.Errorf("%v", err)
	}
}

// TestErrorsAreQuoted: text from a step cannot control the terminal.
func TestErrorsAreQuoted(t *testing.T) {
	var out bytes.Buffer
	show(&out, 1, kneo.TraceEvent{Type: kneo.EventRunFailed, Error: "\x1b[2J"})
	if strings.Contains(out.String(), "\x1b") || !strings.Contains(out.String(), `run_failed: "\x1b[2J"`) {
		t.Errorf("%q", out.String())
	}
}
