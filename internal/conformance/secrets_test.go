package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/kneo-agent/kneo-client-go/gen"
	"github.com/kneo-agent/kneo-client-go/kneo"
)

// gossip is what the clients of a target tell of their traffic: all that they log, at debug level, and all errors of their calls, attempts
// and waits, printed in the usual ways.
type gossip struct {
	traffic Traffic

	mu     sync.Mutex
	log    bytes.Buffer
	errors bytes.Buffer
	failed int
}

// listen has the clients of a target send through a transport, and listens to what they tell.
func listen(target *Target, transport http.RoundTripper) *gossip {
	g := new(gossip)
	client, opts := target.Client, []kneo.Option{
		kneo.WithHTTPClient(&http.Client{Transport: g.traffic.Watch(transport)}),
		kneo.WithLogger(slog.New(slog.NewJSONHandler(writer(g.write), &slog.HandlerOptions{Level: slog.LevelDebug}))),
		kneo.WithHooks(kneo.Hooks{
			Call: func(context.Context, kneo.CallStart) (context.Context, func(kneo.CallEnd)) {
				return nil, func(end kneo.CallEnd) { g.print(end.Err) }
			},
			Attempt: func(context.Context, kneo.AttemptStart) (context.Context, func(kneo.AttemptEnd)) {
				return nil, func(end kneo.AttemptEnd) { g.print(end.Err) }
			},
			Wait: func(context.Context, kneo.WaitStart) (context.Context, func(kneo.WaitEnd)) {
				return nil, func(end kneo.WaitEnd) { g.print(end.Err) }
			},
		}),
	}
	target.Client = func(more ...kneo.Option) *kneo.Client { return client(slices.Concat(opts, more)...) }
	return g
}

// writer is a function for a writer.
type writer func([]byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

func (g *gossip) write(record []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.log.Write(record)
}

func (g *gossip) print(err error) {
	if err == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.failed++
	fmt.Fprintf(&g.errors, "%v\n%+v\n%#v\n", err, err, err)
	for _, handler := range []slog.Handler{slog.NewTextHandler(&g.errors, nil), slog.NewJSONHandler(&g.errors, nil)} {
		slog.New(handler).Error("it failed", "error", err)
	}
}

// check searches all that was told when the cases are over: for keys everywhere, and in the log for whatever was sent or answered.
func (g *gossip) check(t *testing.T, target *Target) {
	t.Helper()
	log, errors := g.log.String(), g.errors.String()
	for where, told := range map[string]string{"log": log, "text of an error": errors} {
		for _, found := range target.SecretsIn(told) {
			t.Errorf("in the %s: %s", where, found)
		}
	}
	if found := g.traffic.In(g.withoutAllowed(t)); found != nil {
		t.Errorf("the log has %d texts that were sent or answered:\n%s", len(found), strings.Join(found[:min(len(found), 5)], "\n"))
	}

	// A search that finds nothing says something only if there was something to find.
	if strings.Contains(flag.Lookup("test.run").Value.String(), "/") {
		return // in a few cases there is not
	}
	if got, want := g.traffic.Keys(), target.AllKeys(); !slices.Equal(got, want) {
		t.Errorf("the keys that were sent are %q, want %q", got, want)
	}
	attempts, calls := strings.Count(log, `"msg":"kneo: attempt"`), strings.Count(log, `"msg":"kneo: call"`)
	if n := g.traffic.Requests(); n < 500 || attempts != n || calls < n/2 || !strings.Contains(log, `"msg":"kneo: wait"`) {
		t.Errorf("%d attempts and %d calls were logged of %d requests", attempts, calls, n)
	}
	if texts := g.traffic.Texts(); g.failed < 200 || texts < 1000 {
		t.Errorf("%d errors and %d texts were seen", g.failed, texts)
	}
}

// withoutAllowed is the log without what it may have of the traffic: request ids, routes, the platform's codes, and some
// headers of answers.
func (g *gossip) withoutAllowed(t *testing.T) []byte {
	t.Helper()
	var rest bytes.Buffer
	records := json.NewDecoder(&g.log)
	for {
		var record map[string]any
		if err := records.Decode(&record); err == io.EOF {
			return rest.Bytes()
		} else if err != nil {
			t.Fatal(err)
		}
		status, _ := record["status"].(float64)
		for name, allows := range map[string]func(string) bool{
			"request_id": func(id string) bool { return id == "" || g.traffic.Said(id, "X-Request-Id") },
			"route":      isRoute,
			"error": func(why string) bool {
				return g.traffic.Said(why, "error") || why == http.StatusText(int(status)) || unsupported.MatchString(why)
			},
		} {
			if value, ok := record[name].(string); ok && allows(value) {
				delete(record, name)
			}
		}
		if header, ok := record["header"].(map[string]any); ok {
			for _, name := range []string{"Content-Type", "Content-Length", "Date", "Retry-After", "Server", "Via"} {
				if value, _ := header[name].(string); g.traffic.Said(value, name) {
					delete(header, name)
				}
			}
		}
		if err := json.NewEncoder(&rest).Encode(record); err != nil {
			t.Fatal(err)
		}
	}
}

// unsupported is why a call was not sent to an old server, in names of the contract.
var unsupported = regexp.MustCompile(`^the (operation|(header|field|parameter|filter) [\w-]+) needs kneo-serv [0-9.]+$`)

func isRoute(path string) bool {
	return slices.ContainsFunc(gen.Operations, func(op gen.Operation) bool { return op.Path == path })
}

// newTransport returns a transport that the clients of a target share.
func newTransport(t *testing.T) *http.Transport {
	transport := kneo.NewTransport()
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}
