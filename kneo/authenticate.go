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

// SetAPIKey has the client use another key from now on, so that keys can be replaced without a restart: take the new one to the
// platform, then here, then the old one from the platform. Attempts that are made from now on carry the new key, those of calls
// under way among them. It is safe to be called beside any other method. A key that no header can carry is an error, of which
// errors.Is finds [profiles.ErrInvalid], and the old one stays.
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
