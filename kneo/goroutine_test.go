package kneo

import (
	"context"
	"fmt"
	"net/http"
	"path"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
)

// TestPanicsAreTheCallers: what panics in a transport or a hook, or ends its goroutine, panics in the goroutine of the caller, who can recover from it,
// also where the library has made a goroutine for the request.
func TestPanicsAreTheCallers(t *testing.T) {
	calls := map[string]func(context.Context, *Client){
		"a call": func(ctx context.Context, c *Client) { _, _ = c.Platform.Runs.Get(ctx, "bad") },
		"read ahead": func(ctx context.Context, c *Client) {
			for range c.Platform.Audit.All(ctx, AuditListParams{Limit: 3}) { //nolint:errcheck // it ends in a panic
			}
		},
		"read ahead, left": func(ctx context.Context, c *Client) {
			n := 0
			for range c.Platform.Audit.All(ctx, AuditListParams{Limit: 3}) { //nolint:errcheck // it ends in a panic
				if n++; n == 2 {
					synctest.Wait() // it has panicked
				}
			}
		},
		"a wait for many": func(ctx context.Context, c *Client) {
			for range c.Platform.Runs.WaitAll(ctx, []string{"a", "bad", "b"}) { //nolint:errcheck // it ends in a panic
			}
		},
		"a dry run": func(ctx context.Context, c *Client) { _, _ = c.Agent.Specs.DryRun(ctx, SpecValidateRequest{}) },
		"a wait for many, left": func(ctx context.Context, c *Client) {
			for range c.Platform.Runs.WaitAll(ctx, []string{"ended", "bad"}) { //nolint:errcheck // it ends in a panic
				synctest.Wait() // it has panicked
				break
			}
		},
		"many decisions": func(ctx context.Context, c *Client) {
			c.Platform.HumanTasks.ResumeMany(ctx, []string{"a", "bad", "b"}, HumanResumeRequest{RequestID: "q", Decision: DecisionApproved})
		},
	}
	for name, call := range calls {
		for how, end := range map[string]func(){"panics": func() { panic("for this") }, "exits": runtime.Goexit} {
			if name == "a call" && how == "exits" {
				continue // that ends the goroutine of the caller, which is what it is to do
			}
			t.Run(name+" "+how, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					p := &platform{answer: func(n int, req *http.Request) (*http.Response, error) {
						switch id := path.Base(strings.TrimSuffix(req.URL.Path, "/resume")); {
						case id == "audit-events" && n == 0:
							return says(200, `{"events":[{"id":"a"},{"id":"b"},{"id":"c"}],"total":9,"limit":3,"offset":0}`)(req)
						case id == "ended":
							return says(200, `{"run_id":"ended","status":"completed"}`)(req)
						case id == "validate":
							return says(200, `{"ok":true,"valid":true,"diagnostics":[]}`)(req)
						case id == "explain" || id == "bad" || id == "audit-events":
							end()
							return nil, nil //nolint:nilnil // it does not come here
						default:
							return says(200, `{"run_id":"`+id+`","status":"running"}`)(req)
						}
					}}
					defer func() {
						if got := fmt.Sprint(recover()); got != "for this" && got != errGoexit.Error() {
							t.Errorf("it panicked with %s", got)
						}
					}()
					call(t.Context(), p.client(t))
					t.Error("the panic was lost")
				})
			})
		}
	}
}
