package docs_test

import (
	"context"
	"fmt"

	"github.com/kneo-agent/kneo-client-go/gen"
	"github.com/kneo-agent/kneo-client-go/kneo"
)

func Example_raw() {
	play(func(ctx context.Context, client *kneo.Client) error {
		//docs:show
		answer, err := client.Raw().ListRunsWithResponse(ctx, &gen.ListRunsParams{Limit: 10})
		if err != nil {
			return err // nobody answered, or somebody else did
		}
		if answer.JSON200 == nil {
			return fmt.Errorf("status %d: %s", answer.StatusCode(), answer.Body)
		}
		fmt.Println(answer.StatusCode(), answer.JSON200.Total)
		//docs:hide
		return nil
	})
	// Output: 200 0
}
