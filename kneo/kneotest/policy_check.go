package kneotest

import (
	"fmt"
	"slices"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// violations lists what the policy of an environment has against a spec.
func violations(policy gen.EnvironmentPolicy, environment string, s *spec) []gen.Diagnostic {
	if !policy.Enabled {
		return nil
	}
	c := policyCheck{environment: environment, agents: findings{spec: s}}
	for _, d := range s.findings {
		if slices.Contains(policy.BlockedDiagnosticCodes, d.Code) {
			c.add("E_ENV_POLICY_DIAGNOSTIC", d.Path, "blocks diagnostic "+d.Code)
		}
		if policy.FailOnWarnings && d.Severity == gen.SeverityWarning {
			c.add("E_ENV_POLICY_WARNING", d.Path, "treats warning "+d.Code+" as an error")
		}
	}
	if policy.RequireHumanReview && len(s.humanSteps()) == 0 {
		c.add("E_ENV_POLICY_HUMAN_REVIEW", "workflow", "requires a human approval workflow step")
	}
	if policy.RequireToolPermissions {
		c.agents.eachAgent(c.permissions)
	}
	if policy.DenyUnrestrictedTools {
		c.agents.eachAgent(c.unrestricted)
	}
	if policy.RequireGuardrails {
		c.guardrails()
	}
	return c.list
}

type policyCheck struct {
	environment string
	agents      findings
	list        []gen.Diagnostic
}

func (c *policyCheck) add(code, path, what string) {
	c.list = append(c.list, gen.Diagnostic{Code: code, Severity: gen.SeverityError, Path: path, Message: fmt.Sprintf("Environment '%s' %s.", c.environment, what)})
}

func (c *policyCheck) permissions(path string, a *agent) {
	if a.Tools != nil && len(a.Tools.Include) > 0 && a.Tools.Permissions == nil {
		c.add("E_ENV_POLICY_TOOL_PERMISSIONS", path+".tools.permissions", "requires explicit tool permissions for "+path)
	}
}

func (c *policyCheck) unrestricted(path string, a *agent) {
	if a.Tools.report()["unrestricted"] == true {
		c.add("E_ENV_POLICY_UNRESTRICTED_TOOLS", path+".tools", "denies unrestricted tools for "+path)
	}
}

// guardrails is content with those of any agent.
func (c *policyCheck) guardrails() {
	guarded := false
	c.agents.eachAgent(func(path string, a *agent) { guarded = guarded || a.Guardrails.report(path)["configured"] == true })
	if !guarded {
		c.add("E_ENV_POLICY_GUARDRAILS", "agent.guardrails", "requires at least one guardrail")
	}
}
