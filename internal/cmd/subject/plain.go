package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/kneo-agent/kneo-client-go/internal/faulttest"
	"github.com/kneo-agent/kneo-client-go/internal/reliability/task"
)

// agent is the spec of a run that needs no model.
var agent = map[string]any{"version": "v1", "agent": map[string]any{"name": "root"}}

// plain is what one writes in an afternoon: go-retryablehttp with two retries, io.ReadAll and json.Unmarshal.
type plain struct {
	client *retryablehttp.Client
	task   *task.Task
}

func newPlain(t *task.Task) *plain {
	client := retryablehttp.NewClient()
	client.RetryMax = 2
	client.RetryWaitMin = 200 * time.Millisecond
	client.Logger = nil
	client.HTTPClient.Timeout = 30 * time.Second
	if t.Timeout > 0 {
		client.HTTPClient.Timeout = task.Seconds(t.Timeout)
	}
	return &plain{client, t}
}

func (p *plain) call(ctx context.Context, op, key string, c *faulttest.Call) {
	status, err := p.run(ctx, op, key, c)
	if err == nil {
		c.Outcome = faulttest.OK
		return
	}
	c.Error, c.Kind, c.Outcome = err.Error(), fmt.Sprintf("%T", err), faulttest.Unknown
	if status >= 400 && status < 500 {
		c.Outcome = faulttest.Failed
	}
}

func (p *plain) run(ctx context.Context, op, key string, c *faulttest.Call) (status int, err error) {
	switch op {
	case "create", "create-sync":
		body, err := json.Marshal(map[string]any{"input": "hi", "session_id": key, "spec": agent, "async_mode": op == "create"})
		if err != nil {
			return 0, err
		}
		return p.send(ctx, http.MethodPost, "/v1/runs", key, body, c)
	case "get":
		return p.send(ctx, http.MethodGet, "/v1/runs/"+key, "", nil, c)
	case "cancel":
		return p.send(ctx, http.MethodPost, "/v1/runs/"+key+"/cancel", "cancel-"+key, []byte("{}"), c)
	case "wait":
		return p.wait(ctx, key, c)
	}
	return 0, fmt.Errorf("there is no operation %q", op)
}

// wait polls once a second, as often as asked otherwise.
func (p *plain) wait(ctx context.Context, id string, c *faulttest.Call) (status int, err error) {
	interval := time.Second
	if p.task.Interval != 0 {
		interval = task.Seconds(max(0, p.task.Interval))
	}
	for {
		if status, err = p.send(ctx, http.MethodGet, "/v1/runs/"+id, "", nil, c); err != nil || c.Status == "completed" {
			return status, err
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(interval):
		}
	}
}

func (p *plain) send(ctx context.Context, method, path, key string, body []byte, c *faulttest.Call) (status int, err error) {
	req, err := retryablehttp.NewRequestWithContext(ctx, method, p.task.URL+path, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+p.task.APIKey)
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	resp, err := p.client.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return resp.StatusCode, err
	}
	if resp.StatusCode >= 400 {
		return resp.StatusCode, fmt.Errorf("%s: %s", resp.Status, answer)
	}
	var run struct {
		RunID  string `json:"run_id"`
		Status string `json:"status"`
	}
	err = json.Unmarshal(answer, &run)
	c.RunID, c.Status = run.RunID, run.Status
	return resp.StatusCode, err
}
