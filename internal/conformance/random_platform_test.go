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
	count = flag.Uint64("scenario.count", 40, "how many random scenarios are played")
)

// TestPlatformRandomScenarios plays what nobody has thought of to the real server and to the emulator, and wants the same answers.
func TestPlatformRandomScenarios(t *testing.T) {
	srv, err := realplatform.Start(t.Context(), realplatform.Options{AdminKey: "admin-key", Env: []string{"KNEO_SERV_WORKER_IDLE_POLL_SECONDS=0.05"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := srv.Stop(); err != nil {
			t.Error(err)
		}
	})
	for n := range *count {
		s := scenario.Random(*seed + n)
		t.Run(s.Name, func(t *testing.T) {
			real := &scenario.Platform{URL: srv.URL, Key: "admin-key", Client: &http.Client{Timeout: time.Minute}}
			want, err := real.Play(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			emulator := kneotest.NewServer(kneotest.WithCleanup(t), kneotest.WithoutSockets())
			got, err := (&scenario.Platform{URL: emulator.URL, Key: emulator.APIKey, Client: &http.Client{Transport: emulator.Transport()}}).Play(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			for _, difference := range scenario.Differences(want, got) {
				t.Error(difference)
			}
		})
	}
}
