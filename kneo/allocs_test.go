//go:build !race

package kneo

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
)

// memoryPlatform answers from memory, with as little ado as a transport can make.
type memoryPlatform string

func (body memoryPlatform) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, ContentLength: int64(len(body)), Request: req,
		Body: io.NopCloser(strings.NewReader(string(body))),
	}, nil
}

// recordedBody returns the body of a recorded answer.
func recordedBody(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("../testdata/exchanges/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var exchange struct{ Body json.RawMessage }
	if err := json.Unmarshal(text, &exchange); err != nil {
		t.Fatal(err)
	}
	return string(exchange.Body)
}

// TestAllocs holds how often a call allocates under what it does today and a little more. Counts are the same on every machine; a figure that has
// to be raised is a regression, and wants a reason. The race detector allocates as well, so that it is not asked.
func TestAllocs(t *testing.T) {
	ctx := context.Background()
	run, created, list := recordedBody(t, "workflow-run"), recordedBody(t, "workflow-create"), recordedBody(t, "runs")
	id := "00000000-0000-4000-8000-000000000006"
	for _, c := range []struct {
		name string
		body string
		call func(*Client) error
		most float64
	}{
		{"Get", run, func(c *Client) error { _, err := c.Platform.Runs.Get(ctx, id); return err }, 84},
		{"Create", created, func(c *Client) error {
			_, err := c.Platform.Runs.Create(ctx, RunCreateRequest{Input: "hi", AsyncMode: true})
			return err
		}, 72},
		{"List", list, func(c *Client) error { _, err := c.Platform.Runs.List(ctx, RunListParams{Limit: 10}); return err }, 360},
		{"raw", run, func(c *Client) error { _, err := c.Raw().GetRunWithResponse(ctx, id); return err }, 86},
	} {
		client := (&platform{}).client(t, WithHTTPClient(&http.Client{Transport: memoryPlatform(c.body)}))
		var failed error
		got := testing.AllocsPerRun(200, func() {
			if err := c.call(client); err != nil {
				failed = err
			}
		})
		if failed != nil {
			t.Fatalf("%s: %v", c.name, failed)
		}
		if got > c.most {
			t.Errorf("%s allocates %v times, %v at the most", c.name, got, c.most)
		}
	}
}

// TestAllocsBesidePlain: the way of a call allocates at most 32 times more than net/http does, when both read with the same decoder.
func TestAllocsBesidePlain(t *testing.T) {
	ctx := context.Background()
	body := recordedBody(t, "workflow-run")
	hc := &http.Client{Transport: memoryPlatform(body)}
	client := (&platform{}).client(t, WithHTTPClient(hc))
	var failed error
	plain := testing.AllocsPerRun(200, func() {
		if err := getPlain(ctx, hc); err != nil {
			failed = err
		}
	})
	ours := testing.AllocsPerRun(200, func() {
		if _, err := client.Platform.Runs.Get(ctx, "00000000-0000-4000-8000-000000000006"); err != nil {
			failed = err
		}
	})
	if failed != nil || ours > plain+32 {
		t.Errorf("%v allocations, net/http %v; %v", ours, plain, failed)
	}
}

func getPlain(ctx context.Context, hc *http.Client) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://kneo.test/base/v1/runs/r1", nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+testKey)
	resp, err := hc.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, new(Run))
}
