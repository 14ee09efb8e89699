package kneo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"

	"github.com/kneo-agent/kneo-client-go/gen"
	"github.com/kneo-agent/kneo-client-go/profiles"
)

// A Client talks to one platform with one key. It is safe for use by many goroutines and meant to be shared: its connections and its
// retry budget serve all calls.
type Client struct {
	// Platform is the operations side of the platform: runs and what surrounds them.
	Platform Platform
	// Agent is the development side: specs and skills.
	Agent Agent

	profile profiles.Profile // as it was at the beginning
	timed   bool             // somebody has set its timeout
	key     atomic.Pointer[profiles.Secret]
	origin  *url.URL
	raw     *gen.ClientWithResponses
	api     *gen.Client
	send    doer
	retry   RetryPolicy
	logger  *slog.Logger
	hooks   hooks
	secrets secrets
	server  serverVersion
	own     *http.Transport // nil when the transport is the user's
}

// Platform holds the services of the operations side.
type Platform struct {
	Health      *HealthService
	Runs        *RunsService
	HumanTasks  *HumanTasksService
	Audit       *AuditService
	Credentials *CredentialsService
	Policies    *PoliciesService
}

// Agent holds the services of the development side.
type Agent struct {
	Specs  *SpecsService
	Skills *SkillsService
}

// service is what every service shares.
type service struct{ client *Client }

// NewClient returns a client for the platform that the profile names. It sends nothing; use [Client.Check] to test the connection.
//
// Each field of the profile comes from the last of these places that has it:
//
//  1. the profile file, client.toml in the user's configuration folder (see [profiles.DefaultPath]), from the table that
//     [WithProfile] or KNEO_PROFILE names, else from [default]
//  2. the environment: KNEO_URL, KNEO_API_KEY, KNEO_AUTH_SCHEME, KNEO_TIMEOUT (seconds), KNEO_ALLOW_INSECURE_HTTP (1 or 0)
//  3. the options WithURL, WithAPIKey, WithAuthScheme, WithTimeout
//
// The error names every field that is missing or invalid, and where it was looked for: it has a [*profiles.Error] for each field of the
// profile, and an [*ArgumentError] for each other option. A URL that would send the key unencrypted over a network is an
// [*InsecureURLError]; see [WithInsecureHTTP].
func NewClient(opts ...Option) (*Client, error) {
	s := settings{maxBody: defaultMaxBody}
	var problems []error
	for _, opt := range opts {
		if opt != nil {
			problems = append(problems, opt(&s))
		}
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	profile, err := s.profile()
	if err != nil {
		return nil, err
	}
	return newClient(profile, s)
}

func newClient(profile profiles.Profile, s settings) (*Client, error) {
	origin, err := url.Parse(profile.URL)
	if err != nil {
		// Not wrapped: the text of the error quotes the URL.
		return nil, argument("URL", "the URL of the profile cannot be parsed")
	}
	if !s.insecureHTTP && !profile.AllowInsecureHTTP && !private(origin) {
		return nil, &InsecureURLError{Host: origin.Host}
	}
	c := &Client{profile: profile, timed: profile.TimeoutSet() || s.override.timeout != nil, origin: origin, retry: s.retry.withDefaults(), logger: s.logger, hooks: s.hooks}
	if c.logger == nil {
		c.logger = slog.New(slog.DiscardHandler)
	} else {
		c.hooks.add(logHooks(c.logger))
	}
	c.key.Store(&profile.APIKey)
	c.server.begin(s)
	c.secrets.add(profile.APIKey)
	hc := s.httpClient
	if hc == nil {
		c.own = NewTransport()
		hc = &http.Client{Transport: c.own}
	}
	c.send = c.assemble(hc, s)
	if c.raw, err = gen.NewClientWithResponses(profile.URL, gen.WithHTTPClient(c.send)); err != nil {
		return nil, argument("URL", "the URL of the profile cannot be used")
	}
	c.api = c.raw.ClientInterface.(*gen.Client)
	common := service{c}
	c.Platform = Platform{
		Health:      &HealthService{common},
		Runs:        &RunsService{common},
		HumanTasks:  &HumanTasksService{common},
		Audit:       &AuditService{common},
		Credentials: &CredentialsService{common},
		Policies:    &PoliciesService{common},
	}
	c.Agent = Agent{Specs: &SpecsService{common}, Skills: &SkillsService{common}}
	for _, warning := range profile.Warnings() {
		c.logger.Warn(warning, "profile", profile.Name)
	}
	return c, nil
}

// profile loads the profile, or completes the one that was given.
func (s *settings) profile() (profiles.Profile, error) {
	if s.resolved == nil {
		return profiles.Load(s.profileName, s.profileOptions...)
	}
	if s.profileName != "" {
		return profiles.Profile{}, argument("WithProfile", "a profile is both named and given; use either WithProfile or WithResolvedProfile")
	}
	p := *s.resolved
	if s.override.url != nil {
		p.URL = *s.override.url
	}
	if s.override.apiKey != nil {
		p.APIKey = profiles.NewSecret(*s.override.apiKey)
	}
	if s.override.scheme != nil {
		p.AuthScheme = *s.override.scheme
	}
	if s.override.timeout != nil {
		if p.Timeout = *s.override.timeout; p.Timeout <= 0 {
			return p, &profiles.Error{Profile: p.Name, Field: "timeout", Source: "WithTimeout", Err: fmt.Errorf("%w: it must be above zero", profiles.ErrInvalid)}
		}
	}
	if p.AuthScheme == "" {
		p.AuthScheme = profiles.Bearer
	}
	return p, p.Validate()
}

// private reports whether what goes to u cannot be read on the way: it is encrypted or stays on this machine. A name is
// taken for this machine only if it is exactly localhost, since any other may resolve to anywhere.
func private(u *url.URL) bool {
	if u.Scheme == "https" || u.Hostname() == "localhost" {
		return true
	}
	ip := net.ParseIP(u.Hostname())
	return ip != nil && ip.IsLoopback()
}

// Raw returns the generated client, which has one method for each operation of the contract and the types of package gen. Its calls work
// like those of the services, with the same retries, keys, limits and authentication. There, a status of 400 or above is not an error,
// unless its body cannot be read.
func (c *Client) Raw() *gen.ClientWithResponses { return c.raw }

// Profile returns the profile in use, with the latest key from [Client.SetAPIKey] if there was one. It does not show the key, however it
// is printed.
func (c *Client) Profile() profiles.Profile {
	p := c.profile
	p.APIKey = *c.key.Load()
	return p
}

// Close closes the idle connections of the client, unless they belong to an HTTP client given with [WithHTTPClient]. Calls in progress go
// on, and the client can still be used. Close never fails, and may be called more than once.
func (c *Client) Close() error {
	if c.own != nil {
		c.own.CloseIdleConnections()
	}
	return nil
}

// Check reports whether the platform is ready and accepts the key. It asks for readiness, and then for one row of the list of runs, which
// needs the key: a wrong key passes every probe. The error says which of the two failed, and wraps the error of [HealthService.Readyz] or
// [RunsService.List].
//
// The second step needs the scope runs:read, which every role has.
func (c *Client) Check(ctx context.Context) error {
	if _, err := c.Platform.Health.Readyz(ctx); err != nil {
		return fmt.Errorf("the platform did not say that it is ready: %w", err)
	}
	if _, err := c.Platform.Runs.List(ctx, RunListParams{Limit: 1}); err != nil {
		return fmt.Errorf("the platform is ready, but a call with the key of profile %q failed: %w", c.profile.Name, err)
	}
	return nil
}
