package kneo

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Output decodes the output of a run, which is text, as JSON into a T. A run that has not completed has no output to speak of,
// and is an error: that of [Run.Err], or an [*OutputError] if it has not ended at all.
func Output[T any](run *Run) (T, error) {
	var value T
	if err := run.Err(); err != nil {
		return value, err
	}
	if run.Status != RunCompleted {
		return value, &OutputError{RunID: run.RunID, Err: fmt.Errorf("the run is %s", printable(string(run.Status), maxSnippet))}
	}
	decoder := json.NewDecoder(strings.NewReader(run.OutputText))
	err := decoder.Decode(&value)
	if err == nil && decoder.More() {
		err = fmt.Errorf("there is more behind the JSON value")
	}
	if err != nil {
		return *new(T), &OutputError{RunID: run.RunID, Err: err}
	}
	return value, nil
}

// OutputError means that the output of a run is not what was to be read from it.
type OutputError struct {
	RunID string
	Err   error
}

// Error says of which run, and what is wrong. It does not show the output.
func (e *OutputError) Error() string {
	return fmt.Sprintf("kneo: the output of run %s: %s", printable(e.RunID, maxSnippet), printable(e.Err.Error(), maxText))
}

// Unwrap returns what is wrong.
func (e *OutputError) Unwrap() error { return e.Err }
