package faulttest

import (
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
)

// Proxy listens on loopback, passes requests on to a platform, and does to them what its effect says. It counts what arrives.
type Proxy struct {
	URL string

	server *httptest.Server
	mu     sync.Mutex
	keys   map[string]int
	conns  int
}

// NewProxy starts a proxy before the platform at the address target. It ends with the test.
func NewProxy(t testing.TB, target string, effect kneotest.Effect) *Proxy {
	t.Helper()
	to, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	onward := &http.Transport{MaxIdleConnsPerHost: 256, IdleConnTimeout: 2 * time.Second}
	t.Cleanup(onward.CloseIdleConnections)
	return NewServer(t, effect(&httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(to) },
		Transport: onward,
		ErrorLog:  log.New(io.Discard, "", 0),
		// A platform that cannot be reached is a connection that ends, as it would be without a proxy.
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}))
}

// NewServer starts a server that has no platform behind it: the handler is all there is. It closes idle connections after 5 seconds, as
// the platform's does.
func NewServer(t testing.TB, handler http.Handler) *Proxy {
	t.Helper()
	p := &Proxy{keys: map[string]int{}}
	p.server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.keys[KeyOf(r)]++
		p.mu.Unlock()
		handler.ServeHTTP(w, r)
	}))
	p.server.Config.IdleTimeout = 5 * time.Second
	p.server.Config.ErrorLog = log.New(io.Discard, "", 0)
	p.server.Config.ConnState = p.countConnections
	p.server.Start()
	p.URL = p.server.URL
	t.Cleanup(func() {
		p.server.CloseClientConnections() // or Close would wait for the calls that hang
		p.server.Close()
	})
	return p
}

// Requests returns how many requests have arrived.
func (p *Proxy) Requests() int {
	sum := 0
	for _, n := range p.PerKey() {
		sum += n
	}
	return sum
}

// PerKey returns how many requests have arrived of each call; see [KeyOf].
func (p *Proxy) PerKey() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.keys)
}

// Connections returns how many connections have been made.
func (p *Proxy) Connections() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.conns
}

func (p *Proxy) countConnections(_ net.Conn, state http.ConnState) {
	if state == http.StateNew {
		p.mu.Lock()
		p.conns++
		p.mu.Unlock()
	}
}
