package kneo

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

const proxyPassword = "PROXY-PASSWORD-4711"

// TestProxyEnv (proxy-env): a proxy of the environment gets nothing of calls to this machine, and of https the name of the host.
func TestProxyEnv(t *testing.T) {
	ca := newAuthority(t)
	answer := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(runBody))
	})
	here := serve(t, answer, nil)
	there := serve(t, answer, &tls.Config{Certificates: []tls.Certificate{ca.sign(t, time.Now().Add(time.Hour), "kneo.test")}})
	proxy := newTunnel(t, there.Listener.Addr().String())
	address := "http://user:" + proxyPassword + "@" + proxy.Addr().String()
	roots := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.cert.Raw}))
	output, _ := child(t, "proxy", "HTTP_PROXY="+address, "HTTPS_PROXY="+address, "NO_PROXY=", "TEST_ROOTS="+roots, "TEST_HERE="+here.URL)
	if output != "http: <nil>\nhttps: <nil>\n" {
		t.Errorf("the calls: %s", output)
	}
	_ = proxy.Close()
	proxy.done.Wait()
	seen := proxy.seen.String()
	if here.conns.Load() == 0 || there.conns.Load() != 1 {
		t.Errorf("%d and %d connections", here.conns.Load(), there.conns.Load())
	}
	login := base64.StdEncoding.EncodeToString([]byte("user:" + proxyPassword))
	if strings.Count(seen, "HTTP/1.1\r\n") != 1 || !strings.HasPrefix(seen, "CONNECT kneo.test:443 HTTP/1.1\r\n") || !strings.Contains(seen, login) {
		t.Errorf("the proxy saw %.300q", seen)
	}
	if strings.Contains(seen, testKey) {
		t.Error("the proxy saw the key")
	}
}

// askThroughProxy is what the child does: one call to this machine, one to another.
func askThroughProxy() {
	block, _ := pem.Decode([]byte(os.Getenv("TEST_ROOTS")))
	root, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		panic(err)
	}
	for _, address := range []string{os.Getenv("TEST_HERE"), "https://kneo.test"} {
		c, err := NewClient(WithURL(address), WithAPIKey(testKey))
		if err != nil {
			panic(err)
		}
		c.own.TLSClientConfig.RootCAs = x509.NewCertPool()
		c.own.TLSClientConfig.RootCAs.AddCert(root)
		_, _ = fmt.Fprintf(os.Stdout, "%s: %v\n", c.origin.Scheme, get(c))
	}
}

// tunnel is a proxy that knows CONNECT, takes it for the one host there is, and keeps all that it sees of its clients.
type tunnel struct {
	net.Listener
	target string
	mu     sync.Mutex
	seen   bytes.Buffer
	done   sync.WaitGroup
}

func newTunnel(t *testing.T, target string) *tunnel {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &tunnel{Listener: listener, target: target}
	p.done.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			p.done.Go(func() { p.serve(conn) })
		}
	})
	t.Cleanup(func() { _ = listener.Close() })
	return p
}

// Write takes down what a client sent.
func (p *tunnel) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seen.Write(b)
}

func (p *tunnel) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	client := bufio.NewReader(io.TeeReader(conn, p))
	if req, err := http.ReadRequest(client); err != nil || req.Method != http.MethodConnect {
		return
	}
	server, err := net.Dial("tcp", p.target)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
	p.done.Go(func() { _, _ = io.Copy(conn, server) })
	_, _ = io.Copy(server, client)
}
