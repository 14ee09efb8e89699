package conformance

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/uuid"

	"github.com/kneo-agent/kneo-client-go/kneo"
)

var auditCases = []Case{
	{"what is done to a run is told", func(t testing.TB, target *Target) {
		c := target.client(t, target.Keys["admin"])
		run := gatedRun(t, c, gated())
		if _, err := c.Platform.HumanTasks.Resume(t.Context(), run.ContinuationID, kneo.Select("no")); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Platform.Runs.Cancel(t.Context(), run.RunID); err != nil { // too late, but told
			t.Fatal(err)
		}
		var types []kneo.AuditEventType
		for event, err := range c.Platform.Audit.All(t.Context(), kneo.AuditListParams{RunID: run.RunID, Limit: 1}) {
			if err != nil {
				t.Fatal(err)
			}
			types = append(types, event.EventType)
			if event.Actor != "admin" || event.CreatedAt.IsZero() || event.AdditionalProperties != nil || event.Metadata.AdditionalProperties != nil {
				t.Errorf("%+v", event)
			}
			switch event.EventType {
			case kneo.AuditRunCreated:
				if !event.Metadata.AsyncMode || !event.Metadata.InlineSpec || event.Metadata.Target != kneo.TargetWorkflow || event.Metadata.SessionID != "[REDACTED]" && target.has(t, "1.1.0", "`metadata.session_id` of audit event run.created") {
					t.Errorf("%+v", event.Metadata)
				}
			case kneo.AuditHumanDecision:
				if event.ContinuationID != run.ContinuationID || event.Metadata.Decision != kneo.DecisionSelected || event.Metadata.SelectedOption != "no" || event.Metadata.HasContent {
					t.Errorf("%+v", event)
				}
			}
		}
		if want := []kneo.AuditEventType{kneo.AuditRunCreated, kneo.AuditHumanDecision, kneo.AuditRunCancelled}; !slices.Equal(types, want) {
			t.Errorf("%v", types)
		}
	}},
	{"the latest comes first, and types can be asked for", func(t testing.TB, target *Target) {
		c := target.client(t, target.Keys["admin"])
		run, err := c.Agent.Specs.Run(t.Context(), kneo.RunCreateRequest{Input: "x", Spec: agentSpec})
		if err != nil {
			t.Fatal(err)
		}
		page, err := c.Platform.Audit.List(t.Context(), kneo.AuditListParams{RunID: run.RunID, EventType: kneo.AuditSpecRun})
		if err != nil || len(page.Items) != 1 || page.Items[0].Metadata.Status != "completed" || (page.SortBy != "created_at" || page.SortOrder != "desc") && target.has(t, "0.6.0", "`total`, `offset` and order in the list of audit events") {
			t.Errorf("%+v, %v", page, err)
		}
		if page, err = c.Platform.Audit.List(t.Context(), kneo.AuditListParams{RunID: run.RunID, EventType: kneo.AuditRunCreated}); err != nil || len(page.Items) != 0 {
			t.Errorf("%+v, %v", page, err)
		}
	}},
}

var credentialCases = []Case{
	{"credentials that are missing", func(t testing.TB, target *Target) {
		none := false
		inventory, err := target.client(t, target.Keys["admin"]).Platform.Credentials.List(t.Context(), kneo.CredentialListParams{
			Providers: []string{"openai", "foo-bar"}, Extras: []string{"NO_SUCH_VARIABLE"}, IncludeServiceTokens: &none,
		})
		if err != nil || len(inventory.Providers) != 2 || len(inventory.Extra) != 1 || len(inventory.ServiceTokens) != 0 {
			t.Fatalf("%+v, %v", inventory, err)
		}
		if e := inventory.Providers["foo-bar"]; e.EnvVar != "FOO_BAR_API_KEY" || e.Present || e.Status != kneo.CredentialMissing || e.Name != "provider:foo-bar" || e.Value != "" {
			t.Errorf("%+v", e)
		}
	}},
	{"credentials that are there are hidden", func(t testing.TB, target *Target) {
		inventory, err := target.client(t, target.Keys["admin"]).Platform.Credentials.List(t.Context(), kneo.CredentialListParams{})
		if err != nil || len(inventory.Providers) != 5 {
			t.Fatalf("%+v, %v", inventory, err)
		}
		if !target.has(t, "0.9.0", "service tokens in the list of credentials, one by one") {
			if inventory.ServiceTokens != nil {
				t.Errorf("%+v", inventory.ServiceTokens)
			}
			return
		}
		if !target.has(t, "0.10.0", "details of each service token") {
			if e, ok := inventory.ServiceTokens["KNEO_SERV_ADMIN_API_KEY"]; !ok || e != (kneo.CredentialEntry{}) {
				t.Errorf("%+v", inventory.ServiceTokens)
			}
			return
		}
		if e := inventory.ServiceTokens["KNEO_SERV_ADMIN_API_KEY"]; !e.Present || e.Status != kneo.CredentialPresent || e.Value != "[REDACTED]" {
			t.Errorf("%+v", e)
		}
	}},
	{"a viewer may not see credentials", func(t testing.TB, target *Target) {
		_, err := target.client(t, target.Keys["viewer"]).Platform.Credentials.List(t.Context(), kneo.CredentialListParams{})
		wantError(t, err, kneo.ErrForbidden, 403, kneo.CodeForbidden)
	}},
}

