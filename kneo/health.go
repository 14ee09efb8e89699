package kneo

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"

	"github.com/kneo-agent/kneo-client-go/gen"
	"github.com/kneo-agent/kneo-client-go/internal/wire"
)

// HealthService asks for the health of the platform. Its methods need no key, and make only one attempt: they ask how the platform is
// now, and a retry would answer for a later moment. A platform that is busy with a synchronous run answers none of them until that run
// has ended.
type HealthService struct{ service }

// Healthz reports whether the platform answers, and its version.
func (s *HealthService) Healthz(ctx context.Context, opts ...CallOption) (*Health, error) {
	return s.ask(ctx, gen.OpHealthz, opts, (*gen.Client).Healthz)
}

// Livez reports whether the platform's process is alive.
func (s *HealthService) Livez(ctx context.Context, opts ...CallOption) (*Health, error) {
	return s.ask(ctx, gen.OpLivez, opts, (*gen.Client).Livez)
}

// Readyz reports whether the platform can accept work, with a check for each of its parts. A platform that cannot is [ErrUnavailable];
// then the Health that says which part is not ready is returned along with the error, if the platform sent one.
func (s *HealthService) Readyz(ctx context.Context, opts ...CallOption) (*Health, error) {
	health, err := s.ask(ctx, gen.OpReadyz, opts, (*gen.Client).Readyz)
	var answer *Error
	if errors.As(err, &answer) && answer.Code == CodeNotReady {
		return notReady(answer), err
	}
	return health, err
}

func (s *HealthService) ask(ctx context.Context, op *gen.Operation, opts []CallOption, probe func(*gen.Client, context.Context, ...gen.RequestEditorFn) (*http.Response, error)) (*Health, error) {
	health, err := do[Health](ctx, s.newCall(op, opts), "", func(ctx context.Context, api *gen.Client) (*http.Response, error) {
		return probe(api, ctx)
	})
	if err == nil {
		s.client.server.saw(health.Version)
	}
	return health, err
}

// notReady reads the checks out of the error that readyz answers with; nil if there are none.
func notReady(answer *Error) *Health {
	health := new(Health)
	if wire.Answer(answer.Details.Health, &health.Metadata) != nil {
		return nil
	}
	return health
}

// failedChecks returns the names of the checks that failed.
func failedChecks(health *Health) []string {
	if health == nil {
		return nil
	}
	checks := maps.Clone(health.Metadata.Checks)
	maps.DeleteFunc(checks, func(_ string, check gen.HealthCheck) bool { return check.OK })
	return slices.Sorted(maps.Keys(checks))
}

// ServerVersion asks for the version of the platform's server, such as "1.2.0". It needs no key, and makes only one attempt.
func (c *Client) ServerVersion(ctx context.Context) (string, error) {
	health, err := c.Platform.Health.Healthz(ctx)
	if err != nil {
		return "", err
	}
	return health.Version, nil
}
