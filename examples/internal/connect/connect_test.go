package connect

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
	"github.com/kneo-agent/kneo-client-go/profiles"
)

// unconfigured takes away whatever profiles the developer has.
func unconfigured(t *testing.T) {
	t.Helper()
	for _, name := range []string{"KNEO_PROFILE", "KNEO_URL", "KNEO_API_KEY"} {
		t.Setenv(name, "") // to have it back in the end
		if err := os.Unsetenv(name); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"XDG_CONFIG_HOME", "HOME", "AppData"} {
		t.Setenv(name, t.TempDir())
	}
}

// connected connects and checks that the platform answers.
func connected(t *testing.T) (url, said string) {
	t.Helper()
	var out bytes.Buffer
	client, done, err := Platform(&out)
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	if err := client.Check(t.Context()); err != nil {
		t.Error(err)
	}
	return client.Profile().URL, out.String()
}

func TestWithoutProfile(t *testing.T) {
	unconfigured(t)
	path, err := profiles.DefaultPath()
	if err != nil {
		t.Fatal(err)
	}
	if _, said := connected(t); Configured() || !strings.Contains(said, path) {
		t.Errorf("%q does not name %s", said, path)
	}
}

func TestConfigured(t *testing.T) {
	srv := kneotest.NewServer(kneotest.WithCleanup(t))
	t.Run("environment", func(t *testing.T) {
		unconfigured(t)
		t.Setenv("KNEO_URL", srv.URL)
		t.Setenv("KNEO_API_KEY", srv.APIKey)
		if url, said := connected(t); url != srv.URL || said != "" {
			t.Errorf("%s, %q", url, said)
		}
	})
	t.Run("file", func(t *testing.T) {
		unconfigured(t)
		path, err := profiles.DefaultPath()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("[default]\nurl = '"+srv.URL+"'\napi_key = '"+srv.APIKey+"'\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if url, said := connected(t); url != srv.URL || said != "" {
			t.Errorf("%s, %q", url, said)
		}
	})
}
