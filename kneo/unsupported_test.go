package kneo

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// versioned is a platform of a version, which may change, and which answers everything else with its body.
type versioned struct {
	*platform
	mu       sync.Mutex
	version  string
	probe    func(*http.Request) (*http.Response, error) // instead of telling the version
	probes   int
	requests []string // but for probes
}

func newVersioned(version string, answer func(*http.Request) (*http.Response, error)) *versioned {
	v := &versioned{version: version}
	v.platform = &platform{answer: func(_ int, req *http.Request) (*http.Response, error) {
		v.mu.Lock()
		probe, version := v.probe, v.version
		if strings.HasSuffix(req.URL.Path, "/v1/healthz") {
			v.probes++
			v.mu.Unlock()
			if probe != nil {
				return probe(req)
			}
			return says(200, `{"ok":true,"version":"`+version+`"}`)(req)
		}
		v.requests = append(v.requests, req.Method+" "+strings.TrimPrefix(req.URL.RequestURI(), "/base"))
		v.mu.Unlock()
		return answer(req)
	}}
	return v
}

// become changes what the platform is.
func (v *versioned) become(version string, probe func(*http.Request) (*http.Response, error)) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.version, v.probe = version, probe
}

// asking is a client that has not been told the version.
func (v *versioned) asking(t testing.TB, opts ...Option) *Client {
	return v.client(t, append([]Option{func(s *settings) error { s.serverVersion = ""; return nil }}, opts...)...)
}

func (v *versioned) want(t *testing.T, probes, others int) {
	t.Helper()
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.probes != probes || len(v.requests) != others {
		t.Errorf("%d probes and %d other requests %v, want %d and %d", v.probes, len(v.requests), v.requests, probes, others)
	}
}

var emptyList = says(200, `{"runs":[],"count":0,"total":0,"limit":100,"offset":0,"sort_order":"desc"}`)

func listQ(c *Client) error {
	_, err := c.Platform.Runs.List(context.Background(), RunListParams{Q: "needle"})
	return err
}

