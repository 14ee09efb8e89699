package kneootel

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/kneo-agent/kneo-client-go/kneo"
)

// maxRunIDs is how many of the runs that are waited for the span of a wait names.
const maxRunIDs = 10

// wait makes the span of a wait or of a tail and measures it.
func (t *telemetry) wait(ctx context.Context, start kneo.WaitStart) (context.Context, func(kneo.WaitEnd)) {
	begun := time.Now()
	ctx, span := t.tracer.Start(ctx, "kneo."+start.Method, internal, trace.WithAttributes(waitMethodKey.String(start.Method), waitRunsKey.Int(start.Runs)))
	recording, measuring, counting := span.IsRecording(), t.waitDuration.Enabled(ctx), t.activeWaits.Enabled(ctx)
	if recording {
		span.SetAttributes(waitedFor(start.RunIDs)...)
	}
	if counting {
		t.activeWaits.Add(ctx, 1, t.waits.get(waitKey{method: start.Method}, measured))
	}
	if !recording && !measuring && !counting {
		return ctx, nil
	}
	return ctx, func(end kneo.WaitEnd) {
		failure := errorType(end.Err)
		if counting {
			t.activeWaits.Add(ctx, -1, t.waits.get(waitKey{method: start.Method}, measured))
		}
		if measuring {
			t.waitDuration.Record(ctx, time.Since(begun).Seconds(), t.waits.get(waitKey{start.Method, knownStatus(end.Run), failure}, measured))
		}
		if recording {
			span.SetAttributes(waitAttributes(end)...)
			setFailure(span, failure, end.Err)
			span.End()
		}
	}
}

// waitedFor names the runs of a wait, the first of them if they are many.
func waitedFor(ids []string) []attribute.KeyValue {
	switch len(ids) {
	case 0: // CreateAndWait, whose run has no id yet
		return nil
	case 1:
		return []attribute.KeyValue{runIDKey.String(clean(ids[0], maxValue))}
	}
	named := make([]string, 0, maxRunIDs)
	for _, id := range ids[:min(len(ids), maxRunIDs)] {
		named = append(named, clean(id, maxValue))
	}
	return []attribute.KeyValue{waitRunIDsKey.StringSlice(named)}
}

// waitAttributes are what is known of a wait when it has ended.
func waitAttributes(end kneo.WaitEnd) []attribute.KeyValue {
	attrs := []attribute.KeyValue{waitLooksKey.Int(end.Looks), waitEndedKey.Int(end.Ended)}
	switch {
	case end.Run != nil:
		attrs = append(attrs, runAttributes(end.Run.RunID, end.Run.Status, end.Run.ContinuationID)...)
	case end.RunID != "":
		attrs = append(attrs, runIDKey.String(clean(end.RunID, maxValue)))
	}
	return attrs
}

// knownStatus is the status of a run as measurements have it, empty if there is no run: a newer platform may have other statuses.
func knownStatus(run *kneo.Run) string {
	switch {
	case run == nil:
		return ""
	case run.Status.Terminal() || run.Status == kneo.RunRunning || run.Status == kneo.RunBlocked:
		return string(run.Status)
	}
	return otherStatus
}

// otherStatus stands for the statuses that are not known.
const otherStatus = "_OTHER"

// waitKey is the attributes of the measurements of a wait.
type waitKey struct{ method, status, failure string }

func (k waitKey) attributes() []attribute.KeyValue {
	attrs := []attribute.KeyValue{waitMethodKey.String(k.method)}
	if k.status != "" {
		attrs = append(attrs, runStatusKey.String(k.status))
	}
	if k.failure != "" {
		attrs = append(attrs, semconv.ErrorTypeKey.String(k.failure))
	}
	return attrs
}
