package main

import (
	"net/http"
	"sync/atomic"
	"time"
)

// counter counts requests.
type counter struct {
	base  *http.Transport
	total atomic.Int64
}

// newCounter returns a counter whose connections are kept as those of the library's own transport are.
func newCounter() *counter {
	return &counter{base: &http.Transport{MaxIdleConns: 128, MaxIdleConnsPerHost: 128, IdleConnTimeout: 4 * time.Second}}
}

// RoundTrip counts a request and sends it.
func (c *counter) RoundTrip(req *http.Request) (*http.Response, error) {
	c.total.Add(1)
	return c.base.RoundTrip(req)
}
