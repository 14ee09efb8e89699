package profiles

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"
)

// mistake is a value that a field refuses.
type mistake struct {
	field string
	value any // as in the file; if it is a string, also in the environment and as an option
	kind  error
	says  string
}

func mistakes() []mistake {
	var all []mistake
	add := func(field string, kind error, says string, values ...any) {
		for _, value := range values {
			all = append(all, mistake{field, value, kind, says})
		}
	}
	date := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	list, table := []any{planted}, map[string]any{"value": planted}

	add("url", ErrMissing, "empty", "")
	add("url", ErrInvalid, "http:// or https://", "kneo.example.com", "localhost:8000", "//h", "/v1", "ftp://h", "h?key="+planted, "127.0.0.1:40021", "[::1]:8000", "://"+planted, "https", ":", "h:port", "%zz")
	add("url", ErrInvalid, "no host", "https://", "http://", "https:/", "https:///v1", "https://:8000", "https:h")
	add("url", ErrInvalid, "user name or a password", "https://user:"+planted+"@h", "https://"+planted+"@h", "https://user:@h")
	add("url", ErrInvalid, "query or a fragment", "https://h?key="+planted, "https://h?", "https://h/base#"+planted, "https://h/base#")
	add("url", ErrInvalid, "space or a control character", " https://h", "https://h ", "https://h/a b", "https://h\n", "https://h\t", "https://h/\x7f", planted+"\n")
	add("url", ErrInvalid, "parsed", "http://[::1", "http://user:"+planted+"@[::1", "https://h/%zz", "https://h:port")
	add("url", ErrInvalid, "begins with a quote", `"https://h"`, `"https://`+planted, "'https://h'", "`https://h`", `"`)
	add("url", ErrInvalid, "colon without a port", "https://h:", "https://h:/base", "http://[::1]:", "http://localhost:/")
	add("url", ErrInvalid, "between 1 and 65535", "https://h:65536", "https://h:0", "https://[::1]:99999999999999999999/base")
	add("url", ErrInvalid, "not a string", 42, 1.5, true, date, list, table)

	add("api_key", ErrMissing, "empty", "")
	add("api_key", ErrInvalid, "line break at character 24 of 24", planted+"\n", planted+"\r")
	add("api_key", ErrInvalid, "line break at character 24 of 25", planted+"\r\n")
	add("api_key", ErrInvalid, "control character at character 1 of 24", "\t"+planted, "\x01"+planted, "\x7f"+planted)
	add("api_key", ErrInvalid, "space at character 1 of 24", " "+planted)
	add("api_key", ErrInvalid, "space at character 24 of 47", planted+" "+planted)
	add("api_key", ErrInvalid, "beyond ASCII at byte 24 of 25", planted+"é", planted+"\u00a0")
	add("api_key", ErrInvalid, "not a string", true, 1.5, date, list, table)

	add("auth_scheme", ErrInvalid, "empty", "")
	add("auth_scheme", ErrInvalid, "neither bearer nor kneo_api_key", "Bearer", "BEARER", "basic", "x-api-key", " bearer", "bearer ", planted)
	add("auth_scheme", ErrInvalid, "not a string", 1, false, list, table)

	add("timeout", ErrInvalid, "not a number of seconds", "", "soon", "10s", "1,5", "true", planted, true, false, date, list, table)
	add("timeout", ErrInvalid, "above zero", "0", "-1", "-0.5", "-1e300", 0, -1, 0.0, -0.5)
	add("timeout", ErrInvalid, "below a nanosecond", "1e-12", 4e-10, 1e-300)
	add("timeout", ErrInvalid, "finite", "nan", "inf", "-inf", "+Inf", "1e300", "9223372036", math.NaN(), math.Inf(1), math.Inf(-1), 1e300, int64(math.MaxInt64))

	add("allow_insecure_http", ErrInvalid, "neither true nor false", "", "yes", "on", "2", planted, 1, 0, 1.0, date, list, table)
	return all
}

