package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kneo-agent/kneo-client-go/examples/internal/emulator"
	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

func TestMain(m *testing.M) { emulator.Main(m, main) }

// statusOf returns the status of the only run.
func statusOf(t *testing.T, srv *kneotest.Server) kneo.RunStatus {
	t.Helper()
	page, err := srv.Client().Platform.Runs.List(t.Context(), kneo.RunListParams{})
	if err != nil || len(page.Items) != 1 {
		t.Fatalf("%+v, %v", page, err)
	}
	return page.Items[0].Status
}

func TestDemonstration(t *testing.T) {
	srv := emulator.Configure(t)
	out, status := emulator.Run(t)
	want := regexp.MustCompile(`^run (\S+) is running\ninterrupted; .*\nrun (\S+) is cancelled\n$`)
	if match := want.FindStringSubmatch(out); status != 0 || match == nil || match[1] != match[2] {
		t.Errorf("%d: %s", status, out)
	}
	if got := statusOf(t, srv); got != kneo.RunCancelled || srv.Calls("CancelRun") != 1 {
		t.Errorf("the run is %s after %d cancels", got, srv.Calls("CancelRun"))
	}
}

// process is the program as somebody with a keyboard uses it.
type process struct {
	*exec.Cmd
	lines *bufio.Scanner
}

func start(t *testing.T) *process {
	t.Helper()
	cmd := emulator.Command(t, "-wait")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return &process{cmd, bufio.NewScanner(out)}
}

// ctrlC interrupts the program when it has printed a line with this prefix.
func (p *process) ctrlC(t *testing.T, after string) {
	t.Helper()
	for p.lines.Scan() {
		if strings.HasPrefix(p.lines.Text(), after) {
			if err := p.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatalf("no line begins with %q", after)
}

// end waits for the end and returns the exit status, which is -1 if a signal ended the program.
func (p *process) end() int {
	for p.lines.Scan() { // Wait closes the pipe
	}
	_ = p.Wait()
	return p.ProcessState.ExitCode()
}

func TestCtrlC(t *testing.T) {
	srv := emulator.Configure(t)
	p := start(t)
	p.ctrlC(t, "run ")
	if status := p.end(); status != 130 || statusOf(t, srv) != kneo.RunCancelled {
		t.Errorf("%d, and the run is %s", status, statusOf(t, srv))
	}
}

// TestSecondCtrlC: nobody has to wait for a platform that does not answer.
func TestSecondCtrlC(t *testing.T) {
	srv := emulator.Configure(t, kneotest.WithFault(kneotest.Fault{Operation: "CancelRun", Effect: kneotest.Latency(time.Hour)}))
	p := start(t)
	p.ctrlC(t, "run ")
	began := time.Now()
	p.ctrlC(t, "interrupted; ")
	if status, took := p.end(), time.Since(began); status != -1 || took > cancelTimeout/2 || statusOf(t, srv) != kneo.RunRunning {
		t.Errorf("%d after %v, and the run is %s", status, took, statusOf(t, srv))
	}
}

// interrupted runs the example on a platform in a bubble. The function interrupt is called when the wait has begun, and may call cancel.
func interrupted(t *testing.T, interrupt func(cancel func()), opts ...kneotest.Option) (srv *kneotest.Server, said string, err error) {
	t.Helper()
	srv = emulator.InProcess(t, opts...)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var out bytes.Buffer
	stopped := false
	stop := func() {
		if stopped = true; strings.Contains(out.String(), "interrupted") {
			t.Error("the program says that ctrl-C quits at once before it is true")
		}
	}
	err = do(ctx, stop, srv.Client(), &out, func() error {
		interrupt(cancel)
		return nil
	})
	if stopped != strings.Contains(out.String(), "interrupted") {
		t.Errorf("stopped %v: %s", stopped, out.String())
	}
	return srv, out.String(), err
}

// TestDeadline: cancelling has its own deadline, and the error says that the run may still be running.
func TestDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		hangs := kneotest.WithFault(kneotest.Fault{Operation: "CancelRun", Effect: kneotest.Latency(time.Hour)})
		_, _, err := interrupted(t, func(cancel func()) { cancel() }, hangs)
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "may still be running, since it could not be cancelled") || time.Since(began) > cancelTimeout+time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}

// TestOutage: the cancel is retried like every call.
func TestOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := kneotest.WithFault(kneotest.Fault{Operation: "CancelRun", Count: 2, Effect: kneotest.ResetBefore()})
		srv, _, err := interrupted(t, func(cancel func()) { cancel() }, down)
		if !errors.Is(err, errInterrupted) || statusOf(t, srv) != kneo.RunCancelled || srv.Calls("CancelRun") != 3 {
			t.Errorf("%v, and the run is %s", err, statusOf(t, srv))
		}
	})
}

// TestTooLate: the program does not claim to have cancelled a run that completed in the meantime.
func TestTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, said, err := interrupted(t, func(cancel func()) {
			time.Sleep(time.Minute)
			cancel()
		})
		if !errors.Is(err, errInterrupted) || !regexp.MustCompile(`\ntoo late: run \S+ is completed\n$`).MatchString(said) || statusOf(t, srv) != kneo.RunCompleted {
			t.Errorf("%v, %s", err, said)
		}
	})
}

// TestWhileCreating: an interruption during the create does not leave a run behind.
func TestWhileCreating(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := emulator.InProcess(t, kneotest.WithFault(kneotest.Fault{Operation: "CreateRun", Effect: kneotest.Latency(time.Second)}))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second/2)
		defer cancel()
		err := do(ctx, func() {}, srv.Client(), io.Discard, func() error { return nil })
		if !errors.Is(err, errInterrupted) || statusOf(t, srv) != kneo.RunCancelled {
			t.Errorf("%v, and the run is %s", err, statusOf(t, srv))
		}
	})
}

// TestNotInterrupted: nothing is cancelled when the run completes, or when the wait fails by itself.
func TestNotInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, said, err := interrupted(t, func(func()) {})
		if err != nil || !strings.Contains(said, " completed: ") || srv.Calls("CancelRun") != 0 {
			t.Errorf("%v, %s", err, said)
		}
		forbidden := kneotest.WithFault(kneotest.Fault{Operation: "GetRun", Effect: kneotest.Answer(http.StatusForbidden, 0)})
		srv, said, err = interrupted(t, func(func()) {}, forbidden)
		if !errors.Is(err, kneo.ErrForbidden) || srv.Calls("CancelRun") != 0 {
			t.Errorf("%v, %s", err, said)
		}
	})
}
