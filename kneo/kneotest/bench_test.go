package kneotest_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

// BenchmarkNewServer is how long a test waits for its platform.
func BenchmarkNewServer(b *testing.B) {
	for b.Loop() {
		kneotest.NewServer().Close()
	}
}

// BenchmarkGetRun compares the platform with a handler that only writes the same answer, over the same sockets.
func BenchmarkGetRun(b *testing.B) {
	srv := kneotest.NewServer(kneotest.WithCleanup(b))
	id := srv.AddRuns(kneotest.PresetRun{Input: "in", Output: "out"})[0]
	request := func(url string) *http.Request {
		req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, url+"/v1/runs/"+id, nil)
		if err != nil {
			b.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+srv.APIKey)
		return req
	}
	body := exchange(b, request(srv.URL))
	bare := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(body)
	}))
	defer bare.Close()
	for _, server := range []struct{ name, url string }{{"bare", bare.URL}, {"kneotest", srv.URL}} {
		b.Run(server.name, func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					exchange(b, request(server.url))
				}
			})
		})
	}
}

func exchange(tb testing.TB, req *http.Request) []byte {
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		tb.Error(err)
		return nil
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		tb.Error(resp.Status, err)
	}
	return body
}

// BenchmarkCreateRun is a run of two steps, made and gone through.
func BenchmarkCreateRun(b *testing.B) {
	srv := kneotest.NewServer(kneotest.WithCleanup(b), kneotest.WithoutSockets(), kneotest.WithScript(func(kneo.RunCreateRequest) *kneotest.Script {
		return &kneotest.Script{Steps: []kneotest.ScriptStep{{}, {}}}
	}))
	c := srv.Client()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Platform.Runs.Create(b.Context(), kneo.RunCreateRequest{Input: "in"}); err != nil {
			b.Fatal(err)
		}
	}
}
