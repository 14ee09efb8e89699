package conformance

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/kneo-agent/kneo-client-go/gen"
	"github.com/kneo-agent/kneo-client-go/kneo"
)

// Roles are the roles that a target has a key for.
var Roles = []string{"admin", "operator", "service", "reviewer", "viewer"}

// grants has who beside the admin has a scope.
var grants = map[string]string{
	"runs:write": "operator service", "runs:read": "operator service reviewer viewer", "specs:read": "operator service viewer",
	"human:read": "operator service reviewer viewer", "human:write": "service reviewer", "audit:read": "operator service reviewer viewer",
	"credentials:read": "operator service", "policies:read": "operator service", "policies:write": "operator",
}

// roleCases has a case for each role and operation, and for a key that nobody has.
func roleCases() (cases []Case) {
	for _, op := range gen.Operations {
		cases = append(cases, Case{"a stranger asks for " + op.ID, func(t testing.TB, target *Target) { asStranger(t, target, &op) }})
		for _, role := range Roles {
			cases = append(cases, Case{role + " asks for " + op.ID, func(t testing.TB, target *Target) { asRole(t, target, &op, role) }})
		}
	}
	return cases
}

// asStranger asks for an operation with a wrong key, which only probes take.
func asStranger(t testing.TB, target *Target, op *gen.Operation) {
	err := askNothing(t, target, op, WrongKey)
	if !op.Probe {
		wantError(t, err, kneo.ErrUnauthorized, 401, kneo.CodeUnauthorized)
	} else if err != nil {
		t.Error(err)
	}
}

// askNothing asks for an operation, of something that there is not.
func askNothing(t testing.TB, target *Target, op *gen.Operation, key string) error {
	path := strings.NewReplacer("{run_id}", "none", "{continuation_id}", "none", "{environment}", "roles").Replace(op.Path)
	var body any
	if op.Method != "GET" {
		body = map[string]any{}
	}
	_, err := target.client(t, key).Request(t.Context(), op.Method, path, body, nil)
	return err
}

// asRole asks for an operation and looks at nothing but whether that is allowed.
func asRole(t testing.TB, target *Target, op *gen.Operation, role string) {
	err := askNothing(t, target, op, target.Keys[role])
	scope := op.Scope
	if op.ID == "GetRunPolicyReport" && !target.has(t, "1.1.0", "scope runs:read, and not specs:read, for the policy report of a run") {
		scope = "specs:read"
	}
	granted, known := grants[scope]
	if !known && !op.Probe {
		t.Errorf("nobody has the scope %q of %s", scope, op.ID)
	}
	if known && role != "admin" && !slices.Contains(strings.Fields(granted), role) {
		if e := wantError(t, err, kneo.ErrForbidden, 403, kneo.CodeForbidden); e.Details.RequiredScope != scope {
			t.Errorf("%+v", e.Details)
		}
		return
	}
	if errors.Is(err, kneo.ErrForbidden) || errors.Is(err, kneo.ErrUnauthorized) || errors.Is(err, kneo.ErrUnsupported) {
		t.Errorf("%v", err)
	}
}
