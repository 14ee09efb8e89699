package kneotest

import (
	"maps"
	"net/http"
	"slices"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// noSpec is what the spec operations say when there is none.
const noSpec = "Either spec or spec_path is required."

// readSpec reads the spec of a request. Invalid is what is wrong with one that has diagnostics, which some operations answer
// with and others refuse; p is what all of them refuse.
func readSpec(r *http.Request, s shape) (parsed *spec, invalid, p *problem) {
	req, p := readRequest[gen.SpecCompileRequest](r, s)
	if p != nil {
		return nil, nil, p
	}
	parsed, broken := parseSpec(req.Spec, req.SpecPath, noSpec)
	if broken != nil && broken.diagnostics == nil {
		return nil, nil, broken
	}
	return parsed, broken, nil
}

// ValidateSpec answers whether a spec is valid.
func (a *api) ValidateSpec(w http.ResponseWriter, r *http.Request) {
	_, invalid, p := readSpec(r, specShape)
	if p != nil {
		p.write(w)
		return
	}
	a.auditSpec(r, gen.AuditSpecValidated, invalid == nil)
	answer := gen.SpecValidation{Valid: invalid == nil}
	if invalid != nil {
		answer.Diagnostics = invalid.diagnostics
	}
	writeBody(w, http.StatusOK, encode(present(answer)))
}

// CompileSpec compiles a spec. Nothing is imported here: a function that there is not fails the run.
func (a *api) CompileSpec(w http.ResponseWriter, r *http.Request) {
	a.withSpec(w, r, compileShape, gen.AuditSpecCompiled, func(s *spec) any {
		return gen.SpecCompilation{OK: true, Summary: gen.CompileSummary{HasRootAgent: true, HasRootWorkflow: s.Workflow != nil, ComponentAgents: s.agents()}}
	})
}

// ExplainSpec says what a spec consists of.
func (a *api) ExplainSpec(w http.ResponseWriter, r *http.Request) {
	a.withSpec(w, r, specShape, gen.AuditSpecExplained, func(s *spec) any {
		summary := gen.SpecSummary{RootAgent: s.Agent.Name, ComponentAgents: s.agents()}
		if s.Workflow != nil {
			summary.RootWorkflow = s.Workflow.Name
		}
		return gen.SpecExplanation{Summary: summary}
	})
}

// GraphSpec answers with the workflow of a spec as a graph.
func (a *api) GraphSpec(w http.ResponseWriter, r *http.Request) {
	a.withSpec(w, r, specShape, gen.AuditSpecGraph, func(s *spec) any { return s.graph() })
}

// ReportSpecPolicy answers with what a spec lets its agents do.
func (a *api) ReportSpecPolicy(w http.ResponseWriter, r *http.Request) {
	parsed, invalid, p := readSpec(r, specShape)
	if p != nil {
		p.write(w)
		return
	}
	a.auditSpec(r, gen.AuditSpecPolicyReported, invalid == nil)
	writeBody(w, http.StatusOK, encode(present(policyReport(parsed, invalid))))
}

// withSpec answers with what f makes of a valid spec.
func (a *api) withSpec(w http.ResponseWriter, r *http.Request, s shape, event gen.AuditEventType, f func(*spec) any) {
	parsed, invalid, p := readSpec(r, s)
	if p == nil {
		p = invalid
	}
	if p != nil {
		p.write(w)
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
