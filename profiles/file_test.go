package profiles

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// What cannot be read as a profile file is told with line and column, and never with the line itself.
func TestFilesThatAreNoProfileFiles(t *testing.T) {
	key := `api_key = "` + planted + "\"\n"
	tests := []struct{ what, content, says string }{
		{"no quotes", "[default]\nurl = \"https://h\"\napi_key = " + planted + "\n", "line 3, column 11: it is not TOML"},
		{"no end of quotes", "[default]\napi_key = \"" + planted + "\n", "line 2, column 35: it is not TOML"},
		{"the key alone", "[default]\n" + planted + "\n", "line 2, column 24: it is not TOML"},
		{"an unknown escape", "[default]\napi_key = \"\\z" + planted + "\"\n", "line 2, column 12: it is not TOML"},
		{"a control character", "[default]\n" + key + "url = \"\x00\"\n", "line 3, column 8: it is not TOML"},
		{"not UTF-8", "[default]\n" + key + "url = \"\xff\"\n", "line 3, column 8: it is not TOML"},
		{"a table that is not closed", "[default\n" + key, "line 1, column 9: it is not TOML"},
		{"a table twice", "[default]\n" + key + "[default]\n" + key, `line 3, column 2: "default" is there twice`},
		{"a key twice", "[default]\n" + key + key, `line 3, column 1: "api_key" is there twice`},
		{"keys without a table", "# mine\n" + key, `line 2, column 1: "api_key" stands outside of a profile; put it under [default]`},
		{"a dotted key without a table", "a.b = 1\nc = {d = 1}\nurl = [\"" + planted + "\"]\n[default]\n" + key, `line 3, column 1: "url" stands outside of a profile`},
		{"a list of tables", "[[default]]\n" + key, `line 1, column 3: "default" is a list of tables; put its name into single brackets`},
		{"a number without quotes and end", "[default]\napi_key = 123456789012345678901234567890\n", `line 2, column 11: it is not TOML there; text has to be in quotes, and so has a long number`},
		{"a number that begins with zero", "[default]\napi_key = 007\n", `line 2, column 11: it is not TOML there; text has to be in quotes`},
		{"UTF-16", "\xff\xfe[\x00d\x00]\x00", "it is in UTF-16; save it as UTF-8"},
		{"UTF-16 the other way round", "\xfe\xff\x00[\x00d\x00]", "it is in UTF-16; save it as UTF-8"},
		{"a mistake behind a byte order mark", byteOrderMark + "[default\n", "line 1, column 9: it is not TOML"},
	}
	for _, test := range tests {
		t.Run(test.what, func(t *testing.T) {
			path := write(t, test.content)
			_, err := Load("", WithFile(path), WithURL("https://h"), WithAPIKey(planted))
			says(t, only(t, err, "", "file "+path, ErrInvalid).Error(), path, test.says)

			names, err := Names(path)
			if names != nil || !errors.Is(err, ErrInvalid) {
				t.Fatalf("names %v, %v", names, err)
			}
			says(t, err.Error(), "kneo: profile file "+path, test.says)
			walk(err, func(err error) { hides(t, err) })
		})
	}
}

// Only where quotes may be what is missing is that said.
func TestHintAtQuotes(t *testing.T) {
	for content, want := range map[string]bool{
		"[default]\nurl = h\n": true, "[default]\nurl =h": true, "[default]\nurl = \t-\n": true,
		"[default\n": false, "[default]\nurl = \"h\n": false, "[default]\nurl = 'h\n": false, "[default]\n= h\n": false, "[default]\nurl\n": false,
		"[default]\nurl =\n": false, "[default]\nurl = \"h\"\n\"": false,
	} {
		_, err := Load("", WithFile(write(t, content)))
		if text := refused(t, err)[0].Error(); strings.Contains(text, "has to be in quotes") != want {
			t.Errorf("%q: %s", content, text)
		}
	}
}

func TestFilesThatAreProfileFiles(t *testing.T) {
	for what, content := range map[string]string{
		"plain":           "[default]\nurl = \"https://h\"\napi_key = \"" + planted + "\"\n",
		"of Windows":      "[default]\r\nurl = \"https://h\"\r\napi_key = \"" + planted + "\"\r\n",
		"without tables":  "default.url = \"https://h\"\ndefault.api_key = '" + planted + "'",
		"in braces":       "default = {url = \"https://h\", api_key = \"" + planted + "\"}",
		"with comments":   "# mine\n[default] # the one\nurl = \"https://h\" # there\napi_key = \"\"\"\\\n  " + planted + "\"\"\"\n",
		"with a mark":     byteOrderMark + "[default]\nurl = \"https://h\"\napi_key = \"" + planted + "\"\n",
		"of largest size": "[default]\nurl = \"https://h\"\napi_key = \"" + planted + "\"\n#" + strings.Repeat("x", maxFile-68),
	} {
		t.Run(what, func(t *testing.T) {
			p, err := Load("", WithFile(write(t, content)))
			if err != nil {
				t.Fatal(err)
			}
			if p.URL != "https://h" || p.APIKey.Reveal() != planted || len(p.Warnings()) != 0 {
				t.Errorf("%+v, warnings %v", p, p.Warnings())
			}
		})
	}
}

