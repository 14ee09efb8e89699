package kneotest

import (
	"context"
	"fmt"
	"time"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// Script says what a run does, instead of its spec; see [WithScript]. Its steps run one after the other, and everything else works as for
// a sequential workflow: checkpoints, trace, cancellation, human tasks, continue. A script needs at least one step.
type Script struct {
	Steps []ScriptStep

	// Timeout gives the run a deadline, which no request to the platform can do. Once it has passed, [Server.PruneTimedOutRuns] ends the
	// run as timed_out. Zero means no deadline.
	Timeout time.Duration
}

// ScriptStep is a step of a [Script]. A step with a Human blocks the run; all others take their time, and then fail or have an output.
type ScriptStep struct {
	ID     string        // step1, step2 and so on if empty
	Takes  time.Duration // of the server's time
	Output string        // the input of the step if empty
	Err    error         // fails the step; a *StepError says which Python exception it stands for
	Human  *HumanGate
}

// HumanGate makes a step of a [Script] wait for a person's decision.
type HumanGate struct {
	Title     string
	Assignee  string
	Options   []string
	Timeout   time.Duration // in whole seconds; once it is over, [Server.PruneExpiredHumanTasks] does what OnTimeout says; zero means none
	OnTimeout gen.HumanTimeoutAction
}

// WithScript calls f for each run that is to be created. If f returns a script, the run follows it and its spec is ignored; if f returns
// nil, the spec is run. Several goroutines may call f at once.
func WithScript(f func(req gen.RunCreateRequest) *Script) Option {
	return func(s *settings) { s.script = f }
}

// scriptFor is the script of a run that is to be created, nil if it has none.
func (s *Server) scriptFor(req *gen.RunCreateRequest) *Script {
	if s.script == nil {
		return nil
	}
	return s.script(*req)
}

// apply gives a run the deadline of its script.
func (sc *Script) apply(r *run) {
	if sc != nil && sc.Timeout > 0 {
		r.deadline = r.created.Add(sc.Timeout)
		r.notes = with(r.notes, object{"timeout_seconds": int(sc.Timeout / time.Second)})
	}
}

// spec is the script as a spec, with functions of its own.
func (sc *Script) spec() *spec {
	s := &spec{
		Version: "v1", Agent: &agent{Name: "script"}, Workflow: &workflow{Type: sequentialType, Name: "script"},
		Components: components{Functions: map[string]function{}, Humans: map[string]*human{}}, scripted: true,
	}
	for i, st := range sc.Steps {
		id := either(st.ID, fmt.Sprintf("step%d", i+1))
		bound := &step{ID: id, Kind: "function", Ref: id}
		if st.Human != nil {
			bound.Kind = "human"
			s.Components.Humans[id] = st.Human.component()
		}
		s.Components.Functions[id] = function{call: st.call}
		s.Workflow.Steps = append(s.Workflow.Steps, bound)
	}
	return s
}

func (st ScriptStep) call(ctx context.Context, input string) (string, error) {
	if err := Sleep(ctx, st.Takes); err != nil {
		return "", err
	}
	return either(st.Output, input), st.Err
}

func (g *HumanGate) component() *human {
	h := &human{Description: g.Title, Assignee: g.Assignee, Options: g.Options, OnTimeout: string(g.OnTimeout)}
	if g.Options != nil {
		h.RequestType = "selection"
	}
	if g.Timeout > 0 {
		seconds := max(1, int(g.Timeout/time.Second))
		h.TimeoutSeconds = &seconds
	}
	return h
}
