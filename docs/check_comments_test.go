package docs_test

import (
	"go/ast"
	"go/build"
	"go/doc"
	"go/doc/comment"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestComments: links in doc comments lead somewhere, and the code in package comments is code of a test.
func TestComments(t *testing.T) {
	code := testCode(t)
	links := 0
	for _, pkg := range loadAPI(t).packages {
		documented := parsePackage(t, strings.TrimPrefix(pkg.Path(), module+"/"), pkg.Path())
		for name, text := range commentsOf(documented) {
			parsed := documented.Parser().Parse(text)
			links += strings.Count(string(documented.Printer().Markdown(parsed)), "](")
			for _, plain := range plainTexts(parsed.Content) {
				for _, dead := range deadLink.FindAllString(plain, -1) {
					t.Errorf("package %s, %s: %s is no link: nothing of that name is there", pkg.Name(), name, dead)
				}
			}
			if name != "the package" {
				continue
			}
			for _, content := range parsed.Content {
				if block, ok := content.(*comment.Code); ok {
					checkCommentCode(t, pkg.Name(), block.Text, code)
				}
			}
		}
	}
	if links < 100 {
		t.Errorf("only %d links found", links)
	}
}

// deadLink is what looks like a link to a name, and would be one if there were such a name.
var deadLink = regexp.MustCompile(`\[\*?(?:[a-z]+\.)?[A-Z]\w*[a-z]\w*(?:\.\w+)?\]`)

func parsePackage(t *testing.T, folder, path string) *doc.Package {
	t.Helper()
	found, err := build.ImportDir(filepath.Join(root, folder), 0)
	if err != nil {
		t.Fatal(err)
	}
	set := token.NewFileSet()
	var files []*ast.File
	for _, name := range found.GoFiles {
		file, err := parser.ParseFile(set, filepath.Join(found.Dir, name), nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	documented, err := doc.NewFromFiles(set, files, path)
	if err != nil {
		t.Fatal(err)
	}
	return documented
}

// commentsOf returns the comments that a package has on itself and on what it exports, by what they are on.
func commentsOf(pkg *doc.Package) map[string]string {
	all := map[string]string{"the package": pkg.Doc}
	values := func(list []*doc.Value) {
		for _, v := range list {
			all[v.Names[0]] = v.Doc
		}
	}
	functions := func(owner string, list []*doc.Func) {
		for _, f := range list {
			all[owner+f.Name] = f.Doc
		}
	}
	values(pkg.Consts)
	values(pkg.Vars)
	functions("", pkg.Funcs)
	for _, kind := range pkg.Types {
		all[kind.Name] = kind.Doc
		values(kind.Consts)
		values(kind.Vars)
		functions("", kind.Funcs)
		functions(kind.Name+".", kind.Methods)
	}
	return all
}

// plainTexts returns what of a comment is plain text.
func plainTexts(blocks []comment.Block) (all []string) {
	inText := func(texts []comment.Text) {
		for _, text := range texts {
			if plain, ok := text.(comment.Plain); ok {
				all = append(all, string(plain))
			}
		}
	}
	for _, block := range blocks {
		switch block := block.(type) {
		case *comment.Paragraph:
			inText(block.Text)
		case *comment.Heading:
			inText(block.Text)
		case *comment.List:
			for _, item := range block.Items {
				all = append(all, plainTexts(item.Content)...)
			}
		}
	}
	return all
}

// checkCommentCode looks for the lines of a code block in tests, one after another; a profile file is loaded.
func checkCommentCode(t *testing.T, pkg, text string, code []string) {
	t.Helper()
	lines := trimmed(text)
	if strings.Contains(text, "api_key =") {
		checkProfiles(t, "package "+pkg, lines)
		return
	}
	for _, file := range code {
		if strings.Contains(file, "\n"+strings.Join(lines, "\n")+"\n") {
			return
		}
	}
	t.Errorf("package %s: no test has the code\n%s", pkg, text)
}

// TestAliases: the types that package kneo takes from package gen have their comments there, too, for who sees no other. With -update they
// are copied.
func TestAliases(t *testing.T) {
	const file = "../kneo/types.go"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	comments := map[string]string{}
	for _, kind := range parsePackage(t, "gen", module+"/gen").Types {
		comments[kind.Name] = kind.Doc
	}
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, file, text, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	aliases, changed := 0, false
	for _, decl := range slices.Backward(parsed.Decls) { // so that those that are still to come stay where they are
		group, ok := decl.(*ast.GenDecl)
		if !ok || group.Tok != token.TYPE {
			continue
		}
		for _, spec := range slices.Backward(group.Specs) {
			alias := spec.(*ast.TypeSpec)
			target, ok := alias.Type.(*ast.SelectorExpr)
			if !ok || !group.Lparen.IsValid() {
				continue
			}
			aliases++
			want := linkToName.ReplaceAllString(comments[target.Sel.Name], "[${1}gen.$2")
			if alias.Name.Name != target.Sel.Name {
				want = strings.Replace(want, target.Sel.Name, alias.Name.Name, 1)
			}
			if alias.Doc.Text() == want {
				continue
			}
			if !*update {
				t.Errorf("the comment of %s is not that of gen.%s: make docs", alias.Name.Name, target.Sel.Name)
				continue
			}
			changed = true
			at := set.Position(alias.Pos()).Line - 1
			first := at
			if alias.Doc != nil {
				first = set.Position(alias.Doc.Pos()).Line - 1
			}
			lines = slices.Replace(lines, first, at, asComment(want)...)
		}
	}
	if aliases < 80 {
		t.Errorf("only %d aliases found", aliases)
	}
	if changed {
		formatted, err := format.Source([]byte(strings.Join(lines, "\n")))
		if err == nil {
			err = os.WriteFile(file, formatted, 0o600)
		}
		if err != nil {
			t.Error(err)
		}
	}
}

// linkToName is the beginning of a link to a name of the same package.
var linkToName = regexp.MustCompile(`\[(\*?)([A-Z])`)

// asComment returns the lines of a comment.
func asComment(text string) []string {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight("\t// "+line, " ")
	}
	return lines
}

// testCode returns the content of all test files and programs, as trimmed has it.
func testCode(t *testing.T) (all []string) {
	t.Helper()
	for _, pattern := range []string{"docs/*_test.go", "docs/*/*.go", "kneo/*_test.go", "kneo/*/*_test.go", "profiles/*_test.go"} {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, "\n"+strings.Join(trimmed(string(text)), "\n")+"\n")
		}
	}
	return all
}

// trimmed returns the lines of a text that are not empty, without the white space around them.
func trimmed(text string) []string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return slices.DeleteFunc(lines, func(line string) bool { return line == "" || strings.HasPrefix(line, "//docs:") })
}
