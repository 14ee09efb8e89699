package kneotest_test

import (
	"net/http"
	"testing"

	"github.com/kneo-agent/kneo-client-go/internal/scenario"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

const scenarios = "../../testdata/scenarios"

// TestScenarios plays what was played to a real server, and wants the same answers.
func TestScenarios(t *testing.T) {
	all, err := scenario.Load(scenarios)
	if err != nil || len(all) < 100 {
		t.Fatalf("%d scenarios, %v", len(all), err)
	}
	for _, s := range all {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			want, err := scenario.Recorded(scenarios, s.Name)
			if err != nil || len(want) == 0 {
				t.Fatal(len(want), err)
			}
			srv := kneotest.NewServer(kneotest.WithCleanup(t), kneotest.WithoutSockets())
			p := &scenario.Platform{URL: srv.URL, Key: srv.APIKey, Folder: t.TempDir(), Client: &http.Client{Transport: srv.Transport()}}
			got, err := p.Play(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			for _, difference := range scenario.Differences(want, got) {
				t.Error(difference)
			}
		})
	}
}
