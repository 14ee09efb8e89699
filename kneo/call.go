package kneo

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/kneo-agent/kneo-client-go/gen"
	"github.com/kneo-agent/kneo-client-go/profiles"
)

// A call is what the steps of the chain share about one call: what was asked for, and what has happened so far. It travels
// in the context of the request. Only one goroutine at a time works on it.
type call struct {
	callOptions
	client *Client

	op   *gen.Operation // nil for a path that the contract does not have
	long bool           // answered only when the run has ended or paused
	any  bool           // an answer of any content type will do
	read bool           // what comes of it is known only when the answer has been read

	method, path string // path without the query
	requestID    string
	key          string // the Idempotency-Key, empty for methods without one
	retry        RetryPolicy
	timeout      time.Duration // of an attempt; 0 is none

	retrier   retrier
	start     time.Time
	begun     bool // it is on its way, or has been
	attempts  int
	ambiguous bool          // an attempt may have had its effect, though we have no answer to it
	away      bool          // an attempt found no platform: it may have been replaced
	spent     bool          // it would have been repeated, had there been something left of the budget
	last      failure       // of the last attempt
	trouble   failure       // of the last attempt that did not fail because the context had ended
	told      CallStart     // what the hooks are told of it
	end       func(CallEnd) // tells the hooks, nil if there are none
}

// failure is how an attempt went wrong, kept because a context that ends would otherwise hide it.
type failure struct {
	resp *http.Response
	err  error
}

// callOptions is what the options of a call say.
type callOptions struct {
	wantKey       *string
	wantRequestID *string
	header        http.Header
	callTimeout   time.Duration
	callRetry     *RetryPolicy
	response      **Response
	inStep        bool  // a walk is not to read ahead
	problem       error // of the first option that makes no sense
}

// A CallOption changes a single call. An option that makes no sense, such as an idempotency key of 300 characters, makes the call
// fail with an [*ArgumentError] before anything is sent.
type CallOption func(*callOptions)

// WithIdempotencyKey sets the key under which the platform remembers the outcome of a POST. The same key with the same request returns
// the same run again, from any process; with another request it is [ErrIdempotencyMismatch]. White space around the key is trimmed; what
// remains must have 1 to 256 visible ASCII characters. Without this option every POST gets a new random UUID, which all its attempts
// share.
//
// The platform honours keys when runs are created, continued (from server 0.8.0) or resumed. It remembers successes only, until its
// operator prunes them, and does not tell callers apart, so make keys unguessable. On other calls a key has no effect.
func WithIdempotencyKey(key string) CallOption {
	key = strings.TrimSpace(key) // here: many goroutines may use the option at once
	return func(o *callOptions) {
		o.wantKey = &key
		o.check(checkToken("WithIdempotencyKey", key))
	}
}

// WithRequestID sets the X-Request-ID of the call, which finds it in the platform's log: 1 to 256 visible ASCII characters. Without this
// option it is a random UUID. All attempts of a call have the same id.
func WithRequestID(id string) CallOption {
	return func(o *callOptions) {
		o.wantRequestID = &id
		o.check(checkToken("WithRequestID", id))
	}
}

// WithHeader adds a header to the requests of the call. Headers that the client itself sets, such as Authorization,
// Idempotency-Key and User-Agent, are refused.
func WithHeader(name, value string) CallOption {
	return func(o *callOptions) {
		o.check(checkHeader(name, value))
		if o.header == nil {
			o.header = make(http.Header)
		}
		o.header.Add(name, value)
	}
}

// WithCallTimeout limits each attempt of this call, instead of [WithTimeout]. The context limits the whole call.
func WithCallTimeout(d time.Duration) CallOption {
	return func(o *callOptions) {
		if d <= 0 {
			o.check(argument("WithCallTimeout", "the timeout must be above zero"))
		}
		o.callTimeout = d
	}
}

// WithCallRetry sets how often and how patiently this call is repeated, instead of [WithRetryPolicy].
func WithCallRetry(p RetryPolicy) CallOption {
	return func(o *callOptions) {
		o.check(p.validate("WithCallRetry"))
		o.callRetry = &p
	}
}

// WithResponse sets *r to what is known about the answer besides its decoded content, on success and on failure: status, headers, request
// id, attempts, and the exact bytes. A method that makes several calls sets it for the last one.
func WithResponse(r **Response) CallOption {
	return func(o *callOptions) { o.response = r }
}

// apply takes options; a nil one changes nothing.
func (o *callOptions) apply(opts []CallOption) {
	for _, opt := range opts {
		if opt != nil {
			opt(o)
		}
	}
}

func (o *callOptions) check(err error) {
	if o.problem == nil {
		o.problem = err
	}
}

// newCall prepares a call of an operation; op is nil for a path that the contract does not have.
func (c *Client) newCall(op *gen.Operation, opts []CallOption) *call {
	call := &call{client: c, op: op, retry: c.retry}
	call.apply(opts)
	if call.callRetry != nil {
		call.retry = call.callRetry.withDefaults()
	}
	if op != nil {
		call.long = op.Runs
		if op.Probe {
			// A probe that is asked twice answers another question.
			call.retry.MaxAttempts = 1
		}
	}
	return call
}

// route is the path of the operation with the names of its parameters, empty for a path that the contract does not have.
func (call *call) route() string {
	if call.op == nil {
		return ""
	}
	return call.op.Path
}

// harmless reports whether a call changes nothing, whatever its method.
func (call *call) harmless() bool { return call.op != nil && strings.HasSuffix(call.op.Scope, ":read") }

// attemptTimeout is how long an attempt may take, 0 for as long as the context allows. It is asked when the call is on its
// way, since only then is it known whether a create is synchronous.
func (c *Client) attemptTimeout(call *call) time.Duration {
	switch {
	case call.callTimeout > 0:
		return call.callTimeout
	case call.long && !c.timed:
		return 0
	case c.profile.Timeout > 0:
		return c.profile.Timeout
	}
	return profiles.DefaultTimeout
}

// newCall prepares a call of an operation that a service has.
func (s *service) newCall(op *gen.Operation, opts []CallOption) *call {
	return s.client.newCall(op, opts)
}

type callKey struct{}

func withCall(ctx context.Context, call *call) context.Context {
	return context.WithValue(ctx, callKey{}, call)
}

// callFrom returns the call that ctx carries, nil for a request of the raw client that has not come to the chain yet.
func callFrom(ctx context.Context) *call {
	call, _ := ctx.Value(callKey{}).(*call)
	return call
}
