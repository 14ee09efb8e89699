package kneo

import (
	"cmp"
	"context"
	"iter"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// WithoutReadAhead makes a walk through a list ask for a page only when all rows of the previous page have been taken.
//
// Without this option a walk asks for the next page as soon as the second row of the current page is taken, so that the platform works on
// it meanwhile. It is never more than one page ahead: breaking out of the range wastes at most one page, whose request is then cancelled.
// With [WithResponse] there is no reading ahead, because the Response is that of the current page. On calls that are not walks this
// option has no effect.
func WithoutReadAhead() CallOption {
	return func(o *callOptions) { o.inStep = true }
}

// walk goes through all rows of a list, page by page, from the offset that list begins with. Nothing is asked for before the
// first row is, and nothing after the last one. The sequence can be gone through again; it then asks again.
func walk[T any](ctx context.Context, opts []CallOption, op *gen.Operation, limit, offset int, list func(ctx context.Context, limit, offset int) (*Page[T], error)) iter.Seq2[T, error] {
	return rowByRow(ctx, opts, func(ctx context.Context) iter.Seq2[[]T, error] {
		return pages(op, limit, offset, func(limit, offset int) (*Page[T], error) { return list(ctx, limit, offset) })
	})
}

// pages is walk page by page. An error comes by itself, and last.
func pages[T any](op *gen.Operation, limit, offset int, list func(limit, offset int) (*Page[T], error)) iter.Seq2[[]T, error] {
	return func(yield func([]T, error) bool) {
		if err := checkWalk(limit, offset); err != nil {
			yield(nil, err)
			return
		}
		limit, offset := cmp.Or(limit, defaultPage), offset
		for {
			page, err := list(limit, offset)
			if err == nil {
				err = page.complete(op, offset)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(page.Items, nil) {
				return
			}
			offset += len(page.Items)
			if !page.HasMore() {
				if err := page.beyondWindow(offset); err != nil {
					yield(nil, err)
				}
				return
			}
		}
	}
}

// checkWalk refuses what no list has.
func checkWalk(limit, offset int) error {
	switch {
	case limit < 0:
		return argument("Limit", "it must not be below zero; zero is the default")
	case offset < 0:
		return argument("Offset", "it must not be below zero")
	}
	return nil
}

// rowByRow goes through pages row by row, and has the next page made while the rows of one are taken, unless the options of the call say otherwise.
func rowByRow[T any](ctx context.Context, opts []CallOption, pages func(context.Context) iter.Seq2[[]T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		r := newPageReader(pages(ctx), mayReadAhead(opts))
		defer r.close()
		defer cancel()
		for {
			page, err, ok := r.next()
			switch {
			case !ok:
				return
			case err != nil:
				yield(*new(T), err)
				return
			}
			for i, row := range page {
				if i == 1 {
					r.ahead()
				}
				if !yield(row, nil) {
					return
				}
			}
		}
	}
}

func mayReadAhead(opts []CallOption) bool {
	var o callOptions
	o.apply(opts)
	return !o.inStep && o.response == nil
}

// pageReader takes pages one by one, at times before they are asked for.
type pageReader[T any] struct {
	pull  func() ([]T, error, bool)
	stop  func()
	may   bool
	early chan pulled[T] // brings the page that is made early, nil if none is
}

// pulled is what a sequence of pages has given.
type pulled[T any] struct {
	page []T
	err  error
	ok   bool // false at its end

	panicked any // what it panicked with instead, nil if it did not
}

func newPageReader[T any](pages iter.Seq2[[]T, error], may bool) *pageReader[T] {
	r := &pageReader[T]{may: may}
	r.pull, r.stop = iter.Pull2(pages)
	return r
}

// ahead has the next page made.
func (r *pageReader[T]) ahead() {
	if !r.may || r.early != nil {
		return
	}
	early := make(chan pulled[T], 1)
	r.early = early
	var p pulled[T]
	inGoroutine(func(f func()) { go f() }, func() { p.page, p.err, p.ok = r.pull() }, func(panicked any) {
		p.panicked = panicked
		early <- p
	})
}

// next returns the next page.
func (r *pageReader[T]) next() ([]T, error, bool) {
	if r.early == nil {
		return r.pull()
	}
	p := <-r.early
	r.early = nil
	raise(p.panicked)
	return p.page, p.err, p.ok
}

// close ends the reading. What is being made has been told to end by its context.
func (r *pageReader[T]) close() {
	defer r.stop()
	if r.early != nil {
		_, _, _ = r.next() // nobody wants it any more, but a panic must not be lost
	}
}
