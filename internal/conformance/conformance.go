// Package conformance says what a platform does, in cases that the emulator and the real server both have to pass. A difference
// between the two is a mistake in the emulator, or in what the client believes of the platform.
package conformance

import (
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
	"github.com/kneo-agent/kneo-client-go/profiles"
)

// Target is a platform under test.
type Target struct {
	URL    string
	Keys   map[string]string // a key for each of the Roles, which is also its name
	Client func(opts ...kneo.Option) *kneo.Client

	Version string  // of the server, the latest if empty
	Record  *Record // what the cases came to; nil to have nothing written down
}

// WrongKey is a key that no target has.
const WrongKey = "wrong-key"

// AllKeys returns the keys that the cases use, the wrong one among them, in the order of the alphabet.
func (target *Target) AllKeys() []string {
	all := append(slices.Collect(maps.Values(target.Keys)), WrongKey)
	slices.Sort(all)
	return all
}

// client returns a client with a key.
func (target *Target) client(t testing.TB, key string, opts ...kneo.Option) *kneo.Client {
	t.Helper()
	c := target.Client(append([]kneo.Option{kneo.WithAPIKey(key)}, opts...)...)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// Keys has a key for each of the [Roles].
func Keys() map[string]string {
	all := map[string]string{}
	for _, role := range Roles {
		all[role] = role + "-key"
	}
	return all
}

// Emulator returns an emulator that has these keys, and the target that it is.
func Emulator(t testing.TB, opts ...kneotest.Option) (*kneotest.Server, *Target) {
	keys := Keys()
	opts = append(opts, kneotest.WithCleanup(t), kneotest.WithAPIKey(keys["admin"]))
	for _, role := range Roles[1:] {
		opts = append(opts, kneotest.WithKey(role, keys[role], role))
	}
	srv := kneotest.NewServer(opts...)
	return srv, &Target{URL: srv.URL, Keys: keys, Client: srv.Client}
}

// Case is one thing that a platform does.
type Case struct {
	Name string
	Run  func(t testing.TB, target *Target)
}

// Run runs all cases, each with both header schemes, or with those given.
func Run(t *testing.T, target *Target, schemes ...profiles.AuthScheme) {
	if schemes == nil {
		schemes = []profiles.AuthScheme{profiles.Bearer, profiles.KneoAPIKey}
	}
	for _, scheme := range schemes {
		t.Run(string(scheme), func(t *testing.T) {
			withScheme := *target
			withScheme.Client = func(opts ...kneo.Option) *kneo.Client {
				return target.Client(append(opts, kneo.WithAuthScheme(scheme))...)
			}
			for _, c := range slices.Concat(Cases, needCases(), roleCases()) {
				t.Run(c.Name, func(t *testing.T) {
					t.Parallel()
					try(t, c, withScheme)
				})
			}
		})
	}
}

// agentSpec is a spec that only has an agent, which answers "Final answer: " and its input.
var agentSpec = map[string]any{"version": "v1", "agent": map[string]any{"name": "root"}}

// Implementations that steps of the cases refer to. The real server has them from Python's own library.
const (
	capwords = "string.capwords"
	loads    = "json.loads"
	timeit   = "timeit.timeit"
)

// steps returns a sequential workflow of functions, with ids s1, s2 and so on.
func steps(implementations ...string) map[string]any {
	functions := map[string]any{}
	var list []any
	for i, implementation := range implementations {
		id := "s" + string(rune('1'+i))
		functions[id] = map[string]any{"implementation": implementation}
		list = append(list, map[string]any{"id": id, "kind": "function", "ref": id})
	}
	return map[string]any{
		"version": "v1", "agent": map[string]any{"name": "root"}, "components": map[string]any{"functions": functions},
		"workflow": map[string]any{"type": "sequential", "name": "wf", "steps": list},
	}
}

// gated returns a workflow that waits for a person between two steps.
func gated() map[string]any {
	return map[string]any{
		"version": "v1", "agent": map[string]any{"name": "root"},
		"components": map[string]any{
			"functions": map[string]any{"f": map[string]any{"implementation": capwords}},
			"humans":    map[string]any{"h": map[string]any{"request_type": "selection", "options": []any{"yes", "no"}, "assignee": "ann"}},
		},
		"workflow": map[string]any{"type": "sequential", "name": "wf", "steps": []any{
			map[string]any{"id": "draft", "kind": "function", "ref": "f"},
			map[string]any{"id": "gate", "kind": "human", "ref": "h"},
			map[string]any{"id": "publish", "kind": "function", "ref": "f"},
		}},
	}
}

// sleepFor is an input of timeit.timeit that takes its time.
func sleepFor(seconds string) string {
	return "import time; time.sleep(" + seconds + ")\nfor _x in _it: pass"
}

// wantError checks what a call failed with.
func wantError(t testing.TB, err, sentinel error, status int, code kneo.ErrorCode) *kneo.Error {
	t.Helper()
	code = codeHere(t, code)
	var e *kneo.Error
	if !errors.As(err, &e) || !errors.Is(err, sentinel) || e.StatusCode != status || e.Code != code || e.RequestID == "" || e.Message == "" {
		t.Fatalf("error %v, want %d %s", err, status, code)
	}
	return e
}

// codeHere is the code that the server under test has for what is a code now, empty if it has none.
func codeHere(t testing.TB, code kneo.ErrorCode) kneo.ErrorCode {
	if old, ok := t.(*trial); ok && code != "" && !slices.Contains(firstCodes, code) && !old.target.has(t, "0.6.0", "codes of most errors") {
		return ""
	}
	return code
}

// firstCodes are those that all servers have. Others were names of Python classes at first, which are no codes.
var firstCodes = []kneo.ErrorCode{
	kneo.CodeUnauthorized, kneo.CodeForbidden, kneo.CodeResourceLocked, kneo.CodeIdempotencyKeyConflict, kneo.CodeInvalidIdempotencyKey,
	kneo.CodePayloadTooLarge, kneo.CodeNotReady,
}

// accepted is the status of a create that is async.
func accepted(t testing.TB, target *Target) int {
	if target.has(t, "0.11.0", "202, and not 200, for an async create") {
		return 202
	}
	return 200
}

// settled asks until the answer is the one that the platform has for good, for half a minute at the most.
func settled[T any](ask func() (answer T, forGood bool, err error)) (T, error) {
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if answer, forGood, err := ask(); forGood || time.Now().After(deadline) {
			return answer, err
		}
	}
}

// finished makes an async run and waits for it.
func finished(t testing.TB, c *kneo.Client, req kneo.RunCreateRequest) *kneo.Run {
	t.Helper()
	run, err := c.Platform.Runs.CreateAndWait(t.Context(), req, kneo.WithWaitTimeout(30*time.Second), kneo.WithTerminalStatuses(kneo.RunBlocked))
	if err != nil {
		t.Fatal(err)
	}
	return run
}
