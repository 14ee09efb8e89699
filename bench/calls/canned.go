package main

import (
	"context"
	"fmt"
	"runtime"
)

// counts are what a call leaves to the garbage collector.
type counts struct {
	Allocs, Bytes uint64
}

// measureCanned counts what calls allocate whose answers come from memory, at once and without a connection.
func measureCanned(ctx context.Context) (map[string]map[string]counts, error) {
	s, err := newStub(walkRows, 0)
	if err != nil {
		return nil, err
	}
	all := map[string]map[string]counts{}
	for _, operation := range operations {
		all[operation] = map[string]counts{}
		for _, name := range names {
			client, err := newSubject(name, "http://127.0.0.1:1", s)
			if err != nil {
				return nil, err
			}
			calls := map[string]int{"list": 3, "walk": 1}[operation]
			if calls == 0 {
				calls = 500
			}
			if all[operation][name], err = count(calls, func() error { return do(ctx, client, operation) }); err != nil {
				return nil, fmt.Errorf("%s, %s: %w", name, operation, err)
			}
		}
	}
	return all, nil
}

// count is what a function allocates on the average.
func count(calls int, f func() error) (counts, error) {
	if err := f(); err != nil { // what is made once
		return counts{}, err
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for range calls {
		if err := f(); err != nil {
			return counts{}, err
		}
	}
	runtime.ReadMemStats(&after)
	n := uint64(calls) //nolint:gosec // a few hundred
	return counts{(after.Mallocs - before.Mallocs) / n, (after.TotalAlloc - before.TotalAlloc) / n}, nil
}
