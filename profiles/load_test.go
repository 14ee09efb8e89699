package profiles

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const secretKey = "kneo_PLANTED_key"

// place makes an environment with nothing of the platform in it but the given profile file, and returns the path of that.
func place(t *testing.T, content string) string {
	t.Helper()
	home := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", home)
	for _, name := range []string{"KNEO_PROFILE", "KNEO_URL", "KNEO_API_KEY", "KNEO_AUTH_SCHEME", "KNEO_TIMEOUT", "KNEO_ALLOW_INSECURE_HTTP"} {
		if old, ok := os.LookupEnv(name); ok {
			t.Cleanup(func() { _ = os.Setenv(name, old) })
			_ = os.Unsetenv(name)
		}
	}
	path := filepath.Join(home, "kneo", "client.toml")
	if content == "" {
		return path
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestPrecedence goes through all combinations of the three places for each field.
func TestPrecedence(t *testing.T) {
	type values struct{ file, env, option string }
	fields := []struct {
		name, variable string
		values         values
		option         func(string) Option
		get            func(Profile) string
	}{
		{"url", "KNEO_URL", values{`"http://file"`, "http://env", "http://option"}, WithURL, func(p Profile) string { return p.URL }},
		{"api_key", "KNEO_API_KEY", values{`"file"`, "env", "option"}, WithAPIKey, func(p Profile) string { return p.APIKey.Reveal() }},
		{"auth_scheme", "KNEO_AUTH_SCHEME", values{`"kneo_api_key"`, "bearer", "kneo_api_key"}, func(s string) Option { return WithAuthScheme(AuthScheme(s)) }, func(p Profile) string { return string(p.AuthScheme) }},
		{"timeout", "KNEO_TIMEOUT", values{"1.5", "2", "3s"}, func(s string) Option { d, _ := time.ParseDuration(s); return WithTimeout(d) }, func(p Profile) string { return p.Timeout.String() }},
	}
	defaults := map[string]string{"auth_scheme": "bearer", "timeout": "30s"}
	for _, field := range fields {
		for mask := range 8 {
			t.Run(fmt.Sprintf("%s/%03b", field.name, mask), func(t *testing.T) {
				table, opts, want := "", []Option{}, defaults[field.name]
				if field.name != "url" {
					opts = append(opts, WithURL("http://other"))
				}
				if field.name != "api_key" {
					opts = append(opts, WithAPIKey("other"))
				}
				if mask&1 != 0 {
					table = field.name + " = " + field.values.file
					want = strings.Trim(field.values.file, `"`)
				}
				place(t, "[default]\n"+table)
				if mask&2 != 0 {
					t.Setenv(field.variable, field.values.env)
					want = field.values.env
				}
				if mask&4 != 0 {
					opts = append(opts, field.option(field.values.option))
					want = field.values.option
				}
				if field.name == "timeout" && (want == "1.5" || want == "2") {
					want += "s"
				}
				p, err := Load("", opts...)
				if want == "" {
					var e *Error
					if !errors.As(err, &e) || !errors.Is(err, ErrMissing) || e.Field != field.name || e.Profile != "default" {
						t.Fatalf("%+v, %v", p, err)
					}
					for _, looked := range []string{"client.toml", "$" + field.variable, "With"} {
						if !strings.Contains(err.Error(), looked) {
							t.Errorf("%q does not say that it looked at %s", err, looked)
						}
					}
					return
				}
				if err != nil || field.get(p) != want {
					t.Errorf("%q, %v, want %q", field.get(p), err, want)
				}
				if set := mask != 0; field.name == "timeout" && p.TimeoutSet() != set {
					t.Errorf("TimeoutSet is %v", !set)
				}
			})
		}
	}
}

func TestWhichProfile(t *testing.T) {
	file := "[default]\nurl = \"http://d\"\napi_key = \"d\"\n[staging]\nurl = \"http://s/kneo/\"\napi_key = 123\nallow_insecure_http = true\n"
	path := place(t, file)
	if p, err := Load(""); err != nil || p.Name != "default" || p.URL != "http://d" {
		t.Errorf("%+v, %v", p, err)
	}
	if p, err := Load("staging"); err != nil || p.Name != "staging" || p.URL != "http://s/kneo" || p.APIKey.Reveal() != "123" || !p.AllowInsecureHTTP {
		t.Errorf("%+v, %v", p, err)
	}
	t.Setenv("KNEO_PROFILE", "staging")
	if p, err := Load(""); err != nil || p.Name != "staging" {
		t.Errorf("%+v, %v", p, err)
	}
	if p, err := Load("default"); err != nil || p.Name != "default" {
		t.Errorf("%+v, %v", p, err)
	}
	t.Setenv("KNEO_PROFILE", "")
	if p, err := Load(""); err != nil || p.Name != "default" {
		t.Errorf("%+v, %v", p, err)
	}
	// Even where all that is needed is said elsewhere: a mistyped name must not reach another platform.
	t.Setenv("KNEO_URL", "http://env")
	t.Setenv("KNEO_API_KEY", "env")
	_, err := Load("stagign")
	if !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), `"default", "staging"`) || !strings.Contains(err.Error(), path) {
		t.Errorf("%v", err)
	}
	t.Setenv("KNEO_PROFILE", "stagign")
	if _, err = Load(""); !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), "$KNEO_PROFILE") {
		t.Errorf("%v", err)
	}
}

