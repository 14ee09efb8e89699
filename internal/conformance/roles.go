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

// A grant says of a scope who beside the admin has it, and which operations need it.
type grant struct{ scope, roles, operations string }

var specsRead = grant{"specs:read", "operator service viewer", "ValidateSpec CompileSpec ExplainSpec GraphSpec ReportSpecPolicy ListSkills"}

// grants has every scope. Operations that none of them has need no key.
var grants = []grant{
	{"runs:write", "operator service", "CreateRun RunSpec CancelRun ContinueRun"},
	{"runs:read", "operator service reviewer viewer", "ListRuns GetRun GetRunPolicyReport GetRunGraph GetRunRecovery GetRunReplay GetRunTrace ListCheckpoints DiffCheckpoints"},
	specsRead,
	{"human:read", "operator service reviewer viewer", "ListHumanTasks GetHumanTask"},
	{"human:write", "service reviewer", "ResumeHumanTask"},
	{"audit:read", "operator service reviewer viewer", "ListAuditEvents"},
	{"credentials:read", "operator service", "ListCredentials"},
	{"policies:read", "operator service", "ListEnvironmentPolicies GetEnvironmentPolicy PreviewEnvironmentPolicy"},
	{"policies:write", "operator", "PutEnvironmentPolicy"},
}

// roleCases has a case for each role and operation.
func roleCases() (cases []Case) {
	for _, op := range gen.Operations {
		for _, role := range Roles {
			cases = append(cases, Case{role + " asks for " + op.ID, func(t testing.TB, target *Target) { asRole(t, target, &op, role) }})
		}
	}
	return cases
}

// asRole asks for an operation, of something that there is not, and looks at nothing but whether that is allowed.
func asRole(t testing.TB, target *Target, op *gen.Operation, role string) {
	path := strings.NewReplacer("{run_id}", "none", "{continuation_id}", "none", "{environment}", "roles").Replace(op.Path)
	var body any
	if op.Method != "GET" {
		body = map[string]any{}
	}
	_, err := target.client(t, target.Keys[role]).Request(t.Context(), op.Method, path, body, nil)
	for _, g := range grants {
		if !slices.Contains(strings.Fields(g.operations), op.ID) {
			continue
		}
		if op.ID == "GetRunPolicyReport" && !target.has(t, "1.1.0", "scope runs:read, and not specs:read, for the policy report of a run") {
			g = specsRead
		}
		if role == "admin" || slices.Contains(strings.Fields(g.roles), role) {
			break
		}
		if e := wantError(t, err, kneo.ErrForbidden, 403, kneo.CodeForbidden); e.Details.RequiredScope != g.scope {
			t.Errorf("%+v", e.Details)
		}
		return
	}
	if errors.Is(err, kneo.ErrForbidden) || errors.Is(err, kneo.ErrUnauthorized) || errors.Is(err, kneo.ErrUnsupported) {
		t.Errorf("%v", err)
	}
}
