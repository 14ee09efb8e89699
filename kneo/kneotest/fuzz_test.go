package kneotest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/kneo-agent/kneo-client-go/internal/scenario"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

// FuzzRequests sends sequences of requests that make sense or do not. Whatever comes, nothing panics, nothing but a continue that cannot be
// is answered with a 500, as by the real server, and every run that was made is there and in the list.
func FuzzRequests(f *testing.F) {
	f.Add(uint64(1), []byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15})
	f.Add(uint64(7), []byte{0, 0, 0, 2, 2, 2, 3, 3, 1, 1, 6, 6, 6, 6})
	f.Add(uint64(37), []byte("blocked and resumed and cancelled"))
	f.Fuzz(func(t *testing.T, seed uint64, script []byte) {
		srv := kneotest.NewServer(kneotest.WithCleanup(t), kneotest.WithoutSockets(), kneotest.WithKey("viewer", "viewer-key", "viewer"))
		p := &fuzzing{t: t, srv: srv, seed: seed}
		for i, op := range script[:min(len(script), 40)] {
			p.step(i, op)
		}
		for _, id := range p.runs {
			if status, _ := p.send(http.MethodGet, "/v1/runs/"+id, srv.APIKey, ""); status != http.StatusOK {
				t.Errorf("run %s is lost: %d", id, status)
			}
		}
		var list struct {
			Total int `json:"total"`
		}
		if _, body := p.send(http.MethodGet, "/v1/runs?limit=1", srv.APIKey, ""); json.Unmarshal(body, &list) != nil || list.Total < len(p.runs) {
			t.Errorf("%d runs in the list, %d were made", list.Total, len(p.runs))
		}
	})
}

type fuzzing struct {
	t    *testing.T
	srv  *kneotest.Server
	seed uint64
	runs []string
}

// step does one thing; which, depends on the byte, and to what, on where it stands.
func (p *fuzzing) step(i int, op byte) {
	run := "none"
	if len(p.runs) > 0 {
		run = p.runs[i%len(p.runs)]
	}
	s := scenario.Random(p.seed + uint64(i))
	create, _ := json.Marshal(s.Create)
	spec, _ := json.Marshal(map[string]any{"spec": s.Create["spec"]})
	task := p.task(run)
	views := []string{"", "/trace", "/checkpoints", "/checkpoints/diff", "/replay", "/recovery", "/graph", "/policy-report"}
	decisions := []string{"approved", "rejected", "edited", "selected", "provided", "perhaps"}
	key := p.srv.APIKey
	switch op % 16 {
	default:
		p.create("/v1/runs", string(create))
	case 1:
		p.send(http.MethodPost, "/v1/runs/"+run+"/cancel", key, "")
	case 2:
		body := fmt.Sprintf(`{"request_id":"q","decision":%q,"content":%q}`, decisions[i%len(decisions)], s.Create["input"])
		p.send(http.MethodPost, "/v1/human-tasks/"+task+"/resume", key, body)
	case 3:
		p.send(http.MethodPost, "/v1/runs/"+run+"/continue", key, "")
	case 4:
		p.send(http.MethodGet, "/v1/runs/"+run+views[i%len(views)], key, "")
	case 5:
		p.send(http.MethodPost, "/v1/runs", "wrong-key", string(create))
	case 6:
		p.create("/v1/runs", string(create[:int(op)%len(create)]))
	case 7:
		p.send(http.MethodGet, "/v1/runs?limit="+strings.Repeat("9", i)+"&sort_by="+string(rune(op)), key, "")
	case 8:
		p.send(http.MethodPost, "/v1/runs/"+run+"/cancel", "viewer-key", "")
	case 9:
		operation := []string{"validate", "compile", "explain", "graph", "policy-report"}[i%5]
		p.send(http.MethodPost, "/v1/specs/"+operation, key, string(spec))
	case 10:
		p.create("/v1/specs/run", string(create))
	case 11:
		p.srv.PruneExpiredHumanTasks()
		p.srv.PruneTimedOutRuns()
	}
}

// create makes a run, and remembers it if there is one.
func (p *fuzzing) create(path, body string) {
	var made struct {
		ID string `json:"run_id"`
	}
	if status, answer := p.send(http.MethodPost, path, p.srv.APIKey, body); status/100 == 2 && json.Unmarshal(answer, &made) == nil {
		p.runs = append(p.runs, made.ID)
	}
}

// task is what a run waits for, or has waited for.
func (p *fuzzing) task(run string) string {
	var r struct {
		Task string `json:"continuation_id"`
	}
	_, body := p.send(http.MethodGet, "/v1/runs/"+run, p.srv.APIKey, "")
	if _ = json.Unmarshal(body, &r); r.Task == "" {
		return "none"
	}
	return r.Task
}

func (p *fuzzing) send(method, path, key, body string) (int, []byte) {
	req, err := http.NewRequestWithContext(p.t.Context(), method, p.srv.URL+strings.ReplaceAll(path, " ", "%20"), bytes.NewReader([]byte(body)))
	if err != nil {
		return 0, nil // no request that could be sent
	}
	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("Content-Type", "application/json")
	resp, err := p.srv.Transport().RoundTrip(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	if resp.StatusCode >= http.StatusInternalServerError && !strings.HasSuffix(path, "/continue") {
		p.t.Errorf("%s %s: %d %s\n%s", method, path, resp.StatusCode, answer, body)
	}
	return resp.StatusCode, answer
}
