package test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/kneo-agent/kneo-client-go/gen"
	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

// secrets are what must not be in anything that is measured, by what each is. That of the body is in everything that is sent and answered.
var secrets = map[string]string{
	"key": "kneo-SECRET-key-4711", "word before the key": "Bearer", "body": "BODY-TEXT-0815", "query": "QUERY-TEXT-1234", "header": "HEADER-TEXT-5678", "idempotency key": "IDEMPOTENCY-KEY-42",
	"user info": "USER-INFO-99",
}

// told is everything that a witness has of spans and metrics, as text.
func (w *witness) told(t *testing.T) string {
	t.Helper()
	spans, err := json.Marshal(tracetest.SpanStubsFromReadOnlySpans(w.spans.Ended()))
	if err != nil {
		t.Fatal(err)
	}
	metrics, err := json.Marshal(w.collect(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, span := range w.spans.Ended() {
		for _, attr := range span.Attributes() {
			if !utf8.ValidString(attr.Value.String()) {
				t.Errorf("%s: %s is not UTF-8", span.Name(), attr.Key)
			}
		}
	}
	return string(spans) + w.tree() + string(metrics) + strings.Join(w.measurements(t), "\n")
}

func (w *witness) checkSecrets(t *testing.T) {
	t.Helper()
	told := w.told(t)
	for what, secret := range secrets {
		if at := strings.Index(strings.ToLower(told), strings.ToLower(secret)); at >= 0 {
			t.Errorf("the %s is in …%s…", what, told[max(0, at-300):min(len(told), at+100)])
		}
	}
}

// TestSecretsOfAllOperations: every operation, with secrets wherever something can be said, and a wait of each kind.
func TestSecretsOfAllOperations(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWitness()
		srv := kneotest.NewServer(kneotest.WithoutSockets(), kneotest.WithCleanup(t), kneotest.WithAPIKey(secrets["key"]))
		c := srv.Client(w.hooks())
		operate(t, c)
		for _, op := range gen.Operations {
			if srv.Calls(op.ID) == 0 {
				t.Errorf("%s was not called", op.ID)
			}
		}
		w.checkSecrets(t)
	})
}

// operate calls every operation, and waits in all ways.
func operate(t *testing.T, c *kneo.Client) {
	t.Helper()
	ctx, body, query := t.Context(), secrets["body"], secrets["query"]
	header, key := kneo.WithHeader("X-Gate", secrets["header"]), kneo.WithIdempotencyKey(secrets["idempotency key"])
	runs, tasks, specs, policies := c.Platform.Runs, c.Platform.HumanTasks, c.Agent.Specs, c.Platform.Policies
	check := func(errs ...error) {
		t.Helper()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
	}

	created, err := runs.Create(ctx, kneo.RunCreateRequest{
		Input: body, Spec: map[string]any{"version": "v1", "agent": map[string]any{"name": body}}, SessionID: body, Metadata: map[string]any{body: body}, AsyncMode: true,
	}, header, key)
	check(err)
	id := created.RunID
	check(second(runs.WaitForCompletion(ctx, id, kneo.WithCallOptions(header))))
	for _, err := range runs.WaitAll(ctx, []string{id, id}) {
		check(err)
	}
	for _, err := range runs.TailTrace(ctx, id) {
		check(err)
	}
	check(
		second(runs.List(ctx, kneo.RunListParams{Q: query})),
		second(runs.Trace(ctx, id, kneo.TraceParams{})),
		second(runs.Checkpoints(ctx, id, kneo.CheckpointParams{})),
		second(runs.DiffCheckpoints(ctx, id, kneo.CheckpointDiffParams{FromSequence: 1, ToSequence: 2})),
		second(runs.Replay(ctx, id)), second(runs.Recovery(ctx, id)), second(runs.Graph(ctx, id)), second(runs.PolicyReport(ctx, id)), second(runs.Cancel(ctx, id)),
		fails(kneo.ErrConflict, second(runs.Continue(ctx, id))),
	)

	spec := map[string]any{
		"version": "v1", "agent": map[string]any{"name": body},
		"components": map[string]any{"humans": map[string]any{"h": map[string]any{"description": body}}, "agents": map[string]any{"a": map[string]any{"name": body}}},
		"workflow": map[string]any{"type": "sequential", "name": body, "steps": []any{
			map[string]any{"id": body, "kind": "human", "ref": "h"}, map[string]any{"id": "last", "kind": "agent", "ref": "a"},
		}},
	}
	blocked, err := specs.Run(ctx, kneo.RunCreateRequest{Input: body, Spec: spec}, key)
	check(err)
	check(
		fails(kneo.ErrIdempotencyMismatch, second(specs.Run(ctx, kneo.RunCreateRequest{Input: "other", Spec: spec}, key))),
		second(tasks.List(ctx, kneo.HumanTaskListParams{RunID: query})),
		second(tasks.Get(ctx, blocked.ContinuationID)), second(tasks.Resume(ctx, blocked.ContinuationID, kneo.Edit(body))),
		second(specs.Validate(ctx, kneo.SpecValidateRequest{Spec: spec})), second(specs.Explain(ctx, kneo.SpecExplainRequest{Spec: spec})),
		second(specs.Graph(ctx, kneo.SpecGraphRequest{Spec: spec})), second(specs.PolicyReport(ctx, kneo.SpecPolicyReportRequest{Spec: spec})),
		fails(kneo.ErrBadRequest, second(specs.Compile(ctx, kneo.SpecCompileRequest{Spec: map[string]any{"version": body}}))),
	)
	policy := kneo.EnvironmentPolicyRequest{BlockedDiagnosticCodes: []string{body}}
	check(
		second(policies.Put(ctx, "prod", policy)), second(policies.Get(ctx, "prod")), second(policies.Preview(ctx, "prod", policy)), second(policies.List(ctx)),
		second(c.Platform.Audit.List(ctx, kneo.AuditListParams{EventType: kneo.AuditEventType(query)})),
		second(c.Platform.Credentials.List(ctx, kneo.CredentialListParams{Providers: []string{query}})),
		second(c.Agent.Skills.List(ctx, kneo.SkillListParams{})),
		c.Check(ctx), second(c.Platform.Health.Livez(ctx)), second(c.ServerVersion(ctx)),
	)
}

