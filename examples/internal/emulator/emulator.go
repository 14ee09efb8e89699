// Package emulator gives the tests of the examples a platform in the process, and takes configured ones away.
package emulator

import (
	"os"
	"testing"

	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

// Configure starts a platform and configures it in the environment, as a user would, with KNEO_URL and KNEO_API_KEY.
func Configure(t *testing.T, opts ...kneotest.Option) *kneotest.Server {
	t.Helper()
	Unconfigure(t)
	srv := kneotest.NewServer(append(opts, kneotest.WithCleanup(t))...)
	t.Setenv("KNEO_URL", srv.URL)
	t.Setenv("KNEO_API_KEY", srv.APIKey)
	return srv
}

// Unconfigure hides whatever profiles the developer has.
func Unconfigure(t *testing.T) {
	t.Helper()
	for _, name := range []string{"KNEO_PROFILE", "KNEO_URL", "KNEO_API_KEY", "KNEO_AUTH_SCHEME", "KNEO_TIMEOUT"} {
		t.Setenv(name, "") // so that it is restored at the end
		if err := os.Unsetenv(name); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"XDG_CONFIG_HOME", "HOME", "AppData"} {
		t.Setenv(name, t.TempDir())
	}
}

// InProcess starts a platform without sockets, for bubbles of package synctest.
func InProcess(t *testing.T, opts ...kneotest.Option) *kneotest.Server {
	return kneotest.NewServer(append(opts, kneotest.WithoutSockets(), kneotest.WithCleanup(t))...)
}
