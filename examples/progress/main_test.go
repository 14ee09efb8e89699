package main

import (
	"bytes"
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

// onEmulator has the example use this platform.
func onEmulator(t *testing.T) {
	srv := kneotest.NewServer(kneotest.WithCleanup(t))
	t.Setenv("XDG_CONFIG_HOME", t.TempDir()) // whatever profiles the developer has
	t.Setenv("KNEO_PROFILE", "")
	t.Setenv("KNEO_URL", srv.URL)
	t.Setenv("KNEO_API_KEY", srv.APIKey)
}

func TestTerminal(t *testing.T) {
	onEmulator(t)
	var out bytes.Buffer
	if err := run(t.Context(), &out, true); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(out.String(), "\n")
	if len(lines) != 3 || strings.Count(lines[0], restart) < 3 || !strings.HasSuffix(lines[0], "completed, 2 of 2 steps done") || !strings.HasPrefix(lines[1], "output: Final answer: 1.") {
		t.Errorf("%q", lines)
	}
}

func TestPlain(t *testing.T) {
	onEmulator(t)
	var out bytes.Buffer
	if err := run(t.Context(), &out, false); err != nil {
		t.Fatal(err)
	}
	want := regexp.MustCompile(`^ +0\.\ds  running, 0 of 2 steps done\n +\d\.\ds  completed, 2 of 2 steps done\noutput: Final answer: 1\.\d+\n$`)
	if !want.MatchString(out.String()) {
		t.Errorf("%q", out.String())
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
		drawn := strings.TrimPrefix(out.String(), restart)
		if p.describe(update) != want || len(drawn) > longestLine || !strings.HasPrefix(want, strings.TrimSpace(drawn[8:])) {
			t.Errorf("%q drawn as %q, want %q", p.describe(update), drawn, want)
		}
	}
}

func TestFileIsNoTerminal(t *testing.T) {
	f, err := os.Create(t.TempDir() + "/out")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if isTerminal(f) {
		t.Error("a file passes for a terminal")
	}
}
