package kneo

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// conclude begins a call and turns whatever it comes to into what its caller is to see: an answer that has been read, or one
// error of this package.
func (c *Client) conclude(next doer) doer {
	return func(req *http.Request) (*http.Response, error) {
		call := callFrom(req.Context())
		if call == nil || call.begun { // from the raw client; the call that is under way is one that this is made within, of whatever client
			call = c.newCall(gen.FindOperation(req.Method, c.pathOf(req.URL)), nil)
			req = req.WithContext(withCall(req.Context(), call))
		}
		call.begin(req.Method, c.pathOf(req.URL), c.attemptTimeout(call))
		if call.problem != nil {
			return nil, call.problem
		}
		req = c.observe(call, req)
		resp, err := c.carry(call, req, next)
		if !call.read {
			call.finish(nil, err)
		}
		return resp, err
	}
}

// carry takes a call to the platform and back.
func (c *Client) carry(call *call, req *http.Request, next doer) (*http.Response, error) {
	if req.Context().Err() != nil {
		return nil, c.networkError(call, whyEnded(req.Context()))
	}
	if err := c.admit(call, req); err != nil {
		return nil, err
	}
	resp, err := next(req)
	if call.away {
		c.server.doubt()
	}
	if err != nil {
		return nil, c.explain(req.Context(), call, err)
	}
	if err := c.refuse(call, resp); err != nil {
		return nil, err
	}
	return resp, nil
}

func (call *call) begin(method, path string, timeout time.Duration) {
	call.method, call.path, call.timeout = method, path, timeout
	call.start, call.begun = time.Now(), true
}

// pathOf returns the path of u below the base path of the profile, as the contract has it.
func (c *Client) pathOf(u *url.URL) string {
	return strings.TrimPrefix(u.EscapedPath(), strings.TrimSuffix(c.origin.EscapedPath(), "/"))
}

// explain makes one of our errors of what came out of the loop.
func (c *Client) explain(ctx context.Context, call *call, err error) error {
	var mistake *ArgumentError
	if errors.As(err, &mistake) {
		return mistake
	}
	if ctx.Err() != nil {
		return c.networkError(call, c.withTrouble(call, whyEnded(ctx)))
	}
	// *url.Error says no more than we do, and says it with the whole URL.
	var wrapper *url.Error
	if errors.As(err, &wrapper) {
		err = wrapper.Err
	}
	if attempt := asAttempt(err); attempt != nil {
		if attempt.status != 0 && !isTimeout(attempt.err) {
			resp := &http.Response{StatusCode: attempt.status, Header: attempt.header}
			if attempt.status >= http.StatusBadRequest {
				return c.unreadableError(call, resp, attempt.err)
			}
			torn := c.protocolError(call, resp, &quotingError{attempt.err})
			torn.torn = true
			return torn
		}
		err = attempt.err
	}
	return c.networkError(call, err)
}

// withTrouble adds what was wrong before to the reason for which a call ended.
func (c *Client) withTrouble(call *call, ended error) error {
	if resp := call.trouble.resp; resp != nil && resp.StatusCode >= http.StatusBadRequest {
		answer := c.newError(call, resp)
		return &interruptedError{ended: ended, trouble: answer, text: fmt.Sprintf("status %d: %s", answer.StatusCode, answer.Message)}
	}
	if attempt := asAttempt(call.trouble.err); attempt != nil {
		return &interruptedError{ended: ended, trouble: attempt.err, text: attempt.Error()}
	}
	return ended
}

// interruptedError is the end of a context while a call that had failed was to be repeated, or was being repeated.
type interruptedError struct {
	ended   error
	trouble error  // what was wrong before
	text    string // of that
}

func (e *interruptedError) Error() string { return e.ended.Error() + ", after " + e.text }

// Unwrap leaves out an attempt that took too long: to errors.Is it would be a deadline, also where a context was cancelled.
func (e *interruptedError) Unwrap() []error {
	if isTimeout(e.trouble) {
		return []error{e.ended}
	}
	return []error{e.ended, e.trouble}
}

// refuse tells answers that are not the platform's to give: redirects, and successes that are not JSON.
func (c *Client) refuse(call *call, resp *http.Response) error {
	switch status := resp.StatusCode; {
	case status >= 300 && status < 400:
		return c.protocolError(call, resp, &RedirectError{StatusCode: status, Host: c.redirectHost(resp)})
	case status < 200 || status > 599:
		return c.protocolError(call, resp, errors.New("HTTP does not know the status"))
	case status < 300 && !call.any && !isJSON(resp):
		return c.protocolError(call, resp, errors.New("it is not JSON"))
	}
	return nil
}

func (c *Client) redirectHost(resp *http.Response) string {
	to, err := resp.Location()
	if err != nil || to.Host == c.origin.Host && to.Scheme == c.origin.Scheme {
		return ""
	}
	return c.secrets.text(to.Host, maxSnippet)
}

// isJSON reports whether an answer says that it is JSON, or is empty: for that there is a better word.
func isJSON(resp *http.Response) bool {
	if len(bodyOf(resp)) == 0 {
		return true
	}
	contentType := resp.Header.Get("Content-Type")
	if contentType == "application/json" { // as the platform has it
		return true
	}
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && (media == "application/json" || strings.HasSuffix(media, "+json"))
}

func (c *Client) networkError(call *call, err error) *NetworkError {
	e := &NetworkError{
		Method: call.method, Path: c.secrets.text(call.path, maxText), Host: c.origin.Host,
		RequestID: call.requestID, IdempotencyKey: call.key, Attempts: call.attempts, spent: call.spent, harmless: call.harmless(),
	}
	e.Err, e.text = c.secrets.cause(err, maxText)
	switch {
	case call.ambiguous:
	case statusOf(call.trouble.resp) >= http.StatusBadRequest:
		e.Outcome = OutcomeRejected
	default:
		e.Outcome = OutcomeNotSent
	}
	if e.text == "" {
		e.text = fmt.Sprintf("%T without a text", err)
	}
	return e
}

func (c *Client) protocolError(call *call, resp *http.Response, err error) *ProtocolError {
	body := c.secrets.body(resp) // before it is cut: half a key would not be found
	e := &ProtocolError{
		Method: call.method, Path: c.secrets.text(call.path, maxText), Host: c.origin.Host,
		StatusCode: resp.StatusCode, ContentType: c.secrets.text(resp.Header.Get("Content-Type"), maxSnippet),
		RequestID: c.secrets.text(echoedID(resp, call.requestID), maxSnippet), IdempotencyKey: call.key, Attempts: call.attempts, spent: call.spent, harmless: call.harmless(),
		Outcome: OutcomeUnknown, Snippet: c.secrets.text(string(body[:min(len(body), 4*maxSnippet)]), maxSnippet),
	}
	e.Err, e.text = c.secrets.cause(err, maxSnippet)
	return e
}
