package kneo

import (
	"net/http"
	"net/url"

	"github.com/kneo-agent/kneo-client-go/profiles"
)

// authenticate adds the key to a copy of the request. It refuses requests to anywhere but the profile's scheme, host and
// port, which an editor of the raw client could make.
func authenticate(next doer, origin *url.URL, profile profiles.Profile) doer {
	return func(req *http.Request) (*http.Response, error) {
		if req.URL.Scheme != origin.Scheme || req.URL.Host != origin.Host {
			return nil, argument("URL", "the request goes to another host than the profile's, and would carry the key there")
		}
		signed := req.WithContext(req.Context())
		signed.Header = req.Header.Clone()
		signed.Header.Del("Authorization")
		signed.Header.Del(headerAPIKey)
		switch profile.AuthScheme {
		case profiles.KneoAPIKey:
			signed.Header.Set(headerAPIKey, profile.APIKey.Reveal())
		default:
			signed.Header.Set("Authorization", "Bearer "+profile.APIKey.Reveal())
		}
		resp, err := next(signed)
		if resp != nil {
			resp.Request = req // the one without the key
		}
		return resp, err
	}
}
