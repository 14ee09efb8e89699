package kneo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// WithServerVersion tells the client the version of the platform's server, such as "1.1.0". The client then believes it and does not ask:
// a call that needs something that this version lacks is refused with [ErrUnsupported].
//
// Without this option the client asks healthz once, and only when a call needs something that not every published version has: a newer
// operation, filter or field. It asks again after a call found no server, as during an upgrade (no connection, one that broke, or a gateway's
// 502, 503 or 504), and before it refuses a call on information older than a minute. A version that is not a number counts as one that has
// everything.
func WithServerVersion(text string) Option {
	return func(s *settings) error {
		if _, ok := parseVersion(text); !ok {
			return argument("WithServerVersion", "it is not a version of the server, such as 1.2.0; the first was "+firstServer)
		}
		s.serverVersion = text
		return nil
	}
}

// WithoutVersionCheck makes the client send every request as it is, and never ask for the server's version. Beware: a server before
// 0.11.0 ignores the filters that it does not know, and lists everything.
func WithoutVersionCheck() Option {
	return func(s *settings) error {
		s.unchecked = true
		return nil
	}
}

// versionAge is how old the knowledge of a version may be on which a call is refused: the server may have been upgraded.
const versionAge = time.Minute

// serverVersion is what a client knows of the version of its server.
type serverVersion struct {
	unchecked bool
	told      bool
	known     atomic.Pointer[sighting]

	mu     sync.Mutex
	flight *versionProbe // under way, nil if there is none
}

func (s *serverVersion) begin(given settings) {
	s.unchecked = given.unchecked
	if given.serverVersion != "" {
		s.told = true
		s.known.Store(newSighting(given.serverVersion))
	}
}

// sighting is a version that was seen.
type sighting struct {
	text    string
	version version
	clear   bool // the text is that of a version
	at      time.Time
}

func newSighting(text string) *sighting {
	v, ok := parseVersion(text)
	return &sighting{text: text, version: v, clear: ok, at: time.Now()}
}

func (s *sighting) has(since string) bool { return !s.clear || !s.version.before(mustParse(since)) }

// versionProbe is one question for the version.
type versionProbe struct {
	done      chan struct{} // closed when it is over
	seen      *sighting
	err       error
	abandoned bool // it failed since the context of who asked has ended
}

// admit refuses a call that asks for what the server does not have, or would ignore.
func (c *Client) admit(call *call, req *http.Request) error {
	if c.server.unchecked {
		return nil
	}
	need, err := needOf(call, req)
	if err != nil || need.since == "" {
		return err
	}
	ctx := req.Context()
	seen := c.server.known.Load()
	if seen == nil {
		if seen, err = c.learnVersion(ctx, nil); err != nil {
			return c.unlearned(ctx, call, need, err)
		}
	}
	if !seen.has(need.since) && !c.server.told && time.Since(seen.at) > versionAge {
		if again, err := c.learnVersion(ctx, seen); err == nil {
			seen = again
		}
	}
	if seen.has(need.since) {
		return nil
	}
	return &UnsupportedError{
		Method: call.method, Path: c.secrets.text(call.path, maxText), What: need.what, Needs: need.since, Found: c.secrets.text(seen.text, 64),
	}
}

// serverHas reports whether the server has a parameter of an operation, for who can do without.
func (c *Client) serverHas(ctx context.Context, op *gen.Operation, parameter string) (bool, error) {
	if c.server.unchecked {
		return true, nil
	}
	seen := c.server.known.Load()
	if seen == nil {
		var err error
		if seen, err = c.learnVersion(ctx, nil); err != nil {
			return false, err
		}
	}
	return !slices.ContainsFunc(op.Floors, func(f gen.Floor) bool { return f.Name == parameter && !seen.has(f.Since) }), nil
}

// unlearned is what becomes of a call when the version could not be learned. One that an older server would refuse is sent all the
// same, and one that it would get wrong is not.
func (c *Client) unlearned(ctx context.Context, call *call, need need, err error) error {
	switch {
	case ctx.Err() != nil:
		return c.networkError(call, whyEnded(ctx))
	case !need.ignored:
		return nil
	}
	return c.networkError(call, &unlearnedError{need, err})
}

// unlearnedError is why a call was not sent to a server whose version could not be learned. It is found by what the question for that came
// to, but as a type that has its own method and path, it would be taken for the error of the call.
type unlearnedError struct {
	need need
	err  error
}

func (e *unlearnedError) Error() string {
	return fmt.Sprintf("%s needs kneo-serv %s, older ones may ignore it, and the version of this one could not be learned (WithServerVersion tells it): %s",
		e.need.what, e.need.since, strings.TrimPrefix(e.err.Error(), "kneo: "))
}

// Is has errors.Is find what the question came to.
func (e *unlearnedError) Is(target error) bool { return errors.Is(e.err, target) }

// learnVersion asks for the version, unless somebody has done so since old was looked at. Those who come while somebody is asking wait
// for the same answer; should he give up, for reasons of his own, another of them asks.
func (c *Client) learnVersion(ctx context.Context, old *sighting) (*sighting, error) {
	s := &c.server
	for {
		s.mu.Lock()
		if now := s.known.Load(); now != nil && now != old {
			s.mu.Unlock()
			return now, nil
		}
		probe := s.flight
		if probe == nil {
			probe = &versionProbe{done: make(chan struct{})}
			s.flight = probe
			s.mu.Unlock()
			c.probeVersion(ctx, probe)
			return probe.seen, probe.err
		}
		s.mu.Unlock()
		select {
		case <-probe.done:
		case <-ctx.Done():
			return nil, whyEnded(ctx)
		}
		if !probe.abandoned {
			return probe.seen, probe.err
		}
	}
}

// probeVersion asks for the version as patiently as for anything else: a call depends on it. A failure is told to those who wait, and
// not kept.
func (c *Client) probeVersion(ctx context.Context, probe *versionProbe) {
	defer func() {
		c.server.mu.Lock()
		c.server.flight = nil
		c.server.mu.Unlock()
		close(probe.done)
	}()
	probe.abandoned = true // unless it comes to an end
	call := c.newCall(gen.OpHealthz, nil)
	call.retry = c.retry
	health, err := do[Health](ctx, call, "", func(ctx context.Context, api *gen.Client) (*http.Response, error) { return api.Healthz(ctx) })
	if err == nil {
		probe.seen = c.server.saw(health.Version)
	}
	probe.err, probe.abandoned = err, err != nil && ctx.Err() != nil
}

// saw keeps a version that the platform has told.
func (s *serverVersion) saw(text string) *sighting {
	if s.told || s.unchecked {
		return s.known.Load()
	}
	seen := newSighting(text)
	s.known.Store(seen)
	return seen
}

// doubt has the version asked for again when it is needed next.
func (s *serverVersion) doubt() {
	if !s.told {
		s.known.Store(nil)
	}
}

// away reports whether an attempt failed as it does while a server is replaced: nobody is there, or only a gateway is, or the connection
// breaks. That of a platform which closes what has been idle tells nothing.
func away(resp *http.Response, err error) bool {
	if attempt := asAttempt(err); attempt != nil {
		return unreached(err) || isCutOff(attempt.err) && !attempt.stale
	}
	switch statusOf(resp) {
	case http.StatusBadGateway, http.StatusGatewayTimeout:
		return true
	case http.StatusServiceUnavailable:
		return errorCode(bodyOf(resp)) == "" // else it is the platform that speaks
	}
	return false
}

// unreached reports whether an attempt failed since nobody was there.
func unreached(err error) bool {
	attempt := asAttempt(err)
	return attempt != nil && !attempt.sent
}