func TestFolderInPlaceOfAFile(t *testing.T) {
	path := t.TempDir()
	_, err := Load("", WithFile(path), WithURL("https://h"), WithAPIKey(planted))
	says(t, only(t, err, "", "file "+path, ErrInvalid).Error(), "not a regular file")
}

func TestHugeFile(t *testing.T) {
	for _, size := range []int{maxFile + 1, 2 << 20} {
		path := write(t, strings.Repeat("#", size))
		_, err := Load("", WithFile(path), WithURL("https://h"), WithAPIKey(planted))
		says(t, only(t, err, "", "file "+path, ErrInvalid).Error(), "larger than 1048576 bytes")
	}
}

// Only a missing file in the default place is fine, not one that cannot be understood.
func TestDefaultFileWithAMistake(t *testing.T) {
	path := writeDefault(t, "[default\n")
	_, err := Load("", WithURL("https://h"), WithAPIKey(planted))
	_ = only(t, err, "", "file "+path, ErrInvalid)
}

func TestNames(t *testing.T) {
	content := "[staging]\nurl = 42\nunknown = 1\n[default]\n[\"with space\"]\n[a]\n"
	want := []string{"a", "default", "staging", "with space"}
	names, err := Names(write(t, content))
	if err != nil || !slices.Equal(names, want) {
		t.Errorf("%q, %v", names, err)
	}
	writeDefault(t, content)
	if names, err := Names(""); err != nil || !slices.Equal(names, want) {
		t.Errorf("of the default file: %q, %v", names, err)
	}
	if names, err := Names(write(t, "")); err != nil || len(names) != 0 {
		t.Errorf("of an empty file: %q, %v", names, err)
	}
}

func TestNamesOfNoFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "client.toml")
	_, err := Names(path)
	if !errors.Is(err, ErrMissing) || !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	if text := err.Error(); strings.Count(text, path) != 1 || strings.Count(text, "kneo: ") != 1 {
		t.Errorf("not told once: %s", text)
	}
	homeless(t)
	if _, err := Names(""); err == nil {
		t.Error("names without a folder for a file")
	}
}

// FuzzProfile writes whatever it likes around a key: nothing may panic, or show the key.
func FuzzProfile(f *testing.F) {
	seeds := []struct{ before, after string }{
		{"[default]\nurl = \"https://h\"", ""},
		{"[default]\nurl = \"https://user@h?q#f\"\nauth_scheme = 1", "timeout = nan\nallow_insecure_http = 2"},
		{"[staging]", "[default]"},
		{"[[default]]", ""},
		{"", "[staging"},
		{"[default]\nauth_scheme = '''", "'''"},
		{"[default]\nurl = \"\"\"", "\"\"\""},
		{"[default]\nurl = {", "}"},
		{"[default]\nunknown = [", "]"},
		{"[default]\napi_key = 3", ""},
		{"[default]\n\"", "\" = 1"},
		{"default.timeout = 1e400\n#", "\r\n\x00\xff"},
		{"[\"\"]\n[default.api_key]", "[a.b.c]"},
		{byteOrderMark + "default = {url = \"https://h\", proxy = {a.b = 0x1F}}\n[staging]", "URL = 1\n[[staging.list]]\n[staging.list.b]"},
	}
	for _, seed := range seeds {
		f.Add(seed.before, seed.after)
	}
	path := write(f, "") // one for all rounds
	f.Fuzz(func(t *testing.T, before, after string) {
		// On a line of its own, so that it can become a value, but not the name of something, which is shown.
		content := fmt.Sprintf("%s\napi_key = %q\n%s", before, planted, after)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"", "default", "staging"} {
			p, err := Load(name, WithFile(path))
			if err != nil {
				refused(t, err)
				continue
			}
			if err := p.Validate(); err != nil {
				t.Errorf("it was loaded, and yet: %v", err)
			}
			if text := fmt.Sprintf("%v %+v %#v", p.APIKey, p.APIKey, p.APIKey); strings.Contains(text, planted) {
				t.Errorf("the key is shown: %s", text)
			}
		}
		if _, err := Names(path); err != nil {
			walk(err, func(err error) { hides(t, err) })
		}
	})
}
