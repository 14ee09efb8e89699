package kneo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// witness writes down what hooks are told, and in what order.
type witness struct{ lines []string }

func (w *witness) note(format string, args ...any) {
	w.lines = append(w.lines, fmt.Sprintf(format, args...))
}

// within has the names of what the hooks are within, the outermost first.
type within struct{}

func enter(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, within{}, append(slices.Clip(around(ctx)), name))
}

func around(ctx context.Context) []string {
	names, _ := ctx.Value(within{}).([]string)
	return names
}

func (w *witness) hooks(name string) Hooks {
	return Hooks{
		Call: func(ctx context.Context, call CallStart) (context.Context, func(CallEnd)) {
			w.note("%s call %s %s %s %s in %v", name, call.Operation, call.Method, call.Route, call.URL, around(ctx))
			return enter(ctx, name+" call"), func(end CallEnd) {
				w.note("%s call ends %d after %d, %T, %v", name, end.StatusCode, end.Attempts, end.Answer, end.Err != nil)
			}
		},
		Attempt: func(ctx context.Context, attempt AttemptStart) (context.Context, func(AttemptEnd)) {
			w.note("%s attempt %d of %s in %v", name, attempt.Attempt, attempt.Operation, around(ctx))
			attempt.Header.Set("Traceparent", name)
			return enter(ctx, name+" attempt"), func(end AttemptEnd) {
				w.note("%s attempt ends %d, %s, %v", name, end.StatusCode, end.Header.Get("Content-Type"), end.Err)
			}
		},
		Wait: func(ctx context.Context, wait WaitStart) (context.Context, func(WaitEnd)) {
			w.note("%s %s of %d %v", name, wait.Method, wait.Runs, wait.RunIDs)
			return enter(ctx, name+" wait"), func(end WaitEnd) {
				w.note("%s wait for %q ends, %d ended after %d looks, %v, %v", name, end.RunID, end.Ended, end.Looks, end.Run != nil, end.Err)
			}
		},
	}
}

func (w *witness) check(t *testing.T, want ...string) {
	t.Helper()
	if !reflect.DeepEqual(w.lines, want) {
		t.Errorf("told\n\t%s\nwant\n\t%s", strings.Join(w.lines, "\n\t"), strings.Join(want, "\n\t"))
	}
}

func TestHooks(t *testing.T) {
	var w witness
	p := script(says(503, "busy", "Content-Type", "text/plain"), fails(io.ErrUnexpectedEOF), says(200, runBody))
	c := p.client(t, WithHooks(w.hooks("a")), WithHooks(Hooks{}), WithHooks(w.hooks("b")), WithRetryPolicy(RetryPolicy{BaseDelay: 1, MaxDelay: 1}))
	if err := get(c); err != nil {
		t.Fatal(err)
	}
	w.check(t,
		"a call GetRun GET /v1/runs/{run_id} https://kneo.test/base/v1/runs/r1 in []",
		"b call GetRun GET /v1/runs/{run_id} https://kneo.test/base/v1/runs/r1 in [a call]",
		"a attempt 1 of GetRun in [a call b call]", "b attempt 1 of GetRun in [a call b call a attempt]",
		"b attempt ends 503, text/plain, <nil>", "a attempt ends 503, text/plain, <nil>",
		"a attempt 2 of GetRun in [a call b call]", "b attempt 2 of GetRun in [a call b call a attempt]",
		"b attempt ends 0, , unexpected EOF", "a attempt ends 0, , unexpected EOF",
		"a attempt 3 of GetRun in [a call b call]", "b attempt 3 of GetRun in [a call b call a attempt]",
		"b attempt ends 200, application/json, <nil>", "a attempt ends 200, application/json, <nil>",
		"b call ends 200 after 3, *gen.Run, false", "a call ends 200 after 3, *gen.Run, false",
	)
	for i, req := range p.requests {
		if got := req.Header["Traceparent"]; !reflect.DeepEqual(got, []string{"b"}) {
			t.Errorf("request %d has Traceparent %q", i, got)
		}
		if req.Header.Get("Authorization") == "" || !reflect.DeepEqual(around(req.Context()), []string{"a call", "b call", "a attempt", "b attempt"}) {
			t.Errorf("request %d: %v in %v", i, req.Header, around(req.Context()))
		}
	}
}

