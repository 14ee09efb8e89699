package kneo

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestHumanDecisions(t *testing.T) {
	task := `{"continuation_id":"c1","request":{"id":"q1","type":"selection","options":["yes","no"]},"messages":[]}`
	p := script(says(200, task), says(200, `{"run_id":"r1","status":"blocked","metadata":{"continuation_id":"c2"}}`))
	resumed, err := p.client(t).Platform.HumanTasks.Resume(t.Context(), "c1", Select("yes"))
	if err != nil || resumed.NextContinuationID() != "c2" {
		t.Fatalf("%+v, %v", resumed, err)
	}
	if want := `{"decision":"selected","request_id":"q1","selected_option":"yes"}`; string(p.bodies[1]) != want {
		t.Errorf("sent %s, want %s", p.bodies[1], want)
	}
	p = script(says(200, task))
	var mistake *ArgumentError
	if _, err := p.client(t).Platform.HumanTasks.Resume(t.Context(), "c1", Select("maybe")); !errors.As(err, &mistake) || p.count() != 1 {
		t.Errorf("%v after %d requests", err, p.count())
	}
	p = script(says(200, `{"continuation_id":"c1","request":{"id":"q1","type":"selection","options":["use `+testKey+`",`+strings.Repeat(`"option",`, 1000)+`"no"]}}`))
	_, err = p.client(t).Platform.HumanTasks.Resume(t.Context(), "c1", Select("maybe"))
	if text := err.Error(); len(text) > 400 || strings.Contains(text, testKey) || !strings.Contains(text, `it has ["use [redacted]" "option"`) {
		t.Errorf("%v", err)
	}
	p = script(says(404, detail("not_found", "x")))
	if _, err := p.client(t).Platform.HumanTasks.Resume(t.Context(), "c1", Approve()); !errors.Is(err, ErrNotFound) || p.count() != 1 {
		t.Errorf("%v after %d requests", err, p.count())
	}
}

func TestResumeFirstPending(t *testing.T) {
	list := func(tasks string) func(*http.Request) (*http.Response, error) {
		return says(200, `{"tasks":[`+tasks+`],"count":3,"total":3,"window":10000,"limit":1000,"offset":0,"sort_by":"id","sort_order":"asc"}`)
	}
	task := func(id, expires string) string {
		return `{"id":"` + id + `","run_id":"r","expires_at":` + expires + `,"pending_human_request":{"id":"q-` + id + `"}}`
	}
	p := script(list(task("c1", "null")+","+task("c2", "1795472049.5")+","+task("c3", "1795472048.5")), says(200, `{"run_id":"r","status":"completed"}`))
	resumed, err := p.client(t).Platform.HumanTasks.ResumeFirstPending(t.Context(), Approve(), HumanTaskListParams{RunID: "r"})
	if err != nil || resumed == nil || p.requests[1].URL.Path != "/base/v1/human-tasks/c3/resume" || !strings.Contains(string(p.bodies[1]), "q-c3") {
		t.Errorf("%+v, %v, %v", resumed, err, p.requests)
	}
	if q := p.requests[0].URL.Query(); q.Get("status") != "pending" || q.Get("run_id") != "r" {
		t.Errorf("%v", q)
	}
	p = script(says(200, `{"tasks":[],"count":0,"total":0,"window":10000,"limit":1000,"offset":0,"sort_by":"id","sort_order":"asc"}`))
	if resumed, err := p.client(t).Platform.HumanTasks.ResumeFirstPending(t.Context(), Approve(), HumanTaskListParams{}); err != nil || resumed != nil {
		t.Errorf("%+v, %v", resumed, err)
	}
}

// TestWatchForgets: a watch that goes on for long gives each task once, also one that pages have passed over meanwhile, and remembers no more of
// those that are gone than it must.
func TestWatchForgets(t *testing.T) {
	given := givenTasks{last: map[string]int{}}
	for round := range 1000 {
		if given.has(fmt.Sprint(round)) {
			t.Fatalf("task %d was given before it was there", round)
		}
		if given.has("waits") != (round > 0) {
			t.Fatalf("in round %d the task that waits was taken for another", round)
		}
		if round%forgetAfter == 0 && given.has("passed over at times") != (round > 0) {
			t.Fatalf("in round %d the task that is passed over was taken for another", round)
		}
		given.forget()
	}
	if len(given.last) > 2+forgetAfter {
		t.Errorf("it remembers %d tasks", len(given.last))
	}
}
