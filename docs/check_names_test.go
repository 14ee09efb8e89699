package docs_test

import (
	"fmt"
	"go/types"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/kneo-agent/kneo-client-go/internal/compiled"
)

// TestNames: what a page names between backticks is there: names of the packages, paths of this repository, commands, variables.
func TestNames(t *testing.T) {
	api := loadAPI(t)
	for _, p := range pages(t) {
		for _, span := range p.spans() {
			for _, problem := range slices.Concat(api.check(span.text), checkPath(p, span.text), checkInlineCommand(span.text)) {
				t.Errorf("%s:%d: `%s`: %s", p.path, span.number, span.text, problem)
			}
		}
		for _, l := range p.prose {
			if problem := checkVariables(l.text); problem != "" {
				t.Errorf("%s:%d: %s", p.path, l.number, problem)
			}
		}
	}
}

// TestReadmeHasAllMethods: the table of README has every method of every service.
func TestReadmeHasAllMethods(t *testing.T) {
	api := loadAPI(t)
	rows := map[string]string{}
	for _, l := range readPage(t, filepath.Join(root, "README.md")).prose {
		if cells := strings.Split(l.text, "|"); len(cells) == 4 {
			rows[strings.TrimSpace(cells[1])] += cells[2]
		}
	}
	scope := api.packages["kneo"].Scope()
	for _, side := range []string{"Platform", "Agent"} {
		for _, service := range membersOf(scope.Lookup(side).Type()) {
			words := regexp.MustCompile(`([a-z])([A-Z])`).ReplaceAllString(service.Name(), "$1 $2") // HumanTasks are human tasks
			for _, method := range membersOf(service.Type()) {
				if row := strings.ToLower(words); !strings.Contains(rows[row], "`"+method.Name()+"`") {
					t.Errorf("README.md has no %s in the row %s", method.Name(), row)
				}
			}
		}
	}
}

// api is what the packages export.
type api struct {
	packages map[string]*types.Package // by name
	members  map[string]bool           // "X.Y" for a member Y of a type X, or of the type of a field or variable X of some type
	names    map[string]bool           // of the package level
}