var policyCases = []Case{
	{"a policy is stored, replaced and listed", func(t testing.TB, target *Target) {
		c, env, off := target.client(t, target.Keys["admin"]), "env-"+uuid.NewString(), false
		state, err := c.Platform.Policies.Get(t.Context(), env)
		if err != nil || state.Environment != env || state.Policy != nil {
			t.Fatalf("%+v, %v", state, err)
		}
		state, err = c.Platform.Policies.Put(t.Context(), env, kneo.EnvironmentPolicyRequest{})
		if err != nil || !state.Policy.Enabled || state.Policy.RequireGuardrails || state.PreviousPolicy != nil {
			t.Fatalf("%+v, %v", state, err)
		}
		state, err = c.Platform.Policies.Put(t.Context(), env, kneo.EnvironmentPolicyRequest{Enabled: &off, RequireGuardrails: true, BlockedDiagnosticCodes: []string{"W_X"}})
		if err != nil || state.Policy.Enabled || !state.Policy.RequireGuardrails || !state.PreviousPolicy.Enabled || !slices.Equal(state.Policy.BlockedDiagnosticCodes, []string{"W_X"}) || state.Policy.AdditionalProperties != nil {
			t.Fatalf("%+v, %v", state, err)
		}
		all, err := c.Platform.Policies.List(t.Context())
		if err != nil || !all[env].RequireGuardrails {
			t.Errorf("%+v, %v", all, err)
		}
	}},
	{"a preview says what would change", func(t testing.TB, target *Target) {
		c, env := target.client(t, target.Keys["admin"]), "env-"+uuid.NewString()
		preview, err := c.Platform.Policies.Preview(t.Context(), env, kneo.EnvironmentPolicyRequest{RequireHumanReview: true})
		if err != nil || len(preview.Diff) != 7 || string(preview.Diff["require_human_review"].From) != "null" || string(preview.Diff["require_human_review"].To) != "true" || preview.RunsEvaluated != 0 {
			t.Fatalf("%+v, %v", preview, err)
		}
		if _, err := c.Platform.Policies.Put(t.Context(), env, kneo.EnvironmentPolicyRequest{}); err != nil {
			t.Fatal(err)
		}
		run := finished(t, c, kneo.RunCreateRequest{Input: "x", Spec: agentSpec, Environment: env})
		preview, err = c.Platform.Policies.Preview(t.Context(), env, kneo.EnvironmentPolicyRequest{RequireHumanReview: true})
		if err != nil || len(preview.Diff) != 1 || !slices.Equal(preview.AffectedRunIDs, []string{run.RunID}) || !slices.Equal(preview.NewlyBlocking, []string{run.RunID}) || preview.RunsEvaluated != 1 {
			t.Errorf("%+v, %v", preview, err)
		}
		if _, err := c.Platform.Policies.Put(t.Context(), env, kneo.EnvironmentPolicyRequest{RequireHumanReview: true}); err != nil {
			t.Fatal(err)
		}
		preview, err = c.Platform.Policies.Preview(t.Context(), env, kneo.EnvironmentPolicyRequest{RequireHumanReview: true, RequireGuardrails: true})
		if err != nil || len(preview.Diff) != 1 || len(preview.AffectedRunIDs) != 0 || len(preview.NewlyBlocking) != 0 || preview.RunsEvaluated != 1 {
			t.Errorf("of a run that is blocked already: %+v, %v", preview, err)
		}
	}},
	{"a policy blocks a run", func(t testing.TB, target *Target) {
		c, env := target.client(t, target.Keys["admin"]), "env-"+uuid.NewString()
		if _, err := c.Platform.Policies.Put(t.Context(), env, kneo.EnvironmentPolicyRequest{RequireHumanReview: true}); err != nil {
			t.Fatal(err)
		}
		for _, async := range []bool{false, true} {
			_, err := c.Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{Input: "x", Spec: agentSpec, Environment: env, AsyncMode: async})
			if !target.has(t, "0.9.0", "403 `environment_policy_blocked`: policies of environments are enforced") {
				if err != nil {
					t.Error(err)
				}
				continue
			}
			e := wantError(t, err, kneo.ErrForbidden, 403, kneo.CodeEnvironmentPolicyBlocked)
			if len(e.Details.Diagnostics) != 1 || e.Details.Diagnostics[0].Code != "E_ENV_POLICY_HUMAN_REVIEW" || e.Details.RequiredScope != "" {
				t.Errorf("%+v", e.Details)
			}
		}
		gatedRun(t, c, gated())
	}},
	{"policies are about tools, guardrails and what is found in specs", func(t testing.TB, target *Target) {
		c := target.client(t, target.Keys["admin"])
		spec := specWith("tools", map[string]any{"t": map[string]any{"description": "d", "implementation": "json.dumps"}})
		spec["agent"] = map[string]any{"name": "root", "tools": []any{"t"}, "strategy": "react"}
		for code, policy := range map[string]kneo.EnvironmentPolicyRequest{
			"E_ENV_POLICY_TOOL_PERMISSIONS agent.tools.permissions": {RequireToolPermissions: true}, "E_ENV_POLICY_UNRESTRICTED_TOOLS agent.tools": {DenyUnrestrictedTools: true},
			"E_ENV_POLICY_GUARDRAILS agent.guardrails": {RequireGuardrails: true}, "E_ENV_POLICY_WARNING agent.model": {FailOnWarnings: true},
			"E_ENV_POLICY_DIAGNOSTIC agent.model": {BlockedDiagnosticCodes: []string{"W_AGENT_MODEL"}},
		} {
			env := "env-" + uuid.NewString()
			if _, err := c.Platform.Policies.Put(t.Context(), env, policy); err != nil {
				t.Fatal(err)
			}
			_, err := c.Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{Input: "x", Spec: spec, Environment: env})
			if !target.has(t, "0.9.0", "403 `environment_policy_blocked`: policies of environments are enforced") {
				continue
			}
			e := wantError(t, err, kneo.ErrForbidden, 403, kneo.CodeEnvironmentPolicyBlocked)
			if d := e.Details.Diagnostics; !slices.ContainsFunc(d, func(d kneo.Diagnostic) bool { return d.Code+" "+d.Path == code }) {
				t.Errorf("%s: %+v", code, d)
			}
		}
	}},
	{"a policy comes before what is wrong with a spec", func(t testing.TB, target *Target) {
		c, env := target.client(t, target.Keys["admin"]), "env-"+uuid.NewString()
		if _, err := c.Platform.Policies.Put(t.Context(), env, kneo.EnvironmentPolicyRequest{RequireGuardrails: true}); err != nil {
			t.Fatal(err)
		}
		spec := specWith("workflow", oneStep("function", "none"))
		_, err := c.Agent.Specs.Compile(t.Context(), kneo.SpecCompileRequest{Spec: spec, Environment: env})
		if target.has(t, "0.9.0", "403 `environment_policy_blocked`: policies of environments are enforced") {
			wantError(t, err, kneo.ErrForbidden, 403, kneo.CodeEnvironmentPolicyBlocked)
		}
	}},
	{"a field that there is not is refused", func(t testing.TB, target *Target) {
		_, err := target.client(t, target.Keys["admin"]).Request(t.Context(), "PUT", "/v1/policies/environment/x", map[string]any{"foo": 1, "enabled": "x"}, nil)
		if e := wantError(t, err, kneo.ErrValidation, 422, ""); len(e.Details.Fields) != 2 {
			t.Errorf("%+v", e.Details)
		}
	}},
	{"a viewer may not store a policy", func(t testing.TB, target *Target) {
		_, err := target.client(t, target.Keys["viewer"]).Platform.Policies.Put(t.Context(), "x", kneo.EnvironmentPolicyRequest{})
		if e := wantError(t, err, kneo.ErrForbidden, 403, kneo.CodeForbidden); e.Details.RequiredScope != "policies:write" {
			t.Errorf("%+v", e.Details)
		}
	}},
}

