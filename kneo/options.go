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

// WithProfile names the profile to load. Without it, the client loads the profile that KNEO_PROFILE names, or else "default". A name that
// is not in the profile file is an error, even when everything else comes from the environment.
func WithProfile(name string) Option {
	return func(s *settings) error {
		if name == "" {
			return argument("WithProfile", "the name of the profile is empty; leave the option out to get KNEO_PROFILE or the default profile")
		}
		s.profileName = name
		return nil
	}
}

// WithProfileFile names the file that holds the profiles, instead of [profiles.DefaultPath]. It must exist.
func WithProfileFile(path string) Option {
	return func(s *settings) error {
		s.profileOptions = append(s.profileOptions, profiles.WithFile(path))
		return nil
	}
}

// WithResolvedProfile sets the whole profile, for programs that keep their settings elsewhere, for example in a vault. Then neither the
// file nor the environment is read. [WithURL], [WithAPIKey], [WithAuthScheme] and [WithTimeout] still override single fields.
func WithResolvedProfile(p profiles.Profile) Option {
	return func(s *settings) error {
		s.resolved = &p
		return nil
	}
}

// WithURL sets the address of the platform, such as https://kneo.example.com or https://example.com/kneo; a base path is kept.
func WithURL(url string) Option {
	return func(s *settings) error {
		s.profileOptions = append(s.profileOptions, profiles.WithURL(url))
		s.override.url = &url
		return nil
	}
}

// WithAPIKey sets the API key.
func WithAPIKey(key string) Option {
	return func(s *settings) error {
		s.profileOptions = append(s.profileOptions, profiles.WithAPIKey(key))
		s.override.apiKey = &key
		return nil
	}
}

// WithAuthScheme sets the header that carries the key: that of [profiles.Bearer], the default, or that of [profiles.KneoAPIKey]. The
// platform accepts both.
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
// The default does not apply to calls that the platform answers only when a run has ended or paused: a synchronous
// [RunsService.Create] or [SpecsService.Run], [RunsService.Continue] and [HumanTasksService.Resume]. A timeout that was set, here,
// in the profile or by KNEO_TIMEOUT, does.
func WithTimeout(d time.Duration) Option {
	return func(s *settings) error {
		s.profileOptions = append(s.profileOptions, profiles.WithTimeout(d))
		s.override.timeout = &d
		return nil
	}
}

// WithHTTPClient sets the HTTP client whose transport, cookie jar and timeout the calls use, for example for a proxy or a private CA. The
// HTTP client is copied, never changed and never closed. Its timeout limits each attempt. Redirects are not followed, whatever it says,
// and its transport gets requests with the key in them.
//
// Begin with [NewTransport] to change only what you need. The platform closes idle connections after 5 seconds, so that another transport
// should close them earlier: set its IdleConnTimeout to 4 seconds.
func WithHTTPClient(hc *http.Client) Option {
	return func(s *settings) error {
		if hc == nil {
			return argument("WithHTTPClient", "the HTTP client is nil")
		}
		s.httpClient = hc
		return nil
	}
}

// WithRetryPolicy sets how often and how patiently calls are repeated; see [RetryPolicy] for the defaults.
func WithRetryPolicy(p RetryPolicy) Option {
	return func(s *settings) error {
		s.retry = p
		return p.validate("WithRetryPolicy")
	}
}

// WithLogger sets the logger of the client. Without it the client logs nothing. At [slog.LevelDebug] there is a record for each call,
// each attempt and each wait when it ends, with method, route (the path with the names of its parameters), status, number of the attempt,
// request id, duration, and the reason if it failed. At [slog.LevelInfo] there is a record for each retry, with the pause before it, and
// at [slog.LevelWarn] one for each of [profiles.Profile.Warnings]. The reason is the platform's code, or the message of the network or
// the client; the error that the call returns says more. Keys, bodies and queries are never logged. Of the headers, only a few of the
// answer's are: Content-Type, Content-Length, Date, Retry-After, Server, Via.
func WithLogger(l *slog.Logger) Option {
	return func(s *settings) error {
		s.logger = l
		return nil
	}
}

// WithUserAgent puts the name of your program, such as "nightly-report/1.4", before the name of the library in the User-Agent header.
func WithUserAgent(name string) Option {
	return func(s *settings) error {
		if err := checkHeaderValue("WithUserAgent", name); err != nil {
			return err
		}
		s.userAgent = strings.TrimSpace(name)
		return nil
	}
}

// WithInsecureHTTP allows sending the key over http:// to other machines, where everybody on the network path can read it. So do
// allow_insecure_http in a profile and KNEO_ALLOW_INSECURE_HTTP=1. Requests to this machine (localhost, 127.0.0.0/8, ::1) are always
// allowed.
func WithInsecureHTTP() Option {
	return func(s *settings) error {
		s.insecureHTTP = true
		return nil
	}
}

// WithMaxResponseBytes limits the size of an answer, in bytes after decompression. A larger answer is a [*BodyTooLargeError]. The default
// is 16 MiB. Answers about a run repeat its trace, so they are large for long runs. The body of an error is cut off instead, at 1 MiB or at
// n if that is less.
func WithMaxResponseBytes(n int64) Option {
	return func(s *settings) error {
		if n <= 0 {
			return argument("WithMaxResponseBytes", "the limit must be above zero")
		}
		s.maxBody = n
		return nil
	}
}
