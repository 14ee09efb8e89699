package main

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/pprof/profile"
)

// TestSubjects has every client make every call, so that what is measured is known to work.
func TestSubjects(t *testing.T) {
	t.Chdir("..") // where the program runs
	s, err := newStub(walkRows, 0)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s)
	defer server.Close()
	transport := newTransport()
	defer transport.CloseIdleConnections()
	for _, name := range names {
		client, err := newSubject(name, server.URL, transport)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, operation := range operations {
			if testing.Short() && operation == "walk" {
				continue
			}
			if err := do(t.Context(), client, operation); err != nil {
				t.Errorf("%s, %s: %v", name, operation, err)
			}
		}
	}
}

// TestStub: a walk by time finds what one by offset finds, beyond the window as well.
func TestStub(t *testing.T) {
	t.Chdir("..")
	s, err := newStub(20, 0)
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[bounds]int{
		{end: 20, limit: 100}: 20, {end: 20, limit: 7}: 7, {begin: 15, end: 20, limit: 7}: 5, {end: 20, offset: 18, limit: 7}: 2, {begin: 3, end: 4, limit: 7}: 1, {begin: 20, end: 20, limit: 7}: 0,
	} {
		if page := string(s.page(at)); strings.Count(page, `"created_at":"2026-01-01T`) != want {
			t.Errorf("%+v: %s", at, page)
		}
	}
}

func TestShares(t *testing.T) {
	stack := func(nanoseconds int64, functions ...string) *profile.Sample {
		sample := &profile.Sample{Value: []int64{1, nanoseconds}}
		for _, name := range functions {
			sample.Location = append(sample.Location, &profile.Location{Line: []profile.Line{{Function: &profile.Function{Name: name}}}})
		}
		return sample
	}
	got := shares(&profile.Profile{Sample: []*profile.Sample{
		stack(60, "runtime.memmove", "github.com/kneo-agent/kneo-client-go/internal/wire.Text", "main.main"),
		stack(30, "syscall.Syscall", "net.(*conn).Read", "net/http.(*persistConn).readLoop"),
		stack(10, "main.main"),
	}})
	want := []share{{"decoding the answer", .6}, {"system calls: reading, writing, waiting for the network", .3}, {"the rest", .1}}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%v, want %v", got, want)
		}
	}
}

func TestSpread(t *testing.T) {
	if got := spread([]float64{3, 1, 2}); got != "2.00 (1.00 to 3.00)" {
		t.Error(got)
	}
	if got := spread([]float64{0.04, 0.02}); got != "0.030 (0.020 to 0.040)" {
		t.Error(got)
	}
}
