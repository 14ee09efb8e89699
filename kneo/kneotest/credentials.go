package kneotest

import (
	"net/http"
	"strings"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// providers has the variables that the server knows the credentials of providers by.
var providers = map[string]string{
	"openai": "OPENAI_API_KEY", "openai-agents": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY", "google": "GOOGLE_API_KEY", "google-adk": "GOOGLE_API_KEY",
}

// ListCredentials says which credentials the server has, by [WithCredential].
func (a *api) ListCredentials(w http.ResponseWriter, req *http.Request, params gen.ListCredentialsParams) {
	inventory := map[string]map[string]any{"providers": {}, "extra": {}, "service_tokens": {}}
	services := params.IncludeServiceTokens == nil || *params.IncludeServiceTokens
	wanted := params.Providers
	if wanted == nil {
		wanted = []string{"openai", "openai-agents", "anthropic", "google", "google-adk"}
	}
	for _, name := range wanted {
		variable, ok := providers[name]
		if !ok {
			variable = strings.ToUpper(strings.ReplaceAll(name, "-", "_")) + "_API_KEY"
		}
		inventory["providers"][name] = a.credential("provider:"+name, variable)
	}
	for _, name := range params.Extras {
		inventory["extra"][name] = a.credential("extra:"+name, name)
	}
	if services {
		for _, name := range []string{"KNEO_SERV_API_KEY", "KNEO_SERV_API_KEYS", "KNEO_SERV_ADMIN_API_KEY"} {
			inventory["service_tokens"][name] = a.credential("service:"+name, name)
		}
	}
	a.mu.Lock()
	a.audit(req, gen.AuditCredentialInventoryAccessed, nil, "", object{
		"providers_requested": nullableList(params.Providers), "extras_requested": nullableList(params.Extras), "include_service_references": services,
		"provider_count": len(inventory["providers"]), "extra_count": len(inventory["extra"]), "service_reference_count": len(inventory["service_tokens"]),
		"providers_present": found(inventory["providers"]), "extras_present": found(inventory["extra"]), "service_references_present": found(inventory["service_tokens"]),
	})
	a.mu.Unlock()
	writeBody(w, http.StatusOK, encode(map[string]any{"inventory": inventory}))
}

func (s *Server) credential(name, variable string) any {
	entry := gen.CredentialEntry{Name: name, EnvVar: variable, Status: gen.CredentialMissing}
	if s.env[variable] || variable == "KNEO_SERV_ADMIN_API_KEY" {
		entry.Present, entry.Status, entry.Value = true, gen.CredentialPresent, redactedText
	}
	return present(entry)
}

// found names the entries that are present.
func found(entries map[string]any) []string {
	names := []string{}
	for _, name := range sortedKeys(entries) {
		if entries[name].(object)["present"] == true {
			names = append(names, name)
		}
	}
	return names
}

func nullableList(items []string) any {
	if items == nil {
		return nil
	}
	return items
}
