package kneotest

import "net/http"

// Healthz answers that the platform is healthy.
func (a *api) Healthz(w http.ResponseWriter, _ *http.Request) {
	a.writeHealth(w, map[string]any{"status": "healthy"})
}

// Livez answers that the platform is alive.
func (a *api) Livez(w http.ResponseWriter, _ *http.Request) {
	a.writeHealth(w, map[string]any{"status": "alive"})
}

// Readyz answers that the platform is ready.
func (a *api) Readyz(w http.ResponseWriter, _ *http.Request) {
	a.mu.Lock()
	running := 0
	for _, r := range a.order {
		if r.status == "running" {
			running++
		}
	}
	a.mu.Unlock()
	part := func(name string, more map[string]any) map[string]any {
		check := map[string]any{"name": name, "ok": true}
		for k, v := range more {
			check[k] = v
		}
		return check
	}
	a.writeHealth(w, map[string]any{"ready": true, "manager": "kneotest", "checks": map[string]any{
		"api":                part("api", map[string]any{"status": "ready"}),
		"run_state_store":    part("run_state_store", nil),
		"continuation_store": part("continuation_store", nil),
		"queue":              part("queue", map[string]any{"kind": "kneotest", "durable": false, "queued": 0, "running": running, "failed": 0}),
		"runtime_registry":   part("runtime_registry", map[string]any{"count": 1, "names": []string{"bridge"}}),
		"tool_registry":      part("tool_registry", map[string]any{"count": 0, "names": []string{}}),
		"providers":          part("providers", map[string]any{"configured": false}),
		"mcp":                part("mcp", map[string]any{"configured": false}),
	}})
}

func (a *api) writeHealth(w http.ResponseWriter, metadata map[string]any) {
	writeBody(w, http.StatusOK, encode(map[string]any{"ok": true, "service": "kneo-serv-platform", "version": a.version, "metadata": metadata}))
}
