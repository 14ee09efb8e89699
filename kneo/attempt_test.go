package kneo

import (
	"errors"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
)

// roundTrips is a transport of the user's.
type roundTrips func(*http.Request) (*http.Response, error)

func (f roundTrips) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// TestTransportThatMakesDo: http.Client takes an answer without a body, and reports a transport that brings nothing at all. A client does, too.
func TestTransportThatMakesDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := script(func(req *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 204, Request: req}, nil
		})
		if info, err := p.client(t).Request(t.Context(), "DELETE", "/v1/things/1", nil, nil); err != nil || info.StatusCode != 204 || len(info.Body) != 0 {
			t.Errorf("%+v, %v", info, err)
		}
		var protocol *ProtocolError
		p = script(func(req *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Request: req}, nil
		})
		if err := get(p.client(t)); !errors.As(err, &protocol) || !strings.Contains(err.Error(), "empty") {
			t.Errorf("%v", err)
		}
		p = script(func(*http.Request) (*http.Response, error) { return nil, nil }) //nolint:nilnil // that is the point
		if err := get(p.client(t)); !errors.Is(err, errNoAnswer) {
			t.Errorf("%v", err)
		}
	})
}

// TestLargestLimit: whatever the limit, and whatever an answer says of its length, memory is taken for what comes.
func TestLargestLimit(t *testing.T) {
	for _, limit := range []int64{1, math.MaxInt32, math.MaxInt64 - 1, math.MaxInt64} {
		for _, said := range []int64{-1, 0, int64(len(runBody)), math.MaxInt64} {
			p := script(func(req *http.Request) (*http.Response, error) {
				resp, err := says(200, runBody)(req)
				resp.ContentLength = said
				return resp, err
			})
			err := get(p.client(t, WithMaxResponseBytes(limit)))
			var large *BodyTooLargeError
			if fits := limit >= int64(len(runBody)) && said <= limit; (err == nil) != fits || !fits && !errors.As(err, &large) {
				t.Errorf("limit %d, said to have %d: %v", limit, said, err)
			}
		}
	}
}

// TestTransportThatHedges sends each request twice at once, and takes the answer that comes first: what watches the connections must bear it.
func TestTransportThatHedges(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, runBody)
	}))
	defer server.Close()
	base := new(http.Transport)
	defer base.CloseIdleConnections()
	var others sync.WaitGroup
	defer others.Wait()
	hedge := func(req *http.Request) (*http.Response, error) {
		type result struct {
			resp *http.Response
			err  error
		}
		both := make(chan result, 2)
		for range 2 {
			others.Go(func() {
				resp, err := base.RoundTrip(req)
				both <- result{resp, err}
			})
		}
		first := <-both
		others.Go(func() {
			if second := <-both; second.err == nil {
				_ = second.resp.Body.Close()
			}
		})
		return first.resp, first.err
	}
	c, err := NewClient(WithURL(server.URL), WithAPIKey(testKey), WithHTTPClient(&http.Client{Transport: roundTrips(hedge)}))
	if err != nil {
		t.Fatal(err)
	}
	for range 50 {
		if err := get(c); err != nil {
			t.Fatal(err)
		}
	}
}
