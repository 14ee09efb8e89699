package emulator

import (
	"os"
	"os/exec"
	"runtime"
	"testing"

	"github.com/kneo-agent/kneo-client-go/internal/leaks"
)

// asProgram is set where the test binary is to be the program that it tests.
const asProgram = "EXAMPLE_AS_PROGRAM"

// Main is for TestMain: it runs the tests, which must leave nothing running, or the program in the processes that [Command] starts.
func Main(m *testing.M, main func()) {
	if os.Getenv(asProgram) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(leaks.Run(collected{m}))
}

// collected are tests after which what lies in pools is given up: Go keeps pipes there, which on Linux copy from connection to connection.
type collected struct{ *testing.M }

// Run runs the tests.
func (c collected) Run() int {
	code := c.M.Run()
	for range 2 { // a pool outlives one
		runtime.GC()
	}
	return code
}

// Command is the program under test in a process of its own, with the platform that is configured. The process ends with the test.
func Command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...) //nolint:gosec // the arguments are those of a test
	cmd.Env = append(os.Environ(), asProgram+"=yes")
	return cmd
}

// Run runs the program under test, and returns what it wrote and its exit status.
func Run(t *testing.T, args ...string) (out string, status int) {
	t.Helper()
	cmd := Command(t, args...)
	text, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return string(text), cmd.ProcessState.ExitCode()
}
