package test

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// span is a span as the tests look at it, wherever it comes from.
type span struct {
	id, parent   string // the parent is empty if it is not one of the spans
	name, kind   string
	failed, goes bool // goes on
	description  string
	attributes   map[string]string
}

// varying are the attributes that differ each time, or are the same everywhere; [TestAttributes] has them.
var varying = []string{"kneo.request.id", "server.address", "server.port", "url.full", "url.template", "http.request.method", "network.protocol.version"}

// tree shows spans as a tree, those of one parent in their order here: name, kind unless it is internal, status, attributes.
func tree(spans []span) string {
	children := make(map[string][]span)
	for _, s := range spans {
		children[s.parent] = append(children[s.parent], s)
	}
	var b strings.Builder
	var show func(parent, indent string)
	show = func(parent, indent string) {
		for _, s := range children[parent] {
			fmt.Fprintf(&b, "%s%s\n", indent, s)
			show(s.id, indent+"  ")
		}
	}
	show("", "")
	return b.String()
}

func (s span) String() string {
	parts := []string{s.name}
	if s.kind != "internal" {
		parts = append(parts, strings.ToUpper(s.kind))
	}
	switch {
	case s.goes:
		parts = append(parts, "goes on")
	case s.failed && s.description != "":
		parts = append(parts, "Error("+s.description+")")
	case s.failed:
		parts = append(parts, "Error")
	}
	for _, key := range slices.Sorted(maps.Keys(s.attributes)) {
		if !slices.Contains(varying, key) {
			parts = append(parts, key+"="+s.attributes[key])
		}
	}
	return strings.Join(parts, " ")
}

// spanOf makes a span of one of the SDK's.
func spanOf(s sdktrace.ReadOnlySpan) span {
	out := span{
		id: s.SpanContext().SpanID().String(), name: s.Name(), kind: s.SpanKind().String(), goes: s.EndTime().IsZero(),
		failed: s.Status().Code == codes.Error, description: s.Status().Description, attributes: map[string]string{},
	}
	if parent := s.Parent(); parent.IsValid() && !parent.IsRemote() {
		out.parent = parent.SpanID().String()
	}
	for _, attr := range s.Attributes() {
		out.attributes[string(attr.Key)] = attr.Value.String()
	}
	return out
}

// tree shows the spans so far, in the order in which they began.
func (w *witness) tree() string {
	var spans []span
	for _, s := range w.spans.Started() {
		spans = append(spans, spanOf(s))
	}
	return tree(spans)
}
