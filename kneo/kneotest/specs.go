package kneotest

import (
	"net/http"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// noSpec is what the spec operations say when there is none.
const noSpec = "Either spec or spec_path is required."

// specRequest is a request about a spec, and what came of reading that.
type specRequest struct {
	gen.SpecCompileRequest

	parsed  *spec    // nil if its fields are wrong
	invalid *problem // what is wrong with it; some operations answer with that, others refuse the request
}

// readSpec reads a request about a spec. The problem is what all operations refuse.
func readSpec(r *http.Request, s shape) (*specRequest, *problem) {
	req, p := readRequest[gen.SpecCompileRequest](r, s)
	if p != nil {
		return nil, p
	}
	parsed, broken := parseSpec(overridden(req.Spec, req.Overrides), req.SpecPath, req.Overlays, noSpec)
	if broken != nil && broken.diagnostics == nil {
		return nil, broken
	}
	return &specRequest{*req, parsed, broken}, nil
}

// overridden is a spec with some of its values replaced; null removes one.
func overridden(spec, overrides object) object {
	if spec == nil || len(overrides) == 0 {
		return spec
	}
	merged := with(spec, nil)
	for name, value := range overrides {
		inner, isObject := value.(object)
		old, wasObject := merged[name].(object)
		switch {
		case value == nil, isObject && inner["__delete__"] == true:
			delete(merged, name)
		case isObject && wasObject:
			merged[name] = overridden(old, inner)
		default:
			merged[name] = value
		}
	}
	return merged
}

// auditSpec notes that a spec was looked at.
func (a *api) auditSpec(r *http.Request, kind gen.AuditEventType, req *specRequest, more object) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.audit(r, kind, nil, "", with(object{"spec_path": orNull(req.SpecPath), "inline_spec": req.Spec != nil}, more))
}

// looked is what is noted of a spec that was checked.
func (r *specRequest) looked(valid bool) object {
	return object{"environment": orNull(r.Environment), "overlays": listOf(r.Overlays), "valid": valid}
}

// ValidateSpec answers whether a spec is valid.
func (a *api) ValidateSpec(w http.ResponseWriter, r *http.Request) {
	req, p := readSpec(r, specShape)
	if p != nil {
		p.write(w)
		return
	}
	valid := req.invalid == nil
	a.auditSpec(r, gen.AuditSpecValidated, req, req.looked(valid))
	writeBody(w, http.StatusOK, encode(object{"valid": valid, "diagnostics": present(req.findings())}))
}

// findings is what there is to say of the spec.
func (r *specRequest) findings() []gen.Diagnostic {
	if r.invalid != nil {
		return r.invalid.diagnostics
	}
	return r.parsed.findings
}

// CompileSpec compiles a spec. A spec that is only wrong in what it means is told and not refused unless the request is strict, if it can be
// built nevertheless.
func (a *api) CompileSpec(w http.ResponseWriter, r *http.Request) {
	req, p := readSpec(r, compileShape)
	if p == nil {
		p = a.compilable(req, req.Strict == nil || *req.Strict)
	}
	if p != nil {
		p.write(w)
		return
	}
	a.auditSpec(r, gen.AuditSpecCompiled, req, req.looked(true))
	summary := object{"has_root_agent": true, "has_root_workflow": req.parsed.Workflow != nil, "component_agents": req.parsed.componentAgents()}
	writeBody(w, http.StatusOK, encode(object{"ok": req.invalid == nil, "diagnostics": present(req.findings()), "summary": summary}))
}

// compilable refuses what the environment does not allow, then specs that are wrong, and then those that cannot be built.
func (a *api) compilable(req *specRequest, strict bool) *problem {
	if p := a.checkPolicy(req.Environment, req.parsed); p != nil {
		return p
	}
	if req.invalid != nil && (strict || req.parsed == nil) {
		return req.invalid
	}
	if err := a.build(req.parsed); err != nil {
		return problemOf(err)
	}
	return nil
}

// componentAgents are the agents beside the root.
func (s *spec) componentAgents() []string { return listOf(sortedKeys(s.Components.Agents)) }

// ExplainSpec says what a spec consists of.
func (a *api) ExplainSpec(w http.ResponseWriter, r *http.Request) {
	a.withSpec(w, r, func(req *specRequest) (gen.AuditEventType, object, object) {
		var root any
		if req.parsed.Workflow != nil {
			root = req.parsed.Workflow.title()
		}
		summary := object{"root_agent": req.parsed.Agent.Name, "root_workflow": root, "component_agents": req.parsed.componentAgents()}
		return gen.AuditSpecExplained, nil, object{"summary": summary}
	})
}

