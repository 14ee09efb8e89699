package kneotest_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"strings"
	"time"

	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

func ExampleNewServer() {
	srv := kneotest.NewServer()
	defer srv.Close()

	run, err := srv.Client().Platform.Runs.CreateAndWait(context.Background(), kneo.RunCreateRequest{
		Input: "hello world",
		Spec:  map[string]any{"version": "v1", "agent": map[string]any{"name": "root"}},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(run.OutputText)
	// Output: Final answer: hello world
}

func ExampleWithFunction() {
	srv := kneotest.NewServer(kneotest.WithFunction("billing.total", func(_ context.Context, in string) (string, error) {
		if in == "" {
			return "", &kneotest.StepError{Type: "ValueError", Message: "there is nothing to add up"}
		}
		return fmt.Sprint(len(strings.Fields(in))), nil
	}))
	defer srv.Close()
	spec := map[string]any{
		"version": "v1", "agent": map[string]any{"name": "root"},
		"components": map[string]any{"functions": map[string]any{"total": map[string]any{"implementation": "billing.total"}}},
		"workflow":   map[string]any{"type": "sequential", "name": "bill", "steps": []any{map[string]any{"id": "s", "kind": "function", "ref": "total"}}},
	}
	for _, input := range []string{"one two three", ""} {
		run, err := srv.Client().Platform.Runs.CreateAndWait(context.Background(), kneo.RunCreateRequest{Input: input, Spec: spec})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(run.Status, run.OutputText, run.Error != nil)
	}
	// Output:
	// completed 3 false
	// failed  true
}

func ExampleWithKey() {
	srv := kneotest.NewServer(kneotest.WithKey("auditor", "auditors-key", "audit:read"))
	defer srv.Close()

	client := srv.Client(kneo.WithAPIKey("auditors-key"))
	_, err := client.Platform.Audit.List(context.Background(), kneo.AuditListParams{})
	fmt.Println(err)
	_, err = client.Platform.Runs.List(context.Background(), kneo.RunListParams{})
	fmt.Println(errors.Is(err, kneo.ErrForbidden))
	// Output:
	// <nil>
	// true
}

func ExampleServer_AddRuns() {
	srv := kneotest.NewServer()
	defer srv.Close()
	srv.AddRuns(
		kneotest.PresetRun{RunID: "yesterday", Status: kneo.RunExpired, CreatedAt: time.Now().Add(-24 * time.Hour)},
		kneotest.PresetRun{RunID: "today", Status: kneo.RunRunning},
	)
	for run, err := range srv.Client().Platform.Runs.All(context.Background(), kneo.RunListParams{}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(run.RunID, run.Status)
	}
	// Output:
	// yesterday expired
	// today running
}

func ExampleWithVersion() {
	srv := kneotest.NewServer(kneotest.WithVersion("0.9.0"))
	defer srv.Close()

	_, err := srv.Client().Platform.Runs.List(context.Background(), kneo.RunListParams{WorkflowName: "nightly"})
	fmt.Println(errors.Is(err, kneo.ErrUnsupported))
	fmt.Println(err)
	// Output:
	// true
	// kneo: GET /v1/runs was not sent: the filter workflow_name needs kneo-serv 1.1.0, and this server is 0.9.0
}
