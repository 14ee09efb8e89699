//go:build platform

package conformance

import (
	"flag"
	"net/http"
	"testing"
	"time"

	"github.com/kneo-agent/kneo-client-go/internal/realplatform"
	"github.com/kneo-agent/kneo-client-go/internal/scenario"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

var (
	seed  = flag.Uint64("scenario.seed", 1, "the first of the random scenarios")
	count = flag.Uint64("scenario.count", 25, "how many random scenarios are played")
)

// TestPlatformScenarios plays the recorded scenarios to the real server again: what is recorded has to be what it says.
func TestPlatformScenarios(t *testing.T) {
	const folder = "../../testdata/scenarios"
	all, err := scenario.Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	p := scenarioPlatform(t)
	p.Folder = t.TempDir()
	for _, s := range all {
		t.Run(s.Name, func(t *testing.T) {
			want, err := scenario.Recorded(folder, s.Name)
			if err != nil {
				t.Fatal(err)
			}
			same(t, s, want, p)
		})
	}
}

// TestPlatformRandomScenarios plays what nobody has thought of to the real server and to the emulator, and wants the same answers.
func TestPlatformRandomScenarios(t *testing.T) {
	p := scenarioPlatform(t)
	for n := range *count {
		s := scenario.Random(*seed + n)
		t.Run(s.Name, func(t *testing.T) {
			want, err := p.Play(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			emulator := kneotest.NewServer(kneotest.WithCleanup(t), kneotest.WithoutSockets())
			same(t, s, want, &scenario.Platform{URL: emulator.URL, Key: emulator.APIKey, Client: &http.Client{Transport: emulator.Transport()}})
		})
	}
}

// scenarioPlatform is a real server for scenarios.
func scenarioPlatform(t *testing.T) *scenario.Platform {
	t.Helper()
	srv, err := realplatform.Start(t.Context(), realplatform.Options{AdminKey: "admin-key", Env: []string{"KNEO_SERV_WORKER_IDLE_POLL_SECONDS=0.05"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := srv.Stop(); err != nil {
			t.Error(err)
		}
	})
	return &scenario.Platform{URL: srv.URL, Key: "admin-key", Client: &http.Client{Timeout: time.Minute}}
}

// same plays a scenario and wants these answers.
func same(t *testing.T, s scenario.Scenario, want []scenario.Answer, p *scenario.Platform) {
	t.Helper()
	got, err := p.Play(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	for _, difference := range scenario.Differences(want, got) {
		t.Error(difference)
	}
}
