package kneotest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// findings collects what is to be said of a spec.
type findings struct {
	spec *spec
	list []gen.Diagnostic
}

func (f *findings) add(severity gen.DiagnosticSeverity, code, path, suggestion, message string, args ...any) {
	f.list = append(f.list, gen.Diagnostic{Code: code, Severity: severity, Path: path, Suggestion: suggestion, Message: fmt.Sprintf(message, args...)})
}

func (f *findings) fail(code, path, suggestion, message string, args ...any) {
	f.add(gen.SeverityError, code, path, suggestion, message, args...)
}

func (f *findings) warn(code, path, suggestion, message string, args ...any) {
	f.add(gen.SeverityWarning, code, path, suggestion, message, args...)
}

// check finds what is wrong with a spec whose fields are right, and what is doubtful, in the order of the real server.
func (s *spec) check() []gen.Diagnostic {
	f := &findings{spec: s}
	for _, w := range s.workflows() {
		f.checkWorkflow(w.path, w.workflow)
	}
	f.eachAgent(f.checkToolRefs)
	f.eachAgent(f.checkSkillRefs)
	for _, w := range s.workflows() {
		f.checkGraph(w.path, w.workflow)
	}
	f.eachAgent(f.checkStrategy)
	f.checkGovernance()
	f.checkHumans()
	f.eachAgent(f.checkPolicies)
	f.checkTools()
	f.eachAgent(f.checkBacking)
	f.checkCycles()
	return f.list
}

// eachAgent checks all agents of the spec, the root first.
func (f *findings) eachAgent(check func(path string, a *agent)) {
	check("agent", f.spec.Agent)
	for _, name := range sortedKeys(f.spec.Components.Agents) {
		check("components.agents."+name, f.spec.Components.Agents[name])
	}
}

func (f *findings) checkWorkflow(path string, w *workflow) {
	switch w.Type {
	case sequentialType:
		f.checkSteps(path, w)
	case graphType:
		f.checkNodes(path, w)
	default:
		f.checkParticipants(path, w)
	}
}

func (f *findings) checkSteps(path string, w *workflow) {
	seen := map[string]bool{}
	for i, st := range w.Steps {
		at := fmt.Sprintf("%s.steps[%d]", path, i)
		if seen[st.ID] {
			f.fail("E_STEP_DUPLICATE_ID", at+".id", "", "Step id '%s' is duplicated.", st.ID)
		}
		seen[st.ID] = true
		if st.OnError == "fallback" && st.FallbackRef == "" {
			f.fail("E_STEP_FALLBACK_REF", at+".fallback_ref", "", "Step '%s' uses on_error=fallback but has no fallback_ref.", st.ID)
		}
		if st.FallbackRef != "" {
			f.checkFallbackStep(at+".fallback_ref", st, w.Steps)
		}
		f.checkRef(at+".ref", path, st)
	}
}

func (f *findings) checkFallbackStep(at string, st *step, steps []*step) {
	i := slices.IndexFunc(steps, func(other *step) bool { return other.ID == st.FallbackRef })
	if i < 0 {
		f.fail("E_STEP_FALLBACK_UNKNOWN", at, "", "Step '%s' fallback_ref '%s' is not a step in this workflow.", st.ID, st.FallbackRef)
		return
	}
	if steps[i].Kind == "human" {
		f.fail("E_STEP_FALLBACK_HUMAN", at, "", "Step '%s' fallback_ref '%s' is a human step, and a fallback cannot wait for a person.", st.ID, st.FallbackRef)
	}
	if steps[i].disabled() {
		f.warn("W_STEP_FALLBACK_DISABLED", at, "", "Step '%s' fallback_ref '%s' is disabled: the step fails as if it had none.", st.ID, st.FallbackRef)
	}
}

