package kneo

import (
	"strings"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// operationOf finds the operation of the contract that a request asks for, nil if there is none.
func operationOf(method, path string) *gen.Operation {
	path, _, _ = strings.Cut(path, "?")
	for i := range gen.Operations {
		if op := &gen.Operations[i]; op.Method == method && matches(op.Path, path) {
			return op
		}
	}
	return nil
}

// matches reports whether path fits a template such as /v1/runs/{run_id}/trace.
func matches(template, path string) bool {
	for {
		want, moreWant, inTemplate := strings.Cut(template, "/")
		have, moreHave, inPath := strings.Cut(path, "/")
		switch {
		case want != have && (have == "" || !strings.HasPrefix(want, "{")), inTemplate != inPath:
			return false
		case !inTemplate:
			return true
		}
		template, path = moreWant, moreHave
	}
}
