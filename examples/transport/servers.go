package main

import (
	"context"
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"time"

	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
	"github.com/kneo-agent/kneo-client-go/profiles"
)

// tlsPlatform is a platform behind TLS, with a certificate that no system trusts.
type tlsPlatform struct {
	profile profiles.Profile
	caPEM   []byte // the authority that signed its certificate, here the certificate itself

	platform *kneotest.Server
	front    *httptest.Server
}

func startTLS() *tlsPlatform {
	srv := kneotest.NewServer(kneotest.WithoutSockets())
	front := httptest.NewUnstartedServer(srv)
	front.Config.ErrorLog = log.New(io.Discard, "", 0) // it would log that a client does not trust it
	front.StartTLS()
	return &tlsPlatform{
		profile:  profiles.Profile{Name: "tls", URL: front.URL, APIKey: profiles.NewSecret(srv.APIKey)},
		caPEM:    pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: front.Certificate().Raw}),
		platform: srv, front: front,
	}
}

func (p *tlsPlatform) Close() {
	p.front.Close()
	p.platform.Close()
}

// proxy is a proxy for https://, that is, for CONNECT.
type proxy struct {
	url    string
	server *http.Server
	dialer net.Dialer

	mu       sync.Mutex
	requests []string
	tunnels  sync.WaitGroup
}

func startProxy(ctx context.Context) (*proxy, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &proxy{url: "http://" + listener.Addr().String()}
	p.server = &http.Server{Handler: p, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = p.server.Serve(listener) }()
	return p, nil
}

func (p *proxy) Close() {
	_ = p.server.Close()
	p.tunnels.Wait()
}

// asked returns what the proxy has been asked so far.
func (p *proxy) asked() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.requests)
}

// ServeHTTP opens a tunnel.
func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.requests = append(p.requests, r.Method+" "+r.RequestURI)
	p.mu.Unlock()
	if r.Method != http.MethodConnect {
		http.Error(w, "only CONNECT", http.StatusMethodNotAllowed)
		return
	}
	target, err := p.dialer.DialContext(r.Context(), "tcp", r.Host)
	if err != nil {
		http.Error(w, "the host cannot be reached", http.StatusBadGateway)
		return
	}
	client, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		_ = target.Close()
		return
	}
	_, _ = io.WriteString(client, "HTTP/1.1 200 OK\r\n\r\n") // an error will show up below
	pipe := func(to io.Writer, from io.Reader) {             // until either end has gone
		_, _ = io.Copy(to, from)
		_ = client.Close()
		_ = target.Close()
	}
	p.tunnels.Go(func() { pipe(target, buffered) })
	p.tunnels.Go(func() { pipe(client, target) })
}
