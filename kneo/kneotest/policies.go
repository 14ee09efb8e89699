package kneotest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// ListEnvironmentPolicies answers with all policies.
func (a *api) ListEnvironmentPolicies(w http.ResponseWriter, _ *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	all := map[string]any{}
	for environment, policy := range a.policies {
		all[environment] = present(policy)
	}
	writeBody(w, http.StatusOK, encode(map[string]any{"policies": all, "count": len(all)}))
}

// GetEnvironmentPolicy answers with a policy, null if there is none.
func (a *api) GetEnvironmentPolicy(w http.ResponseWriter, _ *http.Request, environment string) {
	if wrong := wrongEnvironment(environment); wrong != nil {
		invalidFields(wrong...).write(w)
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	writeBody(w, http.StatusOK, encode(present(gen.EnvironmentPolicyState{Environment: environment, Policy: a.policyOf(environment)})))
}

// policyOf returns the policy of an environment, nil if there is none. The lock is held.
func (s *Server) policyOf(environment string) *gen.EnvironmentPolicy {
	if policy, ok := s.policies[environment]; ok {
		return &policy
	}
	return nil
}

// policyFrom completes a request with the defaults.
func policyFrom(req *gen.EnvironmentPolicyRequest) gen.EnvironmentPolicy {
	return gen.EnvironmentPolicy{
		Enabled: req.Enabled == nil || *req.Enabled, FailOnWarnings: req.FailOnWarnings, BlockedDiagnosticCodes: req.BlockedDiagnosticCodes,
		RequireHumanReview: req.RequireHumanReview, RequireToolPermissions: req.RequireToolPermissions,
		DenyUnrestrictedTools: req.DenyUnrestrictedTools, RequireGuardrails: req.RequireGuardrails,
	}
}

// PutEnvironmentPolicy replaces a policy.
func (a *api) PutEnvironmentPolicy(w http.ResponseWriter, r *http.Request, environment string) {
	req, p := readRequest[gen.EnvironmentPolicyRequest](r, policyShape)
	if p != nil {
		p.write(w)
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	before, policy := a.policyOf(environment), policyFrom(req)
	a.policies[environment] = policy
	changed := []string{}
	for name := range changes(before, policy) {
		changed = append(changed, name)
	}
	slices.Sort(changed)
	a.audit(r, gen.AuditPolicyChanged, nil, "", object{
		"surface": "environment_policy_enforcement", "environment": environment, "previous": present(before), "current": present(policy), "changed_fields": changed,
	})
	writeBody(w, http.StatusOK, encode(present(gen.EnvironmentPolicyState{Environment: environment, Policy: &policy, PreviousPolicy: before})))
}

// PreviewEnvironmentPolicy says what a policy would change.
func (a *api) PreviewEnvironmentPolicy(w http.ResponseWriter, r *http.Request, environment string) {
	req, p := readRequest[gen.EnvironmentPolicyRequest](r, policyShape)
	if p != nil {
		p.write(w)
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	policy := policyFrom(req)
	preview := gen.PolicyPreview{Environment: environment, Diff: map[string]gen.PolicyChange{}}
	for name, change := range changes(a.policyOf(environment), policy) {
		preview.Diff[name] = change
	}
	now := a.policyOf(environment)
	for _, r := range slices.Backward(a.order[max(0, len(a.order)-500):]) {
		if r.request.Environment != environment || r.spec == nil {
			continue
		}
		preview.RunsEvaluated++
		then := len(violations(policy, environment, r.spec)) > 0
		before := now != nil && len(violations(*now, environment, r.spec)) > 0
		if then != before {
			preview.AffectedRunIDs = append(preview.AffectedRunIDs, r.id)
		}
		if then && !before {
			preview.NewlyBlocking = append(preview.NewlyBlocking, r.id)
		}
	}
	diff := map[string]any{}
	for name, change := range preview.Diff {
		diff[name] = present(change)
	}
	answer := present(preview).(map[string]any)
	answer["diff"] = diff
	writeBody(w, http.StatusOK, encode(answer))
}

// changes lists the fields in which two policies differ. From is null where nothing is stored.
func changes(before *gen.EnvironmentPolicy, after gen.EnvironmentPolicy) map[string]gen.PolicyChange {
	fields := func(p any) map[string]json.RawMessage {
		var m map[string]json.RawMessage
		_ = json.Unmarshal(encode(present(p)), &m)
		return m
	}
	old := map[string]json.RawMessage{}
	if before != nil {
		old = fields(*before)
	}
	diff := map[string]gen.PolicyChange{}
	for name, to := range fields(after) {
		from, stored := old[name]
		if !stored {
			from = json.RawMessage("null")
		}
		if !bytes.Equal(from, to) {
			diff[name] = gen.PolicyChange{From: from, To: to}
		}
	}
	return diff
}

// checkPolicy refuses a run whose spec does not meet the policy of its environment.
func (s *Server) checkPolicy(environment string, parsed *spec) *problem {
	s.mu.Lock()
	defer s.mu.Unlock()
	policy := s.policyOf(environment)
	if policy == nil || parsed == nil {
		return nil
	}
	found := violations(*policy, environment, parsed)
	if len(found) == 0 {
		return nil
	}
	diagnostics := make([]map[string]any, len(found))
	for i, d := range found {
		diagnostics[i] = map[string]any{"code": d.Code, "severity": d.Severity, "message": d.Message, "path": orNull(d.Path)}
	}
	return &problem{
		status: http.StatusForbidden, code: "environment_policy_blocked", message: fmt.Sprintf("ERROR %s: %s", found[0].Code, found[0].Message),
		more: map[string]any{"diagnostics": diagnostics},
	}
}
