package kneotest

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/google/uuid"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// audit notes what somebody did. The lock is held.
func (s *Server) audit(r *http.Request, e gen.AuditEvent) {
	e.ID, e.CreatedAt, e.Actor = uuid.NewString(), now(), s.actor(r)
	s.events = append(s.events, e)
}

// auditCreate notes that a run was made.
func (s *Server) auditCreate(r *http.Request, scope string, made *run) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := gen.AuditEvent{EventType: gen.AuditRunCreated, RunID: made.id, Metadata: gen.AuditMetadata{
		Target: made.request.Target, SpecPath: made.request.SpecPath, InlineSpec: made.request.Spec != nil, Environment: made.request.Environment,
		AsyncMode: made.request.AsyncMode,
	}}
	if scope == "specs:run" {
		e.EventType, e.Metadata.Status = gen.AuditSpecRun, made.status
	} else {
		e.Metadata.SessionID, e.Metadata.Metadata = redactedText, made.metadata().CallerMetadata
	}
	s.audit(r, e)
}

// auditSpec notes that a spec was looked at.
func (s *Server) auditSpec(r *http.Request, kind gen.AuditEventType, valid bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.audit(r, gen.AuditEvent{EventType: kind, Metadata: gen.AuditMetadata{InlineSpec: true, Valid: valid}})
}

// ListAuditEvents answers with one page of what was done.
func (a *api) ListAuditEvents(w http.ResponseWriter, req *http.Request, _ gen.ListAuditEventsParams) {
	query := req.URL.Query()
	p := pageOf(query, "created_at", "desc")
	a.mu.Lock()
	defer a.mu.Unlock()
	rows := slices.DeleteFunc(slices.Clone(a.events), func(e gen.AuditEvent) bool {
		kind, run := query.Get("event_type"), query.Get("run_id")
		return kind != "" && kind != string(e.EventType) || run != "" && run != e.RunID
	})
	total := len(rows)
	rows = cut(p, rows, map[string]func(a, b gen.AuditEvent) int{
		"created_at": func(a, b gen.AuditEvent) int { return compareTimes(a.CreatedAt, b.CreatedAt) },
		"event_type": func(a, b gen.AuditEvent) int { return cmp.Compare(a.EventType, b.EventType) },
		"id":         func(a, b gen.AuditEvent) int { return cmp.Compare(a.ID, b.ID) },
	}[p.sortBy])
	list := p.envelope(len(rows), total)
	list["events"] = present(rows)
	writeBody(w, http.StatusOK, encode(list))
}
