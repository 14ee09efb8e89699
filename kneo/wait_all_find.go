package kneo

import (
	"context"
	"net/http"
	"slices"
	"time"
)

// What requests cost a server 1.2.0 on SQLite, to choose between them: a list loads every row that matches, and redacts every
// row that it returns.
const (
	lookCost  = 3100 * time.Microsecond
	listCost  = 2700 * time.Microsecond
	matchCost = 100 * time.Microsecond
	rowCost   = 2500 * time.Microsecond
)

const (
	// maxMatch is how many rows may match a list, so that no list keeps the platform from answering others for long.
	maxMatch = 250

	// piece is how many of the runs that are waited for a list is to have at first.
	piece = 200

	// maxList is what a list may cost, for the same reason: the more rows match, the fewer it returns.
	maxList = 45 * time.Millisecond

	// lastList is how far apart the rounds of lists get, and listHaste how much sooner they do than looks at one run: a round
	// that finds nothing costs as much as several looks.
	lastList  = 750 * time.Millisecond
	listHaste = 3

	// coldRounds is every how many rounds a status is listed with which no run of ours has ended lately.
	coldRounds = 6

	// maxIdle is every how many rounds a range is listed in which nothing has ended lately, when there is not time for all of them.
	maxIdle = 4

	// staysHot is how long lately is.
	staysHot = 30 * time.Second

	// idleRounds is after how many lists without a find a range is asked whether anything in it can still end.
	idleRounds = 6
)

// finder finds by lists which runs have ended. What it finds is looked at, and what it does not find is too, in time: nothing but
// speed rests on it.
type finder struct {
	wait     *waitAll
	off      bool // lists do not work here, or cost more than they save
	ranges   ranges
	feeds    []*feed
	round    int
	roundAt  time.Time     // when the next one is due
	spent    time.Duration // on lists in this round, by what they cost the platform
	pressed  bool          // the share does not suffice for the pace
	failures int           // of lists, in a row
	resume   time.Time
}

func newFinder(w *waitAll) finder {
	return finder{wait: w, off: len(w.all) <= few, ranges: newRanges(w.all)}
}

// listing reports whether lists are made, or are going to be.
func (f *finder) listing() bool {
	return !f.off && f.wait.left > few && (!f.ranges.known || slices.ContainsFunc(f.feeds, func(d *feed) bool { return d.status == RunCompleted }))
}

// working reports whether lists are made, and are answered.
func (f *finder) working() bool { return f.listing() && f.failures < 2 }

// inRound reports whether some of a round's lists have not been read yet.
func (f *finder) inRound() bool {
	return f.listing() && f.failures == 0 && slices.ContainsFunc(f.feeds, func(d *feed) bool { return d.due || d.asking })
}

// next returns the next request that is due for a list, or when there may be one.
func (f *finder) next(now time.Time) (func(context.Context), time.Time) {
	switch {
	case !f.listing():
		return nil, never(now)
	case f.resume.After(now):
		return nil, f.resume
	}
	if id, ok := f.ranges.next(); ok {
		return func(ctx context.Context) { f.sample(ctx, id) }, now
	}
	if !f.ranges.known {
		return nil, never(now)
	}
	if !f.inRound() {
		switch {
		case len(f.wait.found) > 0:
			return nil, never(now) // looks at what the last round found come first, however late it is
		case f.roundAt.After(now):
			return nil, f.roundAt
		}
		f.newRound(now)
	}
	for _, d := range f.feeds {
		if d.due && !d.asking && f.listing() {
			return func(ctx context.Context) { f.list(ctx, d) }, now
		}
	}
	return nil, never(now)
}

// newRound has the lists made again.
func (f *finder) newRound(now time.Time) {
	pace := f.wait.options.pace(listHaste*now.Sub(f.wait.start), lastList)
	f.pressed = f.round > 0 && now.Sub(f.roundAt) > pace/4
	f.roundAt, f.spent = now.Add(pace), 0
	for i, d := range f.feeds {
		every := 1
		switch {
		case d.fresh:
		case !d.isHot(now):
			every = coldRounds
		case f.pressed:
			every = min(1+max(d.idle, 0)/2, maxIdle)
		}
		d.due = d.due || (f.round+i)%every == 0
	}
	f.round++
}

