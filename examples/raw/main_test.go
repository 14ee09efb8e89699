package main

import (
	"bytes"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/kneo-agent/kneo-client-go/examples/internal/emulator"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

func TestMain(m *testing.M) { emulator.Main(m, main) }

var want = regexp.MustCompile(`^generated  POST /v1/runs: 202, run (\S+) is running
generated  GET /v1/runs/no-such-run: 404, and no error: {"error":"not_found",.*}
request    GET /v1/runs/(\S+): 200 after 2 attempts, the run is (running|completed)
request    POST /v1/specs/validate: valid is false, request id example-raw, key of 36 characters
request    GET /v1/runs\?limit=1: application/json, \d+ bytes
request    GET /v1/runs/no-such-run: an error, with code not_found, after 2 attempts
$`)

// TestRun: every call succeeds at its second attempt, the only one that the platform sees.
func TestRun(t *testing.T) {
	srv := emulator.Configure(t)
	var out bytes.Buffer
	if err := run(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	match := want.FindStringSubmatch(out.String())
	if match == nil || match[1] != match[2] {
		t.Fatal(out.String())
	}
	if n := srv.Calls(""); n != 6 {
		t.Errorf("the platform has seen %d requests", n)
	}
	created := srv.Requests("CreateRun")[0]
	if len(created.IdempotencyKey) != 26 || created.Principal != "admin" { // of rand.Text
		t.Errorf("%+v", created)
	}
	if id := srv.Requests("ValidateSpec")[0].RequestID; id != "example-raw" {
		t.Errorf("request id %q", id)
	}
}

func TestWithoutProfile(t *testing.T) {
	emulator.Unconfigure(t)
	if out, status := emulator.Run(t); status != 0 || !strings.Contains(out, "an error, with code not_found, after 2 attempts\n") {
		t.Errorf("%d: %s", status, out)
	}
}

// TestRefused: the example notices a refusal although the generated client does not make it an error.
func TestRefused(t *testing.T) {
	srv := emulator.Configure(t)
	srv.Inject(kneotest.Fault{Operation: "CreateRun", Effect: kneotest.Answer(http.StatusForbidden, 0)})
	var out bytes.Buffer
	if err := run(t.Context(), &out); err == nil || !strings.HasPrefix(err.Error(), "the run was not created: 403 ") || out.Len() > 0 {
		t.Errorf("%v, %s", err, out.String())
	}
}
