package docs_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
	"github.com/kneo-agent/kneo-client-go/profiles"
)

// The code of a page is written in Go files, where it is compiled and run, and copied into the page. A comment above a block says where
// it comes from:
//
//	<!-- code: docs/waiting_test.go Example_waitForOne -->    the body of an example, or what of it is between //docs:show and //docs:hide
//	<!-- code: docs/testing_test.go TestReport -->            any other declaration, as a whole
//	<!-- code: docs/hello/main.go -->                         a whole file
//	<!-- output: docs/waiting_test.go Example_waitForOne -->  what an example says that it prints, after // Output:
//	<!-- file: docs/pictures/graph.mmd -->                    a whole file that is not Go, which some test holds to what writes it
var update = flag.Bool("update", false, "copy code and output from the Go files into the pages")

var origin = regexp.MustCompile(`^<!-- (?:(code|output): (\S+?\.go)(?: (\w+))?|(file): (\S+)) -->$`)

// TestBlocks: every block of every Markdown file is code that is compiled and run, or something else that is tried.
func TestBlocks(t *testing.T) {
	shown := map[string]bool{}
	for _, p := range pages(t) {
		changed := false
		for _, b := range slices.Backward(p.blocks) { // so that those that are still to come stay where they are
			at := fmt.Sprintf("%s:%d", p.path, b.number)
			switch kind := b.kind; {
			case kind == "go" || kind == "text" || kind == "mermaid" || origin.MatchString(b.above):
				want, err := source(b, shown)
				if err != nil {
					t.Errorf("%s: %v", at, err)
				} else if !slices.Equal(b.text, want) {
					if *update {
						p.lines = slices.Replace(p.lines, b.number, b.number+len(b.text), want...)
						changed = true
						continue
					}
					t.Errorf("%s: the block is not what %s has: make docs", at, strings.Trim(b.above, "<!-> "))
				}
			case kind == "toml":
				checkProfiles(t, at, b.text)
			case kind == "sh":
				for _, problem := range checkShell(b.text) {
					t.Errorf("%s: %s", at, problem)
				}
			case kind == "json":
				checkSpec(t, at, b.text)
			default:
				t.Errorf("%s: nothing tries a block of the kind %q; there are go, text, mermaid, toml, sh and json", at, b.kind)
			}
		}
		if changed {
			if err := os.WriteFile(filepath.Join(root, filepath.FromSlash(p.path)), []byte(strings.Join(p.lines, "\n")+"\n"), 0o600); err != nil {
				t.Error(err)
			}
		}
	}
	for _, example := range examples(t) {
		if !shown[example] {
			t.Errorf("%s is in no page", example)
		}
	}
}

// source returns what a block has to be, and notes in shown what it shows.
func source(b block, shown map[string]bool) ([]string, error) {
	match := origin.FindStringSubmatch(b.above)
	if match == nil || (match[1] == "code") != (b.kind == "go") {
		return nil, fmt.Errorf("above a block of %s there has to be a comment that says where it comes from, see docs/check_blocks_test.go", b.kind)
	}
	path, name := match[2]+match[5], match[3]
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(path)))
	if err != nil {
		return nil, err
	}
	if name == "" {
		return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n"), nil
	}
	shown[path+" "+name] = true
	d, err := parseDeclaration(text, name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if match[1] == "output" {
		return d.output, nil
	}
	return d.code()
}

// declaration is a function or a type of a Go file that a page shows.
type declaration struct {
	name   string
	lines  []string // from its comment to its end
	body   []string // of a function, without the comment on its output
	output []string // nil if it has none
}

func parseDeclaration(text []byte, name string) (*declaration, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, "", text, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	all := strings.Split(string(text), "\n")
	lineOf := func(pos token.Pos) int { return set.Position(pos).Line }
	for _, node := range file.Decls {
		if !declares(node, name) {
			continue
		}
		found := &declaration{name: name}
		doc := node.Pos()
		switch node := node.(type) {
		case *ast.GenDecl:
			if node.Doc != nil {
				doc = node.Doc.Pos()
			}
		case *ast.FuncDecl:
			if node.Doc != nil {
				doc = node.Doc.Pos()
			}
			found.body = all[lineOf(node.Body.Lbrace) : lineOf(node.Body.Rbrace)-1]
			found.cutOutput()
		}
		found.lines = all[lineOf(doc)-1 : lineOf(node.End())]
		return found, nil
	}
	return nil, fmt.Errorf("it declares no %s", name)
}

// declares reports whether a declaration is that of a name.
func declares(node ast.Decl, name string) bool {
	switch node := node.(type) {
	case *ast.FuncDecl:
		return node.Recv == nil && node.Name.Name == name
	case *ast.GenDecl:
		return slices.ContainsFunc(node.Specs, func(spec ast.Spec) bool {
			kind, ok := spec.(*ast.TypeSpec)
			return ok && kind.Name.Name == name
		})
	}
	return false
}

// cutOutput takes the comment on the output from the body of an example.
func (d *declaration) cutOutput() {
	for i, line := range d.body {
		if said, ok := strings.CutPrefix(strings.TrimSpace(line), "// Output:"); ok {
			d.output = outputOf(append([]string{said}, d.body[i+1:]...))
			d.body = d.body[:i]
			return
		}
	}
}