// TestHooksEnd has what the end of a call tells, which is known only when the answer has been read.
func TestHooksEnd(t *testing.T) {
	tests := []struct {
		name string
		step step
		call func(*Client) error
		want string
	}{
		{"an answer", says(200, runBody), get, "200 after 1, *gen.Run, false"},
		{"an error", says(404, detail("not_found", "x")), get, "404 after 1, <nil>, true"},
		{"not the platform's", says(200, `{"x":1}`), get, "200 after 1, <nil>, true"},
		{"not JSON", says(200, `<`, "Content-Type", "text/html"), get, "200 after 1, <nil>, true"},
		{"nobody", fails(errors.New("x")), get, "0 after 2, <nil>, true"},
		{"a broken body", says2(200, `{"run_id"`, io.ErrUnexpectedEOF), get, "200 after 2, <nil>, true"},
		{"raw", says(200, runBody), func(c *Client) error { _, err := c.Raw().GetRunWithResponse(t.Context(), "r1"); return err }, "200 after 1, <nil>, false"},
		{"raw, an error", says(404, detail("not_found", "x")), func(c *Client) error { _, err := c.Raw().GetRun(t.Context(), "r1"); return err }, "404 after 1, <nil>, false"},
		{"a path", says(200, runBody), func(c *Client) error {
			_, err := c.Request(t.Context(), "GET", "/v1/runs/r1", nil, new(Run))
			return err
		}, "200 after 1, <nil>, false"},
		{"a path, of another type", says(200, `[]`), func(c *Client) error { _, err := c.Request(t.Context(), "GET", "/v2/x", nil, new(Run)); return err }, "200 after 1, <nil>, true"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var w witness
			_ = test.call(script(test.step).client(t, WithHooks(w.hooks("a")), WithRetryPolicy(RetryPolicy{MaxAttempts: 2, BaseDelay: 1, MaxDelay: 1})))
			if last := w.lines[len(w.lines)-1]; last != "a call ends "+test.want {
				t.Errorf("%s, want %s", last, test.want)
			}
			if n := strings.Count(strings.Join(w.lines, "\n"), " call ends "); n != 1 {
				t.Errorf("%d ends", n)
			}
		})
	}
}

// TestHooksOfArguments: a call that makes no sense is none.
func TestHooksOfArguments(t *testing.T) {
	var w witness
	c := script(says(200, runBody)).client(t, WithHooks(w.hooks("a")))
	_, err := c.Platform.Runs.Get(t.Context(), "")
	_, err2 := c.Platform.Runs.Get(t.Context(), "r1", WithRequestID(""))
	if err == nil || err2 == nil || w.lines != nil {
		t.Errorf("%v, %v, told %q", err, err2, w.lines)
	}
}

// TestHooksOfTheVersion: the question for the version is a call within the one that gives rise to it.
func TestHooksOfTheVersion(t *testing.T) {
	var w witness
	c := script(says(200, `{"ok":true,"version":"1.2.0"}`), says(200, `{"runs":[],"count":0}`)).client(t, WithHooks(w.hooks("a")))
	c.server.told = false
	c.server.doubt()
	if _, err := c.Platform.Runs.List(t.Context(), RunListParams{Q: "x"}); err != nil {
		t.Fatal(err)
	}
	w.check(t,
		"a call ListRuns GET /v1/runs https://kneo.test/base/v1/runs in []",
		"a call Healthz GET /v1/healthz https://kneo.test/base/v1/healthz in [a call]",
		"a attempt 1 of Healthz in [a call a call]", "a attempt ends 200, application/json, <nil>", "a call ends 200 after 1, *gen.Health, false",
		"a attempt 1 of ListRuns in [a call]", "a attempt ends 200, application/json, <nil>", "a call ends 200 after 1, *gen.RunList, false",
	)
}

func TestHooksOfWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w witness
		p := script(says(200, runningBody), says(200, runBody))
		c := p.client(t, WithHooks(Hooks{Wait: w.hooks("a").Wait}))
		if _, err := c.Platform.Runs.WaitForCompletion(t.Context(), "r1"); err != nil {
			t.Fatal(err)
		}
		w.check(t, "a WaitForCompletion of 1 [r1]", `a wait for "r1" ends, 1 ended after 2 looks, true, <nil>`)
		if got := around(p.requests[1].Context()); !reflect.DeepEqual(got, []string{"a wait"}) {
			t.Errorf("the requests are in %v", got)
		}

		w.lines = nil
		created := script(says(202, createdBody), says(200, runBody))
		if _, err := created.client(t, WithHooks(Hooks{Wait: w.hooks("a").Wait})).Platform.Runs.CreateAndWait(t.Context(), RunCreateRequest{}); err != nil {
			t.Fatal(err)
		}
		w.check(t, "a CreateAndWait of 1 []", `a wait for "r1" ends, 1 ended after 1 looks, true, <nil>`)
		if got := around(created.requests[0].Context()); !reflect.DeepEqual(got, []string{"a wait"}) {
			t.Errorf("the create is in %v", got)
		}

		w.lines = nil
		_, err := script(says(200, runningBody)).client(t, WithHooks(Hooks{Wait: w.hooks("a").Wait})).Platform.Runs.WaitForCompletion(t.Context(), "r1", WithWaitTimeout(time.Second))
		w.check(t, "a WaitForCompletion of 1 [r1]", fmt.Sprintf(`a wait for "r1" ends, 0 ended after %d looks, true, %v`, err.(*WaitTimeoutError).Polls, err))

		w.lines = nil
		for _, err := range c.Platform.Runs.WaitAll(t.Context(), []string{"r1", "r1"}) {
			if err != nil {
				t.Error(err)
			}
		}
		w.check(t, "a WaitAll of 1 [r1]", `a wait for "" ends, 1 ended after 1 looks, false, <nil>`)

		w.lines = nil
		tail := script(says(200, runBody), says(200, `{"run_id":"r1","events":[{"event_id":"e1"}],"total":1,"count":1}`))
		for _, err := range tail.client(t, WithHooks(Hooks{Wait: w.hooks("a").Wait})).Platform.Runs.TailTrace(t.Context(), "r1") {
			if err != nil {
				t.Error(err)
			}
		}
		w.check(t, "a TailTrace of 1 [r1]", `a wait for "r1" ends, 1 ended after 1 looks, true, <nil>`)
	})
}

// TestHooksCannotSend: what a hook puts into the header is sent, unless it is for the client to say.
func TestHooksCannotSend(t *testing.T) {
	p := script(says(200, runBody))
	c := p.client(t, WithHooks(Hooks{Attempt: func(ctx context.Context, a AttemptStart) (context.Context, func(AttemptEnd)) {
		a.Header["authorization"] = []string{"Bearer mine"}
		a.Header["X-Bad"] = []string{"a\nb"}
		a.Header.Set("X-Kneo-Api-Key", "mine")
		a.Header.Set("Host", "evil.test")
		a.Header.Add("Baggage", "a=1")
		a.Header.Add("Baggage", "b=2")
		return nil, nil
	}}))
	if err := get(c); err != nil {
		t.Fatal(err)
	}
	header := p.requests[0].Header
	if header.Get("Authorization") != "Bearer "+testKey || header.Get("X-Kneo-Api-Key") != "" || header.Get("Host") != "" || header.Get("X-Bad") != "" ||
		!reflect.DeepEqual(header["Baggage"], []string{"a=1", "b=2"}) {
		t.Errorf("sent %v", header)
	}
}

