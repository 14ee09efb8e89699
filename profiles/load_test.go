package profiles

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Each field has the value of the last place that has one, in all combinations of places.
func TestPrecedence(t *testing.T) {
	type values struct{ file, environment, option, none any }
	fields := []struct {
		name, variable string
		line, text     string // in the file, in the environment
		option         Option
		read           func(Profile) any
		want           values
	}{
		{
			name: "url", variable: "KNEO_URL", line: `url = "https://file.test/base/"`, text: "https://environment.test", option: WithURL("http://option.test:8000//"),
			read: func(p Profile) any { return p.URL },
			want: values{"https://file.test/base", "https://environment.test", "http://option.test:8000", nil},
		},
		{
			name: "api_key", variable: "KNEO_API_KEY", line: `api_key = "file"`, text: "environment", option: WithAPIKey("option"),
			read: func(p Profile) any { return p.APIKey.Reveal() },
			want: values{"file", "environment", "option", nil},
		},
		// There are two schemes and two truths, too few to tell three places apart with one row.
		{
			name: "auth_scheme", variable: "KNEO_AUTH_SCHEME", line: `auth_scheme = "kneo_api_key"`, text: "bearer", option: WithAuthScheme(KneoAPIKey),
			read: func(p Profile) any { return p.AuthScheme },
			want: values{KneoAPIKey, Bearer, KneoAPIKey, Bearer},
		},
		{
			name: "auth_scheme", variable: "KNEO_AUTH_SCHEME", line: `auth_scheme = "bearer"`, text: "kneo_api_key", option: WithAuthScheme(Bearer),
			read: func(p Profile) any { return p.AuthScheme },
			want: values{Bearer, KneoAPIKey, Bearer, Bearer},
		},
		{
			name: "auth_scheme", variable: "KNEO_AUTH_SCHEME", line: `auth_scheme = "kneo_api_key"`, text: "kneo_api_key", option: WithAuthScheme(Bearer),
			read: func(p Profile) any { return p.AuthScheme },
			want: values{KneoAPIKey, KneoAPIKey, Bearer, Bearer},
		},
		{
			name: "timeout", variable: "KNEO_TIMEOUT", line: `timeout = 1.5`, text: "2", option: WithTimeout(3 * time.Second),
			read: func(p Profile) any { return p.Timeout },
			want: values{1500 * time.Millisecond, 2 * time.Second, 3 * time.Second, DefaultTimeout},
		},
		{
			name: "allow_insecure_http", variable: "KNEO_ALLOW_INSECURE_HTTP", line: `allow_insecure_http = true`, text: "0",
			read: func(p Profile) any { return p.AllowInsecureHTTP },
			want: values{true, false, nil, false},
		},
		{
			name: "allow_insecure_http", variable: "KNEO_ALLOW_INSECURE_HTTP", line: `allow_insecure_http = false`, text: "1",
			read: func(p Profile) any { return p.AllowInsecureHTTP },
			want: values{false, true, nil, false},
		},
	}
	for _, field := range fields {
		for combination := range 8 {
			inFile, inEnvironment, asOption := combination&1 != 0, combination&2 != 0, combination&4 != 0
			if asOption && field.option == nil {
				continue
			}
			t.Run(fmt.Sprintf("%s/file=%t,environment=%t,option=%t", field.name, inFile, inEnvironment, asOption), func(t *testing.T) {
				lines := map[string]string{"url": `url = "https://h"`, "api_key": `api_key = "k"`} // what else a profile must have
				delete(lines, field.name)
				want := field.want.none
				var opts []Option
				if inFile {
					lines[field.name], want = field.line, field.want.file
				}
				if inEnvironment {
					t.Setenv(field.variable, field.text)
					want = field.want.environment
				}
				if asOption {
					opts, want = append(opts, field.option), field.want.option
				}
				content := "[default]\n"
				for _, line := range lines {
					content += line + "\n"
				}
				writeDefault(t, content)

				p, err := Load("", opts...)
				if want == nil {
					_ = only(t, err, field.name, refused(t, err)[0].Source, ErrMissing)
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				if got := field.read(p); got != want {
					t.Errorf("%v, want %v", got, want)
				}
				if set := field.name == "timeout" && combination != 0; p.TimeoutSet() != set {
					t.Errorf("TimeoutSet is %t", p.TimeoutSet())
				}
			})
		}
	}
}

const twoProfiles = `
[default]
url = "https://default.test"
api_key = "` + planted + `"

[staging]
url = "https://staging.test"
api_key = "` + planted + `"
`

func TestWhichProfile(t *testing.T) {
	tests := []struct{ argument, variable, want string }{
		{"", "", "default"},
		{"", "staging", "staging"},
		{"", "default", "default"},
		{"staging", "", "staging"},
		{"staging", "default", "staging"},
		{"default", "staging", "default"},
		{"staging", "nowhere", "staging"},
	}
	for _, test := range tests {
		t.Run(fmt.Sprintf("%q,%q", test.argument, test.variable), func(t *testing.T) {
			writeDefault(t, twoProfiles)
			t.Setenv("KNEO_PROFILE", test.variable)
			p, err := Load(test.argument)
			if err != nil {
				t.Fatal(err)
			}
			if want := "https://" + test.want + ".test"; p.Name != test.want || p.URL != want {
				t.Errorf("%s at %s, want %s", p.Name, p.URL, test.want)
			}
			if !p.APIKey.Equal(NewSecret(planted)) || p.AuthScheme != Bearer || p.Timeout != DefaultTimeout || p.TimeoutSet() || p.AllowInsecureHTTP {
				t.Errorf("%+v", p)
			}
		})
	}
}

// KNEO_PROFILE picks the table and overrides no field of it.
func TestVariablesOverrideTheNamedProfileToo(t *testing.T) {
	writeDefault(t, twoProfiles)
	t.Setenv("KNEO_PROFILE", "staging")
	t.Setenv("KNEO_URL", "https://environment.test")
	p, err := Load("")
	if err != nil {
		t.Fatal(err)
	}
	if p.Name != "staging" || p.URL != "https://environment.test" || p.APIKey.Reveal() != planted {
		t.Errorf("%+v", p)
	}
}

// A mistyped name must not reach another platform, wherever its address and key come from.
func TestNameThatIsNowhere(t *testing.T) {
	everything := []Option{WithURL("https://option.test"), WithAPIKey(planted), WithTimeout(time.Second), WithAuthScheme(Bearer)}
	for _, byVariable := range []bool{false, true} {
		for _, with := range []string{"file", "environment", "options"} {
			t.Run(fmt.Sprintf("variable=%t/%s", byVariable, with), func(t *testing.T) {
				path := writeDefault(t, twoProfiles)
				name, source := "stagin", "the argument"
				if byVariable {
					t.Setenv("KNEO_PROFILE", name)
					name, source = "", "$KNEO_PROFILE"
				}
				var opts []Option
				switch with {
				case "environment":
					t.Setenv("KNEO_URL", "https://environment.test")
					t.Setenv("KNEO_API_KEY", planted)
				case "options":
					opts = everything
				}
				p, err := Load(name, opts...)
				e := only(t, err, "", source, ErrMissing)
				says(t, e.Error(), `"stagin"`, `"default", "staging"`, path)
				if p.URL != "" || !p.APIKey.IsZero() {
					t.Errorf("with the error comes %+v", p)
				}
			})
		}
	}
}

func TestNameWithoutProfiles(t *testing.T) {
	t.Setenv("KNEO_URL", "https://environment.test")
	t.Setenv("KNEO_API_KEY", planted)
	t.Run("empty file", func(t *testing.T) {
		path := write(t, "# nothing yet\n")
		_, err := Load("staging", WithFile(path))
		says(t, only(t, err, "", "the argument", ErrMissing).Error(), path, "has none")
	})
	t.Run("no file", func(t *testing.T) {
		t.Setenv("XDG_CONFIG_HOME", t.TempDir())
		path, _ := DefaultPath()
		_, err := Load("staging")
		says(t, only(t, err, "", "the argument", ErrMissing).Error(), path, "does not exist")
	})
	t.Run("no folder for a file", func(t *testing.T) {
		homeless(t)
		_, err := Load("staging")
		_ = only(t, err, "", "the argument", ErrMissing)
	})
}

// In scripts and containers the environment is enough, and "default" need not be in a file to be asked for.
func TestEnvironmentAlone(t *testing.T) {
	places := map[string]func(*testing.T){
		"no file":              func(t *testing.T) { t.Setenv("XDG_CONFIG_HOME", t.TempDir()) },
		"no folder for a file": homeless,
		"empty file":           func(t *testing.T) { writeDefault(t, "") },
		"another profile only": func(t *testing.T) { writeDefault(t, "[staging]\nurl = \"https://staging.test\"\n") },
	}
	for place, prepare := range places {
		for _, name := range []string{"", "default"} {
			t.Run(place+"/"+name, func(t *testing.T) {
				prepare(t)
				t.Setenv("KNEO_URL", "https://environment.test/")
				t.Setenv("KNEO_API_KEY", planted)
				p, err := Load(name)
				if err != nil {
					t.Fatal(err)
				}
				if p.Name != "default" || p.URL != "https://environment.test" || p.APIKey.Reveal() != planted {
					t.Errorf("%+v", p)
				}
			})
		}
	}
}

// A variable that is set but empty hides the file's value: somebody wanted something there.
func TestEmptyVariablesAndOptions(t *testing.T) {
	tests := []struct {
		field, variable string
		kind            error
		option          Option
		name            string
	}{
		{"url", "KNEO_URL", ErrMissing, WithURL(""), "WithURL"},
		{"api_key", "KNEO_API_KEY", ErrMissing, WithAPIKey(""), "WithAPIKey"},
		{"auth_scheme", "KNEO_AUTH_SCHEME", ErrInvalid, WithAuthScheme(""), "WithAuthScheme"},
		{"timeout", "KNEO_TIMEOUT", ErrInvalid, WithTimeout(0), "WithTimeout"},
		{"allow_insecure_http", "KNEO_ALLOW_INSECURE_HTTP", ErrInvalid, nil, ""},
	}
	for _, test := range tests {
		t.Run(test.variable, func(t *testing.T) {
			writeDefault(t, twoProfiles)
			t.Setenv(test.variable, "")
			_, err := Load("")
			_ = only(t, err, test.field, "$"+test.variable, test.kind)
		})
		if test.option != nil {
			t.Run(test.name, func(t *testing.T) {
				writeDefault(t, twoProfiles)
				_, err := Load("", test.option)
				_ = only(t, err, test.field, test.name, test.kind)
			})
		}
	}
}

func TestWithFile(t *testing.T) {
	writeDefault(t, twoProfiles)
	path := write(t, strings.ReplaceAll(twoProfiles, ".test", ".elsewhere"))
	p, err := Load("staging", WithFile(path))
	if err != nil {
		t.Fatal(err)
	}
	if p.URL != "https://staging.elsewhere" {
		t.Errorf("%s is from the default file", p.URL)
	}
}

// A file that was named must exist, even if it is not needed.
func TestWithFileThatIsMissing(t *testing.T) {
	writeDefault(t, twoProfiles)
	t.Setenv("KNEO_URL", "https://environment.test")
	t.Setenv("KNEO_API_KEY", planted)
	path := filepath.Join(t.TempDir(), "typo.toml")
	_, err := Load("", WithFile(path))
	_ = only(t, err, "", "file "+path, ErrMissing)
	if !os.IsNotExist(underlying(err)) {
		t.Errorf("what the system said is not in the chain of %v", err)
	}
	_, err = Load("", WithFile(""))
	says(t, only(t, err, "", "the option for the file", ErrMissing).Error(), "the path is empty")
}

// An option that a program has only sometimes may be nil.
func TestNilOptions(t *testing.T) {
	p, err := Load("", nil, WithURL("https://h"), nil, WithAPIKey(planted))
	if err != nil || p.URL != "https://h" || p.APIKey.Reveal() != planted {
		t.Errorf("%+v, %v", p, err)
	}
}

// underlying returns the innermost error, the last one where there are several.
func underlying(err error) (innermost error) {
	walk(err, func(err error) { innermost = err })
	return innermost
}

// A missing field is told with every place where it could be.
func TestMissingFieldsListTheirPlaces(t *testing.T) {
	path := write(t, "[staging]\ntimeout = 3\n")
	_, err := Load("staging", WithFile(path))
	found := refused(t, err)
	if len(found) != 2 {
		t.Fatalf("%d problems: %v", len(found), err)
	}
	for i, want := range []struct{ field, variable, option string }{{"url", "$KNEO_URL", "WithURL"}, {"api_key", "$KNEO_API_KEY", "WithAPIKey"}} {
		e := found[i]
		if e.Field != want.field || e.Profile != "staging" {
			t.Errorf("%s of %s in place of %s", e.Field, e.Profile, want.field)
		}
		says(t, e.Source, path, "[staging]", want.variable, want.option)
		says(t, e.Error(), want.field, e.Source)
	}
}

// homeless takes away every folder that a profile file could be in.
func homeless(t *testing.T) {
	for _, variable := range []string{"XDG_CONFIG_HOME", "HOME", "APPDATA", "LOCALAPPDATA"} {
		t.Setenv(variable, "")
	}
}
