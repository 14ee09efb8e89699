//go:build unix

// Command record asks a real server for one answer of each kind and writes them down, for the tests to decode, and plays it the
// scenarios whose answers the emulator has to give as well. Of all older ones it writes a few answers down.
//
//	go run ./internal/cmd/record testdata
//
// Ids and times are made the same from one recording to the next.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/kneo-agent/kneo-client-go/gen"
	"github.com/kneo-agent/kneo-client-go/internal/realplatform"
	"github.com/kneo-agent/kneo-client-go/kneo"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: record FOLDER")
	}
	if err := record(context.Background(), filepath.Join(os.Args[1], "exchanges")); err != nil {
		log.Fatal(err)
	}
	if err := recordScenarios(context.Background(), filepath.Join(os.Args[1], "scenarios")); err != nil {
		log.Fatal(err)
	}
	if err := recordVersions(context.Background(), filepath.Join(os.Args[1], "versions")); err != nil {
		log.Fatal(err)
	}
}

func record(ctx context.Context, folder string) error {
	srv, err := realplatform.Start(ctx, realplatform.Options{AdminKey: "record", Env: []string{"KNEO_SERV_WORKER_IDLE_POLL_SECONDS=0.05"}})
	if err != nil {
		return err
	}
	defer srv.Stop() //nolint:errcheck // the recording is what counts
	client, err := kneo.NewClient(kneo.WithURL(srv.URL), kneo.WithAPIKey("record"))
	if err != nil {
		return err
	}
	r := &recorder{client: client, folder: folder, ids: map[string]string{}}
	if err := r.all(ctx); err != nil {
		return err
	}
	fmt.Printf("%d exchanges\n", r.count)
	return nil
}

type recorder struct {
	client *kneo.Client
	folder string
	ids    map[string]string
	count  int
}

// all asks for everything. A run that has ended, one that waits for a person, and one that failed are looked at from all sides.
func (r *recorder) all(ctx context.Context) error {
	for _, name := range []string{"healthz", "livez", "readyz"} {
		if err := r.ask(ctx, name, "GET", "/v1/"+name, nil); err != nil {
			return err
		}
	}
	for _, made := range []struct {
		name string
		req  kneo.RunCreateRequest
	}{
		{"agent", kneo.RunCreateRequest{Input: "hi", Spec: agentSpec, Metadata: map[string]any{"n": json.Number("123456789012345678901234567890"), "token": 1}, SessionID: "s"}},
		{"workflow", kneo.RunCreateRequest{Input: "hello world", Spec: workflow("f", "f"), AsyncMode: true}},
		{"blocked", kneo.RunCreateRequest{Input: "please review", Spec: workflow("f", "h", "f"), AsyncMode: true}},
		{"failed", kneo.RunCreateRequest{Input: "no json", Spec: workflow("f", "loads"), AsyncMode: true}},
		{"graph", kneo.RunCreateRequest{Input: "a", Spec: graph, AsyncMode: true}},
		{"chat", kneo.RunCreateRequest{Input: "a", Spec: chat, AsyncMode: true}},
	} {
		if err := r.run(ctx, made.name, made.req); err != nil {
			return fmt.Errorf("%s: %w", made.name, err)
		}
	}
	spec := map[string]any{"spec": workflow("f", "h", "f")}
	policy := map[string]any{"require_human_review": true}
	for _, e := range []struct {
		name, method, path string
		body               any
	}{
		{"runs", "GET", "/v1/runs?limit=10", nil},
		{"human-tasks", "GET", "/v1/human-tasks?sort_by=expires_at", nil},
		{"spec-validate", "POST", "/v1/specs/validate", spec},
		{"spec-validate-invalid", "POST", "/v1/specs/validate", map[string]any{"spec": map[string]any{"version": "v1"}}},
		{"spec-compile", "POST", "/v1/specs/compile", spec},
		{"spec-explain", "POST", "/v1/specs/explain", spec},
		{"spec-graph", "POST", "/v1/specs/graph", map[string]any{"spec": graph}},
		{"spec-policy-report", "POST", "/v1/specs/policy-report", spec},
		{"spec-run", "POST", "/v1/specs/run", kneo.RunCreateRequest{Input: "hi", Spec: agentSpec}},
		{"policy-put", "PUT", "/v1/policies/environment/dev", map[string]any{}},
		{"policy-preview", "POST", "/v1/policies/environment/dev/preview", policy},
		{"policy-put-again", "PUT", "/v1/policies/environment/dev", policy},
		{"policy-get", "GET", "/v1/policies/environment/dev", nil},
		{"policies", "GET", "/v1/policies/environment", nil},
		{"credentials", "GET", "/v1/security/credentials?extras=FOO", nil},
		{"skills", "GET", "/v1/skills", nil},
		{"audit-events", "GET", "/v1/audit-events", nil},
	} {
		if err := r.ask(ctx, e.name, e.method, e.path, e.body); err != nil {
			return fmt.Errorf("%s: %w", e.name, err)
		}
	}
	return nil
}

