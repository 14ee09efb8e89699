package kneo

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestWaitAllOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := completesAfter(5 * time.Second)
		start := time.Now()
		n := 0
		for run, err := range p.client(t).Platform.Runs.WaitAll(t.Context(), []string{"r1", "r1"}) {
			n++
			if err != nil || run.Status != RunCompleted {
				t.Errorf("%+v, %v", run, err)
			}
		}
		if late := time.Since(start) - 5*time.Second; n != 1 || late > 500*time.Millisecond || p.count() > 60 {
			t.Errorf("%d results, %v late, %d requests", n, late, p.count())
		}
	})
}