// Every mistake is told with its profile, its field and its place, wherever it is made.
func TestMistakes(t *testing.T) {
	good := map[string]any{"url": "https://h", "api_key": planted}
	fields := map[string]struct {
		variable, name string
		option         func(string) Option
	}{
		"url":                 {"KNEO_URL", "WithURL", WithURL},
		"api_key":             {"KNEO_API_KEY", "WithAPIKey", WithAPIKey},
		"auth_scheme":         {"KNEO_AUTH_SCHEME", "WithAuthScheme", func(s string) Option { return WithAuthScheme(AuthScheme(s)) }},
		"timeout":             {"KNEO_TIMEOUT", "", nil},
		"allow_insecure_http": {"KNEO_ALLOW_INSECURE_HTTP", "", nil},
	}
	for i, m := range mistakes() {
		check := func(t *testing.T, err error, source string) {
			t.Helper()
			t.Logf("the value is %q", fmt.Sprint(m.value))
			e := only(t, err, m.field, source, m.kind)
			if says(t, e.Error(), m.says, `"staging"`, m.field, source); e.Profile != "staging" {
				t.Errorf("profile %q", e.Profile)
			}
		}
		field, name := fields[m.field], fmt.Sprintf("%s/%d", m.field, i) // without the value: the name of a test is in the path of its files
		t.Run(name+" in file", func(t *testing.T) {
			staging := map[string]any{"url": good["url"], "api_key": good["api_key"], m.field: m.value}
			path := write(t, encode(t, map[string]map[string]any{"default": good, "staging": staging}))
			_, err := Load("staging", WithFile(path))
			check(t, err, "file "+path+" [staging]")
			if _, err := Load("default", WithFile(path)); err != nil {
				t.Errorf("the mistake matters to another profile: %v", err)
			}
			if names, err := Names(path); len(names) != 2 || err != nil {
				t.Errorf("the mistake matters to the names: %v, %v", names, err)
			}
		})
		text, ok := m.value.(string)
		if !ok {
			continue
		}
		path := write(t, encode(t, map[string]map[string]any{"staging": good}))
		t.Run(name+" in environment", func(t *testing.T) {
			t.Setenv(field.variable, text)
			_, err := Load("staging", WithFile(path))
			check(t, err, "$"+field.variable)
		})
		if field.option != nil {
			t.Run(name+" as option", func(t *testing.T) {
				_, err := Load("staging", WithFile(path), field.option(text))
				check(t, err, field.name)
			})
		}
	}
}

func TestTimeoutOption(t *testing.T) {
	for _, d := range []time.Duration{0, -1, math.MinInt64} {
		_, err := Load("", WithURL("https://h"), WithAPIKey(planted), WithTimeout(d))
		_ = only(t, err, "timeout", "WithTimeout", ErrInvalid)
	}
}

// What a field takes beyond its plain form.
func TestForms(t *testing.T) {
	timeouts := map[string]time.Duration{
		`12`: 12 * time.Second, `12.5`: 12500 * time.Millisecond, `"12"`: 12 * time.Second, `" 7.5 "`: 7500 * time.Millisecond,
		`1e-9`: 1, `9_000_000_000`: 9e9 * time.Second, `30.0`: DefaultTimeout,
	}
	for line, want := range timeouts {
		p, err := Load("", WithURL("https://h"), WithAPIKey(planted), WithFile(write(t, "[default]\ntimeout = "+line+"\n")))
		if err != nil || p.Timeout != want || !p.TimeoutSet() {
			t.Errorf("timeout = %s: %v, set %t, %v", line, p.Timeout, p.TimeoutSet(), err)
		}
	}
	for line, want := range map[string]bool{`true`: true, `false`: false, `"true"`: true, `"False"`: false} {
		p, err := Load("", WithURL("https://h"), WithAPIKey(planted), WithFile(write(t, "[default]\nallow_insecure_http = "+line+"\n")))
		if err != nil || p.AllowInsecureHTTP != want {
			t.Errorf("allow_insecure_http = %s: %t, %v", line, p.AllowInsecureHTTP, err)
		}
	}
	for text, want := range map[string]bool{"1": true, "0": false, "true": true, "TRUE": true, "False": false} {
		t.Setenv("KNEO_ALLOW_INSECURE_HTTP", text)
		p, err := Load("", WithURL("https://h"), WithAPIKey(planted))
		if err != nil || p.AllowInsecureHTTP != want {
			t.Errorf("KNEO_ALLOW_INSECURE_HTTP=%s: %t, %v", text, p.AllowInsecureHTTP, err)
		}
	}
	for line, want := range map[string]string{`123`: "123", `"123"`: "123", `"!~"`: "!~"} {
		p, err := Load("", WithURL("https://h"), WithFile(write(t, "[default]\napi_key = "+line+"\n")))
		if err != nil || p.APIKey.Reveal() != want {
			t.Errorf("api_key = %s: %q, %v", line, p.APIKey.Reveal(), err)
		}
	}
	addresses := map[string]string{
		"http://h:8000/pre/": "http://h:8000/pre", "https://[::1]:8000": "https://[::1]:8000", "HTTPS://h": "HTTPS://h",
		"http://h:1": "http://h:1", "http://h:65535/it's": "http://h:65535/it's",
		"https://h/a%20b": "https://h/a%20b", "https://h///": "https://h",
	}
	for text, want := range addresses {
		p, err := Load("", WithURL(text), WithAPIKey(planted))
		if err != nil || p.URL != want {
			t.Errorf("url %s: %s, %v", text, p.URL, err)
		}
	}
}

