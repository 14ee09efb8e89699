package kneo

import (
	"errors"
	"sync"
)

// errGoexit is what the caller panics with if a function of the user's ended the goroutine that it was called in, as t.FailNow does.
var errGoexit = errors.New("kneo: a transport, a hook or an option ended the goroutine that it was called in, by runtime.Goexit")

// inGoroutine runs f in a new goroutine, which start makes as the Go of a WaitGroup does, and then calls done there with what f panicked
// with, nil if it did not. Transports, hooks and options are the user's, and may panic. In a goroutine of the library that would end the
// program, even if the caller recovers from panics; so it is the caller's goroutine that has to panic with it, by raise.
func inGoroutine(start func(func()), f func(), done func(panicked any)) {
	start(func() {
		var panicked any = errGoexit
		defer func() {
			if v := recover(); v != nil {
				panicked = v
			}
			done(panicked)
		}()
		f()
		panicked = nil
	})
}

// raise panics with the first of what goroutines have panicked with, if any has.
func raise(panics ...any) {
	for _, panicked := range panics {
		if panicked != nil {
			panic(panicked)
		}
	}
}

// inParallel calls f for each number below n, at most width at a time, each in a goroutine of its own, and returns when all of them have. If
// some have panicked, it panics with what the first of them did.
func inParallel(n, width int, f func(i int)) {
	places := make(chan struct{}, width)
	panics := make([]any, n)
	var all sync.WaitGroup
	for i := range n {
		places <- struct{}{}
		inGoroutine(all.Go, func() { f(i) }, func(panicked any) {
			panics[i] = panicked
			<-places
		})
	}
	all.Wait()
	raise(panics...)
}
