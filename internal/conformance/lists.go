package conformance

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/kneo-agent/kneo-client-go/kneo"
)

var listCases = []Case{
	{"a list is filtered, sorted and cut", func(t testing.TB, target *Target) {
		c, session := target.client(t, target.Keys["admin"]), uuid.NewString()
		var ids []string
		for range 3 {
			ids = append(ids, finished(t, c, kneo.RunCreateRequest{Input: "x", Spec: agentSpec, SessionID: session}).RunID)
		}
		page, err := c.Platform.Runs.List(t.Context(), kneo.RunListParams{SessionID: session, Limit: 2, SortBy: "created_at", SortOrder: kneo.SortAscending})
		if err != nil || len(page.Items) != 2 || page.Items[0].RunID != ids[0] || page.Items[1].RunID != ids[1] || page.Total != 3 || page.Limit != 2 || page.Offset != 0 ||
			*page.Window != 10_000 || page.SortBy != "created_at" || page.SortOrder != "asc" || !page.HasMore() {
			t.Fatalf("%+v, %v", page, err)
		}
		row := page.Items[0]
		if row.Status != kneo.RunCompleted || row.SessionID != "[REDACTED]" || row.CreatedAt.IsZero() || row.CompletedAt.Before(row.CreatedAt) || !row.DeadlineAt.IsZero() || row.AdditionalProperties != nil {
			t.Errorf("%+v", row)
		}
		if row.Messages[0].Role != "user" || row.Messages[0].Content != "x" {
			t.Errorf("%+v", row.Messages)
		}
		page, err = c.Platform.Runs.List(t.Context(), kneo.RunListParams{SessionID: session, Limit: 2, Offset: 2, SortBy: "created_at", SortOrder: kneo.SortAscending})
		if err != nil || len(page.Items) != 1 || page.Items[0].RunID != ids[2] || page.HasMore() {
			t.Errorf("%+v, %v", page, err)
		}
	}},
	{"filters narrow", func(t testing.TB, target *Target) {
		c, session := target.client(t, target.Keys["admin"]), uuid.NewString()
		good := finished(t, c, kneo.RunCreateRequest{Input: "needle " + session, Spec: agentSpec, SessionID: session})
		bad := finished(t, c, kneo.RunCreateRequest{Input: "no json", Spec: steps(loads), SessionID: session})
		yes, no := true, false
		now := time.Now()
		tests := map[string]struct {
			params kneo.RunListParams
			want   []string
		}{
			"status":            {kneo.RunListParams{Status: kneo.RunFailed}, []string{bad.RunID}},
			"an unknown one":    {kneo.RunListParams{Status: "dreaming"}, nil},
			"has error":         {kneo.RunListParams{HasError: &yes}, []string{bad.RunID}},
			"has none":          {kneo.RunListParams{HasError: &no}, []string{good.RunID}},
			"kind agent":        {kneo.RunListParams{WorkflowKind: "agent"}, []string{good.RunID}},
			"kind workflow":     {kneo.RunListParams{WorkflowKind: "workflow"}, []string{bad.RunID}},
			"kind sequential":   {kneo.RunListParams{WorkflowKind: "sequential"}, nil},
			"workflow name":     {kneo.RunListParams{WorkflowName: "wf"}, []string{bad.RunID}},
			"text":              {kneo.RunListParams{Q: "NEEDLE " + session}, []string{good.RunID}},
			"created after":     {kneo.RunListParams{CreatedAfter: now.Add(time.Hour)}, nil},
			"created before":    {kneo.RunListParams{CreatedBefore: now.Add(-time.Hour)}, nil},
			"a zone of its own": {kneo.RunListParams{CreatedAfter: now.Add(-time.Hour).In(time.FixedZone("", 5*3600))}, []string{good.RunID, bad.RunID}},
		}
		for _, name := range slices.Sorted(maps.Keys(tests)) { // a server too old for one of them ends the case there
			test := tests[name]
			test.params.SessionID, test.params.SortBy, test.params.SortOrder = session, "created_at", kneo.SortAscending
			page, err := c.Platform.Runs.List(t.Context(), test.params)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if len(page.Items) != len(test.want) || page.Total != len(test.want) {
				t.Errorf("%s: %d rows, %d in all, want %d", name, len(page.Items), page.Total, len(test.want))
				continue
			}
			for i, id := range test.want {
				if page.Items[i].RunID != id {
					t.Errorf("%s: row %d is %s", name, i, page.Items[i].RunID)
				}
			}
		}
	}},
	{"a walk gives every run, once", func(t testing.TB, target *Target) {
		c, given := target.client(t, target.Keys["admin"]), map[string]int{}
		var ids []string
		for range 12 {
			run, err := c.Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{Input: "x", Spec: agentSpec})
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, run.RunID)
		}
		for row, err := range c.Platform.Runs.All(t.Context(), kneo.RunListParams{Status: kneo.RunCompleted, Limit: 8}) {
			if err != nil {
				t.Fatal(err)
			}
			given[row.RunID]++
		}
		for _, id := range ids {
			if given[id] != 1 {
				t.Errorf("%s was given %d times of %d", id, given[id], len(given))
			}
		}
	}},
	{"limits have bounds", func(t testing.TB, target *Target) {
		c := target.client(t, target.Keys["viewer"])
		for path, kind := range map[string]string{
			"/v1/runs?limit=0": "greater_than_equal", "/v1/runs?limit=1001": "less_than_equal", "/v1/runs?offset=-1": "greater_than_equal",
			"/v1/runs?offset=10001": "less_than_equal", "/v1/runs?limit=many": "int_parsing", "/v1/runs?sort_order=ASC": "literal_error", "/v1/runs?has_error=maybe": "bool_parsing",
		} {
			_, err := c.Request(t.Context(), "GET", path, nil, nil)
			if e := wantError(t, err, kneo.ErrValidation, 422, ""); e.Details.Fields[0].Type != kind {
				t.Errorf("%s: %+v", path, e.Details)
			}
		}
	}},
	{"an unknown parameter is named", func(t testing.TB, target *Target) {
		_, err := target.client(t, target.Keys["viewer"]).Request(t.Context(), "GET", "/v1/runs?foo=1&Bar=2", nil, nil)
		if !target.has(t, "0.11.0", "422 `unknown_query_parameters` for parameters that do not exist") {
			if err != nil {
				t.Error(err)
			}
			return
		}
		if e := wantError(t, err, kneo.ErrValidation, 422, kneo.CodeUnknownQueryParameters); len(e.Details.Unknown) != 2 || e.Details.Unknown[0] != "Bar" {
			t.Errorf("%+v", e.Details)
		}
	}},
	{"a time that is none is named", func(t testing.TB, target *Target) {
		_, err := target.client(t, target.Keys["viewer"]).Request(t.Context(), "GET", "/v1/runs?created_after=soon", nil, nil)
		if !target.has(t, "1.2.0", "422 `invalid_timestamp` for a value that is not a time") && err == nil {
			return
		}
		if e := wantError(t, err, kneo.ErrValidation, 422, kneo.CodeInvalidTimestamp); e.Details.Param != "created_after" {
			t.Errorf("%+v", e.Details)
		}
	}},
	{"routes that there are not", func(t testing.TB, target *Target) {
		c := target.client(t, target.Keys["admin"])
		_, err := c.Request(t.Context(), "GET", "/v1/nope", nil, nil)
		wantError(t, err, kneo.ErrNotFound, 404, "")
		info, err := c.Request(t.Context(), "DELETE", "/v1/runs/x", nil, nil)
		if info == nil || info.StatusCode != 405 || info.Header.Get("Allow") != "GET" {
			t.Errorf("%+v, %v", info, err)
		}
		_, err = c.Request(t.Context(), "GET", "/v1/runs/", nil, nil)
		if !isRedirect(err, 307) {
			t.Errorf("a trailing slash: %v", err)
		}
	}},
}
