package kneo

import (
	"net/http"
	"strings"

	"github.com/google/uuid"
)

const (
	headerRequestID      = "X-Request-Id" // in the form that http.Header keeps
	headerIdempotencyKey = "Idempotency-Key"
	headerAuthorization  = "Authorization"
	headerAPIKey         = "X-Kneo-Api-Key"
	headerRetryAfter     = "Retry-After"
)

// identify gives a call what tells it from others: who asks, a request id, and for a POST the idempotency key that makes it
// safe to repeat. Headers that a user of the raw client has set stay as they are.
func identify(next doer, program string) doer {
	agent := []string{strings.TrimSpace(program + " " + userAgent)}
	return func(req *http.Request) (*http.Response, error) {
		call := callFrom(req.Context())
		for name, values := range call.header {
			req.Header[http.CanonicalHeaderKey(name)] = values
		}
		if req.Header.Get("User-Agent") == "" {
			req.Header["User-Agent"] = agent
		}
		call.requestID = settle(req.Header, headerRequestID, call.wantRequestID)
		if err := checkToken(headerRequestID, call.requestID); err != nil {
			return nil, err
		}
		if req.Method != http.MethodPost {
			return next(req)
		}
		call.key = settle(req.Header, headerIdempotencyKey, call.wantKey)
		if err := checkToken(headerIdempotencyKey, call.key); err != nil {
			return nil, err
		}
		return next(req)
	}
}

// settle decides on the value of a header, the option's before the request's before a new UUID, and sets it.
func settle(header http.Header, name string, option *string) string {
	value := strings.TrimSpace(header.Get(name))
	switch {
	case option != nil:
		value = *option
	case len(header[name]) == 0:
		value = uuid.NewString()
	}
	header.Set(name, value)
	return value
}
