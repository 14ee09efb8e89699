package main

import (
	"fmt"
	"io"
	"time"

	"github.com/kneo-agent/kneo-client-go/kneo"
)

const (
	// restart goes to the beginning of the line and wipes it.
	restart = "\r\x1b[K"

	// longestLine keeps the line on one line of most terminals: a longer one could not be wiped.
	longestLine = 79
)

// progress draws the updates of a wait.
type progress struct {
	out      io.Writer
	terminal bool
	steps    int // of the run

	before string // what was drawn last
}

// update is for [kneo.WithProgress].
func (p *progress) update(u kneo.WaitUpdate) {
	what := p.describe(u)
	if p.terminal {
		text := []rune(fmt.Sprintf("%5.1fs  %s", u.Elapsed.Seconds(), what))
		fmt.Fprintf(p.out, "%s%s", restart, string(text[:min(len(text), longestLine)]))
	} else if what != p.before { // a look that shows nothing new is worth no line
		fmt.Fprintf(p.out, "%5.1fs  %s\n", u.Elapsed.Seconds(), what)
	}
	p.before = what
}

// describe says all of an update but the time.
func (p *progress) describe(u kneo.WaitUpdate) string {
	switch {
	case u.Err != nil:
		return "still trying: " + u.Err.Error()
	case u.Stalled > 0:
		return fmt.Sprintf("%s, but nothing has moved for %v", u.Run.Status, u.Stalled.Truncate(time.Second))
	}
	return fmt.Sprintf("%s, %d of %d steps done", u.Run.Status, len(u.Run.VisitedSteps), p.steps)
}

// end leaves the line as it is and goes to the next.
func (p *progress) end() {
	if p.terminal && p.before != "" {
		fmt.Fprintln(p.out)
	}
}
