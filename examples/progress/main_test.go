package main

import (
	"bytes"
	"errors"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kneo-agent/kneo-client-go/examples/internal/emulator"
	"github.com/kneo-agent/kneo-client-go/kneo"
)

func TestMain(m *testing.M) { emulator.Main(m, main) }

// TestRun: the whole program, on the platform of the environment.
func TestRun(t *testing.T) {
	srv := emulator.Configure(t)
	var out bytes.Buffer
	if err := run(t.Context(), &out, false); err != nil {
		t.Fatal(err)
	}
	if srv.Calls("CreateRun") != 1 || !strings.Contains(out.String(), "output: ") {
		t.Errorf("%q after %d creates", out.String(), srv.Calls("CreateRun"))
	}
}

// drawn returns what the example draws.
func drawn(t *testing.T, terminal bool) string {
	t.Helper()
	var out bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		if err := follow(t.Context(), emulator.InProcess(t).Client(), &out, terminal); err != nil {
			t.Fatal(err)
		}
	})
	return out.String()
}

func TestTerminal(t *testing.T) {
	lines := strings.Split(drawn(t, true), "\n")
	if len(lines) != 3 || strings.Count(lines[0], restart) < 4 || !strings.HasSuffix(lines[0], "completed, 3 of 3 steps done") || !strings.HasPrefix(lines[1], `output: "Final answer: `) {
		t.Errorf("%q", lines)
	}
}

func TestPlain(t *testing.T) {
	want := regexp.MustCompile(`^ +0\.0s  running, \d of 3 steps done\n(.*\n)* +1\.\ds  completed, 3 of 3 steps done\noutput: "Final answer: .*\n$`)
	got := drawn(t, false)
	if !want.MatchString(got) || strings.Count(got, "running, 1 of 3 steps done") != 1 {
		t.Errorf("%q", got)
	}
}

func TestLines(t *testing.T) {
	running := &kneo.Run{Status: kneo.RunRunning}
	for want, update := range map[string]kneo.WaitUpdate{
		"still trying: refused":                        {Err: errors.New("refused")},
		"running, but nothing has moved for 12s":       {Run: running, Stalled: 12*time.Second + 300*time.Millisecond},
		"running, 0 of 2 steps done":                   {Run: running},
		"still trying: " + strings.Repeat("long ", 40): {Err: errors.New(strings.Repeat("long ", 40))},
	} {
		var out bytes.Buffer
		p := &progress{out: &out, terminal: true, steps: 2}
		p.update(update)
		line := strings.TrimPrefix(out.String(), restart)
		if p.describe(update) != want || len(line) > longestLine || !strings.HasPrefix(want, strings.TrimSpace(line[8:])) {
			t.Errorf("%q drawn as %q, want %q", p.describe(update), line, want)
		}
	}
}
