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

// NewTransport returns a transport with the settings of the client's own, to change and then give to [WithHTTPClient]: for a private CA, a
// client certificate or a proxy. It uses the proxy that the environment names (HTTPS_PROXY, NO_PROXY), keeps up to 128 idle connections to
// the platform, and closes them after 4 seconds, before the platform does. Close its idle connections when you are done with it: the client
// does so only for its own transport.
func NewTransport() *http.Transport {
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
