// Command speccheck says what is wrong with a spec and what the spec would do, without running any of it.
//
//	go run ./examples/speccheck [SPEC.json]
//
// Findings are printed as "path: code: message". The exit status is 0 if the spec is good, 1 if it is not, and 2 if the program could not
// find out. Without a file it checks spec.json, which is next to this program.
//
// It uses the platform of your profile, from the file or the environment; without a profile it starts one in its own process.
//
// Look at check: the platform has three ways to call a spec bad, namely a validation that is not valid, an answer with status 400, and a
// policy report with findings of its own.
package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"slices"
	"strings"

	"github.com/kneo-agent/kneo-client-go/examples/internal/connect"
	"github.com/kneo-agent/kneo-client-go/kneo"
)

func main() {
	log.SetFlags(0)
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second ctrl-C ends the program at once
	ok, err := run(ctx, os.Stdout, flag.Arg(0))
	stop()
	switch {
	case err != nil:
		log.Print(err)
		os.Exit(2)
	case !ok:
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, path string) (ok bool, err error) {
	spec, err := load(path)
	if err != nil {
		return false, err
	}
	client, done, err := connect.Platform(out)
	if err != nil {
		return false, err
	}
	defer done()
	return check(ctx, client, out, spec)
}

// builtin is the spec to check if none is given.
//
//go:embed spec.json
var builtin []byte

// load reads a spec. It leaves the values as they are written, so numbers keep all their digits.
func load(path string) (map[string]any, error) {
	text := builtin
	if path != "" {
		var err error
		if text, err = os.ReadFile(path); err != nil { //nolint:gosec // the user names it
			return nil, err
		}
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return nil, fmt.Errorf("%s is not a JSON object: %w", path, err)
	}
	spec := map[string]any{}
	for name, value := range members {
		spec[name] = value
	}
	return spec, nil
}

// check prints the findings and what the spec would do, and reports whether it is good.
func check(ctx context.Context, client *kneo.Client, out io.Writer, spec map[string]any) (ok bool, err error) {
	// DryRun validates the spec and, if it is valid, explains it and makes its policy report.
	dry, err := client.Agent.Specs.DryRun(ctx, kneo.SpecValidateRequest{Spec: spec})
	if refused := (*kneo.Error)(nil); errors.As(err, &refused) && errors.Is(err, kneo.ErrBadRequest) {
		// The platform did not even try to validate it, say because it does not know the version.
		list(out, append(refused.Details.Diagnostics, kneo.Diagnostic{Code: string(refused.Code), Message: refused.Message}))
		return false, nil
	}
	if err != nil {
		return false, err
	}
	list(out, dry.Validation.Diagnostics)
	if !dry.Validation.Valid {
		return false, nil
	}
	explain(out, dry.Explanation.Summary)
	if err := graph(ctx, client, out, spec); err != nil {
		return false, err
	}
	policy(out, dry.PolicyReport.Report)
	list(out, dry.PolicyReport.Report.Diagnostics, dry.Validation.Diagnostics...)
	if dry.OK() {
		fmt.Fprintln(out, "OK")
	}
	return dry.OK(), nil
}

// list prints the diagnostics that are not among those known already.
func list(out io.Writer, diagnostics []kneo.Diagnostic, known ...kneo.Diagnostic) {
	for _, d := range diagnostics {
		same := func(k kneo.Diagnostic) bool { return k.Code == d.Code && k.Path == d.Path && k.Message == d.Message }
		if slices.ContainsFunc(known, same) {
			continue
		}
		if d.Path == "" {
			d.Path = "spec"
		}
		text := strings.Join(strings.Fields(d.Message+" "+d.Suggestion), " ") // some messages have several lines
		fmt.Fprintf(out, "%s: %s: %s\n", d.Path, d.Code, text)
	}
}

func explain(out io.Writer, summary kneo.SpecSummary) {
	for _, agent := range append([]string{summary.RootAgent}, summary.ComponentAgents...) {
		fmt.Fprintf(out, "agent     %s\n", agent)
	}
	if summary.RootWorkflow != "" {
		fmt.Fprintf(out, "workflow  %s\n", summary.RootWorkflow)
	}
}

// graph prints the edges of the workflow. Servers before 1.1.0 do not have this operation, which says nothing against the spec.
func graph(ctx context.Context, client *kneo.Client, out io.Writer, spec map[string]any) error {
	graph, err := client.Agent.Specs.Graph(ctx, kneo.SpecGraphRequest{Spec: spec})
	if errors.Is(err, kneo.ErrUnsupported) {
		fmt.Fprintf(out, "graph     left out: %v\n", err)
		return nil
	}
	if err != nil {
		return err
	}
	for _, edge := range graph.Edges {
		label := ""
		if edge.Label != "" {
			label = " (" + edge.Label + ")"
		}
		fmt.Fprintf(out, "graph     %s -> %s%s\n", edge.Source, edge.Target, label)
	}
	return nil
}

// policy prints what the agents of the spec are allowed to do, and where people decide.
func policy(out io.Writer, report kneo.PolicyReportBody) {
	if report.Tools != nil {
		for _, agent := range report.Tools.AgentPolicies {
			if agent.Unrestricted {
				fmt.Fprintf(out, "policy    the tools of %s have no limits\n", agent.Agent)
			}
		}
	}
	if report.Guardrails != nil {
		for _, agent := range report.Guardrails.Agents {
			if !agent.Configured {
				fmt.Fprintf(out, "policy    %s has no guardrails\n", agent.Agent)
			}
		}
	}
	if report.HumanReview != nil {
		for _, step := range report.HumanReview.WorkflowSteps {
			fmt.Fprintf(out, "policy    a person decides in %s\n", step.StepID)
		}
	}
}
