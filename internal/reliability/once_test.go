//go:build reliability

package reliability

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kneo-agent/kneo-client-go/internal/casebook"
	"github.com/kneo-agent/kneo-client-go/internal/faulttest"
	"github.com/kneo-agent/kneo-client-go/internal/realplatform"
	"github.com/kneo-agent/kneo-client-go/internal/reliability/task"
	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
	"github.com/kneo-agent/kneo-client-go/profiles"
)

// resets loses a fifth of the answers, half of them with their effect.
func resets() kneotest.Effect {
	return faulttest.Plan{Seed: 1, Parts: []faulttest.Part{{Percent: 10, Effect: kneotest.ResetBefore()}, {Percent: 10, Effect: kneotest.ResetAfter()}}}.Effect()
}

// held returns the runs that a platform holds, by the idempotency key of their create, which was their session id, too.
func held(t *testing.T, client *kneo.Client) map[string][]string {
	t.Helper()
	runs := map[string][]string{}
	for row, err := range client.Platform.Runs.All(t.Context(), kneo.RunListParams{Limit: 1000}) {
		if err != nil {
			t.Fatal(err)
		}
		run, err := client.Platform.Runs.Get(t.Context(), row.RunID)
		if err != nil {
			t.Fatal(err)
		}
		runs[run.SessionID] = append(runs[run.SessionID], run.RunID)
	}
	return runs
}

// count returns how many runs there are in all.
func count(runs map[string][]string) int {
	n := 0
	for _, held := range runs {
		n += len(held)
	}
	return n
}

// created says what came of creates.
func created(h faulttest.History, runs map[string][]string, requests int) string {
	return fmt.Sprintf("%d of %d ok, %d runs, %.2f requests a call", h.Count(faulttest.OK), len(h), count(runs), float64(requests)/float64(len(h)))
}

// exactly holds creates to it that each is ok and has one run, and there are no others.
func (s *subject) exactly(t *testing.T, h faulttest.History, runs map[string][]string) {
	t.Helper()
	i := slices.IndexFunc(h, func(c faulttest.Call) bool { return c.Outcome != faulttest.OK })
	if i >= 0 {
		s.must(t, false, "%d of %d are ok; of the others the first is %s: %s", h.Count(faulttest.OK), len(h), h[i].Key, h[i].Error)
	}
	if v := h.Check(runs); len(v) > 0 {
		s.must(t, false, "%d violations, first %s", len(v), v[0])
	}
}

// TestExactlyOnce5000 also has the cases of the keys and of the count of requests.
func TestExactlyOnce5000(t *testing.T) {
	compare(t, "exactly-once-5000", func(t *testing.T, s *subject) string {
		platform := kneotest.NewServer(kneotest.WithCleanup(t))
		proxy := faulttest.NewProxy(t, platform.URL, resets())
		h := s.run(t, task.Task{URL: proxy.URL, APIKey: platform.APIKey, Ops: []string{"create"}, Keys: keys(5000), Wide: 32}).History
		runs, requests := held(t, platform.Client()), proxy.Requests()
		s.exactly(t, h, runs)
		s.must(t, requests <= len(h)*130/100, "%d requests", requests)
		s.must(t, h.Slowest(0.01) <= 0.5, "one in a hundred takes %.3f s or more", h.Slowest(0.01))
		s.must(t, h.Attempts() == requests, "the client knows of %d requests, the server of %d", h.Attempts(), requests)
		if s.name != casebook.Python { // it does not tell
			casebook.Report(t, "wire-count", s.name, "%d of %d requests known", h.Attempts(), requests)
		}
		retried := 0
		for _, n := range proxy.PerKey() {
			if n > 1 {
				retried++
			}
		}
		s.must(t, len(proxy.PerKey()) == len(h) && retried > len(h)/10, "%d keys, %d of them more than once", len(proxy.PerKey()), retried)
		return fmt.Sprintf("%s, 99 %% within %.0f ms", created(h, runs, requests), 1000*h.Slowest(0.01))
	})
}

// TestOwnKeys: the keys that the client makes by itself are one for all attempts of a call, and another for every call.
func TestOwnKeys(t *testing.T) {
	compare(t, "key-constant", func(t *testing.T, s *subject) string {
		platform := kneotest.NewServer(kneotest.WithCleanup(t))
		plan := faulttest.Plan{Seed: 1, Parts: []faulttest.Part{{Percent: 20, Effect: kneotest.Answer(http.StatusServiceUnavailable, 0)}}}
		proxy := faulttest.NewProxy(t, platform.URL, plan.Effect())
		h := s.run(t, task.Task{URL: proxy.URL, APIKey: platform.APIKey, Ops: []string{"create"}, Keys: make([]string, 5000), Wide: 32}).History
		perKey, requests := proxy.PerKey(), proxy.Requests()
		s.must(t, len(perKey) == len(h) && perKey[""] == 0, "%d keys of %d calls, %d requests without", len(perKey), len(h), perKey[""])
		s.must(t, requests > len(h)*110/100, "%d requests: nothing was repeated", requests)
		without := perKey[""]
		delete(perKey, "")
		return fmt.Sprintf("%d keys in %d requests of %d calls, %d requests without", len(perKey), requests, len(h), without)
	})
}

