package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/kneo-agent/kneo-client-go/examples/internal/emulator"
	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

func TestMain(m *testing.M) { emulator.Main(m, main) }

// TestDemonstration: after the crash the other half of the events comes, each event once.
func TestDemonstration(t *testing.T) {
	var out bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		if err := demonstrate(t.Context(), &out, emulator.InProcess(t).Client()); err != nil {
			t.Fatal(err)
		}
	})
	var numbers string
	for _, match := range regexp.MustCompile(`(?m)^(?:event:  (\d)|(crash))`).FindAllStringSubmatch(out.String(), -1) {
		numbers += match[1] + match[2] + " "
	}
	if numbers != "1 2 crash 3 4 5 6 " || !strings.Contains(out.String(), "2 events are handled") || !strings.Contains(out.String(), "output: 0.5") {
		t.Error(out.String())
	}
}

// TestConfigured: on a platform of the user's the file outlasts the process.
func TestConfigured(t *testing.T) {
	srv := emulator.Configure(t)
	path := filepath.Join(t.TempDir(), "state.json")
	if err := follow(t.Context(), new(bytes.Buffer), srv.Client(), path, func(state) error { return errCrash }); err == nil {
		t.Fatal("it did not crash")
	}
	var out bytes.Buffer
	if err := run(t.Context(), &out, path); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(out.String(), "resume: ") || strings.Contains(out.String(), "event:  1 ") || !strings.Contains(out.String(), "event:  6 ") {
		t.Error(out.String())
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("the file is still there when the run has ended")
	}
}

// TestCrashBeforeTheAnswer: a process that has sent the create and not yet heard of it makes no second run when it is started again.
func TestCrashBeforeTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := emulator.InProcess(t, kneotest.WithFault(kneotest.Fault{Operation: "CreateRun", Count: 1, Effect: kneotest.ResetAfter()}))
		path := filepath.Join(t.TempDir(), "state.json")
		once := srv.Client(kneo.WithRetryPolicy(kneo.RetryPolicy{MaxAttempts: 1}))
		if err := follow(t.Context(), new(bytes.Buffer), once, path, nil); err == nil {
			t.Fatal("the answer was not lost")
		}
		var out bytes.Buffer
		if err := follow(t.Context(), &out, srv.Client(), path, nil); err != nil {
			t.Fatal(err)
		}
		page, err := srv.Client().Platform.Runs.List(t.Context(), kneo.RunListParams{})
		if err != nil || page.Total != 1 || !strings.Contains(out.String(), "event:  6 ") {
			t.Errorf("%+v, %v, %s", page, err, out.String())
		}
	})
}

func TestForeignFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.json")
	if err := os.WriteFile(path, []byte("no state"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := load(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("%v", err)
	}
}
