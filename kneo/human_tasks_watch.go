package kneo

import (
	"context"
	"iter"
	"maps"
	"slices"
	"time"
)

const (
	// firstWatch and lastWatch are how far apart the looks for new tasks are, while there are some, and when there are none for a while.
	firstWatch = 200 * time.Millisecond
	lastWatch  = 2 * time.Second
)

// Watch yields the matching tasks as they appear, each once, beginning with those that are already waiting. A run that blocks again has a
// new task. Watch goes on until you leave the loop or the context ends; in the second case the last error is a [*WaitCanceledError] or a
// [*WaitTimeoutError]. It asks every 200 ms while tasks appear, and every 2 seconds when none have appeared for a while. It goes on
// through outages; any other error ends it. Limit and Offset of params have no effect.
func (s *HumanTasksService) Watch(ctx context.Context, params HumanTaskListParams, opts ...CallOption) iter.Seq2[HumanTask, error] {
	return func(yield func(HumanTask, error) bool) {
		params := params
		params.Limit, params.Offset = maxPage, 0
		once := append(slices.Clip(opts), WithCallRetry(RetryPolicy{MaxAttempts: 1}))
		w := newWatch("", &waitOptions{interval: firstWatch})
		given := givenTasks{last: map[string]int{}}
		for {
			var failed error
			for task, err := range s.All(ctx, params, once...) {
				if err != nil {
					failed = err
					break
				}
				if given.has(task.ContinuationID) {
					continue
				}
				w.options.interval = firstWatch
				if !yield(task, nil) {
					return
				}
			}
			if failed == nil {
				given.forget()
			}
			w.saw(nil, failed)
			if failed != nil && ctx.Err() == nil && !isOutage(failed) {
				yield(HumanTask{}, failed)
				return
			}
			if sleep(ctx, w.pause(failed)) != nil {
				yield(HumanTask{}, w.ended(ctx, failed))
				return
			}
			w.options.interval = min(w.options.interval*3/2, lastWatch)
		}
	}
}

// givenTasks are the tasks that a watch has given and may see again. A watch may go on for months, so those that are gone are forgotten.
type givenTasks struct {
	last  map[string]int // the round in which each was last there, by id
	round int
}

// forgetAfter is how many rounds a task is gone before it is forgotten: others that come and go can move it out of the way of one.
const forgetAfter = 5

// has reports whether a task, which is there, has been given, and takes it for given from now on.
func (g *givenTasks) has(id string) bool {
	_, given := g.last[id]
	g.last[id] = g.round
	return given
}

// forget ends a round.
func (g *givenTasks) forget() {
	maps.DeleteFunc(g.last, func(_ string, last int) bool { return g.round-last >= forgetAfter })
	g.round++
}
