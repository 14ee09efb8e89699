// Command policy changes the policy of an environment, but first shows what would change and which of the latest runs it would have blocked.
// Then it asks, stores the policy, and reads it back.
//
//	go run ./examples/policy [-environment NAME] [-yes]
//
// When the input is not a terminal there is nobody to ask, and nothing is stored without -yes. Previews need server 1.2.0.
//
// It uses the platform of your profile, from the file or the environment; without a profile it starts one in its own process.
//
// Look at wanted: Put replaces the whole policy, so the new one starts as a copy of the stored one. Look at store, too, which notices when
// somebody else has changed the policy since the preview.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"maps"
	"os"
	"os/signal"
	"reflect"
	"slices"
	"strings"

	"github.com/kneo-agent/kneo-client-go/examples/internal/connect"
	"github.com/kneo-agent/kneo-client-go/examples/internal/demo"
	"github.com/kneo-agent/kneo-client-go/examples/internal/terminal"
	"github.com/kneo-agent/kneo-client-go/kneo"
)

func main() {
	log.SetFlags(0)
	environment := flag.String("environment", "example", "the environment whose policy to change")
	yes := flag.Bool("yes", false, "store the policy without asking")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second ctrl-C ends the program at once
	sure := func(context.Context) (bool, error) { return *yes, nil }
	if !*yes && terminal.Is(os.Stdin) {
		sure = func(ctx context.Context) (bool, error) { return ask(ctx, os.Stdin, os.Stdout) }
	}
	err := run(ctx, os.Stdout, *environment, sure)
	stop()
	if err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, out io.Writer, environment string, sure func(context.Context) (bool, error)) error {
	client, done, err := connect.Platform(out)
	if err != nil {
		return err
	}
	defer done()
	if !connect.Configured() {
		// A run for the preview to find.
		req := kneo.RunCreateRequest{Spec: demo.Workflow("unreviewed", "writer"), Environment: environment}
		if _, err := client.Platform.Runs.CreateAndWait(ctx, req); err != nil {
			return err
		}
	}
	return change(ctx, client.Platform.Policies, out, environment, sure)
}

// change previews a policy, and stores it if sure says so.
func change(ctx context.Context, policies *kneo.PoliciesService, out io.Writer, environment string, sure func(context.Context) (bool, error)) error {
	before, err := policies.Get(ctx, environment)
	if err != nil {
		return err
	}
	policy := wanted(before.Policy)
	preview, err := policies.Preview(ctx, environment, policy)
	if err != nil {
		return err
	}
	show(out, preview)
	if len(preview.Diff) == 0 {
		fmt.Fprintln(out, "nothing to store")
		return nil
	}
	ok, err := sure(ctx)
	if err != nil {
		return err
	}
	if !ok {
		fmt.Fprintln(out, "nothing was stored; -yes stores it")
		return nil
	}
	return store(ctx, policies, out, environment, policy, before.Policy)
}

// wanted is the policy to store: the one that is stored now, except that every workflow needs a person.
func wanted(stored *kneo.EnvironmentPolicy) kneo.EnvironmentPolicyRequest {
	var p kneo.EnvironmentPolicyRequest
	if stored != nil {
		p = kneo.EnvironmentPolicyRequest{
			Enabled:                &stored.Enabled,
			FailOnWarnings:         stored.FailOnWarnings,
			RequireHumanReview:     stored.RequireHumanReview,
			RequireToolPermissions: stored.RequireToolPermissions,
			DenyUnrestrictedTools:  stored.DenyUnrestrictedTools,
			RequireGuardrails:      stored.RequireGuardrails,
			BlockedDiagnosticCodes: stored.BlockedDiagnosticCodes,
		}
	}
	p.RequireHumanReview = true
	return p
}

// show prints what the policy would change.
func show(out io.Writer, preview *kneo.PolicyPreview) {
	for _, field := range slices.Sorted(maps.Keys(preview.Diff)) {
		change := preview.Diff[field]
		fmt.Fprintf(out, "changes   %s: %s -> %s\n", field, cmp.Or(string(change.From), "null"), change.To)
	}
	fmt.Fprintf(out, "affects   %d of the %d latest runs of %s\n", len(preview.AffectedRunIDs), preview.RunsEvaluated, preview.Environment)
	for _, id := range preview.NewlyBlocking {
		fmt.Fprintf(out, "blocks    run %s, had it been in force\n", id)
	}
}

// store stores the policy and prints what is stored then. The platform has no way to store a policy only if nobody has changed it meanwhile,
// but it says which one it replaced.
func store(ctx context.Context, policies *kneo.PoliciesService, out io.Writer, environment string, policy kneo.EnvironmentPolicyRequest, before *kneo.EnvironmentPolicy) error {
	stored, err := policies.Put(ctx, environment, policy)
	if err != nil {
		return err
	}
	if !reflect.DeepEqual(stored.PreviousPolicy, before) {
		lost, err := json.Marshal(stored.PreviousPolicy)
		if err != nil {
			return err
		}
		return fmt.Errorf("somebody else has changed the policy of %s since the preview, and this has overwritten it; theirs was %s", environment, lost)
	}
	after, err := policies.Get(ctx, environment)
	if err != nil {
		return err
	}
	text, err := json.Marshal(after.Policy)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "stored    %s\n", text)
	return nil
}

// ask asks on the terminal. The end of the input counts as no.
func ask(ctx context.Context, in io.Reader, out io.Writer) (bool, error) {
	fmt.Fprint(out, "store this? [y/N] ")
	answer, err := terminal.NewLines(in).Next(ctx)
	if err != nil && !errors.Is(err, io.EOF) {
		fmt.Fprintln(out)
		return false, err
	}
	return strings.EqualFold(answer, "y") || strings.EqualFold(answer, "yes"), nil
}
