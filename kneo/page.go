package kneo

import (
	"fmt"
	"net/http"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// window is how far the platform's lists can be read, if they do not say: rows beyond it have no offset.
const window = 10_000

// Page is one page of a list.
type Page[T any] struct {
	Items     []T
	Total     int    // how many rows match in all, also those out of reach; 0 from servers that do not say
	Limit     int    // how many rows were asked for at the most
	Offset    int    // how many rows come before the first of this page
	Window    *int   // how many rows offsets can reach; nil from servers before 0.9.0, for 10,000
	SortBy    string // the field that the list is sorted by
	SortOrder string // asc or desc
	Complete  *bool  // traces only, from 1.2.0: whether the trace has all events, nil for unknown
	Dropped   *int   // traces only, from 1.2.0: how many events the platform did not keep
}

// HasMore reports whether a page at a larger offset has rows. At the window it is false, even if Total is larger.
func (p *Page[T]) HasMore() bool {
	return len(p.Items) > 0 && p.Offset+len(p.Items) < min(p.Total, p.reach())
}

const (
	// defaultPage is the page size of the walks that do not ask for another.
	defaultPage = 100
	// maxPage is the largest that the platform gives.
	maxPage = 1000
)

// WindowError means that a list has rows that no offset reaches. The rows before them have been given, unless the walk says
// otherwise.
type WindowError struct {
	Total  int    // rows that match
	Window int    // rows that can be reached
	SortBy string // the order that cannot be walked further, empty if none can
}

// Error says how many rows are out of reach, and what to do.
func (e *WindowError) Error() string {
	text := fmt.Sprintf("kneo: %d rows match, of which the platform gives the first %d", e.Total, e.Window)
	if e.SortBy != "" {
		return text + "; all of them can be had in the order of created_at, but not in that of " + printable(e.SortBy, maxSnippet)
	}
	return text + "; narrow the list by a filter"
}

// complete returns an error if a walk must not go on from a page. One has no rows where there should be some: to end there would lose them
// silently. Another is not the page that was asked for, as from a cache that ignores the query: the walk would never end.
func (p *Page[T]) complete(op *gen.Operation, offset int) error {
	switch {
	case p.Total > 0 && p.Offset != offset:
		return brokenList(op, fmt.Errorf("it is the page at offset %d, and that at %d was asked for", p.Offset, offset))
	case len(p.Items) == 0 && offset < min(p.Total, p.reach()):
		return brokenList(op, fmt.Errorf("it says that there are %d rows, but has none at offset %d", p.Total, offset))
	}
	return nil
}

// brokenList is a page that does not go with what was asked for, or with the pages before it.
func brokenList(op *gen.Operation, err error) error {
	return &ProtocolError{Method: op.Method, Path: op.Path, StatusCode: http.StatusOK, Err: err, text: err.Error()}
}

// beyondWindow makes an error of rows that are out of reach at the end of a walk.
func (p *Page[T]) beyondWindow(offset int) error {
	// Servers before 0.9.0 do not count beyond the window of runs: where they stop to, there may be more.
	if offset >= p.reach() && (p.Total > offset || p.Window == nil) {
		return &WindowError{Total: p.Total, Window: p.reach()}
	}
	return nil
}

func (p *Page[T]) reach() int {
	if p.Window != nil {
		return *p.Window
	}
	return window
}
