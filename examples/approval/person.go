package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/kneo-agent/kneo-client-go/examples/internal/terminal"
	"github.com/kneo-agent/kneo-client-go/kneo"
)

// decider answers a request for a decision.
type decider func(ctx context.Context, request *kneo.HumanRequest) (kneo.HumanResumeRequest, error)

// show prints what the person needs to know. Texts are quoted because they come from agents and may contain control characters.
func show(out io.Writer, request *kneo.HumanRequest) {
	fmt.Fprintf(out, "the run waits: %q\n", request.Prompt)
	var input string
	if err := json.Unmarshal(request.Context["input_text"], &input); err == nil {
		fmt.Fprintf(out, "  about:   %q\n", input)
	}
	fmt.Fprintf(out, "  options: %q\n", options(request))
}

// options are the possible answers to a request: its own, or yes and no for one that asks for approval.
func options(request *kneo.HumanRequest) []string {
	if len(request.Options) > 0 {
		return request.Options
	}
	return []string{"yes", "no"}
}

// match returns the option that an answer means: y is enough for yes.
func match(request *kneo.HumanRequest, answer string) (option string, ok bool) {
	var found []string
	for _, option := range options(request) {
		if strings.EqualFold(option, answer) {
			return option, true
		}
		if answer != "" && strings.HasPrefix(strings.ToLower(option), strings.ToLower(answer)) {
			found = append(found, option)
		}
	}
	if len(found) != 1 {
		return "", false
	}
	return found[0], true
}

// decision turns an option into a decision.
func decision(request *kneo.HumanRequest, option string) kneo.HumanResumeRequest {
	switch {
	case len(request.Options) > 0:
		return kneo.Select(option)
	case option == "yes":
		return kneo.Approve()
	}
	return kneo.Reject("no")
}

// always gives the same answer to everything. An empty answer means the task's default, or no: nothing is approved without anybody looking.
func always(answer string) decider {
	return func(_ context.Context, request *kneo.HumanRequest) (kneo.HumanResumeRequest, error) {
		answer := answer
		switch {
		case answer != "":
		case slices.Contains(request.Options, request.DefaultOption):
			answer = request.DefaultOption
		default:
			answer = "no"
		}
		option, ok := match(request, answer)
		if !ok {
			return kneo.HumanResumeRequest{}, fmt.Errorf("%q is not one of the task's options %q, and there is nobody to ask", answer, options(request))
		}
		return decision(request, option), nil
	}
}

// ask asks for an answer until it gets one of the options.
func ask(in io.Reader, out io.Writer) decider {
	lines := terminal.NewLines(in)
	return func(ctx context.Context, request *kneo.HumanRequest) (kneo.HumanResumeRequest, error) {
		for {
			fmt.Fprintf(out, "  your decision [%s]: ", strings.Join(options(request), "/"))
			line, err := lines.Next(ctx)
			if err != nil {
				fmt.Fprintln(out)
				return kneo.HumanResumeRequest{}, fmt.Errorf("there is no answer: %w", err)
			}
			if option, ok := match(request, line); ok {
				return decision(request, option), nil
			}
		}
	}
}
