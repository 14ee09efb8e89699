package main

import (
	"slices"
	"testing"
	"time"
)

func TestStatistics(t *testing.T) {
	var list []time.Duration
	for i := range 200 {
		list = append(list, time.Duration(200-i)*time.Second)
	}
	if got := mean(list); got != 100500*time.Millisecond {
		t.Errorf("mean %v", got)
	}
	for p, want := range map[float64]time.Duration{0: 1, 50: 100, 99: 198, 100: 200} {
		if got := percentile(list, p); got != want*time.Second {
			t.Errorf("percentile %v: %v", p, got)
		}
	}
	if mean(nil) != 0 || percentile(nil, 99) != 0 {
		t.Error("of nothing")
	}
}

func TestMakespan(t *testing.T) {
	if got := makespan([]time.Duration{3, 1, 1, 2}, 2); got != 4 {
		t.Errorf("%d", got)
	}
	if got := makespan([]time.Duration{3, 1}, 64); got != 3 {
		t.Errorf("%d", got)
	}
}

func TestLengthsAreThoseOfTheSeed(t *testing.T) {
	list := lengths(7, 1000, time.Second)
	if !slices.Equal(list, lengths(7, 1000, time.Second)) || slices.Equal(list, lengths(8, 1000, time.Second)) {
		t.Error("not the same for the same seed, or the same for another")
	}
	if slices.Min(list) < time.Second || slices.Max(list) > longestRun || percentile(list, 50) < 8*time.Second {
		t.Errorf("%v to %v", slices.Min(list), slices.Max(list))
	}
}
