package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oasdiff/oasdiff/checker"
	"github.com/oasdiff/oasdiff/diff"
	"github.com/oasdiff/oasdiff/load"
)

// A change is something that a server has otherwise than the contract.
type change struct {
	operation string // as in "GET /v1/runs"
	text      string
	breaking  bool
}

// compare finds the changes.
func compare(ours, theirs *openapi3.T) ([]change, error) {
	base := &load.SpecInfo{Url: "contract", Spec: reduced(ours, theirs)}
	revision := &load.SpecInfo{Url: "server", Spec: reduced(theirs, nil)}
	found, sources, err := diff.GetWithOperationsSourcesMap(diff.NewConfig(), base, revision)
	if err != nil {
		return nil, err
	}
	config := checker.NewConfig(checker.GetAllChecks())
	localizer := checker.NewDefaultLocalizer()
	var changes []change
	for _, c := range checker.CheckBackwardCompatibilityUntilLevel(config, found, sources, checker.INFO) {
		changes = append(changes, change{
			operation: c.GetOperation() + " " + c.GetPath(), text: c.GetUncolorizedText(localizer), breaking: breaks(c),
		})
	}
	if changes == nil && !found.Empty() {
		changes = []change{{operation: "somewhere", text: fmt.Sprintf("a difference without a word for it: %+v", found.GetSummary()), breaking: true}}
	}
	slices.SortFunc(changes, func(a, b change) int {
		return cmp.Or(cmp.Compare(a.operation, b.operation), cmp.Compare(a.text, b.text))
	})
	return slices.Compact(changes), nil
}

// breaks reports whether a change is more than an addition. The client was made to keep values that it does not know, so that those are
// one; that something of an answer is gone is none, although an API may do that to its clients.
func breaks(c checker.Change) bool {
	id := c.GetId()
	switch {
	case strings.HasPrefix(id, "response-") && strings.HasSuffix(id, "enum-value-added"):
		return false
	case strings.HasPrefix(id, "response-") && strings.HasSuffix(id, "property-removed"):
		return true
	}
	return c.GetLevel() != checker.INFO
}

// report tells of the changes and returns the exit status.
func report(out io.Writer, changes []change) int {
	status := 0
	for _, c := range changes {
		fmt.Fprintf(out, "%s: %s\n", c.operation, c.text)
		if status = max(status, 1); c.breaking {
			status = 2
		}
	}
	fmt.Fprintln(out, []string{"same", "the server has more", "the server lacks something, or has it otherwise"}[status])
	return status
}
