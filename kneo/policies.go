package kneo

import (
	"context"
	"net/http"
	"strings"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// PoliciesService manages policies, which say what specs must and must not do in an environment. From server 0.9.0 on, a run whose spec
// violates the policy of its environment is [ErrForbidden], with code environment_policy_blocked. Older servers store policies but do not
// enforce them.
type PoliciesService struct{ service }

// List returns the stored policies, keyed by environment.
func (s *PoliciesService) List(ctx context.Context, opts ...CallOption) (map[string]EnvironmentPolicy, error) {
	list, err := do[gen.EnvironmentPolicyList](ctx, s.newCall(gen.OpListEnvironmentPolicies, opts), "", func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.ListEnvironmentPolicies(ctx)
	})
	if err != nil {
		return nil, err
	}
	return list.Policies, nil
}

// Get returns the policy of an environment. Policy is nil if none is stored; that is not an error.
func (s *PoliciesService) Get(ctx context.Context, environment string, opts ...CallOption) (*EnvironmentPolicyState, error) {
	if err := checkEnvironment(environment); err != nil {
		return nil, err
	}
	return aboutOne[EnvironmentPolicyState](ctx, s.newCall(gen.OpGetEnvironmentPolicy, opts), environment, (*gen.Client).GetEnvironmentPolicy)
}

// Put replaces the whole policy of an environment: fields that are left out get their defaults, which are true for Enabled, and false or
// none for all others. The result also has the previous policy. A policy cannot be removed; store one with Enabled false instead.
func (s *PoliciesService) Put(ctx context.Context, environment string, policy EnvironmentPolicyRequest, opts ...CallOption) (*EnvironmentPolicyState, error) {
	if err := checkEnvironment(environment); err != nil {
		return nil, err
	}
	return do[EnvironmentPolicyState](ctx, s.newCall(gen.OpPutEnvironmentPolicy, opts), environment, func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.PutEnvironmentPolicy(ctx, environment, policy)
	})
}

// Preview says what [PoliciesService.Put] would change, and which of the newest runs of the environment (at most 500) it would have
// stopped. It stores nothing. From server 1.2.0.
func (s *PoliciesService) Preview(ctx context.Context, environment string, policy EnvironmentPolicyRequest, opts ...CallOption) (*PolicyPreview, error) {
	if err := checkEnvironment(environment); err != nil {
		return nil, err
	}
	return do[PolicyPreview](ctx, s.newCall(gen.OpPreviewEnvironmentPolicy, opts), environment, func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return api.PreviewEnvironmentPolicy(ctx, environment, policy)
	})
}

// checkEnvironment refuses names that the platform's router would take for another path.
func checkEnvironment(name string) error {
	if strings.Contains(name, "/") || len([]rune(name)) > 128 {
		return argument("environment", "a name has 1 to 128 characters and no slash")
	}
	return nil
}
