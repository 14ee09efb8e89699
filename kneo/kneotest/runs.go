package kneotest

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/kneo-agent/kneo-client-go/gen"
	"github.com/kneo-agent/kneo-client-go/internal/platformapi"
	"github.com/kneo-agent/kneo-client-go/internal/wire"
)

// api has a method for each operation of the contract, so that a new one has to be thought of here.
type api struct{ *Server }

var _ platformapi.ServerInterface = (*api)(nil)

// CreateRun starts a run.
func (a *api) CreateRun(w http.ResponseWriter, r *http.Request, _ gen.CreateRunParams) {
	a.create(w, r, "runs:create")
}

// RunSpec starts a run, under keys of its own.
func (a *api) RunSpec(w http.ResponseWriter, r *http.Request, _ gen.RunSpecParams) {
	a.create(w, r, "specs:run")
}

func (a *api) create(w http.ResponseWriter, r *http.Request, scope string) {
	req, p := readRunRequest(r)
	if p != nil {
		p.write(w)
		return
	}
	if req.Target == "" {
		req.Target = gen.TargetWorkflow // said or not, it is the same request
	}
	a.once(w, r, scope, string(encode(req)), func(w http.ResponseWriter) {
		parsed, broken := parseSpec(req.Spec, req.SpecPath, "Either spec_path or spec must be provided.")
		if broken != nil && (!req.AsyncMode || broken.code != "spec_invalid") {
			broken.write(w)
			return
		}
		if p := a.checkPolicy(req.Environment, parsed); p != nil {
			p.write(w)
			return
		}
		made := newRun(req, parsed, broken)
		a.add(made, broken)
		if req.AsyncMode {
			a.mu.Lock()
			answer := made.answer(made.metadata())
			answer.Status, answer.OutputText = gen.RunRunning, ""
			a.mu.Unlock()
			if broken == nil {
				a.start(made)
			}
			a.auditCreate(r, scope, made)
			writeBody(w, http.StatusAccepted, encode(present(answer)))
			return
		}
		a.work.Add(1)
		defer a.work.Done()
		if a.finish(w, made) {
			a.auditCreate(r, scope, made)
		}
	})
}

// finish runs a run to its end and answers with what it came to. It reports whether it did not fail.
func (a *api) finish(w http.ResponseWriter, r *run) bool {
	if p := a.execute(r); p != nil {
		p.write(w)
		return false
	}
	a.mu.Lock()
	answer := encode(present(r.answer(r.outcomeMetadata())))
	a.mu.Unlock()
	writeBody(w, http.StatusOK, answer)
	return true
}

// with answers with what f makes of a run, under the lock.
func (a *api) with(w http.ResponseWriter, id string, f func(*run) (any, *problem)) {
	a.mu.Lock()
	r := a.runs[id]
	var answer any
	p := errNotFound
	if r != nil {
		answer, p = f(r)
	}
	var body []byte
	if p == nil {
		body = encode(present(answer))
	}
	a.mu.Unlock()
	if p != nil {
		p.write(w)
		return
	}
	writeBody(w, http.StatusOK, body)
}

// GetRun answers with a run.
func (a *api) GetRun(w http.ResponseWriter, _ *http.Request, id string) {
	a.with(w, id, func(r *run) (any, *problem) { return r.get(), nil })
}

// CancelRun ends a run. One that has ended is left as it is.
func (a *api) CancelRun(w http.ResponseWriter, req *http.Request, id string) {
	a.with(w, id, func(r *run) (any, *problem) {
		a.audit(req, gen.AuditEvent{EventType: gen.AuditRunCancelled, RunID: id})
		if !r.status.Terminal() {
			r.failure = &gen.RunError{Type: "cancelled", Message: "Run was cancelled."}
			r.end(gen.RunCancelled)
			r.checkpoint(gen.CheckpointRunCancelled, "", gen.CheckpointMetadata{Reason: "cancelled", Requested: true})
		}
		return r.get(), nil
	})
}

// ContinueRun takes a failed run up at the step that failed.
func (a *api) ContinueRun(w http.ResponseWriter, req *http.Request, id string, _ gen.ContinueRunParams) {
	a.once(w, req, "runs:continue", id, func(w http.ResponseWriter) {
		a.mu.Lock()
		r := a.runs[id]
		var p *problem
		switch {
		case r == nil:
			p = errNotFound
		case r.status == gen.RunBlocked || r.status == gen.RunFailed && !r.canContinue():
			p = internal()
		case r.status != gen.RunFailed:
			p = &problem{
				status: http.StatusConflict, code: "run_state_conflict", message: fmt.Sprintf("Cannot continue run %s: status is '%s'.", id, r.status),
				more: map[string]any{"run_id": id, "status": r.status},
			}
		default:
			r.status, r.completed = gen.RunRunning, time.Time{}
			r.checkpoint(gen.CheckpointReplayContext, "", gen.CheckpointMetadata{})
		}
		a.mu.Unlock()
		if p != nil {
			p.write(w)
			return
		}
		a.work.Add(1)
		defer a.work.Done()
		if a.finish(w, r) {
			a.mu.Lock()
			defer a.mu.Unlock()
			a.audit(req, gen.AuditEvent{EventType: gen.AuditRunContinued, RunID: id, Metadata: gen.AuditMetadata{Status: r.status}})
		}
	})
}

