package kneotest

import (
	"time"

	"github.com/google/uuid"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// PresetRun is a run that a test gives to the server; see [Server.AddRuns].
type PresetRun struct {
	RunID     string        // a new id if empty
	Status    gen.RunStatus // completed if empty
	Input     string
	Output    string
	SessionID string
	Metadata  map[string]any // of the caller
	Error     *gen.RunError
	CreatedAt time.Time // now if zero
	UpdatedAt time.Time // CreatedAt if zero
	Deadline  time.Time // after which [Server.PruneTimedOutRuns] ends it if it has not ended; never if zero
}

// AddRuns adds runs of an agent as if they had been created before, and returns their ids. It is for tests that need many runs, or runs
// in a state that is hard to produce: ten thousand take a few milliseconds.
func (s *Server) AddRuns(presets ...PresetRun) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := make([]string, len(presets))
	for i, p := range presets {
		r := s.preset(p)
		ids[i] = r.id
		s.runs[r.id] = r
		s.order = append(s.order, r)
	}
	return ids
}

func (s *Server) preset(p PresetRun) *run {
	r := &run{
		server: s, id: either(p.RunID, uuid.NewString()), status: gen.RunStatus(either(string(p.Status), string(gen.RunCompleted))), kind: "agent",
		agentName: "preset", output: orNull(p.Output), broken: badRequest("A preset run has no spec."), deadline: p.Deadline,
		request: gen.RunCreateRequest{Input: p.Input, SessionID: p.SessionID, Target: gen.TargetAgent, Metadata: p.Metadata},
		created: p.CreatedAt.UTC().Truncate(time.Microsecond), updated: p.UpdatedAt.UTC().Truncate(time.Microsecond),
	}
	if p.Error != nil {
		r.failure = object{"message": p.Error.Message, "type": p.Error.Type}
	}
	if p.CreatedAt.IsZero() {
		r.created = s.now()
	}
	if p.UpdatedAt.IsZero() {
		r.updated = r.created
	}
	r.started = r.created
	if r.status.Terminal() {
		r.completed = r.updated
	}
	return r
}
