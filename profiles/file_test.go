//go:build unix

package profiles

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

func TestFileModes(t *testing.T) {
	path := place(t, "[default]\nurl = \"http://h\"\napi_key = \"k\"\n")
	for mode, warned := range map[fs.FileMode]bool{0o600: false, 0o400: false, 0o640: true, 0o604: true, 0o666: true} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		p, err := Load("")
		if err != nil {
			t.Fatal(err)
		}
		if w := p.Warnings(); (len(w) == 1) != warned || warned && (!strings.Contains(w[0], path) || !strings.Contains(w[0], "chmod 600")) {
			t.Errorf("mode %o: %q", mode, w)
		}
	}
}

func TestFilesThatAreNone(t *testing.T) {
	dir := t.TempDir()
	pipe, large := filepath.Join(dir, "pipe"), filepath.Join(dir, "large")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(large, make([]byte, 2<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{pipe: "not a regular file", dir: "not a regular file", large: "larger than"} {
		if _, err := Load("", WithFile(path)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestNames(t *testing.T) {
	path := place(t, "[staging]\n[default]\n")
	for _, p := range []string{"", path} {
		if names, err := Names(p); err != nil || !slices.Equal(names, []string{"default", "staging"}) {
			t.Errorf("%v, %v", names, err)
		}
	}
	if _, err := Names(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

func TestCandidates(t *testing.T) {
	tests := []struct {
		goos string
		env  map[string]string
		want []string
	}{
		{"linux", map[string]string{"HOME": "/h"}, []string{"/h/.config/kneo/client.toml"}},
		{"linux", map[string]string{"HOME": "/h", "XDG_CONFIG_HOME": "/x"}, []string{"/x/kneo/client.toml"}},
		{"linux", map[string]string{"HOME": "/h", "XDG_CONFIG_HOME": "relative"}, []string{"/h/.config/kneo/client.toml"}},
		{"linux", nil, nil},
		{"darwin", map[string]string{"HOME": "/h"}, []string{"/h/Library/Application Support/kneo/client.toml"}},
		{"darwin", map[string]string{"HOME": "/h", "XDG_CONFIG_HOME": "/x"}, []string{"/x/kneo/client.toml"}},
		{"windows", map[string]string{"LOCALAPPDATA": "/l", "APPDATA": "/r"}, []string{"/l/kneo/kneo/client.toml", "/r/kneo/client.toml"}},
	}
	for _, test := range tests {
		if got := candidates(test.goos, func(name string) string { return test.env[name] }); !slices.Equal(got, test.want) {
			t.Errorf("%s %v: %v", test.goos, test.env, got)
		}
	}
}
