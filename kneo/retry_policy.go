package kneo

import "time"

// RetryPolicy says how often and how patiently a call is repeated. A zero field means its default.
//
// A call is repeated if it got no complete answer, or was answered with 429, 502, 503 or 504. A POST is repeated with its idempotency
// key, which it always has; other methods are repeated if HTTP calls them idempotent. A 500 is final: the platform remembers successes
// only, so a repeated call would run again what has failed. A POST answered with 409 idempotency_key_in_progress is repeated, however many
// attempts that takes, until the other request is done, the context ends, or the platform's lock has run out, after 5 minutes. The probes
// (Healthz, Livez, Readyz) are sent once.
//
// The pause before attempt n+1 is random between zero and BaseDelay·2ⁿ⁻¹, at most MaxDelay. A Retry-After of the platform is obeyed
// instead, unless it is longer than MaxRetryAfter or than the time that the context has left: then the call fails at once, with the error
// that carries it. While no connection can be made, as during a restart of the platform, attempts go on for at most 8 seconds, and pauses
// after refused connections are at least half their bound.
//
// All calls of a client share a budget of 20 retries, which answers refill and an outage empties. So the client adds little to the load
// on a platform in trouble, however many attempts a call may have. Retries after refused connections cost nothing.
//
// The defaults may change between releases.
type RetryPolicy struct {
	MaxAttempts   int           // in all, including the first one; default 8, 1 means no retries
	BaseDelay     time.Duration // bound of the first pause; default 50 ms
	MaxDelay      time.Duration // bound of every pause; default 2 s
	MaxRetryAfter time.Duration // longest Retry-After that the client waits for; default 30 s
}

var defaultRetryPolicy = RetryPolicy{
	MaxAttempts:   8,
	BaseDelay:     50 * time.Millisecond,
	MaxDelay:      2 * time.Second,
	MaxRetryAfter: 30 * time.Second,
}

func (p RetryPolicy) withDefaults() RetryPolicy {
	d := defaultRetryPolicy
	if p.MaxAttempts != 0 {
		d.MaxAttempts = p.MaxAttempts
	}
	if p.BaseDelay != 0 {
		d.BaseDelay = p.BaseDelay
	}
	if p.MaxDelay != 0 {
		d.MaxDelay = p.MaxDelay
	}
	if p.MaxRetryAfter != 0 {
		d.MaxRetryAfter = p.MaxRetryAfter
	}
	return d
}

func (p RetryPolicy) validate(option string) error {
	if p.MaxAttempts < 0 || p.BaseDelay < 0 || p.MaxDelay < 0 || p.MaxRetryAfter < 0 {
		return argument(option, "a field of the retry policy is negative; zero gives the default, MaxAttempts 1 no retries")
	}
	return nil
}
