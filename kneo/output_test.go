package kneo

import (
	"errors"
	"strings"
	"testing"
)

func TestOutput(t *testing.T) {
	type answer struct{ N int }
	good := &Run{RunID: "r1", Status: RunCompleted, OutputText: ` {"N": 3} `}
	if got, err := Output[answer](good); err != nil || got.N != 3 {
		t.Errorf("%+v, %v", got, err)
	}
	var bad *OutputError
	for name, run := range map[string]*Run{
		"not JSON":   {Status: RunCompleted, OutputText: "secret text"},
		"two values": {Status: RunCompleted, OutputText: `{} {}`},
		"a bracket":  {Status: RunCompleted, OutputText: `{"N":1}}`},
		"another":    {Status: RunCompleted, OutputText: `{"N":1}]`},
		"nothing":    {Status: RunCompleted},
		"running":    {Status: RunRunning, OutputText: `{"N":1}`},
	} {
		if got, err := Output[answer](run); !errors.As(err, &bad) || got.N != 0 || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	var failed *RunFailedError
	if _, err := Output[answer](&Run{Status: RunFailed, Error: &RunError{Type: "ValueError", Message: "m"}}); !errors.As(err, &failed) || failed.Type != "ValueError" {
		t.Errorf("%v", err)
	}
}
