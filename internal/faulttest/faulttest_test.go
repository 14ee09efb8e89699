package faulttest

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

// planned plays calls to a plan, and returns the attempts that it hit.
func planned(t *testing.T, seed uint64, calls []string) []string {
	t.Helper()
	plan := Plan{Seed: seed, Parts: []Part{{10, kneotest.Answer(503, 0)}, {20, kneotest.Answer(429, 0)}}}
	proxy := NewServer(t, plan.Effect()(http.NotFoundHandler()))
	var mu sync.Mutex
	var hit []string
	var done sync.WaitGroup
	for _, key := range calls {
		done.Go(func() {
			for attempt := range 5 {
				req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, proxy.URL, nil)
				if err != nil {
					t.Error(err)
					return
				}
				req.Header.Set("Idempotency-Key", key)
				resp, err := http.DefaultClient.Do(req)
				if err != nil {
					t.Error(err)
					return
				}
				_ = resp.Body.Close()
				mu.Lock()
				hit = append(hit, fmt.Sprint(key, "/", attempt, " ", resp.StatusCode))
				mu.Unlock()
			}
		})
	}
	done.Wait()
	if proxy.Requests() != 5*len(calls) || proxy.PerKey()[calls[0]] != 5 {
		t.Errorf("%d requests were counted", proxy.Requests())
	}
	slices.Sort(hit)
	return hit
}

// TestPlanRepeats: what a plan does depends on nothing but seed, key and attempt, and it hits the parts that it says.
func TestPlanRepeats(t *testing.T) {
	var keys []string
	for i := range 200 {
		keys = append(keys, fmt.Sprint("key-", i))
	}
	first := planned(t, 1, keys)
	slices.Reverse(keys)
	if again := planned(t, 1, keys); !slices.Equal(first, again) {
		t.Error("the same plan did something else")
	}
	if slices.Equal(first, planned(t, 2, keys)) {
		t.Error("another seed did the same")
	}
	text := strings.Join(first, "\n")
	if a, b := strings.Count(text, " 503"), strings.Count(text, " 429"); a < 70 || a > 130 || b < 160 || b > 240 {
		t.Errorf("of 1,000 attempts %d and %d were hit, want 100 and 200", a, b)
	}
}

// TestWrongLength: the platform has answered, and the client finds that the answer is too short.
func TestWrongLength(t *testing.T) {
	answered := 0
	proxy := NewServer(t, WrongLength(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		answered++
		w.Header().Set("Content-Length", "2")
		_, _ = io.WriteString(w, "{}")
	})))
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, proxy.URL, nil)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); !errors.Is(err, io.ErrUnexpectedEOF) || string(body) != "{}" || answered != 1 {
		t.Errorf("%q, %v, answered %d times", body, err, answered)
	}
}

// TestHistory: each way in which a client can be wrong is found, and none where it is right.
func TestHistory(t *testing.T) {
	right := History{
		{Key: "a", RunID: "1", Outcome: OK}, {Key: "b", Outcome: Failed}, {Key: "c", Outcome: Unknown}, {Key: "d", Outcome: Unknown},
	}
	held := map[string][]string{"a": {"1"}, "d": {"4"}}
	if v := right.Check(held); v != nil {
		t.Errorf("%v", v)
	}
	for name, c := range map[string]struct {
		call Call
		runs []string
		want string
	}{
		"lost":       {Call{Key: "x", RunID: "9", Outcome: OK}, nil, "returned run 9"},
		"other":      {Call{Key: "x", RunID: "9", Outcome: OK}, []string{"8"}, "returned run 9"},
		"doubled":    {Call{Key: "x", RunID: "9", Outcome: OK}, []string{"9", "8"}, "2 runs"},
		"not failed": {Call{Key: "x", Outcome: Failed, Error: "why"}, []string{"8"}, "(why)"},
		"unknown":    {Call{Key: "x", Outcome: Unknown}, []string{"8", "9"}, "2 runs"},
		"nobody's":   {Call{Key: "y", Outcome: Unknown}, []string{"8"}, "nobody"},
	} {
		v := History{c.call}.Check(map[string][]string{"x": c.runs})
		if c.runs == nil {
			v = History{c.call}.Check(nil)
		}
		if len(v) != 1 || !strings.Contains(v[0], c.want) {
			t.Errorf("%s: %v", name, v)
		}
	}
	h := History{{Outcome: OK, Attempts: 2, End: 3}, {Outcome: OK, Attempts: 1, Begin: 1, End: 2}}
	if h.Count(OK) != 2 || h.Attempts() != 3 || h.Slowest(0.01) != 3 || h.Slowest(1) != 1 {
		t.Errorf("%v", h)
	}
}
