package kneo_test

import (
	"context"
	"fmt"
	"log"

	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

// gated is a workflow in which a person chooses between two steps.
var gated = map[string]any{
	"version": "v1", "agent": map[string]any{"name": "root"},
	"components": map[string]any{
		"functions": map[string]any{"f": map[string]any{"implementation": "string.capwords"}},
		"humans":    map[string]any{"h": map[string]any{"request_type": "selection", "options": []any{"ship it", "hold it"}}},
	},
	"workflow": map[string]any{"type": "sequential", "name": "release", "steps": []any{
		map[string]any{"id": "draft", "kind": "function", "ref": "f"},
		map[string]any{"id": "gate", "kind": "human", "ref": "h"},
		map[string]any{"id": "publish", "kind": "function", "ref": "f"},
	}},
}

func ExampleHumanTasksService_Resume() {
	srv := kneotest.NewServer()
	defer srv.Close()
	client := srv.Client()
	ctx := context.Background()

	run, err := client.Platform.Runs.CreateAndWait(ctx, kneo.RunCreateRequest{Input: "release notes", Spec: gated},
		kneo.WithTerminalStatuses(kneo.RunBlocked))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(run.Status, run.PendingHumanRequest.Options)
	resumed, err := client.Platform.HumanTasks.Resume(ctx, run.ContinuationID, kneo.Select("ship it"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(resumed.Status, resumed.OutputText)
	// Output:
	// blocked [ship it hold it]
	// completed Ship It
}

func ExampleWithOnBlocked() {
	srv := kneotest.NewServer()
	defer srv.Close()
	client := srv.Client()

	run, err := client.Platform.Runs.CreateAndWait(context.Background(), kneo.RunCreateRequest{Input: "release notes", Spec: gated},
		kneo.WithOnBlocked(func(ctx context.Context, run *kneo.Run) error {
			fmt.Println("deciding:", run.PendingHumanRequest.Title)
			_, err := client.Platform.HumanTasks.Resume(ctx, run.ContinuationID, kneo.Select("hold it"))
			return err
		}))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(run.OutputText)
	// Output:
	// deciding: Human review required
	// Hold It
}

func ExampleHumanTasksService_Watch() {
	srv := kneotest.NewServer()
	defer srv.Close()
	client := srv.Client()
	ctx := context.Background()

	if _, err := client.Platform.Runs.Create(ctx, kneo.RunCreateRequest{Input: "release notes", Spec: gated, AsyncMode: true}); err != nil {
		log.Fatal(err)
	}
	for task, err := range client.Platform.HumanTasks.Watch(ctx, kneo.HumanTaskListParams{}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(task.WorkflowName, task.CurrentInput)
		break
	}
	// Output: release Release Notes
}

func ExampleRunsService_TailTrace() {
	srv := kneotest.NewServer()
	defer srv.Close()
	client := srv.Client()
	ctx := context.Background()

	created, err := client.Platform.Runs.Create(ctx, kneo.RunCreateRequest{Input: "hello world", Spec: agent, AsyncMode: true})
	if err != nil {
		log.Fatal(err)
	}
	for event, err := range client.Platform.Runs.TailTrace(ctx, created.RunID) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(event.Type)
	}
	// Output:
	// run_started
	// run_completed
}

func ExampleHumanTasksService_ResumeFirstPending() {
	srv := kneotest.NewServer()
	defer srv.Close()

	resumed, err := srv.Client().Platform.HumanTasks.ResumeFirstPending(context.Background(), kneo.Approve(), kneo.HumanTaskListParams{})
	fmt.Println(resumed == nil, err)
	// Output: true <nil>
}

func ExampleAuditService_All() {
	srv := kneotest.NewServer()
	defer srv.Close()
	client := srv.Client()
	ctx := context.Background()

	created, err := client.Platform.Runs.Create(ctx, kneo.RunCreateRequest{Input: "x", Spec: agent})
	if err != nil {
		log.Fatal(err)
	}
	for event, err := range client.Platform.Audit.All(ctx, kneo.AuditListParams{RunID: created.RunID}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(event.EventType, "by", event.Actor)
	}
	// Output: run.created by admin
}

func ExampleCredentialsService_List() {
	srv := kneotest.NewServer(kneotest.WithCredential("OPENAI_API_KEY"))
	defer srv.Close()

	inventory, err := srv.Client().Platform.Credentials.List(context.Background(), kneo.CredentialListParams{Providers: []string{"openai", "anthropic"}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(inventory.Providers["openai"].Status, inventory.Providers["anthropic"].Status)
	// Output: present missing
}

func ExamplePoliciesService_Preview() {
	srv := kneotest.NewServer()
	defer srv.Close()
	policies := srv.Client().Platform.Policies
	ctx := context.Background()

	wanted := kneo.EnvironmentPolicyRequest{RequireHumanReview: true}
	preview, err := policies.Preview(ctx, "production", wanted)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s to %s\n", preview.Diff["require_human_review"].From, preview.Diff["require_human_review"].To)
	state, err := policies.Put(ctx, "production", wanted)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(state.Policy.Enabled, state.Policy.RequireHumanReview)
	// Output:
	// null to true
	// true true
}

func ExampleSpecsService_ValidateThenCompile() {
	srv := kneotest.NewServer()
	defer srv.Close()

	checked, err := srv.Client().Agent.Specs.ValidateThenCompile(context.Background(), kneo.SpecCompileRequest{Spec: map[string]any{
		"version": "v1", "agent": map[string]any{"name": "root"},
		"workflow": map[string]any{"type": "sequential", "name": "wf", "steps": []any{map[string]any{"id": "s", "kind": "function", "ref": "nowhere"}}},
	}})
	if err != nil {
		log.Fatal(err)
	}
	for _, d := range checked.Validation.Diagnostics {
		fmt.Println(checked.OK(), d.Path, d.Code)
	}
	// Output: false workflow.steps[0].ref E_STEP_FUNCTION_REF
}

func ExampleSkillsService_All() {
	srv := kneotest.NewServer(kneotest.WithSkill("triage", "Sorts tickets", ".agents/skills/triage"))
	defer srv.Close()

	for skill, err := range srv.Client().Agent.Skills.All(context.Background(), kneo.SkillListParams{}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(skill.Name, skill.Path)
	}
	// Output: triage .agents/skills/triage
}

func ExampleRunsService_All() {
	srv := kneotest.NewServer()
	defer srv.Close()
	client := srv.Client()
	ctx := context.Background()

	for _, input := range []string{"a", "b", "c"} {
		if _, err := client.Platform.Runs.Create(ctx, kneo.RunCreateRequest{Input: input, Spec: agent}); err != nil {
			log.Fatal(err)
		}
	}
	for run, err := range client.Platform.Runs.All(ctx, kneo.RunListParams{Status: kneo.RunCompleted}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(run.OutputText)
	}
	// Output:
	// Final answer: a
	// Final answer: b
	// Final answer: c
}

func ExampleHealthService_Readyz() {
	srv := kneotest.NewServer()
	defer srv.Close()

	health, err := srv.Client().Platform.Health.Readyz(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(health.OK, health.Metadata.Checks["queue"].OK)
	// Output: true true
}

func ExampleOutput() {
	run := &kneo.Run{RunID: "r1", Status: kneo.RunCompleted, OutputText: `{"score": 7}`}
	answer, err := kneo.Output[struct{ Score int }](run)
	fmt.Println(answer.Score, err)
	// Output: 7 <nil>
}
