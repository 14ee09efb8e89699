package profiles

import (
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// DefaultTimeout is the timeout of a profile that sets none.
const DefaultTimeout = 30 * time.Second

// DefaultName is the name of the profile that is loaded when none is asked for.
const DefaultName = "default"

// AuthScheme names the header that carries the key.
type AuthScheme string

// The schemes. The platform accepts both.
const (
	Bearer     AuthScheme = "bearer"       // Authorization: Bearer KEY
	KneoAPIKey AuthScheme = "kneo_api_key" // X-Kneo-Api-Key: KEY
)

// Profile is what a client has to know about a platform.
type Profile struct {
	Name              string // for messages
	URL               string // http:// or https://, with an optional base path
	APIKey            Secret
	AuthScheme        AuthScheme    // Bearer if empty
	Timeout           time.Duration // of one attempt of a call; DefaultTimeout if zero
	AllowInsecureHTTP bool          // whether the key may go over http:// to other machines

	defaulted bool     // nobody set Timeout
	warnings  []string // found while loading
}

// TimeoutSet reports whether the timeout was set rather than left at its default.
func (p Profile) TimeoutSet() bool {
	return p.Timeout != 0 && (!p.defaulted || p.Timeout != DefaultTimeout)
}

// Warnings returns warnings about the profile, such as that others can read its file. A client logs them once.
func (p Profile) Warnings() []string { return p.warnings }

// Validate checks a profile that was built by hand. The error joins an [*Error] for each field that is missing or invalid.
func (p Profile) Validate() error {
	const source = "the profile"
	return errors.Join(
		p.explain("url", source, checkURL(p.URL)),
		p.explain("api_key", source, checkKey(p.APIKey.Reveal())),
		p.explain("auth_scheme", source, checkScheme(p.AuthScheme)),
		p.explain("timeout", source, checkTimeout(p.Timeout)),
	)
}

// checkURL checks an address. What it says never quotes it: an address can hold a password.
func checkURL(address string) error {
	switch {
	case address == "":
		return missing("it is empty")
	case strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r == 0x7f }):
		return invalid("it has a space or a control character")
	case strings.ContainsAny(address[:1], "\"'`"):
		return invalid("it begins with a quote; leave the quotes out of the value")
	case !hasScheme(address): // before parsing, which fails at 127.0.0.1:8000
		return invalid("it does not begin with http:// or https://")
	}
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return invalid("it cannot be parsed as a URL")
	case u.Hostname() == "":
		return invalid("it has no host")
	case u.User != nil:
		return invalid("it has a user name or a password; the key goes into api_key")
	case strings.ContainsAny(address, "?#"): // the empty ones too, which url.Parse drops
		return invalid("it has a query or a fragment")
	}
	return checkPort(u)
}

func hasScheme(address string) bool {
	scheme, _, found := strings.Cut(strings.ToLower(address), ":")
	return found && (scheme == "http" || scheme == "https")
}

// checkPort refuses what net/http would change on the way, or never reach.
func checkPort(u *url.URL) error {
	if strings.HasSuffix(u.Host, ":") {
		return invalid("it has a colon without a port behind the host")
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return invalid("its port is not between 1 and 65535")
		}
	}
	return nil
}

// checkKey checks an API key for what HTTP headers and the platform cannot take, without ever quoting it.
func checkKey(key string) error {
	if key == "" {
		return missing("it is empty")
	}
	for i := range len(key) {
		switch c := key[i]; {
		case c == '\n' || c == '\r':
			return invalid("it has a line break at character %d of %d; the key file probably ends with one", i+1, len(key))
		case c < ' ' || c == 0x7f:
			return invalid("it has a control character at character %d of %d", i+1, len(key))
		case c == ' ':
			return invalid("it has a space at character %d of %d", i+1, len(key))
		case c > '~':
			return invalid("it has a character beyond ASCII at byte %d of %d", i+1, len(key))
		}
	}
	return nil
}

func checkScheme(s AuthScheme) error {
	switch s {
	case "", Bearer, KneoAPIKey:
		return nil
	}
	return invalid("it is neither bearer nor kneo_api_key, in lower case") // not quoted: it may be the key, in the wrong place
}

func checkTimeout(d time.Duration) error {
	if d < 0 {
		return invalid("it is below zero")
	}
	return nil
}

// shorten keeps what is quoted in an error short.
func shorten(s string) string {
	const most = 40
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}
