package kneoview

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kneo-agent/kneo-client-go/kneo"
)

// tracer makes rows of events in the order of their times.
type tracer struct {
	section *section
	at      []time.Time // of the events
	now     time.Time
	spans   []kneo.Span // EventID is the index of the event
	made    []row
	open    []int // rows that have not ended, the innermost last
	asked   []int // rows of people who have not answered
}

func newTracer(s *section, at []time.Time, now time.Time) *tracer {
	numbered := slices.Clone(s.events)
	for i := range numbered {
		numbered[i].EventID = strconv.Itoa(i)
	}
	return &tracer{section: s, at: at, now: now, spans: kneo.Spans(numbered)}
}

// number is the index of an event of a span.
func number(e *kneo.TraceEvent) int {
	i, _ := strconv.Atoi(e.EventID)
	return i
}

func (t *tracer) rows() []row {
	begins, ends := map[int]int{}, map[int]int{} // spans by events
	for i := range t.spans {
		begins[number(&t.spans[i].Start)] = i
		if end := t.spans[i].End; end != nil {
			ends[number(end)] = i
		}
	}
	rowOf := map[int]int{} // by spans
	for i, e := range t.section.events {
		if span, ok := begins[i]; ok {
			rowOf[span] = t.begin(i, t.spans[span])
		} else if span, ok := ends[i]; ok {
			t.end(rowOf[span], i)
		} else if e.Type == kneo.EventHumanInterventionRequested {
			t.ask(i)
		} else {
			t.add(row{kind: rowEvent, name: eventName(e), fault: e.Error != "", error: clean(e.Error)}, i)
		}
	}
	t.close()
	nest(t.made)
	return t.made
}

// add adds a row that begins with an event, and ends with it for the time being.
func (t *tracer) add(r row, event int) int {
	r.first, r.from, r.until = t.section.events[event], event, event
	r.begin, r.end, r.timed = t.at[event], t.at[event], !r.first.Timestamp.IsZero()
	t.made = append(t.made, r)
	return len(t.made) - 1
}

func (t *tracer) begin(event int, span kneo.Span) int {
	r := row{kind: rowAgent, name: cmp.Or(clean(span.Name), "(no name)"), open: true, ends: span.End != nil}
	switch span.Start.Type {
	case kneo.EventWorkflowStarted, kneo.EventWorkflowResumed:
		r.kind = rowWorkflow
		t.takeUp(event)
		if span.Start.Type == kneo.EventWorkflowResumed {
			r.said = append(r.said, "resumed")
		}
	}
	at := t.add(r, event)
	t.open = append(t.open, at)
	return at
}

// takeUp closes what a workflow takes up that is started or resumed: its leg before, if that has no end, and the wait for a person.
func (t *tracer) takeUp(event int) {
	name := t.section.events[event].WorkflowName
	for i, at := range t.open {
		if r := &t.made[at]; r.kind == rowWorkflow && r.first.WorkflowName == name && !r.ends {
			t.leave(i, event, "no end; resumed below")
			break
		}
	}
	t.asked = slices.DeleteFunc(t.asked, func(at int) bool {
		r := &t.made[at]
		if r.first.WorkflowName != name {
			return false
		}
		r.open, r.end, r.until, r.said = false, t.at[event], event, append(r.said, "answered")
		return true
	})
}

// leave closes, before an event, the open rows from one on, of which the trace has no end. They are drawn up to what came last.
func (t *tracer) leave(from, event int, why string) {
	for _, at := range t.open[from:] {
		r := &t.made[at]
		r.end, r.until, r.endless = t.at[event-1], event, why
	}
	t.open = t.open[:from]
}

func (t *tracer) end(at, event int) {
	e := t.section.events[event]
	r := &t.made[at]
	r.open, r.end, r.until, r.endless, r.last = false, t.at[event], event, "", &e
	if e.Type == kneo.EventRunFailed || e.Type == kneo.EventWorkflowFailed {
		r.fault, r.error = true, clean(e.Error)
		r.said = append(r.said, "failed")
	}
	if e.Metadata.Termination == "max_steps" {
		r.said = append(r.said, "limit of steps reached")
	}
	t.shut(at, event)
}

