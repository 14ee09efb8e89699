//go:build collector

package test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kneo-agent/kneo-client-go/kneo/kneootel"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

// TestCollector: what a program sends by OTLP arrives at a real OpenTelemetry Collector, spans with their parents and attributes, and metrics.
func TestCollector(t *testing.T) {
	c := startCollector(t)
	srv := kneotest.NewServer(kneotest.WithCleanup(t), kneotest.WithAPIKey(secrets["key"]),
		kneotest.WithFault(kneotest.Fault{Operation: "CreateRun", Count: 1, Effect: kneotest.Answer(503, 0)}))
	program := exec.CommandContext(t.Context(), os.Args[0])
	program.Env = append(os.Environ(), reporting+"=1", "KNEO_URL="+srv.URL, "KNEO_API_KEY="+srv.APIKey, "KNEO_PROFILE=", "XDG_CONFIG_HOME="+t.TempDir(),
		"OTEL_EXPORTER_OTLP_ENDPOINT=http://"+c.endpoint, "OTEL_SERVICE_NAME=report")
	if said, err := program.CombinedOutput(); err != nil || !bytes.Contains(said, []byte("completed")) || bytes.Contains(said, []byte("rror")) {
		t.Fatalf("%v: %s", err, said)
	}
	printed := c.stop(t)

	for what, secret := range secrets {
		if strings.Contains(printed, secret) {
			t.Errorf("the %s has arrived", what)
		}
	}
	if n := strings.Count(printed, "\nInstrumentationScope "+kneootel.ScopeName+" "); n < 2 || !strings.Contains(printed, "-> service.name: Str(report)") {
		t.Errorf("%d scopes of kneootel in\n%s", n, printed)
	}
	runID := regexp.MustCompile(`kneo\.run\.id: Str\((.*)\)`).FindStringSubmatch(printed)
	if runID == nil {
		t.Fatalf("no run in\n%s", printed)
	}
	got := strings.ReplaceAll(settled(tree(spansIn(t, printed))), runID[1], "RUN")
	const want = `report
  kneo.CreateAndWait kneo.run.id=RUN kneo.run.status=completed kneo.wait.ended=1 kneo.wait.looks=N kneo.wait.method=CreateAndWait kneo.wait.runs=1
    kneo.CreateRun http.response.status_code=202 kneo.call.attempts=2 kneo.operation=CreateRun kneo.run.id=RUN kneo.run.status=running
      POST /v1/runs CLIENT Error error.type=503 http.response.status_code=503
      POST /v1/runs CLIENT http.request.resend_count=1 http.response.status_code=202
    kneo.GetRun http.response.status_code=200 kneo.call.attempts=1 kneo.operation=GetRun kneo.run.id=RUN kneo.run.status=completed
      GET /v1/runs/{run_id} CLIENT http.response.status_code=200
`
	if got != want {
		t.Errorf("these spans have arrived:\n%s\nwant\n%s", got, want)
	}
	looks := srv.Calls("GetRun")
	wantMetrics := []string{
		fmt.Sprintf("http.client.request.duration http.request.method=GET http.response.status_code=200 url.template=/v1/runs/{run_id}: %d", looks),
		"http.client.request.duration error.type=503 http.request.method=POST http.response.status_code=503 url.template=/v1/runs: 1",
		"http.client.request.duration http.request.method=POST http.response.status_code=202 url.template=/v1/runs: 1",
		"kneo.client.call.duration kneo.operation=CreateRun: 1", fmt.Sprintf("kneo.client.call.duration kneo.operation=GetRun: %d", looks),
		"kneo.client.call.retries kneo.operation=CreateRun: 1",
		"kneo.client.wait.active kneo.wait.method=CreateAndWait: 0",
		"kneo.client.wait.duration kneo.run.status=completed kneo.wait.method=CreateAndWait: 1",
	}
	slices.Sort(wantMetrics)
	if got := metricsIn(printed); !slices.Equal(got, wantMetrics) {
		t.Errorf("these metrics have arrived:\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(wantMetrics, "\n\t"))
	}
	if t.Failed() {
		t.Logf("the collector printed\n%s", printed)
	}
}

// settled is a tree without the looks at a run that goes on, of which there are as many as it takes.
func settled(tree string) string {
	tree = regexp.MustCompile(`(?m)^ *kneo\.GetRun .*kneo\.run\.status=running\n.*\n`).ReplaceAllString(tree, "")
	return regexp.MustCompile(`kneo\.wait\.looks=\d+`).ReplaceAllString(tree, "kneo.wait.looks=N")
}

// configuration has the collector take OTLP on a free port and print all that it gets.
const configuration = `
receivers:
  otlp:
    protocols:
      http:
        endpoint: 127.0.0.1:0
exporters:
  debug:
    verbosity: detailed
    use_internal_logger: false
service:
  telemetry:
    metrics:
      level: none
  pipelines:
    traces: { receivers: [otlp], exporters: [debug] }
    metrics: { receivers: [otlp], exporters: [debug] }
`

// collector is a collector that runs.
type collector struct {
	endpoint string
	process  *exec.Cmd
	printed  bytes.Buffer
	log      bytes.Buffer
	logged   sync.WaitGroup
}

// startCollector builds a collector and starts it.
func startCollector(t *testing.T) *collector {
	t.Helper()
	folder := t.TempDir()
	binary, config := filepath.Join(folder, "otel-collector"), filepath.Join(folder, "config.yaml")
	if said, err := exec.CommandContext(t.Context(), "go", "build", "-C", "collector", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("the collector cannot be built: %v\n%s", err, said)
	}
	if err := os.WriteFile(config, []byte(configuration), 0o600); err != nil {
		t.Fatal(err)
	}
	c := &collector{process: exec.CommandContext(t.Context(), binary, "--config", config)}
	c.process.Stdout = &c.printed
	log, err := c.process.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.process.Process.Kill() })
	c.endpoint = c.follow(t, log)
	return c
}

