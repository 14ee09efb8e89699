package kneo

import (
	"errors"
	"net/http"
	"strings"
	"testing"
)

func TestFindBySession(t *testing.T) {
	p := &platform{answer: func(_ int, req *http.Request) (*http.Response, error) {
		switch {
		case strings.HasSuffix(req.URL.Path, "/runs"):
			return says(200, `{"runs":[{"id":"r1","status":"running","session_id":"[REDACTED]","created_at":"2026-11-24T00:00:00Z"},{"id":"r2","status":"running","created_at":"2026-11-24T00:00:01Z"},`+
				`{"id":"r3","status":"running","created_at":"2026-11-24T00:00:02Z"}],"count":3,"total":3,"window":10000,"limit":1000,"offset":0,"sort_by":"created_at","sort_order":"asc"}`)(req)
		case strings.HasSuffix(req.URL.Path, "/r1"):
			return says(200, `{"run_id":"r1","status":"running","session_id":"mine"}`)(req)
		case strings.HasSuffix(req.URL.Path, "/r2"):
			return says(200, `{"run_id":"r2","status":"running","session_id":"another"}`)(req)
		}
		return says(404, detail("not_found", "x"))(req)
	}}
	runs, err := p.client(t).Platform.Runs.FindBySession(t.Context(), "mine")
	if err != nil || len(runs) != 1 || runs[0].RunID != "r1" {
		t.Errorf("%v, %v", runs, err)
	}
	var mistake *ArgumentError
	if _, err := p.client(t).Platform.Runs.FindBySession(t.Context(), ""); !errors.As(err, &mistake) {
		t.Errorf("%v", err)
	}
}
