package kneo_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
	"github.com/kneo-agent/kneo-client-go/profiles"
)

// TestSetAPIKey (race): many goroutines go on while the key changes; none is refused, and each request carries one of the keys as a whole.
func TestSetAPIKey(t *testing.T) {
	for _, scheme := range []profiles.AuthScheme{profiles.Bearer, profiles.KneoAPIKey} {
		srv := kneotest.NewServer(kneotest.WithCleanup(t), kneotest.WithoutSockets(), kneotest.WithKey("one", "first-key-1", "viewer"), kneotest.WithKey("two", "second-key-22", "viewer"))
		client := srv.Client(kneo.WithAPIKey("first-key-1"), kneo.WithAuthScheme(scheme))
		var work sync.WaitGroup
		for range 64 {
			work.Go(func() {
				for i := range 5 {
					if err := client.SetAPIKey([]string{"first-key-1", "second-key-22"}[i%2]); err != nil {
						t.Error(err)
					}
					if _, err := client.Platform.Runs.List(t.Context(), kneo.RunListParams{Limit: 1}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		work.Wait()
		seen := map[string]bool{}
		for _, r := range srv.Requests() {
			seen[r.Principal] = true
		}
		if len(seen) != 2 || !seen["one"] || !seen["two"] {
			t.Errorf("%s: the requests came from %v", scheme, seen)
		}
	}
}

func TestSetAPIKeyRefusesWhatNoHeaderCarries(t *testing.T) {
	srv := kneotest.NewServer(kneotest.WithCleanup(t), kneotest.WithoutSockets())
	client := srv.Client()
	for _, key := range []string{"", " ", "line\nbreak-secret", "clé-secret", "inner blank-secret"} {
		err := client.SetAPIKey(key)
		if err == nil || !errors.Is(err, profiles.ErrInvalid) && !errors.Is(err, profiles.ErrMissing) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", key, err)
		}
	}
	if err := client.Check(t.Context()); err != nil {
		t.Errorf("the old key is lost: %v", err)
	}
}

// TestOldKeysStaySecret: what the other side says of a key that was in use before is blotted out as well.
func TestOldKeysStaySecret(t *testing.T) {
	srv := kneotest.NewServer(kneotest.WithCleanup(t), kneotest.WithoutSockets(),
		kneotest.WithFault(kneotest.Fault{Effect: kneotest.AnswerWith(401, "text/plain", "no such key: first-key-1, nor second-key-22")}))
	client := srv.Client(kneo.WithAPIKey("first-key-1"))
	if err := client.SetAPIKey("second-key-22"); err != nil {
		t.Fatal(err)
	}
	_, err := client.Platform.Runs.List(t.Context(), kneo.RunListParams{})
	if text := fmt.Sprintf("%v %+v %#v %v", err, err, err, client.Profile()); err == nil || strings.Contains(text, "first-key-1") || strings.Contains(text, "second-key-22") {
		t.Error(text)
	}
	if client.Profile().APIKey.Reveal() != "second-key-22" {
		t.Error("the profile has the old key")
	}
}
