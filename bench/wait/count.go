package main

import (
	"net/http"
	"sync/atomic"

	"github.com/kneo-agent/kneo-client-go/kneo"
)

// counter counts requests.
type counter struct {
	base  *http.Transport
	total atomic.Int64
}

func newCounter() *counter { return &counter{base: kneo.NewTransport()} }

// RoundTrip counts a request and sends it.
func (c *counter) RoundTrip(req *http.Request) (*http.Response, error) {
	c.total.Add(1)
	return c.base.RoundTrip(req)
}
