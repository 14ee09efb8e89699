package kneotest_test

import (
	"errors"
	"testing"

	"github.com/kneo-agent/kneo-client-go/gen"
	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

// TestNoOperationIsOpen: an operation that is new in the contract is closed to strangers, and to keys that may do nothing, before
// anybody thinks of that. Who may what, the conformance cases say.
func TestNoOperationIsOpen(t *testing.T) {
	srv := kneotest.NewServer(kneotest.WithCleanup(t), kneotest.WithKey("nobody", "nobody-key"), nil)
	for _, op := range gen.Operations {
		for key, want := range map[string]error{"wrong-key": kneo.ErrUnauthorized, "nobody-key": kneo.ErrForbidden} {
			_, err := srv.Client(kneo.WithAPIKey(key)).Request(t.Context(), op.Method, op.Path, map[string]any{}, nil)
			if op.Probe {
				want = nil
			}
			if !errors.Is(err, want) {
				t.Errorf("%s with %s: %v", op.ID, key, err)
			}
		}
	}
}
