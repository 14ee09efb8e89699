package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"text/tabwriter"
	"time"
)

// livezInterval is how often the server is asked whether it lives.
const livezInterval = 50 * time.Millisecond

// measureLivez prints how long others wait for an answer of the real server while it works and somebody waits for its runs.
func measureLivez(ctx context.Context, out io.Writer, o *options) error {
	list := lengths(o.seed, o.livez, time.Second)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "\nkneo-serv, %d workers, %d runs of 1 to 20 s\tGET /v1/livez in %v\tp50\tp99\tworst\t\n", o.workers, len(list), o.window)
	for _, how := range []way{nobody, together} {
		took, err := livezWhile(ctx, o.workers, how, list, o.window)
		if err != nil {
			return fmt.Errorf("%s: %w", how.name, err)
		}
		fmt.Fprintf(w, "%s\t%d\t%v\t%v\t%v\t\n", how.name, len(took), tenths(percentile(took, 50)), tenths(percentile(took, 99)), tenths(slices.Max(took)))
	}
	return w.Flush()
}

// tenths rounds to tenths of a millisecond.
func tenths(d time.Duration) time.Duration { return d.Round(100 * time.Microsecond) }

// livezWhile asks the server for livez while its runs go on and are waited for in one way, and says how long each answer took.
func livezWhile(ctx context.Context, workers int, how way, list []time.Duration, window time.Duration) (took []time.Duration, err error) {
	err = withRuns(ctx, startServer(workers), list, func(s *session, runs []run) error {
		ctx, cancel := context.WithTimeout(ctx, window)
		defer cancel()
		if err := s.open(ctx); err != nil {
			return err
		}
		waited := make(chan error, 1)
		go func() {
			var err error
			if how.wait != nil {
				_, err = how.wait(ctx, s, runs)
			}
			waited <- err
		}()
		took, err = askLivez(ctx, s.profile().URL)
		if waitErr := <-waited; !errors.Is(waitErr, context.DeadlineExceeded) {
			err = errors.Join(err, waitErr)
		}
		return err
	})
	return took, err
}

// askLivez asks until the context ends. It uses no client of the library, whose requests wait for none of their kind.
func askLivez(ctx context.Context, url string) (took []time.Duration, err error) {
	client := &http.Client{Transport: newCounter()}
	ticker := time.NewTicker(livezInterval)
	defer ticker.Stop()
	for {
		start := time.Now()
		if err := get(client, url+"/v1/livez"); err != nil {
			return nil, err
		}
		took = append(took, time.Since(start))
		select {
		case <-ctx.Done():
			return took, nil
		case <-ticker.C:
		}
	}
}

func get(client *http.Client, url string) error {
	resp, err := client.Get(url) //nolint:noctx // the last answer is waited for, however long it takes
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}
