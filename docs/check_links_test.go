package docs_test

import (
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestLinks: what a link of any Markdown file names is there. Addresses elsewhere are looked at, but not asked.
func TestLinks(t *testing.T) {
	all := map[string]*page{}
	for _, p := range pages(t) {
		all[p.path] = p
	}
	for _, p := range all {
		for _, link := range p.links() {
			if problem := checkLink(all, p, link.to); problem != "" {
				t.Errorf("%s:%d: the link %s %s", p.path, link.number, link.to, problem)
			}
		}
	}
}

// checkLink says what is wrong with a link of a page.
func checkLink(all map[string]*page, from *page, to string) string {
	u, err := url.Parse(to)
	switch {
	case err != nil || to == "":
		return "is no address"
	case u.IsAbs() && (u.Scheme != "https" || u.Host == ""):
		return "has no https:// and a host"
	case u.IsAbs():
		return ""
	case strings.HasPrefix(to, "/"):
		return "begins at the root of some server; write it from the folder of the page"
	}
	name := from.path
	if u.Path != "" {
		name = path.Join(path.Dir(from.path), u.Path)
	}
	if strings.HasPrefix(name, "..") {
		return "leads out of the repository"
	}
	if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(name))); err != nil {
		return "names nothing that is there"
	}
	if u.Fragment == "" {
		return ""
	}
	if all[name] == nil {
		return "has an anchor in what is no Markdown file"
	}
	if !slices.Contains(all[name].anchors(), u.Fragment) {
		return "has an anchor that no heading makes"
	}
	return ""
}

// TestEveryPageIsInTheIndex: what is in docs/ can be found there.
func TestEveryPageIsInTheIndex(t *testing.T) {
	index := readPage(t, filepath.Join(root, "docs", "README.md"))
	files, err := filepath.Glob("*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if file != "README.md" && !slices.ContainsFunc(index.links(), func(l target) bool { return l.to == file }) {
			t.Errorf("docs/README.md has no link to %s", file)
		}
	}
}

func TestDeadLinksAreFound(t *testing.T) {
	here := parsePage("docs/compatibility.md", "# Here\n")
	all := map[string]*page{"docs/compatibility.md": here, "docs/README.md": parsePage("docs/README.md", "# Index\n## Of what\n")}
	for to, dead := range map[string]bool{
		"README.md": false, "README.md#of-what": false, "#here": false, "..": false, "../go.mod": false, "https://go.dev/x#y": false,
		"nowhere.md": true, "README.md#nowhere": true, "#nowhere": true, "../go.mod#x": true, "http://go.dev": true, "/README.md": true, "": true,
		"../../x.md": true, "https://": true, "%zz": true, "mailto:a@b.example": true,
	} {
		if problem := checkLink(all, here, to); (problem != "") != dead {
			t.Errorf("%q: %q", to, problem)
		}
	}
}
