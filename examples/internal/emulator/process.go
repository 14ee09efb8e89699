package emulator

import (
	"os"
	"os/exec"
	"runtime"
	"testing"

	"github.com/kneo-agent/kneo-client-go/internal/leaks"
)

// asProgram is set for test binaries that should be the program under test.
const asProgram = "EXAMPLE_AS_PROGRAM"

// Main is for TestMain. It runs the tests, which must not leave anything running; in processes that [Command] started, it runs the program.
func Main(m *testing.M, main func()) {
	if os.Getenv(asProgram) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(leaks.Run(collected{m}))
}

// collected empties the pools after the tests: on Linux, Go keeps pipes in one, which it uses to copy between connections.
type collected struct{ *testing.M }

// Run runs the tests.
func (c collected) Run() int {
	code := c.M.Run()
	for range 2 { // pools survive a single collection
		runtime.GC()
	}
	return code
}

// Command returns the program under test as a command. It sees the configured platform, and ends with the test.
func Command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)                 //nolint:gosec // the arguments are those of a test
	cmd.Env = append(os.Environ(), asProgram+"=yes", "GORACE=atexit_sleep_ms=0") // the race detector would take a second to exit
	return cmd
}

// Run runs the program under test, and returns its output and its exit status.
func Run(t *testing.T, args ...string) (out string, status int) {
	t.Helper()
	cmd := Command(t, args...)
	text, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return string(text), cmd.ProcessState.ExitCode()
}