// outputOf takes the output out of the comment on it.
func outputOf(comment []string) []string {
	lines := []string{}
	for i, line := range comment {
		line = strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(line), "//"), " ")
		if i > 0 || line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// code returns what a page shows of a declaration.
func (d *declaration) code() ([]string, error) {
	example := strings.HasPrefix(d.name, "Example")
	if example && d.output == nil {
		return nil, fmt.Errorf("%s is not run, since it does not say what it prints", d.name)
	}
	if !slices.ContainsFunc(d.body, isShow) {
		if example {
			return dedent(d.body), nil
		}
		return d.lines, nil
	}
	var shown []string
	showing := false
	for _, line := range d.body {
		switch {
		case isShow(line):
			showing = true
		case strings.TrimSpace(line) == "//docs:hide":
			showing = false
		case showing:
			shown = append(shown, line)
		}
	}
	return dedent(shown), nil
}

func isShow(line string) bool { return strings.TrimSpace(line) == "//docs:show" }

// dedent takes away the tabs that all lines begin with, and empty lines around them.
func dedent(lines []string) []string {
	for len(lines) > 0 && strings.TrimSpace(lines[0]) == "" {
		lines = lines[1:]
	}
	for len(lines) > 0 && strings.TrimSpace(lines[len(lines)-1]) == "" {
		lines = lines[:len(lines)-1]
	}
	least := -1
	for _, line := range lines {
		if tabs := len(line) - len(strings.TrimLeft(line, "\t")); line != "" && (least < 0 || tabs < least) {
			least = tabs
		}
	}
	out := make([]string, len(lines))
	for i, line := range lines {
		if line != "" {
			out[i] = line[least:]
		}
	}
	return out
}

// examples lists the examples of this folder, as the comments in the pages name them.
func examples(t *testing.T) []string {
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range regexp.MustCompile(`(?m)^func (Example\w*)\(\)`).FindAllStringSubmatch(string(text), -1) {
			all = append(all, "docs/"+file+" "+match[1])
		}
	}
	return all
}

// checkProfiles loads each profile of a block as of a file.
func checkProfiles(t *testing.T, at string, text []string) {
	t.Helper()
	clearEnvironment(t)
	file := filepath.Join(t.TempDir(), "client.toml")
	if err := os.WriteFile(file, []byte(strings.Join(text, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	names, err := profiles.Names(file)
	if err != nil || len(names) == 0 {
		t.Errorf("%s: it has the profiles %q, %v", at, names, err)
	}
	for _, name := range names {
		if _, err := profiles.Load(name, profiles.WithFile(file), profiles.WithStrict()); err != nil {
			t.Errorf("%s: %v", at, err)
		}
	}
}

// checkSpec asks the platform whether a block is a spec.
func checkSpec(t *testing.T, at string, text []string) {
	t.Helper()
	var spec map[string]any
	if err := json.Unmarshal([]byte(strings.Join(text, "\n")), &spec); err != nil {
		t.Errorf("%s: %v", at, err)
		return
	}
	srv := kneotest.NewServer(kneotest.WithoutSockets())
	defer srv.Close()
	checked, err := srv.Client().Agent.Specs.ValidateThenCompile(t.Context(), kneo.SpecCompileRequest{Spec: spec})
	if err != nil || !checked.OK() {
		t.Errorf("%s: %v, %+v", at, err, checked)
	}
}

// clearEnvironment has a test see no settings of whoever runs it.
func clearEnvironment(t *testing.T) {
	t.Helper()
	for _, setting := range os.Environ() {
		if name, _, _ := strings.Cut(setting, "="); strings.HasPrefix(name, "KNEO_") {
			t.Setenv(name, "") // has the end of the test put it back
			if err := os.Unsetenv(name); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestCuttingOutCode(t *testing.T) {
	text := []byte("package x\n\n// F is short.\nfunc F() {\n\tg()\n}\n\nfunc ExampleAll() {\n\tif x {\n\n\t\ty()\n\t}\n\t// Output: a\n}\n\n" +
		"func ExamplePart() {\n\tplay(func() {\n\t\t//docs:show\n\t\ty()\n\t\t//docs:hide\n\t})\n\t// Output:\n\t//\n\t// b\n\t//  c\n}\n\nfunc ExampleDead() {\n}\n\ntype (\n\tT int\n)\n")
	for name, want := range map[string][2][]string{
		"T":           {{"type (", "\tT int", ")"}, nil},
		"F":           {{"// F is short.", "func F() {", "\tg()", "}"}, nil},
		"ExampleAll":  {{"if x {", "", "\ty()", "}"}, {"a"}},
		"ExamplePart": {{"y()"}, {"", "b", " c"}},
	} {
		f, err := parseDeclaration(text, name)
		if err != nil {
			t.Fatal(err)
		}
		code, err := f.code()
		if err != nil || !slices.Equal(code, want[0]) || !slices.Equal(f.output, want[1]) {
			t.Errorf("%s: %q, %v, output %q", name, code, err, f.output)
		}
	}
	if f, err := parseDeclaration(text, "ExampleDead"); err != nil {
		t.Error(err)
	} else if _, err := f.code(); err == nil {
		t.Error("an example that is not run passes")
	}
	if _, err := parseDeclaration(text, "Nobody"); err == nil {
		t.Error("a function that is not there passes")
	}
}