func (f *findings) checkNodes(path string, w *workflow) {
	for _, id := range sortedKeys(w.Nodes) {
		st, at := w.Nodes[id], path+".nodes."+id
		if st.ID != id {
			f.warn("W_GRAPH_NODE_ID_MISMATCH", at+".id", "", "Graph node key '%s' differs from step id '%s'.", id, st.ID)
		}
		if st.OnError == "fallback" && st.FallbackRef == "" {
			f.fail("E_GRAPH_NODE_FALLBACK_REF", at+".fallback_ref", "", "Node '%s' uses on_error=fallback but has no fallback_ref.", id)
		}
		other := w.Nodes[st.FallbackRef]
		switch {
		case st.FallbackRef == "":
		case other == nil:
			f.fail("E_GRAPH_NODE_FALLBACK_UNKNOWN", at+".fallback_ref", "", "Node '%s' fallback_ref '%s' is not a graph node.", id, st.FallbackRef)
		case other.disabled():
			f.fail("E_GRAPH_NODE_FALLBACK_DISABLED", at+".fallback_ref", "", "Node '%s' fallback_ref '%s' is a disabled node.", id, st.FallbackRef)
		}
		if other != nil && other.Kind == "human" {
			f.fail("E_GRAPH_FALLBACK_HUMAN", at+".fallback_ref", "", "Node '%s' fallback_ref '%s' is a human node, and a fallback cannot wait for a person.", id, st.FallbackRef)
		}
		f.checkRef(at+".ref", path, st)
	}
	start := w.Nodes[w.Start]
	switch {
	case start == nil:
		f.fail("E_GRAPH_START_UNKNOWN", path+".start", "", "Graph start node '%s' is not defined among the graph nodes.", w.Start)
	case start.disabled():
		f.fail("E_GRAPH_START_DISABLED", path+".start", "", "Graph start node '%s' is disabled.", w.Start)
	default:
		f.checkReach(path, w)
	}
}

// checkReach warns of nodes to which no way leads.
func (f *findings) checkReach(path string, w *workflow) {
	reached, frontier := map[string]bool{w.Start: true}, []string{w.Start}
	visit := func(id string) {
		if w.enabled(id) && !reached[id] {
			reached[id] = true
			frontier = append(frontier, id)
		}
	}
	for len(frontier) > 0 {
		id := frontier[0]
		frontier = frontier[1:]
		visit(w.Nodes[id].FallbackRef)
		for _, e := range w.Edges {
			if e.From == id {
				visit(e.To)
			}
		}
	}
	for _, id := range sortedKeys(w.Nodes) {
		if w.enabled(id) && !reached[id] {
			f.warn("W_GRAPH_NODE_UNREACHABLE", path+".nodes."+id, "", "Node '%s' is unreachable from start '%s' over enabled nodes.", id, w.Start)
		}
	}
}

func (f *findings) checkParticipants(path string, w *workflow) {
	ids := map[string]bool{}
	var humans []string
	for i, st := range w.Participants {
		at := fmt.Sprintf("%s.participants[%d]", path, i)
		if ids[st.ID] {
			f.fail("E_PARTICIPANT_DUPLICATE_ID", at+".id", "", "Participant id '%s' is duplicated.", st.ID)
		}
		ids[st.ID] = true
		f.checkRef(at+".ref", path, st)
		if st.OnError == "fallback" || st.FallbackRef != "" {
			f.fail("E_PARTICIPANT_FALLBACK_UNSUPPORTED", at+".fallback_ref", "Remove the participant fallback, or use a sequential or graph workflow.",
				"Participant '%s' declares a fallback, which %s workflows do not honor.", st.ID, w.Type)
		}
		if st.Kind == "human" && !st.disabled() {
			humans = append(humans, st.ID)
		}
	}
	if w.Type == concurrentType && len(humans) > 1 {
		f.fail("E_ORCHESTRATION_MULTI_HUMAN_UNSUPPORTED", path+".participants", "", "A concurrent workflow has more than one human participant (%s).", strings.Join(humans, ", "))
	}
	for i, id := range w.Selector.Sequence {
		if !ids[id] {
			f.fail("E_HANDOFF_SELECTOR_REF", fmt.Sprintf("%s.selector.sequence[%d]", path, i), "", "Handoff selector references unknown participant '%s'.", id)
		}
	}
	if w.Type == groupChatType && w.rounds() < 1 {
		f.fail("E_GROUP_CHAT_ROUNDS", path+".rounds", "", "Group-chat rounds must be at least 1.")
	}
}

// checkRef checks that what a step refers to is there.
func (f *findings) checkRef(at, path string, st *step) {
	c := f.spec.Components
	kinds := map[string]struct {
		known bool
		name  string
	}{
		"agent": {c.Agents[st.Ref] != nil, "Agent"}, "function": {hasKey(c.Functions, st.Ref), "Function"},
		"human": {c.Humans[st.Ref] != nil, "Human"}, "workflow": {c.Workflows[st.Ref] != nil, "Workflow"},
	}
	if kind, ok := kinds[st.Kind]; ok && !kind.known {
		f.fail("E_STEP_"+strings.ToUpper(st.Kind)+"_REF", at, fmt.Sprintf("Add it under components.%ss.", st.Kind), "%s component '%s' is referenced but not defined.", kind.name, st.Ref)
	}
	if st.Kind != "workflow" {
		return
	}
	if path == "components.workflows."+st.Ref {
		f.fail("E_STEP_WORKFLOW_SELF_REF", at, "", "Workflow component '%s' references itself.", st.Ref)
	}
	if !st.disabled() && f.reachesHuman(st.Ref, map[string]bool{}) {
		f.fail("E_STEP_WORKFLOW_NESTED_HUMAN", at, "Declare the human step in the top-level workflow.",
			"Workflow step references component workflow '%s', which contains a human step and so cannot pause the run.", st.Ref)
	}
}

