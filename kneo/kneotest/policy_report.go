package kneotest

import (
	"slices"
	"strings"
)

// policyReport answers for a spec, or for one that is broken.
func policyReport(s *spec, broken *problem) object {
	if s == nil {
		return object{"valid": false, "report": object{"valid": false, "diagnostics": present(broken.diagnostics)}}
	}
	return object{"valid": true, "report": s.report()}
}

// report is what a spec lets its agents do, and what people have to say in it.
func (s *spec) report() object {
	memory, choices, rails := []object{}, []object{}, []object{}
	(&findings{spec: s}).eachAgent(func(path string, a *agent) {
		memory = append(memory, object{"agent": path, "configured": a.Memory != nil, "policy": a.Memory["policy"], "config": with(a.Memory, nil)})
		choices = append(choices, with(a.Tools.report(), object{"agent": path}))
		rails = append(rails, a.Guardrails.report(path))
	})
	imports := []object{}
	for _, name := range sortedKeys(s.Tools) {
		if mcp := s.Tools[name].MCP; len(mcp) > 0 {
			imports = append(imports, object{"name": name, "config": mcp})
		}
	}
	workflows := len(s.workflows())
	steps := s.humanSteps()
	return object{
		"valid": true, "version": "v1", "diagnostics": present(s.findings),
		"summary": object{
			"agent_count": len(memory), "workflow_count": workflows, "tool_count": len(s.Tools), "mcp_tool_count": len(imports),
			"human_reviewer_count": len(s.Components.Humans), "human_review_step_count": len(steps), "diagnostic_count": len(s.findings),
		},
		"memory":       object{"agents": memory},
		"tools":        object{"declared": listOf(sortedKeys(s.Tools)), "mcp_imports": imports, "agent_policies": choices},
		"guardrails":   object{"agents": rails},
		"human_review": s.reviewReport(steps),
	}
}

func (s *spec) reviewReport(steps []object) object {
	requirements, missing := []object{}, false
	for _, d := range s.findings {
		if strings.HasPrefix(d.Code, "W_TOOL_") || strings.HasPrefix(d.Code, "E_UNSAFE_") {
			requirements = append(requirements, object{"code": d.Code, "path": d.Path, "reason": d.Message})
		}
		missing = missing || d.Code == "W_HUMAN_APPROVAL_MISSING"
	}
	if len(s.Components.Humans) > 0 && len(requirements) == 0 {
		requirements = append(requirements, object{
			"code": "I_HUMAN_REVIEW_CONFIGURED", "path": "components.humans", "reason": "Human reviewers are configured for this spec.",
		})
	}
	return object{
		"reviewers": listOf(sortedKeys(s.Components.Humans)), "workflow_steps": steps, "required": len(requirements) > 0, "requirements": requirements, "missing": missing,
	}
}

// report says which tools an agent has and what they may do.
func (c *toolChoice) report() object {
	if c == nil {
		return object{"include": []string{}, "exclude": []string{}, "permissions": nil, "unrestricted": false}
	}
	if c.Permissions == nil {
		return object{"include": listOf(c.Include), "exclude": listOf(c.Exclude), "permissions": nil, "unrestricted": true}
	}
	permissions := with(object{
		"allow_network": nil, "allow_filesystem_read": nil, "allow_filesystem_write": nil, "allow_shell": nil, "allowed_domains": []any{}, "denied_domains": []any{},
	}, c.Permissions)
	domains, _ := permissions["allowed_domains"].([]any)
	unrestricted := slices.ContainsFunc([]string{"allow_shell", "allow_filesystem_write", "allow_filesystem_read"}, func(name string) bool { return permissions[name] == true }) ||
		permissions["allow_network"] == true && len(domains) == 0
	return object{"include": listOf(c.Include), "exclude": listOf(c.Exclude), "permissions": permissions, "unrestricted": unrestricted}
}

// report says how many checks there are at each stage.
func (g *guardrails) report(path string) object {
	stages := object{}
	if g != nil {
		for stage, items := range g.raw {
			if list, _ := items.([]any); len(list) > 0 {
				stages[stage] = len(list)
			}
		}
	}
	return object{"agent": path, "configured": len(stages) > 0, "stages": stages}
}
