package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// nobody waits for no run.
var nobody = way{"nobody", nil}

// loadMargin is how much longer than they should the runs may take in all.
const loadMargin = 10 * time.Second

// load is what a way of waiting cost the real server.
type load struct {
	fleet
	cpu time.Duration
}

// measureLoad prints what ways to wait for many runs cost the real server.
func measureLoad(ctx context.Context, out io.Writer, o *options) error {
	list := lengths(o.seed, o.load, time.Second)
	// All are measured for the same time, whenever the runs end in it: idle workers cost the server, too.
	window := makespan(list, o.workers) + loadMargin
	var rows []load
	for _, how := range []way{nobody, together, pollers} {
		row, err := loadServer(ctx, o.workers, how, list, window)
		if err != nil {
			return fmt.Errorf("%s: %w", how.name, err)
		}
		rows = append(rows, row)
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "\nkneo-serv, %d workers, %d runs of 1 to 20 s\tmean late\tp99 late\trequests\tserver's CPU in %v\tabove nobody's\t\n", o.workers, len(list), window.Round(time.Second))
	for _, row := range rows {
		late := "\t"
		if len(row.late) > 0 {
			late = fmt.Sprintf("%v\t%v", milliseconds(mean(row.late)), milliseconds(percentile(row.late, 99)))
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%.2f s\t%.2f s\t\n", row.way, late, row.requests, row.cpu.Seconds(), (row.cpu - rows[0].cpu).Seconds())
	}
	return w.Flush()
}

// loadServer waits in one way for runs on a server of their own, and says what that took of its processor in the window.
func loadServer(ctx context.Context, workers int, how way, list []time.Duration, window time.Duration) (row load, err error) {
	p, err := startServer(workers)(ctx)
	if err != nil {
		return row, err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	s, err := newSession(p)
	if err != nil {
		return row, err
	}
	runs, err := s.createAll(ctx, list)
	if err != nil {
		return row, err
	}
	srv := p.(*server)
	cpuBefore, err := srv.cpu()
	if err != nil {
		return row, err
	}
	requestsBefore := s.transport.total.Load()
	over := time.NewTimer(window)
	if err := p.open(ctx); err != nil {
		return row, err
	}
	var noticed []time.Time
	if how.wait != nil {
		if noticed, err = how.wait(ctx, s, runs); err != nil {
			return row, err
		}
	}
	select {
	case <-over.C:
	case <-ctx.Done():
		return row, ctx.Err()
	}
	cpuAfter, err := srv.cpu()
	if err != nil {
		return row, err
	}
	row = load{fleet{way: how.name, requests: s.transport.total.Load() - requestsBefore}, cpuAfter - cpuBefore}
	ended, err := p.ends(ctx, runs) // also of nobody's: it would be no comparison if some were still at work
	if how.wait != nil && err == nil {
		row.late = lateness(noticed, ended)
	}
	return row, err
}