// reachesHuman reports whether a workflow of the components has a step for a person, itself or in one of its own.
func (f *findings) reachesHuman(ref string, seen map[string]bool) bool {
	w := f.spec.Components.Workflows[ref]
	if w == nil || seen[ref] {
		return false
	}
	seen[ref] = true
	return slices.ContainsFunc(w.all(), func(st *step) bool {
		return !st.disabled() && (st.Kind == "human" || st.Kind == "workflow" && f.reachesHuman(st.Ref, seen))
	})
}

func (f *findings) checkToolRefs(path string, a *agent) {
	if a.Tools == nil {
		return
	}
	for _, name := range a.Tools.Include {
		if slices.Contains(a.Tools.Exclude, name) {
			f.fail("E_TOOL_CONFLICT", path+".tools", "", "Tool '%s' appears in both include and exclude.", name)
		}
	}
	for _, name := range a.Tools.Include {
		if !hasKey(f.spec.Tools, name) {
			f.fail("E_TOOL_REF", path+".tools", "", "Tool '%s' is referenced but not defined.", name)
		}
	}
}

func (f *findings) checkSkillRefs(path string, a *agent) {
	for _, name := range a.Skills {
		if !hasKey(f.spec.Skills, name) {
			f.fail("E_SKILL_REF", path+".skills", "", "Skill '%s' is referenced but not defined.", name)
		}
	}
}

func (f *findings) checkGraph(path string, w *workflow) {
	if w.Type != graphType {
		return
	}
	if w.maxSteps() < 1 {
		f.fail("E_GRAPH_MAX_STEPS", path+".max_steps", "", "Graph max_steps must be at least 1.")
	}
	if w.Nodes[w.Start] == nil {
		f.fail("E_GRAPH_START", path+".start", "", "Graph start node '%s' is not defined.", w.Start)
	}
	for i, e := range w.Edges {
		at := fmt.Sprintf("%s.edges[%d]", path, i)
		if w.Nodes[e.From] == nil {
			f.fail("E_GRAPH_EDGE_FROM", at, "", "Graph edge source '%s' is not defined.", e.From)
		}
		if w.Nodes[e.To] == nil {
			f.fail("E_GRAPH_EDGE_TO", at, "", "Graph edge target '%s' is not defined.", e.To)
		}
		f.checkCondition(at+".condition", e.Condition)
	}
}

func (f *findings) checkCondition(path string, c *condition) {
	if c == nil {
		return
	}
	keyed := c.Type == "metadata_equals" || c.Type == "variable_equals"
	if keyed && c.Key == "" {
		f.fail("E_CONDITION_KEY", path+".key", "", "Condition '%s' requires key.", c.Type)
	}
	if c.Value == nil && (keyed || slices.Contains([]string{"output_contains", "output_equals", "status_is"}, c.Type)) {
		f.fail("E_CONDITION_VALUE", path+".value", "", "Condition '%s' requires value.", c.Type)
	}
	if (c.Type == "all_of" || c.Type == "any_of") && len(c.Conditions) == 0 {
		f.fail("E_CONDITION_CHILDREN", path+".conditions", "", "Condition '%s' requires at least one child condition.", c.Type)
	}
	if c.Type == "not" && c.Condition == nil {
		f.fail("E_CONDITION_CHILD", path+".condition", "", "Condition 'not' requires condition.")
	}
	for i := range c.Conditions {
		f.checkCondition(fmt.Sprintf("%s.conditions[%d]", path, i), &c.Conditions[i])
	}
	f.checkCondition(path+".condition", c.Condition)
}

func (f *findings) checkStrategy(path string, a *agent) {
	if (a.Strategy.Type == "react" || a.Strategy.Type == "plan-act") && a.Model == nil {
		f.warn("W_AGENT_MODEL", path+".model", "", "Agent has a loop strategy but no explicit model.")
	}
}

