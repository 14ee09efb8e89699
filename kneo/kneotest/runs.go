package kneotest

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"

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
	req, p := readRequest[gen.RunCreateRequest](r, runShape)
	if p != nil {
		p.write(w)
		return
	}
	if req.Target == "" {
		req.Target = gen.TargetWorkflow // said or not, it is the same request
	}
	a.once(w, r, scope, string(encode(req)), func(w http.ResponseWriter) {
		parsed, broken := parseSpec(overridden(req.Spec, req.Overrides), req.SpecPath, req.Overlays, "Either spec_path or spec must be provided.")
		script := a.scriptFor(req)
		if script != nil {
			parsed, broken = script.spec(), nil
		}
		if broken != nil && broken.code != "spec_invalid" {
			broken.write(w)
			return
		}
		if p := a.checkPolicy(req.Environment, parsed); p != nil {
			p.write(w)
			return
		}
		made := a.newRun(req, parsed, broken)
		script.apply(made)
		a.add(made, broken)
		if req.AsyncMode {
			a.accept(w, r, scope, made)
			return
		}
		if broken != nil {
			broken.write(w)
			return
		}
		a.work.Add(1)
		defer a.work.Done()
		res, err := a.execute(made)
		if err != nil {
			problemOf(err).write(w)
			return
		}
		status, continuation := a.answerResult(w, made, res)
		a.auditCreate(r, scope, made, status, continuation)
	})
}

// accept answers a create whose run goes on in the background.
func (a *api) accept(w http.ResponseWriter, r *http.Request, scope string, made *run) {
	body := encode(redacted(object{
		"run_id": made.id, "status": gen.RunRunning, "output_text": nil, "human_intervention_required": false, "continuation_id": nil, "metadata": made.metadata(),
	}))
	a.auditCreate(r, scope, made, gen.RunRunning, "")
	if made.broken == nil {
		a.start(made)
	}
	writeBody(w, http.StatusAccepted, body)
}

// answerResult answers with what a run came to.
func (a *api) answerResult(w http.ResponseWriter, r *run, res *result) (status gen.RunStatus, continuation string) {
	a.mu.Lock()
	status = a.outcome(r, res)
	a.mu.Unlock()
	if res.pause != nil {
		continuation = res.pause.id
	}
	writeBody(w, http.StatusOK, encode(redacted(object{
		"run_id": r.id, "status": status, "output_text": res.output, "human_intervention_required": res.pause != nil,
		"continuation_id": orNull(continuation), "metadata": res.metadata,
	})))
	return status, continuation
}

// outcome is the status of a result, or of the run if that was ended by somebody else. The lock is held.
func (s *Server) outcome(r *run, res *result) gen.RunStatus {
	switch {
	case res.metadata["cancelled"] == true:
		return gen.RunCancelled
	case res.metadata["reentry_skipped"] == true && r.status != gen.RunCompleted:
		return gen.RunFailed
	}
	return res.status()
}

// view answers with what f makes of a run, under the lock.
func (a *api) view(w http.ResponseWriter, id string, f func(*run) ([]byte, *problem)) {
	a.mu.Lock()
	r, p := a.runs[id], errNotFound
	var body []byte
	if r != nil {
		body, p = f(r)
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
	a.view(w, id, func(r *run) ([]byte, *problem) { return r.encoded(), nil })
}

// CancelRun ends a run. One that has ended is left as it is.
func (a *api) CancelRun(w http.ResponseWriter, req *http.Request, id string) {
	a.view(w, id, func(r *run) ([]byte, *problem) {
		a.audit(req, gen.AuditRunCancelled, r, "", nil)
		if !r.status.Terminal() {
			const reason = "Run cancellation requested."
			r.end(gen.RunCancelled, object{"message": reason, "type": "cancelled"})
			delete(a.tasks, r.continuation)
			r.checkpoint(mark{
				kind: gen.CheckpointRunCancelled, events: r.events, metadata: object{"reason": reason, "requested": true}, onlyIfAbsent: true,
			})
		}
		return r.encoded(), nil
	})
}

// ContinueRun takes a failed run up at the step that failed.
func (a *api) ContinueRun(w http.ResponseWriter, req *http.Request, id string, _ gen.ContinueRunParams) {
	a.once(w, req, "runs:continue", id, func(w http.ResponseWriter) {
		r, context, p := a.reopen(id)
		if p != nil {
			p.write(w)
			return
		}
		a.work.Add(1)
		defer a.work.Done()
		res, err := a.goOn(r, context)
		if err != nil {
			problemOf(err).write(w)
			return
		}
		status, _ := a.answerResult(w, r, res)
		a.mu.Lock()
		defer a.mu.Unlock()
		a.audit(req, gen.AuditRunContinued, r, "", object{"status": status})
	})
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
	items := []object{}
	for _, r := range cut(p, rows, runOrders[p.sortBy]) {
		items = append(items, r.summary())
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
		output, _ := r.output.(string)
		message, _ := r.failure["message"].(string)
		return text == "" || strings.Contains(strings.ToLower(output), text) || strings.Contains(strings.ToLower(message), text)
	}
}

// GetRunTrace answers with one page of the events of a run.
func (a *api) GetRunTrace(w http.ResponseWriter, req *http.Request, id string, _ gen.GetRunTraceParams) {
	query := req.URL.Query()
	p := pageOf(query, "timestamp", "asc")
	a.view(w, id, func(r *run) ([]byte, *problem) {
		rows := only(r.trace, "type", query.Get("event_type"))
		total := len(rows)
		rows = cut(p, rows, byText(p.sortBy))
		list := p.envelope(len(rows), total)
		list["run_id"], list["events"], list["dropped"], list["complete"] = id, listOf(rows), 0, true
		return encode(list), nil
	})
}

// ListCheckpoints answers with one page of the checkpoints of a run, an empty one for a run that there is not.
func (a *api) ListCheckpoints(w http.ResponseWriter, req *http.Request, id string, _ gen.ListCheckpointsParams) {
	query := req.URL.Query()
	p := pageOf(query, "sequence", "asc")
	a.mu.Lock()
	defer a.mu.Unlock()
	var rows []object
	if r := a.runs[id]; r != nil {
		rows = only(r.checkpoints, "type", query.Get("type"))
	}
	total := len(rows)
	order := byText(p.sortBy)
	if p.sortBy == "sequence" {
		order = func(a, b object) int { return cmp.Compare(a["sequence"].(int), b["sequence"].(int)) }
	}
	rows = cut(p, rows, order)
	list := p.envelope(len(rows), total)
	list["run_id"], list["checkpoints"] = id, redacted(listOf(rows))
	writeBody(w, http.StatusOK, encode(list))
}

// only returns the rows that have a value, all if it is empty.
func only(rows []object, name, value string) []object {
	return slices.DeleteFunc(slices.Clone(rows), func(row object) bool { return value != "" && row[name] != value })
}

// byText orders rows by a text that all of them have; it is nil for what is none.
func byText(name string) func(a, b object) int {
	if !slices.Contains([]string{"timestamp", "type", "created_at", "event_id", "id", "step_id", "node_id", "workflow_name"}, name) {
		return nil
	}
	return func(a, b object) int {
		left, _ := a[name].(string)
		right, _ := b[name].(string)
		return cmp.Compare(left, right)
	}
}
