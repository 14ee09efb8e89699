package kneotest

import (
	"maps"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// An Option configures a [Server].
type Option func(*settings)

type settings struct {
	adminKey  string
	keys      map[string]principal
	functions map[string]Function
	skills    []gen.Skill
	env       map[string]bool // variables that the server has
	noSockets bool
	cleanup   func(func())
	report    reporter // nil if the test has none
	clock     *Clock   // nil is the real time
	version   string   // what the probes say
	script    func(gen.RunCreateRequest) *Script

	initialFaults []Fault
}

func defaultSettings() settings {
	return settings{keys: map[string]principal{}, functions: maps.Clone(builtin), env: map[string]bool{}, version: Version}
}

// WithAPIKey sets the key of the admin, [Server.APIKey]. Without it the key is random.
func WithAPIKey(key string) Option {
	return func(s *settings) { s.adminKey = key }
}

// WithKey adds a key with roles (admin, operator, service, reviewer, viewer) or scopes (runs:read and so on), as
// KNEO_SERV_API_KEYS does for the real server. A key without any may do nothing.
func WithKey(name, key string, rolesOrScopes ...string) Option {
	return func(s *settings) { s.keys[key] = principal{name: name, roles: rolesOrScopes} }
}

// WithFunction registers a step function under the name by which specs import it, such as "billing.total". Some functions of Python's
// standard library are already registered: string.capwords, html.escape, json.loads, textwrap.dedent and others.
func WithFunction(implementation string, f Function) Option {
	return func(s *settings) { s.functions[implementation] = f }
}

// WithVersion makes the probes report another version than [Version], for tests of what happens on an older platform. It changes nothing
// else: the client itself refuses what that version lacks, and whatever it does send is answered as by [Version].
func WithVersion(version string) Option {
	return func(s *settings) { s.version = version }
}

// WithoutSockets makes the server listen nowhere: only [Server.Client] and [Server.Transport] reach it. Tests in a bubble of
// testing/synctest need it.
func WithoutSockets() Option {
	return func(s *settings) { s.noSockets = true }
}

// WithCleanup closes the server at the end of a test: t is a *testing.T, *testing.B or *testing.F. If the test has failed by then, its
// log gets the latest 50 requests.
func WithCleanup(t interface{ Cleanup(func()) }) Option {
	return func(s *settings) {
		s.cleanup = t.Cleanup
		s.report, _ = t.(reporter)
	}
}

// WithSkill adds a skill to those that the server lists.
func WithSkill(name, description, path string) Option {
	return func(s *settings) {
		s.skills = append(s.skills, gen.Skill{Name: name, Description: description, Path: path})
	}
}

// WithCredential makes the server list the credential of an environment variable, such as OPENAI_API_KEY, as present.
func WithCredential(variable string) Option {
	return func(s *settings) { s.env[variable] = true }
}

// WithClock gives the server a clock that the test moves. All times of the server come from the clock, and everything in it that sleeps,
// such as steps and faults, sleeps by the clock; the client does not. Without this option the server uses real time.
func WithClock(c *Clock) Option {
	return func(s *settings) { s.clock = c }
}