func TestSeveralProblemsAreAllTold(t *testing.T) {
	path := write(t, "[default]\nurl = 42\napi_key = \""+planted+" \"\nallow_insecure_http = 1\n")
	t.Setenv("KNEO_AUTH_SCHEME", planted)
	_, err := Load("", WithFile(path), WithTimeout(-time.Second))
	inFile := "file " + path + " [default]"
	want := [][2]string{{"url", inFile}, {"api_key", inFile}, {"auth_scheme", "$KNEO_AUTH_SCHEME"}, {"timeout", "WithTimeout"}, {"allow_insecure_http", inFile}}
	found := refused(t, err)
	if len(found) != len(want) {
		t.Fatalf("%d problems in place of %d: %v", len(found), len(want), err)
	}
	for i, e := range found {
		if e.Field != want[i][0] || e.Source != want[i][1] {
			t.Errorf("%s from %s, want %v", e.Field, e.Source, want[i])
		}
		says(t, err.Error(), e.Error())
	}
	if lines := strings.Count(err.Error(), "\n") + 1; lines != len(want) {
		t.Errorf("%d lines: %v", lines, err)
	}
}

// An unknown key is told with the other mistakes of its profile, by its exact name, and does not matter to other profiles.
func TestUnknownKeys(t *testing.T) {
	const good = "[default]\nurl = \"https://h\"\napi_key = \"" + planted + "\"\n"
	for _, test := range []struct{ what, staging, says string }{
		{"one", "[staging]\n\n  apikey = \"" + planted + "\"\n", `line 6, column 3: unknown key "apikey"; the keys of a profile are url, api_key, auth_scheme, timeout, allow_insecure_http`},
		{"in capitals", "[staging]\nURL = \"" + planted + "\"\nApi_Key = 1\n", `line 5, column 1: unknown key "URL"; line 6, column 1: unknown key "Api_Key"; the keys of a profile are url,`},
		{"beside the right ones", "[staging]\nurl = \"https://h\"\nUrl = \"" + planted + "\"\n", `: line 6, column 1: unknown key "Url"; the keys of a profile are url,`},
		{"a table", "[staging.proxy]\nkey = \"" + planted + "\"\nurl = 1\n", `: line 4, column 2: unknown key "proxy"; the keys of a profile are url,`},
		{"tables in a list", "[[staging.proxy]]\n[staging.api]\n[[staging.proxy]]\n", `: line 4, column 3: unknown key "proxy"; line 5, column 2: unknown key "api"; line 6, column 3: unknown key "proxy"; the keys of a profile are url,`},
		{"dotted", "[x]\n[staging]\nproxy.url = 1\nurl = {a = {b = 1}}\n", `: line 6, column 1: unknown key "proxy"; the keys of a profile are url,`},
		{"with a long name", "[staging]\n" + strings.Repeat("k", 1000) + " = 1\n", `unknown key "` + strings.Repeat("k", 40) + `…"`},
	} {
		t.Run(test.what, func(t *testing.T) {
			path := write(t, good+test.staging)
			if _, err := Load("", WithFile(path)); err != nil {
				t.Errorf("it matters to another profile: %v", err)
			}
			if names, err := Names(path); len(names) < 2 || err != nil {
				t.Errorf("it matters to the names: %v, %v", names, err)
			}
			_, err := Load("staging", WithFile(path), WithAPIKey("k"), WithTimeout(0))
			found := refused(t, err)
			if test.says != "" {
				if e := found[0]; e.Field != "" || e.Source != "file "+path+" [staging]" || !errors.Is(e, ErrInvalid) {
					t.Errorf("field %q, source %q: %v", e.Field, e.Source, e)
				}
				says(t, found[0].Error(), test.says)
				found = found[1:]
			}
			if last := found[len(found)-1]; last.Field != "timeout" || len(found) > 2 {
				t.Errorf("the others are not told: %v", err)
			}
		})
	}
	inBraces := write(t, "a.b = 1\nstaging = {url = \"https://h\", key = 1,\n  URL = 2}\nstagin = {c = 1}\n")
	_, err := Load("staging", WithFile(inBraces), WithAPIKey(planted))
	says(t, refused(t, err)[0].Error(), `: line 2, column 31: unknown key "key"; line 3, column 3: unknown key "URL"; the keys of a profile are url,`)
}

