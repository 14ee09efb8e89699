package main

import (
	"fmt"
	"strings"

	"github.com/kneo-agent/kneo-client-go/internal/casebook"
)

const head = `<!-- Written by make reliability; do not edit. -->
# Reliability

This page compares what this client does when things break with what two others do: go-retryablehttp with two retries, io.ReadAll and
json.Unmarshal ("plain"), and the Python client 1.2.0, each with its defaults. All of them met the same faults, from the same harness,
in one run of ` + "`make reliability`" + `. A hash of seed, key and attempt decides on the faults, so that a run can be repeated.

"ok" is a call that returned a run, "unknown" is a call whose error leaves open whether it took effect, and "failed" is a call whose
error says that it did not. Cases without figures are either right or wrong: the tests named there check them.
`

// page is the results as Markdown.
func (r *results) page() string {
	var b strings.Builder
	b.WriteString(head)
	for _, group := range casebook.Groups {
		fmt.Fprintf(&b, "\n## %s\n\n| case | what must be | ours | plain | Python |\n|---|---|---|---|---|\n", group.Title)
		for _, c := range group.Cases {
			ours := r.cell(c.Name, casebook.Ours)
			if c.Tests != nil {
				ours = "holds: " + strings.Join(c.Tests, ", ")
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", c.Name, c.Limit, ours, r.cell(c.Name, casebook.Plain), r.cell(c.Name, casebook.Python))
		}
	}
	return b.String()
}

func (r *results) cell(name, who string) string {
	return strings.ReplaceAll(strings.Join(r.figures[name][who], "; "), "|", "\\|")
}
