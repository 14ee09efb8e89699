package kneo

import (
	"context"
	"net/http"
	"slices"
	"sync"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// SpecsService checks specs before they are run, and runs them. An invalid spec is an answer of some of its methods and an error of
// others, as the platform has it; each says which. Environment, Overlays and Overrides are from server 0.8.0, those of Explain from
// 0.9.0: older ones ignore or refuse them, and are not sent a request with these.
type SpecsService struct{ service }

// Validate checks a spec without importing its code. An invalid one is an answer, with diagnostics. None at all, or one of a version
// that the server does not know, is [ErrBadRequest].
func (s *SpecsService) Validate(ctx context.Context, req SpecValidateRequest, opts ...CallOption) (*SpecValidation, error) {
	return do[SpecValidation](ctx, s.newCall(gen.OpValidateSpec, opts), "", func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.ValidateSpec(ctx, req)
	})
}

// Compile compiles a spec, which imports its code. An invalid one is [ErrBadRequest] with Details.Diagnostics; if Strict is false, one
// whose form is right and whose meaning is wrong is an answer that is not OK. Code that cannot be imported is [ErrServer].
func (s *SpecsService) Compile(ctx context.Context, req SpecCompileRequest, opts ...CallOption) (*SpecCompilation, error) {
	return do[SpecCompilation](ctx, s.newCall(gen.OpCompileSpec, opts), "", func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.CompileSpec(ctx, req)
	})
}

// Explain says what a spec consists of. The platform compiles it for that: an invalid one is [ErrBadRequest], code that cannot be
// imported [ErrServer]. Environment, Overlays and Overrides are from server 0.9.0.
func (s *SpecsService) Explain(ctx context.Context, req SpecExplainRequest, opts ...CallOption) (*SpecExplanation, error) {
	return do[SpecExplanation](ctx, s.newCall(gen.OpExplainSpec, opts), "", func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.ExplainSpec(ctx, req)
	})
}

// Graph returns the workflow of a spec as nodes and edges; an agent and an orchestration have none. The platform compiles the spec for
// that: an invalid one is [ErrBadRequest], code that cannot be imported [ErrServer]. From server 1.1.0.
func (s *SpecsService) Graph(ctx context.Context, req SpecGraphRequest, opts ...CallOption) (*SpecGraph, error) {
	return do[SpecGraph](ctx, s.newCall(gen.OpGraphSpec, opts), "", func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.GraphSpec(ctx, req)
	})
}

// PolicyReport says what a spec lets its agents and tools do. An invalid spec is an answer: Valid is false, and the report has
// diagnostics only.
func (s *SpecsService) PolicyReport(ctx context.Context, req SpecPolicyReportRequest, opts ...CallOption) (*PolicyReport, error) {
	return do[PolicyReport](ctx, s.newCall(gen.OpReportSpecPolicy, opts), "", func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.ReportSpecPolicy(ctx, req)
	})
}

// Run starts a run as [RunsService.Create] does; only its audit event is another, and its idempotency keys are separate. AsyncMode is
// from server 0.12.0: older ones would run the spec to its end before they answer, and are not sent the request.
func (s *SpecsService) Run(ctx context.Context, req RunCreateRequest, opts ...CallOption) (*RunCreated, error) {
	call := s.newCall(gen.OpRunSpec, opts)
	call.long = !req.AsyncMode
	return do[RunCreated](ctx, call, "", func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.RunSpec(ctx, nil, req)
	})
}

// ValidatedCompilation is what validating and then compiling a spec came to.
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

// SpecDryRun is what can be said of a spec without running it.
type SpecDryRun struct {
	Validation   *SpecValidation
	Explanation  *SpecExplanation // nil if the spec is invalid
	PolicyReport *PolicyReport    // nil if the spec is invalid
}

// OK reports whether the spec is valid, could be explained, and is valid to the policy report too.
func (d *SpecDryRun) OK() bool {
	return d.Validation.Valid && d.Explanation != nil && d.PolicyReport != nil && d.PolicyReport.Valid != nil && *d.PolicyReport.Valid
}

// DryRun validates a spec and, if it is valid, explains it and makes its policy report, both at once. It runs nothing. [WithResponse]
// gets what there is to know of the validation.
func (s *SpecsService) DryRun(ctx context.Context, req SpecValidateRequest, opts ...CallOption) (*SpecDryRun, error) {
	validation, err := s.Validate(ctx, req, opts...)
	if err != nil || !validation.Valid {
		return &SpecDryRun{Validation: validation}, err
	}
	run := &SpecDryRun{Validation: validation}
	opts = append(slices.Clip(opts), WithResponse(nil)) // two at once cannot both fill it
	var explainErr, reportErr error
	var both sync.WaitGroup
	both.Go(func() { run.Explanation, explainErr = s.Explain(ctx, SpecExplainRequest(req), opts...) })
	both.Go(func() { run.PolicyReport, reportErr = s.PolicyReport(ctx, SpecPolicyReportRequest(req), opts...) })
	both.Wait()
	if explainErr != nil {
		return run, explainErr
	}
	return run, reportErr
}
