package kneo

import (
	"os"
	"strings"
	"testing"
)

// TestMain has no test find a profile of whoever runs it.
func TestMain(m *testing.M) {
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
	code := m.Run()
	_ = os.RemoveAll(empty)
	os.Exit(code)
}
