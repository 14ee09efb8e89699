package conformance

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/kneo-agent/kneo-client-go/gen"
	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

// TestKneotest runs the cases against the emulator, and checks that they leave no operation of the contract out.
func TestKneotest(t *testing.T) {
	srv := newKneotest(t)
	var mu sync.Mutex
	asked := map[string]bool{}
	watched := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if op := gen.FindOperation(r.Method, r.URL.EscapedPath()); op != nil {
			mu.Lock()
			asked[op.ID] = true
			mu.Unlock()
		}
		srv.ServeHTTP(w, r)
	}))
	defer watched.Close()
	Run(t, &Target{URL: watched.URL, Keys: keys(), Client: func(opts ...kneo.Option) *kneo.Client {
		return srv.Client(append([]kneo.Option{kneo.WithURL(watched.URL)}, opts...)...)
	}})
	for _, op := range gen.Operations {
		if !asked[op.ID] {
			t.Errorf("no case asks for %s", op.ID)
		}
	}
}

func TestKneotestWithoutSockets(t *testing.T) {
	srv := newKneotest(t, kneotest.WithoutSockets())
	Run(t, &Target{URL: srv.URL, Keys: keys(), Client: srv.Client})
}

// keys has a key for each role.
func keys() map[string]string {
	all := map[string]string{}
	for _, role := range Roles {
		all[role] = role + "-key"
	}
	return all
}

func newKneotest(t *testing.T, opts ...kneotest.Option) *kneotest.Server {
	opts = append(opts, kneotest.WithCleanup(t), kneotest.WithAPIKey("admin-key"))
	for _, role := range Roles[1:] {
		opts = append(opts, kneotest.WithKey(role, role+"-key", role))
	}
	return kneotest.NewServer(opts...)
}

// TestEveryOperationIsWrappedAndTold: a new operation of the contract needs a method in package kneo and a row in the docs.
func TestEveryOperationIsWrappedAndTold(t *testing.T) {
	docs, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("../../kneo/*.go")
	if err != nil {
		t.Fatal(err)
	}
	var code strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		code.Write(text)
	}
	for _, op := range gen.Operations {
		if !strings.Contains(code.String(), "gen.Op"+op.ID+",") {
			t.Errorf("%s has no method in package kneo", op.ID)
		}
		if row := "| `" + op.Method + " " + op.Path + "` | " + op.Since + " | `"; !strings.Contains(string(docs), row) {
			t.Errorf("%s has no row in docs/operations.md that begins %s", op.ID, row)
		}
	}
}
