package kneo_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

// TestWalkOnAnOlderServer: before 1.1.0 there are no ranges of time to walk by, so that the walk goes by offsets, in either direction.
func TestWalkOnAnOlderServer(t *testing.T) {
	for version, ranges := range map[string]bool{"1.0.0": false, "1.1.0": true} {
		srv := kneotest.NewServer(kneotest.WithCleanup(t), kneotest.WithVersion(version))
		c := srv.Client()
		var ids []string
		for range 7 {
			run, err := c.Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{Input: "x", Spec: map[string]any{"version": "v1", "agent": map[string]any{"name": "root"}}})
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, run.RunID)
		}
		for _, order := range []kneo.SortOrder{"", kneo.SortDescending} {
			srv.ResetRequests()
			want := slices.Clone(ids)
			if order != "" {
				slices.Reverse(want)
			}
			var got []string
			for run, err := range c.Platform.Runs.All(t.Context(), kneo.RunListParams{Limit: 3, Offset: 1, SortOrder: order}) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, run.RunID)
			}
			if !slices.Equal(got, want[1:]) {
				t.Errorf("%s %s: %v, want %v", version, order, got, want[1:])
			}
			ranged := slices.ContainsFunc(srv.Requests(), func(r kneotest.Request) bool { return r.Query.Has("created_after") || r.Query.Has("created_before") })
			if ranged != ranges {
				t.Errorf("%s %s: by ranges %t", version, order, ranged)
			}
		}
		// A range of the caller's own cannot be done without.
		for _, err := range c.Platform.Runs.All(t.Context(), kneo.RunListParams{CreatedAfter: time.Now().Add(-time.Hour)}) {
			if errors.Is(err, kneo.ErrUnsupported) == ranges {
				t.Errorf("%s: %v", version, err)
			}
			break
		}
	}
}

// TestWalkThatIsIgnored: a client that does not ask for the version walks on a server that lists everything, whatever the range.
func TestWalkThatIsIgnored(t *testing.T) {
	srv := kneotest.NewServer(kneotest.WithCleanup(t))
	for range 5 {
		if _, err := srv.Client().Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{Input: "x", Spec: map[string]any{"version": "v1", "agent": map[string]any{"name": "root"}}}); err != nil {
			t.Fatal(err)
		}
	}
	old := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		query.Del("created_after")
		query.Del("created_before")
		r.URL.RawQuery = query.Encode()
		srv.ServeHTTP(w, r)
	}))
	defer old.Close()
	for _, order := range []kneo.SortOrder{kneo.SortAscending, kneo.SortDescending} {
		given := 0
		var failed error
		for _, err := range srv.Client(kneo.WithURL(old.URL), kneo.WithoutVersionCheck()).Platform.Runs.All(t.Context(), kneo.RunListParams{Limit: 2, SortOrder: order}) {
			if given++; err != nil || given > 10 {
				failed = err
				break
			}
		}
		var protocol *kneo.ProtocolError
		if !errors.As(failed, &protocol) || given != 3 || !strings.Contains(failed.Error(), "ignores created_after") {
			t.Errorf("%s: %d given, %v", order, given, failed)
		}
	}
}

// TestFirstTaskOnAnOlderServer: before 0.8.0 there is no filter that leaves out the tasks that have escalated.
func TestFirstTaskOnAnOlderServer(t *testing.T) {
	for version, filtered := range map[string]bool{"0.7.0": false, "0.8.0": true} {
		clock := kneotest.NewClock(time.Now())
		srv := kneotest.NewServer(kneotest.WithCleanup(t), kneotest.WithVersion(version), kneotest.WithClock(clock))
		c := srv.Client()
		wait := func(seconds int) *kneo.RunCreated {
			run, err := c.Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{Input: "x", Spec: map[string]any{
				"version": "v1", "agent": map[string]any{"name": "root"},
				"components": map[string]any{"humans": map[string]any{"h": map[string]any{"timeout_seconds": seconds, "on_timeout": "escalate"}}, "agents": map[string]any{"w": map[string]any{"name": "w"}}},
				"workflow": map[string]any{"type": "sequential", "name": "wf", "steps": []any{
					map[string]any{"id": "gate", "kind": "human", "ref": "h"}, map[string]any{"id": "end", "kind": "agent", "ref": "w"},
				}},
			}})
			if err != nil {
				t.Fatal(err)
			}
			return run
		}
		wait(1)
		second := wait(3600)
		clock.Advance(time.Minute)
		srv.PruneExpiredHumanTasks()
		resumed, err := c.Platform.HumanTasks.ResumeFirstPending(t.Context(), kneo.Approve(), kneo.HumanTaskListParams{})
		if err != nil || resumed == nil || resumed.RunID != second.RunID {
			t.Errorf("%s: %+v, %v", version, resumed, err)
		}
		if asked := srv.Requests("ListHumanTasks")[0].Query.Has("status"); asked != filtered {
			t.Errorf("%s: the filter was sent: %t", version, asked)
		}
	}
}

// TestWaitAllOnAnOlderServer: lists of the runs that have ended need ranges of time; without them each run is looked at.
func TestWaitAllOnAnOlderServer(t *testing.T) {
	for version, lists := range map[string]bool{"1.0.0": false, "1.1.0": true} {
		srv := kneotest.NewServer(kneotest.WithCleanup(t), kneotest.WithVersion(version))
		c := srv.Client()
		var ids []string
		for range 60 {
			run, err := c.Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{
				Input: "x", AsyncMode: true, Spec: map[string]any{"version": "v1", "agent": map[string]any{"name": "root"}},
			})
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, run.RunID)
		}
		given := 0
		for run, err := range c.Platform.Runs.WaitAll(t.Context(), ids, kneo.WithWaitTimeout(30*time.Second)) {
			if err != nil || run.Status != kneo.RunCompleted {
				t.Fatalf("%s: %+v, %v", version, run, err)
			}
			given++
		}
		if listed := srv.Calls("ListRuns") > 0; given != len(ids) || listed && !lists {
			t.Errorf("%s: %d given, lists %t", version, given, listed)
		}
	}
}
