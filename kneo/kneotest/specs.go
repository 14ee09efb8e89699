package kneotest

import (
	"maps"
	"net/http"
	"slices"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// noSpec is what the spec operations say when there is none.
const noSpec = "Either spec or spec_path is required."

// ValidateSpec answers whether a spec is valid.
func (a *api) ValidateSpec(w http.ResponseWriter, r *http.Request) {
	req, p := readRequest[gen.SpecValidateRequest](r, specShape)
	if p != nil {
		p.write(w)
		return
	}
	_, broken := parseSpec(req.Spec, req.SpecPath, noSpec)
	if broken != nil && broken.diagnostics == nil {
		broken.write(w)
		return
	}
	a.auditSpec(r, gen.AuditSpecValidated, broken == nil)
	answer := gen.SpecValidation{Valid: broken == nil}
	if broken != nil {
		answer.Diagnostics = broken.diagnostics
	}
	writeBody(w, http.StatusOK, encode(present(answer)))
}

// CompileSpec compiles a spec. Nothing is imported here: a function that there is not fails the run.
func (a *api) CompileSpec(w http.ResponseWriter, r *http.Request) {
	req, p := readRequest[gen.SpecCompileRequest](r, compileShape)
	if p != nil {
		p.write(w)
		return
	}
	parsed, broken := parseSpec(req.Spec, req.SpecPath, noSpec)
	if broken != nil {
		broken.write(w)
		return
	}
	a.auditSpec(r, gen.AuditSpecCompiled, true)
	writeBody(w, http.StatusOK, encode(present(gen.SpecCompilation{OK: true, Summary: gen.CompileSummary{
		HasRootAgent: true, HasRootWorkflow: parsed.Workflow != nil, ComponentAgents: parsed.agents(),
	}})))
}

// ExplainSpec says what a spec consists of.
func (a *api) ExplainSpec(w http.ResponseWriter, r *http.Request) {
	a.withSpec(w, r, gen.AuditSpecExplained, func(s *spec) any {
		summary := gen.SpecSummary{RootAgent: s.Agent.Name, ComponentAgents: s.agents()}
		if s.Workflow != nil {
			summary.RootWorkflow = s.Workflow.Name
		}
		return gen.SpecExplanation{Summary: summary}
	})
}

// GraphSpec answers with the workflow of a spec as a graph.
func (a *api) GraphSpec(w http.ResponseWriter, r *http.Request) {
	a.withSpec(w, r, gen.AuditSpecGraph, func(s *spec) any { return s.graph() })
}

// ReportSpecPolicy answers with what a spec lets its agents do.
func (a *api) ReportSpecPolicy(w http.ResponseWriter, r *http.Request) {
	req, p := readRequest[gen.SpecPolicyReportRequest](r, specShape)
	if p != nil {
		p.write(w)
		return
	}
	parsed, broken := parseSpec(req.Spec, req.SpecPath, noSpec)
	if broken != nil && broken.diagnostics == nil {
		broken.write(w)
		return
	}
	a.auditSpec(r, gen.AuditSpecPolicyReported, broken == nil)
	writeBody(w, http.StatusOK, encode(present(policyReport(parsed, broken))))
}

// withSpec answers with what f makes of a valid spec.
func (a *api) withSpec(w http.ResponseWriter, r *http.Request, event gen.AuditEventType, f func(*spec) any) {
	req, p := readRequest[gen.SpecGraphRequest](r, specShape)
	if p != nil {
		p.write(w)
		return
	}
	parsed, broken := parseSpec(req.Spec, req.SpecPath, noSpec)
	if broken != nil {
		broken.write(w)
		return
	}
	a.auditSpec(r, event, true)
	writeBody(w, http.StatusOK, encode(present(f(parsed))))
}

func (s *spec) agents() []string { return slices.Sorted(maps.Keys(s.Components.Agents)) }

// graph is the workflow as nodes and edges, a line in the case of steps; there are none of an agent alone.
func (s *spec) graph() gen.SpecGraph {
	if s.Workflow == nil {
		return gen.SpecGraph{}
	}
	g := gen.SpecGraph{WorkflowName: s.Workflow.Name}
	if s.Workflow.Type != "sequential" {
		return g
	}
	g.WorkflowKind = "sequential"
	for i, step := range s.Workflow.Steps {
		g.Nodes = append(g.Nodes, gen.GraphNode{ID: step.ID, Name: step.ID})
		if i == 0 {
			g.Start = step.ID
			continue
		}
		g.Edges = append(g.Edges, gen.GraphEdge{Source: s.Workflow.Steps[i-1].ID, Target: step.ID})
	}
	return g
}
