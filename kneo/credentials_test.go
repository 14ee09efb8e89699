package kneo

import (
	"testing"
)

// TestOlderCredentials: a section, or an entry, can be a text, and the status missing.
func TestOlderCredentials(t *testing.T) {
	body := `{"inventory":{"providers":{"openai":{"name":"provider:openai","env_var":"K","present":true},"x":{"name":"provider:x","env_var":"X","present":false}},` +
		`"extra":{},"service_tokens":{"KNEO_SERV_API_KEY":"[REDACTED]"}}}`
	inventory, err := script(says(200, body)).client(t).Platform.Credentials.List(t.Context(), CredentialListParams{})
	if err != nil || inventory.Providers["openai"].Status != CredentialPresent || inventory.Providers["x"].Status != CredentialMissing {
		t.Fatalf("%+v, %v", inventory, err)
	}
	if entry, ok := inventory.ServiceTokens["KNEO_SERV_API_KEY"]; !ok || entry.Status != "" {
		t.Errorf("%+v", inventory.ServiceTokens)
	}
	body = `{"inventory":{"providers":{},"extra":{},"service_tokens":"[REDACTED]"}}`
	if inventory, err = script(says(200, body)).client(t).Platform.Credentials.List(t.Context(), CredentialListParams{}); err != nil || inventory.ServiceTokens != nil {
		t.Errorf("%+v, %v", inventory, err)
	}
}
