package docs_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"regexp"
	"strings"
	"testing"

	"github.com/kneo-agent/kneo-client-go/internal/compiled"
)

// TestCalls: a call or a value that stands between backticks compiles.
func TestCalls(t *testing.T) {
	packages, err := compiled.List(root, "./kneo", "./profiles", "./kneo/kneotest")
	if err != nil {
		t.Fatal(err)
	}
	imports := packages.Importer()
	check := func(text string) []string { return checkCall(imports, text) }
	calls := 0
	for _, p := range pages(t) {
		for _, span := range p.spans() {
			if isCall(span.text) {
				calls++
				for _, problem := range check(span.text) {
					t.Errorf("%s:%d: `%s`: %s", p.path, span.number, span.text, problem)
				}
			}
		}
	}
	if calls < 50 {
		t.Errorf("only %d calls found", calls)
	}
	for text, wrong := range map[string]bool{
		"Runs.Get(ctx, id)": false, "client.Platform.Runs.List(ctx, params)": false, "kneo.RetryPolicy{MaxAttempts: 5}": false, "kneo.Approve()": false,
		"Runs.Get(id)": true, "Runs.Get(ctx)": true, "kneo.RetryPolicy{Attempts: 5}": true, "kneo.WithTimeout(\"5s\")": true, "client.Close(1)": true,
	} {
		if problems := check(text); (len(problems) > 0) != wrong {
			t.Errorf("%s: %q", text, problems)
		}
	}
}

var callStart = regexp.MustCompile(`^(?:kneo|profiles|kneotest|client|srv|run|page|Health|Runs|HumanTasks|Audit|Credentials|Policies|Specs|Skills)\.[A-Z]\w*`)

// isCall reports whether a text is a Go expression that calls something of the library, or makes a value of one of its types.
func isCall(text string) bool {
	if !callStart.MatchString(text) || strings.Contains(text, "...") {
		return false
	}
	expression, err := parser.ParseExpr(text)
	if err != nil {
		return false
	}
	switch expression.(type) {
	case *ast.CallExpr, *ast.CompositeLit:
		return true
	}
	return false
}

// scope is what calls may name. Of what is unknown the type may be any.
const scope = `package scope

import (
	"context"
	"time"

	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
	"github.com/kneo-agent/kneo-client-go/profiles"
)

type unknown struct{}

var (
	req, params, policy, profile, body, out, c unknown

	id, cid, env, method, path, reason, text, option string

	n      int
	ctx    context.Context
	spec   map[string]any
	client *kneo.Client
	srv    *kneotest.Server
	run    *kneo.Run
	page   *kneo.Page[kneo.RunSummary]
	_      profiles.Profile
	_      time.Duration

	kneootel struct{ Hooks func(...any) kneo.Hooks } // a package of another module

	Health      = client.Platform.Health
	Runs        = client.Platform.Runs
	HumanTasks  = client.Platform.HumanTasks
	Audit       = client.Platform.Audit
	Credentials = client.Platform.Credentials
	Policies    = client.Platform.Policies
	Specs       = client.Agent.Specs
	Skills      = client.Agent.Skills
)

`

// checkCall says what the compiler has against an expression.
func checkCall(imports types.Importer, text string) (problems []string) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, "", scope+fmt.Sprintf("func _() { take(%s) }\n\nfunc take(...any) {}\n", text), 0)
	if err != nil {
		return []string{err.Error()}
	}
	config := types.Config{Importer: imports, Error: func(err error) {
		if !strings.Contains(err.Error(), "of struct type unknown") {
			problems = append(problems, err.Error())
		}
	}}
	_, _ = config.Check("scope", set, []*ast.File{file}, nil)
	return problems
}
