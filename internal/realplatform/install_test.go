//go:build unix

package realplatform

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestPins(t *testing.T) {
	for version, agent := range map[string]string{"1.2.0": "2.2.0", "0.6.0": "2.2.0", "0.5.0": "1.5.0", "0.2.2": "1.5.0"} {
		got := pins(version)
		if !strings.Contains(got, "kneo-serv=="+version+"\n") || !strings.Contains(got, "kneo-agent=="+agent+"\n") {
			t.Errorf("%s: %s", version, got)
		}
	}
	for _, line := range strings.Split(strings.TrimSpace(requirements), "\n") {
		if !strings.Contains(line, "==") {
			t.Errorf("%q is not pinned", line)
		}
	}
}

// TestVersionsAreTheSameEverywhere: a new version of the server has to be told to all who cannot ask for it.
func TestVersionsAreTheSameEverywhere(t *testing.T) {
	milestones := slices.Clone(Milestones)
	slices.Reverse(milestones)
	for file, line := range map[string]string{
		"Makefile": "VERSIONS  := " + strings.Join(Versions, " ") + "\n", ".ci/run": "for v in " + strings.Join(milestones, " ") + ";",
		"openapi.yaml": "  version: " + DefaultVersion + "\n", "kneo/kneotest/server.go": `const Version = "` + DefaultVersion + `"`,
		"kneo/kneotest/doc.go": "kneo-serv " + DefaultVersion, "README.md": " " + DefaultVersion,
		"docs/compatibility.md": "kneo-serv " + DefaultVersion, "docs/testing.md": "kneo-serv " + DefaultVersion, "internal/cmd/platform/main.go": "[-version " + DefaultVersion + "]",
	} {
		text, err := os.ReadFile(filepath.Join("..", "..", file))
		if err != nil || !strings.Contains(string(text), line) {
			t.Errorf("%s does not have %q: %v", file, line, err)
		}
	}
	if Milestones[len(Milestones)-1] != DefaultVersion {
		t.Error("the latest version is no milestone")
	}
}

func TestVersionIsChecked(t *testing.T) {
	for _, version := range []string{"", "latest", "1.2", "1.2.0; rm", "../1.2.0"} {
		if _, err := Install(t.Context(), version); err == nil {
			t.Errorf("%q was taken for a version", version)
		}
	}
}

func TestPythons(t *testing.T) {
	home := t.TempDir()
	for _, version := range []string{"3.11.9", "3.12.1", "3.13.0"} {
		if err := os.MkdirAll(filepath.Join(home, ".pyenv", "versions", version, "bin", "python"), 0o750); err != nil {
			t.Fatal(err)
		}
	}
	got := pythons(func(name string) string { return map[string]string{"HOME": home, "KNEO_PYTHON": "/opt/python"}[name] })
	if got[0] != "/opt/python" || !strings.Contains(got[len(got)-2], "3.13.0") || !strings.Contains(got[len(got)-1], "3.12.1") {
		t.Errorf("%v", got)
	}
	if slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, "3.11") }) {
		t.Errorf("%v", got)
	}
}

func TestNoPython(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	t.Setenv("PYENV_ROOT", "")
	t.Setenv("KNEO_PYTHON", "")
	_, err := findPython(context.Background())
	if !errors.Is(err, ErrNoPython) || !strings.Contains(err.Error(), "KNEO_PYTHON") {
		t.Errorf("%v", err)
	}
}
