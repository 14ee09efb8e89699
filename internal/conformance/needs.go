package conformance

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/kneo-agent/kneo-client-go/gen"
	"github.com/kneo-agent/kneo-client-go/kneo"
)

// needCases has a case for each thing that not every server has, as the table of the contract says it: a server that has it takes it, to
// one that does not it is not sent, and that one does lack it, as can be seen by a client that sends it nevertheless.
func needCases() (cases []Case) {
	for _, op := range gen.Operations {
		if op.Since != "0.2.2" {
			cases = append(cases, Case{"the operation " + op.ID, func(t testing.TB, target *Target) {
				asksFor(t, target, &op, gen.Floor{Kind: "operation", Since: op.Since})
			}})
		}
		for _, floor := range op.Floors {
			cases = append(cases, Case{"the " + floor.Kind + " " + floor.Name + " of " + op.ID, func(t testing.TB, target *Target) { asksFor(t, target, &op, floor) }})
		}
	}
	return cases
}

// samples has values of parameters and fields. Those of fields that old servers ignore are such that the answer tells whether they
// were heeded.
var samples = map[string]any{
	"workflow_kind": "agent", "workflow_name": "wf", "session_id": "s", "has_error": "true", "created_after": "2026-01-01T00:00:00Z",
	"created_before": "2026-01-01T00:00:00Z", "q": "x", "status": "pending", "offset": "0", "sort_by": "created_at", "sort_order": "asc",
	"skills": map[string]any{}, "environment": "dev", "async_mode": true, "overlays": []string{"nowhere.yaml"}, "overrides": map[string]any{"version": "v7"},
}

// tells are the fields whose sample shows in the answer: the status of one that is heeded.
var tells = map[string]int{"overlays": 400, "overrides": 400, "async_mode": 202}

func asksFor(t testing.TB, target *Target, op *gen.Operation, floor gen.Floor) {
	status, err := ask(t, target.client(t, target.Keys["admin"]), op, floor)
	sent, sentErr := ask(t, target.client(t, target.Keys["admin"], kneo.WithoutVersionCheck()), op, floor)
	heeded := tells[floor.Name]
	if target.Version == "" || !older(target.Version, floor.Since) {
		if errors.Is(err, kneo.ErrUnsupported) || errors.Is(sentErr, kneo.ErrUnsupported) || status != sent || heeded != 0 && status != heeded {
			t.Errorf("%d %v, without a check %d %v", status, err, sent, sentErr)
		}
		return
	}
	var refused *kneo.UnsupportedError
	if !errors.As(err, &refused) || refused.Needs != floor.Since || errors.As(sentErr, &refused) {
		t.Fatal("it was not refused, or was although nothing was to be checked")
	}
	// A server that knows which parameters there are says so; one that does not have a field does in any case.
	says := floor.Kind == "operation" || floor.Kind == "query" && !older(target.Version, "0.11.0") || floor.Kind == "field" && !floor.Ignored
	if errors.Is(sentErr, kneo.ErrUnsupported) != says || heeded != 0 && floor.Ignored && sent == heeded {
		t.Errorf("it was sent, and the answer is %d %v", sent, sentErr)
	}
	t.Error(err) // which ends the case: this server lacks it
}

// ask makes a request for an operation with one thing in it.
func ask(t testing.TB, c *kneo.Client, op *gen.Operation, floor gen.Floor) (status int, err error) {
	path := strings.NewReplacer("{run_id}", "none", "{continuation_id}", "none", "{environment}", "needs").Replace(op.Path)
	var body map[string]any
	if op.Method == "POST" {
		body = map[string]any{}
	}
	switch {
	case slices.Contains([]string{"CreateRun", "RunSpec"}, op.ID):
		body = map[string]any{"input": "x", "spec": agentSpec}
	case strings.HasPrefix(op.Path, "/v1/specs/"):
		body = map[string]any{"spec": agentSpec}
	}
	var opts []kneo.CallOption
	switch floor.Kind {
	case "query":
		path += "?" + floor.Name + "=" + samples[floor.Name].(string)
	case "header":
		opts = append(opts, kneo.WithIdempotencyKey("a-key-of-ours"))
	case "field":
		body[floor.Name] = samples[floor.Name]
	}
	var content any
	if body != nil {
		content = body
	}
	info, err := c.Request(t.Context(), op.Method, path, content, nil, opts...)
	if info != nil {
		status = info.StatusCode
	}
	return status, err
}
