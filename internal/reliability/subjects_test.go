//go:build reliability

package reliability

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/kneo-agent/kneo-client-go/internal/casebook"
	"github.com/kneo-agent/kneo-client-go/internal/realplatform"
	"github.com/kneo-agent/kneo-client-go/internal/reliability/task"
)

// peers says that the other clients are measured, too.
var peers = os.Getenv("RELIABILITY_PEERS") != ""

// subject is a client that makes calls in a process of its own.
type subject struct {
	name    string
	command []string
}

// compare plays a case to this library's client and, for the report, to the others. The function returns what it has measured; with
// [subject.must] it holds ours to the limit of the case.
func compare(t *testing.T, name string, measure func(t *testing.T, s *subject) string) {
	t.Helper()
	compareBuilt(t, name, raced, measure)
}

// compareBuilt is compare with clients that have the race detector, or not.
func compareBuilt(t *testing.T, name string, race bool, measure func(t *testing.T, s *subject) string) {
	t.Helper()
	names := []string{casebook.Ours}
	if peers {
		names = append(names, casebook.Plain, casebook.Python)
	}
	for _, who := range names {
		t.Run(who, func(t *testing.T) {
			s := &subject{name: who, command: command(t, who, race)}
			casebook.Report(t, name, who, "%s", measure(t, s))
		})
	}
}

// must fails the test of our client unless the condition holds. Others are only reported.
func (s *subject) must(t *testing.T, holds bool, format string, args ...any) {
	t.Helper()
	if s.name == casebook.Ours && !holds {
		t.Errorf(format, args...)
	}
}

// run has the subject do a task.
func (s *subject) run(t *testing.T, todo task.Task) *task.Result {
	t.Helper()
	todo.Wide = max(1, todo.Wide)
	if todo.APIKey == "" {
		todo.APIKey = "kneo_reliability"
	}
	input, err := json.Marshal(todo)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), s.command[0], s.command[1:]...)
	cmd.Stdin = bytes.NewReader(input)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	output, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", s.name, err, errs.Bytes())
	}
	var result task.Result
	if err := json.Unmarshal(output, &result); err != nil {
		t.Fatalf("%s: %v", s.name, err)
	}
	s.must(t, errs.Len() == 0, "something was printed: %s", errs.Bytes())
	return &result
}

// command is how a subject is started.
func command(t *testing.T, who string, race bool) []string {
	t.Helper()
	if who == casebook.Python {
		python, err := realplatform.InstallClient(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return []string{python, "peer.py"}
	}
	build := build
	if race {
		build = buildRaced
	}
	binary, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return []string{binary, who}
}

// build and buildRaced build the subjects that are written in Go, once.
var (
	build      = sync.OnceValues(func() (string, error) { return builtWith("-race=false", "subject") })
	buildRaced = sync.OnceValues(func() (string, error) { return builtWith("-race=true", "subject-raced") })
)

func builtWith(flag, name string) (string, error) {
	binary := filepath.Join(folder, name)
	output, err := exec.Command("go", "build", flag, "-o", binary, "../cmd/subject").CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w\n%s", err, output)
	}
	return binary, err
}

// folder is where the tests put what they build.
var folder string

func TestMain(m *testing.M) {
	var err error
	if folder, err = os.MkdirTemp("", "kneo-reliability-"); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(folder)
	os.Exit(code)
}

// keys returns n keys that are the same in every run.
func keys(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("key-%05d", i)
	}
	return all
}
