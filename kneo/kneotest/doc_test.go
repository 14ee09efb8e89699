package kneotest_test

import (
	"testing"

	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

// TestReport is the example of the package's comment.
func TestReport(t *testing.T) {
	srv := kneotest.NewServer(kneotest.WithCleanup(t))
	client := srv.Client()

	run, err := client.Platform.Runs.CreateAndWait(t.Context(), kneo.RunCreateRequest{
		Input: "hello world",
		Spec:  map[string]any{"version": "v1", "agent": map[string]any{"name": "root"}},
	})
	if err != nil || run.OutputText != "Final answer: hello world" {
		t.Fatalf("%+v, %v", run, err)
	}
	if n := srv.Calls("CreateRun"); n != 1 {
		t.Errorf("%d creates", n)
	}
}
