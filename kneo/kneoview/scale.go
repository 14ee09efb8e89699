package kneoview

import (
	"slices"
	"time"
)

// scale maps times to a line from 0 to 1. People take hours where programs take seconds: if waiting for them takes more than half of the time,
// it is drawn shorter, on a third of the line.
type scale struct {
	begin, end time.Time
	waits      []interval // that are drawn shorter
	shorter    float64    // by which factor
}

type interval struct{ begin, end time.Time }

func (i interval) length() time.Duration { return i.end.Sub(i.begin) }

func newScale(rows []row) scale {
	var s scale
	for i, r := range rows {
		if i == 0 {
			s.begin, s.end = r.begin, r.end
		}
		if r.end.After(s.end) {
			s.end = r.end
		}
	}
	waits := waitsOf(rows)
	var waiting time.Duration
	for _, w := range waits {
		waiting += w.length()
	}
	if work := s.end.Sub(s.begin) - waiting; work > 0 && waiting > work {
		s.waits, s.shorter = waits, float64(work)/2/float64(waiting)
	}
	return s
}

// waitsOf returns when people were waited for, each time once.
func waitsOf(rows []row) (waits []interval) {
	for _, r := range rows {
		if r.kind == rowPerson {
			waits = append(waits, interval{r.begin, r.end})
		}
	}
	slices.SortFunc(waits, func(a, b interval) int { return a.begin.Compare(b.begin) })
	var merged []interval
	for _, w := range waits {
		if n := len(merged); n > 0 && !w.begin.After(merged[n-1].end) {
			if w.end.After(merged[n-1].end) {
				merged[n-1].end = w.end
			}
			continue
		}
		merged = append(merged, w)
	}
	return merged
}

// at returns where a time is.
func (s scale) at(t time.Time) float64 {
	whole := s.drawn(s.end)
	if whole <= 0 {
		return 0
	}
	return min(max(s.drawn(t)/whole, 0), 1)
}

// drawn returns how long the time since the beginning is drawn, in nanoseconds.
func (s scale) drawn(t time.Time) float64 {
	length := float64(t.Sub(s.begin))
	for _, w := range s.waits {
		if t.After(w.begin) {
			passed := min(t.Sub(w.begin), w.length())
			length -= float64(passed) * (1 - s.shorter)
		}
	}
	return length
}

// ticks returns the times to write at the line, since the beginning, with enough room between them for their texts.
func (s scale) ticks() []time.Duration {
	total := s.end.Sub(s.begin)
	if total <= 0 {
		return []time.Duration{0}
	}
	var wanted []time.Duration
	if s.waits != nil { // no steps of a like length can be seen; the ends of the waits can
		for _, w := range s.waits {
			wanted = append(wanted, w.begin.Sub(s.begin), w.end.Sub(s.begin))
		}
	} else {
		for step, at := stepOf(total), time.Duration(0); at < total-step/2; at += step {
			wanted = append(wanted, at)
		}
	}
	const room = 0.16
	ticks := []time.Duration{0}
	for _, at := range wanted {
		here := s.at(s.begin.Add(at))
		if here-s.at(s.begin.Add(ticks[len(ticks)-1])) >= room && 1-here >= room {
			ticks = append(ticks, at)
		}
	}
	return append(ticks, total)
}

// stepOf returns a round duration, a handful of which makes the whole.
func stepOf(total time.Duration) time.Duration {
	units := []time.Duration{time.Microsecond, time.Millisecond, time.Second, time.Minute, time.Hour, 24 * time.Hour}
	for i, unit := range units {
		for _, n := range []time.Duration{1, 2, 5, 10, 15, 20, 30, 50, 100, 200, 500} {
			if n*unit*5 >= total && (i == len(units)-1 || n*unit < units[i+1]) {
				return n * unit
			}
		}
	}
	return total
}