func TestExactlyOnceMidBody(t *testing.T) {
	compare(t, "exactly-once-midbody", func(t *testing.T, s *subject) string {
		platform := kneotest.NewServer(kneotest.WithCleanup(t))
		plan := faulttest.Plan{Seed: 2, Parts: []faulttest.Part{{Percent: 10, Effect: kneotest.HalfBody()}, {Percent: 5, Effect: faulttest.WrongLength}}}
		proxy := faulttest.NewProxy(t, platform.URL, plan.Effect())
		h := s.run(t, task.Task{URL: proxy.URL, APIKey: platform.APIKey, Ops: []string{"create"}, Keys: keys(1000), Wide: 16}).History
		runs := held(t, platform.Client())
		s.exactly(t, h, runs)
		return created(h, runs, proxy.Requests())
	})
}

// TestExactlyOncePlatform is the same on the real server.
func TestExactlyOncePlatform(t *testing.T) {
	compare(t, "exactly-once-platform", func(t *testing.T, s *subject) string {
		server := start(t)
		proxy := faulttest.NewProxy(t, server.URL, resets())
		h := s.run(t, task.Task{URL: proxy.URL, APIKey: adminKey, Ops: []string{"create"}, Keys: keys(600), Wide: 16}).History
		runs := held(t, client(t, server.URL))
		s.exactly(t, h, runs)
		s.must(t, h.Attempts() == proxy.Requests(), "the client knows of %d requests, the proxy of %d", h.Attempts(), proxy.Requests())
		return created(h, runs, proxy.Requests())
	})
}

const adminKey = "kneo_reliability_admin"

// start starts the real server, with further variables. It ends with the test.
func start(t *testing.T, env ...string) *realplatform.Server {
	t.Helper()
	server, err := realplatform.Start(t.Context(), realplatform.Options{AdminKey: adminKey, Env: env})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	return server
}

// client is one that looks at what a platform holds.
func client(t *testing.T, url string) *kneo.Client {
	t.Helper()
	c, err := kneo.NewClient(kneo.WithResolvedProfile(profiles.Profile{Name: "look", URL: url, APIKey: profiles.NewSecret(adminKey)}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// TestErrorCarriesKey: the platform does its work, and no answer gets through; then it does, to whoever repeats the call with the key
// of the error.
func TestErrorCarriesKey(t *testing.T) {
	compare(t, "error-carries-key", func(t *testing.T, s *subject) string {
		platform := kneotest.NewServer(kneotest.WithCleanup(t))
		plan := faulttest.Plan{Seed: 3, Parts: []faulttest.Part{
			{Percent: 25, Effect: kneotest.ResetAfter()},
			{Percent: 25, Effect: kneotest.HalfBody()},
			{Percent: 25, Effect: kneotest.Garbage()},
			{Percent: 25, Effect: kneotest.ContentType("text/html")},
		}}
		proxy := faulttest.NewProxy(t, platform.URL, plan.Effect())
		h := s.run(t, task.Task{URL: proxy.URL, APIKey: platform.APIKey, Ops: []string{"create"}, Keys: make([]string, 200), Wide: 8}).History
		runs := count(held(t, platform.Client()))
		var named []string
		for _, c := range h {
			s.must(t, c.Outcome == faulttest.Unknown, "%s: %s", c.Outcome, c.Error)
			if c.ErrorKey != "" {
				named = append(named, c.ErrorKey)
			}
			s.must(t, c.ErrorKey != "", "no key in %s", c.Error)
		}
		again := 0
		for _, key := range named {
			// The create was sent without a session: the same request has none either.
			run, err := platform.Client().Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{Input: "hi", Spec: agent, AsyncMode: true}, kneo.WithIdempotencyKey(key))
			if err == nil && run.RunID != "" {
				again++
			}
		}
		after := count(held(t, platform.Client()))
		s.must(t, len(named) == len(h) && again == len(h) && after == runs, "%d keys, %d replayed, %d runs before and %d after", len(named), again, runs, after)
		return fmt.Sprintf("%d of %d errors name their key, replays made %d runs more", len(named), len(h), after-runs)
	})
}

var agent = map[string]any{"version": "v1", "agent": map[string]any{"name": "root"}}

func TestInProgress20s(t *testing.T) {
	t.Parallel()
	compare(t, "in-progress-20s", func(t *testing.T, s *subject) string {
		t.Parallel()
		requests := 0 // they come one after another
		proxy := faulttest.NewServer(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			if requests++; requests <= 20 {
				w.Header().Set("Retry-After", "1")
				w.WriteHeader(http.StatusConflict)
				fmt.Fprint(w, `{"detail":{"error":"idempotency_key_in_progress","message":"in progress"}}`)
				return
			}
			fmt.Fprint(w, createdBody)
		}))
		c := s.run(t, task.Task{URL: proxy.URL, Ops: []string{"create"}, Keys: keys(1), Deadline: 60}).History[0]
		s.must(t, c.Outcome == faulttest.OK && proxy.Requests() == 21, "%s %s after %d requests", c.Outcome, c.Error, proxy.Requests())
		return fmt.Sprintf("%s after %.1f s and %d requests", c.Outcome, c.End-c.Begin, proxy.Requests())
	})
}

