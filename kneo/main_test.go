package kneo

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/kneo-agent/kneo-client-go/internal/leaks"
)

// children are what this binary can do in the place of running tests, for tests that need a process of their own: net/http looks at
// the environment once, and a panic ends everything.
var children = map[string]func(){"proxy": askThroughProxy, "secrets": tellEverything}

// TestMain has no test find a profile of whoever runs it, and sees to it that nothing is left running.
func TestMain(m *testing.M) {
	if run := children[os.Getenv("KNEO_TEST_CHILD")]; run != nil {
		run()
		os.Exit(0)
	}
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "KNEO_") {
			_ = os.Unsetenv(name)
		}
	}
	empty, err := os.MkdirTemp("", "kneo-config-")
	if err != nil {
		panic(err)
	}
	_ = os.Setenv("XDG_CONFIG_HOME", empty)
	code := leaks.Run(m)
	_ = os.RemoveAll(empty)
	os.Exit(code)
}

// child runs one of the children, and returns all that it wrote.
func child(t *testing.T, name string, environment ...string) (output string, exit int) {
	t.Helper()
	var out bytes.Buffer
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(append(os.Environ(), environment...), "KNEO_TEST_CHILD="+name, "GOTRACEBACK=all")
	cmd.Stdout, cmd.Stderr = &out, &out
	_ = cmd.Run()
	return out.String(), cmd.ProcessState.ExitCode()
}
