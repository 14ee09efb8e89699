package kneotest

import (
	"net/http"

	"github.com/google/uuid"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// audit notes what the sender of a request did, to a run unless that is nil. The lock is held.
func (s *Server) audit(r *http.Request, kind gen.AuditEventType, about *run, continuation string, metadata object) {
	s.auditAs(s.actor(r), kind, about, continuation, metadata)
}

// auditAs notes what somebody did; a sweep is nobody. The lock is held.
func (s *Server) auditAs(actor string, kind gen.AuditEventType, about *run, continuation string, metadata object) {
	var id string
	if about != nil {
		id = about.id
	}
	s.events = append(s.events, object{
		"id": uuid.NewString(), "event_type": string(kind), "run_id": orNull(id), "continuation_id": orNull(continuation), "actor": orNull(actor),
		"metadata": redacted(metadata), "created_at": stamp(s.now()),
	})
}

// auditCreate notes that a run was made.
func (s *Server) auditCreate(r *http.Request, scope string, made *run, status gen.RunStatus, continuation string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	req := made.request
	metadata := object{"target": req.Target, "spec_path": orNull(req.SpecPath), "inline_spec": req.Spec != nil, "environment": orNull(req.Environment)}
	if scope == "specs:run" {
		metadata["status"] = status
		if req.AsyncMode {
			metadata["async_mode"] = true
		}
		s.audit(r, gen.AuditSpecRun, made, continuation, metadata)
		return
	}
	metadata["async_mode"], metadata["session_id"], metadata["metadata"] = req.AsyncMode, redactedText, with(req.Metadata, nil)
	if overlay := made.declared()["skills_overlay"]; overlay != nil {
		metadata["skills_overlay"] = overlay
	}
	s.audit(r, gen.AuditRunCreated, made, continuation, metadata)
}

// ListAuditEvents answers with one page of what was done.
func (a *api) ListAuditEvents(w http.ResponseWriter, req *http.Request, _ gen.ListAuditEventsParams) {
	query := req.URL.Query()
	p := pageOf(query, "created_at", "desc")
	a.mu.Lock()
	defer a.mu.Unlock()
	rows := only(only(a.events, "event_type", query.Get("event_type")), "run_id", query.Get("run_id"))
	total := len(rows)
	rows = rows[max(0, total-window):] // whatever the order is, of more the real server sorts the latest
	rows = cut(p, rows, byText(p.sortBy))
	list := p.envelope(len(rows), total)
	list["events"] = listOf(rows)
	writeBody(w, http.StatusOK, encode(list))
}