// fails wants an error to be a certain one.
func fails(want, err error) error {
	if !errors.Is(err, want) {
		return fmt.Errorf("%w, want %w", err, want)
	}
	return nil
}

// hostile are answers and failures that quote everything that they were asked.
func hostile() map[string]transport {
	key, body := secrets["key"], secrets["body"]
	quote := "Authorization: Bearer " + key + " " + body
	answers := map[string]transport{
		"a failure": func(req *http.Request) (*http.Response, error) { return nil, errors.New(quote + req.URL.String()) },
		"a malformed answer": func(*http.Request) (*http.Response, error) {
			return nil, fmt.Errorf("malformed HTTP response %q", quote)
		},
		"a refusal with the key": func(req *http.Request) (*http.Response, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: fmt.Errorf("proxy http://%s:%s@h:1/?%s: %w", secrets["user info"], key, req.URL.RawQuery, os.ErrDeadlineExceeded)}
		},
		"a wrapped URL": func(req *http.Request) (*http.Response, error) {
			return nil, &url.Error{Op: "Get", URL: "http://" + secrets["user info"] + "@h/?" + req.URL.RawQuery, Err: errors.New(quote)}
		},
		"a broken body": func(req *http.Request) (*http.Response, error) {
			resp := says(req, 200, "application/json", `{"run_id":"`)
			resp.Body = io.NopCloser(io.MultiReader(resp.Body, failingReader{errors.New(quote)}))
			return resp, nil
		},
	}
	for _, status := range []int{200, 202, 302, 400, 401, 403, 404, 409, 413, 422, 429, 500, 503} {
		for kind, text := range map[string]string{
			"text":   quote,
			"object": `{"detail":{"error":"` + body + `","message":"` + quote + `","required_scope":"` + quote + `","run_id":"` + body + `"}}`,
			"fields": `{"detail":[{"loc":["body","` + body + `"],"msg":"` + quote + `","type":"` + body + `","input":"` + quote + `"}]}`,
			"number": `{"` + body + `":` + "123e999" + `}`,
		} {
			answers[fmt.Sprintf("%d, %s", status, kind)] = func(req *http.Request) (*http.Response, error) {
				return says(req, status, "application/json", text), nil
			}
		}
	}
	return answers
}

