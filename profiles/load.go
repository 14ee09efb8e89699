package profiles

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"
)

// An Option sets a field of a profile, which then wins over the file and the environment, or says how the file is read.
type Option func(*explicit)

type explicit struct {
	file    *string
	url     *string
	apiKey  *string
	scheme  *AuthScheme
	timeout *time.Duration
	strict  bool
}

// WithFile names the profile file, instead of [DefaultPath]. It must exist. An empty path is an error.
func WithFile(path string) Option { return func(e *explicit) { e.file = &path } }

// WithURL sets the address of the platform, such as https://kneo.example.com. An empty one is an error.
func WithURL(url string) Option { return func(e *explicit) { e.url = &url } }

// WithAPIKey sets the key. An empty one is an error.
func WithAPIKey(key string) Option { return func(e *explicit) { e.apiKey = &key } }

// WithAuthScheme says which header carries the key, [Bearer] or [KneoAPIKey].
func WithAuthScheme(s AuthScheme) Option { return func(e *explicit) { e.scheme = &s } }

// WithTimeout limits each attempt of a call. It must be above zero.
func WithTimeout(d time.Duration) Option { return func(e *explicit) { e.timeout = &d } }

// WithStrict refuses a profile file that anybody but its owner can read. Without it that is a warning; see [Profile.Warnings].
func WithStrict() Option { return func(e *explicit) { e.strict = true } }

// Load returns a profile by its name. An empty name means the one in KNEO_PROFILE, or "default" if that is unset or empty.
//
// Each field has the value of the last of these places that has one: the file, the environment, the options. A variable that is set but
// empty counts as a value, and is therefore an error. A name that was given, by the argument or by KNEO_PROFILE, must be in the file,
// even when everything else comes from the environment: a mistyped name must not reach another platform. Only "default" need not be
// there. A file that belongs to another user is an error, and so are unknown keys in the profile.
//
// The error joins an [*Error] for each field that is missing or invalid. Options that are nil are skipped.
func Load(name string, opts ...Option) (Profile, error) {
	var given explicit
	for _, opt := range opts {
		if opt != nil {
			opt(&given)
		}
	}
	l := loader{given: given}
	if err := l.choose(name); err != nil {
		return Profile{}, err
	}
	l.settle("url", "KNEO_URL", "WithURL", deref(given.url), l.setURL)
	l.settle("api_key", "KNEO_API_KEY", "WithAPIKey", deref(given.apiKey), l.setKey)
	l.settle("auth_scheme", "KNEO_AUTH_SCHEME", "WithAuthScheme", deref(given.scheme), l.setScheme)
	l.settle("timeout", "KNEO_TIMEOUT", "WithTimeout", deref(given.timeout), l.setTimeout)
	l.settle("allow_insecure_http", "KNEO_ALLOW_INSECURE_HTTP", "", nil, l.setInsecure)
	if err := errors.Join(l.problems...); err != nil {
		return Profile{}, err
	}
	return l.profile, nil
}

// deref returns what p points to, or nil.
func deref[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}

// loader puts one profile together.
type loader struct {
	given    explicit
	path     string         // of the file, whether it exists or not
	values   map[string]any // of the profile in the file, if it is there
	profile  Profile
	problems []error
}

