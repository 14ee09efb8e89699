package kneo

import "time"

// RetryPolicy says how often and how patiently a call is repeated. Zero fields have the default.
//
// Repeated are calls that got no whole answer, and those answered with 429, 502, 503 or 504; a POST only under its
// idempotency key, which it always has, and never after a 500: the platform remembers successes only, so that it would run
// again what has failed. A POST answered with 409 idempotency_key_in_progress is repeated, however many attempts that
// takes, until the first one is done, the context ends or the platform's lock has run out. Probes (Healthz, Livez, Readyz) are
// asked once.
//
// The pause before attempt n+1 is random between zero and BaseDelay·2ⁿ⁻¹, at most MaxDelay. A Retry-After of the platform
// is obeyed instead, unless it is longer than MaxRetryAfter or than the context has left: then the call fails at once with
// the error that carries it. While nobody listens at the address, as when the platform is restarted, the pause is at least
// half its bound, and 8 seconds are the end of it. All calls of a client share a retry budget, which an outage empties, so
// that the client adds little to the load of a platform in trouble however many attempts a call has; attempts that were
// refused a connection are no load, and cost nothing.
//
// The defaults may change between releases.
type RetryPolicy struct {
	MaxAttempts   int           // in all, the first one included; default 8, 1 means no retries
	BaseDelay     time.Duration // bound of the first pause; default 50 ms
	MaxDelay      time.Duration // bound of every pause; default 2 s
	MaxRetryAfter time.Duration // longest Retry-After that is waited for; default 30 s
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
