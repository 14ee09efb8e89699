package kneo

import (
	"context"
	"slices"
)

// captured is what [WithResponse] is to get of a look. Several looks are under way at a time, so that none may write to where the
// caller reads.
type captured struct {
	wanted **Response
	got    *Response
}

// get asks for a run; info is nil unless the caller wants the response.
func (w *waitAll) get(ctx context.Context, a *awaited) (run *Run, info *captured, err error) {
	run, err = w.service.Get(ctx, a.id, append(slices.Clip(a.calls), func(o *callOptions) {
		if o.response != nil {
			info = &captured{wanted: o.response}
			o.response = &info.got
		}
	})...)
	return run, info, err
}

// withoutResponse has a list not take the place of the looks in [WithResponse].
func withoutResponse(o *callOptions) { o.response = nil }
