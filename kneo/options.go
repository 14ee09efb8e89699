package kneo

import (
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/kneo-agent/kneo-client-go/profiles"
)

// An Option configures a [Client]; see [NewClient].
type Option func(*settings) error

// settings is what the options say.
type settings struct {
	profileName    string
	profileOptions []profiles.Option
	resolved       *profiles.Profile
	override       override
	insecureHTTP   bool
	httpClient     *http.Client
	retry          RetryPolicy
	logger         *slog.Logger
	hooks          hooks
	userAgent      string
	maxBody        int64
	serverVersion  string
	unchecked      bool
}

// override holds the explicit values of a profile's fields, for a profile that is not loaded but given.
type override struct {
	url     *string
	apiKey  *string
	scheme  *profiles.AuthScheme
	timeout *time.Duration
}

// WithProfile names the profile to load. Without it the profile is the one that KNEO_PROFILE names, then "default".
func WithProfile(name string) Option {
	return func(s *settings) error {
		if name == "" {
			return argument("WithProfile", "the name of the profile is empty; leave the option out to get KNEO_PROFILE or the default profile")
		}
		s.profileName = name
		return nil
	}
}

// WithProfileFile names the file that holds the profiles, in the place of [profiles.DefaultPath].
func WithProfileFile(path string) Option {
	return func(s *settings) error {
		s.profileOptions = append(s.profileOptions, profiles.WithFile(path))
		return nil
	}
}

// WithResolvedProfile gives the whole profile, for a program that keeps its settings elsewhere, say in a vault: neither file
// nor environment is read. [WithURL] and its siblings still override single fields.
func WithResolvedProfile(p profiles.Profile) Option {
	return func(s *settings) error {
		s.resolved = &p
		return nil
	}
}

// WithURL gives the address of the platform, such as https://kneo.example.com. A base path is kept.
func WithURL(url string) Option {
	return func(s *settings) error {
		s.profileOptions = append(s.profileOptions, profiles.WithURL(url))
		s.override.url = &url
		return nil
	}
}

// WithAPIKey gives the key.
func WithAPIKey(key string) Option {
	return func(s *settings) error {
		s.profileOptions = append(s.profileOptions, profiles.WithAPIKey(key))
		s.override.apiKey = &key
		return nil
	}
}

// WithAuthScheme says in which header the key goes: [profiles.Bearer], the default, or [profiles.KneoAPIKey].
func WithAuthScheme(scheme profiles.AuthScheme) Option {
	return func(s *settings) error {
		s.profileOptions = append(s.profileOptions, profiles.WithAuthScheme(scheme))
		s.override.scheme = &scheme
		return nil
	}
}

// WithTimeout limits every attempt of a call, from the first byte sent to the last byte read; the default is
// [profiles.DefaultTimeout]. The whole call, with its retries and pauses, is limited by the context.
//
// The default does not apply to calls that the platform answers only when the run has ended or paused: a synchronous
// Create or Specs.Run, Continue and Resume. A timeout that was set, here, in the profile or by KNEO_TIMEOUT, does.
func WithTimeout(d time.Duration) Option {
	return func(s *settings) error {
		s.profileOptions = append(s.profileOptions, profiles.WithTimeout(d))
		s.override.timeout = &d
		return nil
	}
}

// WithHTTPClient gives the HTTP client whose transport, cookie jar and timeout the calls use, say for a proxy, a private CA
// or a test double. It is copied, never changed and never closed. Redirects are not followed whatever it says.
//
// A transport of your own should close idle connections before the platform does, after 5 seconds: set IdleConnTimeout
// to 4 seconds.
func WithHTTPClient(hc *http.Client) Option {
	return func(s *settings) error {
		if hc == nil {
			return argument("WithHTTPClient", "the HTTP client is nil")
		}
		s.httpClient = hc
		return nil
	}
}

// WithRetryPolicy sets how calls are repeated; see [RetryPolicy].
func WithRetryPolicy(p RetryPolicy) Option {
	return func(s *settings) error {
		s.retry = p
		return p.validate("WithRetryPolicy")
	}
}

// WithLogger sets where the client logs; without it nothing is. At [slog.LevelDebug] there is a record for each call, each attempt and each
// wait as it ends, with method, route (the path with the names of its parameters), status, number of the attempt, request id, duration and
// error; at [slog.LevelInfo] one for each retry, with the pause before it; and at [slog.LevelWarn] what the profile is to be warned of.
// A key, a body or a query is never logged, and of headers only a few of the answer: Content-Type, Content-Length, Date, Retry-After, Server, Via.
func WithLogger(l *slog.Logger) Option {
	return func(s *settings) error {
		s.logger = l
		return nil
	}
}

// WithUserAgent puts the name of your program, such as "nightly-report/1.4", before the library's own in User-Agent.
func WithUserAgent(name string) Option {
	return func(s *settings) error {
		if err := checkHeaderValue("WithUserAgent", name); err != nil {
			return err
		}
		s.userAgent = strings.TrimSpace(name)
		return nil
	}
}

// WithInsecureHTTP lets the key travel over http:// to hosts other than this machine. Whoever sits on the way can read it.
// The same is said by allow_insecure_http in a profile and by KNEO_ALLOW_INSECURE_HTTP=1.
func WithInsecureHTTP() Option {
	return func(s *settings) error {
		s.insecureHTTP = true
		return nil
	}
}

// WithMaxResponseBytes limits the size of an answer, after decompression; a larger one is a [*BodyTooLargeError]. The
// default is 16 MiB. Answers repeat the trace of a run, so that long runs have large ones.
func WithMaxResponseBytes(n int64) Option {
	return func(s *settings) error {
		if n <= 0 {
			return argument("WithMaxResponseBytes", "the limit must be above zero")
		}
		s.maxBody = n
		return nil
	}
}
