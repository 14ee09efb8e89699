package docs_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

// TestHello builds the program of README in a module of its own, as README says how, and runs it. Only go mod tidy is left out, which would
// ask the network: what it finds out is taken from this repository.
func TestHello(t *testing.T) {
	clearEnvironment(t)
	repository, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	for _, file := range []string{"docs/hello/main.go", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, filepath.Base(file)), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run := func(name string, args ...string) string {
		t.Helper()
		cmd := exec.Command(name, args...)
		cmd.Dir = folder
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	t.Setenv("GOFLAGS", "-mod=mod")
	t.Setenv("GOPROXY", "off")
	t.Setenv("GONOSUMDB", "*")
	run("go", "mod", "init", "example.com/hello")
	run("go", "mod", "edit", "-replace", module+"="+repository, "-require", module+"@v0.0.0")
	run("go", "build", "-o", "hello", ".")

	srv := kneotest.NewServer(kneotest.WithCleanup(t))
	t.Setenv("KNEO_URL", srv.URL)
	t.Setenv("KNEO_API_KEY", srv.APIKey)
	if out := run(filepath.Join(folder, "hello")); out != "completed Final answer: hello world\n" {
		t.Errorf("it prints %q", out)
	}
}

// The first call.
func Example_first() {
	srv := kneotest.NewServer()
	defer srv.Close()
	defer setenv("KNEO_URL", srv.URL)()
	defer setenv("KNEO_API_KEY", srv.APIKey)()
	ctx := context.Background()
	//docs:show
	client, err := kneo.NewClient()
	if err != nil {
		log.Fatal(err)
	}
	run, err := client.Platform.Runs.CreateAndWait(ctx, kneo.RunCreateRequest{
		Input: "hello world",
		Spec:  map[string]any{"version": "v1", "agent": map[string]any{"name": "root"}},
	})
	//docs:hide
	defer client.Close()
	fmt.Println(run.OutputText, err)
	// Output: Final answer: hello world <nil>
}

// setenv sets a variable, and returns what puts the old value back.
func setenv(name, value string) (restore func()) {
	old, was := os.LookupEnv(name)
	restore = func() { _ = os.Setenv(name, old) }
	if !was {
		restore = func() { _ = os.Unsetenv(name) }
	}
	_ = os.Setenv(name, value)
	return restore
}

func Example_connect() {
	srv := kneotest.NewServer()
	defer srv.Close()
	defer setenv("KNEO_URL", srv.URL)()
	defer setenv("KNEO_API_KEY", srv.APIKey)()
	ctx := context.Background()
	//docs:show
	client, err := kneo.NewClient()
	if err != nil {
		log.Fatal(err) // says which setting is missing or wrong, and where it was looked for
	}
	defer client.Close()
	if err := client.Check(ctx); err != nil {
		log.Fatal(err) // the platform is not ready, cannot be reached, or does not take the key
	}
	version, err := client.ServerVersion(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("connected to server", version)
	// Output: connected to server 1.2.0
}

func Example_run() {
	play(func(ctx context.Context, client *kneo.Client) error {
		//docs:show
		spec := map[string]any{
			"version": "v1",
			"agent":   map[string]any{"name": "root"},
			"components": map[string]any{"functions": map[string]any{
				"capitalize": map[string]any{"implementation": "string.capwords"},
			}},
			"workflow": map[string]any{"type": "sequential", "name": "greeting", "steps": []any{
				map[string]any{"id": "capitalize", "kind": "function", "ref": "capitalize"},
			}},
		}
		created, err := client.Platform.Runs.Create(ctx, kneo.RunCreateRequest{Input: "hello world", Spec: spec, AsyncMode: true})
		if err != nil {
			return err
		}
		run, err := client.Platform.Runs.WaitForCompletion(ctx, created.RunID, kneo.WithWaitTimeout(time.Minute))
		if err != nil {
			return err // the wait failed; the run goes on
		}
		if err := run.Err(); err != nil {
			return err // the wait is over; the run failed
		}
		fmt.Println(run.Status, run.OutputText)

		trace, err := client.Platform.Runs.Trace(ctx, run.RunID, kneo.TraceParams{})
		if err != nil {
			return err
		}
		for _, event := range trace.Items {
			fmt.Println(event.Type, event.WorkflowName)
		}
		//docs:hide
		return nil
	})
	// Output:
	// completed Hello World
	// workflow_started greeting
	// workflow_completed greeting
}
