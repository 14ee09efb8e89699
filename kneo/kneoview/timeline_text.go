package kneoview

import (
	"cmp"
	"fmt"
	"io"
	"strings"
)

const (
	defaultWidth   = 80
	narrowestWidth = 50
)

// WriteText writes the timeline for a terminal or a log. No line is longer than Width, and none has control characters. Bars are solid for work that
// has ended, and shaded for waits and for what has no end.
func (t Timeline) WriteText(w io.Writer) error {
	p := &textPage{width: max(cmp.Or(t.Width, defaultWidth), narrowestWidth), previews: t.Previews}
	for i, s := range t.sections() {
		if i > 0 {
			p.WriteByte('\n')
		}
		p.section(s)
	}
	_, err := io.WriteString(w, p.String())
	return err
}

type textPage struct {
	strings.Builder
	width    int
	previews bool
}

// The columns of a row: when it began, how long it took, the bar, and what it is.
const timeColumn = 9

func (p *textPage) bar() int { return (p.width - 2*timeColumn) * 3 / 8 }

// deepest is how far rows are indented, so that enough of the line remains for words.
func (p *textPage) deepest() int { return (p.width - 2*timeColumn - p.bar() - 12) / 2 }

func (p *textPage) section(s *section) {
	p.paragraph(s.headline(), 0)
	if failure := s.failure(); failure != "" {
		p.paragraph(s.failureName()+": "+failure, 2)
	}
	if len(s.rows) == 0 {
		p.paragraph(noEvents, 0)
		return
	}
	p.paragraph(s.summary(), 0)
	p.WriteByte('\n')
	p.line(fmt.Sprintf("%*s%*s  0%*s", timeColumn, "at", timeColumn, "took", p.bar()-1, spell(s.total())))
	for _, r := range s.rows {
		p.row(s, r)
	}
	if s.waits != nil {
		p.WriteByte('\n')
		p.paragraph(shorterWaits, 0)
	}
}

const (
	noEvents     = "The trace has no events."
	shorterWaits = "The waits are drawn shorter than they were; all other bars are to scale."
)

// headline says whose timeline it is, and how the run stands.
func (s *section) headline() string {
	said := strings.TrimSpace("Run " + clean(s.id))
	if status := s.status(); status != "" {
		said += ": " + clean(string(status))
	}
	return said
}

// summary says when it began and how long it took.
func (s *section) summary() string {
	if !s.timed() {
		return plural(len(s.events), "event", "events") + " of unknown time"
	}
	took := spell(s.total())
	if s.open() {
		took = "at least " + took
	}
	return fmt.Sprintf("%s, %s, %s", s.begin.UTC().Format("2006-01-02 15:04:05 UTC"), took, plural(len(s.events), "event", "events"))
}

// timed reports whether any time is known.
func (s *section) timed() bool { return !s.begin.IsZero() }

func (p *textPage) row(s *section, r row) {
	begin := "?"
	if r.timed {
		begin = spell(r.begin.Sub(s.begin))
	}
	indent := strings.Repeat("  ", min(r.depth, p.deepest()))
	said := r.title()
	if how := r.how(); how != "" {
		said += " (" + how + ")"
	}
	left := fmt.Sprintf("%*s%*s  %s  %s", timeColumn, begin, timeColumn, r.duration(), bar(s.scale, r, p.bar()), indent)
	lines := wrap(said, p.width-columns(left)-2)
	margin := strings.Repeat(" ", columns(left)+2)
	p.line(left + lines[0])
	for _, line := range lines[1:] {
		p.line(margin + line)
	}
	p.more(r, len(margin))
}

// more writes what else there is to say of a row.
func (p *textPage) more(r row, margin int) {
	if r.error != "" {
		p.paragraph("error: "+r.error, margin)
	}
	if steps := r.steps(); steps != "" {
		p.paragraph(steps, margin)
	}
	if !p.previews {
		return
	}
	for _, preview := range r.previews() {
		p.paragraph(preview.name+": "+clean(preview.text), margin)
	}
}

// paragraph writes text behind a margin, in as many lines as it takes.
func (p *textPage) paragraph(text string, margin int) {
	for i, line := range wrap(text, p.width-margin-2) {
		if i > 0 {
			line = "  " + line
		}
		p.line(strings.Repeat(" ", margin) + line)
	}
}

func (p *textPage) line(text string) {
	p.WriteString(strings.TrimRight(text, " "))
	p.WriteByte('\n')
}

// bar draws a row on a line of a width.
func bar(s scale, r row, width int) string {
	from := min(int(s.at(r.begin)*float64(width)), width-1)
	to := max(min(int(s.at(r.end)*float64(width)+0.5), width), from+1)
	sign := "█"
	switch {
	case r.kind == rowEvent:
		sign, to = "◆", from+1
	case r.kind == rowPerson:
		sign = "░"
	case r.open:
		sign = "▒"
	}
	return strings.Repeat(" ", from) + strings.Repeat(sign, to-from) + strings.Repeat(" ", width-to)
}

type preview struct{ name, text string }

// previews returns what a row has of the users' data.
func (r row) previews() (all []preview) {
	add := func(name, text string) {
		if strings.TrimSpace(text) != "" {
			all = append(all, preview{name, text})
		}
	}
	if q := r.first.Metadata.Request; q != nil && r.kind == rowPerson {
		add("title", q.Title)
		add("question", q.Prompt)
		add("options", strings.Join(q.Options, " | "))
		add("assignee", q.Assignee)
	}
	add("input", r.first.InputPreview)
	if r.kind == rowEvent {
		add("output", r.first.OutputPreview)
	}
	if r.last != nil {
		add("output", r.last.OutputPreview)
	}
	return all
}
