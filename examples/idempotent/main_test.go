package main

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/kneo-agent/kneo-client-go/examples/internal/emulator"
	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

func TestMain(m *testing.M) { emulator.Main(m, main) }

// runs returns all runs of a platform.
func runs(t *testing.T, srv *kneotest.Server) []kneo.RunSummary {
	t.Helper()
	page, err := srv.Client().Platform.Runs.List(t.Context(), kneo.RunListParams{})
	if err != nil {
		t.Fatal(err)
	}
	return page.Items
}

// TestDemonstration: one process is killed and a second one started; both send the create, and there is one run.
func TestDemonstration(t *testing.T) {
	srv := emulator.Configure(t)
	out, status := emulator.Run(t)
	want := regexp.MustCompile(`^job (\d+): killed \(.*\) after .*
job (\d+): the run is (\S+)
job \d+: completed: "Final answer: the input of example-.*"
runs of this job: 1
$`)
	match := want.FindStringSubmatch(out)
	if status != 0 || match == nil || match[1] == match[2] {
		t.Fatalf("%d: %s", status, out)
	}
	creates := srv.Requests("CreateRun")
	if len(creates) != 2 || creates[0].IdempotencyKey != creates[1].IdempotencyKey || creates[0].Status != http.StatusAccepted || creates[0].RequestID == creates[1].RequestID {
		t.Errorf("%d creates: %+v", len(creates), creates)
	}
	if all := runs(t, srv); len(all) != 1 || all[0].RunID != match[3] {
		t.Errorf("%+v", all)
	}
}

func TestWithoutProfile(t *testing.T) {
	emulator.Unconfigure(t)
	if out, status := emulator.Run(t); status != 0 || !strings.HasSuffix(out, "\nruns of this job: 1\n") {
		t.Errorf("%d: %s", status, out)
	}
}

// TestKilledBefore: a job that is killed before its create arrives creates one run, too, when it is started again.
func TestKilledBefore(t *testing.T) {
	srv := emulator.Configure(t)
	first := emulator.Command(t, "-job", "early")
	var said bytes.Buffer
	first.Stdout, first.Stderr = &said, &said
	process, killed := make(chan *os.Process, 1), make(chan error, 1)
	srv.Inject(kneotest.Fault{Operation: "CreateRun", Count: 1, Effect: func(http.Handler) http.Handler {
		return http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			killed <- (<-process).Kill()
			panic(http.ErrAbortHandler)
		})
	}})
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	process <- first.Process
	if err := first.Wait(); err == nil || <-killed != nil || said.Len() > 0 || len(runs(t, srv)) != 0 {
		t.Fatalf("%v: %s", err, said.String())
	}
	if out, status := emulator.Run(t, "-job", "early"); status != 0 || len(runs(t, srv)) != 1 {
		t.Errorf("%d: %s", status, out)
	}
}

// TestAgain: starting a finished job again creates no run; starting another job does.
func TestAgain(t *testing.T) {
	srv := emulator.Configure(t)
	for _, job := range []string{"monday", "monday", "tuesday", "monday"} {
		if err := run(t.Context(), new(bytes.Buffer), job); err != nil {
			t.Fatal(err)
		}
	}
	if all := runs(t, srv); len(all) != 2 || srv.Calls("CreateRun") != 4 {
		t.Errorf("%d runs of %d creates", len(all), srv.Calls("CreateRun"))
	}
}

// TestOlderServer: the program gives the reason, and does not claim to have killed anything.
func TestOlderServer(t *testing.T) {
	emulator.Configure(t, kneotest.WithVersion("1.0.0"))
	out, status := emulator.Run(t)
	if status != 1 || !strings.Contains(out, "the field session_id needs kneo-serv 1.1.0") || !strings.Contains(out, "the job ended before it could be killed") {
		t.Errorf("%d: %s", status, out)
	}
}

// TestCtrlC: the demonstration ends with its context, and so does the job.
func TestCtrlC(t *testing.T) {
	srv := emulator.Configure(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := demonstrate(ctx, srv.Client(), new(bytes.Buffer), "x"); !errors.Is(err, context.Canceled) || len(runs(t, srv)) != 0 {
		t.Errorf("%v", err)
	}
}
