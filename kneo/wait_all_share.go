package kneo

import "time"

const (
	// defaultShare is which part of the platform's time a wait for many runs takes at the most.
	defaultShare = 0.25

	// burst is how much of that time can be taken at once, after a quiet while.
	burst = 100 * time.Millisecond

	// maxCharge is how much a single request counts at the most: one that takes longer hangs, and keeps the platform from nothing.
	maxCharge = time.Second
)

// WithServerShare limits the part of the platform's time that [RunsService.WaitAll] takes, above 0 and up to 1. The default is 0.25. The
// wait measures how fast its requests are answered when nothing else delays them, and pauses until they take no more than that part of
// the time gone by. It may use half a second at the beginning, and later a tenth of a second at once; a request that takes more than a
// second counts as one second. With a larger share the ends of thousands of runs are noticed earlier. The same holds for a platform that
// is slow or far away, because the time on the network counts too. With few runs this option changes nothing, and for a wait for one run
// it has no effect.
func WithServerShare(share float64) WaitOption {
	return func(o *waitOptions) {
		if !(share > 0 && share <= 1) && o.problem == nil { // and not NaN
			o.problem = argument("WithServerShare", "the share must be above 0, and 1 at the most")
		}
		o.share = share
	}
}

// sparePart is which part of the share goes to runs that no list names, while there are lists. It is small when there are few of
// them, since their ends are listed before long, and grows so that the turn of each comes within minutes when there are many.
func sparePart(runs int) float64 { return min(max(0.06, float64(runs)/5000), 0.3) }

// speed is how many times as long as a server 1.2.0 by itself the platform takes for its answers, when nothing else keeps it busy:
// what the work of others adds, and that of another request of the wait, is not time that a request takes. It follows the
// fastest answers at once and slower ones slowly.
type speed struct{ factor float64 }

const (
	faster = 0.3
	slower = 1.05
)

// charge returns what a request takes of the platform's time that took as long as it did.
func (s *speed) charge(cost, took time.Duration) time.Duration {
	took = min(took, maxCharge)
	switch factor := float64(took) / float64(cost); {
	case s.factor == 0:
		s.factor = factor
	case factor < s.factor:
		s.factor += (factor - s.factor) * faster
	default:
		s.factor = min(s.factor*slower, factor)
	}
	return min(took, time.Duration(float64(cost)*s.factor))
}

// share is an account of the platform's time: it fills as time goes by, up to a tenth of a second, and requests take out what
// they took.
type share struct {
	part   float64
	credit time.Duration
	at     time.Time // when credit was right
}

func newShare(part float64, credit time.Duration, now time.Time) share {
	return share{part: part, credit: credit, at: now}
}

func (s *share) spend(cost time.Duration) {
	s.fill(time.Now())
	s.credit -= cost
}

func (s *share) fill(now time.Time) {
	filled := s.credit + time.Duration(s.part*float64(now.Sub(s.at)))
	s.credit, s.at = max(s.credit, min(burst, filled)), now
}

// readyAt is when there will be something in the account.
func (s *share) readyAt(now time.Time) time.Time {
	s.fill(now)
	if s.credit > 0 {
		return now
	}
	return now.Add(time.Duration(float64(-s.credit)/s.part) + time.Millisecond)
}
