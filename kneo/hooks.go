package kneo

import (
	"context"
	"net/http"
	"slices"
	"strings"
)

// Hooks are functions that a client calls when something begins, to measure or report it; see [WithHooks]. The log of [WithLogger] uses
// one set of them. Functions that are nil are not called. Each returns the context for the operation that begins, and a function that is
// called with the result when the operation ends; either may be nil. Hooks are called in the goroutine that makes the call, which waits
// for them, and by many goroutines at once: walks that read ahead, WaitAll, ResumeMany and DryRun make calls in goroutines of their own. A panic
// in one of those is raised in the caller's goroutine.
//
// Hooks never get the API key or the bytes of a body, but CallEnd has the decoded answer. URLs come without their query.
type Hooks struct {
	// Call is called once for each call that is about to be made, but not for a call whose arguments make no sense. If a call has to ask
	// for the server's version first, that is a separate call inside it.
	Call func(context.Context, CallStart) (context.Context, func(CallEnd))

	// Attempt is called for each attempt of a call.
	Attempt func(context.Context, AttemptStart) (context.Context, func(AttemptEnd))

	// Wait is called when a wait or a tail begins: WaitForCompletion, CreateAndWait, WaitAll and TailTrace. The calls that they make are
	// inside it, including the create of CreateAndWait.
	Wait func(context.Context, WaitStart) (context.Context, func(WaitEnd))
}

// CallStart is a call that begins.
type CallStart struct {
	Operation string // its name in the contract, such as "GetRun"; empty for a path that the contract does not have
	Method    string
	Route     string // the path with the names of its parameters, such as "/v1/runs/{run_id}"; empty for a path that the contract does not have
	URL       string // without user info and query
}

// CallEnd is the result of a call.
type CallEnd struct {
	StatusCode     int // of the last answer, 0 if there was none
	Attempts       int
	RequestID      string
	IdempotencyKey string // empty unless the method is POST
	Answer         any    // what the call returned, such as a *[Run]; nil for calls of the raw client and of [Client.Request]
	Err            error  // what the call returned; calls of the raw client have none for an answer with a status of 400 or above
}

// AttemptStart is an attempt that begins.
type AttemptStart struct {
	CallStart
	Attempt        int // 1 for the first
	RequestID      string
	IdempotencyKey string
	Header         http.Header // empty; headers that are added here are sent with the attempt, except those that the client sets itself
}

// AttemptEnd is the result of an attempt.
type AttemptEnd struct {
	StatusCode int         // 0 if there was no answer
	Proto      string      // of the answer, such as "HTTP/1.1"
	Header     http.Header // of the answer, nil if there was none
	Err        error       // why there is no complete answer
}

// WaitStart is a wait that begins.
type WaitStart struct {
	Method string   // "WaitForCompletion", "CreateAndWait", "WaitAll" or "TailTrace"
	Runs   int      // how many runs the wait is for
	RunIDs []string // their ids; CreateAndWait does not know its id yet
}

// WaitEnd is the result of a wait.
type WaitEnd struct {
	RunID string // of the run, empty for WaitAll and if no run was created
	Run   *Run   // as it was last seen, nil for WaitAll
	Looks int    // number of looks at runs
	Ended int    // how many runs have ended, or reached a status of [WithTerminalStatuses]
	Err   error  // the error that ended the wait or the tail, nil for WaitAll
}

// WithHooks sets functions that are called when calls, attempts and waits begin and end. It can be given more than once: the functions of
// a later one are called inside those of an earlier one.
func WithHooks(h Hooks) Option {
	return func(s *settings) error {
		s.hooks.add(h)
		return nil
	}
}

// hooks are the sets of a client, kind by kind.
type hooks struct {
	call    hookList[CallStart, CallEnd]
	attempt hookList[AttemptStart, AttemptEnd]
	wait    hookList[WaitStart, WaitEnd]
}

func (h *hooks) add(more Hooks) {
	h.call.add(more.Call)
	h.attempt.add(more.Attempt)
	h.wait.add(more.Wait)
}