// GraphSpec answers with the workflow of a spec as a graph.
func (a *api) GraphSpec(w http.ResponseWriter, r *http.Request) {
	a.withSpec(w, r, func(req *specRequest) (gen.AuditEventType, object, object) {
		g := req.parsed.graph()
		return gen.AuditSpecGraph, object{"workflow_kind": g["workflow_kind"]}, g
	})
}

// withSpec answers with what f makes of a spec that compiles, and notes it.
func (a *api) withSpec(w http.ResponseWriter, r *http.Request, f func(*specRequest) (event gen.AuditEventType, noted, answer object)) {
	req, p := readSpec(r, specShape)
	if p == nil {
		p = a.compilable(req, true)
	}
	if p != nil {
		p.write(w)
		return
	}
	event, noted, answer := f(req)
	a.auditSpec(r, event, req, noted)
	writeBody(w, http.StatusOK, encode(answer))
}

// ReportSpecPolicy answers with what a spec lets its agents do.
func (a *api) ReportSpecPolicy(w http.ResponseWriter, r *http.Request) {
	req, p := readSpec(r, specShape)
	if p != nil {
		p.write(w)
		return
	}
	a.auditSpec(r, gen.AuditSpecPolicyReported, req, req.looked(req.parsed != nil))
	writeBody(w, http.StatusOK, encode(policyReport(req.parsed, req.invalid)))
}

// graph is the workflow as nodes and edges, a line in the case of steps; there are none of anything else.
func (s *spec) graph() object {
	g := object{"workflow_name": nil, "workflow_kind": nil, "start": nil, "max_steps": nil, "nodes": []object{}, "edges": []object{}}
	if s.Workflow == nil {
		return g
	}
	w := s.Workflow
	g["workflow_name"] = w.title()
	switch w.Type {
	case sequentialType:
		g["workflow_kind"] = sequentialType
		w.drawSteps(g)
	case graphType:
		g["workflow_kind"], g["start"], g["max_steps"] = graphType, w.Start, w.maxSteps()
		w.drawNodes(g)
	}
	return g
}

func (w *workflow) drawSteps(g object) {
	nodes, edges := []object{}, []object{}
	for i, st := range enabledSteps(w.Steps) {
		node := object{"id": st.ID, "kind": nil, "name": st.ID, "on_error": nil, "fallback_node": nil, "max_retries": 0, "timeout_seconds": nil}
		nodes = append(nodes, node)
		if i == 0 {
			g["start"] = st.ID
			continue
		}
		edges = append(edges, object{"source": nodes[i-1]["id"], "target": st.ID, "label": nil, "conditional": false, "priority": 0})
	}
	g["nodes"], g["edges"] = nodes, edges
}

func (w *workflow) drawNodes(g object) {
	nodes, edges := []object{}, []object{}
	for _, id := range sortedKeys(w.Nodes) {
		st := w.Nodes[id]
		if st.disabled() {
			continue
		}
		var timeout any
		if st.TimeoutSeconds != nil {
			timeout = *st.TimeoutSeconds
		}
		nodes = append(nodes, object{
			"id": id, "kind": st.Kind, "name": id, "on_error": either(st.OnError, "fail"), "fallback_node": orNull(st.FallbackRef),
			"max_retries": st.MaxRetries, "timeout_seconds": timeout,
		})
	}
	for _, e := range w.Edges {
		if w.enabled(e.From) && w.enabled(e.To) {
			edges = append(edges, object{"source": e.From, "target": e.To, "label": orNull(e.Label), "conditional": e.Condition != nil, "priority": 0})
		}
	}
	g["nodes"], g["edges"] = nodes, edges
}

// humanSteps are the steps of sequences and graphs at which a person decides.
func (s *spec) humanSteps() []object {
	steps := []object{}
	for _, w := range s.workflows() {
		if w.Type != sequentialType && w.Type != graphType {
			continue
		}
		for _, st := range w.all() {
			if st.Kind == "human" && !st.disabled() {
				steps = append(steps, object{"workflow": w.path, "step_id": st.ID, "ref": st.Ref})
			}
		}
	}
	return steps
}
