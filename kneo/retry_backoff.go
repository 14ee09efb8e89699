package kneo

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// backoff returns the pause after the given number of attempts: anything up to a bound that doubles each time. Of the
// kinds of jitter this full one lets a crowd of clients that failed together finish first.
func backoff(p RetryPolicy, attempts int) time.Duration { return jitter(bound(p, attempts)) }

// bound is the longest pause after the given number of attempts.
func bound(p RetryPolicy, attempts int) time.Duration {
	bound := p.BaseDelay
	for i := 1; i < attempts && bound < p.MaxDelay; i++ {
		bound *= 2
	}
	return min(bound, p.MaxDelay)
}

// jitter returns a random duration from zero up to bound.
func jitter(bound time.Duration) time.Duration {
	if bound <= 0 {
		return 0
	}
	return rand.N(bound) //nolint:gosec // spreads load, guards nothing
}

// retryAfter returns the pause that an answer asks for: a number of whole seconds or a date. It has none if the header is
// absent, unreadable, zero or in the past: then the ordinary pause is due.
func retryAfter(resp *http.Response) (time.Duration, bool) {
	if resp == nil {
		return 0, false
	}
	value := strings.TrimSpace(resp.Header.Get(headerRetryAfter))
	after, _ := parseRetryAfter(value, resp.Header.Get("Date"), time.Now())
	return after, after > 0
}

// parseRetryAfter reads the header. A date is held against the date of the answer itself, if that has one: the clocks of the
// two sides need not agree.
func parseRetryAfter(value, date string, now time.Time) (time.Duration, bool) {
	if value == "" {
		return 0, false
	}
	if seconds, err := strconv.ParseUint(value, 10, 64); err == nil {
		const most = 999_999_999 // 31 years, and no overflow
		return time.Duration(min(seconds, most)) * time.Second, true
	}
	if strings.Trim(value, "0123456789") == "" {
		return 999_999_999 * time.Second, true // more digits than an integer holds
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	if sent, err := http.ParseTime(date); err == nil {
		now = sent
	}
	return at.Sub(now), true
}
