package kneoview

import (
	"crypto/sha256"
	_ "embed" // the page and its style
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strconv"
	"strings"
	"time"
)

// WriteHTML writes the timeline as a standalone page that needs no network, no script and no other file, so it can be mailed, kept with
// the results of a build, and opened from disk. Each row opens to show its details.
//
// A content security policy in the page forbids everything but its own style.
func (t Timeline) WriteHTML(w io.Writer) error {
	page := htmlPage{Style: template.CSS(style), Policy: policy} //nolint:gosec // it is a file of this package
	for _, s := range t.sections() {
		page.Sections = append(page.Sections, t.htmlSection(s))
	}
	page.Title = page.Sections[0].Headline
	if n := len(page.Sections); n > 1 {
		page.Title = fmt.Sprintf("%d runs", n)
	}
	var b strings.Builder // a page that is cut off would pass for a whole one
	if err := pageTemplate.Execute(&b, page); err != nil {
		return err
	}
	_, err := io.WriteString(w, b.String())
	return err
}

var (
	//go:embed timeline.html.tmpl
	pageText string
	//go:embed timeline.css
	style string

	pageTemplate = template.Must(template.New("timeline").Parse(pageText))

	// policy allows the style by its hash and nothing else.
	policy = func() string {
		hash := sha256.Sum256([]byte(style))
		return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "'; base-uri 'none'; form-action 'none'"
	}()
)

type htmlPage struct {
	Title    string
	Style    template.CSS
	Policy   string
	Sections []htmlSection
}

type htmlSection struct {
	Headline, Failure, FailureName, Summary, Note string
	Ticks                                         []htmlTick
	Rows                                          []htmlRow
}

type htmlTick struct{ Text, Left, Class string }

type htmlRow struct {
	Title, Said, Steps, Took, At, Error string
	Class                               string
	Depth                               int
	Mark                                bool // a point in time and no bar
	Left, Width, Right                  string
	Open, Fault                         bool
	Details                             []htmlDetail
}

type htmlDetail struct{ Name, Text string }

func (t Timeline) htmlSection(s *section) htmlSection {
	h := htmlSection{Headline: s.headline(), Failure: s.failure(), FailureName: s.failureName()}
	if len(s.rows) == 0 {
		h.Note = noEvents
		return h
	}
	h.Summary = s.summary()
	if s.waits != nil {
		h.Note = shorterWaits
	}
	ticks := s.ticks()
	for i, tick := range ticks {
		t := htmlTick{Text: spell(tick), Left: percent(s.at(s.begin.Add(tick))), Class: "tick"}
		switch {
		case i == 0:
			t.Text, t.Class = "0", "tick first"
		case i == len(ticks)-1:
			t.Class = "tick last"
		}
		h.Ticks = append(h.Ticks, t)
	}
	for _, r := range s.rows {
		h.Rows = append(h.Rows, t.htmlRow(s, r))
	}
	return h
}

func (t Timeline) htmlRow(s *section, r row) htmlRow {
	from, to := s.at(r.begin), s.at(r.end)
	h := htmlRow{
		Title: r.title(), Said: r.how(), Steps: r.steps(), Took: r.duration(), At: "?", Error: r.error,
		Class: string(r.kind), Depth: min(r.depth, 6), Mark: r.kind == rowEvent, Open: r.open, Fault: r.fault,
		Left: percent(from), Width: percent(to - from), Right: percent(to),
	}
	if r.timed {
		h.At = spell(r.begin.Sub(s.begin))
	}
	h.Details = r.details()
	if t.Previews {
		for _, p := range r.previews() {
			h.Details = append(h.Details, htmlDetail{p.name, cleanLines(p.text)})
		}
	}
	return h
}

// details returns what else the trace says of a row, except for the users' data.
func (r row) details() (all []htmlDetail) {
	add := func(name, text string) {
		if text = clean(text); text != "" && text != "0" {
			all = append(all, htmlDetail{name, text})
		}
	}
	const layout = "2006-01-02 15:04:05.000 UTC"
	if r.timed {
		add("began", r.begin.UTC().Format(layout))
	}
	if r.timed && !r.open && r.kind != rowEvent {
		add("ended", r.end.UTC().Format(layout))
		add("took", r.end.Sub(r.begin).Round(time.Microsecond).String())
	}
	meta := r.first.Metadata
	add("type", meta.WorkflowType)
	add("starts at", meta.Start)
	add("steps", strconv.Itoa(meta.StepCount))
	add("participants", strconv.Itoa(meta.ParticipantCount))
	add("limit of steps", strconv.Itoa(meta.MaxSteps))
	add("messages", strconv.Itoa(meta.MessageCount))
	if r.last != nil {
		add("messages at the end", strconv.Itoa(r.last.Metadata.MessageCount))
		add("termination", r.last.Metadata.Termination)
	}
	add("tool", r.first.ToolName)
	add("model", strings.TrimSpace(r.first.ModelProvider+" "+r.first.ModelName))
	add("human task", meta.ContinuationID)
	add("first event", r.first.EventID)
	if r.last != nil {
		add("last event", r.last.EventID)
	}
	return all
}

// percent formats a share for an SVG attribute.
func percent(share float64) string {
	return strconv.FormatFloat(share*100, 'f', 2, 64) + "%"
}
