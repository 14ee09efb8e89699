// Command hello starts a run, waits for it and prints its output.
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/kneo-agent/kneo-client-go/kneo"
)

func main() {
	client, err := kneo.NewClient()
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	run, err := client.Platform.Runs.CreateAndWait(context.Background(), kneo.RunCreateRequest{
		Input: "hello world",
		Spec:  map[string]any{"version": "v1", "agent": map[string]any{"name": "root"}},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(run.Status, run.OutputText)
}