func says(req *http.Request, status int, contentType, body string) *http.Response {
	header := http.Header{
		"Content-Type": {contentType}, "X-Request-Id": {secrets["key"]}, "Retry-After": {"0"}, "Server": {secrets["body"]},
		"Location": {"https://" + secrets["user info"] + "@elsewhere.test/?" + secrets["query"]},
	}
	return &http.Response{StatusCode: status, Proto: "HTTP/1.1", Header: header, Body: io.NopCloser(strings.NewReader(body)), ContentLength: -1, Request: req}
}

type failingReader struct{ err error }

func (r failingReader) Read([]byte) (int, error) { return 0, r.err }

// TestSecretsOfFailures: whatever the other side answers, and whatever a transport says, is not told.
func TestSecretsOfFailures(t *testing.T) {
	for name, answer := range hostile() {
		synctest.Test(t, func(t *testing.T) {
			w := newWitness()
			c := stranger(t, w, "https://kneo.test", answer, kneo.WithServerVersion("1.2.0"), kneo.WithRetryPolicy(kneo.RetryPolicy{MaxAttempts: 2, BaseDelay: 1, MaxDelay: 1}))
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			failed := 0
			for _, err := range []error{
				second(c.Platform.Runs.Get(ctx, "r1", kneo.WithHeader("X-Gate", secrets["header"]))),
				second(c.Platform.Runs.Create(ctx, kneo.RunCreateRequest{Input: secrets["body"]}, kneo.WithIdempotencyKey(secrets["idempotency key"]))),
				second(c.Request(ctx, "GET", "/v1/runs?q="+secrets["query"], nil, new([]int))),
				second(c.Raw().GetRunWithResponse(ctx, "r1")),
				second(c.Platform.Runs.WaitForCompletion(ctx, "r1", kneo.WithWaitTimeout(time.Second))),
				second(c.Platform.Runs.CreateAndWait(ctx, kneo.RunCreateRequest{})),
			} {
				if err != nil {
					failed++
				}
			}
			for _, err := range c.Platform.Runs.WaitAll(ctx, []string{"r1", "r2"}, kneo.WithWaitTimeout(time.Second)) {
				if err == nil {
					t.Errorf("%s: a run", name)
				}
			}
			if failed < 5 { // the raw call fails with no bad status
				t.Errorf("%s: %d failed", name, failed)
			}
			w.checkSecrets(t)
		})
	}
}

func second[T any](_ T, err error) error { return err }

// TestNoIDs: what differs from run to run and from call to call is in no metric.
func TestNoIDs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWitness()
		srv, c := platform(t, w)
		run, err := c.Platform.Runs.CreateAndWait(t.Context(), kneo.RunCreateRequest{Input: "x", Spec: agent}, kneo.WithCallOptions(kneo.WithRequestID("q-1")))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = c.Platform.Runs.Get(t.Context(), "no-such-run")
		told := strings.Join(w.measurements(t), "\n")
		for _, id := range append([]string{run.RunID, "q-1", "no-such-run"}, requestIDs(srv)...) {
			if strings.Contains(told, id) {
				t.Errorf("%s is in\n%s", id, told)
			}
		}
	})
}

func requestIDs(srv *kneotest.Server) (ids []string) {
	for _, request := range srv.Requests() {
		ids = append(ids, request.RequestID)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// TestStrangeIDs: ids that are long, or no text, are cut and mended: OTLP takes no batch with a text in it that is not UTF-8.
func TestStrangeIDs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWitness()
		_, c := platform(t, w)
		long := strings.Repeat("é", 10_000)
		for _, id := range []string{"\xff\xfe", long, "a%2F\n"} {
			_, _ = c.Platform.Runs.WaitForCompletion(t.Context(), id)
			for _, err := range c.Platform.Runs.WaitAll(t.Context(), []string{id, "r1"}) {
				_ = err
			}
		}
		_, _ = c.Request(t.Context(), "GET", "/v1/runs/%ff", nil, nil)
		w.told(t)
		for _, span := range w.spans.Ended() {
			for _, attr := range span.Attributes() {
				if attr.Value.Type() == attribute.STRING && len(attr.Value.AsString()) > 1100 {
					t.Errorf("%s: %s has %d bytes", span.Name(), attr.Key, len(attr.Value.AsString()))
				}
			}
		}
	})
}
