package kneotest

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// ListHumanTasks answers with one page of the tasks that wait.
func (a *api) ListHumanTasks(w http.ResponseWriter, req *http.Request, _ gen.ListHumanTasksParams) {
	query := req.URL.Query()
	status := query.Get("status")
	if query.Has("status") && status != "pending" && status != "escalated" {
		f := field{Loc: []any{"query", "status"}, Input: status}
		oneOf(status, &f, "pending", "escalated")
		invalidFields(f).write(w)
		return
	}
	p := pageOf(query, "id", "asc")
	run, kind := query.Get("run_id"), query.Get("workflow_kind")
	a.mu.Lock()
	defer a.mu.Unlock()
	var rows []*task
	for _, id := range sortedKeys(a.tasks) {
		t := a.tasks[id]
		escalated := hasKey(t.request, "escalated_at")
		if (run == "" || run == t.run.id) && (kind == "" || kind == t.kind) && (status == "" || escalated == (status == "escalated")) {
			rows = append(rows, t)
		}
	}
	total := len(rows)
	rows = cut(p, rows, map[string]func(a, b *task) int{
		"id":         func(a, b *task) int { return cmp.Compare(a.id, b.id) },
		"expires_at": func(a, b *task) int { return a.expires.Compare(b.expires) },
	}[p.sortBy])
	tasks := make([]any, len(rows))
	for i, t := range rows {
		tasks[i] = redacted(t.object())
	}
	list := p.envelope(len(rows), total)
	list["tasks"] = tasks
	writeBody(w, http.StatusOK, encode(list))
}

// GetHumanTask answers with a task.
func (a *api) GetHumanTask(w http.ResponseWriter, _ *http.Request, id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	t := a.tasks[id]
	if t == nil {
		errNotFound.write(w)
		return
	}
	writeBody(w, http.StatusOK, encode(redacted(object{"continuation_id": id, "request": t.request, "messages": messageObjects(t.messages)})))
}

// ResumeHumanTask decides a task, and answers when its run has ended or is blocked again.
func (a *api) ResumeHumanTask(w http.ResponseWriter, req *http.Request, id string, _ gen.ResumeHumanTaskParams) {
	decision, given, p := readGiven[gen.HumanResumeRequest](req, resumeShape)
	if p != nil {
		p.write(w)
		return
	}
	a.once(w, req, "human:resume", id+string(encode(decision)), func(w http.ResponseWriter) {
		t, p := a.hold(id)
		if p != nil {
			p.write(w)
			return
		}
		a.work.Add(1)
		defer a.work.Done()
		res, err := a.carryOut(t, decision)
		if err != nil {
			problemOf(err).write(w)
			return
		}
		a.mu.Lock()
		defer a.mu.Unlock()
		status := a.outcome(t.run, res)
		a.audit(req, gen.AuditHumanDecision, t.run, id, object{
			"request_id": decision.RequestID, "decision": decision.Decision, "has_content": hasKey(given, "content"), // even if it is empty
			"selected_option": orNull(decision.SelectedOption), "status": status,
		})
		writeBody(w, http.StatusOK, encode(redacted(object{"run_id": t.run.id, "status": status, "output_text": res.output, "metadata": res.metadata})))
	})
}

// hold has nobody else carry out a decision on a task.
func (s *Server) hold(id string) (*task, *problem) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tasks[id]
	switch {
	case t == nil:
		return nil, errNotFound
	case t.resuming:
		return nil, &problem{
			status: http.StatusConflict, code: "resource_locked", message: "The resource is locked.", more: map[string]any{"resource": "continuation:" + id},
		}
	case !t.expires.IsZero() && s.now().After(t.expires) && t.request["on_timeout"] != "escalate":
		return nil, &problem{
			status: http.StatusConflict, code: "human_task_expired", message: fmt.Sprintf(
				"Cannot resume continuation %s: the human-task deadline has passed (expires_at=%s); the configured on_timeout policy governs this run.", id, encode(seconds(t.expires))),
			more: map[string]any{"continuation_id": id, "expires_at": seconds(t.expires)},
		}
	}
	t.resuming = true
	t.run.working = true
	return t, nil
}

// carryOut goes on with the run of a task that is held. If that fails, run and task stay as they were, for another try.
func (s *Server) carryOut(t *task, decision *gen.HumanResumeRequest) (*result, error) {
	l := s.newLeg(t.run)
	l.live, l.trace.events = false, slices.Clone(t.events)
	res, err := l.resume(t, decision)
	s.mu.Lock()
	t.resuming = false
	if err != nil && !t.run.status.Terminal() {
		t.run.working = false
		s.mu.Unlock()
		return nil, err
	}
	if !t.run.status.Terminal() {
		delete(s.tasks, t.id)
	}
	s.mu.Unlock()
	return l.conclude(res, err, object{})
}