func TestEnvironmentAloneWillDo(t *testing.T) {
	place(t, "")
	t.Setenv("KNEO_URL", "http://env")
	t.Setenv("KNEO_API_KEY", "env")
	if p, err := Load(""); err != nil || p.URL != "http://env" || p.AuthScheme != Bearer || p.Timeout != DefaultTimeout || p.TimeoutSet() {
		t.Errorf("%+v, %v", p, err)
	}
	if _, err := Load("staging"); !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("%v", err)
	}
	if _, err := Load("", WithFile(filepath.Join(t.TempDir(), "no.toml"))); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
	t.Setenv("KNEO_URL", "")
	var e *Error
	if _, err := Load("", WithAPIKey("k")); !errors.As(err, &e) || e.Field != "url" || e.Source != "$KNEO_URL" || !errors.Is(err, ErrMissing) {
		t.Errorf("an empty variable: %v", err)
	}
}

// TestMistakes has every refusal, and looks for the planted key in what it says.
func TestMistakes(t *testing.T) {
	good := "url = \"http://h\"\napi_key = \"k\"\n"
	in := func(lines string) string { return "[default]\n" + lines }
	tests := []struct{ name, file, want string }{
		{"no scheme", in(`url = "host:8000/` + secretKey + `"` + "\napi_key = \"k\""), "http:// or https://"},
		{"no host", in("url = \"http://\"\napi_key = \"k\""), "no host"},
		{"another scheme", in("url = \"ftp://h\"\napi_key = \"k\""), "http:// or https://"},
		{"user info", in(`url = "http://u:` + secretKey + `@h"` + "\napi_key = \"k\""), "user name or a password"},
		{"broken user info", in(`url = "http://u:` + secretKey + `@[::1"` + "\napi_key = \"k\""), "cannot be parsed"},
		{"a query", in(`url = "http://h?key=` + secretKey + `"` + "\napi_key = \"k\""), "query"},
		{"a fragment", in(`url = "http://h#` + secretKey + `"` + "\napi_key = \"k\""), "fragment"},
		{"a space", in("url = \"http://h h\"\napi_key = \"k\""), "space"},
		{"a URL of no string", in("url = 5\napi_key = \"k\""), "url from file"},
		{"a key with a newline", in("url = \"http://h\"\napi_key = \"" + secretKey + "\\n\""), "line break at character 17 of 17"},
		{"a key with a control character", in("url = \"http://h\"\napi_key = \"" + secretKey + "\\u0007\""), "control character"},
		{"a key with a space", in("url = \"http://h\"\napi_key = \"" + secretKey + " x\""), "space"},
		{"a key beyond ASCII", in("url = \"http://h\"\napi_key = \"" + secretKey + "é\""), "beyond ASCII"},
		{"an empty key", in("url = \"http://h\"\napi_key = \"\""), "empty"},
		{"a list for a key", in("url = \"http://h\"\napi_key = [\"" + secretKey + "\"]"), "not a string"},
		{"an unknown scheme", in(good + `auth_scheme = "Bearer"`), "neither bearer nor kneo_api_key"},
		{"timeout zero", in(good + "timeout = 0"), "above zero"},
		{"timeout below zero", in(good + "timeout = -1.5"), "above zero"},
		{"timeout true", in(good + "timeout = true"), "number of seconds"},
		{"timeout nan", in(good + "timeout = nan"), "finite"},
		{"timeout inf", in(good + "timeout = inf"), "finite"},
		{"timeout of ages", in(good + "timeout = 1e300"), "finite"},
		{"timeout of a word", in(good + `timeout = "soon"`), "number of seconds"},
		{"a flag of no kind", in(good + `allow_insecure_http = "perhaps"`), "true nor false"},
		{"an unknown key", in(good + "api_kye = \"" + secretKey + "\""), "line 4, column 1: unknown key \"default.api_kye\""},
		{"an unknown key in another table", in(good) + "[other]\nport = 1", "unknown key \"other.port\""},
		{"broken TOML", in(good + "x = \"" + secretKey), "line 4, column"},
		{"a value at the top", "url = \"" + secretKey + "\"\n" + in(good), "line 1, column"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			place(t, test.file)
			p, err := Load("")
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("%+v, error %v, want one with %q", p, err, test.want)
			}
			if !errors.Is(err, ErrInvalid) && !errors.Is(err, ErrMissing) {
				t.Errorf("%v is of no kind", err)
			}
			var e *Error
			if !errors.As(err, &e) || e.Profile != "default" {
				t.Errorf("%#v", err)
			}
			if all := fmt.Sprintf("%v %+v %#v %v %+v", err, err, err, e, *e); strings.Contains(all, secretKey) {
				t.Errorf("the key is in %s", all)
			}
		})
	}
}