// choose decides on the name and the table of the profile.
func (l *loader) choose(name string) error {
	source, named := "the argument", name != ""
	if !named {
		name = os.Getenv("KNEO_PROFILE")
		source, named = "$KNEO_PROFILE", name != ""
	}
	if !named {
		name = DefaultName
	}
	l.profile = Profile{Name: name, AuthScheme: Bearer, Timeout: DefaultTimeout, defaulted: true}
	if l.given.file != nil && *l.given.file == "" {
		return l.profile.explain("", "the option for the file", missing("the path is empty; without the option it is the default one"))
	}
	f, err := l.open()
	if err != nil {
		return l.profile.explain("", "file "+l.path, err)
	}
	if f != nil {
		if l.given.strict && len(f.warnings) > 0 {
			return l.profile.explain("", "file "+l.path, invalid("%s", strings.TrimPrefix(f.warnings[0], "kneo: ")))
		}
		l.profile.warnings = f.warnings
		if t, ok := f.tables[name]; ok {
			l.values = t.values
			if err := t.check(); err != nil {
				l.problems = append(l.problems, l.profile.explain("", l.section(), err))
			}
			return nil
		}
	}
	if named && name != DefaultName {
		return &Error{Profile: name, Source: source, Err: missing("%s", l.nowhere(f))}
	}
	return nil
}

// open reads the file. One in the default place may be missing.
func (l *loader) open() (*file, error) {
	if l.given.file != nil {
		l.path = *l.given.file
		return readFile(l.path)
	}
	path, err := DefaultPath()
	if err != nil {
		l.path = "client.toml"
		return nil, nil //nolint:nilerr,nilnil // without a home there is no file, and that is fine
	}
	l.path = path
	f, err := readFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // a missing file is an empty one
	}
	return f, err
}

// nowhere says that there is no such profile, and which there are.
func (l *loader) nowhere(f *file) string {
	switch names := f.names(); {
	case f == nil:
		return fmt.Sprintf("there is no such profile, for the file %s does not exist", l.path)
	case len(names) == 0:
		return fmt.Sprintf("there is no such profile, for the file %s has none", l.path)
	default:
		for i, name := range names {
			names[i] = fmt.Sprintf("%q", shorten(name))
		}
		return fmt.Sprintf("there is no such profile in %s; there are %s", l.path, strings.Join(names, ", "))
	}
}

// section names the part of the file that the profile is in.
func (l *loader) section() string { return fmt.Sprintf("file %s [%s]", l.path, l.profile.Name) }

// settle gives a field the last value that there is for it.
func (l *loader) settle(field, variable, option string, explicit any, set func(any) error) {
	value, source := l.values[field], l.section()
	if text, ok := os.LookupEnv(variable); ok {
		value, source = text, "$"+variable
	}
	if explicit != nil {
		value, source = explicit, option
	}
	switch {
	case value != nil:
		if err := set(value); err != nil {
			l.problems = append(l.problems, l.profile.explain(field, source, err))
		}
	case field == "url" || field == "api_key":
		places := fmt.Sprintf("%s, $%s or the option %s", source, variable, option)
		l.problems = append(l.problems, l.profile.explain(field, places, missing("it is in none of these three places")))
	}
}

func (l *loader) setURL(value any) error {
	text, ok := value.(string)
	if !ok {
		return invalid("it is not a string")
	}
	l.profile.URL = strings.TrimRight(text, "/")
	return checkURL(text)
}

func (l *loader) setKey(value any) error {
	text, err := stringOf(value)
	if err != nil {
		return err
	}
	l.profile.APIKey = NewSecret(text)
	return checkKey(text)
}

func (l *loader) setScheme(value any) error {
	if s, ok := value.(AuthScheme); ok {
		value = string(s)
	}
	text, ok := value.(string)
	if !ok {
		return invalid("it is not a string")
	}
	if text == "" {
		return invalid("it is empty; use bearer or kneo_api_key")
	}
	l.profile.AuthScheme = AuthScheme(text)
	return checkScheme(l.profile.AuthScheme)
}

func (l *loader) setTimeout(value any) (err error) {
	l.profile.defaulted = false
	if d, ok := value.(time.Duration); ok {
		if l.profile.Timeout = d; d <= 0 {
			return invalid("it must be above zero")
		}
		return nil
	}
	l.profile.Timeout, err = timeoutOf(value)
	return err
}

func (l *loader) setInsecure(value any) (err error) {
	l.profile.AllowInsecureHTTP, err = boolOf(value)
	return err
}