// costOf is what a list costs the platform; page is nil if it failed.
func costOf(page *Page[RunSummary]) time.Duration {
	if page == nil {
		return listCost
	}
	return listCost + time.Duration(page.Total)*matchCost + time.Duration(len(page.Items))*rowCost
}

// weigh adds to what a round costs. If that is more than to look at all runs would cost, or there are too many ranges to keep
// track of, lists are not worth it: too many runs of others are in the same ranges.
func (f *finder) weigh(page *Page[RunSummary]) {
	f.spent += costOf(page)
	all := len(f.wait.all)
	f.off = f.off || f.spent > time.Duration(f.wait.left)*lookCost*3/2 && f.spent > maxList || len(f.feeds) > 32+all/piece*4
}

// request makes a request for lists, whose failures are no more than a reason to leave them be for a while, or for good.
func (f *finder) request(make func() (then func(), cost time.Duration, err error), again func()) {
	f.wait.ask(func() (func(), time.Duration) {
		then, cost, err := make()
		return func() {
			switch {
			case err == nil:
				f.failures = 0
				then()
			case isOutage(err):
				f.failures++
				f.resume = time.Now().Add(outagePause(err, f.failures))
				again()
			default:
				f.off = true
			}
		}, cost
	}, &f.wait.share)
}

// list reads a page of a feed.
func (f *finder) list(ctx context.Context, d *feed) {
	params := d.params()
	d.asking = true
	f.request(func() (func(), time.Duration, error) {
		page, date, err := f.wait.listPage(ctx, params)
		return func() { d.asking = false; f.took(d, page, params.Limit, date) }, costOf(page), err
	}, func() { d.asking = false })
}

// listPage returns a page and the time of the platform.
func (w *waitAll) listPage(ctx context.Context, params RunListParams) (*Page[RunSummary], time.Time, error) {
	call := w.service.newCall(listRuns, append(w.options.once(), withoutResponse))
	page, err := w.service.list(ctx, params, call)
	if err != nil {
		return nil, time.Time{}, err
	}
	date, _ := http.ParseTime(call.last.resp.Header.Get("Date"))
	return page, date, nil
}

// took takes a page of a feed.
func (f *finder) took(d *feed, page *Page[RunSummary], limit int, date time.Time) {
	f.weigh(page)
	switch {
	case d.asks != "":
		d.answered(page)
		return
	case d.fresh && page.Total > maxMatch:
		if f.split(d) {
			return
		}
	}
	slipped := f.note(d, page.Items)
	d.read(page, limit, slipped, f.allowance())
	if d.due {
		return
	}
	d.finish(page, date)
	switch {
	case d.ends:
		f.drop(d)
	case d.total > maxMatch:
		f.split(d)
	}
}

// allowance is how many rows a feed may have at first for all of them to be read: if more have ended than go on, to look at each of
// our runs costs less than to read their names first.
func (f *finder) allowance() int {
	pieces := 0
	for _, d := range f.feeds {
		if d.status == RunCompleted {
			pieces++
		}
	}
	return f.wait.left / (2 * max(pieces, 1))
}

// note has our runs looked at of those that a list names. It reports whether the list has shown a run again, which it does when
// a run has got into it that ended earlier than others which it had shown: the platform stores ends in another order than
// that of their times.
func (f *finder) note(d *feed, rows []RunSummary) (slipped bool) {
	for i := range rows {
		row := &rows[i]
		a := f.wait.byID[row.RunID]
		switch {
		case a == nil: // another's
		case d.open && !a.resolved && !a.queued && (a.handled != row.ContinuationID || slices.Contains(f.wait.options.statuses, d.status)):
			d.hit()
			f.wait.enqueue(a, time.Time{})
		case d.open:
		case a.listed:
			slipped = true
		default:
			d.hit()
			a.listed = true
			if !a.resolved && !a.queued {
				f.wait.enqueue(a, row.CompletedAt)
			}
		}
	}
	return slipped
}

// split puts two feeds with half of the range each in the place of one whose lists have got too long. It reports whether it could.
func (f *finder) split(d *feed) bool {
	first, second, ok := d.halves()
	if ok {
		f.drop(d)
		f.feeds = append(f.feeds, first, second)
	}
	return ok
}

func (f *finder) drop(d *feed) {
	f.feeds = slices.DeleteFunc(f.feeds, func(other *feed) bool { return other == d })
}