// TestOldServerIsNotAsked: what an old server would ignore or refuse is not sent to it, and the error names both versions.
func TestOldServerIsNotAsked(t *testing.T) {
	ctx, yes := context.Background(), true
	for name, test := range map[string]struct {
		version, needs, what string
		call                 func(*Client) error
	}{
		"a filter": {"0.9.0", "1.1.0", "the filter workflow_name", func(c *Client) error {
			_, err := c.Platform.Runs.List(ctx, RunListParams{WorkflowName: "wf"})
			return err
		}},
		"a filter that is false": {"1.0.0", "1.1.0", "the filter has_error", func(c *Client) error {
			_, err := c.Platform.Runs.List(ctx, RunListParams{HasError: new(bool)})
			return err
		}},
		"the youngest of two": {"0.9.0", "1.2.0", "the filter q", func(c *Client) error {
			_, err := c.Platform.Runs.List(ctx, RunListParams{HasError: &yes, Q: "x"})
			return err
		}},
		"a walk": {"0.9.0", "1.1.0", "the filter session_id", func(c *Client) error { _, err := c.Platform.Runs.FindBySession(ctx, "s"); return err }},
		"an order": {"0.5.0", "0.6.0", "the parameter sort_order", func(c *Client) error {
			_, err := c.Platform.Audit.List(ctx, AuditListParams{SortOrder: SortAscending})
			return err
		}},
		"a filter of tasks": {"0.7.0", "0.8.0", "the filter status", func(c *Client) error {
			_, err := c.Platform.HumanTasks.List(ctx, HumanTaskListParams{Status: TaskPending})
			return err
		}},
		"a field": {"1.0.0", "1.1.0", "the field session_id", func(c *Client) error {
			_, err := c.Platform.Runs.Create(ctx, RunCreateRequest{SessionID: "s"})
			return err
		}},
		"a field of an object": {"0.7.0", "0.8.0", "the field skills", func(c *Client) error {
			_, err := c.Platform.Runs.Create(ctx, RunCreateRequest{Skills: &SkillsOverlay{}})
			return err
		}},
		"a field that is ignored": {"0.7.0", "0.8.0", "the field overlays", func(c *Client) error {
			_, err := c.Agent.Specs.Validate(ctx, SpecValidateRequest{Overlays: []string{"a.yaml"}})
			return err
		}},
		"async of a spec": {"0.11.0", "0.12.0", "the field async_mode", func(c *Client) error { _, err := c.Agent.Specs.Run(ctx, RunCreateRequest{AsyncMode: true}); return err }},
		"an operation": {"1.1.0", "1.2.0", "the operation", func(c *Client) error {
			_, err := c.Platform.Policies.Preview(ctx, "dev", EnvironmentPolicyRequest{})
			return err
		}},
		"a key of one's own": {"0.7.0", "0.8.0", "the header Idempotency-Key", func(c *Client) error {
			_, err := c.Platform.Runs.Continue(ctx, "r1", WithIdempotencyKey("k"))
			return err
		}},
		"the raw client": {"0.9.0", "1.2.0", "the filter q", func(c *Client) error { _, err := c.Raw().ListRuns(ctx, &gen.ListRunsParams{Q: "x"}); return err }},
		"any request":    {"0.9.0", "1.2.0", "the filter q", func(c *Client) error { _, err := c.Request(ctx, "GET", "/v1/runs?limit=1&q=x", nil, nil); return err }},
		"any body": {"0.9.0", "1.1.0", "the field session_id", func(c *Client) error {
			_, err := c.Request(ctx, "POST", "/v1/runs", []byte(`{"input":"session_id","session_id":null}`), nil)
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			v := newVersioned(test.version, says(200, "{}"))
			err := test.call(v.asking(t))
			var unsupported *UnsupportedError
			if !errors.As(err, &unsupported) || !errors.Is(err, ErrUnsupported) || unsupported.Needs != test.needs || unsupported.Found != test.version || unsupported.What != test.what {
				t.Fatalf("%+v, %v", unsupported, err)
			}
			if text := fmt.Sprintf("%s needs kneo-serv %s, and this server is %s", test.what, test.needs, test.version); !strings.Contains(err.Error(), text) {
				t.Errorf("%q does not say %q", err, text)
			}
			v.want(t, 1, 0)
			v.become(test.needs, nil)
			told := v.client(t, WithServerVersion(test.needs))
			if err := test.call(told); errors.Is(err, ErrUnsupported) {
				t.Errorf("on %s: %v", test.needs, err)
			}
			v.want(t, 1, 1)
		})
	}
}

// TestNothingIsAskedInVain: what every server has costs no question for the version.
func TestNothingIsAskedInVain(t *testing.T) {
	v := newVersioned("0.2.2", says(200, `{"run_id":"r1","status":"running","runs":[],"tasks":[],"events":[],"valid":true}`))
	c, ctx := v.asking(t), t.Context()
	for name, call := range map[string]func() error{
		"create": func() error {
			_, err := c.Platform.Runs.Create(ctx, RunCreateRequest{Input: "session_id, skills", AsyncMode: true})
			return err
		},
		"get": func() error { _, err := c.Platform.Runs.Get(ctx, "r1"); return err },
		"list": func() error {
			_, err := c.Platform.Runs.List(ctx, RunListParams{Status: RunFailed, Limit: 1, Offset: 1, SortBy: "q"})
			return err
		},
		"continue": func() error { _, err := c.Platform.Runs.Continue(ctx, "r1"); return err },
		"tasks":    func() error { _, err := c.Platform.HumanTasks.List(ctx, HumanTaskListParams{RunID: "r1"}); return err },
		"audit":    func() error { _, err := c.Platform.Audit.List(ctx, AuditListParams{RunID: "r1"}); return err },
		"validate": func() error {
			_, err := c.Agent.Specs.Validate(ctx, SpecValidateRequest{Spec: map[string]any{"overlays": 1}})
			return err
		},
		"run": func() error {
			_, err := c.Request(ctx, "POST", "/v1/specs/run", []byte(`{"async_mode":false}`), nil)
			return err
		},
		"unknown": func() error { _, err := c.Request(ctx, "GET", "/v1/later?q=1", nil, nil); return err },
	} {
		if err := call(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	v.want(t, 0, 9)
}

// TestVersionIsLearnedOnce: a hundred goroutines at once, and a thousand calls later, are one question.
func TestVersionIsLearnedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVersioned("1.2.0", emptyList)
		v.probe = func(req *http.Request) (*http.Response, error) {
			time.Sleep(time.Second)
			return says(200, `{"ok":true,"version":"1.2.0"}`)(req)
		}
		c := v.asking(t)
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() {
				if err := listQ(c); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		v.want(t, 1, 100)
		for range 1000 {
			time.Sleep(time.Minute)
			if err := listQ(c); err != nil {
				t.Fatal(err)
			}
		}
		v.want(t, 1, 1100)
	})
}