// run makes a run and records what there is to see of it.
func (r *recorder) run(ctx context.Context, name string, req kneo.RunCreateRequest) error {
	var created kneo.RunCreated
	if err := r.askInto(ctx, name+"-create", "POST", "/v1/runs", req, &created); err != nil {
		return err
	}
	run, err := r.client.Platform.Runs.WaitForCompletion(ctx, created.RunID, kneo.WithWaitTimeout(time.Minute), kneo.WithTerminalStatuses(kneo.RunBlocked))
	if err != nil {
		return err
	}
	time.Sleep(200 * time.Millisecond) // the last checkpoint comes after the last status
	for _, view := range []string{"", "/trace", "/checkpoints", "/checkpoints/diff", "/replay", "/recovery", "/graph", "/policy-report"} {
		if name == "agent" && view == "/checkpoints/diff" && run.Status != kneo.RunCompleted {
			continue
		}
		if err := r.ask(ctx, name+"-run"+strings.ReplaceAll(view, "/", "-"), "GET", "/v1/runs/"+run.RunID+view, nil); err != nil {
			return err
		}
	}
	switch name {
	case "chat":
		if err := r.ask(ctx, name+"-task", "GET", "/v1/human-tasks/"+run.ContinuationID, nil); err != nil {
			return err
		}
		return r.ask(ctx, name+"-resume", "POST", "/v1/human-tasks/"+run.ContinuationID+"/resume", map[string]any{"request_id": "q", "decision": "approved"})
	case "workflow":
		return r.ask(ctx, name+"-cancel", "POST", "/v1/runs/"+run.RunID+"/cancel", nil)
	}
	return nil
}

func (r *recorder) ask(ctx context.Context, name, method, path string, body any) error {
	return r.askInto(ctx, name, method, path, body, nil)
}

// askInto makes a request and writes the answer down.
func (r *recorder) askInto(ctx context.Context, name, method, path string, body, out any) error {
	info, err := r.client.Request(ctx, method, path, body, out)
	if err != nil {
		return err
	}
	op := gen.FindOperation(method, path)
	content, err := json.MarshalIndent(map[string]any{"operation": op.ID, "status": info.StatusCode, "body": json.RawMessage(r.normalize(info.Body))}, "", " ")
	if err != nil {
		return err
	}
	r.count++
	return os.WriteFile(filepath.Join(r.folder, name+".json"), append(content, '\n'), 0o600)
}

var (
	uuids    = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	isoTimes = regexp.MustCompile(`20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00`)
	epochs   = regexp.MustCompile(`(_at":\s*)1[0-9]{9}\.[0-9]+`)
	duration = regexp.MustCompile(`(duration_ms":\s*)[0-9.e-]+`)
	files    = regexp.MustCompile(`/tmp/tmp[a-z0-9_]+\.yaml`) // where servers before 0.6.0 put the spec of a request
	leaf     = regexp.MustCompile(`("path":"state.metadata.duration_ms","value":)[0-9.e-]+`)
)

// normalize makes ids and times the same from one recording to the next.
func (r *recorder) normalize(body []byte) []byte {
	body = uuids.ReplaceAllFunc(body, func(id []byte) []byte {
		same, ok := r.ids[string(id)]
		if !ok {
			same = fmt.Sprintf("00000000-0000-4000-8000-%012d", len(r.ids)+1)
			r.ids[string(id)] = same
		}
		return []byte(same)
	})
	body = files.ReplaceAll(body, []byte("/tmp/spec.yaml"))
	body = isoTimes.ReplaceAll(body, []byte("2026-11-23T21:15:03.918354+00:00"))
	body = epochs.ReplaceAll(body, []byte("${1}1795472049.0580509"))
	body = duration.ReplaceAll(body, []byte("${1}1.25"))
	return bytes.TrimSpace(leaf.ReplaceAll(body, []byte("${1}1.25")))
}