func (r *run) canContinue() bool {
	return r.status == gen.RunFailed && r.kind == "workflow" && r.spec != nil && r.spec.Workflow.Type == "sequential"
}

// ListRuns answers with one page of the runs that match.
func (a *api) ListRuns(w http.ResponseWriter, req *http.Request, _ gen.ListRunsParams) {
	query := req.URL.Query()
	p := pageOf(query, "updated_at", "desc")
	a.mu.Lock()
	defer a.mu.Unlock()
	var rows []*run
	matches := runFilter(query)
	for _, r := range a.order {
		if matches(r) {
			rows = append(rows, r)
		}
	}
	total := len(rows)
	if total > window { // of more the real server only looks at those updated last
		slices.SortFunc(rows, func(a, b *run) int { return b.updated.Compare(a.updated) })
		rows = rows[:window]
	}
	items := []any{}
	for _, r := range cut(p, rows, runOrders[p.sortBy]) {
		items = append(items, present(r.summary()))
	}
	list := p.envelope(len(items), total)
	list["runs"] = items
	writeBody(w, http.StatusOK, encode(list))
}

// runOrders has the fields that runs can be sorted by.
var runOrders = map[string]func(a, b *run) int{
	"updated_at":   func(a, b *run) int { return compareTimes(a.updated, b.updated) },
	"created_at":   func(a, b *run) int { return compareTimes(a.created, b.created) },
	"started_at":   func(a, b *run) int { return compareTimes(a.started, b.started) },
	"completed_at": func(a, b *run) int { return compareTimes(a.completed, b.completed) },
	"id":           func(a, b *run) int { return cmp.Compare(a.id, b.id) },
	"status":       func(a, b *run) int { return cmp.Compare(a.status, b.status) },
}

// runFilter makes the filter that a query describes; an empty part is none.
func runFilter(query url.Values) func(*run) bool {
	status, kind, name, session := query.Get("status"), query.Get("workflow_kind"), query.Get("workflow_name"), query.Get("session_id")
	wantError, byError := parseBool(query.Get("has_error"))
	after, _ := wire.ParseTime(encode(query.Get("created_after"))) // checked before
	before, _ := wire.ParseTime(encode(query.Get("created_before")))
	text := strings.ToLower(query.Get("q"))
	return func(r *run) bool {
		switch {
		case status != "" && status != string(r.status), kind != "" && kind != r.kind, name != "" && name != r.workflowName,
			session != "" && session != r.request.SessionID, byError && wantError != (r.failure != nil),
			!after.IsZero() && r.created.Before(after), !before.IsZero() && r.created.After(before):
			return false
		}
		return text == "" || strings.Contains(strings.ToLower(r.output), text) ||
			r.failure != nil && strings.Contains(strings.ToLower(r.failure.Message), text)
	}
}

// GetRunTrace answers with one page of the events of a run.
func (a *api) GetRunTrace(w http.ResponseWriter, req *http.Request, id string, _ gen.GetRunTraceParams) {
	query := req.URL.Query()
	p := pageOf(query, "timestamp", "asc")
	a.with(w, id, func(r *run) (any, *problem) {
		rows := slices.DeleteFunc(slices.Clone(r.events), func(e gen.TraceEvent) bool {
			want := query.Get("event_type")
			return want != "" && want != string(e.Type)
		})
		total := len(rows)
		rows = cut(p, rows, map[string]func(a, b gen.TraceEvent) int{
			"timestamp": func(a, b gen.TraceEvent) int { return compareTimes(a.Timestamp, b.Timestamp) },
			"type":      func(a, b gen.TraceEvent) int { return cmp.Compare(a.Type, b.Type) },
		}[p.sortBy])
		list := p.envelope(len(rows), total)
		list["run_id"], list["events"], list["dropped"], list["complete"] = id, present(rows), 0, true
		return list, nil
	})
}

// ListCheckpoints answers with one page of the checkpoints of a run, an empty one for a run that there is not.
func (a *api) ListCheckpoints(w http.ResponseWriter, req *http.Request, id string, _ gen.ListCheckpointsParams) {
	query := req.URL.Query()
	p := pageOf(query, "sequence", "asc")
	a.mu.Lock()
	defer a.mu.Unlock()
	var rows []gen.Checkpoint
	if r := a.runs[id]; r != nil {
		rows = slices.DeleteFunc(slices.Clone(r.checkpoints), func(c gen.Checkpoint) bool {
			want := query.Get("type")
			return want != "" && want != string(c.Type)
		})
	}
	total := len(rows)
	rows = cut(p, rows, map[string]func(a, b gen.Checkpoint) int{
		"sequence":   func(a, b gen.Checkpoint) int { return cmp.Compare(a.Sequence, b.Sequence) },
		"created_at": func(a, b gen.Checkpoint) int { return compareTimes(a.CreatedAt, b.CreatedAt) },
	}[p.sortBy])
	list := p.envelope(len(rows), total)
	list["run_id"], list["checkpoints"] = id, present(rows)
	writeBody(w, http.StatusOK, encode(list))
}
