package kneo

import (
	"net/http"

	"github.com/kneo-agent/kneo-client-go/gen"
	"github.com/kneo-agent/kneo-client-go/profiles"
)

// A doer takes a request one step further and brings its answer back. The steps of a call are doers around doers.
type doer func(*http.Request) (*http.Response, error)

// Do makes a doer what the generated client sends through.
func (d doer) Do(req *http.Request) (*http.Response, error) { return d(req) }

// RoundTrip makes a doer a transport of an http.Client. That it has no CloseIdleConnections is on purpose: http.Client and
// the retry loop would call it after every call that fails for good, and so take the connections of all the others away.
func (d doer) RoundTrip(req *http.Request) (*http.Response, error) { return d(req) }

var _ gen.HttpRequestDoer = doer(nil)

// assemble builds the way of every request, typed or raw. A request runs through this list from its end to its beginning:
func (c *Client) assemble(hc *http.Client, s settings) doer {
	transport := hc.Transport
	if transport == nil {
		transport = http.DefaultTransport
	}
	// The key is added last, on the copy that an attempt sends: a request that anybody else gets to see, in an error or in a response, has none.
	signed := authenticate(transport.RoundTrip, c.profile.AuthScheme, func() profiles.Secret { return *c.key.Load() })
	// The body is read where the attempt is made, so that a broken one is a failed attempt and can be repeated.
	attempt := sendAttempt(signed, s.maxBody, hc.Timeout)
	// The hooks get to see no key either.
	attempt = c.observeAttempts(attempt)
	// No request leaves for anywhere but the profile's address, as it would take the key there.
	attempt = stayHome(attempt, c.origin)
	// The http.Client sits between the loop and the attempt for its cookie jar. Its timeout is that of the attempt: it would put an error of its own
	// in the place of what the attempt came to, of which nobody could tell whether anything was sent.
	once := *hc
	once.Transport, once.Timeout = attempt, 0
	once.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	// One loop, nothing above or below it repeats anything.
	loop := retryLoop(&once, newBudget(), c.logger)
	// Outside the loop: all attempts of a call have one request id and one idempotency key.
	identified := identify(loop, s.userAgent)
	// Outermost, since every way in which a call can end has to come by here.
	return c.conclude(identified)
}
