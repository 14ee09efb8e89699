package kneo

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Output decodes the output of a run, which is text, as JSON into a T. The output of a run that has not completed means nothing: the
// error is then that of [gen.Run.Err], or an [*OutputError] if the run has not ended at all. It is also an [*OutputError] if the output
// is not JSON, does not fit a T, or has something after the value. As with encoding/json, a number that goes into an interface value is a
// float64, which holds no more than 15 digits.
func Output[T any](run *Run) (T, error) {
	var value T
	if run == nil {
		return value, &OutputError{Err: errors.New("there is no run")}
	}
	if err := run.Err(); err != nil {
		return value, err
	}
	if run.Status != RunCompleted {
		return value, &OutputError{RunID: run.RunID, Err: fmt.Errorf("the run is %s", printable(string(run.Status), maxSnippet))}
	}
	if err := json.Unmarshal([]byte(run.OutputText), &value); err != nil {
		return *new(T), &OutputError{RunID: run.RunID, Err: err}
	}
	return value, nil
}

// OutputError means that [Output] cannot read the output of a run as the type that was asked for.
type OutputError struct {
	RunID string
	Err   error // why not
}

// Error says which run it was, and what is wrong. It does not show the output.
func (e *OutputError) Error() string {
	return fmt.Sprintf("kneo: the output of run %s: %s", printable(e.RunID, maxSnippet), printable(fmt.Sprint(e.Err), maxText))
}

// Unwrap returns what is wrong.
func (e *OutputError) Unwrap() error { return e.Err }
