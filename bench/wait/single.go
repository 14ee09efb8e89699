package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/kneo-agent/kneo-client-go/kneo"
)

// singleLengths are the runs that the bounds speak of.
var singleLengths = []time.Duration{50 * time.Millisecond, 200 * time.Millisecond, time.Second, 5 * time.Second, 20 * time.Second}

const (
	// The bounds: a run's end is noticed within 60 ms or a tenth of its time, a second at most, and one of 5 s takes 60 requests.
	smallestLateness = 60 * time.Millisecond
	largestLateness  = time.Second
	boundedLength    = 5 * time.Second
	requestsBound    = 60

	// Short runs are waited for several times, as long as that takes no more than this, and at most so often.
	repeatFor = 20 * time.Second
	repeats   = 5

	// togetherFrom is the shortest run that is waited for together with others.
	togetherFrom = 5 * time.Second
)

// waiter is a way to wait for one run.
type waiter struct {
	name string
	opts []kneo.WaitOption
}

var waiters = []waiter{
	{"WaitForCompletion", nil},
	{"fixed second", []kneo.WaitOption{kneo.WithPollInterval(time.Second)}},
}

// single is what the waits of one kind were like.
type single struct {
	waiter   string
	length   time.Duration
	late     []time.Duration
	requests int64 // of the wait that took the most
}

// measureSingle prints how late waits for one run are, and what they ask.
func measureSingle(ctx context.Context, out io.Writer, start starter) error {
	p, err := start(ctx)
	if err != nil {
		return err
	}
	rows, err := waitSingly(ctx, p)
	if err := errors.Join(err, p.close()); err != nil {
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "\n%s\twaiter\twaits\tmean late\tworst late\tbound\trequests\tbound\t\n", p.name())
	for _, row := range rows {
		bound := ""
		if row.length == boundedLength {
			bound = fmt.Sprint(requestsBound)
		}
		fmt.Fprintf(w, "%v\t%s\t%d\t%v\t%v\t%v\t%d\t%s\t\n", row.length, row.waiter, len(row.late), milliseconds(mean(row.late)),
			milliseconds(slices.Max(row.late)), latenessBound(row.length), row.requests, bound)
		if row.length == boundedLength && row.requests > requestsBound {
			err = errors.Join(err, fmt.Errorf("%s: %s took %d requests for a run of %v, more than %d", p.name(), row.waiter, row.requests, row.length, requestsBound))
		}
	}
	return errors.Join(w.Flush(), err)
}

func latenessBound(length time.Duration) time.Duration {
	return min(max(smallestLateness, length/10), largestLateness)
}

// waitSingly does all the waits: for short runs one after another, since even a few requests of others would show; for long ones
// together.
func waitSingly(ctx context.Context, p platform) ([]single, error) {
	// The first run of a server takes longer than its step does.
	if _, err := repeatWait(ctx, p, waiters[0], 0, 0); err != nil {
		return nil, err
	}
	rows := make([]single, len(singleLengths)*len(waiters))
	errs := make([]error, len(rows))
	var wg sync.WaitGroup
	for i := range rows {
		length, how := singleLengths[i/len(waiters)], waiters[i%len(waiters)]
		measure := func() { rows[i], errs[i] = repeatWait(ctx, p, how, length, (i+1)*repeats) }
		if length >= togetherFrom {
			wg.Go(measure)
		} else {
			measure()
		}
	}
	wg.Wait()
	return rows, errors.Join(errs...)
}

// repeatWait waits for one run of a kind after another.
func repeatWait(ctx context.Context, p platform, how waiter, length time.Duration, firstNumber int) (single, error) {
	row := single{waiter: how.name, length: length}
	s, err := newSession(p)
	if err != nil {
		return row, err
	}
	s.numbers.Store(int64(firstNumber))
	for range min(max(int(repeatFor/max(length, 1)), 1), repeats) {
		r, err := s.create(ctx, length, false)
		if err != nil {
			return row, err
		}
		before := s.transport.total.Load()
		if _, err := s.Platform.Runs.WaitForCompletion(ctx, r.id, how.opts...); err != nil {
			return row, err
		}
		noticed := time.Now()
		row.requests = max(row.requests, s.transport.total.Load()-before)
		ended, err := p.ends(ctx, []run{r})
		if err != nil {
			return row, err
		}
		row.late = append(row.late, noticed.Sub(ended[0]))
	}
	return row, nil
}