// TestVersionProbeThatFails: a failure is told to those who waited for it, and the next call asks again.
func TestVersionProbeThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVersioned("1.2.0", emptyList)
		v.become("", func(req *http.Request) (*http.Response, error) {
			time.Sleep(time.Second)
			return says(403, detail("forbidden", "not from here"))(req)
		})
		c := v.asking(t)
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() {
				err := listQ(c)
				var answer *Error
				var network *NetworkError
				if !errors.As(err, &network) || network.Path != "/v1/runs" || network.Outcome != OutcomeNotSent || errors.As(err, &answer) || !errors.Is(err, ErrForbidden) ||
					!strings.Contains(err.Error(), "WithServerVersion") || errors.Is(err, ErrUnsupported) {
					t.Errorf("%v", err)
				}
			})
		}
		all.Wait()
		v.want(t, 1, 0)
		// What an old server would not get wrong in silence is sent.
		if _, err := c.Platform.Runs.Create(t.Context(), RunCreateRequest{SessionID: "s"}); err == nil {
			t.Error("the answer is that of a list, and was taken")
		}
		v.want(t, 2, 1)
		v.become("1.2.0", nil)
		if err := listQ(c); err != nil {
			t.Error(err)
		}
		v.want(t, 3, 2)
	})
}

// TestWatchEndsWhenTheVersionCannotBeLearned: what would end a watch ends it as well when the question for the version meets it.
func TestWatchEndsWhenTheVersionCannotBeLearned(t *testing.T) {
	for name, probe := range map[string]func(*http.Request) (*http.Response, error){
		"nothing there":  says(404, "nothing here"),
		"a login page":   says(200, "<html>", "Content-Type", "text/html"),
		"no certificate": fails(x509.UnknownAuthorityError{}),
	} {
		synctest.Test(t, func(t *testing.T) {
			v := newVersioned("1.2.0", emptyList)
			v.become("", probe)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			var last error
			for _, err := range v.asking(t).Platform.HumanTasks.Watch(ctx, HumanTaskListParams{Status: TaskPending}) {
				last = err
			}
			var network *NetworkError
			if !errors.As(last, &network) || ctx.Err() != nil {
				t.Errorf("%s: %v", name, last)
			}
		})
	}
}

// TestVersionProbeIsRepeated: the question is repeated like the call that it is for.
func TestVersionProbeIsRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVersioned("1.2.0", emptyList)
		asked := 0
		v.become("", func(req *http.Request) (*http.Response, error) {
			if asked++; asked < 3 {
				return says(503, detail("not_ready", "soon"))(req)
			}
			return says(200, `{"ok":true,"version":"1.2.0"}`)(req)
		})
		if err := listQ(v.asking(t)); err != nil {
			t.Error(err)
		}
		v.want(t, 3, 1)
	})
}

// TestVersionProbeThatIsGivenUp: whoever asks may go, and whoever waits may go; neither is anything to the others.
func TestVersionProbeThatIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVersioned("1.2.0", emptyList)
		v.become("", func(req *http.Request) (*http.Response, error) {
			select {
			case <-time.After(10 * time.Second):
				return says(200, `{"ok":true,"version":"1.2.0"}`)(req)
			case <-req.Context().Done():
				return nil, req.Context().Err()
			}
		})
		c := v.asking(t)
		var all sync.WaitGroup
		for i := range 20 {
			ctx, cancel := context.WithCancel(t.Context())
			gone := map[int]time.Duration{0: 2 * time.Second, 5: time.Second}[i] // the first is who asks
			all.Go(func() {
				_, err := c.Platform.Runs.List(ctx, RunListParams{Q: "x"})
				var network *NetworkError
				switch {
				case gone > 0 && (!errors.As(err, &network) || !errors.Is(err, context.Canceled) || network.Outcome != OutcomeNotSent):
					t.Errorf("%v", err)
				case gone == 0 && err != nil:
					t.Error(err)
				}
			})
			synctest.Wait()
			time.Sleep(time.Millisecond)
			if gone > 0 {
				time.AfterFunc(gone, cancel)
			} else {
				defer cancel()
			}
		}
		all.Wait()
		v.want(t, 2, 18)
	})
}

