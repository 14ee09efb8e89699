package kneo

import (
	"crypto/tls"
	"net"
	"net/http"
	"time"
)

const (
	// dialTimeout limits the making of a connection. It is well below connectPatience, so that a host which swallows packets
	// is tried more than once.
	dialTimeout = 4 * time.Second

	// idleTimeout is below the 5 seconds after which the platform's HTTP server closes an idle connection: a request that is
	// sent on a connection just being closed is lost, and nobody can tell whether it arrived.
	idleTimeout = 4 * time.Second

	// maxIdleConns lets a program with many goroutines keep its connections from one call to the next.
	maxIdleConns = 128

	maxHeaderBytes = 1 << 20
)

// newTransport returns the transport of a client whose user did not bring one.
func newTransport() *http.Transport {
	dialer := &net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            dialer.DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    dialTimeout,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           maxIdleConns,
		MaxIdleConnsPerHost:    maxIdleConns,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: maxHeaderBytes,
	}
}
