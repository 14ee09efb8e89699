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

// TestKneotest runs the cases against the emulator, and checks that they leave no operation of the contract out. This and the other runs of the
// cases also check that no client has told anybody what it has to keep to itself.
func TestKneotest(t *testing.T) {
	srv, target := Emulator(t)
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
	target.URL = watched.URL
	target.Client = func(opts ...kneo.Option) *kneo.Client {
		return srv.Client(append([]kneo.Option{kneo.WithURL(watched.URL)}, opts...)...)
	}
	told := listen(target, newTransport(t))
	Run(t, target)
	told.check(t, target)
	for _, op := range gen.Operations {
		if !asked[op.ID] {
			t.Errorf("no case asks for %s", op.ID)
		}
	}
}

func TestKneotestWithoutSockets(t *testing.T) {
	srv, target := Emulator(t, kneotest.WithoutSockets())
	told := listen(target, srv.Transport())
	Run(t, target)
	told.check(t, target)
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
		if row := "| `" + op.Method + " " + op.Path + "` | `" + op.ID + "` | " + op.Since + " | `"; !strings.Contains(string(docs), row) {
			t.Errorf("%s has no row in docs/operations.md that begins %s", op.ID, row)
		}
	}
}
