package docs_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/kneo-agent/kneo-client-go/kneo"
)

func Example_specFromFile() {
	text, err := json.Marshal(workflow("greeting", "string.capwords"))
	if err != nil {
		fmt.Println(err)
	}
	name, remove := inFolder("greeting.json", string(text))
	defer remove()
	play(func(ctx context.Context, client *kneo.Client) error {
		//docs:show
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		var spec map[string]any
		if err := json.Unmarshal(text, &spec); err != nil {
			return err
		}
		run, err := client.Platform.Runs.CreateAndWait(ctx, kneo.RunCreateRequest{Input: "hello world", Spec: spec})
		//docs:hide
		if err != nil {
			return err
		}
		fmt.Println(run.OutputText)
		return nil
	})
	// Output: Hello World
}

func Example_checkSpec() {
	spec := workflow("greeting", "string.capwords")
	spec["workflow"].(map[string]any)["steps"].([]any)[0].(map[string]any)["ref"] = "capitalise"
	play(func(ctx context.Context, client *kneo.Client) error {
		//docs:show
		checked, err := client.Agent.Specs.ValidateThenCompile(ctx, kneo.SpecCompileRequest{Spec: spec})
		if err != nil {
			return err
		}
		for _, d := range checked.Validation.Diagnostics {
			fmt.Printf("%s: %s: %s\n", d.Severity, d.Path, d.Code)
		}
		fmt.Println("good to run:", checked.OK())
		//docs:hide
		return nil
	})
	// Output:
	// error: workflow.steps[0].ref: E_STEP_FUNCTION_REF
	// good to run: false
}

func Example_dryRun() {
	spec := workflow("greeting", "string.capwords")
	play(func(ctx context.Context, client *kneo.Client) error {
		//docs:show
		dry, err := client.Agent.Specs.DryRun(ctx, kneo.SpecValidateRequest{Spec: spec})
		if err != nil {
			return err
		}
		if dry.OK() {
			fmt.Println("workflow", dry.Explanation.Summary.RootWorkflow, "of", dry.PolicyReport.Report.Summary.AgentCount, "agent")
		}
		//docs:hide
		return nil
	})
	// Output: workflow greeting of 1 agent
}

func Example_policy() {
	spec := workflow("greeting", "string.capwords")
	play(func(ctx context.Context, client *kneo.Client) error {
		//docs:show
		wanted := kneo.EnvironmentPolicyRequest{RequireHumanReview: true}
		preview, err := client.Platform.Policies.Preview(ctx, "production", wanted) // from server 1.2.0
		if err != nil {
			return err
		}
		fmt.Println("would have stopped", len(preview.NewlyBlocking), "of the latest runs")
		if _, err := client.Platform.Policies.Put(ctx, "production", wanted); err != nil {
			return err
		}
		_, err = client.Platform.Runs.Create(ctx, kneo.RunCreateRequest{Input: "hello", Spec: spec, Environment: "production", AsyncMode: true})
		var e *kneo.Error
		if errors.As(err, &e) && e.Code == kneo.CodeEnvironmentPolicyBlocked {
			fmt.Println("stopped now:", e.Details.Diagnostics[0].Code)
		}
		//docs:hide
		return nil
	})
	// Output:
	// would have stopped 0 of the latest runs
	// stopped now: E_ENV_POLICY_HUMAN_REVIEW
}

func Example_graph() {
	spec := workflow("greeting", "string.capwords", "html.escape")
	play(func(ctx context.Context, client *kneo.Client) error {
		//docs:show
		graph, err := client.Agent.Specs.Graph(ctx, kneo.SpecGraphRequest{Spec: spec}) // from server 1.1.0
		if err != nil {
			return err
		}
		for _, edge := range graph.Edges {
			fmt.Println(edge.Source, "->", edge.Target)
		}
		//docs:hide
		return nil
	})
	// Output: s1 -> s2
}
