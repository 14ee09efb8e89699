package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/kneo-agent/kneo-client-go/examples/internal/emulator"
	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

func TestMain(m *testing.M) { emulator.Main(m, main) }

// rows parses an export and checks its header.
func rows(t *testing.T, text string) [][]string {
	t.Helper()
	all, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(all) == 0 || strings.Join(all[0], ",") != "created_at,event_type,actor,run_id,continuation_id,id,metadata" {
		t.Fatalf("%v: %s", err, text)
	}
	return all[1:]
}

func column(all [][]string, i int) (values []string) {
	for _, row := range all {
		values = append(values, row[i])
	}
	return values
}

// TestWithoutProfile: the remarks about the platform are not among the rows.
func TestWithoutProfile(t *testing.T) {
	emulator.Unconfigure(t)
	text, err := emulator.Command(t).Output()
	if err != nil {
		t.Fatal(err)
	}
	if got := column(rows(t, string(text)), 1); !slices.Equal(got, []string{"run.created", "credential.inventory_accessed"}) {
		t.Errorf("%q", got)
	}
}

// busy makes a platform record seven events, and returns the id of the run that four of them are about.
func busy(t *testing.T, client *kneo.Client) string {
	t.Helper()
	ctx := t.Context()
	run, err := client.Platform.Runs.CreateAndWait(ctx, kneo.RunCreateRequest{Input: "x", Spec: map[string]any{"version": "v1", "agent": map[string]any{"name": "root"}}})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if _, err := client.Platform.Runs.Cancel(ctx, run.RunID); err != nil {
			t.Fatal(err)
		}
		if _, err := client.Platform.Policies.Put(ctx, "example", kneo.EnvironmentPolicyRequest{FailOnWarnings: i%2 == 0}); err != nil {
			t.Fatal(err)
		}
	}
	return run.RunID
}

func TestFields(t *testing.T) {
	srv := emulator.Configure(t)
	id := busy(t, srv.Client())
	var out bytes.Buffer
	if err := run(t.Context(), &out, "", kneo.AuditListParams{}); err != nil {
		t.Fatal(err)
	}
	all := rows(t, out.String())
	want := []string{"run.created", "run.cancelled", "policy.changed", "run.cancelled", "policy.changed", "run.cancelled", "policy.changed"}
	if !slices.Equal(column(all, 1), want) || !slices.IsSorted(column(all, 0)) {
		t.Errorf("%q", all)
	}
	if all[0][2] != "admin" || all[0][3] != id || all[2][3] != "" || len(all[0][5]) != 36 {
		t.Errorf("%q", all)
	}
	var metadata struct {
		Environment string
		Changed     []string `json:"changed_fields"`
	}
	if err := json.Unmarshal([]byte(all[4][6]), &metadata); err != nil || metadata.Environment != "example" || !slices.Equal(metadata.Changed, []string{"fail_on_warnings"}) {
		t.Errorf("%v, %s", err, all[4][6])
	}
	if _, err := time.Parse(time.RFC3339, all[0][0]); err != nil {
		t.Error(err)
	}
}

// TestFile: filters work, and each export replaces the file of the one before.
func TestFile(t *testing.T) {
	srv := emulator.Configure(t)
	id := busy(t, srv.Client())
	path := filepath.Join(t.TempDir(), "audit.csv")
	for args, want := range map[string]int{"-type policy.changed": 3, "-run " + id: 4, "-type run.created -run " + id: 1, "-run nobody": 0} {
		if out, status := emulator.Run(t, append(strings.Fields(args), "-o", path)...); status != 0 || out != "" {
			t.Errorf("%s: %d: %s", args, status, out)
		}
		text, err := os.ReadFile(path)
		if err != nil || len(rows(t, string(text))) != want {
			t.Errorf("%s: %v, %s", args, err, text)
		}
	}
}

// TestFailure: an export that fails leaves the old file alone, and no other.
func TestFailure(t *testing.T) {
	srv := emulator.Configure(t)
	busy(t, srv.Client())
	srv.Inject(kneotest.Fault{Operation: "ListAuditEvents", Effect: kneotest.Answer(http.StatusForbidden, 0)})
	folder := t.TempDir()
	path := filepath.Join(folder, "audit.csv")
	if err := os.WriteFile(path, []byte("before"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), nil, path, kneo.AuditListParams{}); !errors.Is(err, kneo.ErrForbidden) {
		t.Errorf("%v", err)
	}
	files, err := os.ReadDir(folder)
	text, readErr := os.ReadFile(path)
	if err != nil || readErr != nil || len(files) != 1 || string(text) != "before" {
		t.Errorf("%v, %v, %v, %q", err, readErr, files, text)
	}
}

