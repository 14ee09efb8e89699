package kneo

import (
	"errors"
	"fmt"

	"github.com/kneo-agent/kneo-client-go/gen"
	"github.com/kneo-agent/kneo-client-go/internal/wire"
)

var errHollow = errors.New("it has none of the fields that are due")

// verify checks an answer for what it must have: ids, a status, and being about what was asked. Everything else may be
// missing, since some server leaves it out or puts null there. But what has no field of the answer at all is merely JSON.
func verify(answer any, body []byte, about string) error {
	if !wire.Mentions(body, answer) {
		return errHollow
	}
	switch a := answer.(type) {
	case *Run:
		return errors.Join(due("run_id", a.RunID, about), due("status", string(a.Status), ""))
	case *RunCreated:
		return errors.Join(due("run_id", a.RunID, about), due("status", string(a.Status), ""))
	case *CheckpointDiff:
		return due("run_id", a.RunID, about)
	case *Replay:
		return errors.Join(due("run_id", a.RunID, about), due("status", string(a.Status), ""))
	case *Recovery:
		return errors.Join(due("run_id", a.RunID, about), due("status", string(a.Status), ""))
	case *RunGraph:
		return errors.Join(due("run_id", a.RunID, about), due("status", string(a.Status), ""))
	case *HumanResumed:
		return errors.Join(due("run_id", a.RunID, ""), due("status", string(a.Status), ""))
	case *HumanTaskDetail:
		return due("continuation_id", a.ContinuationID, about)
	case *EnvironmentPolicyState:
		return due("environment", a.Environment, about)
	case *PolicyPreview:
		return due("environment", a.Environment, about)
	case *gen.RunList:
		return rows(a.Runs, func(r RunSummary) error {
			return errors.Join(due("id", r.RunID, ""), due("status", string(r.Status), ""))
		})
	case *gen.TraceList:
		return errors.Join(due("run_id", a.RunID, about), rows(a.Events, func(e TraceEvent) error { return due("event_id", e.EventID, "") }))
	case *gen.CheckpointList:
		return errors.Join(due("run_id", a.RunID, about), rows(a.Checkpoints, func(c Checkpoint) error { return due("id", c.ID, "") }))
	case *gen.HumanTaskList:
		return rows(a.Tasks, func(t HumanTask) error { return due("id", t.ContinuationID, "") })
	case *gen.AuditEventList:
		return rows(a.Events, func(e AuditEvent) error { return due("id", e.ID, "") })
	}
	return nil
}

// due checks that an id or a status is there, and is the one that was asked for.
func due(field, value, about string) error {
	switch {
	case value == "":
		return fmt.Errorf("it has no %s", field)
	case about != "" && value != about:
		return fmt.Errorf("it is about another %s than the one asked for", field)
	}
	return nil
}

// rows checks every row of a list.
func rows[T any](items []T, check func(T) error) error {
	for i, item := range items {
		if err := check(item); err != nil {
			return fmt.Errorf("row %d: %w", i, err)
		}
	}
	return nil
}
