package kneotest

import (
	"net/http"
	"slices"
	"strings"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// principal is whom a key belongs to.
type principal struct {
	name  string
	roles []string // or scopes
}

// scopesOf says what the roles may do; admin, and *, may do anything.
var scopesOf = map[string][]string{
	"operator": {"runs:write", "runs:read", "specs:read", "human:read", "audit:read", "credentials:read", "policies:read", "policies:write"},
	"service":  {"runs:write", "runs:read", "specs:read", "human:read", "human:write", "audit:read", "credentials:read", "policies:read"},
	"reviewer": {"runs:read", "human:read", "human:write", "audit:read"},
	"viewer":   {"runs:read", "specs:read", "human:read", "audit:read"},
}

func (p principal) may(scope string) bool {
	for _, role := range p.roles {
		if role == "admin" || role == "*" || role == scope || slices.Contains(scopesOf[role], scope) {
			return true
		}
	}
	return false
}

// authorize finds out who is asking, and whether they may. Only probes need no key.
func (s *Server) authorize(r *http.Request, op *gen.Operation) *problem {
	if op.Probe {
		return nil
	}
	who, known := s.keys[presentedKey(r.Header)]
	switch {
	case !known:
		return &problem{status: http.StatusUnauthorized, code: "unauthorized", message: "A valid Kneo service API key is required.", header: http.Header{"Www-Authenticate": {"Bearer"}}}
	case !who.may(op.Scope):
		return &problem{status: http.StatusForbidden, code: "forbidden", message: "Missing required scope: " + op.Scope, more: map[string]any{"required_scope": op.Scope}}
	}
	return nil
}

// presentedKey returns the key of a request. A bearer token wins over the other header, even if it is wrong.
func presentedKey(h http.Header) string {
	scheme, token, _ := strings.Cut(strings.TrimSpace(h.Get("Authorization")), " ")
	if strings.EqualFold(scheme, "bearer") {
		return strings.TrimSpace(token)
	}
	return h.Get("X-Kneo-Api-Key")
}

// actor is the name of whoever sent a request that has been admitted.
func (s *Server) actor(r *http.Request) string { return s.keys[presentedKey(r.Header)].name }
