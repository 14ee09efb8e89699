// Command raw makes calls below the services: with the client that is generated from the contract, and of any path at all.
//
//	go run ./examples/raw
//
// It uses the platform of your profile, file or environment. Without one it starts a platform in its own process.
//
// Look at generated, which uses [kneo.Client.Raw], and at request, which uses [kneo.Client.Request]: for operations and fields that have no
// method of their own, such as those of a newer server. Both go the way of all calls, with the same retries, keys, limits and errors. To show
// that, the transport of this program refuses the first attempt of each call. The one difference: to the generated client a status of 400
// or above is no error, so that the caller has to look.
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

// generated makes calls with the generated client, whose types are those of the services.
func generated(ctx context.Context, raw *gen.ClientWithResponses, out io.Writer) (id string, err error) {
	// Every POST has an idempotency key. This is how to give one of your own.
	params := &gen.CreateRunParams{IdempotencyKey: rand.Text()}
	created, err := raw.CreateRunWithResponse(ctx, params, gen.RunCreateRequest{
		Input: "hello", Spec: map[string]any{"version": "v1", "agent": map[string]any{"name": "root"}}, AsyncMode: true,
	})
	if err != nil {
		return "", err // nobody answered, or nobody who is the platform
	}
	answer := created.JSON202
	if answer == nil {
		answer = created.JSON200 // servers before 0.11.0
	}
	if answer == nil { // the caller's part: to look at the status
		return "", fmt.Errorf("the run was not made: %s: %s", created.Status(), created.Body)
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

// request makes calls of paths. What is read of an answer is up to the caller.
func request(ctx context.Context, client *kneo.Client, out io.Writer, id string) error {
	var run struct{ Status kneo.RunStatus }
	info, err := client.Request(ctx, http.MethodGet, "/v1/runs/"+id, nil, &run)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "request    GET /v1/runs/%s: %d after %d attempts, the run is %s\n", id, info.StatusCode, info.Attempts, run.Status)

	// A body is sent as JSON. Options are those of all calls.
	var validation kneo.SpecValidation
	body := map[string]any{"spec": map[string]any{"version": "v1"}}
	info, err = client.Request(ctx, http.MethodPost, "/v1/specs/validate", body, &validation, kneo.WithRequestID("example-raw"))
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "request    POST /v1/specs/validate: valid is %v, request id %s, key of %d characters\n", validation.Valid, info.RequestID, len(info.IdempotencyKey))

	// Bytes are taken as they come, whatever their type.
	var text []byte
	if info, err = client.Request(ctx, http.MethodGet, "/v1/runs?limit=1", nil, &text); err != nil {
		return err
	}
	fmt.Fprintf(out, "request    GET /v1/runs?limit=1: %s, %d bytes\n", info.Header.Get("Content-Type"), len(text))

	// Here a refusal is an error, the same as from a service.
	_, err = client.Request(ctx, http.MethodGet, "/v1/runs/no-such-run", nil, &run)
	var refused *kneo.Error
	if !errors.As(err, &refused) || !errors.Is(err, kneo.ErrNotFound) {
		return errors.Join(errors.New("no-such-run should not be found"), err)
	}
	fmt.Fprintf(out, "request    GET /v1/runs/no-such-run: an error, with code %s, after %d attempts\n", refused.Code, refused.Attempts)
	return nil
}

// reluctant refuses the first attempt of each call, as a platform in trouble does. All attempts of a call have one request id.
type reluctant struct {
	next http.RoundTripper

	mu   sync.Mutex
	seen map[string]bool
}

// RoundTrip answers or lets pass.
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