func TestTimeoutForms(t *testing.T) {
	for text, want := range map[string]time.Duration{"30": 30 * time.Second, "2.5": 2500 * time.Millisecond, "12\n": 12 * time.Second, "1e-3": time.Millisecond} {
		place(t, "")
		t.Setenv("KNEO_TIMEOUT", text)
		if p, err := Load("", WithURL("http://h"), WithAPIKey("k")); err != nil || p.Timeout != want {
			t.Errorf("%q: %v, %v", text, p.Timeout, err)
		}
	}
	for _, text := range []string{"", "0", "-1", "nan", "inf", "1h", "0x10p", "1e-30"} {
		t.Setenv("KNEO_TIMEOUT", text)
		if p, err := Load("", WithURL("http://h"), WithAPIKey("k")); !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), "$KNEO_TIMEOUT") {
			t.Errorf("%q: %v, %v", text, p.Timeout, err)
		}
	}
	place(t, "")
	if _, err := Load("", WithURL("http://h"), WithAPIKey("k"), WithTimeout(0)); !errors.Is(err, ErrInvalid) {
		t.Errorf("%v", err)
	}
}

// TestAllProblemsAreTold: one at a time would be tedious.
func TestAllProblemsAreTold(t *testing.T) {
	place(t, "")
	t.Setenv("KNEO_AUTH_SCHEME", "basic")
	t.Setenv("KNEO_TIMEOUT", "soon")
	_, err := Load("")
	for _, part := range []string{"url", "api_key", "$KNEO_AUTH_SCHEME", "$KNEO_TIMEOUT"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not tell of %s", err, part)
		}
	}
}

// TestOtherTablesMayBeBroken: who does not use them should not mind.
func TestOtherTablesMayBeBroken(t *testing.T) {
	place(t, "[default]\nurl = \"http://h\"\napi_key = \"k\"\n[staging]\nurl = 5\nauth_scheme = \"basic\"\ntimeout = \"soon\"\n")
	if _, err := Load(""); err != nil {
		t.Error(err)
	}
	if _, err := Load("staging"); !errors.Is(err, ErrInvalid) {
		t.Error(err)
	}
}

func TestValidate(t *testing.T) {
	if err := (Profile{URL: "https://h/x", APIKey: NewSecret("k")}).Validate(); err != nil {
		t.Error(err)
	}
	err := (Profile{Name: "p", URL: "h", AuthScheme: "x", Timeout: -1}).Validate()
	for _, part := range []string{"url", "api_key", "auth_scheme", "timeout", `"p"`} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%v does not tell of %s", err, part)
		}
	}
	if !(Profile{Timeout: DefaultTimeout}).TimeoutSet() || (Profile{}).TimeoutSet() {
		t.Error("TimeoutSet of a profile built by hand")
	}
}

// FuzzLoadFile: whatever is in the file, nothing panics, and what is said of it does not quote a line.
func FuzzLoadFile(f *testing.F) {
	for _, seed := range []string{"[default]\nurl = \"http://h\"\napi_key = \"KEY\"\n", "api_key = \"KEY", "[default]\napi_key = 'KEY\n'", "[a.b]\nx=1", "=", "[default]\ntimeout = 1979-05-27", "default = 1", "[[default]]\nurl=''"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content string) {
		path := filepath.Join(t.TempDir(), "client.toml")
		if err := os.WriteFile(path, []byte(strings.ReplaceAll(content, "KEY", secretKey)), 0o600); err != nil {
			t.Fatal(err)
		}
		p, err := Load("default", WithFile(path))
		if text := fmt.Sprintf("%v %+v %#v", err, p, p); strings.Contains(text, secretKey) && !strings.Contains(p.URL, secretKey) {
			// A key of the table may be named like the secret; that is quoted, and no value.
			if !strings.Contains(text, "unknown key") {
				t.Errorf("%s", text)
			}
		}
	})
}
