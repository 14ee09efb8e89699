package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// shortRun is the shortest run of the emulator's fleets.
const shortRun = 500 * time.Millisecond

// fleet is what waiting for many runs in one way was like.
type fleet struct {
	way      string
	late     []time.Duration // none if nobody waited
	requests int64
}

// measureFleet prints how late ways to wait for many runs of the emulator are, and what they ask.
func measureFleet(ctx context.Context, out io.Writer, o *options) error {
	list := lengths(o.seed, o.fleet, shortRun)
	var rows []fleet
	for _, how := range []way{together, alone} {
		row, err := waitForFleet(ctx, startEmulator, how, list)
		if err != nil {
			return fmt.Errorf("%s: %w", how.name, err)
		}
		rows = append(rows, row)
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "\nkneotest, %d runs of 0.5 to 20 s\tmean late\tp99 late\trequests\t\n", len(list))
	for _, row := range rows {
		fmt.Fprintf(w, "%s\t%v\t%v\t%d\t\n", row.way, milliseconds(mean(row.late)), milliseconds(percentile(row.late, 99)), row.requests)
	}
	fmt.Fprintf(w, "%s / %s\t%.2f\t%.2f\t%.4f\t\n", together.name, alone.name,
		ratio(mean(rows[0].late), mean(rows[1].late)), ratio(percentile(rows[0].late, 99), percentile(rows[1].late, 99)),
		ratio(rows[0].requests, rows[1].requests))
	return w.Flush()
}

func ratio[T ~int64](a, b T) float64 { return float64(a) / float64(max(b, 1)) }

// waitForFleet has runs of these lengths begin together on a platform of their own, and waits for them.
func waitForFleet(ctx context.Context, start starter, how way, list []time.Duration) (row fleet, err error) {
	err = withRuns(ctx, start, list, func(s *session, runs []run) error {
		before := s.transport.total.Load()
		if err := s.open(ctx); err != nil {
			return err
		}
		noticed, err := how.wait(ctx, s, runs)
		if err != nil {
			return err
		}
		row = fleet{way: how.name, requests: s.transport.total.Load() - before}
		ended, err := s.ends(ctx, runs)
		row.late = lateness(noticed, ended)
		return err
	})
	return row, err
}
