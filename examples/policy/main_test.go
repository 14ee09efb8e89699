package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/kneo-agent/kneo-client-go/examples/internal/demo"
	"github.com/kneo-agent/kneo-client-go/examples/internal/emulator"
	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

func TestMain(m *testing.M) { emulator.Main(m, main) }

func always(answer bool) func(context.Context) (bool, error) {
	return func(context.Context) (bool, error) { return answer, nil }
}

// unreviewed creates a run in the environment example in which no person decides.
func unreviewed(t *testing.T, srv *kneotest.Server) (*kneo.RunCreated, error) {
	t.Helper()
	return srv.Client().Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{Spec: demo.Workflow("w", "writer"), Environment: "example"})
}

// TestPreview: with nobody to ask, the program shows what would change, and changes nothing.
func TestPreview(t *testing.T) {
	srv := emulator.Configure(t)
	created, err := unreviewed(t, srv)
	if err != nil {
		t.Fatal(err)
	}
	out, status := emulator.Run(t)
	if status != 0 || srv.Calls("PutEnvironmentPolicy") != 0 {
		t.Errorf("%d, %d policies were stored: %s", status, srv.Calls("PutEnvironmentPolicy"), out)
	}
	for _, want := range []string{
		"changes   require_human_review: null -> true\n", "affects   1 of the 1 latest runs of example\n", "blocks    run " + created.RunID + ", had it been in force\n",
		"\nnothing was stored; -yes stores it\n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in %s", want, out)
		}
	}
}

// TestYes: with -yes the policy is stored and enforced. The second time there is nothing to do.
func TestYes(t *testing.T) {
	srv := emulator.Configure(t)
	out, status := emulator.Run(t, "-yes")
	if status != 0 || !strings.Contains(out, `stored    {`) || !strings.Contains(out, `"require_human_review":true`) {
		t.Errorf("%d: %s", status, out)
	}
	var e *kneo.Error
	if _, err := unreviewed(t, srv); !errors.As(err, &e) || e.Code != kneo.CodeEnvironmentPolicyBlocked {
		t.Errorf("the policy does not work: %v", err)
	}
	out, status = emulator.Run(t, "-yes")
	if status != 0 || !strings.HasSuffix(out, "nothing to store\n") || srv.Calls("PutEnvironmentPolicy") != 1 {
		t.Errorf("%d: %s", status, out)
	}
}

// TestKeepsTheRest: the other settings of the stored policy survive.
func TestKeepsTheRest(t *testing.T) {
	srv := emulator.Configure(t)
	policies := srv.Client().Platform.Policies
	off := false
	before := kneo.EnvironmentPolicyRequest{
		Enabled: &off, FailOnWarnings: true, RequireToolPermissions: true, DenyUnrestrictedTools: true, RequireGuardrails: true,
		BlockedDiagnosticCodes: []string{"W_X"},
	}
	if _, err := policies.Put(t.Context(), "example", before); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := run(t.Context(), &out, "example", always(true)); err != nil || strings.Count(out.String(), "changes ") != 1 {
		t.Fatalf("%v, %s", err, out.String())
	}
	after, err := policies.Get(t.Context(), "example")
	if err != nil {
		t.Fatal(err)
	}
	p := after.Policy
	if p.Enabled || !p.FailOnWarnings || !p.RequireToolPermissions || !p.DenyUnrestrictedTools || !p.RequireGuardrails || !p.RequireHumanReview || len(p.BlockedDiagnosticCodes) != 1 {
		t.Errorf("%+v", p)
	}
}

// TestSomebodyElse: a change between preview and storing does not get lost silently.
func TestSomebodyElse(t *testing.T) {
	srv := emulator.Configure(t)
	err := run(t.Context(), io.Discard, "example", func(ctx context.Context) (bool, error) {
		_, err := srv.Client().Platform.Policies.Put(ctx, "example", kneo.EnvironmentPolicyRequest{RequireGuardrails: true})
		return true, err
	})
	if err == nil || !strings.Contains(err.Error(), "somebody else has changed the policy of example") || !strings.Contains(err.Error(), `"require_guardrails":true`) {
		t.Errorf("%v", err)
	}
}

// TestWithoutProfile: on the platform in the process there is a run for the preview to find.
func TestWithoutProfile(t *testing.T) {
	emulator.Unconfigure(t)
	out, status := emulator.Run(t)
	if status != 0 || !strings.Contains(out, "\nblocks    run ") {
		t.Errorf("%d: %s", status, out)
	}
}

// TestOlderServer: on a server without previews no policy is stored.
func TestOlderServer(t *testing.T) {
	srv := emulator.Configure(t, kneotest.WithVersion("1.1.0"))
	err := run(t.Context(), io.Discard, "example", always(true))
	if !errors.Is(err, kneo.ErrUnsupported) || !strings.Contains(err.Error(), "needs kneo-serv 1.2.0, and this server is 1.1.0") || srv.Calls("PutEnvironmentPolicy") != 0 {
		t.Errorf("%v", err)
	}
}

func TestAsk(t *testing.T) {
	for in, want := range map[string]bool{"y\n": true, "YES\n": true, "y": true, "\n": false, "": false, "no\n": false, "yellow\n": false} {
		if got, err := ask(t.Context(), strings.NewReader(in), io.Discard); got != want || err != nil {
			t.Errorf("%q: %v, %v", in, got, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	in, typing := io.Pipe()
	defer typing.Close()
	if got, err := ask(ctx, in, io.Discard); got || !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v, %v", got, err)
	}
}
