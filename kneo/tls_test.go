package kneo

import (
	"crypto/tls"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestTLS: what is wrong with the encryption of a connection does not go away by asking again, and is told as what it is.
func TestTLS(t *testing.T) {
	ca, soon := newAuthority(t), time.Now().Add(time.Hour)
	cert := ca.sign(t, soon, "kneo.test")
	with := func(cert tls.Certificate) *tls.Config { return &tls.Config{Certificates: []tls.Certificate{cert}} }
	old := with(cert)
	old.MinVersion, old.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	demanding, demandingOld := with(cert), with(cert)
	demanding.ClientAuth, demandingOld.ClientAuth, demandingOld.MaxVersion = tls.RequireAnyClientCert, tls.RequireAnyClientCert, tls.VersionTLS12
	tests := []struct {
		name    string
		config  *tls.Config
		want    string
		outcome Outcome
	}{
		{"unknown authority", with(newAuthority(t).sign(t, soon, "kneo.test")), "unknown authority", OutcomeNotSent},
		{"another name", with(ca.sign(t, soon, "other.test")), "valid for other.test", OutcomeNotSent},
		{"expired", with(ca.sign(t, time.Now().Add(-time.Hour), "kneo.test")), "expired", OutcomeNotSent},
		{"not yet valid", with(ca.sign(t, time.Now().Add(48*time.Hour), "kneo.test")), "not yet valid", OutcomeNotSent},
		{"TLS 1.1", old, "protocol version", OutcomeNotSent},
		{"no TLS", nil, "TLS handshake", OutcomeNotSent},
		{"client certificate, TLS 1.2", demandingOld, "handshake failure", OutcomeNotSent},
		// In TLS 1.3 the refusal comes after the handshake, by then the request may be on its way.
		{"client certificate", demanding, "certificate required", OutcomeUnknown},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			srv := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(runBody)) }), test.config)
			c, err := NewClient(WithURL("https://kneo.test"), WithAPIKey(testKey))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = c.Close() }()
			c.own.DialContext, c.own.TLSClientConfig.RootCAs = resolver{"kneo.test:443": srv}.dial, ca.pool
			err = create(c)
			var e *NetworkError
			if !errors.As(err, &e) || e.Outcome != test.outcome || e.Attempts != 1 || srv.conns.Load() != 1 || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v after %d connections", err, srv.conns.Load())
			}
		})
	}
	t.Run("TLS 1.2", func(t *testing.T) {
		config := with(cert)
		config.MaxVersion = tls.VersionTLS12
		srv := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(runBody))
		}), config)
		c, err := NewClient(WithURL("https://kneo.test"), WithAPIKey(testKey))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close() }()
		c.own.DialContext, c.own.TLSClientConfig.RootCAs = resolver{"kneo.test:443": srv}.dial, ca.pool
		if err := get(c); err != nil {
			t.Error(err)
		}
	})
}
