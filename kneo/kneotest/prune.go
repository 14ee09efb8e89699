package kneotest

import (
	"fmt"
	"slices"
	"time"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// The real server expires, times out and forgets nothing by itself: an operator has it sweep. No request does, so that here
// a test calls these methods, most often after it has moved the [Clock].

// PruneExpiredHumanTasks does what each human task whose time is over says for that case: the run becomes expired, goes on as if the task
// had been approved, or keeps waiting with the task marked as escalated. It returns the number of these tasks, when all of this is done.
func (s *Server) PruneExpiredHumanTasks() int {
	s.mu.Lock()
	cutoff := s.now()
	var over []*task
	for _, id := range sortedKeys(s.tasks) {
		t := s.tasks[id]
		if !t.resuming && !t.expires.IsZero() && t.expires.Before(cutoff) && !hasKey(t.request, "escalated_at") && t.run.status == gen.RunBlocked {
			t.resuming = true // nobody else may decide it now
			over = append(over, t)
		}
	}
	s.mu.Unlock()
	for _, t := range over {
		s.expire(t, cutoff)
	}
	return len(over)
}

func (s *Server) expire(t *task, cutoff time.Time) {
	action := t.request["on_timeout"]
	noted := object{
		"timeout_seconds": t.request["timeout_seconds"], "expired_at": seconds(cutoff), "expires_at": seconds(t.expires), "on_timeout": action,
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch action {
	case "continue":
		s.auditAs("", gen.AuditHumanContinued, t.run, t.id, noted)
		t.run.working = true
		s.work.Add(1)
		s.mu.Unlock()
		request, _ := t.request["id"].(string)
		_, err := s.carryOut(t, &gen.HumanResumeRequest{RequestID: request, Decision: gen.DecisionApproved})
		s.work.Done()
		s.mu.Lock()
		if err != nil {
			failure := asStepError(err)
			s.auditAs("", gen.AuditHumanContinueFailed, t.run, t.id, object{"error_type": failure.Type, "error_message": failure.Message, "on_timeout": action})
			delete(s.tasks, t.id)
		}
	case "escalate":
		t.request = with(t.request, object{"escalated_at": seconds(cutoff), "original_expires_at": seconds(t.expires)})
		t.resuming = false
		s.auditAs("", gen.AuditHumanEscalated, t.run, t.id, with(noted, object{"assignee": t.request["assignee"]}))
	default:
		delete(s.tasks, t.id)
		t.run.end(gen.RunExpired, object{
			"message": fmt.Sprintf("Human task did not complete within %vs timeout.", t.request["timeout_seconds"]), "type": "human_task_expired",
		})
		s.auditAs("", gen.AuditHumanExpired, t.run, t.id, noted)
	}
}

// PruneTimedOutRuns ends the runs that have not ended by their deadline as timed_out, and returns their number. Only runs of a [Script]
// with a Timeout, and preset runs with a Deadline, have a deadline.
func (s *Server) PruneTimedOutRuns() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	cutoff, n := s.now(), 0
	for _, r := range s.order {
		if r.status.Terminal() || r.deadline.IsZero() || !r.deadline.Before(cutoff) {
			continue
		}
		n++
		before, timeout := r.status, r.notes["timeout_seconds"]
		reason := "Run exceeded its configured deadline."
		if timeout != nil {
			reason = fmt.Sprintf("Run exceeded its %vs timeout.", timeout)
		}
		delete(s.tasks, r.continuation)
		r.end(gen.RunTimedOut, object{"message": reason, "type": "run_timed_out"})
		noted := object{"deadline_at": seconds(r.deadline), "timed_out_at": seconds(cutoff), "status_at_timeout": before}
		r.checkpoint(mark{kind: gen.CheckpointRunTimedOut, events: r.events, onlyIfAbsent: true, metadata: with(noted, object{"reason": reason})})
		s.auditAs("", gen.AuditRunTimedOut, r, "", with(noted, object{"timeout_seconds": timeout}))
	}
	return n
}

// Retention says how old things may get; zero keeps them forever, as the real server does by default.
type Retention struct {
	Runs        time.Duration // that have ended, since their last change; their checkpoints go with them
	Idempotency time.Duration // answers that are remembered for their keys
	Audit       time.Duration
}

// PruneRetention removes what is older than the retention allows, and returns how many runs, answers and audit events that were.
func (s *Server) PruneRetention(keep Retention) (runs, answers, events int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	old := func(at time.Time, age time.Duration) bool { return age > 0 && now.Sub(at) > age }
	s.order = slices.DeleteFunc(s.order, func(r *run) bool {
		if !r.status.Terminal() || !old(r.updated, keep.Runs) {
			return false
		}
		delete(s.runs, r.id)
		runs++
		return true
	})
	for name, o := range s.outcomes {
		if o.status != 0 && old(o.at, keep.Idempotency) {
			delete(s.outcomes, name)
			answers++
		}
	}
	s.events = slices.DeleteFunc(s.events, func(e object) bool {
		if at, err := time.Parse(time.RFC3339Nano, e["created_at"].(string)); err != nil || !old(at, keep.Audit) {
			return false
		}
		events++
		return true
	})
	return runs, answers, events
}
