//go:build reliability

package reliability

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kneo-agent/kneo-client-go/internal/faulttest"
	"github.com/kneo-agent/kneo-client-go/internal/reliability/task"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

// toxic is what Toxiproxy does to a part of the connections.
type toxic struct {
	Type       string         `json:"type"`
	Stream     string         `json:"stream"` // downstream is toward the client
	Toxicity   float64        `json:"toxicity"`
	Attributes map[string]any `json:"attributes"`
}

// TestBelowHTTP has what a network does of which HTTP knows nothing: it is slow, narrow, cuts everything small, breaks off in the middle of
// a line, resets, swallows, and does not close. Each call is to return a run, and there is to be one of each.
func TestBelowHTTP(t *testing.T) {
	control := startToxiproxy(t)
	const calls = 200
	for _, c := range []struct {
		name   string
		toxic  toxic
		calls  task.Task
		breaks bool // calls have to be repeated
	}{
		{"slow-network", toxic{"latency", "downstream", 1, map[string]any{"latency": 100, "jitter": 80}}, task.Task{}, false},
		{"narrow-network", toxic{"bandwidth", "downstream", 1, map[string]any{"rate": 20}}, task.Task{}, false},
		{"small-packets", toxic{"slicer", "downstream", 1, map[string]any{"average_size": 10, "size_variation": 9, "delay": 50}}, task.Task{}, false},
		{"cut-connections", toxic{"limit_data", "downstream", 0.3, map[string]any{"bytes": 700}}, task.Task{}, true},
		{"reset-connections", toxic{"reset_peer", "downstream", 0.3, map[string]any{"timeout": 20}}, task.Task{Pause: 0.02}, true},
		{"swallowing-network", toxic{"timeout", "downstream", 0.3, map[string]any{"timeout": 0}}, task.Task{Timeout: 0.5}, true},
		{"unclosed-connections", toxic{"slow_close", "downstream", 1, map[string]any{"delay": 2000}}, task.Task{}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			compare(t, c.name, func(t *testing.T, s *subject) string {
				platform := kneotest.NewServer(kneotest.WithCleanup(t))
				todo := c.calls
				todo.URL = control.proxy(t, platform.URL, c.toxic)
				todo.APIKey, todo.Ops, todo.Keys, todo.Wide, todo.Deadline = platform.APIKey, []string{"create"}, keys(calls), 32, 60
				h := s.run(t, todo).History
				runs := held(t, platform.Client())
				s.exactly(t, h, runs)
				s.must(t, c.breaks == (h.Attempts() > calls), "%d requests", h.Attempts())
				return fmt.Sprintf("%d of %d ok, %d runs", h.Count(faulttest.OK), len(h), count(runs))
			})
		})
	}
}

// toxiproxy is a running Toxiproxy, by the address of its API.
type toxiproxy string

// startToxiproxy starts one on a free port of loopback. It ends with the test.
func startToxiproxy(t *testing.T) toxiproxy {
	t.Helper()
	binary, err := buildToxiproxy()
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	host, port, _ := net.SplitHostPort(listener.Addr().String())
	_ = listener.Close()
	cmd := exec.CommandContext(t.Context(), binary, "-host", host, "-port", port)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	p := toxiproxy("http://" + net.JoinHostPort(host, port))
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		resp, err := http.Get(string(p) + "/version")
		if err == nil {
			_ = resp.Body.Close()
			return p
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

var buildToxiproxy = sync.OnceValues(func() (string, error) {
	binary := filepath.Join(folder, "toxiproxy")
	cmd := exec.Command("go", "build", "-modfile=tools/toxiproxy/go.mod", "-o", binary, "github.com/Shopify/toxiproxy/v2/cmd/server")
	cmd.Dir = "../.."
	output, err := cmd.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w\n%s", err, output)
	}
	return binary, err
})

// proxy makes a proxy before the platform at an address, with a toxic, and returns its address.
func (p toxiproxy) proxy(t *testing.T, target string, with toxic) (url string) {
	t.Helper()
	var made struct{ Listen string }
	name := strings.ReplaceAll(t.Name(), "/", "-")
	p.post(t, "/proxies", map[string]any{"name": name, "listen": "127.0.0.1:0", "upstream": strings.TrimPrefix(target, "http://"), "enabled": true}, &made)
	p.post(t, "/proxies/"+name+"/toxics", with, nil)
	return "http://" + made.Listen
}

func (p toxiproxy) post(t *testing.T, path string, body, out any) {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Post(string(p)+path, "application/json", bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode >= http.StatusMultipleChoices {
		t.Fatalf("%s: %s, %s, %v", path, resp.Status, answer, err)
	}
	if out != nil {
		if err := json.Unmarshal(answer, out); err != nil {
			t.Fatal(err)
		}
	}
}
