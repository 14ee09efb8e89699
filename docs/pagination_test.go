package docs_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

// platformWithRuns is a platform that has made some runs, a minute apart, of which the last one failed.
func platformWithRuns(n int) *kneotest.Server {
	srv := kneotest.NewServer()
	presets := make([]kneotest.PresetRun, n)
	for i := range presets {
		presets[i] = kneotest.PresetRun{RunID: fmt.Sprintf("run-%d", i+1), CreatedAt: time.Now().Add(time.Duration(i-n) * time.Minute)}
	}
	presets[n-1].Status = kneo.RunFailed
	presets[n-1].Error = &kneo.RunError{Type: "ValueError", Message: "there is no more paper"}
	srv.AddRuns(presets...)
	return srv
}

func Example_allRuns() {
	srv := platformWithRuns(3)
	defer srv.Close()
	playOn(srv, func(ctx context.Context, client *kneo.Client) error {
		//docs:show
		yesterday := time.Now().AddDate(0, 0, -1)
		for run, err := range client.Platform.Runs.All(ctx, kneo.RunListParams{CreatedAfter: yesterday, Limit: 500}) {
			if err != nil {
				return err // an error ends the walk
			}
			fmt.Println(run.RunID, run.Status)
		}
		//docs:hide
		return nil
	})
	// Output:
	// run-1 completed
	// run-2 completed
	// run-3 failed
}

func Example_firstFew() {
	srv := platformWithRuns(5)
	defer srv.Close()
	playOn(srv, func(ctx context.Context, client *kneo.Client) error {
		//docs:show
		var latest []kneo.RunSummary
		for run, err := range client.Platform.Runs.All(ctx, kneo.RunListParams{SortOrder: kneo.SortDescending, Limit: 2}) {
			if err != nil {
				return err
			}
			if latest = append(latest, run); len(latest) == 2 {
				break // at most one page was read for nothing
			}
		}
		//docs:hide
		fmt.Println(latest[0].RunID, latest[1].RunID)
		return nil
	})
	// Output: run-5 run-4
}

func Example_onePage() {
	srv := platformWithRuns(5)
	defer srv.Close()
	playOn(srv, func(ctx context.Context, client *kneo.Client) error {
		//docs:show
		page, err := client.Platform.Runs.List(ctx, kneo.RunListParams{SortBy: "created_at", SortOrder: kneo.SortAscending, Limit: 2, Offset: 2})
		if err != nil {
			return err
		}
		fmt.Printf("rows %d to %d of %d, more: %t\n", page.Offset+1, page.Offset+len(page.Items), page.Total, page.HasMore())
		//docs:hide
		return nil
	})
	// Output: rows 3 to 4 of 5, more: true
}

func Example_count() {
	srv := platformWithRuns(5)
	defer srv.Close()
	playOn(srv, func(ctx context.Context, client *kneo.Client) error {
		//docs:show
		failed := true
		page, err := client.Platform.Runs.List(ctx, kneo.RunListParams{HasError: &failed, Limit: 1})
		if err != nil {
			return err
		}
		fmt.Println(page.Total, "runs have an error")
		//docs:hide
		return nil
	})
	// Output: 1 runs have an error
}

func Example_window() {
	srv := kneotest.NewServer()
	defer srv.Close()
	srv.AddRuns(make([]kneotest.PresetRun, 10_001)...)
	playOn(srv, func(ctx context.Context, client *kneo.Client) error {
		//docs:show
		for _, err := range client.Platform.Runs.All(ctx, kneo.RunListParams{SortBy: "workflow_name", Limit: 1000}) {
			var beyond *kneo.WindowError
			if errors.As(err, &beyond) {
				fmt.Printf("%d runs match, %d can be had in this order\n", beyond.Total, beyond.Window)
			}
		}
		//docs:hide
		return nil
	})
	// Output: 10001 runs match, 10000 can be had in this order
}