const createdBody = `{"run_id":"r1","status":"completed","output_text":"hi","human_intervention_required":false}`

func TestSlowSync(t *testing.T) {
	t.Parallel()
	compare(t, "slow-sync", func(t *testing.T, s *subject) string {
		t.Parallel()
		proxy := faulttest.NewServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			sleep(r.Context(), 8*time.Second)
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, createdBody)
		}))
		c := s.run(t, task.Task{URL: proxy.URL, Ops: []string{"create-sync"}, Keys: keys(1)}).History[0]
		s.must(t, c.Outcome == faulttest.OK && proxy.Requests() == 1, "%s %s after %d requests", c.Outcome, c.Error, proxy.Requests())
		return fmt.Sprintf("%s after %.1f s and %d requests", c.Outcome, c.End-c.Begin, proxy.Requests())
	})
}

// sleep waits, or until the context ends.
func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

func TestNoRetryAfter500(t *testing.T) {
	compare(t, "no-retry-500-post", func(t *testing.T, s *subject) string {
		proxy := faulttest.NewServer(t, kneotest.Answer(http.StatusInternalServerError, 0)(nil))
		s.run(t, task.Task{URL: proxy.URL, Ops: []string{"create"}, Keys: keys(1)})
		post := proxy.Requests()
		s.run(t, task.Task{URL: proxy.URL, Ops: []string{"get"}, Keys: keys(1)})
		get := proxy.Requests() - post
		s.must(t, post == 1 && get <= 8, "%d and %d requests", post, get)
		return fmt.Sprintf("POST: %s, GET: %s", times(post), times(get))
	})
}

func times(n int) string {
	return strings.TrimSuffix(fmt.Sprintf("%d requests", n), map[bool]string{true: "s"}[n == 1])
}

// TestHistory mixes creates, gets and cancels, 2,000 in all.
func TestHistory(t *testing.T) {
	compare(t, "history-check", func(t *testing.T, s *subject) string {
		platform := kneotest.NewServer(kneotest.WithCleanup(t))
		plan := faulttest.Plan{Seed: 4, Parts: []faulttest.Part{
			{Percent: 8, Effect: kneotest.ResetBefore()},
			{Percent: 8, Effect: kneotest.ResetAfter()},
			{Percent: 4, Effect: kneotest.HalfBody()},
			{Percent: 4, Effect: kneotest.Answer(http.StatusServiceUnavailable, 0)},
			{Percent: 4, Effect: kneotest.Answer(http.StatusInternalServerError, 0)},
		}}
		proxy := faulttest.NewProxy(t, platform.URL, plan.Effect())
		do := func(n int, keys []string, ops ...string) faulttest.History {
			return s.run(t, task.Task{URL: proxy.URL, APIKey: platform.APIKey, Ops: ops, Keys: keys, Wide: n}).History
		}
		creates := do(16, keys(1000), "create")
		runs := held(t, platform.Client())
		violations := creates.Check(runs)
		var ids []string
		for _, c := range creates {
			if c.RunID != "" && len(ids) < 1000 {
				ids = append(ids, c.RunID)
			}
		}
		others := do(16, ids, "get", "cancel")
		for _, c := range others {
			if c.Outcome == faulttest.OK && (c.RunID != c.Key || c.Status == "") {
				violations = append(violations, fmt.Sprintf("%s: answered with run %s, %q", c.Key, c.RunID, c.Status))
			}
			if c.Outcome == faulttest.Failed {
				violations = append(violations, fmt.Sprintf("%s: %s", c.Key, c.Error))
			}
		}
		if again := held(t, platform.Client()); count(again) != count(runs) {
			violations = append(violations, fmt.Sprintf("there were %d runs, now %d", count(runs), count(again)))
		}
		s.must(t, len(violations) == 0, "%d violations: %v", len(violations), violations[:min(5, len(violations))])
		all := slices.Concat(creates, others)
		return fmt.Sprintf("%d calls: %d ok, %d unknown, %d failed; %d violations", len(all), all.Count(faulttest.OK), all.Count(faulttest.Unknown), all.Count(faulttest.Failed), len(violations))
	})
}
