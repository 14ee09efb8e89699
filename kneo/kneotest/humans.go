package kneotest

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// ListHumanTasks answers with one page of the tasks that wait.
func (a *api) ListHumanTasks(w http.ResponseWriter, req *http.Request, _ gen.ListHumanTasksParams) {
	query := req.URL.Query()
	if status := query.Get("status"); query.Has("status") && status != "pending" && status != "escalated" {
		f := field{Loc: []any{"query", "status"}, Input: status}
		oneOf(status, &f, "pending", "escalated")
		invalidFields(f).write(w)
		return
	}
	p := pageOf(query, "id", "asc")
	a.mu.Lock()
	defer a.mu.Unlock()
	var rows []gen.HumanTask
	for _, r := range a.order {
		run, kind := query.Get("run_id"), query.Get("workflow_kind")
		if r.status == gen.RunBlocked && (run == "" || run == r.id) && (kind == "" || kind == "sequential") && query.Get("status") != "escalated" {
			rows = append(rows, r.task())
		}
	}
	total := len(rows)
	rows = cut(p, rows, map[string]func(a, b gen.HumanTask) int{
		"id":         func(a, b gen.HumanTask) int { return cmp.Compare(a.ContinuationID, b.ContinuationID) },
		"expires_at": func(a, b gen.HumanTask) int { return a.ExpiresAt.Compare(b.ExpiresAt) },
	}[p.sortBy])
	list := p.envelope(len(rows), total)
	list["tasks"] = presentTasks(rows)
	writeBody(w, http.StatusOK, encode(list))
}

// presentTasks is present, but for the deadlines, which are numbers.
func presentTasks(rows []gen.HumanTask) []any {
	items := make([]any, len(rows))
	for i, task := range rows {
		item := present(task).(map[string]any)
		if !task.ExpiresAt.IsZero() {
			item["expires_at"] = seconds(task.ExpiresAt)
		}
		items[i] = item
	}
	return items
}

func seconds(t time.Time) float64 { return float64(t.UnixMicro()) / 1e6 }

// task is what a blocked run waits for.
func (r *run) task() gen.HumanTask {
	index := r.nextStep
	return gen.HumanTask{
		ContinuationID: r.continuation, RunID: r.id, WorkflowName: r.workflowName, WorkflowKind: "sequential", CurrentStepIndex: &index, CurrentInput: r.nextInput,
		VisitedSteps: r.visited, Messages: r.messages, PendingHumanRequestID: r.pending.ID, PendingHumanRequest: r.pending, ExpiresAt: r.expires,
		TraceEvents: r.events, Metadata: gen.HumanTaskMetadata{StepID: r.current},
	}
}

// waiting finds the run that waits for a task. The lock is held.
func (s *Server) waiting(id string) *run {
	for _, r := range s.order {
		if r.status == gen.RunBlocked && r.continuation == id {
			return r
		}
	}
	return nil
}

// GetHumanTask answers with a task.
func (a *api) GetHumanTask(w http.ResponseWriter, _ *http.Request, id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	r := a.waiting(id)
	if r == nil {
		errNotFound.write(w)
		return
	}
	writeBody(w, http.StatusOK, encode(present(gen.HumanTaskDetail{ContinuationID: id, Request: r.pending, Messages: r.messages})))
}

// ResumeHumanTask decides a task, and answers when its run has ended or is blocked again.
func (a *api) ResumeHumanTask(w http.ResponseWriter, req *http.Request, id string, _ gen.ResumeHumanTaskParams) {
	decision, p := readRequest[gen.HumanResumeRequest](req, resumeShape)
	if p != nil {
		p.write(w)
		return
	}
	a.once(w, req, "human:resume", id+string(encode(decision)), func(w http.ResponseWriter) {
		r, undo, p := a.take(id, decision)
		if p == nil {
			a.work.Add(1)
			defer a.work.Done()
			p = a.execute(r)
			a.release(r, undo, p)
		}
		if p != nil {
			p.write(w)
			return
		}
		a.mu.Lock()
		defer a.mu.Unlock()
		a.audit(req, gen.AuditEvent{EventType: gen.AuditHumanDecision, RunID: r.id, ContinuationID: id, Metadata: gen.AuditMetadata{
			RequestID: decision.RequestID, Decision: decision.Decision, HasContent: decision.Content != "", SelectedOption: decision.SelectedOption, Status: r.status,
		}})
		writeBody(w, http.StatusOK, encode(present(gen.HumanResumed{RunID: r.id, Status: r.status, OutputText: r.output, Metadata: r.outcomeMetadata()})))
	})
}

// take begins to carry out a decision. Undo is the run as it was, should its next step fail.
func (s *Server) take(id string, decision *gen.HumanResumeRequest) (r *run, undo run, p *problem) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r = s.waiting(id)
	switch {
	case r == nil:
		return nil, undo, errNotFound
	case r.resuming:
		return nil, undo, &problem{
			status: http.StatusConflict, code: "resource_locked", message: "The resource is locked.", more: map[string]any{"resource": "continuation:" + id},
		}
	case !r.expires.IsZero() && now().After(r.expires) && r.pending.OnTimeout != gen.OnTimeoutEscalate:
		return nil, undo, &problem{
			status: http.StatusConflict, code: "human_task_expired", message: "The human task has expired.",
			more: map[string]any{"continuation_id": id, "expires_at": seconds(r.expires)},
		}
	case r.nextStep == len(r.spec.Workflow.Steps)-1:
		return nil, undo, badRequest("SequentialWorkflow requires at least one participant.")
	}
	undo = *r
	r.resuming = true
	r.visited = append(slices.Clip(r.visited), r.current)
	r.nextInput, r.nextStep = decided(decision, r.nextInput), r.nextStep+1
	r.checkpoint(gen.CheckpointHumanResume, r.current, gen.CheckpointMetadata{ContinuationID: id})
	return r, undo, nil
}

// decided is the text that a decision passes on.
func decided(decision *gen.HumanResumeRequest, input string) string {
	switch decision.Decision {
	case gen.DecisionRejected:
		return "Rejected by human reviewer: " + decision.Content
	case gen.DecisionEdited, gen.DecisionProvided:
		return decision.Content
	case gen.DecisionSelected:
		return decision.SelectedOption
	}
	return input
}

// release ends the carrying out of a decision. If it failed the task waits as it did.
func (s *Server) release(r *run, undo run, p *problem) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p != nil && !r.status.Terminal() {
		*r = undo
	}
	r.resuming = false
}