// dangling has a step that refers to nothing.
func dangling() map[string]any {
	spec := steps(capwords)
	spec["components"] = map[string]any{}
	return spec
}

var specCases = []Case{
	{"a good spec is valid", func(t testing.TB, target *Target) {
		v, err := target.client(t, target.Keys["viewer"]).Agent.Specs.Validate(t.Context(), kneo.SpecValidateRequest{Spec: steps("no_such_module.f")})
		if err != nil || !v.Valid || len(v.Diagnostics) != 0 {
			t.Errorf("%+v, %v", v, err)
		}
	}},
	{"a bad spec is an answer of validate", func(t testing.TB, target *Target) {
		for code, spec := range map[string]map[string]any{"E_SCHEMA": {"version": "v1"}, "E_STEP_FUNCTION_REF": dangling()} {
			v, err := target.client(t, target.Keys["viewer"]).Agent.Specs.Validate(t.Context(), kneo.SpecValidateRequest{Spec: spec})
			if err != nil || v.Valid || len(v.Diagnostics) != 1 || v.Diagnostics[0].Code != code || v.Diagnostics[0].Suggestion == "" {
				t.Errorf("%s: %+v, %v", code, v, err)
			}
		}
	}},
	{"a bad spec is an error elsewhere", func(t testing.TB, target *Target) {
		specs, errs := target.client(t, target.Keys["viewer"]).Agent.Specs, map[string]error{}
		_, errs["compile"] = specs.Compile(t.Context(), kneo.SpecCompileRequest{Spec: dangling()})
		_, errs["explain"] = specs.Explain(t.Context(), kneo.SpecExplainRequest{Spec: map[string]any{"version": "v1"}})
		_, errs["graph"] = specs.Graph(t.Context(), kneo.SpecGraphRequest{Spec: map[string]any{"version": "v1"}})
		for _, name := range slices.Sorted(maps.Keys(errs)) {
			err := errs[name]
			if name != "graph" && !target.has(t, "0.8.0", "400 `spec_invalid`, with diagnostics, for a spec that is invalid") {
				wantError(t, err, kneo.ErrServer, 500, kneo.CodeInternalError)
			} else if e := wantError(t, err, kneo.ErrBadRequest, 400, kneo.CodeSpecInvalid); len(e.Details.Diagnostics) != 1 {
				t.Errorf("%s: %+v", name, e.Details)
			}
		}
	}},
	{"no spec is a bad request everywhere", func(t testing.TB, target *Target) {
		specs, errs := target.client(t, target.Keys["viewer"]).Agent.Specs, map[string]error{}
		_, errs["validate"] = specs.Validate(t.Context(), kneo.SpecValidateRequest{})
		_, errs["compile"] = specs.Compile(t.Context(), kneo.SpecCompileRequest{})
		_, errs["explain"] = specs.Explain(t.Context(), kneo.SpecExplainRequest{})
		_, errs["graph"] = specs.Graph(t.Context(), kneo.SpecGraphRequest{})
		_, errs["policy report"] = specs.PolicyReport(t.Context(), kneo.SpecPolicyReportRequest{})
		for _, name := range slices.Sorted(maps.Keys(errs)) {
			wantError(t, errs[name], kneo.ErrBadRequest, 400, kneo.CodeInvalidRequest)
		}
	}},
	{"a spec compiles", func(t testing.TB, target *Target) {
		compiled, err := target.client(t, target.Keys["viewer"]).Agent.Specs.Compile(t.Context(), kneo.SpecCompileRequest{Spec: steps(capwords)})
		if err != nil || !compiled.OK || !compiled.Summary.HasRootAgent || !compiled.Summary.HasRootWorkflow || compiled.Summary.AdditionalProperties != nil {
			t.Errorf("%+v, %v", compiled, err)
		}
	}},
	{"a spec is explained", func(t testing.TB, target *Target) {
		explained, err := target.client(t, target.Keys["viewer"]).Agent.Specs.Explain(t.Context(), kneo.SpecExplainRequest{Spec: steps(capwords)})
		if err != nil || explained.Summary.RootAgent != "root" || explained.Summary.RootWorkflow != "wf" || explained.Summary.AdditionalProperties != nil {
			t.Errorf("%+v, %v", explained, err)
		}
	}},
	{"a spec has a graph", func(t testing.TB, target *Target) {
		specs := target.client(t, target.Keys["viewer"]).Agent.Specs
		graph, err := specs.Graph(t.Context(), kneo.SpecGraphRequest{Spec: steps(capwords, "html.escape")})
		if err != nil || graph.WorkflowKind != "sequential" || graph.Start != "s1" || len(graph.Nodes) != 2 || len(graph.Edges) != 1 {
			t.Errorf("%+v, %v", graph, err)
		}
		if graph, err = specs.Graph(t.Context(), kneo.SpecGraphRequest{Spec: agentSpec}); err != nil || graph.WorkflowKind != "" || len(graph.Nodes) != 0 {
			t.Errorf("%+v, %v", graph, err)
		}
	}},
	{"a spec has a policy report", func(t testing.TB, target *Target) {
		specs := target.client(t, target.Keys["viewer"]).Agent.Specs
		report, err := specs.PolicyReport(t.Context(), kneo.SpecPolicyReportRequest{Spec: gated()})
		if err != nil || !*report.Valid || report.Report.Summary.HumanReviewStepCount != 1 || !report.Report.HumanReview.Required || report.Report.HumanReview.WorkflowSteps[0].StepID != "gate" {
			t.Errorf("%+v, %v", report, err)
		}
		if report, err = specs.PolicyReport(t.Context(), kneo.SpecPolicyReportRequest{Spec: map[string]any{"version": "v1"}}); err != nil || *report.Valid || len(report.Report.Diagnostics) != 1 {
			t.Errorf("%+v, %v", report, err)
		}
	}},
	{"specs are checked before they are run", func(t testing.TB, target *Target) {
		specs := target.client(t, target.Keys["viewer"]).Agent.Specs
		for want, spec := range map[bool]map[string]any{true: steps(capwords), false: {"version": "v1"}} {
			checked, err := specs.ValidateThenCompile(t.Context(), kneo.SpecCompileRequest{Spec: spec})
			if err != nil || checked.OK() != want || (checked.Compilation != nil) != want {
				t.Errorf("%+v, %v", checked, err)
			}
			dry, err := specs.DryRun(t.Context(), kneo.SpecValidateRequest{Spec: spec})
			if err != nil || dry.OK() != want || (dry.Explanation != nil) != want || (dry.PolicyReport != nil) != want {
				t.Errorf("%+v, %v", dry, err)
			}
		}
	}},
	{"a spec is run, under keys of its own", func(t testing.TB, target *Target) {
		c, key := target.client(t, target.Keys["admin"]), uuid.NewString()
		req := kneo.RunCreateRequest{Input: "x", Spec: agentSpec, AsyncMode: true}
		run, err := c.Agent.Specs.Run(t.Context(), req, kneo.WithIdempotencyKey(key))
		if err != nil || run.Status != kneo.RunRunning {
			t.Fatalf("%+v, %v", run, err)
		}
		again, err := c.Agent.Specs.Run(t.Context(), req, kneo.WithIdempotencyKey(key))
		if err != nil || again.RunID != run.RunID {
			t.Errorf("%+v, %v", again, err)
		}
		other, err := c.Platform.Runs.Create(t.Context(), req, kneo.WithIdempotencyKey(key))
		if err != nil || other.RunID == run.RunID {
			t.Errorf("%+v, %v", other, err)
		}
	}},
}

var skillCases = []Case{
	{"skills are listed", func(t testing.TB, target *Target) {
		page, err := target.client(t, target.Keys["viewer"]).Agent.Skills.List(t.Context(), kneo.SkillListParams{})
		if err != nil || page.SortBy != "name" || page.SortOrder != "asc" || page.Total != len(page.Items) {
			t.Errorf("%+v, %v", page, err)
		}
		for _, err := range target.client(t, target.Keys["viewer"]).Agent.Skills.All(t.Context(), kneo.SkillListParams{}) {
			if err != nil {
				t.Error(err)
			}
		}
	}},
}
