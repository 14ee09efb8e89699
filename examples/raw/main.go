// Command raw makes calls without the services: through the client that is generated from the API's contract, and to any path.
//
//	go run ./examples/raw
//
// It uses the platform of your profile, from the file or the environment; without a profile it starts one in its own process.
//
// Look at generated, which uses [kneo.Client.Raw], and at request, which uses [kneo.Client.Request]. They are for operations and fields
// without a method of their own, such as those of a newer server. Their calls have the same retries, keys, limits and errors as all others;
// to show that, this program's transport fails the first attempt of each call. There is one difference: to the generated client a status
// of 400 or above is not an error, so the caller has to look at it.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync"
	"time"

	"github.com/kneo-agent/kneo-client-go/examples/internal/connect"
	"github.com/kneo-agent/kneo-client-go/gen"
	"github.com/kneo-agent/kneo-client-go/kneo"
)

func main() {
	log.SetFlags(0)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second ctrl-C ends the program at once
	err := run(ctx, os.Stdout)
	stop()
	if err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, out io.Writer) error {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.IdleConnTimeout = 4 * time.Second // the platform closes idle connections after 5
	defer transport.CloseIdleConnections()
	client, done, err := connect.Platform(out, kneo.WithHTTPClient(&http.Client{Transport: &reluctant{next: transport}}))
	if err != nil {
		return err
	}
	defer done()
	id, err := generated(ctx, client.Raw(), out)
	if err != nil {
		return err
	}
	return request(ctx, client, out, id)
}

// generated makes calls through the generated client. Its types are the same as those of the services.
func generated(ctx context.Context, raw *gen.ClientWithResponses, out io.Writer) (id string, err error) {
	// Every POST has an idempotency key; this one is our own.
	params := &gen.CreateRunParams{IdempotencyKey: rand.Text()}
	created, err := raw.CreateRunWithResponse(ctx, params, gen.RunCreateRequest{
		Input: "hello", Spec: map[string]any{"version": "v1", "agent": map[string]any{"name": "root"}}, AsyncMode: true,
	})
	if err != nil {
		return "", err // no answer, or not the platform's
	}
	answer := created.JSON202
	if answer == nil {
		answer = created.JSON200 // servers before 0.11.0
	}
	if answer == nil { // a refusal is not an error here
		return "", fmt.Errorf("the run was not created: %s: %s", created.Status(), created.Body)
	}
	fmt.Fprintf(out, "generated  POST /v1/runs: %d, run %s is %s\n", created.StatusCode(), answer.RunID, answer.Status)

	missing, err := raw.GetRunWithResponse(ctx, "no-such-run")
	if err != nil {
		return "", err
	}
	if missing.JSON200 != nil || missing.JSONDefault == nil {
		return "", fmt.Errorf("no-such-run should not be found: %s", missing.Body)
	}
	fmt.Fprintf(out, "generated  GET /v1/runs/no-such-run: %d, and no error: %s\n", missing.StatusCode(), missing.JSONDefault.Detail)
	return answer.RunID, nil
}

// request makes calls to paths, and decodes as much of the answers as it needs.
func request(ctx context.Context, client *kneo.Client, out io.Writer, id string) error {
	var run struct{ Status kneo.RunStatus }
	info, err := client.Request(ctx, http.MethodGet, "/v1/runs/"+id, nil, &run)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "request    GET /v1/runs/%s: %d after %d attempts, the run is %s\n", id, info.StatusCode, info.Attempts, run.Status)

	// The body is sent as JSON. All call options work.
	var validation kneo.SpecValidation
	body := map[string]any{"spec": map[string]any{"version": "v1"}}
	info, err = client.Request(ctx, http.MethodPost, "/v1/specs/validate", body, &validation, kneo.WithRequestID("example-raw"))
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "request    POST /v1/specs/validate: valid is %v, request id %s, key of %d characters\n", validation.Valid, info.RequestID, len(info.IdempotencyKey))

	// This takes the bytes of the answer, whatever their type.
	var text []byte
	if info, err = client.Request(ctx, http.MethodGet, "/v1/runs?limit=1", nil, &text); err != nil {
		return err
	}
	fmt.Fprintf(out, "request    GET /v1/runs?limit=1: %s, %d bytes\n", info.Header.Get("Content-Type"), len(text))

	// Here a refusal is an error, the same that a service would return.
	_, err = client.Request(ctx, http.MethodGet, "/v1/runs/no-such-run", nil, &run)
	var refused *kneo.Error
	if !errors.As(err, &refused) || !errors.Is(err, kneo.ErrNotFound) {
		return errors.Join(errors.New("no-such-run should not be found"), err)
	}
	fmt.Fprintf(out, "request    GET /v1/runs/no-such-run: an error, with code %s, after %d attempts\n", refused.Code, refused.Attempts)
	return nil
}

// reluctant answers the first attempt of each call with 503, as a platform in trouble would. All attempts of a call share a request id.
type reluctant struct {
	next http.RoundTripper

	mu   sync.Mutex
	seen map[string]bool
}

// RoundTrip answers the first attempt and passes the others on.
func (r *reluctant) RoundTrip(req *http.Request) (*http.Response, error) {
	id := req.Header.Get("X-Request-ID")
	r.mu.Lock()
	first := !r.seen[id]
	if r.seen == nil {
		r.seen = map[string]bool{}
	}
	r.seen[id] = true
	r.mu.Unlock()
	if !first {
		return r.next.RoundTrip(req)
	}
	if req.Body != nil { // a RoundTripper must close it
		_ = req.Body.Close()
	}
	return &http.Response{
		Status: "503 Service Unavailable", StatusCode: http.StatusServiceUnavailable, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"text/plain"}}, Body: io.NopCloser(strings.NewReader("not now")), Request: req,
	}, nil
}
