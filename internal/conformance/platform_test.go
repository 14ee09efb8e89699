//go:build platform

package conformance

import (
	"testing"

	"github.com/kneo-agent/kneo-client-go/internal/realplatform"
	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/profiles"
)

// TestPlatform runs the cases against the real server.
func TestPlatform(t *testing.T) {
	srv, err := realplatform.Start(t.Context(), realplatform.Options{
		AdminKey: "conformance-admin", Keys: "view:viewer-key:viewer",
		Env: []string{"KNEO_SERV_WORKER_IDLE_POLL_SECONDS=0.05", "KNEO_SERV_WORKER_CONCURRENCY=8"},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := srv.Stop(); err != nil {
			t.Error(err)
		}
	})
	Run(t, &Target{URL: srv.URL, Admin: "conformance-admin", Viewer: "viewer-key", Client: func(opts ...kneo.Option) *kneo.Client {
		base := []kneo.Option{kneo.WithResolvedProfile(profiles.Profile{Name: "real", URL: srv.URL, APIKey: profiles.NewSecret("conformance-admin")})}
		c, err := kneo.NewClient(append(base, opts...)...)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}})
}
