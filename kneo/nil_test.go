package kneo

import (
	"errors"
	"testing"
)

// TestNilChangesNothing: options are often chosen by a condition, and nil is what is left of those that were not.
func TestNilChangesNothing(t *testing.T) {
	c := script(says(200, runBody)).client(t, nil)
	if _, err := c.Platform.Runs.Get(t.Context(), "r1", nil); err != nil {
		t.Error(err)
	}
	if run, err := c.Platform.Runs.WaitForCompletion(t.Context(), "r1", nil, WithProgress(nil), WithOnBlocked(nil), WithCallOptions(nil)); err != nil || run.Status != RunCompleted {
		t.Error(run, err)
	}
	for _, err := range script(says(200, `{"skills":[],"count":0,"total":0,"limit":100,"offset":0}`)).client(t).Agent.Skills.All(t.Context(), SkillListParams{}, nil) {
		t.Error(err)
	}
}

// TestNothingToReadAnOutputFrom is an error that can be printed.
func TestNothingToReadAnOutputFrom(t *testing.T) {
	var nothing *OutputError
	if _, err := Output[string](nil); !errors.As(err, &nothing) || nothing.Error() == "" || new(OutputError).Error() == "" {
		t.Error(err)
	}
}
