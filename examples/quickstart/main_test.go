package main

import (
	"bytes"
	"errors"
	"regexp"
	"testing"

	"github.com/kneo-agent/kneo-client-go/examples/internal/emulator"
	"github.com/kneo-agent/kneo-client-go/kneo"
)

func TestMain(m *testing.M) { emulator.Main(m, main) }

func TestRun(t *testing.T) {
	srv := emulator.Configure(t)
	var out bytes.Buffer
	if err := run(t.Context(), &out, "<hello> world"); err != nil {
		t.Fatal(err)
	}
	want := regexp.MustCompile(`^platform: ` + srv.URL + `, server 1\.2\.0, profile "default": ready, and the key is good
run:      (\S+) is running
(waiting: .*\n)*waiting:  \S+, completed, steps done: \[capitalize escape\]
output:   &lt;hello&gt; World
trace:    \S+ workflow_started quickstart
trace:    \S+ workflow_completed quickstart
$`)
	match := want.FindStringSubmatch(out.String())
	if match == nil {
		t.Fatal(out.String())
	}
	run, err := srv.Client().Platform.Runs.Get(t.Context(), match[1])
	if err != nil || run.Status != kneo.RunCompleted {
		t.Errorf("%+v, %v", run, err)
	}
}

// TestWrongKey: the check names the key, and no run is made.
func TestWrongKey(t *testing.T) {
	srv := emulator.Configure(t)
	t.Setenv("KNEO_API_KEY", "of-somebody-else")
	if err := run(t.Context(), new(bytes.Buffer), "x"); !errors.Is(err, kneo.ErrUnauthorized) || srv.Calls("CreateRun") != 0 {
		t.Errorf("%v after %d creates", err, srv.Calls("CreateRun"))
	}
}