// loadAPI reads the packages that users import.
var loadAPI = func() func(t *testing.T) *api {
	load := sync.OnceValues(func() (*api, error) {
		all, err := compiled.List(root, "./...")
		if err != nil {
			return nil, err
		}
		a := &api{map[string]*types.Package{}, map[string]bool{}, map[string]bool{}}
		imports := all.Importer()
		for _, path := range all.Paths {
			if strings.Contains(path, "/internal/") || strings.Contains(path, "/examples/") || strings.Contains(path, "/docs") {
				continue
			}
			pkg, err := imports.Import(path)
			if err != nil {
				return nil, err
			}
			a.add(pkg)
		}
		return a, nil
	})
	return func(t *testing.T) *api {
		t.Helper()
		a, err := load()
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
}()

func (a *api) add(pkg *types.Package) {
	a.packages[pkg.Name()] = pkg
	for _, name := range pkg.Scope().Names() {
		object := pkg.Scope().Lookup(name)
		if !object.Exported() {
			continue
		}
		a.names[name] = true
		if _, ok := object.(*types.TypeName); !ok {
			continue
		}
		for _, member := range membersOf(object.Type()) {
			a.members[name+"."+member.Name()] = true
			// Texts also say Details.Fields, or Runs.Get.
			for _, deeper := range membersOf(member.Type()) {
				a.members[member.Name()+"."+deeper.Name()] = true
			}
		}
	}
}

// membersOf returns the exported fields and methods of a type, or of what it points to.
func membersOf(t types.Type) (all []types.Object) {
	t = types.Unalias(t)
	if pointer, ok := t.(*types.Pointer); ok {
		t = types.Unalias(pointer.Elem())
	}
	if _, ok := t.(*types.Signature); ok {
		return nil
	}
	if structure, ok := t.Underlying().(*types.Struct); ok {
		for i := range structure.NumFields() {
			field := structure.Field(i)
			if field.Embedded() {
				all = append(all, membersOf(field.Type())...)
			}
			if field.Exported() {
				all = append(all, field)
			}
		}
	}
	set := types.NewMethodSet(types.NewPointer(t))
	for i := range set.Len() {
		if method := set.At(i).Obj(); method.Exported() {
			all = append(all, method)
		}
	}
	return all
}

var (
	selector = regexp.MustCompile(`\b\w+(?:\.[A-Z]\w*[a-z]\w*)+`)
	known    = regexp.MustCompile(`\b(?:With|Err|Code|Outcome)[A-Z]\w*`)
)

// variables are what pages call values of these types.
var variables = map[string]string{"client": "Client", "srv": "Server", "run": "Run", "page": "Page", "task": "HumanTask"}

// check says which names of a text look like those of the packages and are not.
func (a *api) check(text string) (problems []string) {
	for _, chain := range selector.FindAllString(text, -1) {
		names := strings.Split(chain, ".")
		var object types.Object
		switch {
		case a.packages[names[0]] != nil:
			object = a.packages[names[0]].Scope().Lookup(names[1])
			if object == nil {
				problems = append(problems, fmt.Sprintf("package %s has no %s", names[0], names[1]))
				continue
			}
			names = names[1:]
		case variables[names[0]] != "":
			object = a.lookup(variables[names[0]])
		case strings.ToUpper(names[0][:1]) == names[0][:1]:
			if !a.members[names[0]+"."+names[1]] {
				problems = append(problems, fmt.Sprintf("there is no %s with a member %s", names[0], names[1]))
			}
			continue
		default:
			continue // of some other package
		}
		for _, name := range names[1:] {
			i := slices.IndexFunc(membersOf(object.Type()), func(member types.Object) bool { return member.Name() == name })
			if i < 0 {
				problems = append(problems, fmt.Sprintf("%s has no member %s", object.Name(), name))
				break
			}
			object = membersOf(object.Type())[i]
		}
	}
	for _, name := range known.FindAllString(text, -1) {
		if !a.names[name] && !strings.Contains(text, "."+name) {
			problems = append(problems, "no package has "+name)
		}
	}
	return problems
}

func (a *api) lookup(name string) types.Object {
	for _, pkg := range a.packages {
		if object := pkg.Scope().Lookup(name); object != nil && pkg.Name() != "gen" {
			return object
		}
	}
	return nil
}

// checkPath says whether what looks like a path of the repository is one. It may be written from the root, or from the folder of the page.
func checkPath(p *page, text string) []string {
	first, _, isPath := strings.Cut(strings.TrimPrefix(text, "./"), "/")
	if !isPath || first == "" || strings.ContainsAny(text, " *$<>{}|:") {
		return nil
	}
	text = strings.TrimSuffix(text, "/...")
	looksLikeOne := false
	for _, folder := range []string{root, filepath.Join(root, filepath.Dir(p.path))} {
		if _, err := os.Stat(filepath.Join(folder, filepath.FromSlash(text))); err == nil {
			return nil
		}
		info, err := os.Stat(filepath.Join(folder, first))
		looksLikeOne = looksLikeOne || err == nil && info.IsDir()
	}
	if looksLikeOne {
		return []string{"there is no such file or folder"}
	}
	return nil
}

// checkInlineCommand looks at a span that is a command of make or go.
func checkInlineCommand(text string) []string {
	if !strings.HasPrefix(text, "make ") && !strings.HasPrefix(text, "go ") {
		return nil
	}
	return checkShell([]string{text})
}

func TestWrongNamesAreFound(t *testing.T) {
	api := loadAPI(t)
	for text, wrong := range map[string]bool{
		"kneo.ErrNotFound": false, "*kneo.Error": false, "client.Platform.Runs.Create(ctx, kneo.RunCreateRequest{Spec: spec})": false,
		"gen.Run.Err": false, "kneo.Run.Err": false, "RunsService.All": false, "Runs.All": false, "Details.Fields": false, "Page.Window": false,
		"WithProfile": false, "profiles.WithFile": false, "kneotest.WithClock(c)": false, "srv.Calls": false, "run.Err()": false,
		"WaitTimeoutError.Run": false, "context.Canceled": false, "http.Client": false, "CodeQueueFull": false, "client.Close()": false,
		"kneo.ErrNotThere": true, "client.Platform.Runs.Creat(ctx)": true, "client.Runs.Create": true, "Runs.Creat": true, "WithProfil": true,
		"kneo.Run.Er": true, "ErrNowhere": true, "CodeNone": true, "kneotest.NewClient": true, "srv.Call": true, "Nothing.At": true,
	} {
		if problems := api.check(text); (len(problems) > 0) != wrong {
			t.Errorf("%s: %q", text, problems)
		}
	}
	here := &page{path: "docs/here.md"}
	for text, wrong := range map[string]bool{
		"kneo/chain.go": false, "./kneo": false, "docs/README.md": false, "~/.config/kneo": false, "a/b": false, "/v1/runs": false, "kneo/...": false,
		"kneo/nope.go": true, "./docs/nope": true,
	} {
		if problems := checkPath(here, text); (len(problems) > 0) != wrong {
			t.Errorf("%s: %q", text, problems)
		}
	}
	if checkVariables("KNEO_URL KNEO_SERV_ANYTHING") != "" || checkVariables("KNEO_ADDRESS") == "" {
		t.Error("the variables are not told apart")
	}
}
