package main

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/kneo-agent/kneo-client-go/examples/internal/emulator"
)

func TestMain(m *testing.M) { emulator.Main(m, main) }

var want = regexp.MustCompile(`^watching   GET /v1/readyz: 200 OK after \S+
watching   GET /v1/runs: 200 OK after \S+
privateCA  without it: not sent after 1 attempt
privateCA  https://127\.0\.0\.1:\d+ is ready, and the key is good
proxy      https://(127\.0\.0\.1:\d+) is ready, and the key is good
proxy      it saw: CONNECT (127\.0\.0\.1:\d+)
double     run-1 is sleeping
kneotest   \S+ is ready, and the key is good
$`)

// TestRun: every transport works. All that the proxy sees is one request for a tunnel to the platform.
func TestRun(t *testing.T) {
	srv := emulator.Configure(t)
	var out bytes.Buffer
	if err := run(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	match := want.FindStringSubmatch(out.String())
	if match == nil || match[1] != match[2] {
		t.Fatal(out.String())
	}
	if n := srv.Calls(""); n != 2 || strings.Contains(out.String(), srv.APIKey) {
		t.Errorf("%d calls of the configured platform: %s", n, out.String())
	}
}

func TestWithoutProfile(t *testing.T) {
	emulator.Unconfigure(t)
	if out, status := emulator.Run(t); status != 0 || !strings.Contains(out, "\nkneotest   ") {
		t.Errorf("%d: %s", status, out)
	}
}

// TestWatchingOutages: requests without an answer are reported, too.
func TestWatchingOutages(t *testing.T) {
	emulator.Configure(t)
	t.Setenv("KNEO_URL", "http://127.0.0.1:1") // where nobody listens
	var out bytes.Buffer
	if err := watching(t.Context(), &out); err == nil || !strings.HasPrefix(out.String(), "watching   GET /v1/readyz: no answer after ") {
		t.Errorf("%v, %s", err, out.String())
	}
}
