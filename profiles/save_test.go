package profiles

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// saved is the profile that the tests here save.
var saved = Profile{Name: "staging", URL: "https://new.test", APIKey: NewSecret(planted)}

// What Save writes is what Load reads, and nothing else in the file moves.
func TestSaveKeepsWhatIsThere(t *testing.T) {
	full := saved
	full.AuthScheme, full.Timeout, full.AllowInsecureHTTP = KneoAPIKey, 2500*time.Millisecond, true
	for name, c := range map[string]struct {
		profile       Profile
		before, after string
	}{
		"no file content": {saved, "", "[staging]\nurl = 'https://new.test'\napi_key = 'KEY'\n"},
		"all fields": {full, "", "[staging]\nurl = 'https://new.test'\napi_key = 'KEY'\nauth_scheme = 'kneo_api_key'\ntimeout = 2.5\n" +
			"allow_insecure_http = true\n"},
		"behind others": {
			saved, "# mine\n[default]\nurl = \"https://h\" # keep\napi_key = \"k\"",
			"# mine\n[default]\nurl = \"https://h\" # keep\napi_key = \"k\"\n\n[staging]\nurl = 'https://new.test'\napi_key = 'KEY'\n",
		},
		"in its place": {
			saved, "[staging] # the test one\n# the old one\n  url = \"https://old\"   # why\napi_key=\"\"\"\nold\"\"\"\ntimeout = 3\n\n# next\n[z]\nurl = \"u\"\n",
			"[staging] # the test one\n# the old one\n  url = 'https://new.test'   # why\napi_key = 'KEY'\n\n# next\n[z]\nurl = \"u\"\n",
		},
		"fields added": {full, "[staging]\nurl = 'https://old'\n[z]\n", "[staging]\nurl = 'https://new.test'\napi_key = 'KEY'\nauth_scheme = 'kneo_api_key'\n" +
			"timeout = 2.5\nallow_insecure_http = true\n[z]\n"},
		"an empty table at the end": {saved, "[staging]", "[staging]\nurl = 'https://new.test'\napi_key = 'KEY'\n"},
		"a quoted name":             {saved, "['staging']\nurl = 'x'\n", "['staging']\nurl = 'https://new.test'\napi_key = 'KEY'\n"},
		"a mark, and mistakes of others": {
			saved, byteOrderMark + "[staging]\nurl = 'x'\n[z]\nunknown = 1\ntimeout = nan\napi_key = 1_0\n",
			byteOrderMark + "[staging]\nurl = 'https://new.test'\napi_key = 'KEY'\n[z]\nunknown = 1\ntimeout = nan\napi_key = 1_0\n",
		},
		"only a mark": {saved, byteOrderMark, byteOrderMark + "[staging]\nurl = 'https://new.test'\napi_key = 'KEY'\n"},
		"lines of Windows": {
			saved, "[z]\r\nurl = 'u'\r\n[staging]\r\nurl = 'x'\r\ntimeout = 1\r\n",
			"[z]\r\nurl = 'u'\r\n[staging]\r\nurl = 'https://new.test'\r\napi_key = 'KEY'\r\n",
		},
		"the default profile": {Profile{URL: "https://h/", APIKey: NewSecret(planted), AuthScheme: Bearer}, "", "[default]\nurl = 'https://h/'\napi_key = 'KEY'\n"},
	} {
		t.Run(name, func(t *testing.T) {
			path := write(t, c.before)
			if err := Save(path, c.profile); err != nil {
				t.Fatal(err)
			}
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.ReplaceAll(string(content), planted, "KEY"); got != c.after {
				t.Errorf("got:\n%s\nwant:\n%s", got, c.after)
			}
			read, err := Load(c.profile.Name, WithFile(path))
			if err != nil {
				t.Fatal(err)
			}
			if !read.APIKey.Equal(c.profile.APIKey) || read.TimeoutSet() != c.profile.TimeoutSet() || read.AllowInsecureHTTP != c.profile.AllowInsecureHTTP {
				t.Errorf("%+v", read)
			}
			// Saving what was loaded changes nothing.
			if err := Save(path, read); err != nil {
				t.Fatal(err)
			}
			if again, _ := os.ReadFile(path); c.profile.Name != "" && !bytes.Equal(again, content) {
				t.Errorf("saved again:\n%s", again)
			}
		})
	}
}

