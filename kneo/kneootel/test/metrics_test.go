package test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

// TestMetrics has the metrics of some calls and waits by value: the clock of the bubble says how long each takes.
func TestMetrics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWitness()
		srv, c := platform(t, w, takes(1500*time.Millisecond, nil),
			kneotest.WithFault(kneotest.Fault{Effect: kneotest.Latency(10 * time.Millisecond)}),
			kneotest.WithFault(kneotest.Fault{Operation: "ListSkills", Count: 2, Effect: kneotest.Answer(503, time.Second)}),
			kneotest.WithFault(kneotest.Fault{Operation: "ListAuditEvents", Effect: kneotest.ResetBefore()}))
		srv.AddRuns(kneotest.PresetRun{RunID: "failed", Status: kneo.RunFailed})
		ctx := t.Context()
		if _, err := c.Platform.Runs.CreateAndWait(ctx, kneo.RunCreateRequest{}, eachSecond); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if _, err := c.Platform.Runs.WaitForCompletion(ctx, "failed"); err != nil {
				t.Fatal(err)
			}
		}
		// The platform asks for a second, of which a client takes up to two.
		if _, err := c.Agent.Skills.List(ctx, kneo.SkillListParams{}); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Platform.Audit.List(ctx, kneo.AuditListParams{}, quick); err == nil {
			t.Fatal("no error")
		}
		if _, err := c.Platform.Runs.WaitForCompletion(ctx, "nobody"); err == nil {
			t.Fatal("no error")
		}
		var got []string
		for _, line := range w.measurements(t) {
			if strings.HasPrefix(line, "kneo.client.call.duration kneo.operation=ListSkills:") {
				line, _, _ = strings.Cut(line, " in ") // the pauses are in it, which are at random
			}
			got = append(got, strings.NewReplacer("http.request.method", "METHOD", "http.response.status_code", "STATUS",
				"network.protocol.version=1.1,", "", "server.address=localhost,server.port=80,", "").Replace(line))
		}
		want := []string{
			"http.client.request.duration error.type=404,METHOD=GET,STATUS=404,url.template=/v1/runs/{run_id}: 1 in 0.010",
			"http.client.request.duration error.type=503,METHOD=GET,STATUS=503,url.template=/v1/skills: 2 in 0.020",
			"http.client.request.duration error.type=syscall.ECONNRESET,METHOD=GET,url.template=/v1/audit-events: 2 in 0.020",
			"http.client.request.duration METHOD=GET,STATUS=200,url.template=/v1/runs/{run_id}: 5 in 0.050",
			"http.client.request.duration METHOD=GET,STATUS=200,url.template=/v1/skills: 1 in 0.010",
			"http.client.request.duration METHOD=POST,STATUS=202,url.template=/v1/runs: 1 in 0.010",
			"kneo.client.call.duration error.type=404,kneo.operation=GetRun: 1 in 0.010",
			"kneo.client.call.duration error.type=kneo.NetworkError,kneo.operation=ListAuditEvents: 1 in 0.020",
			"kneo.client.call.duration kneo.operation=CreateRun: 1 in 0.010",
			"kneo.client.call.duration kneo.operation=GetRun: 5 in 0.050",
			"kneo.client.call.duration kneo.operation=ListSkills: 1",
			"kneo.client.call.retries kneo.operation=ListAuditEvents: 1",
			"kneo.client.call.retries kneo.operation=ListSkills: 2",
			"kneo.client.wait.active kneo.wait.method=CreateAndWait: 0",
			"kneo.client.wait.active kneo.wait.method=WaitForCompletion: 0",
			"kneo.client.wait.duration error.type=404,kneo.wait.method=WaitForCompletion: 1 in 0.010",
			"kneo.client.wait.duration kneo.run.status=completed,kneo.wait.method=CreateAndWait: 1 in 2.040",
			"kneo.client.wait.duration kneo.run.status=failed,kneo.wait.method=WaitForCompletion: 2 in 0.020",
		}
		if !slices.Equal(got, want) {
			t.Errorf("measured\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
		}
	})
}

