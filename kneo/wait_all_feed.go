package kneo

import (
	"time"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// listRuns is the operation of the lists.
var listRuns = gen.OpListRuns

// overlap is how far back a feed that has lost its place reads again: the header Date has no fractions, and an end takes its
// time from being noted to being stored.
const overlap = 2 * time.Second

// splitOverlap is the same for a feed that has its place and is only split.
const splitOverlap = 100 * time.Millisecond

// feed is the list of the runs that were created in a range of time and have a status, read so that only what is new in it is
// returned. Runs that have ended stay in such a list and come to it at its end, so that what is new is behind an offset. Where
// that cannot be relied on it is read from its new end back to where it had been read before.
type feed struct {
	status        RunStatus
	open          bool // a status that runs leave again, and that has no time of its own
	after, before time.Time

	due    bool      // it is to be read in this round
	asking bool      // a request is under way
	fresh  bool      // it has never been read
	back   bool      // it is read from its new end
	offset int       // what has been read
	until  time.Time // what has been read when it is read from its new end
	first  int       // its length when that began
	total  int
	newest time.Time // of the rows

	hitAt time.Time // when it last had a run of ours
	idle  int       // how often it has had none since
	asks  RunStatus // it is being asked whether there are runs with this status in the range
	ends  bool      // there are none that can end: it is read once more, for what has ended before that was asked
}

func newFeed(status RunStatus, after, before time.Time) *feed {
	open := !status.Terminal()
	return &feed{status: status, open: open, after: after, before: before, fresh: true, back: open, due: true}
}

// params are those of the next request.
func (d *feed) params() RunListParams {
	p := RunListParams{
		Status: d.status, CreatedAfter: d.after, CreatedBefore: d.before, Limit: d.page(), Offset: d.offset,
		SortBy: "completed_at", SortOrder: SortAscending,
	}
	if d.open {
		p.SortBy = "updated_at"
	}
	if d.back {
		p.SortOrder = SortDescending
	}
	if d.asks != "" {
		p.Status, p.Offset = d.asks, 0
	}
	if d.fresh || d.asks != "" {
		p.Limit = 1 // what matters is how many there are
	}
	return p
}

// page is how many rows a list may return.
func (d *feed) page() int {
	const least, most = 4, 16
	return min(max(least, int((maxList-listCost-time.Duration(d.total)*matchCost)/rowCost)), most)
}

// timeOf is what a feed is sorted by.
func (d *feed) timeOf(row *RunSummary) time.Time {
	if d.open {
		return row.UpdatedAt
	}
	return row.CompletedAt
}

// read takes a page, and stays due if there is more.
func (d *feed) read(page *Page[RunSummary], limit int, slipped bool, allowance int) {
	start := d.offset == 0
	fresh := d.fresh
	d.total, d.fresh = page.Total, false
	for i := range page.Items {
		if at := d.timeOf(&page.Items[i]); at.After(d.newest) {
			d.newest = at
		}
	}
	n := len(page.Items)
	more := n == limit && d.offset+n < page.Total
	switch {
	case fresh && page.Total > allowance:
		d.due, d.offset = false, page.Total
	case d.back:
		if start {
			d.first = page.Total
		}
		d.offset += n
		if d.due = more && d.timeOf(&page.Items[n-1]).After(d.until); !d.due {
			d.offset, d.back = d.first, false
		}
	case slipped || page.Total < d.offset:
		d.back, d.offset = true, 0
	default:
		d.offset += n
		d.due = more
	}
}

// finish ends the reading of a feed for this round. What it had until now, by the clock of the platform, need not be read again.
func (d *feed) finish(page *Page[RunSummary], date time.Time) {
	if date.IsZero() {
		date = d.newest
	}
	d.until = date.Add(-overlap)
	if d.open {
		d.back, d.offset = true, 0
	}
	if d.ends {
		return
	}
	d.idle++
	if page.Total > maxMatch/2 && d.idle == 1 {
		d.idle = idleRounds // long lists are asked early
	}
	if d.idle > idleRounds && d.status == RunCompleted {
		d.asks, d.due = RunRunning, true
	}
}

// answered takes the answer to whether there are runs in the range that can end.
func (d *feed) answered(page *Page[RunSummary]) {
	switch {
	case page.Total > 0:
		d.asks, d.due, d.idle = "", false, -2*idleRounds
	case d.asks == RunRunning:
		d.asks = RunBlocked
	default:
		d.asks, d.ends = "", true
	}
}

func (d *feed) hit() { d.hitAt, d.idle = time.Now(), -1 }

// isHot reports whether a feed is worth to be read in every round.
func (d *feed) isHot(now time.Time) bool {
	return d.status == RunCompleted || d.open || !d.hitAt.IsZero() && now.Sub(d.hitAt) < staysHot
}

// halves returns two feeds that have the range of one, if it has two.
func (d *feed) halves() (first, second *feed, ok bool) {
	middle := d.after.Add(d.before.Sub(d.after) / 2).Truncate(tick)
	if !middle.After(d.after) || !middle.Before(d.before) {
		return nil, nil, false
	}
	first, second = newFeed(d.status, d.after, middle), newFeed(d.status, middle.Add(tick), d.before)
	until := d.until
	if at := d.newest.Add(-splitOverlap); at.After(until) {
		until = at
	}
	for _, half := range []*feed{first, second} {
		half.fresh, half.back, half.until, half.hitAt = d.fresh, !d.fresh || d.open, until, d.hitAt
	}
	return first, second, true
}
