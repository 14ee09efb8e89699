//go:build platform

package conformance

import (
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/kneo-agent/kneo-client-go/internal/realplatform"
	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/profiles"
)

var (
	version = flag.String("kneo.version", realplatform.DefaultVersion, "the version of the server that the cases are run against")
	record  = flag.String("kneo.record", "", "the file to write down in what the cases came to; they are run once then, with one header scheme")
)

// TestPlatform runs the cases against the real server, of any version.
func TestPlatform(t *testing.T) {
	var others []string
	for _, role := range Roles[1:] {
		others = append(others, role+":"+role+"-key:"+role)
	}
	srv, err := realplatform.Start(t.Context(), realplatform.Options{
		Version: *version, AdminKey: "admin-key", Keys: strings.Join(others, ";"),
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
	target := &Target{URL: srv.URL, Keys: Keys(), Version: *version, Client: func(opts ...kneo.Option) *kneo.Client {
		base := []kneo.Option{kneo.WithResolvedProfile(profiles.Profile{Name: "real", URL: srv.URL, APIKey: profiles.NewSecret("admin-key")})}
		c, err := kneo.NewClient(append(base, opts...)...)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}}
	told := listen(target, newTransport(t))
	if *record == "" {
		Run(t, target)
		told.check(t, target)
		return
	}
	target.Record = &Record{Version: *version, Lacks: []Lack{}}
	Run(t, target, profiles.Bearer)
	told.check(t, target)
	text, err := json.MarshalIndent(target.Record, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(*record, append(text, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}
