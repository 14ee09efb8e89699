package kneo

import (
	"context"
	"net/http"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// CredentialsService tells which credentials the platform has, never their values.
type CredentialsService struct{ service }

// List returns the credentials by the bare name of provider, extra name or service token. Every call is itself an audit
// event.
//
// Servers before 1.2.0 do not send a status; it is made of Present here. Servers before 0.10.0 put "[REDACTED]" in the
// place of some entries, which are then empty, and before 0.9.0 in the place of all service tokens, which are then absent.
func (s *CredentialsService) List(ctx context.Context, params CredentialListParams, opts ...CallOption) (*CredentialInventory, error) {
	answer, err := do[gen.CredentialInventoryResponse](ctx, s.newCall(gen.OpListCredentials, opts), "", func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.ListCredentials(ctx, &params)
	})
	if err != nil {
		return nil, err
	}
	for _, section := range []map[string]CredentialEntry{answer.Inventory.Providers, answer.Inventory.Extra, answer.Inventory.ServiceTokens} {
		for name, entry := range section {
			section[name] = withStatus(entry)
		}
	}
	return &answer.Inventory, nil
}

// withStatus fills in a status that an older server did not send.
func withStatus(entry CredentialEntry) CredentialEntry {
	switch {
	case entry.Status != "" || entry.Name == "":
	case entry.Present:
		entry.Status = CredentialPresent
	default:
		entry.Status = CredentialMissing
	}
	return entry
}