// TestLog has the records of a call with a retry, as JSON but for what differs each time.
func TestLog(t *testing.T) {
	var out strings.Builder
	logger := slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Value.Kind() == slog.KindDuration {
			return slog.Attr{}
		}
		return a
	}}))
	p := script(says(503, "busy", "Retry-After", "0", "Set-Cookie", "secret"), fails(syscall.ECONNRESET), says(200, runBody))
	c := p.client(t, WithLogger(logger), WithRetryPolicy(RetryPolicy{BaseDelay: 1, MaxDelay: 1}))
	if _, err := c.Platform.Runs.Get(t.Context(), "r1", WithRequestID("q1"), WithHeader("X-Gate", "secret")); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Request(t.Context(), http.MethodGet, "/v9/secret?x=secret", nil, nil, WithRequestID("q2")); err != nil {
		t.Fatal(err)
	}
	const want = `{"level":"DEBUG","msg":"kneo: attempt","method":"GET","route":"/v1/runs/{run_id}","status":503,"attempt":1,"request_id":"q1","header":{"Content-Type":"application/json","Retry-After":"0"}}
{"level":"INFO","msg":"kneo: trying again","method":"GET","route":"/v1/runs/{run_id}","attempt":1,"status":503,"request_id":"q1"}
{"level":"DEBUG","msg":"kneo: attempt","method":"GET","route":"/v1/runs/{run_id}","status":0,"attempt":2,"request_id":"q1","error":"connection reset by peer"}
{"level":"INFO","msg":"kneo: trying again","method":"GET","route":"/v1/runs/{run_id}","attempt":2,"status":0,"request_id":"q1","error":"connection reset by peer"}
{"level":"DEBUG","msg":"kneo: attempt","method":"GET","route":"/v1/runs/{run_id}","status":200,"attempt":3,"request_id":"q1","header":{"Content-Type":"application/json"}}
{"level":"DEBUG","msg":"kneo: call","method":"GET","route":"/v1/runs/{run_id}","status":200,"attempts":3,"request_id":"q1"}
{"level":"DEBUG","msg":"kneo: attempt","method":"GET","route":"","status":200,"attempt":1,"request_id":"q2","header":{"Content-Type":"application/json"}}
{"level":"DEBUG","msg":"kneo: call","method":"GET","route":"","status":200,"attempts":1,"request_id":"q2"}
`
	if out.String() != want {
		t.Errorf("logged\n%s", out.String())
	}
}

// TestLogLevels: nothing is logged of what goes well unless somebody wants to see it.
func TestLogLevels(t *testing.T) {
	for level, want := range map[slog.Level]int{slog.LevelDebug: 4, slog.LevelInfo: 1, slog.LevelWarn: 0} {
		var out strings.Builder
		c := script(says(503, ""), says(200, runBody)).client(t, WithLogger(slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: level}))),
			WithRetryPolicy(RetryPolicy{BaseDelay: 1, MaxDelay: 1}))
		if err := get(c); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(out.String(), "\n"); n != want {
			t.Errorf("%v: %s", level, out.String())
		}
	}
}

// TestCallWithinACall: a hook or a transport may make calls of its own, by the raw client too, in the context that it was given. They are others.
func TestCallWithinACall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c *Client
		inner := true
		hook := Hooks{Attempt: func(ctx context.Context, attempt AttemptStart) (context.Context, func(AttemptEnd)) {
			if inner && attempt.Operation == "CreateRun" {
				inner = false
				if _, err := c.Raw().HealthzWithResponse(ctx); err != nil {
					t.Error(err)
				}
			}
			return ctx, nil
		}}
		p := script(says(200, `{"ok":true,"version":"1.2.0"}`), fails(io.ErrUnexpectedEOF), says(202, createdBody))
		c = p.client(t, WithHooks(hook))
		var info *Response
		if _, err := c.Platform.Runs.Create(t.Context(), RunCreateRequest{Input: "x", AsyncMode: true}, WithIdempotencyKey("k"), WithRequestID("r"), WithResponse(&info)); err != nil {
			t.Fatal(err)
		}
		if info.Attempts != 2 || info.RequestID != "r" || info.IdempotencyKey != "k" {
			t.Errorf("the outer call is told as %+v", info)
		}
		if probe := p.requests[0]; probe.URL.Path != "/base/v1/healthz" || probe.Header.Get("X-Request-Id") == "r" {
			t.Errorf("the inner call is %s with %v", probe.URL, probe.Header)
		}
	})
}
