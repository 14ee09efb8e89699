package conformance

import (
	"errors"
	"testing"

	"github.com/kneo-agent/kneo-client-go/kneo"
)

// An exchange is a request as an admin makes it, and how it is refused.
type exchange struct {
	method, path string
	body         any

	status int            // 200 if it is not refused
	code   kneo.ErrorCode // empty where the platform gives none
	field  string         // which field is wrong, where the platform says so
	kind   string         // in what way
}

// wrongField is how a request is refused of which a field is wrong.
func wrongField(method, path string, body map[string]any, field, kind string) exchange {
	return exchange{method, path, body, 422, "", field, kind}
}

// wantAll makes requests, one after the other.
func wantAll(t testing.TB, target *Target, exchanges ...exchange) {
	t.Helper()
	c := target.client(t, target.Keys["admin"])
	for _, x := range exchanges {
		_, err := c.Request(t.Context(), x.method, x.path, x.body, nil)
		x.check(t, err)
	}
}

func (x exchange) check(t testing.TB, err error) {
	t.Helper()
	if x.status == 200 {
		if err != nil {
			t.Errorf("%s %s: %.1000v", x.method, x.path, err)
		}
		return
	}
	var e *kneo.Error
	if !errors.As(err, &e) || e.StatusCode != x.status || e.Code != codeHere(t, x.code) {
		t.Errorf("%s %s %.200v: %.1000v, want %d %s", x.method, x.path, x.body, err, x.status, x.code)
		return
	}
	if x.field == "" {
		return
	}
	for _, f := range e.Details.Fields {
		if f.Path == x.field && f.Type == x.kind {
			return
		}
	}
	t.Errorf("%s %s: %.1000v, want %s of %s", x.method, x.path, err, x.kind, x.field)
}

// create is the body of a create, with more in it.
func create(name string, value any) map[string]any {
	body := map[string]any{"input": "x", "spec": agentSpec}
	body[name] = value
	return body
}
