package docs_test

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kneo-agent/kneo-client-go/internal/compiled"
)

// TestDefaults: the numbers in the pages are those of the code.
func TestDefaults(t *testing.T) {
	for _, c := range []struct{ page, text, expression string }{
		{"idempotency.md", "| `MaxAttempts` | %s |", "kneo.defaultRetryPolicy.MaxAttempts"},
		{"idempotency.md", "| `BaseDelay` | %s |", "kneo.defaultRetryPolicy.BaseDelay"},
		{"idempotency.md", "| `MaxDelay` | %s |", "kneo.defaultRetryPolicy.MaxDelay"},
		{"idempotency.md", "| `MaxRetryAfter` | %s |", "kneo.defaultRetryPolicy.MaxRetryAfter"},
		{"idempotency.md", "is tried for %s at the most", "kneo.connectPatience"},
		{"idempotency.md", "It allows %s retries in a row", "kneo.budgetSize/retryCost"},
		{"idempotency.md", "to the last byte of the answer | %s |", "profiles.DefaultTimeout"},
		{"idempotency.md", "| making a connection | %s |", "kneo.dialTimeout"},
		{"profiles.md", "| timeout of an attempt | `timeout`, in seconds | `KNEO_TIMEOUT`, in seconds | `kneo.WithTimeout` | %s |", "profiles.DefaultTimeout"},
		{"pagination.md", "| `Limit` | %s |", "kneo.defaultPage"},
		{"pagination.md", "| 1 to %s. A walk uses it", "kneo.maxPage"},
		{"pagination.md", "## Beyond %s rows", "kneo.window"},
		{"waiting.md", "| between the first looks | %s |", "kneo.firstLook"},
		{"waiting.md", "| between later looks | %s %% of the time gone by |", "kneo.lookShare*100"},
		{"waiting.md", "| longest pause | %s |", "kneo.lastLook"},
		{"waiting.md", "| longest pause while the platform does not answer | %s, or its", "kneo.maxOutagePause"},
		{"waiting.md", "or its `Retry-After` up to %s |", "kneo.defaultRetryPolicy.MaxRetryAfter"},
		{"waiting.md", "| shortest interval that can be asked for | %s |", "kneo.minPollInterval"},
		{"waiting.md", "| `WithServerShare` | %s |", "kneo.defaultShare"},
		{"human-tasks.md", "| while tasks appear | %s |", "kneo.firstWatch"},
		{"human-tasks.md", "| when none have appeared for a while | %s |", "kneo.lastWatch"},
		{"security.md", "| an answer, after decompression | %s MiB,", "kneo.defaultMaxBody>>20"},
		{"security.md", "| the body of an error | %s MiB |", "kneo.maxErrorBody>>20"},
		{"security.md", "| headers | %s MiB |", "kneo.maxHeaderBytes>>20"},
		{"security.md", "closes idle ones after %s seconds", "kneo.idleTimeout/time.Second"},
	} {
		text, err := os.ReadFile(c.page)
		if err != nil {
			t.Fatal(err)
		}
		name, expression, _ := strings.Cut(c.expression, ".")
		want := fmt.Sprintf(c.text, sourceOf(t, name).eval(t, expression))
		if !strings.Contains(string(text), want) {
			t.Errorf("%s does not say: %s", c.page, want)
		}
	}
}

// sources is a package that was read from its source, so that what it does not export can be seen, too.
type sources struct {
	set   *token.FileSet
	files []*ast.File
	pkg   *types.Package
	info  types.Info
}

var read = map[string]*sources{}

func sourceOf(t *testing.T, name string) *sources {
	t.Helper()
	if read[name] != nil {
		return read[name]
	}
	s := &sources{set: token.NewFileSet(), info: types.Info{Types: map[ast.Expr]types.TypeAndValue{}}}
	found, err := build.ImportDir(filepath.Join(root, name), 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range found.GoFiles {
		parsed, err := parser.ParseFile(s.set, filepath.Join(found.Dir, file), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		s.files = append(s.files, parsed)
	}
	packages, err := compiled.List(root, "./"+name)
	if err != nil {
		t.Fatal(err)
	}
	config := types.Config{Importer: packages.Importer(), IgnoreFuncBodies: true}
	if s.pkg, err = config.Check(name, s.set, s.files, &s.info); err != nil {
		t.Fatal(err)
	}
	read[name] = s
	return s
}

// eval returns the value of an expression of constants of the package, or of a field of a variable that is declared with it, as the pages
// write it.
func (s *sources) eval(t *testing.T, expression string) string {
	t.Helper()
	if owner, field, ok := strings.Cut(expression, "."); ok && s.pkg.Scope().Lookup(owner) != nil {
		return written(s.field(t, owner, field))
	}
	// The constants of a package, and the imports of one of its files, are in the scope of that file.
	for _, file := range s.files {
		if value, err := types.Eval(s.set, s.pkg, file.Name.End(), expression); err == nil {
			return written(value)
		}
	}
	t.Fatalf("package %s has no %s", s.pkg.Name(), expression)
	return ""
}

// field returns the value that a struct has for a field in the declaration of a variable.
func (s *sources) field(t *testing.T, owner, field string) (value types.TypeAndValue) {
	t.Helper()
	for _, file := range s.files {
		ast.Inspect(file, func(node ast.Node) bool {
			spec, ok := node.(*ast.ValueSpec)
			if !ok || spec.Names[0].Name != owner {
				return true
			}
			for _, element := range spec.Values[0].(*ast.CompositeLit).Elts {
				if pair := element.(*ast.KeyValueExpr); pair.Key.(*ast.Ident).Name == field {
					value = s.info.Types[pair.Value]
				}
			}
			return false
		})
	}
	if value.Value == nil {
		t.Fatalf("package %s has no %s.%s", s.pkg.Name(), owner, field)
	}
	return value
}

// written is a value as the pages write it: 50 ms, 2 s, 1,000, 0.25.
func written(v types.TypeAndValue) string {
	if v.Type != nil && v.Type.String() == "time.Duration" {
		nanoseconds, _ := constant.Int64Val(constant.ToInt(v.Value))
		switch d := time.Duration(nanoseconds); {
		case d < time.Second && d > time.Microsecond:
			return fmt.Sprintf("%d ms", d.Milliseconds())
		case d > time.Microsecond:
			return fmt.Sprintf("%g s", d.Seconds())
		default:
			return fmt.Sprint(nanoseconds) // a number of units
		}
	}
	text := v.Value.ExactString()
	if f, exact := constant.Float64Val(v.Value); v.Value.Kind() != constant.Int && (exact || f != 0) {
		text = fmt.Sprintf("%g", f)
	}
	if len(text) > 3 && !strings.Contains(text, ".") {
		text = text[:len(text)-3] + "," + text[len(text)-3:]
	}
	return text
}
