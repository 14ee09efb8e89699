//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/kneo-agent/kneo-client-go/internal/realplatform"
	"github.com/kneo-agent/kneo-client-go/kneo"
)

// recordVersions asks every published server the same and writes the answers down, a file a version and a line an answer.
func recordVersions(ctx context.Context, folder string) error {
	for _, version := range realplatform.Versions {
		lines, err := recordVersion(ctx, version)
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, version+".jsonl"), lines, 0o600)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", version, err)
		}
	}
	return nil
}

func recordVersion(ctx context.Context, version string) ([]byte, error) {
	srv, err := realplatform.Start(ctx, realplatform.Options{Version: version, AdminKey: "record", Env: []string{"KNEO_SERV_WORKER_IDLE_POLL_SECONDS=0.05"}})
	if err != nil {
		return nil, err
	}
	defer srv.Stop() //nolint:errcheck // the recording is what counts
	client, err := kneo.NewClient(kneo.WithURL(srv.URL), kneo.WithAPIKey("record"), kneo.WithoutVersionCheck(), kneo.WithRetryPolicy(kneo.RetryPolicy{MaxAttempts: 1}))
	if err != nil {
		return nil, err
	}
	r := &recorder{client: client, ids: map[string]string{}}
	var lines bytes.Buffer
	ask := func(name, method, path string, body, out any) error {
		info, err := client.Request(ctx, method, path, body, out)
		var refusal *kneo.Error
		if err != nil && !errors.As(err, &refusal) {
			return err
		}
		line, err := json.Marshal(map[string]any{"name": name, "status": info.StatusCode, "body": json.RawMessage(r.normalize(info.Body))})
		lines.Write(append(line, '\n'))
		return err
	}
	var done, blocked kneo.RunCreated
	err = errors.Join(
		ask("healthz", "GET", "/v1/healthz", nil, nil),
		ask("create", "POST", "/v1/runs", kneo.RunCreateRequest{Input: "hello world", Spec: workflow("f"), AsyncMode: true}, &done),
		ask("create-blocked", "POST", "/v1/runs", kneo.RunCreateRequest{Input: "please review", Spec: workflow("f", "h", "f")}, &blocked),
	)
	if err != nil {
		return nil, err
	}
	if _, err := client.Platform.Runs.WaitForCompletion(ctx, done.RunID, kneo.WithWaitTimeout(time.Minute)); err != nil {
		return nil, err
	}
	run := "/v1/runs/" + done.RunID
	err = errors.Join(
		ask("run", "GET", run, nil, nil),
		ask("run-blocked", "GET", "/v1/runs/"+blocked.RunID, nil, nil),
		ask("runs", "GET", "/v1/runs?sort_by=created_at&sort_order=asc", nil, nil),
		ask("trace", "GET", run+"/trace", nil, nil),
		ask("human-tasks", "GET", "/v1/human-tasks", nil, nil),
		ask("human-task", "GET", "/v1/human-tasks/"+blocked.ContinuationID, nil, nil),
		ask("audit-events", "GET", "/v1/audit-events", nil, nil),
		ask("credentials", "GET", "/v1/security/credentials?extras=FOO", nil, nil),
		ask("not-found", "GET", "/v1/runs/none", nil, nil),
		ask("no-spec", "POST", "/v1/runs", map[string]any{"input": "x"}, nil),
		ask("unknown-field", "POST", "/v1/runs", map[string]any{"input": "x", "surprise": 1}, nil),
		ask("continue-finished", "POST", run+"/continue", nil, nil),
		ask("preview", "POST", "/v1/policies/environment/dev/preview", map[string]any{}, nil),
		ask("skills", "GET", "/v1/skills", nil, nil),
	)
	return lines.Bytes(), err
}
