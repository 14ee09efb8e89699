package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kneo-agent/kneo-client-go/examples/internal/emulator"
	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

func TestMain(m *testing.M) { emulator.Main(m, main) }

// decisions returns the decisions that the platform received, in order.
func decisions(t *testing.T, srv *kneotest.Server) (all []string) {
	t.Helper()
	for _, request := range srv.Requests("ResumeHumanTask") {
		var decision kneo.HumanResumeRequest
		if err := json.Unmarshal(request.Body, &decision); err != nil {
			t.Fatal(err)
		}
		all = append(all, strings.TrimSpace(string(decision.Decision)+" "+decision.SelectedOption))
	}
	return all
}

// TestUnattended: with nobody to ask, the answer is the task's default, or no. The chat blocks twice.
func TestUnattended(t *testing.T) {
	for answer, want := range map[string][]string{
		"":  {"selected no", "rejected", "rejected"},
		"y": {"selected yes", "approved", "approved"},
	} {
		srv := emulator.Configure(t)
		var out bytes.Buffer
		if err := run(t.Context(), &out, always(answer)); err != nil {
			t.Fatal(err)
		}
		if got := decisions(t, srv); !slices.Equal(got, want) {
			t.Errorf("%q: %q", answer, got)
		}
		if said := out.String(); strings.Count(said, `"Do you approve of this?"`) != 2 || strings.Count(said, `options: ["yes" "no"]`) != 3 || strings.Count(said, " completed: ") != 2 {
			t.Errorf("%q: %s", answer, said)
		}
	}
}

func TestPerson(t *testing.T) {
	srv := emulator.Configure(t)
	var out bytes.Buffer
	if err := run(t.Context(), &out, ask(strings.NewReader("maybe\nYes\ny\nn\n"), &out)); err != nil {
		t.Fatal(err)
	}
	if got := decisions(t, srv); !slices.Equal(got, []string{"selected yes", "approved", "rejected"}) {
		t.Errorf("%q", got)
	}
	if n := strings.Count(out.String(), "your decision [yes/no]: "); n != 4 {
		t.Errorf("asked %d times: %s", n, out.String())
	}
}

// inProcess returns the example on a platform in a bubble.
func inProcess(t *testing.T, decide func(a *approval) decider, opts ...kneotest.Option) (a *approval, said *bytes.Buffer) {
	said = new(bytes.Buffer)
	a = &approval{client: emulator.InProcess(t, opts...).Client(), out: said}
	a.decide = decide(a)
	return a, said
}

// TestSomebodyElse: if somebody else decides while the person is thinking, that is not an error, and their decision counts.
func TestSomebodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, said := inProcess(t, func(a *approval) decider {
			return func(ctx context.Context, request *kneo.HumanRequest) (kneo.HumanResumeRequest, error) {
				_, err := a.client.Platform.HumanTasks.ResumeFirstPending(ctx, kneo.Select("yes"), kneo.HumanTaskListParams{})
				return kneo.Select("no"), err
			}
		})
		if err := a.release(t.Context()); err != nil || !strings.Contains(said.String(), "somebody else was faster") || !strings.Contains(said.String(), `completed: "Yes"`) {
			t.Errorf("%v, %s", err, said)
		}
	})
}

// TestExpired: an answer that comes too late is an error, since nothing would ever end the wait.
func TestExpired(t *testing.T) {
	script := kneotest.WithScript(func(kneo.RunCreateRequest) *kneotest.Script {
		return &kneotest.Script{Steps: []kneotest.ScriptStep{{Human: &kneotest.HumanGate{Timeout: time.Minute}}, {Output: "done"}}}
	})
	synctest.Test(t, func(t *testing.T) {
		a, _ := inProcess(t, func(*approval) decider {
			return func(context.Context, *kneo.HumanRequest) (kneo.HumanResumeRequest, error) {
				time.Sleep(2 * time.Minute)
				return kneo.Approve(), nil
			}
		}, script)
		for name, way := range map[string]func(context.Context) error{"release": a.release, "discuss": a.discuss} {
			if err := way(t.Context()); !errors.Is(err, kneo.ErrHumanTaskExpired) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// TestCtrlC: a program that is waiting for somebody to type still ends with its context, and leaves the task undecided.
func TestCtrlC(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, typing := io.Pipe()
		defer typing.Close()
		a, said := inProcess(t, func(*approval) decider { return ask(in, io.Discard) })
		for name, way := range map[string]func(context.Context) error{"release": a.release, "discuss": a.discuss} {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			err := way(ctx)
			cancel()
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: %v", name, err)
			}
		}
		page, err := a.client.Platform.HumanTasks.List(t.Context(), kneo.HumanTaskListParams{})
		if err != nil || page.Total != 2 {
			t.Errorf("%+v, %v: %s", page, err, said)
		}
	})
}

// TestNobody: an input that ends before the answer ends the program, and is not an answer.
func TestNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := inProcess(t, func(*approval) decider { return ask(strings.NewReader(""), io.Discard) })
		for name, way := range map[string]func(context.Context) error{"release": a.release, "discuss": a.discuss} {
			if err := way(t.Context()); !errors.Is(err, io.EOF) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestMatch(t *testing.T) {
	request := &kneo.HumanRequest{Options: []string{"now", "tomorrow", "To-night", "no"}}
	for answer, want := range map[string]string{"now": "now", "tom": "tomorrow", "to-": "To-night", "NO": "no", "t": "", "n": "", "": "", "nowhere": ""} {
		if got, ok := match(request, answer); got != want || ok != (want != "") {
			t.Errorf("%q: %q, %v", answer, got, ok)
		}
	}
	if _, err := always("y")(t.Context(), request); err == nil || !strings.Contains(err.Error(), `"tomorrow"`) {
		t.Errorf("%v", err)
	}
}
