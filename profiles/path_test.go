package profiles

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestCandidates(t *testing.T) {
	// Absolute wherever the tests run; on Windows that takes a volume.
	root, err := filepath.Abs(string(filepath.Separator))
	if err != nil {
		t.Fatal(err)
	}
	at := func(parts ...string) string { return filepath.Join(append([]string{root}, parts...)...) }
	xdg, home, local, roaming := at("xdg"), at("home", "ada"), at("local"), at("roaming")
	inXDG := []string{at("xdg", "kneo", "client.toml")}
	inHome := []string{at("home", "ada", ".config", "kneo", "client.toml")}
	inLibrary := []string{at("home", "ada", "Library", "Application Support", "kneo", "client.toml")}
	inLocal, inRoaming := at("local", "kneo", "kneo", "client.toml"), at("roaming", "kneo", "client.toml")

	tests := []struct {
		what, goos string
		env        map[string]string
		want       []string
	}{
		{"Linux", "linux", map[string]string{"HOME": home}, inHome},
		{"Linux with XDG", "linux", map[string]string{"HOME": home, "XDG_CONFIG_HOME": xdg}, inXDG},
		{"Linux with XDG only", "linux", map[string]string{"XDG_CONFIG_HOME": xdg}, inXDG},
		{"Linux with a relative XDG", "linux", map[string]string{"HOME": home, "XDG_CONFIG_HOME": "xdg"}, inHome},
		{"Linux with an empty XDG", "linux", map[string]string{"HOME": home, "XDG_CONFIG_HOME": ""}, inHome},
		{"Linux with a relative XDG only", "linux", map[string]string{"XDG_CONFIG_HOME": "xdg"}, nil},
		{"Linux without a home", "linux", nil, nil},
		{"Linux with variables of Windows", "linux", map[string]string{"LOCALAPPDATA": local, "APPDATA": roaming}, nil},
		{"FreeBSD", "freebsd", map[string]string{"HOME": home}, inHome},
		{"macOS", "darwin", map[string]string{"HOME": home}, inLibrary},
		{"macOS with XDG", "darwin", map[string]string{"HOME": home, "XDG_CONFIG_HOME": xdg}, inXDG},
		{"macOS with a relative XDG", "darwin", map[string]string{"HOME": home, "XDG_CONFIG_HOME": "./xdg"}, inLibrary},
		{"macOS without a home", "darwin", nil, nil},
		{"Windows", "windows", map[string]string{"LOCALAPPDATA": local, "APPDATA": roaming}, []string{inLocal, inRoaming}},
		{"Windows with XDG", "windows", map[string]string{"LOCALAPPDATA": local, "APPDATA": roaming, "XDG_CONFIG_HOME": xdg}, inXDG},
		{"Windows with a relative XDG", "windows", map[string]string{"LOCALAPPDATA": local, "XDG_CONFIG_HOME": "xdg"}, []string{inLocal}},
		{"Windows, local only", "windows", map[string]string{"LOCALAPPDATA": local}, []string{inLocal}},
		{"Windows, roaming only", "windows", map[string]string{"APPDATA": roaming}, []string{inRoaming}},
		{"Windows without folders", "windows", map[string]string{"HOME": home}, nil},
	}
	for _, test := range tests {
		t.Run(test.what, func(t *testing.T) {
			got := candidates(test.goos, func(name string) string { return test.env[name] })
			if !slices.Equal(got, test.want) {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

// The path is told whether there is a file or not: it may be to say where to put one.
func TestDefaultPath(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", folder)
	want := filepath.Join(folder, "kneo", "client.toml")
	if got, err := DefaultPath(); got != want || err != nil {
		t.Errorf("%s, %v, want %s", got, err, want)
	}
	if err := os.MkdirAll(filepath.Dir(want), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(want, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := DefaultPath(); got != want || err != nil {
		t.Errorf("with a file: %s, %v, want %s", got, err, want)
	}
	homeless(t)
	if got, err := DefaultPath(); got != "" || err == nil {
		t.Errorf("without folders: %q, %v", got, err)
	}
}