// windowed limits lists of audit events to the latest n that match, as the real server does with 10,000.
func windowed(n int) kneotest.Effect {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			query := r.URL.Query()
			all := r.Clone(r.Context())
			all.URL.RawQuery = url.Values{"event_type": query["event_type"], "run_id": query["run_id"], "limit": {"1000"}}.Encode()
			answer := httptest.NewRecorder()
			next.ServeHTTP(answer, all)
			var list struct {
				Events []json.RawMessage `json:"events"` // the latest first
				Total  int               `json:"total"`
			}
			if err := json.Unmarshal(answer.Body.Bytes(), &list); err != nil {
				panic(err)
			}
			rows := list.Events[:min(n, len(list.Events))]
			if query.Get("sort_order") == "asc" {
				slices.Reverse(rows)
			}
			offset, _ := strconv.Atoi(query.Get("offset"))
			limit, _ := strconv.Atoi(query.Get("limit"))
			rows = rows[min(offset, len(rows)):min(offset+limit, len(rows))]
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(map[string]any{
				"events": rows, "count": len(rows), "total": list.Total, "window": n, "limit": limit, "offset": offset,
				"sort_by": query.Get("sort_by"), "sort_order": query.Get("sort_order"),
			})
		})
	}
}

// TestWindow: what the list of all events does not reach is in the lists by type, each event is exported once, and what no list reaches is
// counted. There are seven events: one of one type and three each of two others.
func TestWindow(t *testing.T) {
	tests := []struct {
		window, rows, lacks int
		params              kneo.AuditListParams
	}{
		{window: 8, rows: 7},
		{window: 7, rows: 7},
		{window: 6, rows: 7},
		{window: 3, rows: 7},
		{window: 2, rows: 5, lacks: 2},
		{window: 1, rows: 3, lacks: 4},
		{window: 2, rows: 2, lacks: 1, params: kneo.AuditListParams{EventType: kneo.AuditRunCancelled}},
		{window: 3, rows: 3, params: kneo.AuditListParams{EventType: kneo.AuditRunCancelled}},
	}
	for _, test := range tests {
		srv := emulator.Configure(t)
		busy(t, srv.Client())
		srv.Inject(kneotest.Fault{Operation: "ListAuditEvents", Effect: windowed(test.window)})
		path := filepath.Join(t.TempDir(), "audit.csv")
		err := run(t.Context(), nil, path, test.params)
		var incomplete *incompleteError
		if errors.As(err, &incomplete) != (test.lacks > 0) || incomplete != nil && incomplete.lacks != test.lacks || incomplete == nil && err != nil {
			t.Errorf("%+v: %v", test, err)
		}
		text, err := os.ReadFile(path) // there is one, complete or not
		if err != nil {
			t.Fatal(err)
		}
		ids := column(rows(t, string(text)), 5)
		if slices.Sort(ids); len(ids) != test.rows || len(slices.Compact(ids)) != test.rows {
			t.Errorf("%+v: %d rows", test, len(ids))
		}
	}
}

// TestUnknownType: events of a type that is neither known nor in the first list are not forgotten silently.
func TestUnknownType(t *testing.T) {
	srv := emulator.Configure(t)
	busy(t, srv.Client())
	hidden := func(next http.Handler) http.Handler { // as if only a newer server had the type run.created
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if query := r.URL.Query(); query.Get("event_type") == string(kneo.AuditRunCreated) {
				query.Set("event_type", "nothing")
				r = r.Clone(r.Context())
				r.URL.RawQuery = query.Encode()
			}
			next.ServeHTTP(w, r)
		})
	}
	srv.Inject(kneotest.Fault{Operation: "ListAuditEvents", Effect: kneotest.Effects(hidden, windowed(3))})
	var out bytes.Buffer
	var incomplete *incompleteError
	if err := run(t.Context(), &out, "", kneo.AuditListParams{}); !errors.As(err, &incomplete) || incomplete.lacks != 1 || len(rows(t, out.String())) != 6 {
		t.Errorf("%v, %s", err, out.String())
	}
}

// TestManyPages: 1,100 events are two pages, in order of time.
func TestManyPages(t *testing.T) {
	srv := emulator.InProcess(t)
	client := srv.Client()
	for range 1100 {
		if _, err := client.Platform.Credentials.List(t.Context(), kneo.CredentialListParams{}); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if err := export(context.Background(), client.Platform.Audit, &out, kneo.AuditListParams{}); err != nil {
		t.Fatal(err)
	}
	all := rows(t, out.String())
	if n := srv.Calls("ListAuditEvents"); n != 2 || len(all) != 1100 || !slices.IsSorted(column(all, 0)) {
		t.Errorf("%d rows in %d pages", len(all), n)
	}
}
