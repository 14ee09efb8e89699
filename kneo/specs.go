package kneo

import (
	"context"
	"net/http"
	"slices"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// SpecsService checks specs before they are run, and runs them. As on the platform, some of its methods answer with diagnostics for an
// invalid spec, and others fail; each says which. Environment, Overlays and Overrides need server 0.8.0, in Explain 0.9.0. Older servers
// ignore or refuse them, so a request that has them is not sent there.
type SpecsService struct{ service }

// Validate checks a spec without importing its code. An invalid spec is an answer, with diagnostics. A missing spec, or one of a version
// that the server does not know, is [ErrBadRequest].
func (s *SpecsService) Validate(ctx context.Context, req SpecValidateRequest, opts ...CallOption) (*SpecValidation, error) {
	return do[SpecValidation](ctx, s.newCall(gen.OpValidateSpec, opts), "", func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.ValidateSpec(ctx, req)
	})
}

// Compile compiles a spec, which imports its code. An invalid spec is [ErrBadRequest] with Details.Diagnostics; if Strict is false, a
// spec whose form is right but whose meaning is wrong is an answer that is not OK. Code that cannot be imported is [ErrServer].
func (s *SpecsService) Compile(ctx context.Context, req SpecCompileRequest, opts ...CallOption) (*SpecCompilation, error) {
	return do[SpecCompilation](ctx, s.newCall(gen.OpCompileSpec, opts), "", func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.CompileSpec(ctx, req)
	})
}

// Explain says what a spec consists of. The platform compiles it for that: an invalid spec is [ErrBadRequest], and code that cannot be
// imported is [ErrServer]. Environment, Overlays and Overrides need server 0.9.0.
func (s *SpecsService) Explain(ctx context.Context, req SpecExplainRequest, opts ...CallOption) (*SpecExplanation, error) {
	return do[SpecExplanation](ctx, s.newCall(gen.OpExplainSpec, opts), "", func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.ExplainSpec(ctx, req)
	})
}

// Graph returns the workflow of a spec as nodes and edges; agents and orchestrations have none. The platform compiles the spec for that:
// an invalid spec is [ErrBadRequest], and code that cannot be imported is [ErrServer]. From server 1.1.0.
func (s *SpecsService) Graph(ctx context.Context, req SpecGraphRequest, opts ...CallOption) (*SpecGraph, error) {
	return do[SpecGraph](ctx, s.newCall(gen.OpGraphSpec, opts), "", func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.GraphSpec(ctx, req)
	})
}

// PolicyReport says what a spec lets its agents and tools do. An invalid spec is an answer: Valid is false, and the report has only
// diagnostics.
func (s *SpecsService) PolicyReport(ctx context.Context, req SpecPolicyReportRequest, opts ...CallOption) (*PolicyReport, error) {
	return do[PolicyReport](ctx, s.newCall(gen.OpReportSpecPolicy, opts), "", func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.ReportSpecPolicy(ctx, req)
	})
}

// Run starts a run as [RunsService.Create] does, but has a different audit event and separate idempotency keys. AsyncMode needs server
// 0.12.0: older servers would run the spec to its end before they answer, so the request is not sent to them.
func (s *SpecsService) Run(ctx context.Context, req RunCreateRequest, opts ...CallOption) (*RunCreated, error) {
	call := s.newCall(gen.OpRunSpec, opts)
	call.long = !req.AsyncMode
	return do[RunCreated](ctx, call, "", func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.RunSpec(ctx, nil, req)
	})
}

// ValidatedCompilation is the result of validating and then compiling a spec.
type ValidatedCompilation struct {
	Validation  *SpecValidation
	Compilation *SpecCompilation // nil if the spec is invalid
}

// OK reports whether the spec is valid and has compiled.
func (v *ValidatedCompilation) OK() bool {
	return v.Validation.Valid && v.Compilation != nil && v.Compilation.OK
}

// ValidateThenCompile validates a spec, and compiles it only if it is valid. Code that cannot be imported is [ErrServer].
func (s *SpecsService) ValidateThenCompile(ctx context.Context, req SpecCompileRequest, opts ...CallOption) (*ValidatedCompilation, error) {
	validation, err := s.Validate(ctx, SpecValidateRequest{
		Spec: req.Spec, SpecPath: req.SpecPath, Environment: req.Environment, Overlays: req.Overlays, Overrides: req.Overrides,
	}, opts...)
	if err != nil || !validation.Valid {
		return &ValidatedCompilation{Validation: validation}, err
	}
	compilation, err := s.Compile(ctx, req, opts...)
	return &ValidatedCompilation{Validation: validation, Compilation: compilation}, err
}

// SpecDryRun is what can be known about a spec without running it.
type SpecDryRun struct {
	Validation   *SpecValidation
	Explanation  *SpecExplanation // nil if the spec is invalid
	PolicyReport *PolicyReport    // nil if the spec is invalid
}

// OK reports whether the spec is valid, could be explained, and is valid according to the policy report too.
func (d *SpecDryRun) OK() bool {
	return d.Validation.Valid && d.Explanation != nil && d.PolicyReport != nil && d.PolicyReport.Valid != nil && *d.PolicyReport.Valid
}

// DryRun validates a spec and, if it is valid, explains it and makes its policy report, both at the same time. It runs nothing.
// [WithResponse] gets the response of the validation.
func (s *SpecsService) DryRun(ctx context.Context, req SpecValidateRequest, opts ...CallOption) (*SpecDryRun, error) {
	validation, err := s.Validate(ctx, req, opts...)
	if err != nil || !validation.Valid {
		return &SpecDryRun{Validation: validation}, err
	}
	run := &SpecDryRun{Validation: validation}
	opts = append(slices.Clip(opts), WithResponse(nil)) // two at once cannot both fill it
	var explainErr, reportErr error
	both := []func(){
		func() { run.Explanation, explainErr = s.Explain(ctx, SpecExplainRequest(req), opts...) },
		func() { run.PolicyReport, reportErr = s.PolicyReport(ctx, SpecPolicyReportRequest(req), opts...) },
	}
	inParallel(len(both), len(both), func(i int) { both[i]() })
	if explainErr != nil {
		return run, explainErr
	}
	return run, reportErr
}
