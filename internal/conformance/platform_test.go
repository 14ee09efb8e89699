//go:build platform

package conformance

import (
	"strings"
	"testing"

	"github.com/kneo-agent/kneo-client-go/internal/realplatform"
	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/profiles"
)

// TestPlatform runs the cases against the real server.
func TestPlatform(t *testing.T) {
	var others []string
	for _, role := range Roles[1:] {
		others = append(others, role+":"+role+"-key:"+role)
	}
	srv, err := realplatform.Start(t.Context(), realplatform.Options{
		AdminKey: "admin-key", Keys: strings.Join(others, ";"),
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
	Run(t, &Target{URL: srv.URL, Keys: keys(), Client: func(opts ...kneo.Option) *kneo.Client {
		base := []kneo.Option{kneo.WithResolvedProfile(profiles.Profile{Name: "real", URL: srv.URL, APIKey: profiles.NewSecret("admin-key")})}
		c, err := kneo.NewClient(append(base, opts...)...)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}})
}
