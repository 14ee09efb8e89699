package kneo

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// runTable is a platform that has nothing but a list of runs, and the habits of the real one with it: of the rows that match it
// gives the 10,000 updated last, sorted among themselves.
type runTable struct {
	mu    sync.Mutex
	rows  []tableRow
	onGet func(t *runTable) // what happens between two requests
	seen  int
	cap   int // how many rows a page has at the most, 0 for as many as are asked for
}

type tableRow struct {
	id               string
	status           string
	created, updated time.Time
}

func (rt *runTable) RoundTrip(req *http.Request) (*http.Response, error) {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	rt.seen++
	if rt.onGet != nil {
		rt.onGet(rt)
	}
	q := req.URL.Query()
	match := make([]*tableRow, 0, len(rt.rows))
	after, _ := time.Parse(time.RFC3339Nano, q.Get("created_after"))
	before, _ := time.Parse(time.RFC3339Nano, q.Get("created_before"))
	for i := range rt.rows {
		row := &rt.rows[i]
		if !after.IsZero() && row.created.Before(after) || !before.IsZero() && row.created.After(before) || q.Get("status") != "" && q.Get("status") != row.status {
			continue
		}
		match = append(match, row)
	}
	total := len(match)
	if total > window {
		slices.SortFunc(match, func(a, b *tableRow) int { return b.updated.Compare(a.updated) })
		match = match[:window]
	}
	sort := cmp.Or(q.Get("sort_by"), "updated_at")
	slices.SortStableFunc(match, func(a, b *tableRow) int {
		c := map[string]int{"created_at": a.created.Compare(b.created), "updated_at": a.updated.Compare(b.updated), "id": strings.Compare(a.id, b.id)}[sort]
		if q.Get("sort_order") == "desc" {
			return -c
		}
		return c
	})
	offset, _ := strconv.Atoi(q.Get("offset"))
	limit := 100
	if n, err := strconv.Atoi(q.Get("limit")); err == nil {
		limit = n
	}
	if rt.cap > 0 {
		limit = min(limit, rt.cap)
	}
	match = match[min(offset, len(match)):min(offset+limit, len(match))]
	var b strings.Builder
	for i, row := range match {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"id":%q,"status":%q,"created_at":%q,"updated_at":%q}`, row.id, row.status, row.created.Format(time.RFC3339Nano), row.updated.Format(time.RFC3339Nano))
	}
	body := fmt.Sprintf(`{"runs":[%s],"count":%d,"total":%d,"window":10000,"limit":%d,"offset":%d,"sort_by":%q,"sort_order":"desc"}`, b.String(), len(match), total, limit, offset, sort)
	return says(200, body, "Date", time.Now().UTC().Format(http.TimeFormat))(req)
}

func (rt *runTable) client(t *testing.T) *Client {
	t.Helper()
	return (&platform{}).client(t, WithHTTPClient(&http.Client{Transport: rt}))
}

// newTable has n runs, made a millisecond apart but for a number of them in the middle that share one time.
func newTable(n, shared int) *runTable {
	rt := &runTable{}
	start := time.Now().Add(-time.Hour).UTC().Truncate(time.Microsecond)
	for i := range n {
		at := start.Add(time.Duration(i) * time.Millisecond)
		if i >= n/2 && i < n/2+shared {
			at = start.Add(time.Duration(n/2) * time.Millisecond)
		}
		// Updated in an order that has nothing to do with that of their creation.
		rt.rows = append(rt.rows, tableRow{id: fmt.Sprintf("run-%06d", i*7919%n), status: "completed", created: at, updated: start.Add(time.Duration(i*104729%n) * time.Second)})
	}
	return rt
}

// collect walks, and checks that every run of the table as it was is given once.
func collect(t *testing.T, rt *runTable, params RunListParams) (rows []RunSummary) {
	t.Helper()
	want := map[string]bool{}
	for _, row := range rt.rows {
		want[row.id] = true
	}
	given := map[string]int{}
	for row, err := range rt.client(t).Platform.Runs.All(t.Context(), params) {
		if err != nil {
			t.Fatal(err)
		}
		given[row.RunID]++
		delete(want, row.RunID)
		rows = append(rows, row)
	}
	for id, n := range given {
		if n > 1 {
			t.Errorf("%s was given %d times", id, n)
		}
	}
	if len(want) > 0 {
		t.Errorf("%d runs were not given", len(want))
	}
	return rows
}

func TestAllGivesEveryRunOnce(t *testing.T) {
	tests := []struct {
		name      string
		n, shared int
		params    RunListParams
	}{
		{"none", 0, 0, RunListParams{}},
		{"one", 1, 0, RunListParams{}},
		{"a page", 100, 0, RunListParams{}},
		{"a page and one", 101, 0, RunListParams{}},
		{"pages of one", 20, 5, RunListParams{Limit: 1}},
		{"pages of two", 21, 7, RunListParams{Limit: 2}},
		{"newest first", 350, 150, RunListParams{SortOrder: SortDescending}},
		{"all at one time", 300, 300, RunListParams{}},
		{"the window", 10_000, 0, RunListParams{Limit: 1000}},
		{"past the window", 11_000, 2500, RunListParams{Limit: 1000}},
		{"past the window, newest first", 10_500, 1500, RunListParams{Limit: 1000, SortOrder: SortDescending}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			rt := newTable(test.n, test.shared)
			rows := collect(t, rt, test.params)
			if !slices.IsSortedFunc(rows, func(a, b RunSummary) int {
				if test.params.SortOrder == SortDescending {
					a, b = b, a
				}
				return a.CreatedAt.Compare(b.CreatedAt)
			}) {
				t.Error("the rows are out of order")
			}
		})
	}
}

// TestAllWhileRunsComeAndChange: a thousand runs are made during the walk, and every request moves many to the top.
func TestAllWhileRunsComeAndChange(t *testing.T) {
	for n, params := range map[int]RunListParams{12_000: {Limit: 1000}, 10_500: {Limit: 1000, SortOrder: SortDescending}} {
		rt := newTable(n, 500)
		rt.onGet = func(rt *runTable) {
			now := time.Now().UTC().Truncate(time.Microsecond)
			for i := range rt.rows {
				if (i+rt.seen)%37 == 0 {
					rt.rows[i].updated = now
				}
			}
			if rt.seen < 20 {
				for i := range 50 {
					rt.rows = append(rt.rows, tableRow{id: fmt.Sprintf("new-%d-%d", rt.seen, i), status: "running", created: now, updated: now})
				}
			}
		}
		collect(t, rt, params)
	}
}

// TestAllInAnotherOrder: rows that move while it walks come at the end.
func TestAllInAnotherOrder(t *testing.T) {
	rt := newTable(950, 0)
	rt.onGet = func(rt *runTable) {
		if rt.seen == 5 {
			for i := range 200 {
				rt.rows[i*4].updated = time.Now().UTC()
			}
		}
	}
	collect(t, rt, RunListParams{SortBy: "updated_at", SortOrder: SortDescending})

	rt = newTable(10_001, 0)
	rows := 0
	for _, err := range rt.client(t).Platform.Runs.All(t.Context(), RunListParams{SortBy: "updated_at"}) {
		var beyond *WindowError
		if !errors.As(err, &beyond) || beyond.Total != 10_001 || !strings.Contains(err.Error(), "created_at") {
			t.Errorf("%v", err)
		}
		rows++
	}
	if rows != 1 {
		t.Errorf("%d rows", rows)
	}
}

// TestAllGivesUpHonestly: what no range can split is an error, after the rows before it.
func TestAllGivesUpHonestly(t *testing.T) {
	rt := newTable(21_000, 10_400)
	var last error
	rows := 0
	for _, err := range rt.client(t).Platform.Runs.All(t.Context(), RunListParams{Limit: 1000}) {
		last = err
		rows++
	}
	var beyond *WindowError
	if !errors.As(last, &beyond) {
		t.Errorf("%v after %d rows", last, rows)
	}
}

// TestAllOfCappedPages: a proxy that gives fewer rows than were asked for does not end the walk.
func TestAllOfCappedPages(t *testing.T) {
	for _, params := range []RunListParams{{}, {SortOrder: SortDescending, Limit: 1000}, {SortBy: "updated_at"}} {
		rt := newTable(1050, 130)
		rt.cap = 60
		collect(t, rt, params)
	}
}

// TestWalksOfNoSense are refused before anything is sent.
func TestWalksOfNoSense(t *testing.T) {
	p := script(says(200, `{"runs":[],"skills":[],"count":0,"total":0,"limit":100,"offset":0}`))
	c := p.client(t)
	check := func(what string, err error) {
		t.Helper()
		var mistake *ArgumentError
		if !errors.As(err, &mistake) || mistake.Name != what || p.count() != 0 {
			t.Errorf("%s: %v after %d requests", what, err, p.count())
		}
	}
	for _, err := range c.Platform.Runs.All(t.Context(), RunListParams{Limit: -1}) {
		check("Limit", err)
	}
	for _, err := range c.Platform.Runs.All(t.Context(), RunListParams{Offset: -1}) {
		check("Offset", err)
	}
	for _, err := range c.Agent.Skills.All(t.Context(), SkillListParams{Limit: -1}) {
		check("Limit", err)
	}
	for _, err := range c.Agent.Skills.All(t.Context(), SkillListParams{Offset: -1}) {
		check("Offset", err)
	}
}

// TestWalkOfAnotherOffset: a server that gives other rows than were asked for would keep a walk from ending.
func TestWalkOfAnotherOffset(t *testing.T) {
	p := script(says(200, `{"skills":[{"name":"a"},{"name":"b"}],"count":2,"total":5,"limit":2,"offset":0}`))
	rows := 0
	var last error
	for _, err := range p.client(t).Agent.Skills.All(t.Context(), SkillListParams{Limit: 2}) {
		if last = err; err == nil {
			rows++
		}
	}
	var protocol *ProtocolError
	if !errors.As(last, &protocol) || rows != 2 || !strings.Contains(last.Error(), "it is the page at offset 0, and that at 2 was asked for") {
		t.Errorf("%v after %d rows", last, rows)
	}
}

func TestWalksAreLazyAndCanBeRepeated(t *testing.T) {
	rt := newTable(250, 0)
	all := rt.client(t).Platform.Runs.All(t.Context(), RunListParams{Offset: 10}, WithoutReadAhead())
	if rt.seen != 0 {
		t.Error("something was asked for before the first row was")
	}
	for range 2 {
		rt.seen = 0
		n := 0
		for _, err := range all {
			if err != nil {
				t.Fatal(err)
			}
			if n++; n == 5 {
				break
			}
		}
		if rt.seen != 1 {
			t.Errorf("%d requests for five rows", rt.seen)
		}
	}
	n := 0
	for _, err := range all {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 240 {
		t.Errorf("%d rows past an offset of 10", n)
	}
}

// TestWalkEndsWithAnError: of other lists the platform gives no more than its window, and a list without its rows is no end.
func TestWalkEndsWithAnError(t *testing.T) {
	event := `{"id":"e","event_type":"run.created"}`
	page := func(items string, total, offset int) func(*http.Request) (*http.Response, error) {
		return says(200, fmt.Sprintf(`{"events":[%s],"count":1,"total":%d,"window":2,"limit":1,"offset":%d,"sort_by":"created_at","sort_order":"asc"}`, items, total, offset))
	}
	var last error
	n := 0
	for _, err := range script(page(event, 3, 0), page(event, 3, 1)).client(t).Platform.Audit.All(t.Context(), AuditListParams{Limit: 1}) {
		last = err
		n++
	}
	var beyond *WindowError
	if !errors.As(last, &beyond) || beyond.Total != 3 || beyond.Window != 2 || n != 3 {
		t.Errorf("%v after %d", last, n)
	}
	for _, err := range script(page("", 2, 0)).client(t).Platform.Audit.All(t.Context(), AuditListParams{}) {
		last = err
	}
	var protocol *ProtocolError
	if !errors.As(last, &protocol) {
		t.Errorf("%v", last)
	}
	p := script(page(event, 2, 0), says(404, detail("not_found", "x")))
	n = 0
	for _, err := range p.client(t).Platform.Audit.All(t.Context(), AuditListParams{Limit: 1}) {
		n++
		last = err
	}
	if !errors.Is(last, ErrNotFound) || n != 2 {
		t.Errorf("%v after %d", last, n)
	}
}

// TestWalksThatWouldNotEnd: an answer that is the same whatever is asked for, as a cache gives that does not look at the query, and one without what
// a walk goes by, end it with an error.
func TestWalksThatWouldNotEnd(t *testing.T) {
	const first = `"total":1000,"limit":2,"offset":0,"window":10000,"sort_order":"asc"}`
	runs := func(created ...string) string {
		var rows []string
		for i, at := range created {
			rows = append(rows, fmt.Sprintf(`{"id":"r%d","status":"completed","created_at":%s}`, i, at))
		}
		return `{"runs":[` + strings.Join(rows, ",") + `],` + first
	}
	for name, test := range map[string]struct {
		body string
		walk func(*Client) iter.Seq[error]
	}{
		"audit events": {`{"events":[{"id":"a"},{"id":"b"}],` + first, func(c *Client) iter.Seq[error] {
			return errorsOf(c.Platform.Audit.All(t.Context(), AuditListParams{Limit: 2}))
		}},
		"a trace": {`{"run_id":"r","events":[{"event_id":"a"},{"event_id":"b"}],` + first, func(c *Client) iter.Seq[error] {
			return errorsOf(c.Platform.Runs.TraceAll(t.Context(), "r", TraceParams{Limit: 2}))
		}},
		"runs in another order": {runs(`"2026-11-23T21:15:03Z"`, `"2026-11-23T21:15:04Z"`), func(c *Client) iter.Seq[error] {
			return errorsOf(c.Platform.Runs.All(t.Context(), RunListParams{Limit: 2, SortBy: "status"}))
		}},
		"runs of the same page": {runs(`"2026-11-23T21:15:03Z"`, `"2026-11-23T21:15:04Z"`), func(c *Client) iter.Seq[error] {
			return errorsOf(c.Platform.Runs.All(t.Context(), RunListParams{Limit: 2}))
		}},
		"runs of no time": {runs("null", "null"), func(c *Client) iter.Seq[error] {
			return errorsOf(c.Platform.Runs.All(t.Context(), RunListParams{Limit: 2}))
		}},
		"runs that go back": {runs(`"2026-11-23T21:15:03Z"`, `"2025-11-23T21:15:03Z"`), func(c *Client) iter.Seq[error] {
			return errorsOf(c.Platform.Runs.All(t.Context(), RunListParams{Limit: 2, CreatedAfter: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			p, n := script(says(200, test.body)), 0
			var protocol *ProtocolError
			for err := range test.walk(p.client(t)) {
				if n++; errors.As(err, &protocol) {
					break
				}
				if err != nil || n > 100 {
					t.Fatalf("after %d rows and %d requests: %v", n, p.count(), err)
				}
			}
			if protocol == nil {
				t.Errorf("it ended after %d rows", n)
			}
		})
	}
}

func errorsOf[T any](rows iter.Seq2[T, error]) iter.Seq[error] {
	return func(yield func(error) bool) {
		for _, err := range rows {
			if !yield(err) {
				return
			}
		}
	}
}
