// Command kneo does with package kneo what the others do.
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/kneo-agent/kneo-client-go/kneo"
)

func main() {
	client, err := kneo.NewClient()
	if err != nil {
		log.Fatal(err)
	}
	r, err := client.Platform.Runs.Get(context.Background(), os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(r.RunID, r.Status, r.OutputText)
}