// TestActiveWaits counts waits while they are under way.
func TestActiveWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWitness()
		_, c := platform(t, w, takes(10*time.Second, nil))
		active := func() string {
			var lines []string
			for _, line := range w.measurements(t) {
				if after, ok := strings.CutPrefix(line, "kneo.client.wait.active kneo.wait.method="); ok {
					lines = append(lines, after)
				}
			}
			return strings.Join(lines, ", ")
		}
		for range 3 {
			go func() {
				if _, err := c.Platform.Runs.CreateAndWait(t.Context(), kneo.RunCreateRequest{}); err != nil {
					t.Error(err)
				}
			}()
		}
		created, err := c.Platform.Runs.Create(t.Context(), kneo.RunCreateRequest{AsyncMode: true})
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			for _, err := range c.Platform.Runs.WaitAll(t.Context(), []string{created.RunID}) {
				if err != nil {
					t.Error(err)
				}
			}
		}()
		time.Sleep(5 * time.Second)
		if got := active(); got != "CreateAndWait: 3, WaitAll: 1" {
			t.Error(got)
		}
		time.Sleep(20 * time.Second)
		if got := active(); got != "CreateAndWait: 0, WaitAll: 0" {
			t.Error(got)
		}
	})
}

// TestUnknownStatus: a status that the library does not know is told by spans as it is, and by metrics as one of those.
func TestUnknownStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWitness()
		_, c := platform(t, w, kneotest.WithFault(kneotest.Fault{Effect: kneotest.AnswerWith(200, "application/json", `{"run_id":"r1","status":"pondering"}`)}))
		if _, err := c.Platform.Runs.WaitForCompletion(t.Context(), "r1", kneo.WithTerminalStatuses("pondering")); err != nil {
			t.Fatal(err)
		}
		spans, metrics := w.tree(), strings.Join(w.measurements(t), "\n")
		if strings.Count(spans, "kneo.run.status=pondering") != 2 || strings.Contains(metrics, "pondering") || !strings.Contains(metrics, "kneo.run.status=_OTHER") {
			t.Errorf("%s%s", spans, metrics)
		}
	})
}

// TestInstruments has names, units and bounds as the conventions, and the documentation, have them.
func TestInstruments(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWitness()
		_, c := platform(t, w, kneotest.WithFault(kneotest.Fault{Count: 1, Effect: kneotest.Answer(503, 0)}))
		if _, err := c.Platform.Runs.CreateAndWait(t.Context(), kneo.RunCreateRequest{Input: "x", Spec: agent}); err != nil {
			t.Fatal(err)
		}
		units := map[string]string{
			"http.client.request.duration": "s", "kneo.client.call.duration": "s", "kneo.client.call.retries": "{attempt}",
			"kneo.client.wait.duration": "s", "kneo.client.wait.active": "{wait}",
		}
		for _, m := range w.collect(t).ScopeMetrics[0].Metrics {
			if unit, ok := units[m.Name]; !ok || unit != m.Unit || m.Description == "" {
				t.Errorf("%s in %s: %q", m.Name, m.Unit, m.Description)
			}
			delete(units, m.Name)
			if h, ok := m.Data.(metricdata.Histogram[float64]); ok && m.Name == "http.client.request.duration" &&
				!slices.Equal(h.DataPoints[0].Bounds, []float64{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10}) {
				t.Errorf("the bounds are %v", h.DataPoints[0].Bounds)
			}
			if sum, ok := m.Data.(metricdata.Sum[int64]); ok && sum.IsMonotonic != (m.Name == "kneo.client.call.retries") {
				t.Errorf("%s: monotonic is %v", m.Name, sum.IsMonotonic)
			}
		}
		if len(units) != 0 {
			t.Errorf("%v are missing", units)
		}
	})
}
