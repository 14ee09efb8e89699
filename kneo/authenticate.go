package kneo

import (
	"maps"
	"net/http"
	"net/url"

	"github.com/kneo-agent/kneo-client-go/profiles"
)

// stayHome refuses requests to anywhere but the profile's scheme, host and port, which an editor of the raw client could make.
func stayHome(next doer, origin *url.URL) doer {
	return func(req *http.Request) (*http.Response, error) {
		if req.URL.Scheme != origin.Scheme || req.URL.Host != origin.Host {
			return nil, argument("URL", "the request goes to another host than the profile's, and would carry the key there")
		}
		return next(req)
	}
}

// authenticate adds the key to the header of a request that is nobody else's; the header itself is. The key is asked for with every
// attempt, as it may be another one by then.
func authenticate(next doer, scheme profiles.AuthScheme, key func() profiles.Secret) doer {
	return func(req *http.Request) (*http.Response, error) {
		header := maps.Clone(req.Header)
		delete(header, headerAuthorization)
		delete(header, headerAPIKey)
		switch scheme {
		case profiles.KneoAPIKey:
			header[headerAPIKey] = []string{key().Reveal()}
		default:
			header[headerAuthorization] = []string{"Bearer " + key().Reveal()}
		}
		req.Header = header
		return next(req)
	}
}

// SetAPIKey makes the client use another key from now on, so that keys can be replaced without a restart: add the new key to the
// platform, give it to the client, then remove the old one from the platform. All attempts from now on carry the new key, including those
// of calls and waits in progress. It may be called at any time, from any goroutine. For a key that is empty, or that no header can carry,
// it returns a [*profiles.Error], and the old key stays in use.
func (c *Client) SetAPIKey(key string) error {
	next := c.Profile()
	next.APIKey = profiles.NewSecret(key)
	if err := next.Validate(); err != nil {
		return err
	}
	c.secrets.add(next.APIKey) // the old one stays among them: an answer may still quote it
	c.key.Store(&next.APIKey)
	return nil
}
