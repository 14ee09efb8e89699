package faulttest

import (
	"fmt"
	"slices"
)

// Outcome is what a call came to, by what its client says.
type Outcome string

// The outcomes. Of a call that failed, nothing has happened; of one that is unknown, it may have.
const (
	OK      Outcome = "ok"
	Failed  Outcome = "failed"
	Unknown Outcome = "unknown"
)

// Call is what a client says of one of its calls.
type Call struct {
	Key      string  `json:"key"`       // the idempotency key of a create; of other calls, the id of the run
	RunID    string  `json:"run_id"`    // what the call returned
	Status   string  `json:"status"`    // of the run
	Outcome  Outcome `json:"outcome"`   //
	Error    string  `json:"error"`     // its text
	ErrorKey string  `json:"error_key"` // the idempotency key that the error names
	Kind     string  `json:"kind"`      // its type
	Attempts int     `json:"attempts"`  // requests made, 0 if the client does not tell
	Begin    float64 `json:"begin"`     // seconds since the first call began
	End      float64 `json:"end"`
}

// History is what a client says of its calls.
type History []Call

// Check compares what was said of creates with the runs that the platform holds, by idempotency key. A create that is ok has exactly
// the run that it returned, one that failed has none, one that is unknown has one at the most; and nobody has any other.
func (h History) Check(runs map[string][]string) (violations []string) {
	known := map[string]bool{}
	for _, c := range h {
		known[c.Key] = true
		held := runs[c.Key]
		switch {
		case len(held) > 1:
			violations = append(violations, fmt.Sprintf("%s: the platform holds %d runs of one key: %v", c.Key, len(held), held))
		case c.Outcome == OK && !slices.Equal(held, []string{c.RunID}):
			violations = append(violations, fmt.Sprintf("%s: the call returned run %s, the platform holds %v", c.Key, c.RunID, held))
		case c.Outcome == Failed && len(held) > 0:
			violations = append(violations, fmt.Sprintf("%s: the call failed (%s), and yet there is run %s", c.Key, c.Error, held[0]))
		}
	}
	for key, held := range runs {
		if !known[key] {
			violations = append(violations, fmt.Sprintf("nobody has asked for %v, of key %q", held, key))
		}
	}
	slices.Sort(violations)
	return violations
}

// Count returns how many calls came to an outcome.
func (h History) Count(outcome Outcome) int {
	n := 0
	for _, c := range h {
		if c.Outcome == outcome {
			n++
		}
	}
	return n
}

// Attempts returns how many requests the client says that it has made.
func (h History) Attempts() int {
	n := 0
	for _, c := range h {
		n += c.Attempts
	}
	return n
}

// Slowest returns the duration in seconds that all but the given part of the calls have stayed below.
func (h History) Slowest(part float64) float64 {
	if len(h) == 0 {
		return 0
	}
	took := make([]float64, len(h))
	for i, c := range h {
		took[i] = c.End - c.Begin
	}
	slices.Sort(took)
	return took[min(len(took)-1, int(float64(len(took))*(1-part)))]
}
