package kneo

import (
	"context"
	"log/slog"
	"math"
	"net/http"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

const (
	// lockPatience is how long a call waits for another request with its idempotency key to end. A platform that dies in the middle
	// of one keeps the key locked for 300 seconds; the rest is for one more look after that.
	lockPatience = 305 * time.Second

	// connectPatience is how long a call goes on trying to reach an address that it has not been able to connect to.
	connectPatience = 8 * time.Second
)

// retryLoop repeats a request as the policy of its call says. The loop is go-retryablehttp's; whether, when and how long are
// ours, since its own policy obeys a Retry-After of any length, has no jitter and knows no budget. Of its hooks CheckRetry alone is told
// which call it is about, so that the pause is made there, too.
func retryLoop(once *http.Client, budget *budget, logger *slog.Logger) doer {
	loop := &retryablehttp.Client{
		HTTPClient: once,
		RetryMax:   math.MaxInt32, // the retrier counts
		CheckRetry: func(ctx context.Context, resp *http.Response, err error) (bool, error) {
			return callFrom(ctx).retrier.again(ctx, resp, err)
		},
		PrepareRetry: func(req *http.Request) error {
			// An http.Client adds the cookies of its jar to the request that it is given, so to those of the attempt before.
			req.Header["Cookie"] = callFrom(req.Context()).retrier.cookies
			return nil
		},
		Backoff:      func(time.Duration, time.Duration, int, *http.Response) time.Duration { return 0 },
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
	return func(req *http.Request) (*http.Response, error) {
		repeatable, err := rewindable(req)
		if err != nil {
			return nil, err
		}
		call := callFrom(req.Context())
		call.retrier = retrier{call: call, budget: budget, logger: logger, seeking: call.start, cookies: req.Header["Cookie"]}
		return loop.Do(repeatable)
	}
}

// rewindable makes a request whose body the loop can send again.
func rewindable(req *http.Request) (*retryablehttp.Request, error) {
	body := req.Body
	if body == nil || body == http.NoBody {
		return &retryablehttp.Request{Request: req}, nil
	}
	data, err := sentBody(req)
	if err != nil {
		return nil, err
	}
	repeatable := &retryablehttp.Request{Request: req}
	if err := repeatable.SetBody(data); err != nil {
		return nil, err
	}
	// Without it net/http cannot repeat the POST by itself, behind our back: it takes the Idempotency-Key as leave to do so.
	repeatable.GetBody = nil
	return repeatable, nil
}

// retrier decides for one call whether there is to be another attempt, and after which pause.
type retrier struct {
	call   *call
	budget *budget
	logger *slog.Logger
	tries  int
	waits  int // of the tries, those that found another request with the key still at work
	pause  time.Duration
	price  int64 // paid for the last retry

	cookies []string  // that the request had before any attempt
	seeking time.Time // since when no connection has been had, if the last attempt had none
}

// again is asked after every attempt, and returns when the next one is due. Its error is that of a context that has ended before;
// what has gone wrong otherwise is told by whoever asked for the call.
func (r *retrier) again(ctx context.Context, resp *http.Response, err error) (bool, error) {
	r.tries++
	r.call.last = failure{resp, err}
	if ctx.Err() == nil {
		r.call.trouble = r.call.last
	}
	r.call.away = r.call.away || away(resp, err)
	outcome := classify(r.call, resp, err)
	if outcome == answered {
		r.budget.refund(r.price)
		return false, nil
	}
	if outcome == inProgress {
		r.waits++
	}
	if maybeSent(resp, err) {
		r.call.ambiguous = true
	}
	price := price(outcome, err)
	if outcome == final || ctx.Err() != nil || !r.mayRepeat(outcome) || !r.settlePause(ctx, resp, err) {
		return false, nil
	}
	if !r.budget.spend(price) {
		r.call.spent = true
		return false, nil
	}
	r.price = price
	r.log(ctx, resp, err)
	if err := sleep(ctx, r.pause); err != nil {
		return false, err
	}
	if !unreached(err) {
		r.seeking = time.Now()
	}
	return true, nil
}

func (r *retrier) log(ctx context.Context, resp *http.Response, err error) {
	attrs := []any{
		"method", r.call.method, "route", r.call.route(), "attempt", r.call.attempts,
		"status", statusOf(resp), "pause", r.pause, "request_id", r.call.requestID,
	}
	if attempt := asAttempt(err); attempt != nil {
		attrs = append(attrs, "error", wordsOf(attempt.err, attempt.Error()))
	}
	r.logger.InfoContext(ctx, "kneo: trying again", attrs...)
}

// mayRepeat reports whether the call may have another attempt by its number, its age and its method.
func (r *retrier) mayRepeat(outcome outcome) bool {
	if outcome == inProgress {
		// Giving up would lose a run that somebody is making under this very key.
		return r.call.retry.MaxAttempts > 1 && time.Since(r.call.start) < lockPatience
	}
	return r.tries-r.waits < r.call.retry.MaxAttempts && (idempotent(r.call.method) || r.call.key != "")
}

// idempotent reports whether HTTP defines a method as idempotent: doing it twice has the effect of doing it once. Unknown methods are not,
// and neither are those in lower case, which are other methods, though some servers take them for the same.
func idempotent(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace, http.MethodPut, http.MethodDelete:
		return true
	}
	return false
}

// settlePause sets the pause before the next attempt, and reports whether waiting for it makes sense.
func (r *retrier) settlePause(ctx context.Context, resp *http.Response, err error) bool {
	if after, ok := retryAfter(resp); ok {
		r.pause = after + jitter(min(after, time.Second))
		deadline, limited := ctx.Deadline()
		return after <= r.call.retry.MaxRetryAfter && (!limited || time.Until(deadline) > after)
	}
	r.pause = backoff(r.call.retry, r.tries)
	if attempt := asAttempt(err); attempt != nil {
		if attempt.stale && r.tries == 1 {
			// The connection had died of age; net/http would have repeated at once too, had we let it.
			r.pause = 0
		}
		if isRefused(err) {
			// Nobody is there yet. All attempts together last for 2.5 seconds at the least, time enough to start a platform again.
			r.pause = r.pause/2 + bound(r.call.retry, r.tries)/2
		}
		return attempt.sent || time.Since(r.seeking)+r.pause < connectPatience
	}
	return true
}
