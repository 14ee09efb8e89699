package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const docs = "../../../docs"

// TestUpToDate holds that the documents have what is drawn now, and that no picture is older than its source.
func TestUpToDate(t *testing.T) {
	files, err := draw(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	rendered, err := os.ReadFile(filepath.Join(docs, "pictures/rendered.sha256"))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(docs, name))
		if err != nil || string(got) != want {
			t.Errorf("%s is not up to date (%v): make pictures", name, err)
		}
		if ext := filepath.Ext(name); ext != ".dot" && ext != ".html" {
			continue
		}
		if line := fmt.Sprintf("%x  %s\n", sha256.Sum256([]byte(want)), filepath.Base(name)); !strings.Contains(string(rendered), line) {
			t.Errorf("the pictures of %s are those of another source: make pictures", name)
		}
	}
	known := regexp.MustCompile(`^rendered\.sha256$|\.svg$|-(light|dark)\.png$`)
	folder, err := os.ReadDir(filepath.Join(docs, "pictures"))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range folder {
		if files["pictures/"+entry.Name()] == "" && !known.MatchString(entry.Name()) {
			t.Errorf("docs/pictures/%s is not drawn any more", entry.Name())
		}
	}
}

// TestPage holds that all to which the page points is there, and small.
func TestPage(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(docs, "sight.md"))
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?:\]\(|src="|srcset=")([^)":]+)[)"]`).FindAllSubmatch(page, -1)
	if len(found) < 6*len(stories) {
		t.Errorf("only %d links", len(found))
	}
	for _, link := range found {
		info, err := os.Stat(filepath.Join(docs, string(link[1])))
		if err != nil {
			t.Error(err)
		} else if !info.IsDir() && info.Size() > 60_000 {
			t.Errorf("%s has %d bytes", link[1], info.Size())
		}
	}
}
