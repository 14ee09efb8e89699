package kneo

import (
	"context"
	"net/http"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// CredentialsService says which credentials the platform has, but never their values.
type CredentialsService struct{ service }

// List returns the credentials, keyed by the bare name of the provider, extra name or service token. Every call leaves an audit event of
// its own.
//
// Servers before 1.2.0 do not send a status; it is derived from Present here. Servers before 0.10.0 replace some entries by "[REDACTED]",
// which are then empty, and servers before 0.9.0 replace all service tokens, which are then absent.
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
