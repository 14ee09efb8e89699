package conformance

import (
	"testing"

	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

func TestKneotest(t *testing.T) {
	srv := kneotest.NewServer(kneotest.WithCleanup(t), kneotest.WithKey("view", "viewer-key", "viewer"))
	Run(t, &Target{URL: srv.URL, Admin: srv.APIKey, Viewer: "viewer-key", Client: srv.Client})
}

func TestKneotestWithoutSockets(t *testing.T) {
	srv := kneotest.NewServer(kneotest.WithCleanup(t), kneotest.WithoutSockets(), kneotest.WithKey("view", "viewer-key", "viewer"))
	Run(t, &Target{URL: srv.URL, Admin: srv.APIKey, Viewer: "viewer-key", Client: srv.Client})
}
