// Command transport gives the client transports of its own: one that reports every request, one that trusts a private CA, one that goes
// through a proxy, a test double, and one that reaches kneotest without a socket.
//
//	go run ./examples/transport
//
// The first uses the platform of your profile, from the file or the environment; without a profile, one in this process. The others use
// servers that the program starts itself, in servers.go.
//
// Look at the function for what you need: watching, privateCA, throughProxy, double or withoutSockets. Each passes an [http.Client] to
// [kneo.WithHTTPClient]. The first three start from [kneo.NewTransport].
package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/kneo-agent/kneo-client-go/examples/internal/connect"
	"github.com/kneo-agent/kneo-client-go/kneo"
	"github.com/kneo-agent/kneo-client-go/kneo/kneotest"
	"github.com/kneo-agent/kneo-client-go/profiles"
)

func main() {
	log.SetFlags(0)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second ctrl-C ends the program at once
	err := run(ctx, os.Stdout)
	stop()
	if err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, out io.Writer) error {
	for _, show := range []func(context.Context, io.Writer) error{watching, privateCA, throughProxy, double, withoutSockets} {
		if err := show(ctx, out); err != nil {
			return err
		}
	}
	return nil
}

// watching reports every request, as metrics or tracing would. It is below the retries and so sees every attempt. The API key is in the
// header at this point: do not log headers.
func watching(ctx context.Context, out io.Writer) error {
	transport := kneo.NewTransport()
	defer transport.CloseIdleConnections() // the client does not close a transport that it was given
	client, done, err := connect.Platform(out, kneo.WithHTTPClient(&http.Client{Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
		began := time.Now()
		resp, err := transport.RoundTrip(req)
		status := "no answer"
		if err == nil {
			status = resp.Status
		}
		fmt.Fprintf(out, "watching   %s %s: %s after %v\n", req.Method, req.URL.Path, status, time.Since(began).Round(time.Millisecond))
		return resp, err
	})}))
	if err != nil {
		return err
	}
	defer done()
	return client.Check(ctx)
}

// roundTripper is a function as a transport.
type roundTripper func(*http.Request) (*http.Response, error)

// RoundTrip calls the function.
func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// privateCA reaches a platform whose certificate comes from an authority that only your company knows.
func privateCA(ctx context.Context, out io.Writer) error {
	platform := startTLS()
	defer platform.Close()

	// Without the authority nothing is sent, and nothing is retried, since that would not help.
	stranger, err := kneo.NewClient(kneo.WithResolvedProfile(platform.profile))
	if err != nil {
		return err
	}
	defer stranger.Close()
	err = stranger.Check(ctx)
	var network *kneo.NetworkError
	if unknown := new(x509.UnknownAuthorityError); !errors.As(err, &network) || !errors.As(err, unknown) {
		return errors.Join(errors.New("the certificate should not be trusted"), err)
	}
	fmt.Fprintf(out, "privateCA  without it: %s after %d attempt\n", network.Outcome, network.Attempts)

	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(platform.caPEM) { // yours probably comes from a file
		return errors.New("there is no certificate in the PEM")
	}
	transport := kneo.NewTransport()
	defer transport.CloseIdleConnections()
	transport.TLSClientConfig.RootCAs = roots // the place for client certificates, too
	return check(ctx, out, "privateCA", platform.profile, transport)
}

// throughProxy uses a proxy that the program chooses. With https:// all that the proxy sees is the host and port of the platform.
func throughProxy(ctx context.Context, out io.Writer) error {
	platform := startTLS()
	defer platform.Close()
	proxy, err := startProxy(ctx)
	if err != nil {
		return err
	}
	defer proxy.Close()

	address, err := url.Parse(proxy.url)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(platform.caPEM)
	transport := kneo.NewTransport()
	defer transport.CloseIdleConnections()
	transport.Proxy = http.ProxyURL(address)
	transport.TLSClientConfig.RootCAs = roots
	if err := check(ctx, out, "proxy", platform.profile, transport); err != nil {
		return err
	}
	fmt.Fprintf(out, "proxy      it saw: %s\n", strings.Join(proxy.asked(), ", "))
	return nil
}

// check creates a client with the transport, and checks that the platform is ready and accepts the key.
func check(ctx context.Context, out io.Writer, name string, profile profiles.Profile, transport http.RoundTripper) error {
	client, err := kneo.NewClient(kneo.WithResolvedProfile(profile), kneo.WithHTTPClient(&http.Client{Transport: transport}))
	if err != nil {
		return err
	}
	defer client.Close()
	if err := client.Check(ctx); err != nil {
		return err
	}
	fmt.Fprintf(out, "%-10s %s is ready, and the key is good\n", name, profile.URL)
	return nil
}

// double answers instead of a platform, for tests that need an answer which no real one gives.
func double(ctx context.Context, out io.Writer) error {
	client, err := kneo.NewClient(
		kneo.WithResolvedProfile(profiles.Profile{Name: "double", URL: "https://kneo.test", APIKey: profiles.NewSecret("any")}),
		kneo.WithHTTPClient(&http.Client{Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
			if req.Method != http.MethodGet || req.URL.Path != "/v1/runs/run-1" {
				return nil, fmt.Errorf("the double knows nothing of %s %s", req.Method, req.URL.Path)
			}
			return &http.Response{
				Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
				Header: http.Header{"Content-Type": {"application/json"}}, Request: req,
				Body: io.NopCloser(strings.NewReader(`{"run_id": "run-1", "status": "sleeping"}`)),
			}, nil
		})}))
	if err != nil {
		return err
	}
	defer client.Close()
	run, err := client.Platform.Runs.Get(ctx, "run-1")
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "double     %s is %s\n", run.RunID, run.Status)
	return nil
}

// withoutSockets has a whole platform in the process and nothing on the network, for tests with testing/synctest, whose clock then drives
// both sides. [kneotest.Server.Client] does the same in one call.
func withoutSockets(ctx context.Context, out io.Writer) error {
	srv := kneotest.NewServer(kneotest.WithoutSockets())
	defer srv.Close()
	profile := profiles.Profile{Name: "kneotest", URL: srv.URL, APIKey: profiles.NewSecret(srv.APIKey)}
	return check(ctx, out, "kneotest", profile, srv.Transport())
}
