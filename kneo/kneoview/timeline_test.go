package kneoview

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kneo-agent/kneo-client-go/internal/scenario"
	"github.com/kneo-agent/kneo-client-go/kneo"
)

var nine = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

// event is one of a run r, so many seconds after nine.
func event(kind kneo.TraceEventType, name string, second float64) kneo.TraceEvent {
	e := kneo.TraceEvent{Type: kind, RunID: "r", Timestamp: nine.Add(time.Duration(second * float64(time.Second)))}
	switch kind {
	case kneo.EventRunStarted, kneo.EventRunCompleted, kneo.EventRunFailed:
		e.AgentName = name
	case kneo.EventHumanInterventionRequested:
		e.WorkflowName, e.StepID = "wf", name
	default:
		e.WorkflowName = name
	}
	return e
}

// outline has a line for each row of a timeline's first run: depth, begin, duration, what and how.
func outline(timeline Timeline) (lines []string) {
	s := timeline.sections()[0]
	for _, r := range s.rows {
		line := strings.Repeat(". ", r.depth) + spell(r.begin.Sub(s.begin)) + " " + strings.TrimSpace(r.duration()+" "+r.title())
		if how := r.how(); how != "" {
			line += " (" + how + ")"
		}
		lines = append(lines, line)
	}
	return lines
}

