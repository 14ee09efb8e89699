package kneootel

import (
	"cmp"
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/kneo-agent/kneo-client-go/kneo"
)

// otherOperation stands for the operation of calls whose path the contract does not have, in the name of their span.
const otherOperation = "Request"

// call makes the span of a call and measures it.
//
// The span is INTERNAL: by the conventions each attempt is a CLIENT span of its own, and there is to be no CLIENT span around those.
func (t *telemetry) call(ctx context.Context, start kneo.CallStart) (context.Context, func(kneo.CallEnd)) {
	begun := time.Now()
	common := t.spansOfCalls.get(start.Operation, beginningOfCall)
	ctx, span := t.tracer.Start(ctx, common.name, internal, common.attributes)
	recording, measuring := span.IsRecording(), t.callDuration.Enabled(ctx)
	if recording {
		span.SetAttributes(pathAttributes(start)...)
	}
	if !recording && !measuring {
		return ctx, nil
	}
	return ctx, func(end kneo.CallEnd) {
		failure := errorType(end.Err)
		if measuring {
			t.callDuration.Record(ctx, time.Since(begun).Seconds(), t.calls.get(callKey{start.Operation, failure}, measured))
		}
		if recording {
			span.SetAttributes(callAttributes(end)...)
			setFailure(span, failure, end.Err)
			span.End()
		}
	}
}

var internal = trace.WithSpanKind(trace.SpanKindInternal)

func beginningOfCall(operation string) beginning {
	return beginning{"kneo." + cmp.Or(operation, otherOperation), trace.WithAttributes(operationAttributes(operation)...)}
}

func operationAttributes(operation string) []attribute.KeyValue {
	if operation == "" {
		return nil
	}
	return []attribute.KeyValue{operationKey.String(operation)}
}

// callAttributes are what is known of a call when it has ended.
func callAttributes(end kneo.CallEnd) []attribute.KeyValue {
	attrs := append(answerAttributes(end.Answer), attemptsKey.Int(end.Attempts))
	if end.RequestID != "" {
		attrs = append(attrs, requestIDKey.String(clean(end.RequestID, maxValue)))
	}
	if end.StatusCode != 0 {
		attrs = append(attrs, semconv.HTTPResponseStatusCode(end.StatusCode))
	}
	if answer, ok := as[*kneo.Error](end.Err); ok && answer.Code != "" {
		attrs = append(attrs, errorCodeKey.String(clean(string(answer.Code), maxValue)))
	}
	return attrs
}

// setFailure marks a span as one of something that failed. A run that failed is no failure of the call that tells it.
func setFailure(span trace.Span, failure string, err error) {
	if failure == "" {
		return
	}
	span.SetAttributes(semconv.ErrorTypeKey.String(failure))
	span.SetStatus(codes.Error, description(err))
}

// callKey is the attributes of the measurements of a call.
type callKey struct{ operation, failure string }

func (k callKey) attributes() []attribute.KeyValue {
	attrs := operationAttributes(k.operation)
	if k.failure != "" {
		attrs = append(attrs, semconv.ErrorTypeKey.String(k.failure))
	}
	return attrs
}
