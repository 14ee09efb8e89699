package test

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/trace"

	"github.com/kneo-agent/kneo-client-go/gen"
	"github.com/kneo-agent/kneo-client-go/internal/conformance"
	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

// ids are the attributes of spans that have a text of the traffic, and the names of the members, headers and parameters that may have had it.
var ids = map[string][]string{
	"kneo.request.id":      {"X-Request-Id"},
	"kneo.error.code":      {"error"},
	"kneo.run.id":          {"run_id", "id", "path"},
	"kneo.run.status":      {"status"},
	"kneo.continuation.id": {"continuation_id", "id", "path"},
}

// TestSecretsOfConformance: all that is measured of the conformance cases has nothing of what was sent and answered but these ids, and the
// addresses, and no key.
func TestSecretsOfConformance(t *testing.T) {
	w, traffic := newWitness(), new(conformance.Traffic)
	srv, target := conformance.Emulator(t, kneotest.WithoutSockets())
	opts := []kneo.Option{w.hooks(), kneo.WithHTTPClient(&http.Client{Transport: traffic.Watch(srv.Transport())})}
	target.Client = func(more ...kneo.Option) *kneo.Client { return srv.Client(slices.Concat(opts, more)...) }
	conformance.Run(t, target)

	for _, found := range target.SecretsIn(w.told(t)) {
		t.Error(found)
	}
	if found := traffic.In([]byte(withoutRoutes(w.withoutIDs(t, traffic)))); found != nil {
		t.Errorf("the spans and metrics have %d texts that were sent or answered:\n%s", len(found), strings.Join(found[:min(len(found), 5)], "\n"))
	}

	// A search that finds nothing says something only if there was something to find.
	attempts, failed := 0, 0
	for _, span := range w.spans.Ended() {
		if span.SpanKind() == trace.SpanKindClient {
			attempts++
		}
		if spanOf(span).failed {
			failed++
		}
	}
	if got, want := traffic.Keys(), target.AllKeys(); !slices.Equal(got, want) {
		t.Errorf("the keys that were sent are %q, want %q", got, want)
	}
	if n := traffic.Requests(); n < 500 || attempts != n || failed < 200 || traffic.Texts() < 1000 {
		t.Errorf("%d spans of %d requests, %d failures and %d texts were seen", attempts, n, failed, traffic.Texts())
	}
}

// withoutIDs is all that is measured but for the ids.
func (w *witness) withoutIDs(t *testing.T, traffic *conformance.Traffic) string {
	t.Helper()
	var lines []string
	for _, line := range w.measurements(t) {
		lines = append(lines, knownStatus.ReplaceAllString(line, ""))
	}
	for _, ended := range w.spans.Ended() {
		span := spanOf(ended)
		for key, names := range ids {
			if value := span.attributes[key]; traffic.Said(value, names...) {
				delete(span.attributes, key)
			}
		}
		if address, query, _ := strings.Cut(span.attributes["url.full"], "?"); !strings.Contains(address, "@") {
			span.attributes["url.full"] = query
		}
		lines = append(lines, fmt.Sprint(span.name, span.description, span.attributes, ended.Events(), ended.Links(), ended.Status()))
	}
	return strings.Join(lines, "\n")
}

// knownStatus is the one attribute of metrics that has a text of the traffic.
var knownStatus = regexp.MustCompile(`kneo\.run\.status=[a-z_]+`)

// withoutRoutes cuts the paths of the contract out of a text: a word of theirs may be anybody's.
func withoutRoutes(text string) string {
	routes := map[string]bool{}
	for _, op := range gen.Operations {
		routes[op.Path] = true
	}
	var pairs []string
	for _, route := range slices.SortedFunc(maps.Keys(routes), func(a, b string) int { return cmp.Compare(len(b), len(a)) }) { // before those that they begin with
		pairs = append(pairs, route, "")
	}
	return strings.NewReplacer(pairs...).Replace(text)
}
