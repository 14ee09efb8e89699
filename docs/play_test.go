package docs_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"testing"

	"github.com/kneo-agent/kneo-client-go/internal/leaks"
	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

func TestMain(m *testing.M) { os.Exit(leaks.Run(m)) }

// play runs an example on a platform in this process, and prints the error that it ends with.
func play(example func(ctx context.Context, client *kneo.Client) error, opts ...kneotest.Option) {
	srv := kneotest.NewServer(opts...)
	defer srv.Close()
	playOn(srv, example)
}

// playOn does the same for an example that does something to the platform.
func playOn(srv *kneotest.Server, example func(ctx context.Context, client *kneo.Client) error, opts ...kneo.Option) {
	client := srv.Client(opts...)
	defer client.Close()
	if err := example(context.Background(), client); err != nil {
		fmt.Println("error:", err)
	}
}

// inFolder makes a file with some content in a folder of its own, and returns its path and what removes both.
func inFolder(name, content string) (path string, remove func()) {
	folder, err := os.MkdirTemp("", "kneo")
	if err != nil {
		log.Fatal(err)
	}
	path = filepath.Join(folder, filepath.FromSlash(name))
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(content), 0o600)); err != nil {
		log.Fatal(err)
	}
	return path, func() { _ = os.RemoveAll(folder) }
}

// spec is an agent and nothing else. A platform that has no model answers with the input.
var spec = map[string]any{"version": "v1", "agent": map[string]any{"name": "root"}}

// workflow makes a spec of steps that are run one after another. A step is the name of a function, or "human".
func workflow(name string, steps ...string) map[string]any {
	functions := map[string]any{}
	list := make([]any, len(steps))
	for i, step := range steps {
		kind := "function"
		if step == "human" {
			kind = "human"
		} else {
			functions[step] = map[string]any{"implementation": step}
		}
		list[i] = map[string]any{"id": fmt.Sprintf("s%d", i+1), "kind": kind, "ref": step}
	}
	return map[string]any{
		"version": "v1", "agent": map[string]any{"name": "root"},
		"components": map[string]any{"functions": functions, "humans": map[string]any{"human": map[string]any{}}},
		"workflow":   map[string]any{"type": "sequential", "name": name, "steps": list},
	}
}
