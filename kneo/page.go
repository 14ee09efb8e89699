package kneo

// window is how far the platform's lists can be read, if they do not say: rows beyond it have no offset.
const window = 10_000

// Page is one page of a list.
type Page[T any] struct {
	Items     []T
	Total     int    // how many rows match in all; 0 from servers that do not say
	Limit     int    // how many rows were asked for at the most
	Offset    int    // how many rows come before the first of this page
	Window    *int   // how many rows can be reached by offset; nil from servers before 0.9.0, which is 10,000
	SortBy    string // the field that the list is sorted by
	SortOrder string // asc or desc
	Complete  *bool  // traces only, from 1.2.0: whether the trace has all events, nil for unknown
	Dropped   *int   // traces only, from 1.2.0: how many events the platform did not keep
}

// HasMore reports whether a page at a larger offset has rows. It is false at the window, though Total may be larger.
func (p *Page[T]) HasMore() bool {
	reach := window
	if p.Window != nil {
		reach = *p.Window
	}
	return len(p.Items) > 0 && p.Offset+len(p.Items) < min(p.Total, reach)
}
