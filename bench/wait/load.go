package main

import (
	"context"
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
	cpu, took time.Duration
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
	fmt.Fprintf(w, "\nkneo-serv, %d workers, %d runs of 1 to 20 s\tmean late\tp99 late\trequests\tserver's CPU\tabove nobody's\twithin\t\n", o.workers, len(list))
	for _, row := range rows {
		late := "\t"
		if len(row.late) > 0 {
			late = fmt.Sprintf("%v\t%v", milliseconds(mean(row.late)), milliseconds(percentile(row.late, 99)))
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%.2f s\t%.2f s\t%v\t\n", row.way, late, row.requests, row.cpu.Seconds(), (row.cpu - rows[0].cpu).Seconds(), row.took.Round(time.Second))
	}
	return w.Flush()
}

// loadServer waits in one way for runs on a server of their own, and says what that took of its processor in the window.
func loadServer(ctx context.Context, workers int, how way, list []time.Duration, window time.Duration) (row load, err error) {
	err = withRuns(ctx, startServer(workers), list, func(s *session, runs []run) error {
		requests := s.transport.total.Load()
		var noticed []time.Time
		row.way = how.name
		row.cpu, row.took, err = cpuWhile(s.platform.(*server), func() (err error) {
			over := time.NewTimer(window)
			defer over.Stop()
			if err := s.open(ctx); err != nil {
				return err
			}
			if how.wait != nil {
				if noticed, err = how.wait(ctx, s, runs); err != nil {
					return err
				}
			}
			select {
			case <-over.C:
			case <-ctx.Done():
			}
			return ctx.Err()
		})
		if err != nil {
			return err
		}
		row.requests = s.transport.total.Load() - requests
		ended, err := s.ends(ctx, runs) // also of nobody's: it would be no comparison if some were still at work
		if how.wait != nil && err == nil {
			row.late = lateness(noticed, ended)
		}
		return err
	})
	return row, err
}

// cpuWhile returns how long the server's processor was at work during f, and how long f took.
func cpuWhile(s *server, f func() error) (cpu, took time.Duration, err error) {
	before, err := s.cpu()
	if err != nil {
		return 0, 0, err
	}
	start := time.Now()
	if err := f(); err != nil {
		return 0, 0, err
	}
	took = time.Since(start)
	after, err := s.cpu()
	return after - before, took, err
}
