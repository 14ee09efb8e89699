package kneootel

import (
	"net/url"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/kneo-agent/kneo-client-go/kneo"
)

// The attributes that no convention has. The key under which a POST can be repeated, [kneo.CallEnd.IdempotencyKey], is none of them: the
// platform answers whoever knows it with the run that it made, and programs make it of what they know, such as the number of an order. The request
// id finds a call just as well.
const (
	operationKey      = attribute.Key("kneo.operation")
	attemptsKey       = attribute.Key("kneo.call.attempts")
	requestIDKey      = attribute.Key("kneo.request.id")
	errorCodeKey      = attribute.Key("kneo.error.code")
	runIDKey          = attribute.Key("kneo.run.id")
	runStatusKey      = attribute.Key("kneo.run.status")
	continuationIDKey = attribute.Key("kneo.continuation.id")
	waitMethodKey     = attribute.Key("kneo.wait.method")
	waitRunsKey       = attribute.Key("kneo.wait.runs")
	waitRunIDsKey     = attribute.Key("kneo.wait.run.ids")
	waitLooksKey      = attribute.Key("kneo.wait.looks")
	waitEndedKey      = attribute.Key("kneo.wait.ended")
)

const (
	// maxValue is how much of a text that somebody else made goes into an attribute, in bytes. Ids of the platform have 36.
	maxValue = 256
	// maxURL is how much of an address does.
	maxURL = 1024
	// maxDescription is how much of an error's text goes into the status of a span.
	maxDescription = 1024
)

// clean makes a text fit for an attribute: short, and valid UTF-8, since OTLP refuses a whole batch for one text that is not.
func clean(text string, limit int) string {
	return strings.ToValidUTF8(text[:min(len(text), limit)], "\uFFFD")
}

// pathAttributes are the ids that a call has in its path. There are none in a path that was cut since it is very long.
func pathAttributes(start kneo.CallStart) (attrs []attribute.KeyValue) {
	names := strings.Split(start.Route, "/")
	values := strings.Split(start.URL, "/")
	if len(values) < len(names) {
		return nil
	}
	values = values[len(values)-len(names):] // a base path may come before the route
	for i := 1; i < len(names); i++ {        // before the first slash there is nothing of the route
		value, err := url.PathUnescape(values[i])
		switch name := names[i]; {
		case err != nil, name != value && !strings.HasPrefix(name, "{"):
			return nil
		case name == "{run_id}":
			attrs = append(attrs, runIDKey.String(clean(value, maxValue)))
		case name == "{continuation_id}":
			attrs = append(attrs, continuationIDKey.String(clean(value, maxValue)))
		}
	}
	return attrs
}

// answerAttributes are what an answer says of a run.
func answerAttributes(answer any) []attribute.KeyValue {
	switch a := answer.(type) {
	case *kneo.Run:
		return runAttributes(a.RunID, a.Status, a.ContinuationID)
	case *kneo.RunCreated:
		return runAttributes(a.RunID, a.Status, a.ContinuationID)
	case *kneo.HumanResumed:
		return runAttributes(a.RunID, a.Status, "") // the task of the span is the one that was decided
	}
	return nil
}

// runAttributes are those of a run. Once it is not blocked any more its task, of which it keeps the id, is history.
func runAttributes(id string, status kneo.RunStatus, continuation string) []attribute.KeyValue {
	attrs := []attribute.KeyValue{runIDKey.String(clean(id, maxValue)), runStatusKey.String(clean(string(status), maxValue))}
	if continuation != "" && status == kneo.RunBlocked {
		attrs = append(attrs, continuationIDKey.String(clean(continuation, maxValue)))
	}
	return attrs
}