// TestServerIsUpgraded under a client: what was refused works a minute later at the latest, and at once if a probe told the new version.
func TestServerIsUpgraded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVersioned("1.1.0", emptyList)
		c := v.asking(t)
		for range 10 {
			if err := listQ(c); !errors.Is(err, ErrUnsupported) {
				t.Fatal(err)
			}
		}
		v.want(t, 1, 0)
		v.become("1.2.0", nil)
		time.Sleep(versionAge + time.Second)
		if err := listQ(c); err != nil {
			t.Error(err)
		}
		v.want(t, 2, 1)
		v.become("1.1.0", nil) // and back again
		if found, err := c.ServerVersion(t.Context()); err != nil || found != "1.1.0" {
			t.Error(found, err)
		}
		if err := listQ(c); !errors.Is(err, ErrUnsupported) {
			t.Error(err)
		}
		v.want(t, 3, 1)
	})
}

// TestServerIsReplacedByAnOlderOne: an operation that is gone, a filter that is not known, and an outage have the version asked for again.
func TestServerIsReplacedByAnOlderOne(t *testing.T) {
	notFound := says(404, `{"detail":"Not Found"}`)
	unknown := says(422, detail("unknown_query_parameters", "Unrecognized", `,"unknown":["q"]`))
	down := fails(&net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED})
	get := func(c *Client) error { _, err := c.Platform.Runs.Get(context.Background(), "r1"); return err }
	for name, test := range map[string]struct {
		answer      func(*http.Request) (*http.Response, error)
		call        func(*Client) error
		unsupported bool
	}{
		"the operation is gone": {notFound, func(c *Client) error {
			_, err := c.Agent.Skills.List(context.Background(), SkillListParams{})
			return err
		}, true},
		"the filter is unknown": {unknown, listQ, true},
		"a gateway was there":   {says(502, "<html>"), get, false},
		"another one was":       {says(504, ""), get, false},
		"a third one was":       {says(503, "no upstream"), get, false},
		"it died":               {fails(syscall.ECONNRESET), get, false},
		"nobody was there":      {down, get, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			answer := emptyList
			v := newVersioned("1.2.0", func(req *http.Request) (*http.Response, error) { return answer(req) })
			c := v.asking(t)
			if err := listQ(c); err != nil {
				t.Fatal(err)
			}
			v.become("0.7.0", nil)
			answer = test.answer
			err := test.call(c)
			var refused *UnsupportedError
			if err == nil || errors.Is(err, ErrUnsupported) != test.unsupported || errors.As(err, &refused) {
				t.Errorf("%s: %v", name, err)
			}
			if err := listQ(c); !errors.As(err, &refused) || refused.Found != "0.7.0" {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
}

// TestServerIsReplacedDuringACall: an attempt that found nobody has the version asked for again, also if a later one was answered. An
// error that is none of the version's does not.
func TestServerIsReplacedDuringACall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answers := []func(*http.Request) (*http.Response, error){
			emptyList,
			says(404, detail("run_not_found", "no such run")),
			says(503, detail("queue_full", "busy")), says(200, runBody),
			emptyList,
			fails(&net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}),
			says(503, detail("unavailable", "starting")),
			says(200, runBody),
		}
		v := newVersioned("1.2.0", func(req *http.Request) (*http.Response, error) {
			answer := answers[0]
			answers = answers[1:]
			return answer(req)
		})
		c := v.asking(t)
		get := func() error { _, err := c.Platform.Runs.Get(t.Context(), "r1"); return err }
		if err := listQ(c); err != nil {
			t.Fatal(err)
		}
		if err := get(); !errors.Is(err, ErrNotFound) {
			t.Fatal(err)
		}
		if err := get(); err != nil {
			t.Fatal(err)
		}
		if err := listQ(c); err != nil {
			t.Fatal(err)
		}
		v.want(t, 1, 5)
		if err := get(); err != nil {
			t.Fatal(err)
		}
		v.become("1.1.0", nil)
		if err := listQ(c); !errors.Is(err, ErrUnsupported) {
			t.Errorf("after a call that found nobody at first: %v", err)
		}
		v.want(t, 2, 8)
	})
}

