package connect

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kneo-agent/kneo-client-go/examples/internal/emulator"
	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
	"github.com/kneo-agent/kneo-client-go/profiles"
)

// connected connects, checks that the platform answers and that the client has heard of the options.
func connected(t *testing.T) (url, said string) {
	t.Helper()
	var out bytes.Buffer
	client, done, err := Platform(&out, kneo.WithTimeout(17*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	if err := client.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if got := client.Profile().Timeout; got != 17*time.Second {
		t.Errorf("the timeout is %v", got)
	}
	return client.Profile().URL, out.String()
}

func TestWithoutProfile(t *testing.T) {
	emulator.Unconfigure(t)
	path, err := profiles.DefaultPath()
	if err != nil {
		t.Fatal(err)
	}
	if _, said := connected(t); Configured() || !strings.Contains(said, path) {
		t.Errorf("%q does not name %s", said, path)
	}
}

func TestConfigured(t *testing.T) {
	t.Run("environment", func(t *testing.T) {
		srv := emulator.Configure(t)
		if url, said := connected(t); url != srv.URL || said != "" {
			t.Errorf("%s, %q", url, said)
		}
	})
	t.Run("file", func(t *testing.T) {
		emulator.Unconfigure(t)
		srv := kneotest.NewServer(kneotest.WithCleanup(t))
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