// A number is taken for a key only if it has the digits that are in the file.
func TestKeysOfDigits(t *testing.T) {
	for line, want := range map[string]string{
		"123": "123", "0": "0", "-5": "-5", "9223372036854775807": "9223372036854775807", "1_000": "", "+5": "", "0x1F": "", "0o17": "", "0b11": "", "-0": "",
	} {
		for _, content := range []string{"[default]\napi_key = " + line + " # mine\n", "default = {timeout = 1, api_key = " + line + "}", "default.api_key=" + line} {
			p, err := Load("", WithURL("https://h"), WithFile(write(t, content)))
			if want == "" {
				says(t, refused(t, err)[0].Error(), "api_key from file", "it is not a string; put it into quotes")
			} else if err != nil || p.APIKey.Reveal() != want {
				t.Errorf("%s: %q, %v", content, p.APIKey.Reveal(), err)
			}
		}
	}
}

func TestErrorText(t *testing.T) {
	e := &Error{Profile: "staging", Field: "timeout", Source: "$KNEO_TIMEOUT", Err: invalid("it must be above zero")}
	if want := `kneo: profile "staging": timeout from $KNEO_TIMEOUT: it must be above zero`; e.Error() != want {
		t.Errorf("%s, want %s", e, want)
	}
	e = &Error{Profile: "a\nb", Err: ErrMissing}
	if want := `kneo: profile "a\nb": profiles: missing`; e.Error() != want {
		t.Errorf("%s, want %s", e, want)
	}
	if e = new(Error); e.Error() != `kneo: profile ""` || errors.Is(e, ErrMissing) {
		t.Errorf("the zero error: %s", e)
	}
	e.Err = ErrInvalid
	var found *Error
	if !errors.As(fmt.Errorf("outside: %w", e), &found) || found != e {
		t.Error("errors.As does not find it")
	}
}

func TestValidate(t *testing.T) {
	good := Profile{Name: "mine", URL: "https://h/base", APIKey: NewSecret(planted)}
	for _, p := range []Profile{
		good,
		{Name: "mine", URL: "http://h", APIKey: NewSecret(planted), AuthScheme: KneoAPIKey, Timeout: time.Second},
	} {
		if err := p.Validate(); err != nil {
			t.Errorf("%+v: %v", p, err)
		}
	}
	mistakes := map[string]struct {
		change func(*Profile)
		kind   error
	}{
		"url":         {func(p *Profile) { p.URL = "https://user:" + planted + "@h" }, ErrInvalid},
		"api_key":     {func(p *Profile) { p.APIKey = NewSecret(planted + "\n") }, ErrInvalid},
		"auth_scheme": {func(p *Profile) { p.AuthScheme = planted }, ErrInvalid},
		"timeout":     {func(p *Profile) { p.Timeout = -1 }, ErrInvalid},
	}
	for field, m := range mistakes {
		p := good
		m.change(&p)
		_ = only(t, p.Validate(), field, "the profile", m.kind)
	}
	found := refused(t, Profile{Name: "mine"}.Validate())
	if len(found) != 2 || found[0].Field != "url" || found[1].Field != "api_key" || !errors.Is(found[0], ErrMissing) || !errors.Is(found[1], ErrMissing) {
		t.Errorf("the empty profile: %v", found)
	}
}

func TestTimeoutSet(t *testing.T) {
	loaded := func(opts ...Option) Profile {
		p, err := Load("", append(opts, WithURL("https://h"), WithAPIKey(planted))...)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	changed := loaded()
	changed.Timeout = time.Second
	tests := []struct {
		what    string
		profile Profile
		want    bool
	}{
		{"left out", loaded(), false},
		{"set", loaded(WithTimeout(time.Second)), true},
		{"set to the default", loaded(WithTimeout(DefaultTimeout)), true},
		{"changed afterwards", changed, true},
		{"built by hand without", Profile{}, false},
		{"built by hand with the default", Profile{Timeout: DefaultTimeout}, true},
	}
	for _, test := range tests {
		if got := test.profile.TimeoutSet(); got != test.want {
			t.Errorf("%s: %t", test.what, got)
		}
	}
}

func TestShorten(t *testing.T) {
	if s := shorten(strings.Repeat("a", 40)); len(s) != 40 {
		t.Errorf("%q", s)
	}
	if s := shorten(strings.Repeat("a", 41)); s != strings.Repeat("a", 40)+"…" {
		t.Errorf("%s", strconv.Quote(s))
	}
}
