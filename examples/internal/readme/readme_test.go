// Package readme checks the list of the examples.
package readme

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const root = "../.." // the folder examples

func TestList(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| \\[(.*)\\]\\((.*)\\) \\| .+ \\| `go run ./examples/(\\w+).*` \\|$").FindAllStringSubmatch(string(text), -1) {
		if row[1] != row[2] || row[1] != row[3] || listed[row[1]] {
			t.Errorf("the row %q", row[0])
		}
		listed[row[1]] = true
	}
	programs, err := filepath.Glob(filepath.Join(root, "*", "main.go"))
	if err != nil || len(programs) < 14 {
		t.Fatalf("%q, %v", programs, err)
	}
	for _, path := range programs {
		name := filepath.Base(filepath.Dir(path))
		if !listed[name] {
			t.Errorf("%s is not in the list", name)
		}
		delete(listed, name)
	}
	for name := range listed {
		t.Errorf("%s is in the list and not there", name)
	}
}

// TestPrograms: each says at its top what it shows, how to run it and what to look at, and each has tests.
func TestPrograms(t *testing.T) {
	programs, err := filepath.Glob(filepath.Join(root, "*", "main.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range programs {
		name := filepath.Base(filepath.Dir(path))
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		top, _, _ := strings.Cut(string(text), "\npackage main\n")
		for _, want := range []string{"// Command " + name + " ", "//\tgo run ./examples/" + name, "platform of your profile", "Look at "} {
			if !strings.Contains(top, want) {
				t.Errorf("%s does not say %q at its top", path, want)
			}
		}
		if _, err := os.Stat(filepath.Join(filepath.Dir(path), "main_test.go")); err != nil {
			t.Error(err)
		}
	}
}