// hookList is the hooks of one kind, the outermost first.
type hookList[S, E any] []func(context.Context, S) (context.Context, func(E))

func (l *hookList[S, E]) add(hook func(context.Context, S) (context.Context, func(E))) {
	if hook != nil {
		*l = append(*l, hook)
	}
}

// begin calls the hooks, and returns a function that ends what they began.
func (l hookList[S, E]) begin(ctx context.Context, start S) (context.Context, func(E)) {
	var ends []func(E)
	for _, hook := range l {
		within, end := hook(ctx, start)
		if within != nil {
			ctx = within
		}
		if end != nil {
			ends = append(ends, end)
		}
	}
	return ctx, func(e E) {
		for _, end := range slices.Backward(ends) {
			end(e)
		}
	}
}

// observe tells the hooks of a call.
func (c *Client) observe(call *call, req *http.Request) *http.Request {
	if len(c.hooks.call) == 0 && len(c.hooks.attempt) == 0 {
		return req
	}
	base := c.origin.Scheme + "://" + c.origin.Host + strings.TrimSuffix(c.origin.EscapedPath(), "/")
	call.told = CallStart{Method: call.method, Route: call.route(), URL: base + c.secrets.text(call.path, maxText)}
	if call.op != nil {
		call.told.Operation = call.op.ID
	}
	ctx, end := c.hooks.call.begin(req.Context(), call.told)
	call.end = end
	return req.WithContext(ctx)
}

// finish tells the hooks what came of the call.
func (call *call) finish(answer any, err error) {
	if call.end == nil {
		return
	}
	end := CallEnd{
		StatusCode: statusOf(call.last.resp), Attempts: call.attempts, RequestID: call.requestID, IdempotencyKey: call.key,
		Answer: answer, Err: err,
	}
	if attempt := asAttempt(call.last.err); attempt != nil {
		end.StatusCode = attempt.status
	}
	call.end(end)
	call.end = nil
}

// observeAttempts tells the hooks of every attempt.
func (c *Client) observeAttempts(next doer) doer {
	if len(c.hooks.attempt) == 0 {
		return next
	}
	return func(req *http.Request) (*http.Response, error) {
		call := callFrom(req.Context())
		more := make(http.Header)
		ctx, end := c.hooks.attempt.begin(req.Context(), AttemptStart{
			CallStart: call.told, Attempt: call.attempts + 1, RequestID: call.requestID, IdempotencyKey: call.key, Header: more,
		})
		req = req.WithContext(ctx)
		req.Header = withMore(req.Header, more)
		resp, err := next(req)
		end(c.endOf(resp, err))
		return resp, err
	}
}

// withMore returns a header with what hooks have added. What [WithHeader] would refuse is left out.
func withMore(header, more http.Header) http.Header {
	header = header.Clone()
	for name, values := range more {
		for _, value := range values {
			if checkHeader(name, value) == nil {
				header.Add(name, value)
			}
		}
	}
	return header
}

func (c *Client) endOf(resp *http.Response, err error) AttemptEnd {
	if err == nil {
		return AttemptEnd{StatusCode: resp.StatusCode, Proto: resp.Proto, Header: c.secrets.header(resp.Header)}
	}
	var end AttemptEnd
	if attempt := asAttempt(err); attempt != nil {
		end.StatusCode, end.Header = attempt.status, c.secrets.header(attempt.header)
	}
	end.Err, _ = c.secrets.cause(err, maxText)
	return end
}

// observeWait tells the hooks of a wait.
func (s *RunsService) observeWait(ctx context.Context, start WaitStart) (context.Context, func(WaitEnd)) {
	return s.client.hooks.wait.begin(ctx, start)
}

func (w *watch) endOf(err error) WaitEnd {
	end := WaitEnd{RunID: w.id, Run: w.run, Looks: w.polls, Err: err}
	if w.run != nil && w.options.over(w.run) {
		end.Ended = 1
	}
	return end
}

func (w *waitAll) endOf() WaitEnd {
	end := WaitEnd{Ended: w.over}
	for _, a := range w.all {
		end.Looks += a.polls
	}
	return end
}