// shut takes a row out of those that are open, and with a workflow all that is inside of it.
func (t *tracer) shut(at, event int) {
	i := slices.Index(t.open, at)
	if i < 0 {
		return
	}
	if t.made[at].kind == rowWorkflow {
		t.leave(i+1, event, "no end")
	}
	t.open = slices.Delete(t.open, i, i+1)
}

// ask begins the wait for a person, for whom the workflow pauses.
func (t *tracer) ask(event int) {
	e := t.section.events[event]
	for _, at := range t.open {
		if r := &t.made[at]; r.kind == rowWorkflow && r.first.WorkflowName == e.WorkflowName {
			r.open, r.end, r.until, r.said = false, t.at[event], event, append(r.said, "paused")
			t.shut(at, event)
			break
		}
	}
	r := row{kind: rowPerson, name: cmp.Or(clean(e.StepID), clean(e.AgentName), "(no name)"), open: true}
	if limit := askedFor(e.Metadata.Request); limit != "" {
		r.said = append(r.said, limit)
	}
	t.asked = append(t.asked, t.add(r, event))
}

func askedFor(request *kneo.HumanRequest) string {
	if request == nil || request.TimeoutSeconds <= 0 {
		return ""
	}
	said := "within " + spell(time.Duration(min(request.TimeoutSeconds, 1e9)*float64(time.Second)))
	if request.OnTimeout != "" {
		said += ", else " + clean(string(request.OnTimeout))
	}
	return said
}

// close draws what is open at the end of the trace.
func (t *tracer) close() {
	if len(t.at) == 0 {
		return
	}
	status, last := t.section.status(), t.at[len(t.at)-1]
	over := ""
	if status != "" && status.Terminal() {
		over = "; run " + strings.ReplaceAll(clean(string(status)), "_", " ")
	} else if t.now.After(last) && !last.IsZero() {
		last = t.now
	}
	why := "no end" + over
	if status == kneo.RunRunning {
		why = "goes on"
	}
	for _, at := range t.open {
		t.made[at].endless = why
	}
	for _, at := range t.asked {
		t.made[at].endless = "no answer" + cmp.Or(over, " yet")
	}
	for _, at := range slices.Concat(t.open, t.asked) {
		t.made[at].end, t.made[at].until = last, len(t.at)
	}
}

// nest counts how many others each row is inside of.
func nest(rows []row) {
	var around []int // that may be around the next, the innermost last
	for i := range rows {
		r := &rows[i]
		around = slices.DeleteFunc(around, func(at int) bool { return rows[at].until <= r.from })
		for _, at := range slices.Backward(around) {
			if rows[at].until >= r.until {
				r.depth = rows[at].depth + 1
				break
			}
		}
		if r.kind != rowPerson { // nothing happens inside of a wait, though it may happen meanwhile
			around = append(around, i)
		}
	}
}

// eventName is what to call an event that is not a part of anything.
func eventName(e kneo.TraceEvent) string {
	name := cmp.Or(e.ToolName, e.GuardrailID, e.StepID, e.AgentName, e.WorkflowName)
	return strings.TrimSpace(cmp.Or(clean(string(e.Type)), "event") + " " + clean(name))
}

// title is a row in words.
func (r row) title() string {
	switch r.kind {
	case rowEvent:
		return r.name
	case rowPerson:
		return "person at " + r.name
	}
	return string(r.kind) + " " + r.name
}

// how says how it went.
func (r row) how() string {
	if r.endless == "" {
		return strings.Join(r.said, "; ")
	}
	return strings.Join(append(slices.Clip(r.said), r.endless), "; ")
}

// steps returns what a workflow visited, as its end says.
func (r row) steps() string {
	if r.last == nil {
		return ""
	}
	visited := slices.Concat(r.last.Metadata.VisitedNodes, r.last.Metadata.VisitedSteps)
	for i := range visited {
		visited[i] = clean(visited[i])
	}
	return strings.Join(visited, " → ")
}
