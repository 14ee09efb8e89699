package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/digitalocean/godo"
	"github.com/google/go-github/v89/github"
	"github.com/hashicorp/go-retryablehttp"
	"github.com/hetznercloud/hcloud-go/v2/hcloud"
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
)

// others are clients that there are for other APIs, used by what they have for any path.
var others = []struct {
	name string
	make func(address string, hc *http.Client) (caller, error)
}{
	{"net/http", plain},
	{"go-retryablehttp", retryable},
	{"godo", digitalOcean},
	{"go-github", gitHub},
	{"azcore", azure},
	{"hcloud-go", hetzner},
	{"openai-go", openAI},
}

// newRequest is what one writes for net/http.
func newRequest(ctx context.Context, method, url string, body any) (*http.Request, error) {
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, url, content)
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Authorization", "Bearer "+apiKey)
	return req, nil
}

func readJSON(resp *http.Response, out any) error {
	defer resp.Body.Close()
	if resp.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("status %d", resp.StatusCode)
	}
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, out)
}

func plain(address string, hc *http.Client) (caller, error) {
	return func(ctx context.Context, method, path string, body, out any) error {
		req, err := newRequest(ctx, method, address+path, body)
		if err != nil {
			return err
		}
		resp, err := hc.Do(req)
		if err != nil {
			return err
		}
		return readJSON(resp, out)
	}, nil
}

func retryable(address string, hc *http.Client) (caller, error) {
	client := retryablehttp.NewClient()
	client.HTTPClient, client.Logger = hc, nil
	return plain(address, client.StandardClient())
}

func digitalOcean(address string, hc *http.Client) (caller, error) {
	client, err := godo.New(hc, godo.SetBaseURL(address), godo.SetRequestHeaders(map[string]string{"Authorization": "Bearer " + apiKey}))
	return func(ctx context.Context, method, path string, body, out any) error {
		req, err := client.NewRequest(ctx, method, path, body)
		if err != nil {
			return err
		}
		_, err = client.Do(ctx, req, out)
		return err
	}, err
}

func gitHub(address string, hc *http.Client) (caller, error) {
	base := address + "/"
	client, err := github.NewClient(github.WithHTTPClient(hc), github.WithAuthToken(apiKey), github.WithURLs(&base, &base))
	return func(ctx context.Context, method, path string, body, out any) error {
		req, err := client.NewRequest(ctx, method, path[1:], body)
		if err != nil {
			return err
		}
		_, err = client.Do(req, out)
		return err
	}, err
}

func azure(address string, hc *http.Client) (caller, error) {
	pipeline := runtime.NewPipeline("bench", "v1", runtime.PipelineOptions{}, &policy.ClientOptions{Transport: hc})
	return func(ctx context.Context, method, path string, body, out any) error {
		req, err := runtime.NewRequest(ctx, method, address+path)
		if err != nil {
			return err
		}
		req.Raw().Header.Set("Authorization", "Bearer "+apiKey)
		if body != nil {
			if err := runtime.MarshalAsJSON(req, body); err != nil {
				return err
			}
		}
		resp, err := pipeline.Do(req)
		if err != nil {
			return err
		}
		if !runtime.HasStatusCode(resp, http.StatusOK, http.StatusAccepted) {
			return runtime.NewResponseError(resp)
		}
		return runtime.UnmarshalAsJSON(resp, out)
	}, nil
}

func hetzner(address string, hc *http.Client) (caller, error) {
	client := hcloud.NewClient(hcloud.WithToken(apiKey), hcloud.WithEndpoint(address), hcloud.WithHTTPClient(hc))
	return func(ctx context.Context, method, path string, body, out any) error {
		var content io.Reader
		if body != nil {
			text, err := json.Marshal(body)
			if err != nil {
				return err
			}
			content = bytes.NewReader(text)
		}
		req, err := client.NewRequest(ctx, method, path, content)
		if err != nil {
			return err
		}
		_, err = client.Do(req, out)
		return err
	}, nil
}

func openAI(address string, hc *http.Client) (caller, error) {
	client := openai.NewClient(option.WithBaseURL(address), option.WithAPIKey(apiKey), option.WithHTTPClient(hc))
	return func(ctx context.Context, method, path string, body, out any) error {
		if method == http.MethodPost {
			return client.Post(ctx, path[1:], body, out)
		}
		return client.Get(ctx, path[1:], nil, out)
	}, nil
}