// unsafeModules are modules from which nothing may be imported.
var unsafeModules = []string{
	"builtins", "code", "codeop", "ctypes", "fcntl", "importlib", "marshal", "mmap", "multiprocessing", "nt", "os", "pathlib", "pdb", "pickle",
	"platform", "posix", "pty", "runpy", "shutil", "signal", "socket", "subprocess", "sys", "tty",
}

func isUnsafe(implementation string) bool {
	module, _, dotted := strings.Cut(implementation, ".")
	if !dotted {
		return slices.Contains([]string{"eval", "exec", "open", "compile", "__import__", "breakpoint"}, implementation)
	}
	return slices.Contains(unsafeModules, module)
}

// checkGovernance finds what could do harm.
func (f *findings) checkGovernance() {
	before := len(f.list)
	for _, name := range sortedKeys(f.spec.Tools) {
		if isUnsafe(f.spec.Tools[name].Implementation) {
			f.fail("E_UNSAFE_TOOL_IMPORT", "tools."+name+".implementation", "Reference a function of the application.", "Tool '%s' uses an unsafe implementation import.", name)
		}
	}
	for _, name := range sortedKeys(f.spec.Components.Functions) {
		if isUnsafe(f.spec.Components.Functions[name].Implementation) {
			f.fail("E_UNSAFE_FUNCTION_IMPORT", "components.functions."+name+".implementation", "Reference a reviewed function of the application.",
				"Function component '%s' uses an unsafe implementation import.", name)
		}
	}
	f.eachAgent(f.checkPermissions)
	if len(f.list) > before && !f.approved() {
		f.warn("W_HUMAN_APPROVAL_MISSING", "workflow", "Add a human workflow step.", "Spec exposes privileged tools or unsafe imports without a human approval step.")
	}
}

func (f *findings) checkPermissions(path string, a *agent) {
	if a.Tools == nil || len(a.Tools.Include)+len(a.Tools.Exclude) == 0 && a.Tools.Permissions == nil {
		return
	}
	p, at := a.Tools.Permissions, path+".tools.permissions"
	if p == nil {
		f.warn("W_TOOL_POLICY_UNRESTRICTED", at, "Declare permissions.", "Agent tool selection has no explicit permissions policy.")
		return
	}
	domains, _ := p["allowed_domains"].([]any)
	if p["allow_network"] == true && len(domains) == 0 {
		f.warn("W_TOOL_NETWORK_UNRESTRICTED", at+".allowed_domains", "Name the domains.", "Agent allows network tool access without an allowed_domains list.")
	}
	for _, risk := range []struct{ permission, code, text string }{
		{"allow_shell", "W_TOOL_SHELL_ALLOWED", "Agent allows shell-capable tools."},
		{"allow_filesystem_write", "W_TOOL_FILESYSTEM_WRITE_ALLOWED", "Agent allows filesystem write access."},
		{"allow_filesystem_read", "W_TOOL_FILESYSTEM_READ_ALLOWED", "Agent allows filesystem read access."},
	} {
		if p[risk.permission] == true {
			f.warn(risk.code, at+"."+risk.permission, "Require human approval.", "%s", risk.text)
		}
	}
}

// approved reports whether a person has a say in any of the workflows.
func (f *findings) approved() bool {
	for _, w := range f.spec.workflows() {
		if slices.ContainsFunc(w.all(), func(st *step) bool { return st.Kind == "human" && !st.disabled() }) {
			return true
		}
	}
	return false
}

func (f *findings) checkHumans() {
	for _, name := range sortedKeys(f.spec.Components.Humans) {
		h, at := f.spec.Components.Humans[name], "components.humans."+name
		if h.DefaultOption != nil && !slices.Contains(h.Options, *h.DefaultOption) {
			f.fail("E_HUMAN_DEFAULT_OPTION_NOT_IN_OPTIONS", at+".default_option", "Set default_option to one of the options.", "Human component '%s' default_option '%s' is not one of its options.", name, *h.DefaultOption)
		}
		if h.RequestType == "selection" && len(h.Options) == 0 {
			f.fail("E_HUMAN_SELECTION_REQUIRES_OPTIONS", at+".options", "Provide options.", "Human component '%s' uses request_type 'selection' without any options to select from.", name)
		}
		if h.ResponseRole == "system" {
			f.warn("W_HUMAN_RESPONSE_ROLE_SYSTEM", at+".response_role", "Use user or assistant.", "Human component '%s' adds what the reviewer says as a 'system' message.", name)
		}
	}
}