func TestRows(t *testing.T) {
	const (
		wf, resumed, completed, failed = kneo.EventWorkflowStarted, kneo.EventWorkflowResumed, kneo.EventWorkflowCompleted, kneo.EventWorkflowFailed
		agent, said, erred             = kneo.EventRunStarted, kneo.EventRunCompleted, kneo.EventRunFailed
		asked                          = kneo.EventHumanInterventionRequested
	)
	for name, test := range map[string]struct {
		events []kneo.TraceEvent
		status kneo.RunStatus
		now    time.Time
		want   []string
	}{
		"nesting": {
			events: []kneo.TraceEvent{event(wf, "wf", 0), event(agent, "a", 1), event(said, "a", 2), event(wf, "in", 3), event(agent, "b", 4), event(erred, "b", 5), event(failed, "in", 6), event(completed, "wf", 7)},
			want:   []string{"0ms 7s workflow wf", ". 1s 1s agent a", ". 3s 3s workflow in (failed)", ". . 4s 1s agent b (failed)"},
		},
		"at the same time": {
			events: []kneo.TraceEvent{event(wf, "wf", 0), event(agent, "a", 1), event(agent, "b", 2), event(said, "a", 3), event(said, "b", 4), event(completed, "wf", 5)},
			want:   []string{"0ms 5s workflow wf", ". 1s 2s agent a", ". 2s 2s agent b"},
		},
		"people": {
			events: []kneo.TraceEvent{event(wf, "wf", 0), event(asked, "g", 1), event(resumed, "wf", 61), event(asked, "h", 62), event(resumed, "wf", 65), event(completed, "wf", 66)},
			want:   []string{"0ms 1s workflow wf (paused)", "1s 1m person at g (answered)", "1m1s 1s workflow wf (resumed; paused)", "1m2s 3s person at h (answered)", "1m5s 1s workflow wf (resumed)"},
		},
		"meanwhile": {
			events: []kneo.TraceEvent{event(wf, "wf", 0), event(asked, "g", 1), event(agent, "a", 2), event(said, "a", 3), event(resumed, "wf", 9)}, status: kneo.RunRunning,
			want: []string{"0ms 1s workflow wf (paused)", "1s 8s person at g (answered)", "2s 1s agent a", "9s 0ms+ workflow wf (resumed; goes on)"},
		},
		"blocked": {
			events: []kneo.TraceEvent{event(wf, "wf", 0), event(asked, "g", 1)}, status: kneo.RunBlocked, now: nine.Add(time.Hour + time.Second),
			want: []string{"0ms 1s workflow wf (paused)", "1s 1h+ person at g (no answer yet)"},
		},
		"cancelled": {
			events: []kneo.TraceEvent{event(wf, "wf", 0), event(asked, "g", 1)}, status: kneo.RunCancelled, now: nine.Add(time.Hour),
			want: []string{"0ms 1s workflow wf (paused)", "1s 0ms+ person at g (no answer; run cancelled)"},
		},
		"running": {
			events: []kneo.TraceEvent{event(wf, "wf", 0), event(agent, "a", 1)}, status: kneo.RunRunning, now: nine.Add(5 * time.Second),
			want: []string{"0ms 5s+ workflow wf (goes on)", ". 1s 4s+ agent a (goes on)"},
		},
		"failed sequence": {
			events: []kneo.TraceEvent{event(wf, "wf", 0), event(agent, "a", 1), event(said, "a", 2)}, status: kneo.RunFailed, now: nine.Add(time.Hour),
			want: []string{"0ms 2s+ workflow wf (no end; run failed)", ". 1s 1s agent a"},
		},
		"failed sequence, of which nothing is known": {
			events: []kneo.TraceEvent{event(wf, "wf", 0)},
			want:   []string{"0ms 0ms+ workflow wf (no end)"},
		},
		"failed, then continued": {
			events: []kneo.TraceEvent{event(wf, "wf", 0), event(agent, "a", 1), event(said, "a", 2), event(resumed, "wf", 60), event(completed, "wf", 63)}, status: kneo.RunCompleted,
			want: []string{"0ms 2s+ workflow wf (no end; resumed below)", ". 1s 1s agent a", "1m 3s workflow wf (resumed)"},
		},
		"failed twice at the first step": {
			events: []kneo.TraceEvent{event(wf, "wf", 0), event(wf, "wf", 60)}, status: kneo.RunFailed,
			want: []string{"0ms 0ms+ workflow wf (no end; resumed below)", "1m 0ms+ workflow wf (no end; run failed)"},
		},
		"inside of one of the same name": {
			events: []kneo.TraceEvent{event(wf, "wf", 0), event(wf, "wf", 1), event(completed, "wf", 2), event(completed, "wf", 3)},
			want:   []string{"0ms 3s workflow wf", ". 1s 1s workflow wf"},
		},
		"one that failed inside of one that went on": {
			events: []kneo.TraceEvent{event(wf, "wf", 0), event(wf, "in", 1), event(completed, "wf", 2), event(agent, "a", 3), event(said, "a", 4)},
			want:   []string{"0ms 2s workflow wf", ". 1s 0ms+ workflow in (no end)", "3s 1s agent a"},
		},
		"ends without beginnings, and surprises": {
			events: []kneo.TraceEvent{event(said, "a", 0), event(completed, "wf", 1), event("tool_called", "wf", 2), event("", "", 3)},
			want:   []string{"0ms run_completed a", "1s workflow_completed wf", "2s tool_called wf", "3s event"},
		},
		"no names": {
			events: []kneo.TraceEvent{event(wf, "", 0), event(agent, "", 0), event(asked, "", 0)},
			want:   []string{"0ms 0ms+ workflow (no name) (no end)", ". 0ms 0ms+ agent (no name) (no end)", ". . 0ms 0ms+ person at (no name) (no answer yet)"},
		},
	} {
		timeline := Timeline{Events: test.events, Run: &kneo.Run{RunID: "r", Status: test.status}, Now: test.now}
		if got := outline(timeline); !slices.Equal(got, test.want) {
			t.Errorf("%s:\ngot  %s\nwant %s", name, strings.Join(got, "\n     "), strings.Join(test.want, "\n     "))
		}
		shuffled := slices.Clone(test.events)
		rand.New(rand.NewPCG(1, 2)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		if name != "no names" { // its events have one time, so that their order is theirs
			timeline.Events = shuffled
			if got := outline(timeline); !slices.Equal(got, test.want) {
				t.Errorf("%s, out of order:\n%s", name, strings.Join(got, "\n"))
			}
		}
	}
}

// TestEveryRecordedTimeline writes the timeline of every run that was recorded.
func TestEveryRecordedTimeline(t *testing.T) {
	all, err := scenario.Load(scenarios)
	if err != nil {
		t.Fatal(err)
	}
	drawn := 0
	for _, s := range all {
		r := read(t, s.Name)
		if r.run == nil {
			continue
		}
		drawn++
		for _, previews := range []bool{false, true} {
			timeline := Timeline{Events: r.events, Run: r.run, Previews: previews}
			if err := checkText(text(t, timeline), 80); err != nil {
				t.Errorf("%s: %v", s.Name, err)
			}
			shown, err := parsePage(page(t, timeline))
			if err != nil {
				t.Errorf("%s: %v", s.Name, err)
			}
			for _, out := range []string{text(t, timeline), shown} {
				if !strings.Contains(out, ": "+string(r.run.Status)) || strings.Contains(out, "input") != (previews && len(r.events) > 0 && anyInput(r.events)) {
					t.Errorf("%s, previews %v:\n%s", s.Name, previews, out)
				}
			}
		}
	}
	if drawn < 100 {
		t.Errorf("only %d runs were recorded", drawn)
	}
}

func anyInput(events []kneo.TraceEvent) bool {
	return slices.ContainsFunc(events, func(e kneo.TraceEvent) bool { return strings.TrimSpace(e.InputPreview) != "" })
}

// TestPreviews holds that the data of users is left out unless it is asked for.
func TestPreviews(t *testing.T) {
	asked := event(kneo.EventHumanInterventionRequested, "g", 1)
	asked.InputPreview = "secret input"
	asked.Metadata.Request = &kneo.HumanRequest{Title: "secret title", Prompt: "secret prompt", Options: []string{"secret option"}, Assignee: "secret person", TimeoutSeconds: 60, OnTimeout: "fail"}
	done := event(kneo.EventWorkflowCompleted, "wf", 3)
	done.OutputPreview = "secret output\n  of two lines"
	timeline := Timeline{Events: []kneo.TraceEvent{event(kneo.EventWorkflowStarted, "wf", 0), asked, event(kneo.EventWorkflowResumed, "wf", 2), done}}
	for _, out := range []string{text(t, timeline), page(t, timeline)} {
		if strings.Contains(out, "secret") || !strings.Contains(strings.Join(strings.Fields(out), " "), "within 1m, else fail") {
			t.Error(out)
		}
	}
	timeline.Previews = true
	for _, out := range []string{strings.Join(strings.Fields(text(t, timeline)), " "), page(t, timeline)} {
		for _, secret := range []string{"input", "title", "prompt", "option", "person", "output"} {
			if !strings.Contains(out, "secret "+secret) {
				t.Errorf("there is no secret %s in\n%s", secret, out)
			}
		}
	}
	if !strings.Contains(page(t, timeline), "secret output\n  of two lines") {
		t.Error("the lines of a preview are not as they were")
	}
}

func TestSeveralRuns(t *testing.T) {
	other := []kneo.TraceEvent{event(kneo.EventWorkflowStarted, "wf", 1), event(kneo.EventWorkflowCompleted, "wf", 2)}
	for i := range other {
		other[i].RunID = "other"
	}
	timeline := Timeline{
		Events: []kneo.TraceEvent{event(kneo.EventWorkflowStarted, "wf", 0), other[0], other[1], event(kneo.EventWorkflowCompleted, "wf", 3)},
		Run:    &kneo.Run{RunID: "other", Status: kneo.RunCompleted},
	}
	got := text(t, timeline)
	if !regexp.MustCompile(`(?s)^Run r\n.*0ms +3s.*\n\nRun other: completed\n.*0ms +1s`).MatchString(got) {
		t.Error(got)
	}
	shown, err := parsePage(page(t, timeline))
	if err != nil || !strings.Contains(shown, "2 runs") || !strings.Contains(shown, "Run r\n") || !strings.Contains(shown, "Run other: completed\n") {
		t.Errorf("%v\n%s", err, shown)
	}
	timeline.Run.RunID = "of nobody"
	if strings.Contains(text(t, timeline), "completed") {
		t.Error("a run that is none of these is taken for one of them")
	}
}

func TestEmptyTimelines(t *testing.T) {
	for name, test := range map[string]struct {
		timeline Timeline
		want     string
	}{
		"zero":        {Timeline{}, "Run\nThe trace has no events.\n"},
		"no events":   {Timeline{Run: &kneo.Run{RunID: "r", Status: kneo.RunFailed, Error: &kneo.RunError{Message: "bad spec"}}}, "Run r: failed\n  error: bad spec\nThe trace has no events.\n"},
		"empty event": {Timeline{Events: []kneo.TraceEvent{{}}}, "Run\n1 event of unknown time\n\n       at     took  0                   0ms\n        ?           ◆                        event\n"},
		"no times": {
			Timeline{Events: []kneo.TraceEvent{{Type: kneo.EventRunStarted, AgentName: "a"}, {Type: kneo.EventRunCompleted, AgentName: "a"}}, Now: nine},
			"Run\n2 events of unknown time\n\n       at     took  0                   0ms\n        ?        ?  █                        agent a\n",
		},
	} {
		if got := text(t, test.timeline); got != test.want {
			t.Errorf("%s: got\n%s", name, got)
		}
		if _, err := parsePage(page(t, test.timeline)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSomeTimes holds that an event without a time stays where it was.
func TestSomeTimes(t *testing.T) {
	events := []kneo.TraceEvent{event(kneo.EventWorkflowStarted, "wf", 1), event(kneo.EventRunStarted, "a", 0), event(kneo.EventRunCompleted, "a", 0), event(kneo.EventWorkflowCompleted, "wf", 3)}
	events[1].Timestamp, events[2].Timestamp = time.Time{}, time.Time{}
	want := []string{"0ms 2s workflow wf", ". 0ms ? agent a"}
	if got := outline(Timeline{Events: events}); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

// TestEventsStay holds that the events that are drawn are left as they are.
func TestEventsStay(t *testing.T) {
	events := []kneo.TraceEvent{event(kneo.EventWorkflowCompleted, "wf", 3), event(kneo.EventWorkflowStarted, "wf", 1)}
	events[0].Metadata.VisitedSteps = []string{"a\x00b"}
	text(t, Timeline{Events: events})
	page(t, Timeline{Events: events})
	if events[0].Type != kneo.EventWorkflowCompleted || events[0].Metadata.VisitedSteps[0] != "a\x00b" {
		t.Errorf("%+v", events)
	}
}

// TestPolicy holds that the style is the one thing that the page allows, and that it is all there is to allow.
func TestPolicy(t *testing.T) {
	out := page(t, Timeline{Events: []kneo.TraceEvent{event(kneo.EventWorkflowStarted, "wf", 0)}})
	style := regexp.MustCompile(`(?s)<style>(.*)</style>`).FindStringSubmatch(out)
	if style == nil {
		t.Fatal(out)
	}
	hash := sha256.Sum256([]byte(style[1]))
	want := `content="default-src 'none'; style-src 'sha256-` + base64.StdEncoding.EncodeToString(hash[:]) + `'; base-uri 'none'; form-action 'none'"`
	if got := strings.ReplaceAll(strings.ReplaceAll(out, "&#39;", "'"), "&#43;", "+"); !strings.Contains(got, want) {
		t.Errorf("there is no %s in\n%s", want, got)
	}
	if found := regexp.MustCompile(`<script|style=|https?://|src=|href=|@import|url\([^#]`).FindAllString(out, -1); found != nil {
		t.Errorf("the page has %q", found)
	}
}

// TestPageColours holds that texts and bars can be seen, light and dark.
func TestPageColours(t *testing.T) {
	themes := regexp.MustCompile(`(?s)--ground: .*?\}`).FindAllString(style, -1)
	if len(themes) != 2 {
		t.Fatalf("%d themes", len(themes))
	}
	for _, theme := range themes {
		colours := map[string]string{}
		for _, c := range regexp.MustCompile(`--([a-z-]+): (#[0-9a-f]{6})`).FindAllStringSubmatch(theme, -1) {
			colours[c[1]] = c[2]
		}
		for name, least := range map[string]float64{"ink": 7, "soft": 4.5, "fault": 4.5, "workflow": 3, "agent": 3, "person": 3} {
			for _, ground := range []string{"ground", "hover"} {
				if c := contrast(t, colours[name], colours[ground]); c < least {
					t.Errorf("%s on %s %s: %.1f", name, ground, colours[ground], c)
				}
			}
		}
		if c := contrast(t, colours["fault"], colours["fault-soft"]); c < 4.5 {
			t.Errorf("errors: %.1f", c)
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

var errFull = errors.New("the disk is full")

func TestWriteErrors(t *testing.T) {
	if err := (Timeline{}).WriteText(full{}); !errors.Is(err, errFull) {
		t.Error(err)
	}
	if err := (Timeline{}).WriteHTML(full{}); !errors.Is(err, errFull) {
		t.Error(err)
	}
}

func TestSpell(t *testing.T) {
	const day = 24 * time.Hour
	for d, want := range map[time.Duration]string{
		-time.Second: "0ms", 0: "0ms", 1: "<1ms", time.Millisecond: "1ms", 1499 * time.Microsecond: "1ms", 999 * time.Millisecond: "999ms", 999600 * time.Microsecond: "1s",
		1234 * time.Millisecond: "1.23s", 9996 * time.Millisecond: "10s", 59940 * time.Millisecond: "59.9s", 59960 * time.Millisecond: "1m", 90 * time.Second: "1m30s",
		time.Hour - time.Second/4: "1h", 2*time.Hour + 10*time.Minute: "2h10m", day - time.Second: "1d", 3*day + 4*time.Hour: "3d4h", 400 * day: "400d", 1<<63 - 1: "106751d",
	} {
		if got := spell(d); got != want || len(got)+1 > timeColumn {
			t.Errorf("%v: got %s, want %s", d, got, want)
		}
	}
}

// TestScale holds that bars are to scale, all or all but the waits, and that nothing is off the line.
func TestScale(t *testing.T) {
	at := func(hours float64) time.Time { return nine.Add(time.Duration(hours * float64(time.Hour))) }
	plain := newScale([]row{{begin: at(0), end: at(10)}, {kind: rowPerson, begin: at(2), end: at(4)}})
	for hours, want := range map[float64]float64{-1: 0, 0: 0, 2: 0.2, 4: 0.4, 10: 1, 11: 1} {
		if got := plain.at(at(hours)); got != want {
			t.Errorf("at %v: %v", hours, got)
		}
	}
	// Eight hours of twelve are waited for, some of them twice: a third of the line is theirs.
	long := newScale([]row{{begin: at(0), end: at(12)}, {kind: rowPerson, begin: at(2), end: at(8)}, {kind: rowPerson, begin: at(4), end: at(10)}, {kind: rowPerson, begin: at(5), end: at(6)}})
	for hours, want := range map[float64]float64{0: 0, 1: 1. / 6, 2: 1. / 3, 6: 1. / 2, 10: 2. / 3, 11: 5. / 6, 12: 1} {
		if got := long.at(at(hours)); got < want-1e-9 || got > want+1e-9 {
			t.Errorf("with waits, at %v: got %v, want %v", hours, got, want)
		}
	}
	if ticks := long.ticks(); !slices.Equal(ticks, []time.Duration{0, 2 * time.Hour, 10 * time.Hour, 12 * time.Hour}) {
		t.Errorf("%v", ticks)
	}
	if ticks := plain.ticks(); !slices.Equal(ticks, []time.Duration{0, 2 * time.Hour, 4 * time.Hour, 6 * time.Hour, 8 * time.Hour, 10 * time.Hour}) {
		t.Errorf("%v", ticks)
	}
}

func TestTicks(t *testing.T) {
	for total := time.Duration(1); total > 0 && total < 1<<62; total = total*3/2 + 1 {
		ticks := newScale([]row{{begin: nine, end: nine.Add(total)}}).ticks()
		if n := len(ticks); n < 2 || n > 7 || ticks[0] != 0 || ticks[n-1] != total || !slices.IsSorted(ticks) {
			t.Errorf("%v: %v", total, ticks)
		}
	}
}