// Names are any text, and timeouts come back to the nanosecond.
func TestSaveOddValues(t *testing.T) {
	path := filepath.Join(t.TempDir(), "not", "there", "client.toml")
	for i, name := range []string{"plain", "with space", "dotted.name", `qu"ote'd`, "ünï", "line\nbreak", "#", "]"} {
		p := saved
		p.Name, p.Timeout = name, 290*time.Millisecond+time.Duration(i)*333_333_331
		if err := Save(path, p); err != nil {
			t.Fatalf("%q: %v", name, err)
		}
		if read, err := Load(name, WithFile(path)); err != nil || read.Timeout != p.Timeout || read.URL != p.URL {
			t.Errorf("%q: %+v, %v", name, read, err)
		}
	}
	if names, err := Names(path); err != nil || len(names) != 8 {
		t.Errorf("%q, %v", names, err)
	}
}

// What cannot be saved leaves the file as it was, nothing beside it, and the key out of the error.
func TestSaveRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		profile Profile
		before  string
		field   string
		kind    error
		text    string
	}{
		"a profile without a key": {Profile{Name: "p", URL: "https://h"}, "", "api_key", ErrMissing, "empty"},
		"a URL with a password":   {Profile{Name: "p", URL: "https://u:" + planted + "@h", APIKey: NewSecret("k")}, "", "url", ErrInvalid, "password"},
		"a broken file":           {saved, "[staging\napi_key = \"" + planted + "\"\n", "", ErrInvalid, "line 1"},
		"an unknown key":          {saved, "[staging]\nuser = \"" + planted + "\"\n", "", ErrInvalid, "unknown key"},
		"a key in capitals":       {saved, "[staging]\nURL = \"" + planted + "\"\n", "", ErrInvalid, `unknown key "URL"`},
		"an inline table":         {saved, "staging = { url = \"" + planted + "\" }\n", "", ErrInvalid, "by hand"},
		"a dotted key":            {saved, "staging.url = \"https://h\"\n", "", ErrInvalid, "by hand"},
		"a name that is no text":  {Profile{Name: "a\xff", URL: "https://h", APIKey: NewSecret("k")}, "", "", ErrInvalid, "UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			path := write(t, c.before)
			err := Save(path, c.profile)
			found := refused(t, err)
			if len(found) != 1 || found[0].Field != c.field || !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.text) {
				t.Errorf("%v", err)
			}
			if content, err := os.ReadFile(path); err != nil || string(content) != c.before {
				t.Errorf("the file has become %q, %v", content, err)
			}
			alone(t, path)
		})
	}
}

// alone checks that no other file was left in the folder of path.
func alone(t *testing.T, path string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("%v, %v", entries, err)
	}
}

// The default file is made where it is looked for.
func TestSaveDefault(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	if err := Save("", Profile{URL: "https://h", APIKey: NewSecret(planted)}); err != nil {
		t.Fatal(err)
	}
	if p, err := Load(""); err != nil || p.URL != "https://h" || len(p.Warnings()) != 0 {
		t.Errorf("%+v, %v", p, err)
	}
}

// Goroutines that save at once lose nothing of each other, and a reader never sees half a file.
func TestSaveAtOnce(t *testing.T) {
	path := write(t, twoProfiles)
	var done sync.WaitGroup
	for i := range 32 {
		done.Go(func() {
			p := saved
			p.Name = fmt.Sprintf("p%d", i)
			if err := Save(path, p); err != nil {
				t.Error(err)
			}
		})
		done.Go(func() {
			if _, err := Load("staging", WithFile(path)); err != nil {
				t.Error(err)
			}
		})
	}
	done.Wait()
	if names, err := Names(path); err != nil || len(names) != 2+32 {
		t.Errorf("%d names, %v", len(names), err)
	}
	alone(t, path)
}