func TestToldAndTrusted(t *testing.T) {
	v := newVersioned("1.2.0", emptyList)
	var refused *UnsupportedError
	if err := listQ(v.client(t, WithServerVersion("0.9.0"))); !errors.As(err, &refused) || refused.Found != "0.9.0" {
		t.Error(err)
	}
	v.want(t, 0, 0)
	v.become("0.9.0", nil)
	if err := listQ(v.client(t, WithServerVersion("1.2.0"))); err != nil {
		t.Error(err)
	}
	if err := listQ(v.asking(t, WithoutVersionCheck())); err != nil {
		t.Error(err)
	}
	v.want(t, 0, 2)
	for _, text := range []string{"", "latest", "0.1.0", "1"} {
		var mistake *ArgumentError
		if _, err := NewClient(WithServerVersion(text)); !errors.As(err, &mistake) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestVersionsThatAreNone: what cannot be understood is no reason to refuse what may work.
func TestVersionsThatAreNone(t *testing.T) {
	for text, refused := range map[string]bool{
		"1.2.0": false, "v1.2.0": false, "1.2.0rc1": false, "1.2.0.dev3+g0123": false, "1.2.0+local": false, "1.3": false, "2.0.0": false, "1.10.0": false,
		"": false, "dev": false, "main": false, "0.0.0": false, "0.0.0.dev0+unknown": false, "1": false, "\\u0000": false,
		"1.1.0": true, "1.1.9+local": true, "1.1.0rc1": true, "1.1": true, "0.10.0": true, "0.9.0.post1": true, "0.2.2": true,
	} {
		v := newVersioned(text, emptyList)
		if err := listQ(v.asking(t)); errors.Is(err, ErrUnsupported) != refused || err != nil && !refused {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestFloors looks at what the table of the contract says, and that this package can read it.
func TestFloors(t *testing.T) {
	count := 0
	check := func(since string) {
		t.Helper()
		if v, ok := parseVersion(since); !ok || fmt.Sprintf("%d.%d.%d", v[0], v[1], v[2]) != since {
			t.Errorf("%q", since)
		}
	}
	for _, op := range gen.Operations {
		check(op.Since)
		for _, floor := range op.Floors {
			count++
			check(floor.Since)
			if floor.Kind != "query" && floor.Kind != "header" && floor.Kind != "field" {
				t.Errorf("%s: %+v", op.ID, floor)
			}
		}
	}
	if count < 25 {
		t.Errorf("%d floors", count)
	}
	if v, ok := parseVersion(firstServer); !ok || v != oldest {
		t.Errorf("%v is not %s", oldest, firstServer)
	}
}

// TestNeedCostsNothing: to see that a call needs nothing, or what it needs, takes no memory.
func TestNeedCostsNothing(t *testing.T) {
	c := newVersioned("1.2.0", emptyList).client(t)
	get, _ := http.NewRequest(http.MethodGet, "https://kneo.test/base/v1/runs/r1", nil)
	list, _ := http.NewRequest(http.MethodGet, "https://kneo.test/base/v1/runs?limit=1&q=x", nil)
	for name, test := range map[string]struct {
		op  *gen.Operation
		req *http.Request
	}{"get": {gen.OpGetRun, get}, "list": {gen.OpListRuns, list}} {
		call := c.newCall(test.op, nil)
		most := 0.0
		if test.op == gen.OpListRuns {
			most = 1 // the name of what is needed
		}
		if n := testing.AllocsPerRun(100, func() {
			if err := c.admit(call, test.req); err != nil {
				t.Fatal(err)
			}
		}); n > most {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
