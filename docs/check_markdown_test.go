package docs_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// root is the folder of the repository.
const root = ".."

// page is a Markdown file of the repository.
type page struct {
	path   string // from the root, with slashes
	lines  []string
	prose  []line // what is not in a block
	blocks []block
}

type line struct {
	number int // from 1
	text   string
}

// block is a code block. Its kind is the word behind the opening fence, "indented" if it has no fences, which are asked for.
type block struct {
	kind   string
	number int    // of its first line, the opening fence
	above  string // the line before it
	text   []string
}

// pages reads all Markdown files of the repository.
func pages(t *testing.T) []*page {
	t.Helper()
	var all []*page
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains([]string{".git", ".cache", "testdata", "node_modules"}, entry.Name()):
			return filepath.SkipDir
		case !entry.IsDir() && strings.HasSuffix(path, ".md"):
			all = append(all, readPage(t, path))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 5 {
		t.Fatalf("only %d Markdown files found", len(all))
	}
	return all
}

func readPage(t *testing.T, path string) *page {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	name, err := filepath.Rel(root, path)
	if err != nil {
		t.Fatal(err)
	}
	return parsePage(filepath.ToSlash(name), string(text))
}

const fence = "```"

func parsePage(path, text string) *page {
	p := &page{path: path, lines: strings.Split(strings.TrimSuffix(text, "\n"), "\n")}
	var open *block // the block that has begun and not ended
	above := ""     // the last line that is not empty
	for i, text := range p.lines {
		switch {
		case open != nil && open.kind != "indented" && strings.TrimSpace(text) == fence:
			p.blocks = append(p.blocks, *open)
			open = nil
		case open != nil && (open.kind != "indented" || isIndented(text)):
			open.text = append(open.text, text)
		case strings.HasPrefix(strings.TrimSpace(text), fence):
			open = &block{kind: strings.TrimPrefix(text, fence), number: i + 1, above: above}
		case isIndented(text) && i > 0 && p.lines[i-1] == "" && !isListItem(above):
			open = &block{kind: "indented", number: i + 1, above: above, text: []string{text}}
		default:
			if open != nil { // an indented block that has ended
				p.blocks = append(p.blocks, *open)
				open = nil
			}
			p.prose = append(p.prose, line{i + 1, text})
		}
		if text != "" {
			above = text
		}
	}
	if open != nil {
		p.blocks = append(p.blocks, *open)
	}
	return p
}

func isIndented(text string) bool {
	return strings.HasPrefix(text, "    ") || strings.HasPrefix(text, "\t")
}

var listItem = regexp.MustCompile(`^\s*([-*+]|[0-9]+\.) `)

func isListItem(text string) bool { return listItem.MatchString(text) || strings.HasPrefix(text, " ") }

var (
	heading  = regexp.MustCompile(`^#{1,6} +(.*?)\s*$`)
	codeSpan = regexp.MustCompile("``.+?``|`[^`]+`")
	link     = regexp.MustCompile(`\]\(([^)\s]*)\)`)
	linkText = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)
)

// anchors returns the names under which links reach the headings of a page, as GitHub makes them.
func (p *page) anchors() []string {
	var all []string
	for _, l := range p.prose {
		match := heading.FindStringSubmatch(l.text)
		if match == nil {
			continue
		}
		name := anchor(match[1])
		for n, plain := 1, name; slices.Contains(all, name); n++ {
			name = fmt.Sprintf("%s-%d", plain, n)
		}
		all = append(all, name)
	}
	return all
}

// anchor makes the name of a heading: lower case, blanks become dashes, and of what is neither letter nor digit only dashes and low
// lines stay.
func anchor(text string) string {
	text = linkText.ReplaceAllString(text, "$1")
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return -1
	}, text)
}

// target is where a link goes.
type target struct {
	number int
	to     string
}

// links returns the targets of all links of a page.
func (p *page) links() []target {
	var all []target
	for _, l := range p.prose {
		for _, match := range link.FindAllStringSubmatch(codeSpan.ReplaceAllString(l.text, ""), -1) {
			all = append(all, target{l.number, match[1]})
		}
	}
	return all
}

// spans returns what is between backticks in the text of a page.
func (p *page) spans() []line {
	var all []line
	for _, l := range p.prose {
		for _, span := range codeSpan.FindAllString(l.text, -1) {
			all = append(all, line{l.number, strings.Trim(span, "`")})
		}
	}
	return all
}

func TestReadingMarkdown(t *testing.T) {
	p := parsePage("x.md", "# A `b`, c\n\n- item\n\n      of the item\n\ntext [a](b.md#c) `[no](link)`\n\n    code\n\n    more\n\n## A b c\n<!-- code: x -->\n```go\n# no heading\n```\n")
	if got := p.anchors(); !slices.Equal(got, []string{"a-b-c", "a-b-c-1"}) {
		t.Errorf("anchors: %q", got)
	}
	if got := p.links(); len(got) != 1 || got[0] != (target{7, "b.md#c"}) {
		t.Errorf("links: %v", got)
	}
	if got := p.spans(); len(got) != 2 || got[1] != (line{7, "[no](link)"}) {
		t.Errorf("spans: %v", got)
	}
	if len(p.blocks) != 2 || p.blocks[0].kind != "indented" || p.blocks[1].kind != "go" || p.blocks[1].above != "<!-- code: x -->" ||
		!slices.Equal(p.blocks[1].text, []string{"# no heading"}) {
		t.Errorf("blocks: %+v", p.blocks)
	}
}