// follow reads the log of the collector, and returns the address at which it listens.
func (c *collector) follow(t *testing.T, log io.Reader) string {
	t.Helper()
	found := make(chan string, 1)
	c.logged.Go(func() {
		address := regexp.MustCompile(`Starting HTTP server.*"endpoint": "([^"]+)"`)
		lines := bufio.NewScanner(log)
		for lines.Scan() {
			c.log.WriteString(lines.Text() + "\n")
			if match := address.FindStringSubmatch(lines.Text()); match != nil {
				found <- match[1]
			}
		}
		close(found)
	})
	select {
	case endpoint, ok := <-found:
		if !ok {
			t.Fatalf("the collector did not start:\n%s", c.log.String())
		}
		return endpoint
	case <-time.After(time.Minute):
		t.Fatal("the collector did not start within a minute")
	}
	return ""
}

// stop ends the collector in an orderly way, and returns what it has printed.
func (c *collector) stop(t *testing.T) string {
	t.Helper()
	if err := c.process.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	c.logged.Wait()
	var exit *exec.ExitError
	if err := c.process.Wait(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return c.printed.String()
}

var (
	fieldLine     = regexp.MustCompile(`^ +([A-Z][A-Za-z ]*?) +: (.*)$`)         // "    Name           : kneo.GetRun"
	attributeLine = regexp.MustCompile(`^ +-> ([a-z_.]+): [A-Z][a-z]+\((.*)\)$`) // "     -> kneo.operation: Str(GetRun)"
)

// spansIn reads the spans that the collector has printed, in the order in which they began.
func spansIn(t *testing.T, printed string) []span {
	t.Helper()
	type begun struct {
		span
		at time.Time
	}
	var all []*begun
	var current *begun
	for line := range strings.Lines(printed) {
		line = strings.TrimRight(line, "\n")
		switch {
		case strings.HasPrefix(line, "Span #"):
			current = &begun{span: span{attributes: map[string]string{}}}
			all = append(all, current)
		case current == nil:
		case line == "": // the end of a batch
			current = nil
		case fieldLine.MatchString(line):
			match := fieldLine.FindStringSubmatch(line)
			if match[1] == "Start time" {
				at, err := time.Parse("2006-01-02 15:04:05.999999999 -0700 MST", match[2])
				if err != nil {
					t.Fatal(err)
				}
				current.at = at
			}
			current.set(match[1], match[2])
		case attributeLine.MatchString(line):
			match := attributeLine.FindStringSubmatch(line)
			current.attributes[match[1]] = match[2]
		}
	}
	slices.SortStableFunc(all, func(a, b *begun) int { return a.at.Compare(b.at) })
	var spans []span
	for _, b := range all {
		spans = append(spans, b.span)
	}
	return spans
}

func (s *span) set(field, value string) {
	switch field {
	case "ID":
		s.id = value
	case "Parent ID":
		s.parent = value
	case "Name":
		s.name = value
	case "Kind":
		s.kind = strings.ToLower(value)
	case "Status code":
		s.failed = value == "Error"
	case "Status message":
		s.description = value
	}
}

// metricsIn reads the metrics that the collector has printed: name, attributes, and the count or the value.
func metricsIn(printed string) (lines []string) {
	var name string
	var attrs []string
	for line := range strings.Lines(printed) {
		line = strings.TrimRight(line, "\n")
		match := attributeLine.FindStringSubmatch(line)
		what, value, _ := strings.Cut(line, ": ")
		switch {
		case strings.HasPrefix(line, "     -> Name: "):
			name = strings.TrimPrefix(line, "     -> Name: ")
		case strings.HasPrefix(line, "HistogramDataPoints #"), strings.HasPrefix(line, "NumberDataPoints #"):
			attrs = nil
		case match != nil && !slices.Contains([]string{"server.address", "server.port", "network.protocol.version"}, match[1]):
			attrs = append(attrs, match[1]+"="+match[2])
		case what == "Count" || what == "Value":
			slices.Sort(attrs)
			lines = append(lines, name+" "+strings.Join(attrs, " ")+": "+value)
		}
	}
	slices.Sort(lines)
	return lines
}
