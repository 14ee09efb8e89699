package kneo

import "errors"

// errGoexit is what a function has ended with that ended its goroutine, as t.FailNow does.
var errGoexit = errors.New("kneo: a transport, a hook or an option ended the goroutine that it was called in, by runtime.Goexit")

// inGoroutine runs f in a goroutine of its own, and then done there, with what f panicked with, nil if it did not. Transports, hooks and options are the
// user's, and may panic: in a goroutine of the library's that would end the program, whatever the caller is prepared for. So it is for the caller's to
// panic with it.
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
