package kneo

import (
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/kneo-agent/kneo-client-go/profiles"
)

// TestRedirectMatrix (redirect-matrix): no redirect is followed, wherever it leads and whichever client would. With real servers,
// since net/http has a mind of its own here; that it would have followed is shown each time by a plain client.
func TestRedirectMatrix(t *testing.T) {
	ca := newAuthority(t)
	ok := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(runBody)) })
	config := func() *tls.Config {
		return &tls.Config{Certificates: []tls.Certificate{ca.sign(t, time.Now().Add(time.Hour), "kneo.test", "evil.kneo.test", "elsewhere.test")}}
	}
	var redirect http.Handler
	platform := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { redirect.ServeHTTP(w, r) }), config())
	second, plain := serve(t, ok, config()), serve(t, ok, nil)
	to := resolver{
		"kneo.test:443": platform, "elsewhere.test:443": second, "evil.kneo.test:443": second, "kneo.test:8443": second, "kneo.test:80": plain,
	}
	transport := &http.Transport{DialContext: to.dial, TLSClientConfig: &tls.Config{RootCAs: ca.pool}, DisableKeepAlives: true}
	reached := func() int32 { return second.conns.Swap(0) + plain.conns.Swap(0) }
	targets := map[string]string{
		"other host": "https://elsewhere.test", "subdomain": "https://evil.kneo.test", "other port": "https://kneo.test:8443", "https to http": "http://kneo.test",
	}
	runs := 0
	for _, status := range []int{301, 302, 303, 307, 308} {
		for kind, target := range targets {
			redirect = http.RedirectHandler(target+"/v1/runs/r1?token=1", status)
			resp, err := (&http.Client{Transport: transport}).Post("https://kneo.test/v1/runs", "application/json", strings.NewReader("{}"))
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
			if reached() != 1 {
				t.Fatalf("%d, %s: a plain client does not get there, this proves nothing", status, kind)
			}
			for _, scheme := range []profiles.AuthScheme{profiles.Bearer, profiles.KneoAPIKey} {
				for _, whose := range []string{"own client", "user's client"} {
					runs++
					opts := []Option{WithURL("https://kneo.test"), WithAPIKey(testKey), WithAuthScheme(scheme)}
					if whose == "user's client" {
						opts = append(opts, WithHTTPClient(&http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return nil }}))
					}
					c, err := NewClient(opts...)
					if err != nil {
						t.Fatal(err)
					}
					if c.own != nil {
						c.own.DialContext, c.own.TLSClientConfig.RootCAs = to.dial, ca.pool
					}
					for method, call := range map[string]func(*Client) error{"GET": get, "POST": create} {
						err := call(c)
						var e *RedirectError
						if !errors.As(err, &e) || e.StatusCode != status || !strings.HasSuffix(target, e.Host) || strings.Contains(err.Error(), "token") {
							t.Errorf("%s %d, %s, %s, %s: %v", method, status, kind, scheme, whose, err)
						}
					}
					_ = c.Close()
					if n := reached(); n != 0 {
						t.Errorf("%d, %s, %s, %s: the second server got %d connections", status, kind, scheme, whose, n)
					}
				}
			}
		}
	}
	if runs != 80 {
		t.Errorf("%d runs", runs)
	}
}
