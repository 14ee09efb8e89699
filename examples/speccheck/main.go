// Command speccheck says what is wrong with a spec, and what it does, before anything of it is run.
//
//	go run ./examples/speccheck [SPEC.json]
//
// Findings come as lines of the form "path: code: message". It exits with status 0 if the spec is good, 1 if it is not, and 2 if that could not
// be found out. Without a file it checks the spec beside this program.
//
// It uses the platform of your profile, file or environment. Without one it starts a platform in its own process.
//
// Look at check, for the three ways in which the platform says that a spec is bad: a validation that is not valid, an answer with status
// 400, and a policy report with findings of its own.
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

// builtin is the spec of those who bring none.
//
//go:embed spec.json
var builtin []byte

// load reads a spec. Its values are sent as they are, numbers digit by digit.
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
		return nil, fmt.Errorf("%s is no spec in JSON: %w", path, err)
	}
	spec := map[string]any{}
	for name, value := range members {
		spec[name] = value
	}
	return spec, nil
}

// check prints what there is to say of a spec, and reports whether it is good.
func check(ctx context.Context, client *kneo.Client, out io.Writer, spec map[string]any) (ok bool, err error) {
	// This validates, and explains and makes a policy report of what is valid.
	dry, err := client.Agent.Specs.DryRun(ctx, kneo.SpecValidateRequest{Spec: spec})
	if refused := (*kneo.Error)(nil); errors.As(err, &refused) && errors.Is(err, kneo.ErrBadRequest) {
		// Such as a version that the platform does not know: then it did not even get to validate.
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

// list prints diagnostics, but for those that are known already.
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

// graph prints the workflow as it goes from node to node. Servers before 1.1.0 do not have it, which says nothing against the spec.
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

// policy prints what the spec lets its agents do, and where people decide.
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