// A folder that is no folder is told as such.
func TestSaveNowhere(t *testing.T) {
	path := filepath.Join(write(t, ""), "client.toml")
	err := Save(path, saved)
	_ = only(t, err, "", "file "+path, ErrInvalid)
	var at *fs.PathError
	if errors.As(err, &at) {
		t.Errorf("the path is told twice: %v", err)
	}
}

// testSaveAndCrash kills processes that do nothing but save, at any moment: the file is the old one or the new one.
func testSaveAndCrash(t *testing.T) {
	path := write(t, "")
	versions := crashVersions()
	if err := Save(path, versions[0]); err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for i := range 20 {
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), "TEST_SAVE="+path)
		begun, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		_, _ = begun.Read(make([]byte, 1))
		time.Sleep(time.Duration(i) * 500 * time.Microsecond)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		p, err := Load("crash", WithFile(path), WithStrict())
		if err != nil || !p.APIKey.Equal(versions[0].APIKey) && !p.APIKey.Equal(versions[1].APIKey) {
			t.Fatalf("%d: %v", i, err)
		}
		seen[p.URL]++
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range left { // of those that were killed in the middle
		if info, err := os.Stat(file); err != nil || readableByOthers(info) {
			t.Errorf("%s can be read by others: %v", file, err)
		}
	}
	t.Logf("%v, killed in the middle %d times", seen, len(left))
}

// crashVersions are two profiles of some size.
func crashVersions() [2]Profile {
	var versions [2]Profile
	for i := range versions {
		versions[i] = Profile{Name: "crash", URL: fmt.Sprintf("https://h%d", i), APIKey: NewSecret(strings.Repeat(fmt.Sprint(i), 200_000))}
	}
	return versions
}

// saveForever is what the child does.
func saveForever(path string) {
	versions := crashVersions()
	_, _ = os.Stdout.WriteString("b")
	for i := 0; ; i++ {
		if err := Save(path, versions[i%2]); err != nil {
			panic(err)
		}
	}
}

// FuzzSave: whatever is in a file, a profile is put into it so that it comes back and nothing else changes, or the file stays.
func FuzzSave(f *testing.F) {
	for _, seed := range []string{
		"", "[staging]", "[staging]\n[z]", "staging.url = 'x'", "[staging.url]", "[[staging]]", "[ staging ]\r\nurl = 'x' # y\r\n", "[staging]\nurl.x = 1\n",
		"[staging]\ntimeout = [\n1,\n]\n", "[staging]\nURL = 1\nurl = 2\n", "['staging']\napi_key = '''\n[staging]\nurl = 1'''", "[z]\nurl = \"[staging]\"",
	} {
		f.Add(seed, 1.5, true)
	}
	path := write(f, "")
	f.Fuzz(func(t *testing.T, content string, seconds float64, insecure bool) {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		p := saved
		p.AllowInsecureHTTP = insecure
		if seconds >= 1e-6 && seconds < 1e6 {
			p.Timeout = time.Duration(seconds * float64(time.Second))
		}
		err := Save(path, p)
		if err != nil {
			walk(err, func(err error) { hides(t, err) })
			if after, _ := os.ReadFile(path); string(after) != content {
				t.Errorf("refused, and yet %q became %q", content, after)
			}
			return
		}
		read, err := Load(p.Name, WithFile(path))
		if err != nil {
			t.Fatal(err)
		}
		if read.URL != p.URL || !read.APIKey.Equal(p.APIKey) || read.AllowInsecureHTTP != insecure || p.TimeoutSet() && read.Timeout != p.Timeout {
			t.Errorf("%+v became %+v", p, read)
		}
	})
}
