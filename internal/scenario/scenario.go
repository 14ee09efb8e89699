// Package scenario plays runs to a platform and takes down all that there is to see of them, in a form in which two platforms that
// behave alike say the same. The scenarios of testdata/scenarios are recorded from a real server; the emulator has to give
// the same answers.
package scenario

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Scenario is a run that is made, and what is done to it then.
type Scenario struct {
	Name   string          `json:"-"` // of its file
	About  string          `json:"about"`
	Policy json.RawMessage `json:"policy,omitempty"` // that the environment of the run gets first
	Create map[string]any  `json:"create"`           // body of POST /v1/runs
	Then   []Action        `json:"then,omitempty"`
}

// Action is something that is done to a run. One of its fields is set.
type Action struct {
	Resume   map[string]any `json:"resume,omitempty"` // decides what the run waits for
	Cancel   bool           `json:"cancel,omitempty"`
	Continue bool           `json:"continue,omitempty"`
	Write    string         `json:"write,omitempty"` // puts five bytes into the file of that name; see Place
	Wait     float64        `json:"wait,omitempty"`  // seconds
}

// Place is what stands in inputs for a folder of the playing.
const Place = "$FOLDER"

// Answer is what the platform said.
type Answer struct {
	To     string          `json:"to"`
	Status int             `json:"status"`
	Body   json.RawMessage `json:"body"`
}

// Load reads the scenarios of a folder.
func Load(folder string) ([]Scenario, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.scenario.json"))
	if err != nil {
		return nil, err
	}
	var all []Scenario
	for _, file := range files {
		text, err := os.ReadFile(file) //nolint:gosec // a file of this repository
		if err != nil {
			return nil, err
		}
		s := Scenario{Name: strings.TrimSuffix(filepath.Base(file), ".scenario.json")}
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&s); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		all = append(all, s)
	}
	return all, nil
}

// AnswersFile is where the recorded answers of a scenario are, one a line.
func AnswersFile(folder, name string) string { return filepath.Join(folder, name+".answers.jsonl") }

// Recorded reads the recorded answers of a scenario.
func Recorded(folder, name string) ([]Answer, error) {
	file, err := os.Open(AnswersFile(folder, name))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var answers []Answer
	for decoder := json.NewDecoder(file); decoder.More(); {
		var a Answer
		if err := decoder.Decode(&a); err != nil {
			return nil, fmt.Errorf("%s: %w", file.Name(), err)
		}
		answers = append(answers, a)
	}
	return answers, nil
}

// Platform is where scenarios are played.
type Platform struct {
	URL, Key string
	Client   *http.Client
	Folder   string // for the files of scenarios
}

// Play plays a scenario and returns all answers, made alike.
func (p *Platform) Play(ctx context.Context, s Scenario) ([]Answer, error) {
	q := &play{platform: p, ctx: ctx, same: newSameness(s, p.Folder)}
	q.start(s)
	for i, action := range s.Then {
		q.act(fmt.Sprintf("then %d", i+1), action)
	}
	q.lookAround()
	return q.answers, q.err
}

type play struct {
	platform *Platform
	ctx      context.Context
	same     *sameness
	answers  []Answer
	err      error
	run      string
	task     string
}

// start makes the run, and asks what there is to say of its spec.
func (q *play) start(s Scenario) {
	if s.Policy != nil {
		q.ask("policy", http.MethodPut, "/v1/policies/environment/"+s.Create["environment"].(string), s.Policy)
	}
	for _, operation := range []string{"validate", "compile", "explain", "graph", "policy-report"} {
		q.ask("spec "+operation, http.MethodPost, "/v1/specs/"+operation, map[string]any{"spec": s.Create["spec"]})
	}
	var made struct {
		ID string `json:"run_id"`
	}
	before := q.latest()
	body := strings.ReplaceAll(string(encode(s.Create)), Place, q.platform.Folder)
	_ = json.Unmarshal(q.ask("create", http.MethodPost, "/v1/runs", json.RawMessage(body)), &made)
	if q.run = made.ID; q.run == "" {
		if latest := q.latest(); latest != before { // the create failed, and its run was kept
			q.run = latest
		}
	}
	q.look("create")
}

