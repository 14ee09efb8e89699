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

// show prints what a person has to know. Texts are quoted: they come from agents, and may have control characters in them.
func show(out io.Writer, request *kneo.HumanRequest) {
	fmt.Fprintf(out, "the run waits: %q\n", request.Prompt)
	var input string
	if err := json.Unmarshal(request.Context["input_text"], &input); err == nil {
		fmt.Fprintf(out, "  about:   %q\n", input)
	}
	fmt.Fprintf(out, "  options: %q\n", options(request))
}

// options are the answers that a request can have. One without options of its own is approved of, or it is not.
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

// decision makes a decision of an option.
func decision(request *kneo.HumanRequest, option string) kneo.HumanResumeRequest {
	switch {
	case len(request.Options) > 0:
		return kneo.Select(option)
	case option == "yes":
		return kneo.Approve()
	}
	return kneo.Reject("no")
}

// always gives one answer to everything. If that is empty it is the default of the task, else no: what nobody looks at is not approved of.
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
			return kneo.HumanResumeRequest{}, fmt.Errorf("%q is none of the options %q of the task, and there is nobody to ask", answer, options(request))
		}
		return decision(request, option), nil
	}
}

// ask has somebody type the answer, until it is one of the options.
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
