// Command plain reads a run with net/http and encoding/json, as a program would that uses no client.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
)

type run struct {
	RunID      string `json:"run_id"`
	Status     string `json:"status"`
	OutputText string `json:"output_text"`
}

func get(ctx context.Context, id string) (*run, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, os.Getenv("KNEO_URL")+"/v1/runs/"+id, nil) //nolint:gosec // the address is the user's
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+os.Getenv("KNEO_API_KEY"))
	resp, err := http.DefaultClient.Do(req) //nolint:gosec // likewise
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %d", resp.StatusCode)
	}
	r := new(run)
	return r, json.NewDecoder(resp.Body).Decode(r)
}

func main() {
	r, err := get(context.Background(), os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(r.RunID, r.Status, r.OutputText)
}
