package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/kneo-agent/kneo-client-go/kneo"
)

const (
	// redraw is the time between two drawings.
	redraw = 100 * time.Millisecond

	// barWidth is the length of the bar that stands for all runs.
	barWidth = 50

	// maxProblems bounds the problems in the summary.
	maxProblems = 10
)

// table counts the runs by status. On a terminal it draws itself again and again; elsewhere it prints a line for each run that ends. Its
// methods are safe for concurrent use.
type table struct {
	out      io.Writer
	terminal bool
	total    int
	began    time.Time

	mu       sync.Mutex
	statuses map[string]kneo.RunStatus // by run
	ended    int                       // how many have
	problems []error
	height   int // of what is drawn, in lines

	stop    chan struct{}
	drawing sync.WaitGroup
}

// newTable returns a table and, on a terminal, starts drawing it. The summary ends that.
func newTable(out io.Writer, terminal bool, total int) *table {
	t := &table{out: out, terminal: terminal, total: total, began: time.Now(), statuses: map[string]kneo.RunStatus{}, stop: make(chan struct{})}
	if terminal {
		t.drawing.Go(t.keepDrawing)
	}
	return t
}

func (t *table) keepDrawing() {
	ticker := time.NewTicker(redraw)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			t.draw()
		case <-t.stop:
			t.draw()
			return
		}
	}
}

// created adds a run.
func (t *table) created(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.statuses[id] = kneo.RunRunning
}

// progress is for [kneo.WithProgress].
func (t *table) progress(u kneo.WaitUpdate) {
	if u.Run != nil {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.statuses[u.Run.RunID] = u.Run.Status
	}
}

// result is for what [kneo.RunsService.WaitAll] yields. A run with an error keeps the status it was last seen with.
func (t *table) result(run *kneo.Run, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err != nil {
		t.problems = append(t.problems, err) // it names the run
		return
	}
	t.ended++
	t.statuses[run.RunID] = run.Status
	if err := run.Err(); err != nil {
		t.problems = append(t.problems, err)
	}
	if !t.terminal {
		fmt.Fprintf(t.out, "%4d of %d  %5.1fs  %-9s  %s\n", t.ended, len(t.statuses), time.Since(t.began).Seconds(), run.Status, run.RunID)
	}
}

// counts returns how many runs there are of each status.
func (t *table) counts() map[kneo.RunStatus]int {
	counts := map[kneo.RunStatus]int{}
	for _, status := range t.statuses {
		counts[status]++
	}
	return counts
}

// draw replaces the table on the terminal.
func (t *table) draw() {
	t.mu.Lock()
	defer t.mu.Unlock()
	var text strings.Builder
	if t.height > 0 {
		fmt.Fprintf(&text, "\x1b[%dA", t.height) // up to the first line
	}
	fmt.Fprintf(&text, "\x1b[J%6.1fs  %d of %d runs created\n", time.Since(t.began).Seconds(), len(t.statuses), t.total) // wipes everything below first
	t.height = 1
	counts := t.counts()
	for _, status := range slices.Sorted(maps.Keys(counts)) {
		n := counts[status]
		fmt.Fprintf(&text, "  %-10s %4d  %s\n", status, n, strings.Repeat("#", (n*barWidth+t.total-1)/t.total))
		t.height++
	}
	fmt.Fprint(t.out, text.String()) // in one piece, so that it does not flicker
}

// summary prints how the runs ended, and returns how many completed.
func (t *table) summary() (completed int) {
	close(t.stop)
	t.drawing.Wait()
	var parts []string
	counts := t.counts()
	for _, status := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%d %s", counts[status], status))
	}
	fmt.Fprintf(t.out, "%d runs in %.1fs: %s\n", len(t.statuses), time.Since(t.began).Seconds(), cmp.Or(strings.Join(parts, ", "), "none"))
	for i, problem := range t.problems {
		if i == maxProblems {
			fmt.Fprintf(t.out, "  and %d more\n", len(t.problems)-i)
			break
		}
		fmt.Fprintf(t.out, "  %v\n", problem)
	}
	return counts[kneo.RunCompleted]
}
