package main

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// longestRun is how long runs of random lengths take at most.
const longestRun = 20 * time.Second

// lengths returns n random lengths of runs from the shortest on, the same for the same seed.
func lengths(seed uint64, n int, shortest time.Duration) []time.Duration {
	random := rand.New(rand.NewPCG(seed, uint64(n))) //nolint:gosec // is to be repeatable, guards nothing
	list := make([]time.Duration, n)
	for i := range list {
		list[i] = (shortest + time.Duration(random.Int64N(int64(longestRun-shortest)))).Round(time.Millisecond)
	}
	return list
}

func mean(list []time.Duration) time.Duration {
	var sum time.Duration
	for _, d := range list {
		sum += d
	}
	return sum / time.Duration(max(len(list), 1))
}

// percentile returns the smallest of the values that p percent of them do not exceed.
func percentile(list []time.Duration, p float64) time.Duration {
	if len(list) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(list))
	return sorted[max(int(math.Ceil(p/100*float64(len(sorted))))-1, 0)]
}

// lateness returns how long after the end of each run its end was noticed.
func lateness(noticed, ended []time.Time) []time.Duration {
	late := make([]time.Duration, len(noticed))
	for i := range noticed {
		late[i] = noticed[i].Sub(ended[i])
	}
	return late
}

// makespan returns how long workers take for runs which they take up in this order.
func makespan(lengths []time.Duration, workers int) time.Duration {
	free := make([]time.Duration, workers)
	for _, d := range lengths {
		first := slices.Index(free, slices.Min(free))
		free[first] += d
	}
	return slices.MaxFunc(free, cmp.Compare)
}

// milliseconds rounds for a table.
func milliseconds(d time.Duration) time.Duration { return d.Round(time.Millisecond) }
