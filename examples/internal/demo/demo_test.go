package demo

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kneo-agent/kneo-client-go/examples/internal/emulator"
	"github.com/kneo-agent/kneo-client-go/kneo"
)

func TestWorkflow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		run, err := emulator.InProcess(t).Client().Platform.Runs.CreateAndWait(t.Context(), kneo.RunCreateRequest{
			Input: Sleep(90 * time.Second), Spec: Workflow("slow", "sleep", "writer", "sleep"),
		})
		if err != nil || run.Status != kneo.RunCompleted || !slices.Equal(run.VisitedSteps, []string{"sleep1", "writer2", "sleep3"}) {
			t.Fatalf("%+v, %v", run, err)
		}
		if took := time.Since(began).Round(2 * time.Second); took != 180*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}