// stageActions are the actions that the stages of guardrails know; all know these.
var (
	commonActions = []string{"", "warn", "block", "retry", "escalate", "human_review"}
	stageActions  = map[string][]string{"input": nil, "output": {"revise"}, "tool": {"revise", "redact"}, "workflow": {"revise", "redact"}}
)

func (f *findings) checkPolicies(path string, a *agent) {
	if policy, _ := a.Memory["policy"].(string); len(a.Memory) > 0 && policy == "" {
		f.fail("E_MEMORY_POLICY_REQUIRED", path+".memory.policy", "Set memory.policy.", "Agent '%s' declares memory without `policy`.", a.Name)
	}
	if a.Guardrails == nil {
		return
	}
	for _, stage := range []string{"input", "output", "tool", "workflow"} {
		items, _ := a.Guardrails.raw[stage].([]any)
		for i, item := range items {
			f.checkRail(fmt.Sprintf("%s.guardrails.%s[%d]", path, stage, i), a.Name, stage, item)
		}
	}
}

func (f *findings) checkRail(at, name, stage string, item any) {
	rail, ok := item.(object)
	if !ok {
		f.fail("E_GUARDRAIL_FIELDS", at, "Give it id and type.", "Agent '%s' has a guardrail that is not a mapping with `id` and `type`.", name)
		return
	}
	for _, required := range []string{"id", "type"} {
		if text, _ := rail[required].(string); text == "" {
			f.fail("E_GUARDRAIL_FIELDS", at+"."+required, "Give it id and type.", "Agent '%s' has a guardrail without `%s`.", name, required)
		}
	}
	if mode, ok := rail["mode"]; ok && mode != "middleware" {
		f.fail("E_GUARDRAIL_MODE_UNSUPPORTED", at+".mode", "Remove mode.", "Agent '%s' has a guardrail of mode '%v', which is not attached to anything.", name, mode)
	}
	action, _ := rail["action"].(string)
	if !slices.Contains(commonActions, action) && !slices.Contains(stageActions[stage], action) {
		f.fail("E_GUARDRAIL_ACTION_UNSUPPORTED", at+".action", "Use an action that the stage honors.", "Agent '%s' has a guardrail with action '%s', which the stage '%s' does not honor.", name, action, stage)
	}
}

func (f *findings) checkTools() {
	for _, name := range sortedKeys(f.spec.Tools) {
		t, at := f.spec.Tools[name], "tools."+name
		backings := 0
		for _, set := range []bool{t.Implementation != "", len(t.MCP) > 0, t.Agent != ""} {
			if set {
				backings++
			}
		}
		if backings == 0 {
			f.fail("E_TOOL_NO_BACKING", at, "Add one of implementation, mcp, agent.", "Tool '%s' sets none of implementation / mcp / agent.", name)
		}
		if backings > 1 {
			f.fail("E_TOOL_MULTIPLE_BACKINGS", at, "Keep only one backing.", "Tool '%s' sets more than one of implementation / mcp / agent.", name)
		}
		if t.Agent != "" && f.spec.Components.Agents[t.Agent] == nil {
			f.fail("E_AGENT_TOOL_UNKNOWN_AGENT", at+".agent", "Define the agent under components.agents.", "Tool '%s' references agent '%s', which is not defined.", name, t.Agent)
		}
	}
}

func (f *findings) checkBacking(path string, a *agent) {
	if a.AsAgent != "" && f.spec.Components.Workflows[a.AsAgent] == nil {
		f.fail("E_AS_AGENT_UNKNOWN_WORKFLOW", path+".as_agent", "Define the workflow under components.workflows.", "Agent '%s' references workflow '%s', which is not defined.", a.Name, a.AsAgent)
	}
}

// checkCycles finds workflows that lead back to themselves.
func (f *findings) checkCycles() {
	for _, name := range sortedKeys(f.spec.Components.Workflows) {
		if f.leadsTo(name, name, map[string]bool{}) {
			f.fail("E_BUILD_CYCLE", "components", "Break the cycle.", "Component dependency cycle: workflow '%s' depends on itself.", name)
			return
		}
	}
}

func (f *findings) leadsTo(from, to string, seen map[string]bool) bool {
	if seen[from] || f.spec.Components.Workflows[from] == nil {
		return false
	}
	seen[from] = true
	return slices.ContainsFunc(f.spec.Components.Workflows[from].all(), func(st *step) bool {
		return st.Kind == "workflow" && !st.disabled() && (st.Ref == to || f.leadsTo(st.Ref, to, seen))
	})
}
