package kneootel

import (
	"context"
	"os"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/kneo-agent/kneo-client-go/kneo"
)

// attempt makes the span of an attempt, sends its context along, and measures it. The span is that of an HTTP client by the conventions; it
// ends when the answer has been read.
func (t *telemetry) attempt(ctx context.Context, start kneo.AttemptStart) (context.Context, func(kneo.AttemptEnd)) {
	begun := time.Now()
	request := requestKey{origin: originOf(start.URL), method: t.method(start.Method), route: start.Route}
	common := t.spansOfAttempts.get(request, beginningOfAttempt)
	ctx, span := t.tracer.Start(ctx, common.name, client, common.attributes, trace.WithAttributes(attemptAttributes(request, start)...))
	t.propagator.Inject(ctx, propagation.HeaderCarrier(start.Header))
	if start.Attempt > 1 && t.retries.Enabled(ctx) {
		t.retries.Add(ctx, 1, t.calls.get(callKey{operation: start.Operation}, measured))
	}
	recording, measuring := span.IsRecording(), t.requestDuration.Enabled(ctx)
	if !recording && !measuring {
		return ctx, nil
	}
	return ctx, func(end kneo.AttemptEnd) {
		request.status, request.version, request.failure = end.StatusCode, protocolVersion(end.Proto), attemptFailure(end)
		if measuring {
			t.requestDuration.Record(ctx, time.Since(begun).Seconds(), t.requests.get(request, measured))
		}
		if recording {
			span.SetAttributes(request.answerAttributes()...)
			setFailure(span, request.failure, end.Err)
			span.End()
		}
	}
}

var client = trace.WithSpanKind(trace.SpanKindClient)

func beginningOfAttempt(request requestKey) beginning {
	return beginning{request.spanName(), trace.WithAttributes(request.startAttributes()...)}
}

// attemptAttributes are those of one attempt alone that are known before it. They are there from the start: samplers see no others.
func attemptAttributes(request requestKey, start kneo.AttemptStart) []attribute.KeyValue {
	attrs := []attribute.KeyValue{semconv.URLFull(clean(start.URL, maxURL))}
	if start.Attempt > 1 {
		attrs = append(attrs, semconv.HTTPRequestResendCount(start.Attempt-1))
	}
	if request.method == otherMethod {
		attrs = append(attrs, semconv.HTTPRequestMethodOriginal(clean(start.Method, maxValue)))
	}
	return attrs
}

// attemptFailure is the error.type of an attempt, empty if it is none. A redirect is an answer, which it is for the call to refuse.
func attemptFailure(end kneo.AttemptEnd) string {
	if end.StatusCode >= 400 {
		return strconv.Itoa(end.StatusCode)
	}
	return errorType(end.Err)
}

// requestKey is the attributes of the measurement of an attempt, which its span has too.
type requestKey struct {
	origin
	method, route    string
	status           int // 0 if there was no answer
	version, failure string
}

func (k requestKey) spanName() string {
	method := k.method
	if method == otherMethod {
		method = "HTTP"
	}
	if k.route == "" {
		return method
	}
	return method + " " + k.route
}

func (k requestKey) attributes() []attribute.KeyValue {
	attrs := append(k.startAttributes(), k.answerAttributes()...)
	if k.failure != "" {
		attrs = append(attrs, semconv.ErrorTypeKey.String(k.failure))
	}
	return attrs
}

func (k requestKey) startAttributes() []attribute.KeyValue {
	attrs := []attribute.KeyValue{semconv.HTTPRequestMethodKey.String(k.method), semconv.ServerAddress(k.address), semconv.ServerPort(k.port)}
	if k.route != "" {
		attrs = append(attrs, semconv.URLTemplate(k.route))
	}
	return attrs
}

func (k requestKey) answerAttributes() (attrs []attribute.KeyValue) {
	if k.status != 0 {
		attrs = append(attrs, semconv.HTTPResponseStatusCode(k.status))
	}
	if k.version != "" {
		attrs = append(attrs, semconv.NetworkProtocolVersion(k.version))
	}
	return attrs
}

// origin is where a platform listens.
type origin struct {
	address string
	port    int
}

// originOf finds the origin in an address such as https://kneo.example.com/v1/runs, without the allocations of net/url: it is asked for
// with every attempt.
func originOf(address string) origin {
	scheme, rest, _ := strings.Cut(address, "://")
	host, _, _ := strings.Cut(rest, "/")
	o := origin{address: host, port: 443}
	if scheme == "http" {
		o.port = 80
	}
	if colon := strings.LastIndexByte(host, ':'); colon > strings.LastIndexByte(host, ']') {
		if port, err := strconv.Atoi(host[colon+1:]); err == nil {
			o.port = port
		}
		o.address = host[:colon]
	}
	o.address = strings.TrimSuffix(strings.TrimPrefix(o.address, "["), "]")
	return o
}

// protocolVersion is the version of HTTP as the conventions write it.
func protocolVersion(proto string) string {
	switch proto {
	case "HTTP/2.0":
		return "2"
	case "HTTP/3.0":
		return "3"
	}
	version, _ := strings.CutPrefix(proto, "HTTP/")
	return version
}

const (
	// otherMethod stands for the methods that are not known.
	otherMethod = "_OTHER"
	// knownMethodsVariable names the known methods, separated by commas, in the place of the usual ones.
	knownMethodsVariable = "OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS"
	usualMethods         = "CONNECT,DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT,TRACE"
)

func knownMethods() map[string]bool {
	methods, ok := os.LookupEnv(knownMethodsVariable)
	if !ok {
		methods = usualMethods
	}
	known := make(map[string]bool)
	for method := range strings.SplitSeq(methods, ",") {
		known[strings.TrimSpace(method)] = true
	}
	return known
}

// method is the method of a request as attributes have it: any text can be a method.
func (t *telemetry) method(method string) string {
	if t.knownMethods[method] {
		return method
	}
	return otherMethod
}
