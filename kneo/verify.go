package kneo

import (
	"errors"
	"fmt"

	"github.com/kneo-agent/kneo-client-go/gen"
)

var errHollow = errors.New("it has nothing of what is due")

// verify checks an answer for what it must have: ids, a status, and being about what was asked. Everything else may be
// missing, since some server leaves it out or puts null there. It must not pass off as an answer what is merely JSON.
func verify(answer any, about string) error {
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
	case *gen.RunList:
		return rows(a.Runs, a.Runs == nil && a.Total == 0 && a.SortBy == "", func(r RunSummary) error {
			return errors.Join(due("id", r.RunID, ""), due("status", string(r.Status), ""))
		})
	case *gen.TraceList:
		return errors.Join(due("run_id", a.RunID, about), rows(a.Events, false, func(e TraceEvent) error { return due("event_id", e.EventID, "") }))
	case *gen.CheckpointList:
		return errors.Join(due("run_id", a.RunID, about), rows(a.Checkpoints, false, func(c Checkpoint) error { return due("id", c.ID, "") }))
	case *gen.HumanTaskList:
		return rows(a.Tasks, a.Tasks == nil && a.Total == 0 && a.SortBy == "", func(t HumanTask) error { return due("id", t.ContinuationID, "") })
	case *gen.AuditEventList:
		return rows(a.Events, a.Events == nil && a.Total == 0 && a.SortBy == "", func(e AuditEvent) error { return due("id", e.ID, "") })
	case *gen.SkillList:
		return rows(a.Skills, a.Skills == nil && a.Total == 0 && a.SortBy == "", func(Skill) error { return nil })
	case *HumanTaskDetail:
		return due("continuation_id", a.ContinuationID, about)
	case *HumanResumed:
		return errors.Join(due("run_id", a.RunID, ""), due("status", string(a.Status), ""))
	case *EnvironmentPolicyState:
		return due("environment", a.Environment, about)
	case *PolicyPreview:
		return due("environment", a.Environment, about)
	case *gen.EnvironmentPolicyList:
		return hollow(a.Policies == nil && a.Count == 0)
	case *gen.CredentialInventoryResponse:
		return hollow(a.Inventory.Providers == nil && a.Inventory.Extra == nil && a.Inventory.ServiceTokens == nil)
	case *SpecValidation:
		return hollow(!a.Valid && a.Diagnostics == nil)
	case *SpecCompilation:
		return hollow(!a.OK && a.Diagnostics == nil)
	case *Health:
		return hollow(!a.OK && a.Version == "" && a.Service == "")
	case *PolicyReport:
		return hollow(a.Valid == nil && a.Report.Version == "" && a.Report.Summary == nil && a.Report.Diagnostics == nil)
	}
	return nil
}

// hollow makes an error of an answer that has nothing.
func hollow(is bool) error {
	if is {
		return errHollow
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
func rows[T any](items []T, isHollow bool, check func(T) error) error {
	if isHollow {
		return errHollow
	}
	for i, item := range items {
		if err := check(item); err != nil {
			return fmt.Errorf("row %d: %w", i, err)
		}
	}
	return nil
}
