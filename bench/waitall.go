package main

import (
	"context"
	"errors"
	"iter"

	"github.com/kneo-agent/kneo-client-go/kneo"
)

func waitAll(ctx context.Context, c *kneo.Client, ids []string) iter.Seq2[*kneo.Run, error] {
	all, ok := any(c.Platform.Runs).(interface {
		WaitAll(context.Context, []string, ...kneo.WaitOption) iter.Seq2[*kneo.Run, error]
	})
	if !ok {
		return func(yield func(*kneo.Run, error) bool) { yield(nil, errors.New("there is no WaitAll yet")) }
	}
	return all.WaitAll(ctx, ids)
}
