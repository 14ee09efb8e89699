//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/kneo-agent/kneo-client-go/internal/realplatform"
	"github.com/kneo-agent/kneo-client-go/internal/scenario"
)

// recordScenarios plays the scenarios of a folder and writes down the answers of each beside it.
func recordScenarios(ctx context.Context, folder string) error {
	srv, err := realplatform.Start(ctx, realplatform.Options{AdminKey: "record", Env: []string{"KNEO_SERV_WORKER_IDLE_POLL_SECONDS=0.05"}})
	if err != nil {
		return err
	}
	defer srv.Stop() //nolint:errcheck // the recording is what counts
	scenarios, err := scenario.Load(folder)
	if err != nil {
		return err
	}
	files, err := os.MkdirTemp("", "scenarios-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(files) //nolint:errcheck // in the folder for what may be removed
	p := &scenario.Platform{URL: srv.URL, Key: "record", Folder: files, Client: &http.Client{Timeout: time.Minute}}
	for _, s := range scenarios {
		answers, err := p.Play(ctx, s)
		if err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
		var content bytes.Buffer // one answer a line, so that changes can be read
		for _, answer := range answers {
			line, err := json.Marshal(answer)
			if err != nil {
				return err
			}
			content.Write(append(line, '\n'))
		}
		if err := os.WriteFile(scenario.AnswersFile(folder, s.Name), content.Bytes(), 0o600); err != nil {
			return err
		}
	}
	fmt.Printf("%d scenarios\n", len(scenarios))
	return nil
}