// latest is the id of the run that was made last, if there is one.
func (q *play) latest() string {
	var list struct {
		Runs []struct {
			ID string `json:"id"`
		} `json:"runs"`
	}
	_ = json.Unmarshal(q.request(http.MethodGet, "/v1/runs?limit=1&sort_by=created_at", nil).body, &list)
	if len(list.Runs) == 0 {
		return ""
	}
	return list.Runs[0].ID
}

func (q *play) act(what string, a Action) {
	switch {
	case a.Resume != nil:
		q.ask(what+": resume", http.MethodPost, "/v1/human-tasks/"+q.task+"/resume", a.Resume)
	case a.Cancel:
		q.ask(what+": cancel", http.MethodPost, "/v1/runs/"+q.run+"/cancel", nil)
	case a.Continue:
		q.ask(what+": continue", http.MethodPost, "/v1/runs/"+q.run+"/continue", nil)
	case a.Write != "":
		name := strings.ReplaceAll(a.Write, Place, q.platform.Folder)
		q.fail(os.WriteFile(name, []byte("12345"), 0o600))
		return
	case a.Wait > 0:
		time.Sleep(time.Duration(a.Wait * float64(time.Second)))
		return
	}
	q.look(what)
}

// look waits until the run has ended or waits itself, and looks at it and at what it waits for.
func (q *play) look(what string) {
	if q.run == "" {
		return
	}
	run := struct {
		Status string `json:"status"`
		Task   string `json:"continuation_id"`
	}{}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		_ = json.Unmarshal(q.request(http.MethodGet, "/v1/runs/"+q.run, nil).body, &run)
		if run.Status != "running" {
			break
		}
		if time.Now().After(deadline) {
			q.fail(fmt.Errorf("%s: the run does not end", what))
			break
		}
	}
	time.Sleep(q.platform.settle())
	q.ask(what+": run", http.MethodGet, "/v1/runs/"+q.run, nil)
	if q.task = run.Task; run.Status != "blocked" {
		return
	}
	q.ask(what+": tasks", http.MethodGet, "/v1/human-tasks?run_id="+q.run, nil)
	q.ask(what+": task", http.MethodGet, "/v1/human-tasks/"+q.task, nil)
}

// settle is how long the real server takes, after the last status, to make the last checkpoint. The emulator makes both at once.
func (p *Platform) settle() time.Duration {
	if strings.HasPrefix(p.URL, "http://localhost") {
		return 0
	}
	return 150 * time.Millisecond
}

// lookAround asks for all that there is to see of the run.
func (q *play) lookAround() {
	if q.run == "" {
		return
	}
	for _, view := range []string{"trace", "checkpoints", "checkpoints/diff", "replay", "recovery", "graph", "policy-report"} {
		q.ask("view "+view, http.MethodGet, "/v1/runs/"+q.run+"/"+view, nil)
	}
	q.ask("audit", http.MethodGet, "/v1/audit-events?sort_order=asc&run_id="+q.run, nil)
	var list struct {
		Runs []json.RawMessage `json:"runs"`
	}
	row := q.request(http.MethodGet, "/v1/runs?limit=1&sort_by=created_at&sort_order=desc", nil)
	_ = json.Unmarshal(row.body, &list)
	for _, run := range list.Runs {
		q.answers = append(q.answers, Answer{To: "row", Status: row.status, Body: q.same.of("row", run)})
	}
}

func (q *play) fail(err error) {
	if q.err == nil {
		q.err = err
	}
}

// ask makes a request and takes the answer down.
func (q *play) ask(to, method, path string, body any) []byte {
	r := q.request(method, path, body)
	q.answers = append(q.answers, Answer{To: to, Status: r.status, Body: q.same.of(to, r.body)})
	return r.body
}

type response struct {
	status int
	body   []byte
}

func (q *play) request(method, path string, body any) response {
	var content io.Reader
	if body != nil {
		content = bytes.NewReader(encode(body))
	}
	req, err := http.NewRequestWithContext(q.ctx, method, q.platform.URL+path, content)
	if err != nil {
		q.fail(err)
		return response{}
	}
	req.Header.Set("Authorization", "Bearer "+q.platform.Key)
	req.Header.Set("Content-Type", "application/json")
	resp, err := q.platform.Client.Do(req)
	if err != nil {
		q.fail(err)
		return response{}
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		q.fail(err)
	}
	return response{resp.StatusCode, answer}
}

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // scenarios are JSON
	}
	return b
}
