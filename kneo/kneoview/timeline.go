package kneoview

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/kneo-agent/kneo-client-go/kneo"
)

// Timeline draws the trace of a run: what took how long, inside what, what failed, and how long the run waited for people.
// [Timeline.WriteText] and [Timeline.WriteHTML] write it. The zero value is the timeline of an empty trace.
//
// The platform traces workflows, calls of agents and questions to people, but not steps that are functions: their time shows in the time
// of the workflow around them. The events are beginnings and ends, which [kneo.Spans] pairs. Some spans have no end: those that are still
// going on, and those of a sequence or an orchestration that failed. They are drawn paler, up to the last event, with a + after their
// duration.
type Timeline struct {
	// Events are the trace, as [kneo.RunsService.Trace] and [kneo.RunsService.TraceAll] return it, in any order. If they belong to
	// several runs, each run gets its own timeline.
	Events []kneo.TraceEvent

	// Run is the run itself, if you have it. It has what a trace does not: the status, and why a sequence failed.
	Run *kneo.Run

	// Now is the time up to which anything that is still going on is drawn, such as the wait for a person. Zero means the time of the
	// last event. It has no effect if the run is known to have ended.
	Now time.Time

	// Previews shows the inputs and outputs in the trace, and the questions that people were asked. All of this is your users' data.
	Previews bool

	// Width is how many columns the text may take. Zero means 80, and the minimum is 50. HTML uses the available width.
	Width int
}

// section is the timeline of one run.
type section struct {
	id     string
	run    *kneo.Run // nil if it is not at hand
	events []kneo.TraceEvent
	rows   []row
	scale
}

// row is something that took its time, or an event by itself.
type row struct {
	kind  rowKind
	name  string
	begin time.Time
	end   time.Time // what came last, if the trace has no end of it
	timed bool      // the time of its begin is known

	open    bool   // the trace has no end of it
	endless string // why not
	fault   bool
	error   string
	said    []string // of how it went

	first       kneo.TraceEvent
	last        *kneo.TraceEvent
	from, until int  // indices of events
	ends        bool // there is an event that ends it
	depth       int
}

type rowKind string

const (
	rowWorkflow rowKind = "workflow"
	rowAgent    rowKind = "agent"
	rowPerson   rowKind = "person" // who was asked
	rowEvent    rowKind = "event"
)

// sections has a section for each run, at least one.
func (t Timeline) sections() []*section {
	var all []*section
	byID := map[string]*section{}
	for _, e := range t.Events {
		s := byID[e.RunID]
		if s == nil {
			s = &section{id: e.RunID}
			byID[e.RunID] = s
			all = append(all, s)
		}
		s.events = append(s.events, e)
	}
	if all == nil {
		all = []*section{{}}
	}
	if t.Run != nil {
		s := byID[t.Run.RunID]
		if s == nil && len(all) == 1 { // whatever the events call it
			s = all[0]
		}
		if s != nil {
			s.run = t.Run
			s.id = cmp.Or(s.id, t.Run.RunID)
		}
	}
	for _, s := range all {
		s.arrange(t.Now)
	}
	return all
}

// arrange sorts the events by their times and makes rows of them.
func (s *section) arrange(now time.Time) {
	times := s.times()
	order := make([]int, len(s.events))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return times[a].Compare(times[b]) })
	sorted := make([]kneo.TraceEvent, len(order))
	at := make([]time.Time, len(order))
	for i, from := range order {
		sorted[i], at[i] = s.events[from], times[from]
	}
	s.events = sorted
	s.rows = newTracer(s, at, now).rows()
	s.scale = newScale(s.rows)
}

// times are those of the events. An event that has none is taken to have come with the one before it.
func (s *section) times() []time.Time {
	var known time.Time
	for _, e := range s.events {
		if !e.Timestamp.IsZero() {
			known = e.Timestamp
			break
		}
	}
	times := make([]time.Time, len(s.events))
	for i, e := range s.events {
		if !e.Timestamp.IsZero() {
			known = e.Timestamp
		}
		times[i] = known
	}
	return times
}

// status is that of the run, empty if it is not known.
func (s *section) status() kneo.RunStatus {
	if s.run == nil {
		return ""
	}
	return s.run.Status
}

// failure is why the run failed, as far as it says so.
func (s *section) failure() string {
	if s.run == nil || s.run.Error == nil {
		return ""
	}
	return clean(s.run.Error.Message)
}

// failureName is what to call that. A run that has completed after it was continued keeps the error that it had before.
func (s *section) failureName() string {
	if s.status() == kneo.RunCompleted {
		return "earlier error"
	}
	return "error"
}

// total is how long the run has taken, by its trace.
func (s *section) total() time.Duration { return s.end.Sub(s.begin) }

// open reports whether something in it has not ended by the end of the trace.
func (s *section) open() bool {
	return slices.ContainsFunc(s.rows, func(r row) bool { return r.open && r.until == len(s.events) })
}

// duration is how long a row took, as people say it.
func (r row) duration() string {
	switch {
	case r.kind == rowEvent:
		return ""
	case !r.timed:
		return "?"
	case r.open:
		return spell(r.end.Sub(r.begin)) + "+"
	}
	return spell(r.end.Sub(r.begin))
}

// spell writes a duration so that it is read at a glance: in two units at most, and 9 columns.
func spell(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d <= 0:
		return "0ms"
	case d < time.Millisecond:
		return "<1ms"
	case d < time.Second-time.Millisecond/2:
		return d.Round(time.Millisecond).String()
	case d < 10*time.Second-5*time.Millisecond:
		return d.Round(10 * time.Millisecond).String()
	case d < time.Minute-50*time.Millisecond:
		return d.Round(100 * time.Millisecond).String()
	case d < time.Hour-time.Second/2:
		return units(d.Round(time.Second), time.Minute, "m", time.Second, "s")
	case d < day-time.Minute/2:
		return units(d.Round(time.Minute), time.Hour, "h", time.Minute, "m")
	case d < 100*day:
		return units(d.Round(time.Hour), day, "d", time.Hour, "h")
	}
	return strconv.FormatInt(int64(d/day), 10) + "d"
}

func units(d, big time.Duration, bigName string, small time.Duration, smallName string) string {
	text := strconv.FormatInt(int64(d/big), 10) + bigName
	if rest := int64(d % big / small); rest > 0 {
		text += strconv.FormatInt(rest, 10) + smallName
	}
	return text
}
